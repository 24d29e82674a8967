"""Scores at an unlimited number of pictures, by a line through several sizes."""

import dataclasses

import numpy as np

from labkit.errors import LabkitError
from labkit.metrics import inputs, results, sets
from labkit.metrics.frechet import frechet_distance
from labkit.metrics.statistics import Statistics


@dataclasses.dataclass(frozen=True, kw_only=True)
class Extrapolation(results.Score):
    """``value`` is the line's height at 1/N = 0 and ``slope`` its rise per 1/N, through ``values`` at ``sizes``."""

    slope: float
    sizes: tuple[int, ...]
    values: tuple[float, ...]
    seed: int

    def line(self, n):
        """Return the line's value at N = ``n`` (a number or an array)."""
        return self.value + self.slope / np.asarray(n, dtype=np.float64)


def extrapolate(real, fake, score=frechet_distance, sizes=None, vary: str = "fake", seed: int = 0) -> Extrapolation:
    """Estimate a score at N = ∞: compute it on random subsets of several sizes and fit score = value + slope / N.

    ``real`` and ``fake`` are arrays (N, D) or ``Features`` (``real`` also ``Statistics``); ``score(real, fake)``
    returns a Score or a number. ``sizes`` defaults to eight between a fifth of the pictures and all. ``vary`` "fake"
    thins the fakes and keeps the real set whole, whose own bias then remains; "both" thins both to the same size.
    ``error`` is the standard error of the line's height; the subsets overlap, so it is a lower bound.

    The bias is close to c/N for the Fréchet distance once N is several times D, and for the Inception score; for
    N < D the points do not lie on a line, which a look at ``values`` shows.

    Source: Chong and Forsyth, "Effectively Unbiased FID and Inception Score and Where to Find Them", 2020.
    """
    inputs.one_of(vary, "vary", ("fake", "both"))
    fake = sets.take(fake, "fake")
    stored = isinstance(real, Statistics)
    if stored and vary == "both":
        raise LabkitError('stored statistics cannot be thinned; use vary="fake", or pass the real features.')
    real = real if stored else sets.take(real, "real")
    most = len(fake) if vary == "fake" else min(len(real), len(fake))
    if sizes is None:
        if most < 20:
            raise LabkitError(f"{most} pictures are too few to see how the score depends on N. Generate more, or give "
                              "sizes yourself.")
        sizes = np.unique(np.linspace(most / 5, most, 8).round().astype(int))
    sizes = tuple(inputs.whole(int(size), "a size", 2, most, f", the number of pictures ({most})") for size in sizes)
    if len(set(sizes)) < 3:
        raise LabkitError(f"sizes are {sizes}; a line with an error bar needs at least three different ones.")
    random = np.random.RandomState(seed)
    found = []
    for size in sizes:
        some = fake.subset(random.choice(len(fake), size, replace=False))
        against = real.subset(random.choice(len(real), size, replace=False)) if vary == "both" else real
        found.append(score(against, some))
    values = np.array([float(value) for value in found])
    design = np.column_stack([np.ones(len(sizes)), 1 / np.array(sizes)])
    (height, slope), *_ = np.linalg.lstsq(design, values, rcond=None)
    residual = values - design @ (height, slope)
    spread = residual @ residual / (len(sizes) - 2)
    error = float(np.sqrt(spread * np.linalg.inv(design.T @ design)[0, 0]))
    last = found[-1] if isinstance(found[-1], results.Score) else None
    return Extrapolation(
        name=f"{last.name if last else getattr(score, '__name__', 'score')} at N = ∞", value=float(height),
        n_real=real.n if stored else len(real), n_fake=len(fake), extractor=fake.extractor,
        convention=f"line in 1/N through {len(sizes)} sizes, {vary} thinned", better=last.better if last else "neither",
        error=error, error_from="residuals of the line", slope=float(slope), sizes=sizes,
        values=tuple(values.tolist()), seed=seed)
