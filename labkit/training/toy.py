"""Points in the plane: mixtures whose every mode is known, so that collapse can be counted.

NumPy alone; ``labkit.training.points`` trains on them.
"""

from dataclasses import dataclass

import numpy as np

from labkit.errors import LabkitError

NEAR = 3.0  # standard deviations within which a sample belongs to a mode: Srivastava et al. 2017


@dataclass(frozen=True, eq=False)
class Mixture:
    """Equally likely round Gaussians.

    ``centres``: float64 (modes, 2); ``deviation``: the standard deviation of each coordinate, above 0.
    """

    name: str
    centres: np.ndarray
    deviation: float

    def __post_init__(self):
        centres = np.asarray(self.centres, float)
        if centres.ndim != 2 or centres.shape[1] != 2 or not len(centres) or not np.isfinite(centres).all():
            raise LabkitError(f"centres has the shape {centres.shape}. Give a point (x, y) for each mode: (modes, 2).")
        if not self.deviation > 0:
            raise LabkitError(f"deviation={self.deviation} is no width. Give a number above 0.")
        object.__setattr__(self, "centres", centres)

    def __len__(self):
        return len(self.centres)

    @property
    def extent(self) -> float:
        """How far from 0 the mixture reaches in x or y, its tails included."""
        return float(np.abs(self.centres).max() + 4 * self.deviation)

    def sample(self, count: int, seed: int = 0) -> np.ndarray:
        """Return ``count`` points, float32 (count, 2), the same for the same seed."""
        random = np.random.default_rng(seed)
        chosen = self.centres[random.integers(len(self.centres), size=count)]
        return (chosen + self.deviation * random.standard_normal((count, 2))).astype(np.float32)

    def density(self, points) -> np.ndarray:
        """Return the probability density at points (…, 2), float64 (…)."""
        points = np.asarray(points, float)
        squares = ((points[..., None, :] - self.centres) ** 2).sum(-1) / self.deviation**2
        return np.exp(-squares / 2).mean(-1) / (2 * np.pi * self.deviation**2)


def ring(modes: int = 8, radius: float = 2.0, deviation: float = 0.02) -> Mixture:
    """Return Gaussians evenly spaced on a circle; as they stand, those of Metz et al. 2017, "Unrolled GANs"."""
    angles = 2 * np.pi * np.arange(modes) / max(modes, 1)
    return Mixture(f"ring of {modes}", radius * np.stack([np.cos(angles), np.sin(angles)], axis=1), deviation)


def grid(side: int = 5, spacing: float = 2.0, deviation: float = 0.05) -> Mixture:
    """Return ``side`` x ``side`` Gaussians around 0; as they stand, the 25 of Lin et al. 2018, "PacGAN"."""
    line = spacing * (np.arange(side) - (side - 1) / 2)
    return Mixture(f"grid of {side * side}", np.stack(np.meshgrid(line, line), axis=-1).reshape(-1, 2), deviation)


@dataclass(frozen=True)
class Coverage:
    """``covered`` of ``modes`` modes have a sample; ``high_quality`` is the share of samples that are in any (0 to 1).

    ``counts``: how many samples lie in each mode, int64 (modes,).
    """

    modes: int
    covered: int
    high_quality: float
    counts: np.ndarray

    def __str__(self):
        return f"{self.covered} of {self.modes} modes, {self.high_quality:.0%} of the samples in one"


def coverage(samples, mixture: Mixture, deviations: float = NEAR) -> Coverage:
    """Count the modes that samples (n, 2) reach, and the samples that reach a mode.

    A sample is of high quality when it lies within ``deviations`` standard deviations of the nearest centre; a mode is
    covered when it is the nearest of at least one such sample (Srivastava et al. 2017, "VEEGAN", section 5.1; Lin et
    al. 2018, "PacGAN"). With 3 a real sample is one in 98.9 % of cases: 1 - exp(-4.5), in two dimensions.
    Samples that are not finite count as bad ones. Raises LabkitError for another shape or no samples.
    """
    samples = np.asarray(samples, float)
    if samples.ndim != 2 or samples.shape[1] != 2 or not len(samples):
        raise LabkitError(f"samples has the shape {samples.shape}; expected points of the shape (n, 2), n at least 1.")
    finite = samples[np.isfinite(samples).all(1)]
    distances = np.linalg.norm(finite[:, None] - mixture.centres, axis=2)
    good = distances.min(1, initial=np.inf) <= deviations * mixture.deviation
    counts = np.bincount(distances.argmin(1)[good], minlength=len(mixture))
    return Coverage(len(mixture), int((counts > 0).sum()), float(good.sum() / len(samples)), counts)
