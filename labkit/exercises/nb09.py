"""Exercises of 09_bedroom_gan: readings of 16,384, precision by hand, finding copies."""

import numpy as np

from labkit.exercises.answers import Mistake, call, number
from labkit.exercises.frame import exercise, prediction

prediction(
    "09.p1",
    question="Two trainings see the same number of pictures, one in minibatches of 128, the other in minibatches of "
             "256. All other settings are the same. Whose pictures come nearer to the real ones?",
    choices=("128", "256", "no difference"),
    because="At equal pictures the smaller minibatch takes twice as many steps, and so early in a training steps are "
            "what is missing. At equal steps the question is another one.",
)

_ASKED = [(16384, 64, 3), (16384, 64, 2), (8192, 32, 3), (12288, 64, 1)]  # units, size, hidden layers


def _readings(units, size, layers):
    found, side = [], 1
    while side <= size:
        doublings = (size // side).bit_length() - 1
        if size % side == 0 and units % side**2 == 0 and 1 <= doublings <= layers + 1 and side > 1:
            found.append((side, units // side**2, doublings))
        side *= 2
    return sorted(found)


def _loose(keep):
    """A way to go wrong: other conditions on (side, channels or None, doublings)."""
    def wrong(units, size, layers):
        found, side = [], 1
        while side <= size:
            doublings = (size // side).bit_length() - 1
            each = keep(units, side, doublings, layers)
            if each:
                found.append(each)
            side *= 2
        return sorted(found)
    return wrong


_WRONG_READINGS = {
    "side": _loose(lambda u, s, d, n: (s, u // s, d) if s > 1 and 1 <= d <= n + 1 and u % s == 0 else None),
    "output": _loose(lambda u, s, d, n: (s, u // s**2, d) if s > 1 and 1 <= d <= n and u % s**2 == 0 else None),
    "exactly": _loose(lambda u, s, d, n: (s, u // s**2, d) if s > 1 and d == n and u % s**2 == 0 else None),
    "any": _loose(lambda u, s, d, n: (s, u // s**2, d) if s > 1 and d >= 1 and u % s**2 == 0 else None),
    "no_doubling": _loose(lambda u, s, d, n: (s, u // s**2, d) if s > 1 and d <= n + 1 and u % s**2 == 0 else None),
    "pixel": _loose(lambda u, s, d, n: (s, u // s**2, d) if s == 1 or (1 <= d <= n + 1 and u % s**2 == 0) else None),
}


def _triples(value):
    try:
        found = sorted(tuple(int(item) for item in each) for each in value)
    except (TypeError, ValueError):
        found = None
    if found is None or any(len(each) != 3 for each in found):
        raise Mistake("kind", text=f"readings() returns {value!r:.80}; expected a list of (side, channels, doublings).")
    return found


@exercise(
    "09.1",
    title="readings of 16,384",
    praise="4x4x1024, 8x8x256, 16x16x64 and 32x32x16 all lead from report 5's dense layer to 64x64.",
    hints={
        "side": "you divide by the side once. A map of side s has s · s places, and each place has all the channels.",
        "output": "the output layer may double the side, too: with {layers} hidden layers there are up to "
                  "{more} doublings.",
        "exactly": "not every layer has to double the side: some may have stride 1. What matters is that there are "
                   "enough layers.",
        "any": "there are more doublings than layers: each layer doubles the side once, at most.",
        "no_doubling": "a map that is as large as the picture already leaves the layers nothing to do; at least one "
                       "doubling is asked for.",
        "pixel": "a side of 1 is no picture; start at 2.",
        "value": "for {units:,} units, pictures of {size} and {layers} hidden layers you say {answer}, and it is "
                 "{right}: (side, channels, doublings).",
    },
)
def readings_of_units(readings):
    """readings(units, size, layers) -> list of (side, channels, doublings)."""
    answers = [_triples(call(readings, *case)) for case in _ASKED]
    if all(answer == _readings(*case) for answer, case in zip(answers, _ASKED, strict=True)):
        return
    for key, wrong in _WRONG_READINGS.items():
        if all(answer == wrong(*case) for answer, case in zip(answers, _ASKED, strict=True)):
            raise Mistake(key, layers=_ASKED[0][2], more=_ASKED[0][2] + 1)
    for answer, case in zip(answers, _ASKED, strict=True):
        if answer != _readings(*case):
            raise Mistake("value", units=case[0], size=case[1], layers=case[2], answer=answer, right=_readings(*case))


def _distances(one, other):
    return np.sqrt(((one[:, None, :] - other[None, :, :]) ** 2).sum(-1))


def _share(real, fake, k, own=False, centres="real", of="fake", mean=False):
    """Precision and what is taken for it: balls around ``centres``, the share of ``of`` that lies in one of them."""
    middle = real if centres == "real" else fake
    asked = fake if of == "fake" else real
    radius = np.sort(_distances(middle, middle), axis=1)[:, k - 1 if own else k]
    inside = _distances(middle, asked) <= radius[:, None]
    return float(inside.mean() if mean else inside.any(axis=0).mean())


_PRECISIONS = {
    "recall": lambda r, f, k: _share(r, f, k, centres="fake", of="real"),
    "itself": lambda r, f, k: _share(r, f, k, own=True),
    "own_balls": lambda r, f, k: _share(r, f, k, centres="fake", of="fake"),
    "all_balls": lambda r, f, k: _share(r, f, k, mean=True),
    "real_inside": lambda r, f, k: float((_distances(r, f) <= np.sort(_distances(r, r), axis=1)[:, [k]]).any(1).mean()),
    "count": lambda r, f, k: _share(r, f, k) * len(f),
    "percent": lambda r, f, k: _share(r, f, k) * 100,
}


def _points():
    random = np.random.default_rng(9)
    return [(random.normal(0, 1, (30, 4)), random.normal(1.2, 1, (40, 4)), 3),
            (random.normal(0, 1, (20, 2)), random.normal(0.5, 1.5, (60, 2)), 2)]


@exercise(
    "09.2",
    title="precision by hand",
    praise="Swap the two sets and the same lines give recall.",
    hints={
        "recall": "that is recall: balls around generated pictures, and how many real ones they hold.",
        "itself": "your ball ends one neighbour too early: every point is at distance 0 from itself, and is not "
                  "its own neighbour.",
        "own_balls": "every generated picture lies in its own ball. The balls are drawn around the real ones.",
        "all_balls": "you ask in how many balls a picture lies, on average. One ball is enough: any, not mean.",
        "real_inside": "you count real balls that hold a generated picture: that is called coverage. Precision counts "
                       "the generated pictures.",
        "count": "that is their number; precision is their share.",
        "percent": "write a share of 1 as 1, not as 100.",
        "value": "for {fakes} generated and {reals} real points and k = {k} you say {answer:.3f}; it is {right:.3f}.",
    },
)
def precision_by_hand(precision):
    """precision(real, fake, k) -> the share of fakes in some real point's ball; features float64 (N, D), (M, D)."""
    cases = _points()
    answers = [number(precision, *case) for case in cases]
    if np.allclose(answers, [_share(*case) for case in cases], atol=1e-9):
        return
    for key, wrong in _PRECISIONS.items():
        if np.allclose(answers, [wrong(*case) for case in cases], atol=1e-9):
            raise Mistake(key)
    for answer, (real, fake, k) in zip(answers, cases, strict=True):
        right = _share(real, fake, k)
        if not np.isclose(answer, right, atol=1e-9):
            raise Mistake("value", fakes=len(fake), reals=len(real), k=k, answer=answer, right=right)


_NEAR = [(np.array([4.0, 1.0, 2.0, 8.0, 5.0]), 3), (np.array([3.0, 3.0, 0.3, 9.0]), 4)]


def _closeness(distances, k):
    near = np.sort(distances)[:k]
    return float(near[0] / near.mean())


_CLOSENESS = {
    "inverse": lambda d, k: 1 / _closeness(d, k),
    "nearest": lambda d, k: float(d.min()),
    "all": lambda d, k: float(d.min() / d.mean()),
    "others": lambda d, k: float(d.min() / np.sort(d)[1:k].mean()),
    "farthest": lambda d, k: float(d.min() / np.sort(d)[k - 1]),
    "unsorted": lambda d, k: float(d[0] / d[:k].mean()),
    "largest": lambda d, k: float(d.min() / np.sort(d)[-k:].mean()),
}


@exercise(
    "09.3",
    title="is it a copy?",
    praise="A copy gives 0 and a picture with no favourite gives nearly 1, however blurred it is.",
    hints={
        "inverse": "turned round, a copy gives infinity. Divide the nearest distance by the mean.",
        "nearest": "that is a distance. A blurred picture has small ones from all; compare it with the next ones.",
        "all": "you divide by the mean over all training pictures. Only the k nearest ones count.",
        "others": "the nearest one is among the k nearest: it counts in the mean, too.",
        "farthest": "you divide by the k-th distance instead of the mean of the first k.",
        "unsorted": "the training pictures come in any order: find the nearest ones first.",
        "largest": "you take the mean of the k farthest.",
        "value": "for the distances {distances} and k = {k} you say {answer:.3f}, and it is {right:.3f}.",
    },
)
def is_it_a_copy(closeness):
    """closeness(distances, k) -> nearest distance over the mean of the k nearest; float64 (n,), k <= n."""
    answers = [number(closeness, *case) for case in _NEAR]
    if np.allclose(answers, [_closeness(*case) for case in _NEAR]):
        return
    for key, wrong in _CLOSENESS.items():
        if np.allclose(answers, [wrong(*case) for case in _NEAR]):
            raise Mistake(key)
    for answer, (distances, k) in zip(answers, _NEAR, strict=True):
        if not np.isclose(answer, _closeness(distances, k)):
            raise Mistake("value", distances=distances.tolist(), k=k, answer=answer, right=_closeness(distances, k))
