"""Means and covariances that survive any offset and rank: compensated means, triangular factors instead of squares.

A covariance S = FᵀF formed in float64 has lost every direction whose standard deviation lies below about 1e-8 of
the largest. Its factor F has not, so factors are what is stored and what ill-conditioned cases are computed from.
"""

import numpy as np

from labkit.metrics.inputs import blocks


class Triangle:
    """The triangular factor R of all rows added so far: RᵀR = Σ rowᵀrow, in memory of a few width² numbers."""

    def __init__(self, width: int):
        self.width = width
        self.rows = 0
        self.parts = []

    def add(self, rows: np.ndarray) -> None:
        """Add float64 rows (N, width)."""
        self.parts.append(rows)
        self.rows += len(rows)
        if self.rows > max(4 * self.width, 1024):
            self.reduce()

    def factor(self) -> np.ndarray:
        """Return the rows, or what they were last reduced to: a factor, not always triangular."""
        return self.parts[0] if len(self.parts) == 1 else np.concatenate(self.parts)

    def reduce(self) -> np.ndarray:
        """Return R (min(N, width), width), and keep it in place of the rows."""
        factor = np.linalg.qr(self.factor(), mode="r")
        self.parts, self.rows = [factor], len(factor)
        return factor


class Side:
    """One side of a Fréchet distance: mean (high + low), trace, covariance and rows of a factor, each when asked.

    ``rows`` is the height of the factor: N for features, at most D for a stored factor.
    """

    n: int
    rows: int
    high: np.ndarray
    low: np.ndarray
    trace: float

    def factor_blocks(self):
        """Yield float64 blocks whose rows, stacked, are a factor F of the covariance FᵀF."""
        raise NotImplementedError

    def factor(self) -> np.ndarray:
        """Return a factor with at most D rows."""
        width = len(self.high)
        if self.rows <= width:
            return np.concatenate(list(self.factor_blocks()))
        triangle = Triangle(width)
        for block in self.factor_blocks():
            triangle.add(block)
        return triangle.reduce()

    def covariance(self) -> np.ndarray:
        """Return the covariance (D, D), with N - 1 in the denominator."""
        width = len(self.high)
        total = np.zeros((width, width))
        for block in self.factor_blocks():
            total += block.T @ block
        return total


class FeatureSide(Side):
    """The moments of features (N, D), read block by block: no copy of the whole is made."""

    def __init__(self, features: np.ndarray):
        self.features = features
        self.n = self.rows = len(features)
        self.high, self.low = mean(features)
        self.trace = float(sum(np.square(block).sum() for block in self.factor_blocks()))

    def factor_blocks(self):
        root = np.sqrt(self.n - 1)
        # A block as tall as it is wide keeps the products fast and the copies small.
        for rows in blocks(self.n, max(2 * self.features.shape[1], 1024)):
            block = np.subtract(self.features[rows], self.high, dtype=np.float64)
            block -= self.low
            block /= root
            yield block


class StoredSide(Side):
    """The moments of stored statistics."""

    def __init__(self, n: int, high: np.ndarray, low: np.ndarray, factor: np.ndarray):
        self.n, self.high, self.low, self.stored = n, high, low, factor
        self.rows = len(factor)
        self.trace = float(np.square(factor).sum())

    def factor_blocks(self):
        yield self.stored


def mean(features: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the mean of features (N, D) as two float64 parts (D,): a number, and what its rounding left over.

    At an offset of 1e4 one unit in the last place is 2e-12, which is visible beside standard deviations of 1e-4.
    """
    n, width = features.shape
    high = np.zeros(width)
    for rows in blocks(n):
        high += features[rows].sum(axis=0, dtype=np.float64)
    high /= n
    low = np.zeros(width)
    for rows in blocks(n):
        low += np.subtract(features[rows], high, dtype=np.float64).sum(axis=0)
    return high, low / n


def stream(batches) -> tuple[int, np.ndarray, np.ndarray, np.ndarray]:
    """Return (n, mean, what its rounding left over, factor) of feature batches, each seen once.

    A column of ones goes in front of the features, shifted by the first batch's mean. The triangular factor of that
    holds √n, √n·mean and, below, exactly the factor of the centred features: no second pass, nothing subtracted
    that is nearly equal (what Σxᵀx - n·mᵀm does).
    """
    triangle, shift, n = None, None, 0
    for batch in batches:
        if triangle is None:
            shift = batch.mean(axis=0, dtype=np.float64)
            triangle = Triangle(batch.shape[1] + 1)
        for rows in blocks(len(batch)):
            block = np.ones((rows.stop - rows.start, triangle.width))
            np.subtract(batch[rows], shift, out=block[:, 1:])
            triangle.add(block)
            n += len(block)
    if n < 2:
        return n, shift, shift, None
    factor = triangle.reduce()
    offset = factor[0, 1:] / factor[0, 0]
    high = shift + offset
    part = high - shift  # the two-sum of Knuth: high + low is shift + offset exactly
    low = (shift - (high - part)) + (offset - part)
    return n, high, low, factor[1:, 1:] / np.sqrt(n - 1)
