"""Exercises of 14_many_devices: the whole minibatch's statistics; fewer, larger steps; what the measurements carry."""

import numpy as np

from labkit import datasets
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
    "within": [lambda c, s, q, w=w: np.stack([_moments(c, s, q)[0], np.average(_each(c, s, q), 0, w and c)[1]])
               for w in (True, None)],
    "plain": [lambda c, s, q: _each(c, s, q).mean(0),
              lambda c, s, q: _moments(np.ones(len(c)), s / c[:, None], q / c[:, None])],
    "second": lambda c, s, q: np.stack([s.sum(0), q.sum(0)]) / c.sum(), "own": lambda c, s, q: _each(c, s, q)[0],
    "undivided": lambda c, s, q: np.stack([s.sum(0), q.sum(0)]), "swapped": lambda c, s, q: _moments(c, q, s),
    "deviation": lambda c, s, q: _moments(c, s, q) ** [[1], [0.5]], "order": lambda c, s, q: _moments(c, s, q)[::-1],
    "sample": lambda c, s, q: _moments(c, s, q) * [[1], [c.sum() / (c.sum() - 1)]],
}, read=array))


def _near_to_digits(pictures):
    pictures = np.asarray(pictures)
    need(pictures.shape == (2000, 28, 28, 1) and pictures.max() > 1, "shape", shape=pictures.shape)
    data = datasets.load("mnist", limit=2000, quiet=True)
    real, drawn = (each.reshape(-1, 7, 4, 7, 4).mean((2, 4)).reshape(-1, 49) / 255 for each in (data.images, pictures))
    mean, own = real.mean(0), drawn.mean(0)
    squares = (real**2).sum(1)[:, None] + (drawn**2).sum(1) - 2 * real @ drawn.T
    share = np.sqrt(np.maximum(squares, 0).min(1)).mean() / np.linalg.norm(real - mean, axis=1).mean()
    need(share >= (0.5 if data.is_stand_in else 0.7), "real", share=share)  # real digits with grain: 0.63
    need(pictures.std(axis=0).mean() > 5, "alike" if np.abs(own - mean).max() > 0.05 else "mean")
    need(np.corrcoef(own, mean)[0, 1] > 0.7, "noise")
    need(np.median([np.corrcoef(each, own)[0, 1] for each in drawn]) < 0.9, "blob", share=share)
    need(len(np.unique(pictures, axis=0)) > 1900, "copies", count=len(np.unique(pictures, axis=0)))
    need(share <= 0.8, "far", share=share)


exercise("14.2", _near_to_digits)
exercise("14.3", judged("abcde", "ad"))
