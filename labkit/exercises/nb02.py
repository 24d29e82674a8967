"""Exercises of 02_cnn_lstm: the encoder's sizes, the parameters of a chain of layers, a loss without its penalty."""

import numpy as np

from labkit.exercises.answers import several
from labkit.exercises.formula import Formula
from labkit.exercises.frame import exercise

_ENCODERS = [(256, (64, 128, 32, 64)), (32, (16, 32, 8, 16)), (64, (8,)), (48, (4, 6, 10))]  # side, filters


def _convolutions(filters, one):
    """Add up one(inputs, filters) over the convolutions; the first one reads three colours."""
    return sum(one(inputs, units) for inputs, units in zip((3, *filters[:-1]), filters, strict=True))


exercise(
    "02.1",
    Formula(_ENCODERS, lambda side, filters: (side // 2 ** len(filters)) ** 2 * filters[-1], {
        "no_pooling": lambda s, f: s * s * f[-1],
        "one_pooling": lambda s, f: (s // 2) ** 2 * f[-1],
        "no_channels": lambda s, f: (s // 2 ** len(f)) ** 2,
        "one_side": lambda s, f: s // 2 ** len(f) * f[-1],
        "colours": lambda s, f: (s // 2 ** len(f)) ** 2 * 3,
        "quarter": lambda s, f: (s // 4 ** len(f)) ** 2 * f[-1],
    }, key="flat", read=several(2), place=0),
    Formula(_ENCODERS, lambda side, filters: _convolutions(filters, lambda i, u: 9 * i * u + u), {
        "no_bias": lambda s, f: _convolutions(f, lambda i, u: 9 * i * u),
        "always_three": lambda s, f: sum(27 * u + u for u in f),
        "no_inputs": lambda s, f: sum(9 * u + u for u in f),
        "one_row": lambda s, f: _convolutions(f, lambda i, u: 3 * i * u + u),
        "last_only": lambda s, f: 9 * (3, *f)[-2] * f[-1] + f[-1],
        "places": lambda s, f: sum((9 * (3, *f)[k] * u + u) * (s // 2**k) ** 2 for k, u in enumerate(f)),
    }, key="count", read=several(2), place=1),
)

_CHAINS = [  # values after Flatten, LSTMs, hidden Dense layers, outputs
    (16_384, (256, 256), (512, 256), 196_608),
    (16_384, (256, 512), (512, 256), 196_608),
    (1000, (10,), (20, 30, 40), 7),
    (50, (3, 4, 5), (), 11),
]


def _chain(features, lstm, dense, outputs, gates=4, bias=1, state=1):
    total, size = 0, features
    for units in lstm:
        total, size = total + gates * units * (size + state * units + bias), units
    for units in (*dense, outputs):
        total, size = total + units * (size + bias), units
    return total


exercise("02.2", Formula(_CHAINS, lambda features, lstm, dense, outputs: _chain(features, lstm, dense, outputs), {
    "gates": lambda *case: _chain(*case, gates=1),
    "no_bias": lambda *case: _chain(*case, bias=0),
    "no_state": lambda *case: _chain(*case, state=0),
    "no_last": lambda f, l, d, o: _chain(f, l, d, o) - o * ((*l, *d)[-1] + 1),
    "flat_again": lambda f, l, d, o: sum(4 * u * (f + u + 1) for u in l) + _chain(l[-1], (), d, o),
    "dense_flat": lambda f, l, d, o: _chain(f, l, (), 0) + _chain(f, (), d, o),
}))


def _kernels():
    rng = np.random.default_rng(2)
    return [rng.normal(0, 0.3, shape).astype(np.float32) for shape in ((3, 3, 3, 4), (12, 7), (7, 5))]


def _penalty(kernels, one=lambda kernel: (kernel**2).sum()):
    return sum(float(one(kernel)) for kernel in kernels)


_PRINTED = [(0.2345, _kernels(), 0.004)]

exercise("02.3", Formula(_PRINTED, lambda loss, kernels, factor: loss - factor * _penalty(kernels), {
    "unchanged": lambda loss, ks, f: loss,
    "added": lambda loss, ks, f: loss + f * _penalty(ks),
    "norm": lambda loss, ks, f: loss - f * _penalty(ks, np.linalg.norm),
    "mean": lambda loss, ks, f: loss - f * _penalty(ks, lambda k: (k**2).mean()),
    "half": lambda loss, ks, f: loss - f / 2 * _penalty(ks),
    "absolute": lambda loss, ks, f: loss - f * _penalty(ks, lambda k: np.abs(k).sum()),
    "no_square": lambda loss, ks, f: loss - f * _penalty(ks, np.sum),
    "no_factor": lambda loss, ks, f: loss - _penalty(ks),
    "penalty": lambda loss, ks, f: f * _penalty(ks),
}))
