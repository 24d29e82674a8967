"""Exercises of 09_bedroom_gan: density by hand, a score fooled, what the figures carry."""

import functools

import numpy as np

from labkit import metrics, models, training
from labkit.exercises.answers import array, need
from labkit.exercises.formula import Formula, exercise, judged
from labkit.exercises.nb05 import thumbnails
from labkit.models import extractors


def _distances(one, other):
    return np.linalg.norm(one[:, None] - other, axis=-1)


def _inside(centres, points, k):
    """Tell for each ball, which reaches to its centre's k-th nearest other centre, which points lie in it."""
    return _distances(centres, points) <= np.sort(_distances(centres, centres), axis=1)[:, [k]]


_random = np.random.default_rng(9)
_SETS = [(_random.normal(0, 1, (30, 4)), _random.normal(1.2, 1, (40, 4)), 3),
         (_random.normal(0, 1, (20, 2)), _random.normal(0.5, 1.5, (60, 2)), 2)]

exercise("09.1", Formula(_SETS, lambda real, fake, k: _inside(real, fake, k).sum(0).mean() / k, {
    "precision": lambda r, f, k: _inside(r, f, k).any(0).mean(),
    "coverage": lambda r, f, k: _inside(r, f, k).any(1).mean(),
    "recall": lambda r, f, k: _inside(f, r, k).any(0).mean(),
    "swapped": lambda r, f, k: _inside(f, r, k).sum(0).mean() / k,
    "itself": lambda r, f, k: _inside(r, f, k - 1).sum(0).mean() / k,
    "one_more": lambda r, f, k: _inside(r, f, k + 1).sum(0).mean() / k,
    "own_balls": lambda r, f, k: _inside(f, f, k).sum(0).mean() / k,
    "no_k": lambda r, f, k: _inside(r, f, k).sum(0).mean(),
    "balls": [lambda r, f, k: _inside(r, f, k).mean(), lambda r, f, k: _inside(r, f, k).mean() / k,
              lambda r, f, k: _inside(r, f, k).sum(1).mean() / k],
    "total": [lambda r, f, k: _inside(r, f, k).sum(), lambda r, f, k: _inside(r, f, k).sum() / k],
}, more=lambda real, fake, k: {"reals": len(real), "fakes": len(fake)}))

PICTURES, DENSITY, COVERED, ROOMS = 200, 2.0, 0.9, 0.3  # rooms: 1.5, 0.99; the last: density by EfficientNet, rooms 1


@functools.cache
def _rooms():
    rooms = training.generate(models.weights.load("bedroom-gan"), training.latent(PICTURES, 100, 2024))
    extractor = extractors.load("efficientnet_lite0", size=96)
    return thumbnails(rooms), extractor, metrics.extract(rooms, extractor)


def _fooled(images):
    """images: uint8 (200, 64, 64, 3), to thumbnails better and hardly less varied than rooms, and no rooms."""
    images = array(images if callable(images) else lambda: images)
    good = images.shape == (PICTURES, 64, 64, 3) and images.dtype.kind in "iu"
    need(good and 0 <= images.min() <= images.max() <= 255, "shape", shape=images.shape, dtype=str(images.dtype))
    images = images.astype(np.uint8)
    small, extractor, features = _rooms()
    by_eye = metrics.manifold_scores(small, thumbnails(images), k=5)
    need(by_eye.density.value >= DENSITY, "density", density=by_eye.density.value)
    need(by_eye.coverage.value >= COVERED, "alike", density=by_eye.density.value, covered=by_eye.coverage.value)
    rooms = metrics.manifold_scores(features, metrics.extract(images, extractor), k=5).density.value
    need(rooms <= ROOMS, "rooms", rooms=rooms)


exercise("09.2", _fooled)
exercise("09.3", judged("abcde", "bd"))
