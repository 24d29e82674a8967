"""Exercises of 14_many_devices: uneven shares, what an all-reduce costs, and the effective minibatch."""

import numpy as np

from labkit.exercises.answers import array, several
from labkit.exercises.formula import Formula, exercise

_SHARES = [np.array([2.0, -1.0, 0.5]), np.array([-4.0, 3.0, 0.1]), np.array([1.0, 8.0, -7.0])], [6, 3, 1]

exercise("14.1", Formula([_SHARES], lambda gradients, rows: np.average(gradients, axis=0, weights=rows), {
    "plain": lambda g, r: np.mean(g, axis=0),
    "sum": lambda g, r: np.sum(g, axis=0),
    "undivided": lambda g, r: np.tensordot(r, g, 1),
    "by_replicas": lambda g, r: np.tensordot(r, g, 1) / len(r),
    "inverse": lambda g, r: np.average(g, axis=0, weights=1 / np.asarray(r)),
    "divided": lambda g, r: np.tensordot(1 / np.asarray(r), g, 1),
    "first": lambda g, r: g[0],
}, read=array))

# parameters (float32), replicas, bits per second
_LINKS = [(2_155_137, 2, 1e9), (10_000_000, 4, 25e9), (1_000_000, 8, 100e9), (5_000_000, 1, 1e9)]


def _ring(parameters, replicas, speed):
    return 2 * (replicas - 1) / replicas * 4 * parameters * 8 / speed


exercise("14.2", Formula(_LINKS, _ring, {
    "bytes": lambda p, n, s: _ring(p, n, s) / 8,
    "numbers": lambda p, n, s: _ring(p, n, s) / 4,
    "one_bit": lambda p, n, s: _ring(p, n, s) / 32,
    "once": lambda p, n, s: _ring(p, n, s) / 2,
    "whole": lambda p, n, s: 2 * 32 * p / s,
    "just_once": lambda p, n, s: 32 * p / s,
    "star": lambda p, n, s: 2 * (n - 1) * 32 * p / s,
    "all": lambda p, n, s: n * 32 * p / s,
    "neighbours": lambda p, n, s: (n - 1) * 32 * p / s,
}, more=lambda parameters, replicas, speed: {"gigabits": speed / 1e9}))

# pictures, rows per replica, replicas, learning rate at one replica
_PLANS = [(60_000, 128, 2, 2e-4), (50_000, 64, 8, 1e-4), (531, 128, 1, 2e-4), (1000, 30, 4, 1e-3)]


def _plan(pictures, rows, replicas, rate):
    return rows * replicas, pictures // (rows * replicas), rate * replicas


exercise("14.3", Formula(_PLANS, _plan, {
    "local": lambda n, b, r, rate: (b, n // b, rate * r),
    "local_steps": lambda n, b, r, rate: (b * r, n // b, rate * r),
    "up": lambda n, b, r, rate: (b * r, -(-n // (b * r)), rate * r),
    "fraction": lambda n, b, r, rate: (b * r, n / (b * r), rate * r),
    "unscaled": lambda n, b, r, rate: (b * r, n // (b * r), rate),
    "root": lambda n, b, r, rate: (b * r, n // (b * r), rate * r**0.5),
    "smaller": lambda n, b, r, rate: (b * r, n // (b * r), rate / r),
}, read=several(3)))
