"""Exercises of 05_cifar_dense_gan: parameters of dense networks, the running mean of batch norm, flattening."""

import itertools

import numpy as np

from labkit.exercises.answers import Mistake, integers, number
from labkit.exercises.frame import exercise, prediction

prediction(
    "05.p1",
    question="The pixels of all pictures are shuffled, in one fixed way for all of them. How well can the dense "
             "discriminator learn to tell shuffled pictures from other shuffled ones, compared with the originals?",
    choices=("worse", "just as well", "not at all"),
    because="A unit of the first dense layer adds up all 3,072 values, each with its own weight. Shuffle values and "
            "weights alike, and the sum is the same. The network never knew which pixels are neighbours.",
)

_SIZES = [(100, 256, 512, 1024, 3072), (3, 5, 7), (2, 4, 4, 6), (8, 9)]


def _dense(sizes, bias=1):
    return sum(m * (n + bias) for n, m in itertools.pairwise(sizes))


def _count(sizes):
    inner = sum(sizes[1:-1])
    return _dense(sizes) + 4 * inner, _dense(sizes) + 2 * inner


_COUNTS = {  # what students answer: (total, trainable)
    "order": lambda s: _count(s)[::-1],
    "no_bias": lambda s: (_dense(s, 0) + 4 * sum(s[1:-1]), _dense(s, 0) + 2 * sum(s[1:-1])),
    "no_norm": lambda s: (_dense(s), _dense(s)),
    "no_statistics": lambda s: (_count(s)[1], _count(s)[1]),
    "all_trainable": lambda s: (_count(s)[0], _count(s)[0]),
    "last": lambda s: (_dense(s) + 4 * sum(s[1:]), _dense(s) + 2 * sum(s[1:])),
    "input": lambda s: (_dense(s) + 4 * sum(s[:-1]), _dense(s) + 2 * sum(s[:-1])),
    "one_norm": lambda s: (_dense(s) + 4 * (len(s) - 2), _dense(s) + 2 * (len(s) - 2)),
}


@exercise(
    "05.1",
    title="parameters of a dense generator",
    praise="3,838,720 and 3,835,136: report 4's numbers for its generator, without a table to copy from.",
    hints={
        "order": "you return the trainable ones first. Asked for are (all, trainable).",
        "no_bias": "a dense layer has one bias for each of its outputs, besides its inputs times outputs weights.",
        "no_norm": "batch normalisation has parameters, too: a scale and a shift for each feature, and the moving mean "
                   "and variance.",
        "no_statistics": "Keras counts the moving mean and the moving variance as parameters: four numbers a feature, "
                         "of which gradients change two.",
        "all_trainable": "the moving mean and variance are averages, no gradient reaches them: two of the four numbers "
                         "of each feature are not trainable.",
        "last": "nothing normalises the last layer: its outputs are the pixels. Batch norm follows the other ones.",
        "input": "the noise is normal already; batch norm follows the dense layers but the last, not the input.",
        "one_norm": "a batch-norm layer has these four numbers for each feature, not once.",
        "value": "for the sizes {sizes} you say {answer}, and it is {right} (all, trainable).",
    },
)
def dense_parameters(count):
    """count(sizes) -> (all, trainable): dense layers with bias, batch norm after each but the last."""
    answers = [integers(count, 2, sizes) for sizes in _SIZES]
    if all(tuple(a) == _count(s) for a, s in zip(answers, _SIZES, strict=True)):
        return
    for key, wrong in _COUNTS.items():
        if all(tuple(a) == wrong(s) for a, s in zip(answers, _SIZES, strict=True)):
            raise Mistake(key)
    for answer, sizes in zip(answers, _SIZES, strict=True):
        if tuple(answer) != _count(sizes):
            raise Mistake("value", sizes=sizes, answer=tuple(answer), right=_count(sizes))


_RUNS = [(np.array([1.0, 3.0, 2.0, 5.0]), 0.7), (np.array([4.0, -1.0, 0.5]), 0.99), (np.array([2.0]), 0.9)]


def _moving(means, momentum, start=0.0):
    for mean in means:
        start = momentum * start + (1 - momentum) * mean
    return float(start)


