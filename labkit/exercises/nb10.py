"""Exercises of 10_scoring_images: the Inception score, the Fréchet distance, and what is left when N has no end."""

import numpy as np

from labkit.exercises.answers import Mistake, array, number
from labkit.exercises.formula import Formula
from labkit.exercises.frame import exercise


def _probabilities():
    random = np.random.default_rng(10)
    return [(random.dirichlet(np.full(5, 0.4), 30),), (random.dirichlet([4.0, 1.0, 0.5], 17),)]


_CERTAIN = np.eye(4)[[0, 0, 1, 2, 3, 3]]


def _divergence(p, q):
    return np.where(p > 0, p * (np.log(p) - np.log(q)), 0).sum(1)


def _inception(p):
    return np.exp(_divergence(p, p.mean(0)).mean())


def _defined(score):
    answer = number(score, _CERTAIN)
    if not np.isfinite(answer):
        raise Mistake("nan", answer=answer)


exercise(
    "10.1",
    Formula(_probabilities(), _inception, {
        "classes": lambda p: np.exp(_divergence(p, p.sum(0) / p.shape[1]).mean()),
        "both": lambda p: _divergence(p, p.sum(0) / p.shape[1]).mean(),
        "log": lambda p: _divergence(p, p.mean(0)).mean(),
        "backwards": lambda p: np.exp(_divergence(np.tile(p.mean(0), (len(p), 1)), p).mean()),
        "order": lambda p: np.exp(_divergence(p, p.mean(0))).mean(),
        "sum": lambda p: np.exp(_divergence(p, p.mean(0)).sum()),
        "bits": lambda p: np.exp(_divergence(p, p.mean(0)).mean() / np.log(2)),
        "uniform": lambda p: np.exp(_divergence(p, 1 / p.shape[1]).mean()),
        "entropy": lambda p: np.exp(-(p.mean(0) * np.log(p.mean(0))).sum()),
    }, more=lambda p: {"rows": len(p), "columns": len(p[0])}),
    _defined,
    Formula([(_CERTAIN,)], _inception, {}, key="certain"),
)


def _roots(first, second):
    """Return the trace of the root of the product of two covariances, which may be singular."""
    values, vectors = np.linalg.eigh(first)
    half = (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T
    return np.sqrt(np.maximum(np.linalg.eigvalsh(half @ second @ half), 0)).sum()


def _gap(first, second):
    return ((first - second) ** 2).sum()


def _frechet(m1, s1, m2, s2):
    return _gap(m1, m2) + np.trace(s1 + s2) - 2 * _roots(s1, s2)


def _gaussians(seed, width, rank=None):
    random = np.random.default_rng(seed)
    factors = random.normal(size=(2, rank or 3 * width, width))
    covariances = factors.transpose(0, 2, 1) @ factors / (rank or 3 * width)
    means = random.normal(size=(2, width)) * 0.7
    return means[0], covariances[0], means[1], covariances[1]


_GAUSSIANS, _SINGULAR = [_gaussians(3, 3), _gaussians(6, 6)], _gaussians(1, 8, rank=3)


def _real(distance):
    if any(np.iscomplexobj(array(distance, *case)) for case in (*_GAUSSIANS, _SINGULAR)):
        raise Mistake("complex")


exercise(
    "10.2",
    _real,
    Formula(_GAUSSIANS, _frechet, {
        "variance": lambda m, s, n, t: _gap(m, n) + _gap(np.sqrt(np.diag(s)), np.sqrt(np.diag(t))),
        "means": lambda m, s, n, t: _gap(m, n),
        "covariances": lambda m, s, n, t: _frechet(m, s, m, t),
        "not_squared": lambda m, s, n, t: np.sqrt(_gap(m, n)) + _frechet(m, s, m, t),
        "root": lambda m, s, n, t: np.sqrt(_frechet(m, s, n, t)),
        "two": lambda m, s, n, t: _frechet(m, s, n, t) + _roots(s, t),
        "no_root": lambda m, s, n, t: _gap(m, n) + np.trace(s + t - 2 * s @ t),
        "elementwise": lambda m, s, n, t: _gap(m, n) + np.trace(s + t - 2 * np.sqrt(np.abs(s @ t))),
        "frobenius": lambda m, s, n, t: _gap(m, n) + _gap(s, t),
    }, more=lambda m1, *others: {"width": len(m1)}),
    Formula([_SINGULAR], _frechet, {}, key="singular"),
)


def _scores(*sizes, first=3.0):
    sizes = np.array(sizes)
    return sizes, first + 900.0 / sizes + np.array([0.05, -0.04, 0.03, -0.02])[:len(sizes)]


def _line(x, y):
    return np.polyfit(x, y, 1)[1]


# Unsorted: the last is not the largest.
_PUBLISHED = [_scores(800, 200, 1600, 400), _scores(500, 5000, 1000, first=4.0)]

exercise("10.3", Formula(_PUBLISHED, lambda sizes, values: _line(1 / sizes, values), {
    "last": lambda n, v: v[-1],
    "mean": lambda n, v: v.mean(),
    "smallest": lambda n, v: v.min(),
    "in_n": lambda n, v: _line(n, v),
    "root_n": lambda n, v: _line(1 / np.sqrt(n), v),
    "slope": lambda n, v: np.polyfit(1 / n, v, 1)[0],
    "log_n": lambda n, v: _line(np.log(n), v),
}))
