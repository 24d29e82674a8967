"""Exercises of 05_cifar_dense_gan: parameters of dense networks, the running mean of batch norm, flattening."""

import itertools

import numpy as np

from labkit.exercises.answers import several
from labkit.exercises.formula import Formula
from labkit.exercises.frame import exercise

_SIZES = [((100, 256, 512, 1024, 3072),), ((3, 5, 7),), ((2, 4, 4, 6),), ((8, 9),)]


def _count(sizes, features=None, bias=1):
    """Return all parameters and the trainable ones; ``features``: how many numbers are normalised."""
    dense = sum(outputs * (inputs + bias) for inputs, outputs in itertools.pairwise(sizes))
    features = sum(sizes[1:-1]) if features is None else features
    return dense + 4 * features, dense + 2 * features


exercise("05.1", Formula(_SIZES, lambda sizes: _count(sizes), {
    "order": lambda s: _count(s)[::-1],
    "no_bias": lambda s: _count(s, bias=0),
    "no_norm": lambda s: _count(s, 0),
    "no_statistics": lambda s: (_count(s)[1], _count(s)[1]),
    "all_trainable": lambda s: (_count(s)[0], _count(s)[0]),
    "last": lambda s: _count(s, sum(s[1:])),
    "input": lambda s: _count(s, sum(s[:-1])),
    "one_norm": lambda s: _count(s, len(s) - 2),
}, read=several(2)))

_RUNS = [(np.array([1.0, 3.0, 2.0, 5.0]), 0.7), (np.array([4.0, -1.0, 0.5]), 0.99), (np.array([2.0]), 0.9)]


def _moving(means, momentum, start=0.0, share=None):
    for mean in means:
        start = momentum * start + (1 - momentum if share is None else share) * mean
    return start


exercise("05.2", Formula(_RUNS, lambda means, momentum: _moving(means, momentum), {
    "swapped": lambda x, m: _moving(x, 1 - m),
    "plain": lambda x, m: np.mean(x),
    "first": lambda x, m: _moving(x[1:], m, x[0]),
    "one": lambda x, m: _moving(x, m, 1.0),
    "backwards": lambda x, m: _moving(x[::-1], m),
    "corrected": lambda x, m: _moving(x, m) / (1 - m ** len(x)),
    "last": lambda x, m: (1 - m) * x[-1],
    "momentum": lambda x, m: _moving(x, m, share=1),
}))

_PLACES = [(0, 0, 0), (0, 0, 2), (0, 1, 0), (1, 0, 0), (17, 5, 1), (31, 31, 2)]

exercise("05.3", Formula(_PLACES, lambda row, column, channel: (row * 32 + column) * 3 + channel, {
    "planes": lambda r, c, k: k * 1024 + r * 32 + c,
    "columns": lambda r, c, k: (c * 32 + r) * 3 + k,
    "no_channels": lambda r, c, k: r * 32 + c + k,
    "row_pixels": lambda r, c, k: r * 32 + c * 3 + k,
    "from_one": lambda r, c, k: (r * 32 + c) * 3 + k + 1,
    "last": lambda r, c, k: (r * 31 + c) * 3 + k,
}))