_MOVING = {
    "swapped": lambda x, m: _moving(x, 1 - m),
    "plain": lambda x, m: float(np.mean(x)),
    "first": lambda x, m: _moving(x[1:], m, x[0]),
    "one": lambda x, m: _moving(x, m, 1.0),
    "backwards": lambda x, m: _moving(x[::-1], m),
    "corrected": lambda x, m: _moving(x, m) / (1 - m ** len(x)),
    "last": lambda x, m: float((1 - m) * x[-1]),
    "momentum": lambda x, m: _sum(x, m),
}


def _sum(means, momentum):
    total = 0.0
    for mean in means:
        total = momentum * total + mean
    return float(total)


@exercise(
    "05.2",
    title="batch norm's running mean",
    praise="With momentum 0.7 a minibatch counts for less than a hundredth of what it did after 13 more; with Keras' "
           "0.99 that takes 459.",
    hints={
        "swapped": "momentum is the share of the *old* value in Keras; the new minibatch gets 1 - momentum. (PyTorch "
                   "calls the other one momentum.)",
        "plain": "that is the plain mean: every minibatch counts alike. Here the past fades away.",
        "first": "you start from the first minibatch's mean. Keras starts from 0, and mixes the first one in as well.",
        "one": "you start from 1: that is the moving *variance*'s start. The mean starts from 0.",
        "backwards": "you go through the minibatches from the last to the first.",
        "corrected": "you divide the start's share out, as Adam does. Batch norm does not: its first values are "
                     "drawn towards 0.",
        "last": "the earlier minibatches are lost: keep the running value from one to the next.",
        "momentum": "momentum times the old *plus* the new grows: the two shares must add up to 1.",
        "value": "for the means {means} and momentum {momentum} you say {answer:.4f}, and it is {right:.4f}.",
    },
)
def running_mean(moving):
    """moving(means, momentum) -> the moving mean after these minibatches' means, float64 (n,), starting from 0."""
    answers = [number(moving, *case) for case in _RUNS]
    if np.allclose(answers, [_moving(*case) for case in _RUNS], rtol=1e-6, atol=1e-9):
        return
    for key, wrong in _MOVING.items():
        if np.allclose(answers, [wrong(*case) for case in _RUNS], rtol=1e-6, atol=1e-9):
            raise Mistake(key)
    for answer, (means, momentum) in zip(answers, _RUNS, strict=True):
        right = _moving(means, momentum)
        if not np.isclose(answer, right, rtol=1e-6, atol=1e-9):
            raise Mistake("value", means=means.tolist(), momentum=momentum, answer=answer, right=right)


_PLACES = [(0, 0, 0), (0, 0, 2), (0, 1, 0), (1, 0, 0), (17, 5, 1), (31, 31, 2)]
_INDICES = {
    "planes": lambda r, c, k: k * 1024 + r * 32 + c,
    "columns": lambda r, c, k: (c * 32 + r) * 3 + k,
    "no_channels": lambda r, c, k: r * 32 + c + k,
    "row_pixels": lambda r, c, k: r * 32 + c * 3 + k,
    "from_one": lambda r, c, k: (r * 32 + c) * 3 + k + 1,
    "last": lambda r, c, k: (r * 31 + c) * 3 + k,
}


@exercise(
    "05.3",
    title="where a pixel goes",
    praise="Its right neighbour is 3 places on, the pixel below it 96: that distance is all that is left of a picture.",
    hints={
        "planes": "so CIFAR-10's own files lie, one colour after the other. reshape keeps an array's order (height, "
                  "width, channels): the three values of a pixel stay together.",
        "columns": "you go down the columns. reshape goes along the rows: the column counts up faster than the row.",
        "no_channels": "every pixel takes three places, one for each channel.",
        "row_pixels": "a whole row is 32 pixels of three values each: 96 places.",
        "from_one": "places are counted from 0.",
        "last": "a row has 32 pixels, numbered from 0 to 31.",
        "value": "for row {row}, column {column}, channel {channel} you say {answer:g}, and it is {right}.",
    },
)
def flat_place(place):
    """place(row, column, channel) -> where that value of a (32, 32, 3) picture stands among 3,072."""
    answers = [number(place, *case) for case in _PLACES]
    right = [(row * 32 + column) * 3 + channel for row, column, channel in _PLACES]
    if answers == right:
        return
    for key, wrong in _INDICES.items():
        if answers == [wrong(*case) for case in _PLACES]:
            raise Mistake(key)
    for answer, value, (row, column, channel) in zip(answers, right, _PLACES, strict=True):
        if answer != value:
            raise Mistake("value", row=row, column=column, channel=channel, answer=answer, right=value)
