"""Exercises of 14_many_devices: the whole minibatch's statistics; fewer, larger steps; what the measurements carry."""

import numpy as np

from labkit import datasets, metrics
from labkit.exercises.answers import array, need
from labkit.exercises.formula import Formula, exercise, judged

_ROWS = np.split(np.random.default_rng(0).normal((3.0, -1.0, 0.5), (1.0, 2.0, 0.5), (10, 3)), [6, 9])
_SHARES = np.array([6, 3, 1]), np.array([r.sum(0) for r in _ROWS]), np.array([(r**2).sum(0) for r in _ROWS])


def _moments(counts, sums, squares):
    mean, second = (np.sum(each, axis=0) / np.sum(counts) for each in (sums, squares))
    return np.stack([mean, second - mean**2])


def _each(counts, sums, squares):  # the workers' own means and variances
    means, seconds = (each / counts[:, None] for each in (sums, squares))
    return np.stack([means, seconds - means**2], axis=1)


exercise("14.1", Formula([_SHARES], _moments, {
    "within": lambda c, s, q: np.stack([_moments(c, s, q)[0], np.average(_each(c, s, q), axis=0, weights=c)[1]]),
    "plain": [lambda c, s, q: _each(c, s, q).mean(0),
              lambda c, s, q: _moments(np.ones(len(c)), s / c[:, None], q / c[:, None])],
    "second": lambda c, s, q: np.stack([s.sum(0), q.sum(0)]) / c.sum(),
    "undivided": lambda c, s, q: np.stack([s.sum(0), q.sum(0)]),
    "deviation": lambda c, s, q: _moments(c, s, q) ** [[1], [0.5]],
    "sample": lambda c, s, q: _moments(c, s, q) * [[1], [c.sum() / (c.sum() - 1)]],
    "own": lambda c, s, q: _each(c, s, q)[0],
}, read=array))


def _nearer_to_digits(pictures):
    """pictures: uint8 (2000, 28, 28, 1), drawn by a GAN after 50 updates."""
    pictures = np.asarray(pictures)
    need(pictures.shape == (2000, 28, 28, 1), "shape", shape=pictures.shape)

    def small(images):
        return images.reshape(-1, 7, 4, 7, 4).mean((2, 4)).reshape(-1, 49) / 255

    digits, black = small(datasets.load("mnist", limit=2000, quiet=True).images), np.zeros((2000, 49))
    black[0] = 1e-3  # a covariance of nothing has no root
    far, mark = (float(metrics.frechet_distance(digits, each)) for each in (small(pictures), black))
    need(far >= 0.2 * mark, "real", share=far / mark)  # real digits with grain: 0.1
    need(pictures.std(axis=0).mean() > 5, "alike")
    need(np.corrcoef(small(pictures).mean(0), digits.mean(0))[0, 1] > 0.7, "noise")
    need(far <= 0.92 * mark, "far", share=far / mark)


exercise("14.2", _nearer_to_digits)
exercise("14.3", judged("abcde", "ad"))
