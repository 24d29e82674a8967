"""Exercises of 01_an_image_as_one_step: an LSTM's parameters, the ones that never learn, the best constant picture."""

import numpy as np

from labkit.exercises.formula import Formula
from labkit.exercises.frame import exercise

_SIZES = [(3072, 64), (196_608, 256), (10, 3), (7, 50)]  # inputs, units


def _all(inputs, units):
    return 4 * units * (inputs + units + 1)


exercise("01.1", Formula(_SIZES, _all, {
    "one_gate": lambda n, u: u * (n + u + 1),
    "gru": lambda n, u: 3 * u * (n + u + 1),
    "no_bias": lambda n, u: 4 * u * (n + u),
    "two_biases": lambda n, u: 4 * u * (n + u + 2),
    "one_bias": lambda n, u: 4 * u * (n + u) + u,
    "no_recurrent": lambda n, u: 4 * u * (n + 1),
    "square": lambda n, u: 4 * u * (u + u + 1),
}))


def _idle(inputs, units):
    """Recurrent weights meet a state of zero, and so does all that the forget gate decides."""
    return 4 * units * units + units * (inputs + 1)


exercise("01.2", Formula(_SIZES, _idle, {
    "recurrent": lambda n, u: 4 * u * u,
    "forget": lambda n, u: u * (n + u + 1),
    "forget_input": lambda n, u: u * (n + 1),
    "twice": lambda n, u: 4 * u * u + u * (n + u + 1),
    "bias": lambda n, u: 4 * u * u + u * n,
    "all": _all,
    "learning": lambda n, u: _all(n, u) - _idle(n, u),
}))


def _pictures():
    """Bytes whose constant pictures all score differently: a bright and a dark corner, a tint, little spread."""
    rng = np.random.default_rng(1)
    base = np.linspace(45, 150, 20).reshape(5, 4, 1) + np.array([-25, 0, 40])
    return np.clip(base + rng.normal(0, 25, (12, 5, 4, 3)), 0, 255).astype(np.uint8)


def _error(images, constant=lambda x: x.mean(0), size=np.square):
    values = images / 255
    return size(values - constant(values)).mean()


exercise("01.3", Formula([(_pictures(),)], lambda images: _error(images), {
    "grey": lambda x: _error(x, lambda values: 0.5),
    "one_value": lambda x: _error(x, np.mean),
    "one_colour": lambda x: _error(x, lambda values: values.mean((0, 1, 2))),
    "own_mean": lambda x: _error(x, lambda values: values.mean((1, 2, 3), keepdims=True)),
    "median": lambda x: _error(x, lambda values: np.median(values, axis=0)),
    "bytes": lambda x: _error(x) * 255**2,
    "centred": lambda x: _error(x) * 4,
    "root": lambda x: np.sqrt(_error(x)),
    "absolute": lambda x: _error(x, size=np.abs),
    "total": lambda x: _error(x) * x.size,
}))
