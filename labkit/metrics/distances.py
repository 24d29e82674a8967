"""Scores that compare distributions: the Fréchet distance, the kernel distance, the Inception score."""

import dataclasses
import math

import numpy as np
import scipy.linalg
from scipy.special import rel_entr, softmax

from labkit.errors import LabkitError
from labkit.metrics.features import Features, Statistics, as_features, blocks, class_logits, integer, shared_extractor

ARROWS = {"lower": "↓", "higher": "↑", "neither": ""}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Score:
    """One number with what repeats it. ``float(score)`` and ``f"{score:.2f}"`` give the number; ``error`` is
    one standard error unless ``error_from`` says otherwise. ``details`` are attributes, too: ``score.per_sample``."""

    name: str
    value: float
    n_real: int | None  # how many pictures; None where a side plays no part
    n_fake: int | None
    extractor: str = ""
    convention: str = ""
    better: str = "neither"  # or "lower", "higher"
    error: float | None = None
    error_from: str = ""
    seconds: float | None = None
    details: dict = dataclasses.field(default_factory=dict, repr=False, compare=False)

    def __getattr__(self, name):
        if name in self.__dict__.get("details", ()):
            return self.details[name]
        raise AttributeError(f"this {type(self).__name__} has no {name!r}")

    def __float__(self):
        return float(self.value)

    def __format__(self, spec):
        return format(float(self), spec) if spec else str(self)

    @property
    def title(self) -> str:
        """The name with an arrow to the better side."""
        return f"{self.name} {ARROWS[self.better]}".strip()

    def number(self) -> str:
        """The value, rounded where its error bar makes further digits meaningless."""
        if not self.error or not math.isfinite(self.error):
            return f"{self.value:.4g}"
        if max(abs(self.value), self.error) >= 1e5:
            return f"{self.value:.3g} ± {self.error:.2g}"
        digits = min(9, max(0, 1 - math.floor(math.log10(self.error))))
        return f"{self.value:.{digits}f} ± {self.error:.{digits}f}"

    def size(self) -> str:
        """How many pictures it was computed from, for a table."""
        sides = (self.n_real, "real"), (self.n_fake, "fake")
        return " / ".join(f"{count:,} {side}" for count, side in sides if count)

    def __str__(self):
        made = ", ".join(part for part in (self.size(), self.extractor, self.convention) if part)
        return f"{self.name} {self.number()} ({made})"

    def as_dict(self) -> dict:
        """The fields and details but arrays, as JSON can hold them; NaN and infinities become None."""
        held = {name: value for name, value in self.__dict__.items() if name != "details"} | self.details
        return {name: None if isinstance(value, float) and not math.isfinite(value) else value
                for name, value in held.items() if not isinstance(value, np.ndarray | Score)}


def _named(extractor, by_inception, otherwise):
    return by_inception if extractor.lower().startswith("inception") else otherwise


def frechet_distance(real, fake) -> Score:
    """Return |m₁ - m₂|² + tr S₁ + tr S₂ - 2 tr (S₁S₂)^½ of two sets of features, in float64.

    ``real`` and ``fake`` are arrays (N >= 2, D), ``Features`` or ``Statistics``, in any mix. Covariances have N - 1 in
    the denominator; the value is biased upwards for finite N. Details: ``mean_term`` and ``trace_term``, its parts. The
    trace of the root is the sum of the singular values of F₁F₂ᵀ, where S = FᵀF: no matrix is squared or rooted, so the
    error is below 1e-9·(tr S₁ + tr S₂ + |m₁ - m₂|²) for any N, D, rank. Raises LabkitError for unusable features, or
    of different width or extractor. Source: Heusel et al., "GANs Trained by a Two Time-Scale Update Rule", 2017.
    """
    one, other = (side if isinstance(side, Statistics) else as_features(side, name).moments
                  for side, name in ((real, "real"), (fake, "fake")))
    extractor = shared_extractor((one.width, other.width), (one.extractor, other.extractor))
    gap = (one.mean - other.mean) + (one.mean_rest - other.mean_rest)
    mean_term, traces = float(gap @ gap), float(np.square(one.factor).sum() + np.square(other.factor).sum())
    root = scipy.linalg.svdvals(one.factor @ other.factor.T).sum()
    trace_term = max(traces - 2 * float(root), 0.0)  # only rounding takes it below zero
    return Score(name=_named(extractor, "FID", "Fréchet distance"), value=mean_term + trace_term, n_real=one.n,
                 n_fake=other.n, extractor=extractor, better="lower",
                 details={"mean_term": mean_term, "trace_term": trace_term})


