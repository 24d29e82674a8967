"""Exercises of 14_many_devices: uneven shares, what an all-reduce costs, and the effective minibatch."""

import numpy as np

from labkit.exercises.answers import Mistake, array, integers, number
from labkit.exercises.frame import exercise, prediction

prediction(
    "14.p1",
    question="This processor is divided into two logical devices, and each minibatch into two halves. How many times "
             "as many pictures are trained on in a second as with one device?",
    unit="times",
    close=1.3,
    because="Logical devices are names, not silicon: both share the same cores, which one device had kept busy "
            "already. They are good for trying out a program, not for speed.",
)

_GRADIENTS = [np.array([2.0, -1.0, 0.5]), np.array([-4.0, 3.0, 0.1]), np.array([1.0, 8.0, -7.0])]
_ROWS = [6, 3, 1]


def _weighted(gradients, rows):
    return np.average(gradients, axis=0, weights=rows)


_MEANS = {
    "plain": lambda g, r: np.mean(g, axis=0),
    "sum": lambda g, r: np.sum(g, axis=0),
    "undivided": lambda g, r: np.tensordot(r, g, 1),
    "by_replicas": lambda g, r: np.tensordot(r, g, 1) / len(r),
    "inverse": lambda g, r: np.average(g, axis=0, weights=1 / np.asarray(r)),
    "divided": lambda g, r: np.tensordot(1 / np.asarray(r), g, 1),
    "first": lambda g, r: g[0],
}


@exercise(
    "14.1",
    title="uneven shares",
    praise="With equal rows it is the plain mean, which is why labkit asks for a minibatch that divides evenly.",
    hints={
        "shape": "yours has the shape {shape}; the gradient of the whole minibatch has the shape of each replica's, "
                 "{right}.",
        "plain": "the plain mean is right only when all replicas have as many rows. Here a row of the smallest share "
                 "would count {times:g} times as much as one of the largest.",
        "sum": "the sum of means grows with the number of replicas: the steps would become longer with every device.",
        "undivided": "you weight by the rows, and then do not divide by their sum.",
        "by_replicas": "you divide by the number of replicas. Divide by the number of rows in all.",
        "inverse": "you give small shares the large weight. Each row is to count the same: weight by rows.",
        "divided": "each gradient is a mean over its rows already; multiply it by its rows, and divide by all rows.",
        "first": "that is the first replica's gradient alone.",
        "value": "for rows {rows} you say {answer}, and it is {right}.",
    },
)
def uneven_shares(combine):
    """combine(gradients, rows) -> the whole minibatch's gradient; each of ``gradients`` is the mean over its rows."""
    answer = array(combine, _GRADIENTS, _ROWS)
    right = _weighted(_GRADIENTS, _ROWS)
    if answer.shape != right.shape:
        raise Mistake("shape", shape=answer.shape, right=right.shape)
    if not np.allclose(answer, right, rtol=1e-4):
        for key, wrong in _MEANS.items():
            if np.allclose(answer, wrong(_GRADIENTS, _ROWS), rtol=1e-4):
                raise Mistake(key, times=max(_ROWS) / min(_ROWS))
        raise Mistake("value", rows=_ROWS, answer=np.round(answer, 3).tolist(), right=np.round(right, 3).tolist())


# parameters (float32), replicas, bits per second
_LINKS = [(2_155_137, 2, 1e9), (10_000_000, 4, 25e9), (1_000_000, 8, 100e9), (5_000_000, 1, 1e9)]


def _ring(parameters, replicas, speed):
    return 2 * (replicas - 1) / replicas * 4 * parameters * 8 / speed


_TIMES = {
    "bytes": lambda p, n, s: _ring(p, n, s) / 8,
    "numbers": lambda p, n, s: _ring(p, n, s) / 4,
    "one_bit": lambda p, n, s: _ring(p, n, s) / 32,
    "once": lambda p, n, s: _ring(p, n, s) / 2,
    "whole": lambda p, n, s: 2 * 32 * p / s,
    "just_once": lambda p, n, s: 32 * p / s,
    "star": lambda p, n, s: 2 * (n - 1) * 32 * p / s,
    "all": lambda p, n, s: n * 32 * p / s,
    "neighbours": lambda p, n, s: (n - 1) * 32 * p / s,
}


