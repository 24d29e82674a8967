"""Exercises of 04_adversarial_nets: Wasserstein-1 of samples, a ring without collapse, and what the figures carry."""

import numpy as np

from labkit.exercises.answers import Mistake, array, need
from labkit.exercises.formula import Formula, exercise, judged

_random = np.random.default_rng(4)
_SAMPLES = [
    (np.array([3.0, -1.0, 0.5, 10.0, 2.0]), np.array([0.0, 4.0, -2.5, 1.0, 9.0])),  # in no order; x has the larger mean
    (_random.normal(0, 1, 41), _random.normal(1, 2, 41)),  # y has the larger mean, and another width
    (np.array([1.0, 5.0]), np.array([5.0, 1.0])),  # the same sample
]
_ordered = lambda x, y: np.abs(np.sort(x) - np.sort(y))  # noqa: E731
_pairs = lambda x, y: np.abs(x[:, None] - y)  # noqa: E731


def _greedy(x, y):
    """The mean way when each of x in turn takes the nearest of y that is left."""
    left, ways = list(y), []
    for value in x:
        ways.append(min(abs(value - other) for other in left))
        left.pop(int(np.argmin([abs(value - other) for other in left])))
    return np.mean(ways)


exercise("04.1", Formula(_SAMPLES, lambda x, y: _ordered(x, y).mean(), {
    "unsorted": lambda x, y: np.abs(x - y).mean(),
    "half_sorted": [lambda x, y: np.abs(np.sort(x) - y).mean(), lambda x, y: np.abs(x - np.sort(y)).mean()],
    "means": [lambda x, y: abs(x.mean() - y.mean()), lambda x, y: abs((np.sort(x) - np.sort(y)).mean())],
    "signed": [lambda x, y: x.mean() - y.mean(), lambda x, y: y.mean() - x.mean()],
    "squared": lambda x, y: (_ordered(x, y) ** 2).mean(),
    "second": lambda x, y: (_ordered(x, y) ** 2).mean() ** 0.5,
    "root": [lambda x, y: (_ordered(x, y) ** 2).sum() ** 0.5, lambda x, y: (_ordered(x, y) ** 2).sum() ** 0.5 / len(x)],
    "total": lambda x, y: _ordered(x, y).sum(),
    "median": lambda x, y: np.median(_ordered(x, y)),
    "opposite": lambda x, y: np.abs(np.sort(x) - np.sort(y)[::-1]).mean(),
    "greedy": [_greedy, lambda x, y: _greedy(np.sort(x), y)],
    "densities": [lambda x, y: 1e-4 * np.abs(np.cumsum(x - y)).sum(), lambda x, y: np.abs(np.cumsum(x - y)).mean(),
                  lambda x, y: np.abs(np.cumsum(x - y)).sum(),
                  lambda x, y: np.abs(np.cumsum(np.sort(x) - np.sort(y))).mean()],
    "largest": lambda x, y: _ordered(x, y).max(),
    "all_pairs": lambda x, y: _pairs(x, y).mean(),
    "nearest": [lambda x, y: _pairs(x, y).min(1).mean(), lambda x, y: _pairs(x, y).min(0).mean()],
}))

ANGLES = 2 * np.pi * np.arange(8) / 8
CENTRES, DEVIATION = 2 * np.stack([np.cos(ANGLES), np.sin(ANGLES)], axis=1), 0.05  # of the ring's modes
FEWEST, SHARE, GOOD = 1000, 0.04, 0.8  # samples at least; of each mode; of all that are good


def on_the_ring(points):
    """Return for each mode of the ring how many of the points (N, 2) are within three deviations of it: int64 (8,)."""
    distances = np.linalg.norm(points[:, None] - CENTRES, axis=2)
    near = distances.min(axis=1) <= 3 * DEVIATION
    return np.bincount(distances.argmin(axis=1)[near], minlength=8)


def _spread(samples):
    """samples: (N, 2), on all eight modes of the ring, and most of them good."""
    need(not callable(samples), "kind",
         text="Hand over the samples themselves, an array (2500, 2): play(…)[-1][1].")
    try:
        points = array(lambda: samples)
    except Mistake:  # all that play returns, or one moment of it
        raise Mistake("kind", text="Hand over the samples alone, an array (2500, 2): play(…)[-1][1]. A moment of play "
                                   "has three parts: the round, the samples, what D says of the plane.") from None
    need(points.ndim == 2 and points.shape[1] == 2 and not np.iscomplexobj(points), "shape", shape=points.shape)
    need(len(points) >= FEWEST, "few", count=len(points), fewest=FEWEST)
    need(np.isfinite(points).all(), "nan")
    counts = on_the_ring(points)
    good = counts.sum() / len(points)
    need(good >= 0.3, "far", covered=np.count_nonzero(counts), good=good)
    need(np.count_nonzero(counts) > 2, "collapsed", covered=np.count_nonzero(counts), good=good)
    need(counts.min() >= SHARE * len(points), "missing", mode=int(counts.argmin()) + 1, count=counts.min(),
         of=len(points), least=SHARE)
    need(good >= GOOD, "good", good=good, least=GOOD)
    need(good < 0.985 or np.ptp(counts) > SHARE * len(points), "data", good=good)  # the data: 98.9 %, evenly spread


exercise("04.2", _spread)
exercise("04.3", judged("abcd", "ad"))
