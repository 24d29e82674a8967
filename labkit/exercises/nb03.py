"""Exercises of 03_tuning: a logarithmic scale, the median rule, and which number of a search may be reported."""

import numpy as np

from labkit.exercises.answers import Mistake, array, call, flat, several
from labkit.exercises.formula import Formula
from labkit.exercises.frame import exercise

_SHARES = np.array([0.0, 0.1, 0.25, 0.5, 0.9, 1.0])
_RANGES = [(_SHARES, 1e-4, 1e-1), (_SHARES, 0.5, 2.0), (_SHARES, 3.0, 300.0)]

exercise("03.1", Formula(_RANGES, lambda u, low, high: low * (high / low) ** u, {
    "linear": lambda u, low, high: low + u * (high - low),
    "reversed": lambda u, low, high: high * (low / high) ** u,
    "exponent": lambda u, low, high: np.log10(low) + u * np.log10(high / low),
    "exponent_e": lambda u, low, high: np.log(low) + u * np.log(high / low),
    "bases": lambda u, low, high: np.exp(np.log10(low) + u * np.log10(high / low)),
    "bases_ten": lambda u, low, high: 10 ** (np.log(low) + u * np.log(high / low)),
    "log_of_linear": lambda u, low, high: np.log(low + u * (high - low)),
    "no_low": lambda u, low, high: (high / low) ** u,
}, read=array, each=True))

_CURVES = [[0.9, 0.5, 0.4, 0.3], [0.8, 0.7, 0.2, 0.1], [0.7, 0.6, 0.5, 0.45], [1.0, 0.95, 0.1, 0.05],
           [0.95, 0.9, 0.85, 0.8]]
_TRIALS = [(_CURVES, errors, warmup) for errors, warmup in [  # earlier trials, a trial's errors so far, warm-up
    ([0.85, 0.8, 0.45], 1), ([0.85, 0.8, 0.3], 1), ([0.99, 0.99], 2), ([0.99, 0.99, 0.99], 2), ([0.95, 0.35, 0.6], 1),
    ([0.75, 0.65], 1), ([0.9], 0), ([0.8, 0.75, 0.42], 0), ([0.91], 0), ([0.99, 0.8], 1), ([0.99, 0.62, 0.405], 1),
    ([0.99], 2),
]]
# Errors that rise again: the best so far is another number than the one at this epoch.
_TRIALS += [([[0.9, 0.2, 0.8], [0.8, 0.3, 0.7], [0.7, 0.4, 0.9]], [0.6, 0.5, 0.55], 1)]


def _at_this_epoch(curves, mine):
    return [curve[len(mine) - 1] for curve in curves]


def _prune(curves, mine, warmup, middle=np.median, best=min, others=_at_this_epoch):
    return len(mine) > warmup and bool(best(mine) > middle(others(curves, mine)))


def _yes_or_no(prune, *trial):
    answer = flat(call(prune, *trial))
    if len(answer) != 1 or answer[0] not in (True, False):
        raise Mistake("not_bool", answer=answer[0] if len(answer) == 1 else answer)
    return bool(answer[0])


exercise("03.2", Formula(_TRIALS, lambda curves, mine, warmup: _prune(curves, mine, warmup), {
    "no_warmup": lambda c, m, w: _prune(c, m, 0),
    "warmup_early": lambda c, m, w: len(m) >= w and _prune(c, m, 0),
    "reversed": lambda c, m, w: len(m) > w and not _prune(c, m, 0),
    "mean": lambda c, m, w: _prune(c, m, w, middle=np.mean),
    "best_of_others": lambda c, m, w: _prune(c, m, w, middle=min),
    "worst_of_others": lambda c, m, w: _prune(c, m, w, middle=max),
    "latest": lambda c, m, w: _prune(c, m, w, best=lambda errors: errors[-1]),
    "best_so_far": lambda c, m, w: _prune(c, m, w, others=lambda c, m: [min(curve[:len(m)]) for curve in c]),
    "last_epoch": lambda c, m, w: _prune(c, m, w, others=lambda c, m: [curve[-1] for curve in c]),
    "first_epoch": lambda c, m, w: _prune(c, m, w, others=lambda c, m: [curve[0] for curve in c]),
    "always": lambda c, m, w: True,
    "never": lambda c, m, w: False,
}, read=_yes_or_no))

_SEARCH = np.array([0.031, 0.024, 0.029, 0.022, 0.040]), np.array([0.036, 0.027, 0.025, 0.033, 0.041])

exercise("03.3", Formula([_SEARCH], lambda validation, test: (validation.argmin(), test[validation.argmin()]), {
    "test_chooses": lambda v, t: (t.argmin(), t.min()),
    "validation_reported": lambda v, t: (v.argmin(), v.min()),
    "smallest_test": lambda v, t: (v.argmin(), t.min()),
    "mean_test": lambda v, t: (v.argmin(), t.mean()),
    "largest": lambda v, t: (v.argmax(), t[v.argmax()]),
}, read=several(2)))
