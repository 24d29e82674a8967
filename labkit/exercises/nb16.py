"""Exercises of 16_since_then: a step of the midpoint rule, a flow asked five times, and which comparison is fair."""

import numpy as np
from scipy import special

from labkit.exercises.answers import array, need
from labkit.exercises.formula import Formula, exercise, judged
from labkit.exercises.nb04 import ANGLES, CENTRES, DEVIATION, on_the_ring

_turn = lambda x, t: np.stack([-x[:, 1], x[:, 0]], axis=1) * (1 + t)  # noqa: E731
_pull = lambda x, t: np.cos(x) - 2 * t * x  # noqa: E731
_places = np.random.default_rng(16).standard_normal((5, 2))
_CASES = [(_turn, _places, 0.2, 0.1), (_pull, _places[:3], 0.5, 0.25), (_pull, _places, 1.0, -0.2)]

exercise("16.1", Formula(_CASES, lambda v, x, t, dt: x + dt * v(x + dt / 2 * v(x, t), t + dt / 2), {
    "euler": lambda v, x, t, dt: x + dt * v(x, t), "place": lambda v, x, t, dt: x + dt * v(x, t + dt / 2),
    "whole": lambda v, x, t, dt: x + dt * v(x + dt * v(x, t), t + dt),
    "heun": lambda v, x, t, dt: x + dt / 2 * (v(x, t) + v(x + dt * v(x, t), t + dt)),
    "time": [lambda v, x, t, dt, k=k: x + dt * v(x + dt / 2 * v(x, t), t + k * dt) for k in (0, 1)],
    "two": lambda v, x, t, dt: x + dt / 2 * (v(x, t) + v(x + dt / 2 * v(x, t), t + dt / 2)),
    "half": lambda v, x, t, dt: x + dt / 2 * v(x + dt / 2 * v(x, t), t + dt / 2),
    "no_step": lambda v, x, t, dt: v(x + dt / 2 * v(x, t), t + dt / 2),
}, read=array))

QUESTIONS, GOOD, SHARE = 5, 0.7, 0.04  # at most; of all samples; of each mode
_EDGES = np.repeat(ANGLES, 2) + np.pi / 8 + np.tile([1e-5, -1e-5], 8)  # either side of the lines between two modes


def _exact(x, t):
    """The best velocity on the ring, which notebook 16 writes out."""
    variance, apart = (1 - t) ** 2 + (t * DEVIATION) ** 2, x[:, None] - t * CENTRES
    share = special.softmax(-(apart**2).sum(axis=2) / (2 * variance), axis=1)[:, :, None]
    return (share * (CENTRES + (t * DEVIATION**2 - (1 - t)) / variance * apart)).sum(axis=1)


def _few_questions(velocity, times):
    """velocity: of place and time, (N, 3) -> (N, 2); Euler's steps between six moments put noise on the ring."""
    times = array(lambda: times, wanted="moments").ravel().astype(float)
    need(len(times) <= QUESTIONS + 1, "many", asked=len(times) - 1)
    need(len(times) > 1 and times[0] == 0 and abs(times[-1] - 1) < 1e-6 and np.diff(times).min() > 0, "times")
    x, differs = np.random.default_rng(2).standard_normal((2500, 2)), 0.0
    for time, step in zip(times, np.diff(times), strict=False):
        v = array(velocity, np.concatenate([x, np.full((2500, 1), time)], axis=1).astype("float32"))
        need(v.shape == (2500, 2), "shape", shape=v.shape)
        need(np.isfinite(v).all(), "nan", time=time)
        differs, x = max(differs, np.abs(v - _exact(x, time)).max()), x + step * v
    need(differs > 1e-3, "exact")
    counts = on_the_ring(x)
    good = counts.sum() / len(x)
    need(good >= GOOD, "good" if good > 0.2 else "far", good=good, least=GOOD)
    need(counts.min() >= SHARE * 2500, "missing", mode=int(counts.argmin()) + 1, count=counts.min(), least=SHARE)
    v = array(velocity, np.stack([np.cos(_EDGES), np.sin(_EDGES), np.full(16, time)], axis=1).astype("float32"))
    need(np.abs(v[::2] - v[1::2]).max() < 0.5, "nearest", jump=np.abs(v[::2] - v[1::2]).max())


exercise("16.2", _few_questions)
exercise("16.3", judged("abcde", "bd"))
