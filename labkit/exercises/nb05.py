"""Exercises of 05_cifar_dense_gan: parameters of dense networks, a start without static, what a ruler carries."""

import functools
import itertools

import numpy as np

from labkit import datasets, metrics, models, training
from labkit.exercises.answers import Mistake, need, several
from labkit.exercises.formula import Formula, exercise, judged

_SIZES = [((100, 256, 512, 1024, 3072),), ((3, 5, 7),), ((2, 4, 4, 6),), ((8, 9),)]


def _count(sizes, features=None, bias=1):
    """Return all parameters and the trainable ones; ``features``: how many numbers are normalised."""
    dense = sum(outputs * (inputs + bias) for inputs, outputs in itertools.pairwise(sizes))
    features = sum(sizes[1:-1]) if features is None else features
    return dense + 4 * features, dense + 2 * features


exercise("05.1", Formula(_SIZES, lambda sizes: _count(sizes), {
    "order": lambda s: _count(s)[::-1], "no_bias": lambda s: _count(s, bias=0),
    "not_trainable": [lambda s: (_count(s)[0], 2 * sum(s[1:-1])), lambda s: (_count(s)[1], 2 * sum(s[1:-1]))],
    "no_norm": lambda s: _count(s, 0),
    "no_statistics": lambda s: (_count(s)[1], _count(s)[1]),
    "all_trainable": lambda s: (_count(s)[0], _count(s)[0]),
    "last": lambda s: _count(s, sum(s[1:])),
    "input": lambda s: _count(s, sum(s[:-1])),
    "one_norm": lambda s: _count(s, len(s) - 2),
}, read=several(2)))

SPECKLE, VARIETY, FAR, PICTURES = 12, 0.5, 6.5, 500  # photographs: 8, 1, 0.2; an untrained network: 63, 1, 8.6


def _speckle(images):
    x = images.astype("float32")
    around = x[:, :-2, 1:-1] + x[:, 2:, 1:-1] + x[:, 1:-1, :-2] + x[:, 1:-1, 2:]
    return np.abs(x[:, 1:-1, 1:-1] - around / 4).mean()


def thumbnails(images):
    return images.reshape(len(images), 8, images.shape[1] // 8, 8, -1, 3).mean((2, 4)).reshape(len(images), -1) / 255


@functools.cache
def _photographs():
    images = datasets.load("cifar10", limit=1000, quiet=True).images
    return thumbnails(images), images.std(0).mean()


def _without_static(network):
    """network: the generator (or its Pair), trained. Only its weights count: what stands behind it could blur."""
    generator = models.build("cifar-dense-gan").generator
    try:
        generator.set_weights(getattr(network, "generator", network).get_weights())
    except (AttributeError, TypeError, ValueError):
        raise Mistake("kind") from None
    need(all(np.isfinite(weights).all() for weights in generator.get_weights()), "nan")
    noise = training.latent(PICTURES, 100, 2024)
    images, shipped = (training.generate(one, noise).astype("float32")
                       for one in (training.settled(generator), models.weights.load("cifar-dense-gan")))
    real, spread = _photographs()
    apart, other = images - images.mean(0), shipped - shipped.mean(0)
    same = (apart * other).mean() / max(1e-9, apart.std() * other.std())
    speckle, variety = _speckle(images), images.std(0).mean() / spread
    far = float(metrics.frechet_distance(real, thumbnails(images)))
    for key, good in (("alike", variety >= VARIETY), ("shipped", same < 0.5), ("static", speckle < SPECKLE),
                      ("far", far < FAR)):
        need(good, key, speckle=speckle, variety=variety, far=far)


exercise("05.2", _without_static)
exercise("05.3", judged("abcd", "bd"))
