"""Exercises of 14_many_devices: uneven shares, fewer and larger steps, and what the measurements carry."""

import numpy as np

from labkit import datasets, metrics
from labkit.exercises.answers import array, need
from labkit.exercises.formula import Formula, exercise, judged

_SHARES = [np.array([2.0, -1.0, 0.5]), np.array([-4.0, 3.0, 0.1]), np.array([1.0, 8.0, -7.0])], [6, 3, 1]

exercise("14.1", Formula([_SHARES], lambda gradients, rows: np.average(gradients, axis=0, weights=rows), {
    "plain": lambda g, r: np.mean(g, axis=0),
    "sum": lambda g, r: np.sum(g, axis=0),
    "undivided": lambda g, r: np.tensordot(r, g, 1),
    "by_replicas": lambda g, r: np.tensordot(r, g, 1) / len(r),
    "inverse": lambda g, r: np.average(g, axis=0, weights=1 / np.asarray(r)),
    "divided": lambda g, r: np.tensordot(1 / np.asarray(r), g, 1),
    "first": lambda g, r: g[0],
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
