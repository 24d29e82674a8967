"""Noise for a generator: drawn, cut, scaled, and the ways between two vectors."""

import numpy as np

from labkit.errors import LabkitError

WAYS = ("spherical", "linear")


def sample(count: int, dim: int, seed: int = 0, scale: float = 1.0, cut: float | None = None) -> np.ndarray:
    """Return noise float32 (count, dim), the same for the same seed; a longer draw starts with the shorter one.

    cut: no number is larger than this. The numbers then have the normal distribution *truncated* at ±cut (Brock et
        al. 2019, section 3.1, who draw again until a number fits). Here each number moves to the same quantile of the
        truncated distribution, so that a picture changes smoothly with ``cut``. None: not truncated.
    scale: what all numbers are multiplied with afterwards; 0 gives the mean picture of the prior, not of the data.

    Raises LabkitError for a cut of 0 or less.
    """
    noise = np.random.default_rng(seed).standard_normal((count, dim), dtype=np.float32)
    if cut is not None:
        if not cut > 0:
            raise LabkitError(f"cut is {cut}. Expected a number above 0: no number of the noise will be larger.")
        from scipy.special import ndtr, ndtri

        low, high = ndtr(-cut), ndtr(cut)
        noise = ndtri(low + (high - low) * ndtr(noise.astype(np.float64))).astype(np.float32)
    return noise * np.float32(scale)


def between(a, b, weights, way: str = "spherical") -> np.ndarray:
    """Return the noise on the way from ``a`` (weight 0) to ``b`` (weight 1), float32 (len(weights), dim).

    a, b: float (dim,). way: "linear", (1 - t)a + tb; or "spherical", along the arc between their directions, with a
    length that grows evenly from |a| to |b| (Shoemake 1985; White 2016). Vectors in line with each other have no arc
    between them: same direction gives the straight line; exactly opposite ones raise LabkitError.
    """
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    t = np.asarray(weights, np.float64).reshape(-1, 1)
    if a.shape != b.shape or a.ndim != 1:
        raise LabkitError(f"The ends have the shapes {a.shape} and {b.shape}. Give two vectors of one length.")
    if way not in WAYS:
        raise LabkitError(f"way is {way!r}. Expected one of {', '.join(map(repr, WAYS))}.")
    long_a, long_b = np.linalg.norm(a), np.linalg.norm(b)
    if way == "linear" or not long_a or not long_b:
        return ((1 - t) * a + t * b).astype(np.float32)
    unit_a, unit_b = a / long_a, b / long_b
    angle = np.arccos(np.clip(unit_a @ unit_b, -1, 1))
    if np.pi - angle < 1e-4:
        raise LabkitError("The two noise vectors point in exactly opposite directions: every arc between them is as "
                          "short as every other. Choose another end, or way=\"linear\".")
    if angle < 1e-4:
        direction = (1 - t) * unit_a + t * unit_b
    else:
        direction = (np.sin((1 - t) * angle) * unit_a + np.sin(t * angle) * unit_b) / np.sin(angle)
    return (((1 - t) * long_a + t * long_b) * direction).astype(np.float32)


def among(corners, across: float, down: float, way: str = "spherical") -> np.ndarray:
    """Return the noise at (across, down), each 0 to 1, between four corners (4, dim): float32 (dim,).

    The corners are those of a square, row by row: top left, top right, bottom left, bottom right.
    """
    top, bottom = (between(corners[i], corners[i + 1], [across], way)[0] for i in (0, 2))
    return between(top, bottom, [down], way)[0]
