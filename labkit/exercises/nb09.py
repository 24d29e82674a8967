"""Exercises of 09_bedroom_gan: readings of 16,384, precision by hand, finding copies."""

import numpy as np

from labkit.exercises.answers import Mistake, call
from labkit.exercises.formula import Formula
from labkit.exercises.frame import exercise

# units, size, hidden layers; in the last ones a side does not divide the units, and a side of 1 is in reach
_ASKED = [(16384, 64, 3), (16384, 64, 2), (8192, 32, 3), (12288, 64, 1), (3000, 64, 3), (64, 16, 3)]


def _readings(units, size, layers, doublings=range(1, 9), least=2, places=lambda side: side**2, whole=True, most=1):
    """Return (side, channels, doublings); the last five are conditions that students loosen or tighten."""
    found = []
    for count in range(9):
        side = size // 2**count
        if side >= least and count in doublings and count <= layers + most and not (whole and units % places(side)):
            found.append((side, units // places(side), count))
    return sorted(found)


def _triples(readings, *case):
    value = call(readings, *case)
    try:
        return sorted((int(side), int(channels), int(doublings)) for side, channels, doublings in value)
    except (TypeError, ValueError, OverflowError):
        raise Mistake("kind", text=f"readings() returns {value!r:.80}; "
                                   "expected a list of (side, channels, doublings).") from None


exercise("09.1", Formula(_ASKED, lambda units, size, layers: _readings(units, size, layers), {
    "side": (lambda *case: _readings(*case, places=lambda side: side),
             lambda *case: _readings(*case, places=lambda side: side, whole=False)),
    "output": lambda *case: _readings(*case, most=0),
    "exactly": lambda u, size, n: _readings(u, size, n, doublings=(n,)),
    "any": lambda *case: _readings(*case, most=9),
    "no_doubling": lambda *case: _readings(*case, doublings=range(9)),
    "pixel": (lambda *case: _readings(*case, least=1),
              lambda u, size, n: sorted([(1, u, size.bit_length() - 1), *_readings(u, size, n)])),
    "whole": lambda *case: _readings(*case, whole=False),
}, read=_triples))


def _distances(one, other):
    return np.linalg.norm(one[:, None] - other, axis=-1)


def _inside(centres, points, k):
    """Tell for each ball, which reaches to its centre's k-th nearest other centre, which points lie in it."""
    return _distances(centres, points) <= np.sort(_distances(centres, centres), axis=1)[:, [k]]


def _points():
    random = np.random.default_rng(9)
    return [(random.normal(0, 1, (30, 4)), random.normal(1.2, 1, (40, 4)), 3),
            (random.normal(0, 1, (20, 2)), random.normal(0.5, 1.5, (60, 2)), 2)]


exercise("09.2", Formula(_points(), lambda real, fake, k: _inside(real, fake, k).any(0).mean(), {
    "recall": lambda r, f, k: _inside(f, r, k).any(0).mean(),
    "itself": lambda r, f, k: _inside(r, f, k - 1).any(0).mean(),
    "own_balls": lambda r, f, k: _inside(f, f, k).any(0).mean(),
    "all_balls": lambda r, f, k: _inside(r, f, k).mean(),
    "real_inside": lambda r, f, k: _inside(r, f, k).any(1).mean(),
    "count": lambda r, f, k: _inside(r, f, k).any(0).sum(),
    "percent": lambda r, f, k: _inside(r, f, k).any(0).mean() * 100,
}, more=lambda real, fake, k: {"reals": len(real), "fakes": len(fake)}))

_NEAR = [(np.array([4.0, 1.0, 2.0, 8.0, 5.0]), 3), (np.array([3.0, 3.0, 0.3, 9.0]), 4)]

exercise("09.3", Formula(_NEAR, lambda distances, k: distances.min() / np.sort(distances)[:k].mean(), {
    "inverse": lambda d, k: np.sort(d)[:k].mean() / d.min(),
    "nearest": lambda d, k: d.min(),
    "all": lambda d, k: d.min() / d.mean(),
    "others": lambda d, k: d.min() / np.sort(d)[1:k].mean(),
    "farthest": lambda d, k: d.min() / np.sort(d)[k - 1],
    "unsorted": lambda d, k: d[0] / d[:k].mean(),
    "largest": lambda d, k: d.min() / np.sort(d)[-k:].mean(),
}))
