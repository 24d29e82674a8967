"""Exercises of 08_fashion_gan: upsampling as two small kernels, clothes without normalisation, what tables carry."""

import functools

import numpy as np

from labkit import datasets, metrics
from labkit.exercises.answers import array, need
from labkit.exercises.formula import Formula, exercise, judged
from labkit.models import extractors

_KERNELS = [(np.array(values, float),) for values in ([1, 20, 300, 4000, 50000], [2, -1, 0.5, 3, 7], [0, 0, 1, 0, 0])]


def _phases(a, b, c, d, e):
    return np.array([[a + b, c + d, e], [a, b + c, d + e]])


def _halved(a, b, c, d, e):
    return np.array([[(a + b) / 2, (c + d) / 2, e], [a, (b + c) / 2, (d + e) / 2]])


exercise("08.1", Formula(_KERNELS, lambda kernel: _phases(*kernel), {
    "swapped": lambda k: _phases(*k)[::-1],
    "mean": lambda k: _halved(*k),
    "reversed": (lambda k: _phases(*k)[:, ::-1], lambda k: _phases(*k[::-1])),
    "zeros": (lambda k: np.array([k[::2], [0, k[1], k[3]]]), lambda k: np.array([k[::2], [k[1], k[3], 0]])),
    "same": lambda k: _phases(*k)[[0, 0]],
}, read=array))

LEVELS, VARIETY, FAR, PICTURES = (40, 110), 0.5, 25.0, 200  # clothes: 73, 1, below 1; black pictures: 0, 0, 62


@functools.cache
def _clothes():
    images, extractor = datasets.load("fashion_mnist", limit=2000, quiet=True).images, extractors.load("fashion_mnist")
    return extractor, metrics.extract(images, extractor), np.abs(images[:1000].astype(int) - images[1000:]).mean()


def _without_normalisation(generator):
    """generator: noise (n, 128) -> pictures in [-1, 1] (n, 28, 28, 1): no normalisation layer, and clothes."""
    need(all("Normalization" not in type(layer).__name__ for layer in getattr(generator, "layers", ())), "norm")
    noise = np.random.default_rng(2024).standard_normal((PICTURES, 128)).astype("float32")
    values = array(generator, noise, wanted="pictures in [-1, 1]")
    need(values.size == PICTURES * 784, "size", shape=values.shape)
    values = values.astype("float64").reshape(PICTURES, 28, 28, 1)
    need(np.abs(values).max() <= 1.001, "range", low=values.min(), high=values.max())
    images, (extractor, real, spread) = np.rint((values + 1) * 127.5).astype("uint8"), _clothes()
    need(images.mean() >= LEVELS[0], "black", level=images.mean())
    need(images.mean() <= LEVELS[1], "grey", level=images.mean())
    variety = np.abs(images[::2].astype(int) - images[1::2]).mean() / spread
    need(variety >= VARIETY, "alike", variety=variety)
    far = float(metrics.frechet_distance(real, metrics.extract(images, extractor)))
    need(far <= FAR, "far", far=far)


exercise("08.2", _without_normalisation)
exercise("08.3", judged("abcd", "bd"))
