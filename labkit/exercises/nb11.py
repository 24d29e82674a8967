"""Exercises of 11_noise_studio: interpolation along the arc, truncation, the gradient of an inversion."""

import numpy as np

from labkit.exercises.answers import Mistake, array, need
from labkit.exercises.formula import Formula
from labkit.exercises.frame import exercise


def _ends(angle):
    """Return two vectors of 8 numbers, both 3 long, with an angle between them."""
    first, other = np.linalg.qr(np.random.default_rng(3).normal(size=(8, 2)))[0].T
    return 3 * first, 3 * (np.cos(angle) * first + np.sin(angle) * other)


_ARCS = [(*_ends(angle), t) for angle in (0.5, 1.3, 2.4) for t in (0.0, 0.25, 0.5, 0.8, 1.0)]
_SAME = (_ends(1.0)[0], _ends(1.0)[0], 0.5)


def _angle(a, b):
    return np.arccos(np.clip(a @ b / np.linalg.norm(a) / np.linalg.norm(b), -1, 1))


def _arc(a, b, t, angle=_angle):
    return (np.sin((1 - t) * angle(a, b)) * a + np.sin(t * angle(a, b)) * b) / np.sin(angle(a, b))


def _stretched(a, b, t):
    line = (1 - t) * a + t * b
    return line / np.linalg.norm(line) * np.linalg.norm(a)


def _finite(slerp):
    if not all(np.isfinite(array(slerp, *case)).all() for case in _ARCS):
        raise Mistake("angle")  # arccos of a·b = 9, or a division by sin 0


exercise(
    "11.1",
    _finite,
    Formula(_ARCS, lambda a, b, t: _arc(a, b, t), {
        "linear": lambda a, b, t: (1 - t) * a + t * b,
        "backwards": lambda a, b, t: _arc(b, a, t),
        "angle": lambda a, b, t: _arc(a, b, t, lambda a, b: np.arccos(np.clip(a @ b, -1, 1))),
        "undivided": lambda a, b, t: _arc(a, b, t) * np.sin(_angle(a, b)),
        "stretched": _stretched,
        "unit": lambda a, b, t: _arc(a, b, t) / np.linalg.norm(a),
        "squares": lambda a, b, t: np.sqrt(1 - t) * a + np.sqrt(t) * b,
    }, read=array, more=lambda a, b, t: {"angle": np.degrees(_angle(a, b))}),
    Formula([_SAME], lambda a, b, t: a, {}, key="parallel", read=array),
)


def _truncation(truncated):
    """truncated(n, dim, cut, seed) -> standard normal numbers (n, dim), drawn again until none is beyond ±cut."""
    from scipy.stats import truncnorm

    for cut in (2.0, 0.5, 1.0):
        values = array(truncated, 400, 50, cut, 7)
        need(values.shape == (400, 50), "shape", shape=values.shape, right=(400, 50))
        largest = np.abs(values).max()
        need(largest <= cut + 1e-6, "outside", largest=largest, cut=cut)
        piled = float((np.abs(values) >= cut - 1e-9).mean())
        need(piled <= 0.005, "piled", share=piled)
        if (values >= 0).all() or (values <= 0).all():
            raise Mistake("one_sided", sign="positive" if values.mean() > 0 else "negative")
        right = float(truncnorm.std(-cut, cut))
        spread = float(values.std())
        if abs(spread - right) > 0.02 * right:
            need(abs(spread - cut / 3 ** 0.5) >= 0.02 * cut, "uniform", cut=cut)
            # A bell within the cut: its quarters lie closer to 0 than those of what truncation leaves.
            need(spread >= 0.8 * right, "scaled")
            raise Mistake("spread", cut=cut, answer=spread, right=right)
        need(np.array_equal(values, array(truncated, 400, 50, cut, 7)), "seed")
        need(not np.array_equal(values, array(truncated, 400, 50, cut, 8)), "same")


exercise("11.2", _truncation)


def _linear():
    rng = np.random.default_rng(5)
    return rng.normal(size=(12, 4)), rng.normal(size=12), rng.normal(size=4), rng.normal(size=12)


def _gradient(W, b, z, x):
    return 2 * W.T @ (W @ z + b - x) / len(x)


def _of_the_noise(gradient):
    W, b, z, x = _linear()
    shape = array(gradient, W, b, z, x).shape
    need(shape not in (W.shape, W.T.shape, x.shape), "picture" if shape == x.shape else "weights", shape=shape)


exercise(
    "11.3",
    _of_the_noise,
    Formula([_linear()], _gradient, {
        "sign": lambda W, b, z, x: -_gradient(W, b, z, x),
        "half": lambda W, b, z, x: _gradient(W, b, z, x) / 2,
        "sum": lambda W, b, z, x: _gradient(W, b, z, x) * len(x),
        "half_sum": lambda W, b, z, x: _gradient(W, b, z, x) * len(x) / 2,
        "by_noise": lambda W, b, z, x: _gradient(W, b, z, x) * len(x) / len(z),
        "no_bias": lambda W, b, z, x: _gradient(W, 0, z, x),
        "absolute": lambda W, b, z, x: W.T @ np.sign(W @ z + b - x) / len(x),
    }, read=array),
)
