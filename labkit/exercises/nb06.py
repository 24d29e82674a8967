"""Exercises of 06_cifar_dcgan: what a transposed convolution transposes, a last layer learnt anew, evidence."""

import functools

import numpy as np

from labkit import models
from labkit.exercises.answers import array, need
from labkit.exercises.formula import Formula, exercise, judged

_random = np.random.default_rng(6)
_CASES = [(_random.normal(size=(side, side)), _random.normal(size=(size, size)), stride)
          for side, size, stride in ((8, 5, 2), (6, 4, 2), (9, 3, 3), (4, 3, 1), (9, 6, 3))]


def _look(picture, kernel, stride, every=None, before=None):
    """Sum kernel times patch at every ``every``-th place (None: stride), with so many zeros ``before`` the picture."""
    size, every = len(kernel), every or stride
    before = (size - stride) // 2 if before is None else before
    padded = np.pad(picture, (before, max(0, size - stride - before)))
    patches = np.lib.stride_tricks.sliding_window_view(padded, (size, size))[::every, ::every]
    return np.einsum("abij,ij->ab", patches, kernel)


exercise("06.1", Formula(_CASES, _look, {
    "flipped": [lambda p, k, s: _look(p, k[::-1, ::-1], s),
                lambda p, k, s: _look(p, k[::-1, ::-1], s, before=len(k) // 2)],  # scipy.signal.convolve2d's "same"
    "turned": lambda p, k, s: _look(p, k.T, s),
    "mean": lambda p, k, s: _look(p, k, s) / k.size,
    "corner": lambda p, k, s: _look(p, k, s, before=0),
    "late": [lambda p, k, s, back=back: _look(p, k, s, before=back(len(k), s))  # too far outside, or as with stride 1
             for back in (lambda n, s: (n - s + 1) // 2, lambda n, s: n // 2, lambda n, s: (n - 1) // 2)],
    "stride": [lambda p, k, s: _look(p, k, s, every=1),
               lambda p, k, s: _look(p, k, 1)],  # Keras' "same" without strides
    "valid": lambda p, k, s: np.einsum(
        "abij,ij->ab", np.lib.stride_tricks.sliding_window_view(p, k.shape)[::s, ::s], k),
}, read=array))

LEAST, SAME, PICTURES = 0.6, 0.98, 60  # correlation with the shipped pictures: asked for, and that of a copy


@functools.cache
def _shipped():
    """Noise that the notebook has not seen, and the shipped generator's pictures from it, from -1 to 1."""
    noise = np.random.default_rng(2026).standard_normal((PICTURES, 100)).astype("float32")
    return noise, np.asarray(models.weights.load("cifar-dcgan")(noise, training=False), "float64")


def _relearnt(generator):
    """generator: noise (n, 100) -> pictures in [-1, 1] (n, 32, 32, 3), like the shipped ones, but not the same."""
    noise, theirs = _shipped()
    pictures = array(generator, noise, wanted="pictures in [-1, 1]")
    need(pictures.size == theirs.size and not np.iscomplexobj(pictures), "size", shape=pictures.shape)
    pictures = pictures.reshape(theirs.shape).astype("float64")
    key = "range" if np.isfinite(pictures).all() else "nan"
    need(np.abs(pictures).max() <= 1.001, key, low=pictures.min(), high=pictures.max())
    spread = pictures.std(0).mean() / theirs.std(0).mean()
    like = float(np.corrcoef(pictures.ravel(), theirs.ravel())[0, 1]) if pictures.std() else 0.0
    for key, wrong in (("alike", spread < 0.2), ("own", like > SAME), ("nothing", like < 0.15), ("far", like < LEAST)):
        need(not wrong, key, like=like, spread=spread, least=LEAST)


_REAL, _FAKE = np.random.default_rng(7).normal(0, 2, (2, 8, 1)).astype("float32")
_G = Formula([(_FAKE,)], lambda fake: -fake.mean(), {
    "same": lambda fake: np.logaddexp(0, -fake).mean(), "sign": lambda fake: fake.mean()}, key="g")
_D = Formula([(_REAL, _FAKE)], lambda real, fake: np.maximum(0, 1 - real).mean() + np.maximum(0, 1 + fake).mean(), {
    "same": lambda real, fake: (np.logaddexp(0, -real) + np.logaddexp(0, fake)).mean(),
    "swapped": lambda real, fake: np.maximum(0, 1 + real).mean() + np.maximum(0, 1 - fake).mean()}, key="d")
exercise("06.2", lambda g_cost, d_cost, generator: _G(g_cost),
         lambda g, d, made: _D(d), lambda g, d, made: _relearnt(made))
exercise("06.3", judged("abcde", "bd"))
