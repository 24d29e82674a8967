"""Exercises of 13_style_transfer: the Gram matrix, total variation, and how much of a picture a feature sees."""

import math

import numpy as np

from labkit.exercises.answers import array
from labkit.exercises.formula import Formula, exercise


def _features(seed, shape):
    return np.random.default_rng(seed).normal(0.5, 1, shape).astype(np.float32)


def _flat(features):
    return features.reshape(-1, features.shape[-1])


def _products(x):
    return x.T @ x


def _mean_products(x):
    return x.T @ x / len(x)


exercise("13.1", Formula([(_features(0, (4, 6, 3)),), (_features(1, (5, 5, 4)),)], lambda f: _mean_products(_flat(f)), {
    "sum": lambda f: _products(_flat(f)),
    "all_numbers": lambda f: _products(_flat(f)) / f.size,
    "channels": lambda f: _products(_flat(f)) / f.shape[-1],
    "centred": lambda f: np.cov(_flat(f).T, bias=True),
    "correlation": lambda f: np.corrcoef(_flat(f).T),
    "places": lambda f: _products(_flat(f).T) / len(_flat(f)),
    "places_sum": lambda f: _products(_flat(f).T),
    "wrong_reshape": lambda f: _mean_products(f.reshape(f.shape[-1], -1).T),
    "rows": lambda f: _mean_products(f.mean(1)),
}, read=array, more=lambda f: {"places": len(_flat(f)), "channels": f.shape[-1]}))

_PICTURES = [(np.random.default_rng(0).random((5, 7, 3)),), (np.random.default_rng(1).random((6, 4, 3)) ** 2,)]


def _steps(picture, axis):
    return (np.diff(picture, axis=axis) ** 2).mean()


exercise("13.2", Formula(_PICTURES, lambda x: _steps(x, 0) + _steps(x, 1), {
    "absolute": lambda x: np.abs(np.diff(x, axis=0)).mean() + np.abs(np.diff(x, axis=1)).mean(),
    "sum": lambda x: (np.diff(x, axis=0) ** 2).sum() + (np.diff(x, axis=1) ** 2).sum(),
    "down": lambda x: _steps(x, 0),
    "across": lambda x: _steps(x, 1),
    "around": lambda x: ((x - np.roll(x, 1, 0)) ** 2).mean() + ((x - np.roll(x, 1, 1)) ** 2).mean(),
    "colours": lambda x: _steps(x, 0) + _steps(x, 1) + _steps(x, 2),
    "diagonal": lambda x: ((x[1:, 1:] - x[:-1, :-1]) ** 2).mean(),
    "squared_mean": lambda x: np.diff(x, axis=0).mean() ** 2 + np.diff(x, axis=1).mean() ** 2,
    "average": lambda x: (_steps(x, 0) + _steps(x, 1)) / 2,
    "variance": lambda x: x.var(),
}))

_STACKS = [  # (kernel, stride) of the layers, in order
    (((3, 2),),), (((3, 1), (3, 1)),), (((3, 2), (3, 1)),), (((3, 2), (3, 1), (3, 2), (3, 1), (5, 2), (5, 1)),),
    (((7, 2), (3, 2), (1, 1), (5, 1)),),
]


def _sees(layers, less=1, first=1, early=0):
    """Return the side; ``early``: a kernel is spread by its own layer's stride, too."""
    strides = [stride for _, stride in layers]
    return first + sum((kernel - less) * math.prod(strides[:i + early]) for i, (kernel, _) in enumerate(layers))


exercise("13.3", Formula(_STACKS, lambda layers: _sees(layers), {
    "no_strides": lambda s: 1 + sum(kernel - 1 for kernel, _ in s),
    "kernel": lambda s: _sees(s, less=0),
    "early": lambda s: _sees(s, early=1),
    "from_zero": lambda s: _sees(s, first=0),
    "strides": lambda s: math.prod(stride for _, stride in s),
    "kernels": lambda s: math.prod(kernel for kernel, _ in s),
    "sum": lambda s: sum(kernel for kernel, _ in s),
}))
