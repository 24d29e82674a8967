"""Exercises of 02_cnn_lstm: how much of a picture a number sees, a penalty of a tenth, what the evidence says."""

import functools

import numpy as np

from labkit import datasets, training
from labkit.exercises.answers import need, number
from labkit.exercises.formula import Formula, exercise, judged

_STACKS = [(3, 4), (3, 1), (5, 3), (7, 2)]  # side of the kernels, blocks of a convolution and a pooling

exercise("02.1", Formula(_STACKS, lambda kernel, blocks: kernel * (2**blocks - 1) + 1, {
    "pooling": lambda k, n: (k - 1) * (2**n - 1) + 1,
    "convolutions": lambda k, n: n * (k - 1) + 1,
    "only_pooling": lambda k, n: 2**n,
    "steps": lambda k, n: n * k + 1,
    "product": [lambda k, n: k * 2**n, lambda k, n: k**n, lambda k, n: (2 * k) ** n],
    "swapped": lambda k, n: (2 * k - 1) * (2**n - 1) + 1,
    "one_late": lambda k, n: k * (2 ** (n + 1) - 2) + 1,
    "area": lambda k, n: (k * (2**n - 1) + 1) ** 2,
    "own_pixel": lambda k, n: k * (2**n - 1),
    "kernel": lambda k, n: (k + 1) * (2**n - 1) + 1,
}))

PART, WITHIN = 0.1, 0.005  # of the printed loss that is to be the penalty


@functools.cache
def _untrained():
    """Return the sum of the squares of the kernels of model 4's twin, and its error on the training pictures."""
    network = training.autoencoder.build(training.autoencoder.plan("cnn-lstm-l2", options={"dropout": 0.0, "l2": 1e-4}))
    images = datasets.load("photos", "train", size=32, quiet=True).images
    error = np.mean((training.autoencoder.repeat(network, images) - images / np.float32(255)) ** 2)
    return sum(float((w.numpy() ** 2).sum()) for w in network.weights if w.name == "kernel"), float(error)


def _tenth(factor):
    """factor: of the L2 penalty, a positive number with which it is a tenth of the loss."""
    value = number(lambda: factor)
    need(np.isfinite(value), "kind", text=f"Expected one number, and this is {factor!r:.60}.")
    need(value > 0, "negative")
    squares, error = _untrained()
    part = value * squares / (value * squares + error)
    key = "beside" if abs(part - PART / (1 + PART)) < 0.001 else "large" if part > PART else "small"
    need(abs(part - PART) <= WITHIN, key, part=part)


exercise("02.2", _tenth)
exercise("02.3", judged("abcdef", "ace"))
