"""Exercises of 11_noise_studio: a direction without others, a deer that counts as a ship, what the tables carry."""

import functools

import numpy as np

from labkit import models, training
from labkit.exercises.answers import array, need
from labkit.exercises.formula import Formula, exercise, judged
from labkit.models import extractors


def _directions(seed, count, width):
    random = np.random.default_rng(seed)
    common = random.normal(size=width)  # so that nothing is at right angles to anything
    return common + random.normal(size=width), 2 * common + random.normal(size=(count, width))


_CASES = [_directions(1, 2, 6), _directions(2, 3, 8), _directions(3, 1, 5)]


def _unit(vector):
    return vector / np.linalg.norm(vector)


def _part(d, o):
    """The part of d in the space that the others span."""
    return o.T @ np.linalg.lstsq(o.T, d, rcond=None)[0]


def _projections(d, o):
    return ((o @ d) / (o ** 2).sum(1)) @ o


def _one_after_the_other(d, o):
    return functools.reduce(lambda rest, other: rest - (rest @ other) / (other @ other) * other, o, d)


exercise("11.1", Formula(_CASES, lambda direction, others: _unit(direction - _part(direction, others)), {
    "length": [lambda d, o: d - _part(d, o), lambda d, o: _unit(d) - _part(_unit(d), o),
               lambda d, o: np.linalg.norm(d) * _unit(d - _part(d, o))],
    "each": [lambda d, o: _unit(d - _projections(d, o)), lambda d, o: d - _projections(d, o)],
    "order": [lambda d, o: _unit(_one_after_the_other(d, o)), lambda d, o: _one_after_the_other(d, o),
              lambda d, o: _unit(_one_after_the_other(d, o[::-1]))],
    "unscaled": [lambda d, o: _unit(d - (o @ d) @ o), lambda d, o: d - (o @ d) @ o],
    "part": [lambda d, o: _unit(_part(d, o)), _part],
    "sign": lambda d, o: -_unit(d - _part(d, o)),
    "first": lambda d, o: _unit(d - _part(d, o[:1])),
    "mean": lambda d, o: _unit(d - _part(d, o.mean(0, keepdims=True))),
    "nothing": [lambda d, o: _unit(d), lambda d, o: d],
    "difference": lambda d, o: _unit(d - o.sum(0)),
}, read=array, more=lambda d, o: {"k": len(o), "d": len(d)}))

START, SHIP, SURE, NEAR, LENGTHS = 11, 8, 0.9, 25, (8, 13)  # the seed, the class, and the limits of the exercise


@functools.cache
def _studio():
    generator = models.weights.load("cifar-dcgan")
    draw = lambda noise: training.generate(generator, noise)  # noqa: E731
    return draw, draw(training.latent(1, 100, START)).astype(float), extractors.load_default("cifar10")


def _nearly_a_ship(noise):
    """noise: 100 numbers; the classifier sees a ship in its picture, which is nearly that of START."""
    need(not callable(noise), "kind", text="Hand over the noise itself, 100 numbers.")
    values = array(lambda: noise)
    need(values.size == 100 and not np.iscomplexobj(values), "shape", shape=values.shape)
    values = values.reshape(1, 100).astype("float32")
    need(np.isfinite(values).all(), "nan")
    length = float(np.linalg.norm(values))
    need(LENGTHS[0] <= length <= LENGTHS[1], "length", length=length, low=LENGTHS[0], high=LENGTHS[1])
    draw, deer, classifier = _studio()
    picture = draw(values)
    logits = classifier(picture)[1][0].astype(float)
    sure = float(np.exp(logits[SHIP] - np.logaddexp.reduce(logits)))
    change = float(np.sqrt(((picture - deer) ** 2).mean()))
    need(change <= NEAR, "far", change=change, sure=sure, near=NEAR)
    need(sure >= SURE, "unsure", change=change, sure=sure, least=SURE)


exercise("11.2", _nearly_a_ship)
exercise("11.3", judged("abcd", "bc"))
