"""Nearest neighbours, exactly: a fast estimate of all distances, then the doubtful ones again, by differences.

|x - y|² = |x|² + |y|² - 2x·y turns distances into matrix products, ten times faster than differences, but rounds:
a copy of a picture comes out at a small distance instead of none, and ties are decided by noise. The rounding has a
bound, though. So every comparison that the bound leaves open, and every distance that is returned, is computed
from the differences themselves. The result is what differences alone would give, ties included.
"""

import dataclasses
import itertools

import numpy as np

from labkit.metrics.groups import distinct, equal_rows

SIDE = 1536  # distances are estimated in tiles of at most this many rows and columns: 18 MiB
GATHER = 1 << 21  # numbers gathered at once when distances are computed by differences: 16 MiB


def by_differences(x, y, rows, columns) -> np.ndarray:
    """Return |x[rows] - y[columns]|² (float64), pair by pair, summed from the differences."""
    result = np.empty(len(rows))
    step = max(1, GATHER // x.shape[1])
    for start in range(0, len(rows), step):
        part = slice(start, start + step)
        difference = np.subtract(x[rows[part]], y[columns[part]], dtype=np.float64)
        np.square(difference, out=difference)
        result[part] = difference.sum(axis=1)
    return result


def places(mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return rows and columns where a mask is set; several times faster than ``np.nonzero`` where few are."""
    if mask.flags.f_contiguous and not mask.flags.c_contiguous:
        return places(mask.T)[::-1]
    return np.divmod(np.flatnonzero(mask), mask.shape[1])


def middle(points) -> np.ndarray:
    """Return a point (D,) amid the rows, to measure from: the mean of at most 8192 of them."""
    return points[:8192].mean(axis=0, dtype=np.float64)


def pieces(length: int, least: int = 1) -> list[slice]:
    """Cut ``range(length)`` into equal pieces of at most ``SIDE``, or a little more where ``least`` asks for it."""
    count = max(1, min(-(-length // SIDE), length // least))
    bounds = [length * number // count for number in range(count + 1)]
    return [slice(*pair) for pair in itertools.pairwise(bounds)]


class Piece:
    """Some rows z = x - centre, with their squared norms beside them, so that one product gives all distances."""

    def __init__(self, points, centre: np.ndarray):
        z = np.subtract(points, centre, dtype=np.float64)
        self.width = z.shape[1]
        self.norms = np.einsum("ij,ij->i", z, z)
        self.right = np.column_stack([z, np.ones(len(z)), self.norms])

    def estimates(self, columns: "Piece") -> np.ndarray:
        """Return estimates of the squared distances (rows, columns): (-2z, |z|², 1)·(z', 1, |z'|²)."""
        left = self.right * -2.0
        left[:, -2], left[:, -1] = self.norms, 1
        return left @ columns.right.T

    def rounding(self, reach: np.ndarray) -> np.ndarray:
        """Return a bound on the error of estimates of squared distances up to ``reach`` from each row.

        Product, norms and centring together err by at most 2(D + 8)ε(|x|² + |y|²), and a point y within reach of x
        has |y| <= |x| + √reach. Doubled, for what the bound's own arithmetic rounds.
        """
        epsilon = np.finfo(float).eps
        other = (np.sqrt(self.norms) + np.sqrt(np.maximum(reach, 0))) ** 2
        return 4 * (self.width + 8) * epsilon * (self.norms + other)


class Best:
    """The k nearest found so far: squared ``distances`` (N, k) and ``index`` (N, k), by distance, then by index."""

    def __init__(self, x, y, k: int):
        self.x, self.y, self.k = x, y, k
        self.distances = np.full((len(x), k), np.inf)
        self.index = np.full((len(x), k), len(y), dtype=np.int64)

    def offer(self, rows: slice, columns: slice, piece: Piece, estimates: np.ndarray, first: bool) -> None:
        """Take what is near enough from a tile. On a row's ``first`` tile the bar is the tile's own k-th distance."""
        reach = np.partition(estimates, self.k - 1, axis=1)[:, self.k - 1] if first else self.distances[rows, -1]
        row, column = places(estimates <= (reach + 2 * piece.rounding(reach))[:, None])
        if not len(row):
            return
        touched, place = np.unique(row, return_inverse=True)
        exact = by_differences(self.x, self.y, row + rows.start, column + columns.start)
        old = touched + rows.start
        # All that is known of the touched rows, sorted by row, distance and index; of each row the first k remain.
        owner = np.concatenate([np.repeat(np.arange(len(touched)), self.k), place])
        distance = np.concatenate([self.distances[old].ravel(), exact])
        index = np.concatenate([self.index[old].ravel(), column + columns.start])
        order = np.lexsort((index, distance, owner))
        start = np.searchsorted(owner[order], np.arange(len(touched)))
        chosen = order[start[:, None] + np.arange(self.k)]
        self.distances[old], self.index[old] = distance[chosen], index[chosen]


def nearest(x, y, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Return squared distances (N, k) and indices (N, k) of the k nearest rows of ``y`` (M, D) to each of ``x`` (N, D).

    Sorted by distance, equal distances by index; 1 <= k <= M. Any real dtype; computed in float64.
    """
    best, centre = Best(x, y, k), middle(y)
    for number, columns in enumerate(pieces(len(y), least=k)):
        held = Piece(y[columns], centre)
        for rows in pieces(len(x)):
            piece = Piece(x[rows], centre)
            best.offer(rows, columns, piece, piece.estimates(held), first=number == 0)
    return best.distances, best.index


def nearest_others(x, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Return squared distances (N, k) and indices (N, k) of each row's k nearest other rows, 1 <= k < N.

    Each tile of distances serves its rows and its columns.
    """
    best, centre = Best(x, x, k), middle(x)
    cut = pieces(len(x), least=k + 1)
    for rows in cut:
        piece = Piece(x[rows], centre)
        estimates = piece.estimates(piece)
        np.fill_diagonal(estimates, np.inf)
        best.offer(rows, rows, piece, estimates, first=True)
    for number, columns in enumerate(cut):
        held = Piece(x[columns], centre)
        for rows in cut[:number]:
            piece = Piece(x[rows], centre)
            estimates = piece.estimates(held)
            best.offer(rows, columns, piece, estimates, first=False)
            best.offer(columns, rows, held, estimates.T, first=False)
    return best.distances, best.index


def radii(x: np.ndarray, k: int) -> np.ndarray:
    """Return the squared distance (N,) from each row of ``x`` (N, D) to its k-th nearest other row, 1 <= k < N.

    Copies count as neighbours at distance zero, so a collapsed set has radius zero. They are found first and worked
    through once, which keeps a collapsed generator from being the slowest case.
    """
    groups = equal_rows(x)
    points = distinct(x, groups)
    if len(points) == 1:
        return np.zeros(len(x))
    distances, index = nearest_others(points, min(k, len(points) - 1))
    if len(points) == len(x):
        return distances[:, k - 1]
    within = (groups.count - 1)[:, None] + np.cumsum(groups.count[index], axis=1)
    column = np.argmax(within >= k, axis=1)
    result = np.where(groups.count > k, 0.0, distances[np.arange(len(points)), column])
    return result[groups.group]


@dataclasses.dataclass(frozen=True)
class Inside:
    """What falls into whose ball: ``balls_of_x`` (M,) counts the balls around x that hold each y, ``x_reached`` (N,)
    tells whether the ball of x holds any y, ``x_covered`` (N,) whether any ball around y holds each x.
    """

    balls_of_x: np.ndarray
    x_reached: np.ndarray
    x_covered: np.ndarray | None


def inside(x, y, radii_x, radii_y=None, closed: bool = False) -> Inside:
    """Compare all squared distances between ``x`` (N, D) and ``y`` (M, D) with the balls' squared radii.

    ``closed``: a point on the sphere is inside (<=), otherwise it is not (<). Without ``radii_y`` (M,) the balls
    around y are not looked at.
    """
    groups_x, groups_y = equal_rows(x), equal_rows(y)
    x, y = distinct(x, groups_x), distinct(y, groups_y)
    radii_x = radii_x[groups_x.first]
    radii_y = None if radii_y is None else radii_y[groups_y.first]
    balls = np.zeros(len(y), dtype=np.int64)
    reached, covered = np.zeros(len(x), dtype=bool), np.zeros(len(x), dtype=bool)
    centre = middle(x)
    for columns in pieces(len(y)):
        held = Piece(y[columns], centre)
        for rows in pieces(len(x)):
            piece = Piece(x[rows], centre)
            estimates = piece.estimates(held)
            error = piece.rounding(radii_x[rows])
            hit = decide(estimates, radii_x[rows, None], error[:, None], x[rows], y[columns], closed)
            reached[rows] |= hit.any(axis=1)
            count = groups_x.count[rows]
            balls[columns] += (np.count_nonzero(hit, axis=0) if (count == 1).all() else count @ hit.astype(np.int64))
            if radii_y is not None:
                error = held.rounding(radii_y[columns])
                hit = decide(estimates, radii_y[None, columns], error[None], x[rows], y[columns], closed)
                covered[rows] |= hit.any(axis=1)
    return Inside(balls[groups_y.group], reached[groups_x.group],
                  None if radii_y is None else covered[groups_x.group])


def decide(estimates, radii, error, x, y, closed) -> np.ndarray:
    """Return which distances lie within the radii, recomputing those that rounding leaves open."""
    hit = estimates < radii - error
    open_rows, open_columns = places(hit ^ (estimates <= radii + error))
    if len(open_rows):
        exact = by_differences(x, y, open_rows, open_columns)
        limit = np.broadcast_to(radii, hit.shape)[open_rows, open_columns]
        hit[open_rows, open_columns] = exact <= limit if closed else exact < limit
    return hit


def earlier_within(x, radius: float) -> np.ndarray:
    """Return the lowest index of an earlier row within a squared distance (<=) of each row of ``x`` (N, D), or -1."""
    earlier = np.full(len(x), -1)
    centre = middle(x)
    cut = pieces(len(x))
    for number, rows in enumerate(cut):
        piece = Piece(x[rows], centre)
        limit = np.full((rows.stop - rows.start, 1), radius)
        error = piece.rounding(limit[:, 0])[:, None]
        for columns in cut[:number + 1]:
            estimates = piece.estimates(Piece(x[columns], centre))
            if rows == columns:
                estimates[np.triu_indices(len(estimates))] = np.inf
            hit = decide(estimates, limit, error, x[rows], x[columns], closed=True)
            new = hit.any(axis=1) & (earlier[rows] < 0)
            earlier[rows] = np.where(new, hit.argmax(axis=1) + columns.start, earlier[rows])
    return earlier
