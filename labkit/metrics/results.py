"""Results: small frozen dataclasses that know how they were made and behave like numbers where one is expected."""

import dataclasses
import math

import numpy as np

LOWER, HIGHER, NEITHER = "lower", "higher", "neither"
ARROWS = {LOWER: "↓", HIGHER: "↑", NEITHER: ""}


def by_inception(extractor: str) -> bool:
    """Tell whether an extractor's name is Inception's: only then may a distance be called FID or KID."""
    return extractor.lower().startswith("inception")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Score:
    """One number with what is needed to repeat it. ``float(score)`` and ``f"{score:.2f}"`` give the number.

    ``name`` is what it may be called; ``n_real`` and ``n_fake`` count the pictures it was computed from (``None``
    where a side plays no part); ``error`` is one standard error unless ``error_from`` says otherwise, or None;
    ``better`` is "lower", "higher" or "neither"; ``seconds`` is filled in by ``metrics.evaluate``.
    """

    name: str
    value: float
    n_real: int | None
    n_fake: int | None
    extractor: str = ""
    convention: str = ""
    better: str = NEITHER
    error: float | None = None
    error_from: str = ""
    seconds: float | None = None

    def __float__(self):
        return float(self.value)

    def __format__(self, spec):
        return format(float(self), spec) if spec else str(self)

    def __round__(self, digits=None):
        return round(float(self), digits)

    @property
    def n(self) -> int:
        """The number of pictures scored: the fake ones, or the real ones where no fake one plays a part."""
        return self.n_fake if self.n_fake is not None else self.n_real

    def number(self) -> str:
        """The value, rounded where its error bar makes further digits meaningless."""
        if not self.error or not math.isfinite(self.error):
            return f"{float(self):.4g}"
        if max(abs(float(self)), self.error) >= 1e5:
            return f"{float(self):.3g} ± {self.error:.2g}"
        digits = min(9, max(0, 1 - math.floor(math.log10(self.error))))
        return f"{float(self):.{digits}f} ± {self.error:.{digits}f}"

    def size(self) -> str:
        """How many pictures it was computed from, for a table."""
        counts = [f"{count:,} {side}" for count, side in ((self.n_real, "real"), (self.n_fake, "fake")) if count]
        return " / ".join(counts)

    def __str__(self):
        made = ", ".join(part for part in (self.size(), self.extractor, self.convention) if part)
        return f"{self.name} {self.number()} ({made})"

    def as_dict(self) -> dict:
        """The plain fields (no arrays) as JSON can hold them; NaN and infinities become None."""
        return {field.name: plain(getattr(self, field.name)) for field in dataclasses.fields(self) if field.repr}


def plain(value):
    """Return ``value`` as JSON can hold it."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


@dataclasses.dataclass(frozen=True, kw_only=True)
class FrechetDistance(Score):
    """``value = mean_term + trace_term``; ``route`` is "eigh" or "factors", the way the trace term was computed."""

    mean_term: float
    trace_term: float
    route: str


@dataclasses.dataclass(frozen=True, kw_only=True)
class KernelDistance(Score):
    """``values`` holds the squared distance of each subset, or the one of all samples."""

    values: tuple[float, ...]
    seed: int | None = None


@dataclasses.dataclass(frozen=True, kw_only=True)
class InceptionScore(Score):
    """``values`` holds the score of each split; ``divergences`` (N,) each picture's divergence within its split."""

    values: tuple[float, ...]
    seed: int | None = None
    divergences: np.ndarray | None = dataclasses.field(default=None, repr=False, compare=False)


@dataclasses.dataclass(frozen=True, kw_only=True)
class NeighbourScore(Score):
    """``value`` is the mean of ``per_sample``: (n_fake,) for precision and density, (n_real,) for recall and coverage.

    In density ``per_sample`` holds how many real balls a fake lies in, divided by k.
    """

    k: int
    per_sample: np.ndarray | None = dataclasses.field(default=None, repr=False, compare=False)
