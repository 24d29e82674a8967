"""Exercises of 12_domain_transfer: the ternary discriminator's loss, f-constancy, total variation."""

import numpy as np

from labkit.exercises.answers import array
from labkit.exercises.formula import Formula, exercise

REAL = 2


def _logits():
    random = np.random.default_rng(12)
    return tuple(random.normal(0, 1.5, (6, 3)) for _ in range(3))


def _minus_log(logits, kind):
    return (np.logaddexp.reduce(logits, axis=1) - logits[:, kind]).mean()


def _probability(logits, kind):
    return np.exp(logits - np.logaddexp.reduce(logits, axis=1, keepdims=True))[:, kind]


def _three(of_source, of_target, real, one=_minus_log, kinds=(0, 1, REAL)):
    return sum(one(x, kind) for x, kind in zip((of_source, of_target, real), kinds, strict=True))


exercise(
    "12.1",
    Formula([_logits()], lambda of_source, of_target, real: _three(of_source, of_target, real), {
        "order": lambda *x: _three(*x, kinds=(1, REAL, 0)),
        "reversed": lambda *x: _three(*x, kinds=(REAL, 1, 0)),
        "generator": lambda s, t, r: _minus_log(s, REAL) + _minus_log(t, REAL),
        "real_only": lambda s, t, r: _minus_log(r, REAL),
        "binary": lambda s, t, r: _minus_log(r, REAL) - sum(np.log(1 - _probability(x, REAL)).mean() for x in (s, t)),
        "mean": lambda *x: _three(*x) / 3,
        "sum": lambda *x: _three(*x) * len(x[0]),
        "sign": lambda *x: -_three(*x),
        "sigmoid": lambda *x: _three(*x, one=lambda logits, kind: np.logaddexp(0, -logits[:, kind]).mean()),
        "no_log": lambda *x: -_three(*x, one=lambda logits, kind: _probability(logits, kind).mean()),
        "no_softmax": lambda *x: -_three(*x, one=lambda logits, kind: logits[:, kind].mean()),
    }),
    Formula([(np.array([[900.0, 890.0, 880.0]] * 2),) * 3], _three, {}, key="overflow"),
)


def _toy():
    """Return f: (n, 4) -> (n, 4), g: (n, 4) -> (n, 4), x; neither is linear, so that no two mistakes agree."""
    random = np.random.default_rng(3)
    into, back = random.normal(size=(4, 4)), random.normal(size=(4, 4))

    def f(x):
        return np.tanh(np.asarray(x) @ into)

    def g(z):
        return np.sin(np.asarray(z) @ back) * 2

    return f, g, random.normal(size=(5, 4))


def _change(f, g, x):
    return f(x) - f(g(f(x)))


exercise("12.2", Formula([_toy()], lambda f, g, x: (_change(f, g, x) ** 2).mean(), {
    "pictures": lambda f, g, x: ((x - g(f(x))) ** 2).mean(),
    "half": lambda f, g, x: ((f(x) - g(f(x))) ** 2).mean(),
    "no_f_inside": lambda f, g, x: ((f(x) - f(g(x))) ** 2).mean(),
    "codes": lambda f, g, x: ((g(f(x)) - g(f(g(f(x))))) ** 2).mean(),
    "sum": lambda f, g, x: (_change(f, g, x) ** 2).sum(),
    "rows": lambda f, g, x: (_change(f, g, x) ** 2).sum(1).mean(),
    "root": lambda f, g, x: np.sqrt((_change(f, g, x) ** 2).mean()),
    "absolute": lambda f, g, x: np.abs(_change(f, g, x)).mean(),
    "no_square": lambda f, g, x: _change(f, g, x).mean(),
}))


def _right(z):
    return z[:, :-1, 1:] - z[:, :-1, :-1]


def _down(z):
    return z[:, 1:, :-1] - z[:, :-1, :-1]


def _lengths(z):
    return np.hypot(_right(z), _down(z))


exercise("12.3", Formula([(np.random.default_rng(5).random((4, 6, 6)),)], lambda z: _lengths(z).mean(), {
    "absolute": lambda z: (np.abs(_right(z)) + np.abs(_down(z))).mean(),
    "squared": lambda z: (_lengths(z) ** 2).mean(),
    "one_way": lambda z: np.abs(_right(z)).mean(),
    "one_way_down": lambda z: np.abs(_down(z)).mean(),
    "late_root": lambda z: np.sqrt((_lengths(z) ** 2).mean()),
    "sum": lambda z: _lengths(z).sum(),
    "each": lambda z: _lengths(z).sum((1, 2)).mean(),
    "across": lambda z: _lengths(z.transpose(2, 0, 1)[:-1]).mean(),
}, read=array))
