"""Exercises of 12_domain_transfer: a loss without units, a transfer without a generator, what the figures carry."""

import functools

import numpy as np

from labkit import datasets
from labkit.exercises.answers import array, call, need
from labkit.exercises.formula import Formula, exercise, judged
from labkit.models import extractors, weights

_random = np.random.default_rng(12)
_CASES = [(_random.normal(1, scale, (6, 6)), _random.normal(0, 1, (6, 6))) for scale in ([0.3, 1, 2, 3, 5, 8], 0.1)]
_squares, _unit = lambda s, a: ((s - a) ** 2).mean(0), lambda s: (s - s.mean(0)) / s.std(0)

exercise("12.1", Formula(_CASES, lambda said, again: (_squares(said, again) / said.var(0)).mean(), {
    "plain": lambda s, a: _squares(s, a).mean(),
    "pooled": [lambda s, a: _squares(s, a).mean() / s.var(), lambda s, a: _squares(s, a).mean() / s.var(0).mean()],
    "deviation": lambda s, a: (_squares(s, a) / s.std(0)).mean(),
    "again": [lambda s, a: (_squares(s, a) / a.var(0)).mean(), lambda s, a: _squares(_unit(s), _unit(a)).mean(),
              lambda s, a: (_squares(s, a) / np.concatenate([s, a]).var(0)).mean()],
    "epsilon": [lambda s, a, k=k: (_squares(s, a) / (s.var(0) + 10**-k)).mean() for k in (6, 5, 4, 3)],
    "difference": lambda s, a: (_squares(s, a) / (s - a).var(0)).mean(),
    "axis": [lambda s, a: (_squares(s, a) / s.var(1)).mean(), lambda s, a: (_squares(s.T, a.T) / s.var(1)).mean()],
    "sample": lambda s, a: (_squares(s, a) / s.var(0, ddof=1)).mean(),
    "sum": [lambda s, a: (_squares(s, a) / s.var(0)).sum(), lambda s, a: len(s) * (_squares(s, a) / s.var(0)).sum()],
    "absolute": lambda s, a: (np.abs(s - a) / s.std(0)).mean(),
    "root": lambda s, a: np.sqrt((_squares(s, a) / s.var(0)).mean()),
}))

NUMBERS, CANDIDATES, FEWEST = 1000, 3000, 200  # house numbers, target pictures, different pictures to be shown


@functools.cache
def _domains():
    """Return what f says of drawn house numbers and of target pictures, their labels, how the classifier names the
    latter, and two shares: above Euclid's, and asked for (on six draws the angle had .89 to .91, the solution .93)."""
    from labkit.datasets import shapes

    networks, target = weights.load("domain-transfer"), datasets.load("mnist", limit=CANDIDATES, quiet=True)
    images, labels, _ = shapes.draw("svhn", NUMBERS, 1)
    framed = np.pad(target.images, ((0, 0), (2, 2), (2, 2), (0, 0))).repeat(3, axis=3)
    said, among = (networks.f.predict(np.float32(part) / 127.5 - 1, verbose=0) for part in (images, framed))
    shares = (0.77, 0.805) if target.is_stand_in else (0.88, 0.915)
    return said, among, labels, extractors.load("mnist").predict(target.images), shares


def _chosen(answer):
    """The places of the target pictures that are shown for the house numbers."""
    said, among, labels, names, (angle, least) = _domains()
    places = array(lambda: call(answer, said, among))
    need(places.shape in ((NUMBERS,), (NUMBERS, 1)), "shape", shape=places.shape, n=NUMBERS, m=len(among))
    need(np.isrealobj(places) and np.array_equal(places, np.rint(places)), "whole")
    need(places.min() >= 0 and places.max() < len(among), "range", low=places.min(), high=places.max(), m=len(among))
    different, right = len(np.unique(places)), (names[places.ravel().astype(int)] == labels).mean()
    need(right >= 0.3, "chance", right=right)
    need(different >= FEWEST, "few", different=different, right=right, fewest=FEWEST)
    need(right >= least, "near" if right < angle else "angle", right=right, least=least)


exercise("12.2", _chosen)
exercise("12.3", judged("abcde", "be"))