@exercise(
    "14.2",
    title="what an all-reduce costs",
    praise="However many replicas join the ring, each sends less than twice the gradients: that is why it scales.",
    hints={
        "bytes": "the link's speed is in bits per second, and a byte has eight of them.",
        "numbers": "a float32 takes four bytes; you count one for each parameter.",
        "one_bit": "you count a bit for each parameter. A float32 has four bytes of eight bits.",
        "once": "a ring goes round twice: once to add the parts up, once to hand the sums back.",
        "whole": "each replica sends (n - 1)/n of the gradients in each round, not all of them: nobody sends what is "
                 "already at home. With one replica nothing is sent.",
        "just_once": "in a ring, each replica sends (n - 1)/n of the gradients, twice.",
        "star": "that is what one central server would have to take in and give out. In a ring everybody sends at the "
                "same time, (n - 1)/n of the gradients in each of two rounds.",
        "all": "everybody's gradients through one link: in a ring all links work at the same time.",
        "neighbours": "in a ring each replica passes on parts of 1/n of the gradients, n - 1 of them in each round.",
        "value": "for {parameters:,} parameters, {replicas} replicas and {speed:g} Gbit/s you say {answer:.4g} s, and "
                 "it is {right:.4g} s.",
    },
)
def all_reduce(seconds):
    """seconds(parameters, replicas, bits_per_second) -> the time of a ring all-reduce of float32 gradients, in s."""
    answers = [number(seconds, *case) for case in _LINKS]
    rights = [_ring(*case) for case in _LINKS]
    if np.allclose(answers, rights, rtol=1e-3):
        return
    for key, wrong in _TIMES.items():
        if np.allclose(answers, [wrong(*case) for case in _LINKS], rtol=1e-3):
            raise Mistake(key)
    for answer, right, (parameters, replicas, speed) in zip(answers, rights, _LINKS, strict=True):
        if not np.isclose(answer, right, rtol=1e-3):
            raise Mistake("value", parameters=parameters, replicas=replicas, speed=speed / 1e9, answer=answer,
                          right=right)


# pictures, rows per replica, replicas, learning rate at one replica
_PLANS = [(60_000, 128, 2, 2e-4), (50_000, 64, 8, 1e-4), (531, 128, 1, 2e-4), (1000, 30, 4, 1e-3)]


def _plan(pictures, rows, replicas, rate):
    return rows * replicas, pictures // (rows * replicas), rate * replicas


_PLANNED = {
    "local": lambda n, b, r, rate: (b, n // b, rate * r),
    "local_steps": lambda n, b, r, rate: (b * r, n // b, rate * r),
    "up": lambda n, b, r, rate: (b * r, -(-n // (b * r)), rate * r),
    "fraction": lambda n, b, r, rate: (b * r, n / (b * r), rate * r),
    "unscaled": lambda n, b, r, rate: (b * r, n // (b * r), rate),
    "root": lambda n, b, r, rate: (b * r, n // (b * r), rate * r**0.5),
    "smaller": lambda n, b, r, rate: (b * r, n // (b * r), rate / r),
}


@exercise(
    "14.3",
    title="the effective minibatch",
    praise="Twice the devices, half the steps: at a fixed number of epochs the weights are updated less often, and the "
           "linear rule makes up for it only while the steps are small.",
    hints={
        "local": "that is one replica's share. The minibatch that the weights learn from is that of all replicas "
                 "together.",
        "local_steps": "each step uses up the rows of all replicas, so an epoch has fewer steps than you say.",
        "up": "you count the last, unfilled minibatch as a step; labkit leaves it out.",
        "fraction": "{answer:g} steps in an epoch: whole minibatches only, //.",
        "unscaled": "the linear rule multiplies the learning rate by the number of replicas.",
        "root": "that is the square-root rule. Asked for is the linear one of Goyal et al. (2017).",
        "smaller": "you make the rate smaller. A larger minibatch has a less noisy gradient, and the linear rule takes "
                   "longer steps in return.",
        "value": "for {case} you say {answer}, and it is {right}: minibatch, steps in an epoch, learning rate.",
    },
)
def effective(plan):
    """plan(pictures, rows, replicas, rate) -> effective minibatch, whole steps in an epoch, linearly scaled rate."""
    answers = [integers(plan, 3, *case) for case in _PLANS]
    rights = [_plan(*case) for case in _PLANS]
    if np.allclose(answers, rights):
        return
    for key, wrong in _PLANNED.items():
        if np.allclose(answers, [wrong(*case) for case in _PLANS]):
            raise Mistake(key, answer=answers[0][1])
    for answer, right, (pictures, rows, replicas, rate) in zip(answers, rights, _PLANS, strict=True):
        if not np.allclose(answer, right):
            case = f"{pictures:,} pictures, {rows} rows on each of {replicas} replicas and a rate of {rate:g}"
            raise Mistake("value", case=case, answer=", ".join(f"{value:g}" for value in answer),
                          right=", ".join(f"{value:g}" for value in right))
