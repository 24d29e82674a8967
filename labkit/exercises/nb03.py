"""Exercises of 03_tuning: a logarithmic scale, the median rule, and which number of a search may be reported."""

import numpy as np

from labkit.exercises.answers import Mistake, array, call, integers, number
from labkit.exercises.frame import exercise, prediction

prediction(
    "03.p1",
    question="A search has five hyperparameters, but only one of them matters, and a twentieth of its range is good. "
             "You can afford 32 trainings: a grid of two values for each of the five, or 32 random settings. In how "
             "many per cent of such problems will the 32 random settings contain a good one?",
    unit="%",
    close=1.15,
    because="Each random setting has a value of its own for the one that matters: 1 - 0.95^32 is 81 %. The grid has "
            "tried two values, sixteen times each: 10 %.",
)

_SHARES = np.array([0.0, 0.1, 0.25, 0.5, 0.9, 1.0])
_RANGES = [(1e-4, 1e-1), (0.5, 2.0), (3.0, 300.0)]
_SCALES = {
    "linear": lambda u, low, high: low + u * (high - low),
    "reversed": lambda u, low, high: high * (low / high) ** u,
    "exponent": lambda u, low, high: np.log10(low) + u * (np.log10(high) - np.log10(low)),
    "exponent_e": lambda u, low, high: np.log(low) + u * (np.log(high) - np.log(low)),
    "bases": lambda u, low, high: np.exp(np.log10(low) + u * (np.log10(high) - np.log10(low))),
    "bases_ten": lambda u, low, high: 10 ** (np.log(low) + u * (np.log(high) - np.log(low))),
    "log_of_linear": lambda u, low, high: np.log(low + u * (high - low)),
    "no_low": lambda u, low, high: (high / low) ** u,
}


@exercise(
    "03.1",
    title="a logarithmic scale",
    praise="Half of all draws lie below the geometric mean of the ends: between 0.0001 and 0.1 that is 0.0032.",
    hints={
        "linear": "that is the ordinary, linear scale. Draw the exponent evenly, not the value.",
        "reversed": "u = 0 must give low, and u = 1 high; you have them the other way round.",
        "exponent": "that is the (decimal) exponent of the answer. Raise 10 to it.",
        "exponent_e": "that is the logarithm of the answer. Take exp of it.",
        "bases": "you take logarithms to the base 10 and go back with exp, whose base is e. Take one base both ways.",
        "bases_ten": "you take natural logarithms and go back with 10 ** …. Take one base both ways.",
        "log_of_linear": "you take the logarithm of a linear scale. Scale the logarithms, then go back.",
        "no_low": "at u = 0 you give 1. Multiply by low.",
        "shape": "u is an array of the shape {wanted}, and you return {shape}. Return a value for each u.",
        "value": "between {low:g} and {high:g}, u = {u:g} should give {right:.4g}, and you give {answer:.4g}.",
    },
)
def log_scale(log_uniform):
    """log_uniform(u, low, high) -> low · (high / low)^u, elementwise: even draws of u, even logarithms."""
    answers = [array(log_uniform, _SHARES, low, high) for low, high in _RANGES]
    for answer in answers:
        if answer.shape != _SHARES.shape:
            raise Mistake("shape", wanted=_SHARES.shape, shape=answer.shape)
    rights = [low * (high / low) ** _SHARES for low, high in _RANGES]
    if all(np.allclose(answer, right, rtol=1e-6) for answer, right in zip(answers, rights, strict=True)):
        return
    for key, wrong in _SCALES.items():
        if all(np.allclose(answer, wrong(_SHARES, low, high))
               for answer, (low, high) in zip(answers, _RANGES, strict=True)):
            raise Mistake(key)
    for answer, right, (low, high) in zip(answers, rights, _RANGES, strict=True):
        for u, mine, true in zip(_SHARES, answer, right, strict=True):
            if not np.isclose(mine, true, rtol=1e-6):
                raise Mistake("value", low=low, high=high, u=u, right=true, answer=mine)


_CURVES = [[0.9, 0.5, 0.4, 0.3], [0.8, 0.7, 0.2, 0.1], [0.7, 0.6, 0.5, 0.45], [1.0, 0.95, 0.1, 0.05],
           [0.95, 0.9, 0.85, 0.8]]
_CASES = [  # a trial's errors so far, warm-up
    ([0.85, 0.8, 0.45], 1), ([0.85, 0.8, 0.3], 1), ([0.99, 0.99], 2), ([0.99, 0.99, 0.99], 2), ([0.95, 0.35, 0.6], 1),
    ([0.75, 0.65], 1), ([0.9], 0), ([0.8, 0.75, 0.42], 0), ([0.91], 0), ([0.99, 0.8], 1), ([0.99, 0.62, 0.405], 1),
    ([0.99], 2),
]


def _prune(curves, mine, warmup, middle=np.median, best=min, sign=1, epoch=None):
    step = len(mine)
    if step <= warmup:
        return False
    column = [curve[(epoch if epoch is not None else step) - 1] for curve in curves]
    return bool(sign * best(mine) > sign * middle(column))


