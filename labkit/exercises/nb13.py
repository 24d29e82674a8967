"""Exercises of 13_style_transfer: AdaIN, how much of a picture a feature sees, what the tables carry."""

import math

import numpy as np

from labkit.exercises.answers import array
from labkit.exercises.formula import Formula, exercise, judged


def _features(seed, height, width, channels):
    random = np.random.default_rng(seed)
    return random.normal(random.normal(size=channels), random.uniform(0.5, 2, channels), (height, width, channels))


_PAIRS = [(_features(0, 4, 6, 3), _features(1, 5, 3, 3)), (_features(2, 5, 5, 4), _features(3, 2, 6, 4))]


def _adain(content, style, axis=(0, 1), **how):
    normal = (content - content.mean(axis, keepdims=True)) / content.std(axis, keepdims=True, **how)
    return style.std(axis, **how) * normal + style.mean(axis)


exercise("13.1", Formula(_PAIRS, lambda content, style: _adain(content, style), {
    "swapped": lambda c, s: _adain(s, c),
    "all": lambda c, s: _adain(c, s, axis=None),
    "unbiased": lambda c, s: _adain(c, s, ddof=1),
    "mean": lambda c, s: c - c.mean((0, 1)) + s.mean((0, 1)),
    "no_mean": lambda c, s: _adain(c, s) - s.mean((0, 1)),
    "kept_mean": lambda c, s: _adain(c, s) - s.mean((0, 1)) + c.mean((0, 1)),
    "variance": lambda c, s: s.var((0, 1)) * (c - c.mean((0, 1))) / c.var((0, 1)) + s.mean((0, 1)),
    "not_divided": lambda c, s: s.std((0, 1)) * (c - c.mean((0, 1))) + s.mean((0, 1)),
    "raw": lambda c, s: s.std((0, 1)) * c + s.mean((0, 1)),
    "content": lambda c, s: c,
}, read=array))

_STACKS = [  # (kernel, stride) of the layers, in order
    (((3, 2),),), (((3, 1), (3, 1)),), (((3, 2), (3, 1)),), (((3, 2), (3, 1), (3, 2), (3, 1), (5, 2), (5, 1)),),
    (((7, 2), (3, 2), (1, 1), (5, 1)),),
]


def _sees(layers, less=1, first=1, early=0):
    """Return the side; ``early``: a kernel is spread by its own layer's stride, too."""
    strides = [stride for _, stride in layers]
    return first + sum((kernel - less) * math.prod(strides[:i + early]) for i, (kernel, _) in enumerate(layers))


exercise("13.2", Formula(_STACKS, lambda layers: _sees(layers), {
    "no_strides": lambda s: 1 + sum(kernel - 1 for kernel, _ in s),
    "kernel": lambda s: _sees(s, less=0),
    "early": lambda s: _sees(s, early=1),
    "from_zero": lambda s: _sees(s, first=0),
    "strides": lambda s: math.prod(stride for _, stride in s),
    "kernels": lambda s: math.prod(kernel for kernel, _ in s),
    "sum": lambda s: sum(kernel for kernel, _ in s),
}))

exercise("13.3", judged("abcd", "bd"))