def kernel_distance(real, fake) -> Score:
    """Return the unbiased MMD² of features (N >= 2, D) and (M >= 2, D) under the kernel (x·y/D + 1)³.

    The expectation is 0 for equal distributions whatever N, so small negative values are usual. ``error`` is the
    jackknife's standard error, None for less than three samples. Raises LabkitError for unusable features, or of
    different width or extractor. Source: Bińkowski et al., "Demystifying MMD GANs", 2018.
    """
    real, fake = as_features(real, "real"), as_features(fake, "fake")
    x, y = real.values, fake.values
    extractor = shared_extractor((x.shape[1], y.shape[1]), (real.extractor, fake.extractor))
    n, m, centre, error = len(x), len(y), x.mean(axis=0, dtype=np.float64), None
    (xx, _), (yy, _) = _kernel_sums(x, x, centre, apart=True), _kernel_sums(y, y, centre, apart=True)
    xy, yx = _kernel_sums(x, y, centre)
    sum_xx, sum_yy, sum_xy = xx.sum(), yy.sum(), xy.sum()
    value = float(sum_xx / (n * (n - 1)) + sum_yy / (m * (m - 1)) - 2 * sum_xy / (n * m))
    if min(n, m) > 2:
        without_x = (sum_xx - 2 * xx) / ((n - 1) * (n - 2)) - 2 * (sum_xy - xy) / ((n - 1) * m)
        without_y = (sum_yy - 2 * yy) / ((m - 1) * (m - 2)) - 2 * (sum_xy - yx) / (n * (m - 1))
        error = float(np.sqrt((n - 1) * np.var(without_x) + (m - 1) * np.var(without_y)))
    return Score(name=_named(extractor, "KID", "Kernel distance"), value=value, n_real=n, n_fake=m,
                 extractor=extractor, convention="unbiased, cubic kernel, all samples", better="lower", error=error,
                 error_from="" if error is None else "jackknife")


def _kernel_sums(x, y, centre, apart=False):
    """Return Σⱼ κ(xᵢ, yⱼ) (N,) and Σᵢ κ(xᵢ, yⱼ) (M,); ``apart``: without i = j. What depends on one argument alone is
    left out: it cancels in the distance exactly, while at an offset of 1e4 it would swamp it 1e8 times over.

    With u = x - c, v = y - c, A = c·c/D + 1, a = c·u/D, b = c·v/D, s = u·v/D and t = A + a + b the kernel is
    (t + s)³. Of t³ only 6Aab + 3ab(a + b) depends on both x and y, so κ = s³ + 3ts² + 3t²s + 3ab(t + A).
    """
    width, sums, down = x.shape[1], np.zeros(len(x)), np.zeros(len(y))
    constant = centre @ centre / width + 1
    for columns in blocks(len(y), 2048):
        v = np.subtract(y[columns], centre, dtype=np.float64)
        b = v @ centre / width
        for rows in blocks(len(x), 512):
            u = np.subtract(x[rows], centre, dtype=np.float64) / width
            a = (u @ centre)[:, None]
            s, t = u @ v.T, constant + a + b
            kernel = s * (s * (s + 3 * t) + 3 * t * t) + 3 * a * b * (t + constant)
            if apart:
                kernel[np.arange(rows.start, rows.stop)[:, None] == np.arange(columns.start, columns.stop)] = 0
            sums[rows] += kernel.sum(axis=1)
            down[columns] += kernel.sum(axis=0)
    return sums, down


def inception_score(logits, splits: int = 1) -> Score:
    """Return exp(mean over pictures of KL(p(class | picture) || p(class))), the marginal being the mean over pictures.

    ``logits`` (N >= 2, classes), or ``Features`` that hold some; -inf stands for probability 0. With ``splits`` it is
    the mean over that many contiguous parts, of rows i·N//splits to (i + 1)·N//splits, and ``error`` their standard
    deviation, else the standard error by the delta method. Details: ``values`` of the splits. Raises LabkitError for
    unusable logits, or probabilities. Source: Salimans et al., "Improved Techniques for Training GANs", 2016.
    """
    extractor = ""
    if isinstance(logits, Features):
        logits, extractor = logits.logits, logits.extractor
        if logits is None:
            raise LabkitError("these features hold no logits, which the Inception score needs. Use an extractor that "
                              "returns (features, logits).")
    logits = class_logits(logits)
    n = len(logits)
    splits = integer(splits, "splits", 1, n, f", the number of samples ({n}). Lower splits or score more pictures")
    parts = [_divergences(logits[part * n // splits:(part + 1) * n // splits]) for part in range(splits)]
    values = [float(np.exp(part.mean())) for part in parts]
    value = float(np.mean(values))
    # log-score = mean of dᵢ, whose influence function is dᵢ minus that mean: the marginal's own share cancels
    error = value * np.std(parts[0]) / np.sqrt(n) if splits == 1 else np.std(values)
    return Score(name=_named(extractor, "Inception score", "Inception-style score"), value=value, n_real=None, n_fake=n,
                 extractor=extractor, better="higher", error=float(error), details={"values": tuple(values)},
                 error_from="delta method" if splits == 1 else "standard deviation over splits",
                 convention=f"{splits} split{'s' * (splits > 1)}")


def _divergences(logits):
    """Return KL(pᵢ || mean p) (N,)."""
    def p(rows):
        return softmax(logits[rows].astype(np.float64), axis=1)

    parts = list(blocks(len(logits), 2048))
    marginal = sum(p(rows).sum(axis=0) for rows in parts) / len(logits)
    return np.concatenate([rel_entr(p(rows), marginal).sum(axis=1) for rows in parts])