def _latest(values):
    return values[-1]


_RULES = {
    "no_warmup": lambda c, m, w: _prune(c, m, 0),
    "warmup_early": lambda c, m, w: len(m) >= w and _prune(c, m, 0),
    "reversed": lambda c, m, w: len(m) > w and not _prune(c, m, 0),
    "mean": lambda c, m, w: _prune(c, m, w, middle=np.mean),
    "best_of_others": lambda c, m, w: _prune(c, m, w, middle=min),
    "worst_of_others": lambda c, m, w: _prune(c, m, w, middle=max),
    "latest": lambda c, m, w: _prune(c, m, w, best=_latest),
    "last_epoch": lambda c, m, w: _prune(c, m, w, epoch=0),
    "first_epoch": lambda c, m, w: _prune(c, m, w, epoch=1),
    "always": lambda c, m, w: True,
    "never": lambda c, m, w: False,
}


@exercise(
    "03.2",
    title="the median rule",
    praise="This is Optuna's MedianPruner, but for its n_startup_trials: it lets the first few trials finish, so that "
           "there is a median.",
    hints={
        "no_warmup": "in the first `warmup` epochs nobody is ended, however bad.",
        "warmup_early": "with warmup = 2 the second epoch is still protected; the third is the first that counts.",
        "reversed": "these are errors: a trial is ended when its own is larger than the median.",
        "mean": "you compare with the mean. One bad trial moves it; the median stays.",
        "best_of_others": "you end all that are worse than the best. That leaves none to learn from; take the median.",
        "worst_of_others": "you end only what is worse than the worst. Take the median.",
        "latest": "a trial's best error so far counts, not its latest: errors go up and down.",
        "last_epoch": "compare with the others at the same epoch, not at their last: early on everybody is bad.",
        "first_epoch": "compare with the others at the epoch that this trial has reached, not at their first.",
        "always": "you end every trial.",
        "never": "you never end a trial.",
        "not_bool": "return True or False; you return {answer!r}.",
        "value": "with the errors {mine} and warmup = {warmup} it should be {right}, and you say {answer}.",
    },
)
def median_rule(prune):
    """prune(curves, mine, warmup) -> whether the best of mine is above the median of the curves at that epoch."""
    answers = []
    for mine, warmup in _CASES:
        answer = call(prune, [list(curve) for curve in _CURVES], list(mine), warmup)
        if not isinstance(answer, (bool, np.bool_)):
            raise Mistake("not_bool", answer=answer)
        answers.append(bool(answer))
    rights = [_prune(_CURVES, mine, warmup) for mine, warmup in _CASES]
    if answers == rights:
        return
    for key, wrong in _RULES.items():
        if answers == [wrong(_CURVES, mine, warmup) for mine, warmup in _CASES]:
            raise Mistake(key)
    for answer, right, (mine, warmup) in zip(answers, rights, _CASES, strict=True):
        if answer != right:
            raise Mistake("value", mine=mine, warmup=warmup, right=right, answer=answer)


_VALIDATION = np.array([0.031, 0.024, 0.029, 0.022, 0.040])
_TEST = np.array([0.036, 0.027, 0.025, 0.033, 0.041])


@exercise(
    "03.3",
    title="which number may be reported",
    praise="0.022 was chosen for being small; 0.033 was not chosen at all. Only the second says what to expect.",
    hints={
        "test_chooses": "you choose by the test errors. Then they have been used up: no number is left that was not "
                        "chosen for being small.",
        "validation_reported": "the chosen trial's validation error was chosen for being small. Report its test error.",
        "smallest_test": "you choose by validation, and then report the smallest test error, that of another network.",
        "mean_test": "you report the mean over all networks; the one that is chosen has a test error of its own.",
        "largest": "these are errors: the smallest is the best.",
        "value": "the chosen trial is number {best}, counted from 0, and the number to report is {right}; "
                 "you say {answer}.",
    },
)
def honest_number(report):
    """report(validation, test) -> the index of the best trial by validation, and the test error of that trial."""
    pair = call(report, _VALIDATION.copy(), _TEST.copy())
    index, value = integers(lambda: pair, 2)
    best = int(_VALIDATION.argmin())
    if index == best and np.isclose(value, _TEST[best]):
        return
    wrongs = {
        "test_chooses": (_TEST.argmin(), _TEST.min()),
        "validation_reported": (best, _VALIDATION[best]),
        "smallest_test": (best, _TEST.min()),
        "mean_test": (best, _TEST.mean()),
        "largest": (_VALIDATION.argmax(), _TEST[_VALIDATION.argmax()]),
    }
    for key, wrong in wrongs.items():
        if np.allclose((index, value), wrong):
            raise Mistake(key)
    raise Mistake("value", best=best, right=_TEST[best], answer=(index, round(number(lambda: value), 4)))
