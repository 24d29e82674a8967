"""Exercises of 10_scoring_images: coverage, a fake set that wins one score, and what the tables carry."""

import functools

import numpy as np
from scipy.spatial.distance import cdist

from labkit import metrics, training
from labkit.exercises.answers import array, need
from labkit.exercises.formula import Formula, exercise, judged
from labkit.models import extractors


def _points(real, fake, k):
    random = np.random.default_rng(real)
    return random.normal(0, 1, (real, 3)), random.normal(0.8, 0.9, (fake, 3)), k


_SETS = [_points(40, 25, 3), _points(30, 60, 1), _points(50, 50, 5),
         (np.array([[0.0], [1.0], [3.0]]), np.array([[2.0], [9.0]]), 1)]  # a fake exactly on an edge


def _radii(points, k):
    return np.sort(cdist(points, points), axis=1)[:, k]


def _inside(real, fake, k):
    return cdist(real, fake) < _radii(real, k)[:, None]


def _coverage(real, fake, k):
    return _inside(real, fake, k).any(1).mean()


exercise("10.1", Formula(_SETS, _coverage, {
    "itself": lambda x, y, k: _inside(x, y, k - 1).any(1).mean(),
    "one_more": lambda x, y, k: _inside(x, y, min(k + 1, len(x) - 1)).any(1).mean(),
    "edge": lambda x, y, k: (cdist(x, y) <= _radii(x, k)[:, None]).any(1).mean(),
    "precision": lambda x, y, k: _inside(x, y, k).any(0).mean(),
    "recall": lambda x, y, k: _inside(y, x, k).any(0).mean() if len(y) > k else 0.0,
    "exchanged": lambda x, y, k: _coverage(y, x, k) if len(y) > k else 0.0,
    "density": lambda x, y, k: _inside(x, y, k).sum() / k / len(y),
    "pairs": lambda x, y, k: _inside(x, y, k).mean(),
    "squared": lambda x, y, k: (cdist(x, y) < _radii(x, k)[:, None] ** 2).any(1).mean(),
    "count": lambda x, y, k: _inside(x, y, k).any(1).sum(),
}, more=lambda x, y, k: {"n": len(x), "m": len(y)}))

PICTURES, REPEATED, WIN = 500, 25, 9.3  # 2,000 real pictures get an Inception-style score of 8.05
WORSE = {"frechet": 3.0, "kernel": 0.1, "precision": 0.1, "recall": 0.1, "density": 0.2, "coverage": 0.1}


@functools.cache
def _judge():
    extractor = extractors.load_default("fashion_mnist")
    return extractor, training.scoring.load_reference("fashion_mnist", (28, 28, 1), extractor)


def _contest(fakes, caught_by):
    """fakes: uint8 (500, 28, 28, 1), nearly all different, of a high Inception-style score; caught_by: a score that is
    clearly worse than the floor of as many real pictures."""
    need(not callable(fakes), "kind", text="Hand over the pictures themselves, an array uint8 (500, 28, 28, 1).")
    images = array(lambda: fakes, wanted="pictures")
    images = images[..., None] if images.shape == (PICTURES, 28, 28) else images
    good = images.shape == (PICTURES, 28, 28, 1) and images.dtype.kind in "iu"
    need(good and 0 <= images.min() <= images.max() <= 255, "shape", shape=images.shape, dtype=images.dtype)
    images = images.astype(np.uint8)  # of a list of Python's own numbers, too
    need(isinstance(caught_by, str) and caught_by in WORSE, "name", said=repr(caught_by), names=", ".join(WORSE))
    repeated = PICTURES - metrics.neighbours.duplicates(images).distinct
    need(repeated <= REPEATED, "copies", count=repeated, most=REPEATED)
    extractor, reference = _judge()
    found = metrics.evaluate(reference.features, metrics.extract(images, extractor), groups=0)
    need(found["inception"].value >= WIN, "low", score=found["inception"].value, win=WIN)
    value, real = found[caught_by].value, reference.floor[str(PICTURES)][caught_by]["value"]
    need((value - real if caught_by in ("frechet", "kernel") else real - value) >= WORSE[caught_by], "blind",
         score=caught_by, value=value, real=real, by=WORSE[caught_by])


exercise("10.2", _contest)
exercise("10.3", judged("abcde", "bd"))
