"""Exercises of 03_tuning: the expected best of n trials, settings for six epochs, and what the evidence carries."""

import functools
import numbers
from itertools import combinations

import numpy as np

from labkit import datasets, training
from labkit.exercises.answers import need
from labkit.exercises.formula import Formula, exercise, judged

_ERRORS = np.array([0.065, 0.083, 0.061, 0.072, 0.061, 0.09])  # few: an answer may go through all the draws
_SEARCHES = [(_ERRORS, 3), (_ERRORS, 1), (_ERRORS, 6), (np.array([0.5, 0.25]), 2), (np.array([0.7, 0.1, 0.4]), 9)]


def _best(errors, n, order=np.sort, shift=0):
    """The sum of the errors, each times the chance that it is the best of n draws: that none of those before it is
    drawn, less that none of those up to it is."""
    left = (len(errors) - np.arange(len(errors) + 1) + shift) / len(errors)
    return float(order(errors) @ (left[:-1] ** n - left[1:] ** n))


exercise("03.1", Formula(_SEARCHES, lambda errors, n: _best(errors, n), {
    "without": lambda errors, n: np.mean([min(ones) for ones in combinations(errors, min(n, len(errors)))]),
    "unsorted": lambda errors, n: _best(errors, n, order=np.asarray),
    "largest": lambda errors, n: _best(errors, n, order=lambda values: -np.sort(-values)),
    "off_by_one": lambda errors, n: _best(errors, n, shift=1),
    "mean": lambda errors, n: errors.mean(),
    "smallest": lambda errors, n: errors.min(),
    "first": lambda errors, n: errors[:n].min(),
    "median": [lambda errors, n: np.median(errors), lambda errors, n: np.quantile(errors, 1 / (n + 1))],
}))

EPOCHS, BELOW, BASELINE = 6, 0.066, 0.079  # of the training; error to be reached; that of the mean training picture
_SPACE = {"learning_rate": (0, 1), "batch_size": (1, 180), "dropout": (0, 0.95), "lstm": (1, 256), "dense": (1, 256)}
_HELD = ("Picture_0B_by_freespace", "Picture_1A_by_freespace", "greentock_by_Peter_Nerlich", "skimage_chelsea",
         "skimage_coffee", "skimage_rocket")  # the notebook's validation photographs
_TRACED = {}  # a network of each size and dropout: to trace one takes longer than to train it


@functools.cache
def _after(settings, seed):
    """Return the validation error of model 3's twin after EPOCHS epochs with these settings."""
    autoencoder, values = training.autoencoder, {name: float(value) for name, value in settings}
    tiles, base = datasets.load("photos", "train", size=32, quiet=True), autoencoder.plan("cnn-lstm-tuned")
    sizes = {name: (base.options[name][0], int(values[name])) for name in ("lstm", "dense")}
    plan = base.changed(epochs=EPOCHS, seed=seed, learning_rate=values["learning_rate"],
                        batch_size=int(values["batch_size"]), options=sizes | {"dropout": values["dropout"]})
    new, held = autoencoder.build(plan), np.isin(tiles.factors["photograph"], _HELD)
    network = _TRACED.setdefault(str(plan.options), new)
    for state, first in zip(network.variables, new.variables, strict=True):
        state.assign(first)
    for state in network.optimizer.variables:
        state.assign(np.zeros(state.shape))
    network.optimizer.learning_rate = plan.learning_rate
    autoencoder.fit(network, plan, tiles.images[~held])
    return float(np.mean((autoencoder.repeat(network, tiles.images[held]) - tiles.images[held] / np.float32(255)) ** 2))


def _settings(settings):
    """settings: a dictionary as STATED, with which six epochs suffice, for two seeds."""
    need(isinstance(settings, dict), "kind",
         text=f"Expected settings like STATED, a dictionary, and this is {settings!r:.60}.")
    need(set(settings) == set(_SPACE), "names", names=", ".join(sorted(map(str, set(settings) ^ set(_SPACE)))))
    for name, (low, high) in _SPACE.items():
        value = settings[name]
        need(isinstance(value, numbers.Real) and low <= value <= high and (high <= 1 or value == int(value)), "range",
             name=name, value=value, low=low, high=high)
    need(settings["learning_rate"] >= 1e-9, "still")
    for seed in (1, 2):
        error = _after(tuple(sorted(settings.items())), seed)
        key = "far" if error < BASELINE - 0.002 else "baseline" if error < BASELINE + 0.01 else "thrown"
        need(error < BELOW, key, error=error, below=BELOW, seed=seed)


exercise("03.2", _settings)
exercise("03.3", judged("abcdef", "ac"))
