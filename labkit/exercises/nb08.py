"""Exercises of 08_fashion_gan: counting a generator, upsampling as two small kernels, a falling learning rate."""

import numpy as np

from labkit.exercises.answers import array
from labkit.exercises.formula import Formula
from labkit.exercises.frame import exercise

# latent, kernels of the hidden convolutions, kernel of the last one; all with 128 channels behind Dense 6272.
_GENERATORS = [(128, (5, 5, 4, 4), 4), (128, (6, 6, 3, 1), 4), (64, (9, 4, 3), 9), (100, (3, 3), 3), (10, (7,), 1)]


def _hidden(kernels, bias=128):
    return sum(size * size * 128 * 128 + bias for size in kernels)


def _generator(latent, kernels, last):
    return 6272 * (latent + 1) + _hidden(kernels) + last * last * 128 + 1


exercise("08.1", Formula(_GENERATORS, _generator, {
    "no_bias": lambda z, k, e: 6272 * z + _hidden(k, 0) + e * e * 128,
    "dense_bias": lambda z, k, e: 6272 * z + _hidden(k) + e * e * 128 + 1,
    "bias_per_weight": lambda z, k, e: 6272 * (z + 1) + _hidden(k) + (e * e + 1) * 128,
    "channels": lambda z, k, e: 6272 * (z + 1) + sum(s * s * 128 + 128 for s in k) + e * e * 128 + 1,
    "one_side": lambda z, k, e: 6272 * (z + 1) + sum(s * 128 * 128 + 128 for s in k) + e * 128 + 1,
    "last_wide": lambda z, k, e: 6272 * (z + 1) + _hidden((*k, e)),
    "no_last": lambda z, k, e: 6272 * (z + 1) + _hidden(k),
    "no_dense": lambda z, k, e: _hidden(k) + e * e * 128 + 1,
}, key="total"))

_KERNELS = [(np.array(values, float),) for values in ([1, 20, 300, 4000, 50000], [2, -1, 0.5, 3, 7], [0, 0, 1, 0, 0])]


def _phases(a, b, c, d, e):
    return np.array([[a + b, c + d, e], [a, b + c, d + e]])


def _halved(a, b, c, d, e):
    return np.array([[(a + b) / 2, (c + d) / 2, e], [a, (b + c) / 2, (d + e) / 2]])


exercise("08.2", Formula(_KERNELS, lambda kernel: _phases(*kernel), {
    "swapped": lambda k: _phases(*k)[::-1],
    "mean": lambda k: _halved(*k),
    "reversed": lambda k: _phases(*k)[:, ::-1],
    "zeros": (lambda k: np.array([k[::2], [0, k[1], k[3]]]), lambda k: np.array([k[::2], [k[1], k[3], 0]])),
    "same": lambda k: _phases(*k)[[0, 0]],
}, read=array))

_STEPS = [(0, 100, 2e-4), (25, 100, 2e-4), (50, 100, 1e-3), (90, 120, 0.3), (100, 100, 2e-4)]  # step, total, start


def _cosine(step, total, start):
    return start * (1 + np.cos(np.pi * min(step, total) / total)) / 2


exercise(
    "08.3",
    Formula(_STEPS, _cosine, {
        "linear": lambda t, n, r: r * (1 - t / n),
        "period": lambda t, n, r: r * (1 + np.cos(2 * np.pi * t / n)) / 2,
        "quarter": lambda t, n, r: r * np.cos(np.pi * t / n / 2),
        "negative": lambda t, n, r: r * np.cos(np.pi * t / n),
        "rising": lambda t, n, r: r * (1 - np.cos(np.pi * t / n)) / 2,
        "double": lambda t, n, r: r * (1 + np.cos(np.pi * t / n)),
        "degrees": lambda t, n, r: r * (1 + np.cos(180 * t / n)) / 2,
        "start": lambda t, n, r: (1 + np.cos(np.pi * t / n)) / 2,
    }),
    Formula([(130, 100, 2e-4)], _cosine, {}, key="after"),
)
