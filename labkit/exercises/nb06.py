"""Exercises of 06_cifar_dcgan: transposed convolutions, the generator's loss, epochs and steps."""

import numpy as np

from labkit.exercises.answers import Mistake, array, close, number, several
from labkit.exercises.formula import Formula
from labkit.exercises.frame import exercise

# (height, width, channels), filters, kernel, stride, use_bias: first the three layers of report 4, model 2.
_LAYERS = [
    ((4, 4, 256), 128, 5, 2, False),
    ((8, 8, 128), 64, 5, 2, False),
    ((16, 16, 64), 3, 5, 2, False),
    ((7, 5, 12), 9, 4, 3, True),
    ((6, 10, 3), 16, 3, 1, True),
]


def _size(shape, filters, kernel, stride, use_bias):
    return shape[0] * stride, shape[1] * stride, filters


def _parameters(shape, filters, kernel, stride, use_bias):
    return kernel * kernel * shape[2] * filters + use_bias * filters


exercise(
    "06.1",
    Formula(_LAYERS, _size, {
        "convolution": lambda s, f, k, t, b: (-(-s[0] // t), -(-s[1] // t), f),
        "valid": lambda s, f, k, t, b: ((s[0] - 1) * t + k, (s[1] - 1) * t + k, f),
        "same": lambda s, f, k, t, b: (s[0], s[1], f),
        "channels": lambda s, f, k, t, b: (s[0] * t, s[1] * t, s[2]),
    }, key="size", read=several(4), place=slice(3)),
    Formula(_LAYERS, _parameters, {
        "no_channels": lambda s, f, k, t, b: k * k * f + b * f,
        "one_side": lambda s, f, k, t, b: k * s[2] * f + b * f,
        "bias": lambda s, f, k, t, b: k * k * s[2] * f + f,
        "no_bias": lambda s, f, k, t, b: k * k * s[2] * f,
        "bias_per_channel": lambda s, f, k, t, b: k * k * s[2] * f + b * s[2],
        "places": lambda s, f, k, t, b: k * k * s[2] * f * s[0] * s[1] + b * f,
    }, key="count", read=several(4), place=3),
)

_LOGITS = np.array([[0.3], [-1.2], [2.5], [-0.4]], np.float32)


def _softplus(values):
    return np.logaddexp(0, np.asarray(values, float))


def _one_number(loss):
    answer = array(loss, _LOGITS)
    if answer.size != 1:
        raise Mistake("each", shape=answer.shape)
    if not np.isfinite(answer).all():
        raise Mistake("probability", logit="-1.2")


def _far_out(loss):
    for logit in (-100.0, 100.0):
        answer, right = number(loss, np.full((3, 1), logit, np.float32)), float(_softplus(-logit))
        if not np.isfinite(answer):
            raise Mistake("overflow", logit=f"{logit:g}", answer=answer, right=right)
        if not close(answer, right):
            raise Mistake("clipped" if logit < 0 else "large", answer=answer)


exercise(
    "06.2",
    _one_number,
    Formula([(_LOGITS,)], lambda logits: _softplus(-logits).mean(), {
        "saturating": lambda x: -_softplus(x).mean(),
        "sign": lambda x: -_softplus(-x).mean(),
        "caught": lambda x: _softplus(x).mean(),
        "sum": lambda x: _softplus(-x).sum(),
        "bits": lambda x: _softplus(-x).mean() / np.log(2),
        "certain": lambda x: -(1 / (1 + np.exp(-x))).mean(),
    }),
    _far_out,
)

_TRAININGS = [(50_000, 256, 1000), (50_000, 64, 20), (531, 256, 3), (600, 100, 7)]  # pictures, batch, epochs

exercise(
    "06.3",
    Formula(_TRAININGS, lambda images, batch, epochs: (images // batch, images // batch * epochs), {
        "up": lambda n, b, e: (-(-n // b), -(-n // b) * e),
        "fraction": lambda n, b, e: (n / b, n / b * e),
        "one_epoch": lambda n, b, e: (n // b, n // b),
        "epochs": lambda n, b, e: (n // b, e),
    }, key="steps", read=several(3), place=slice(2)),
    Formula(_TRAININGS, lambda images, batch, epochs: images // batch * epochs * batch, {
        "left_out": lambda n, b, e: n * e,
        "no_batch": lambda n, b, e: n // b * e,
    }, key="seen", read=several(3), place=2),
)
