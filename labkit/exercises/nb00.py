"""Exercises of 00_start_here: pictures as numbers, noise with a seed, a dark room, and what a distance tells."""

import random
import sys

import numpy as np

from labkit import models, training
from labkit.exercises.answers import array, need
from labkit.exercises.formula import exercise, judged


def _bytes_and_back(to_float, to_uint8):
    """to_float(uint8 array) -> float array in [-1, 1]; to_uint8(such an array) -> uint8."""
    images = np.arange(256, dtype=np.uint8).reshape(4, 8, 8, 1)
    values = array(to_float, images)
    need(values.shape == images.shape, "shape", before=images.shape, after=values.shape)
    flat, straight = values.ravel().astype(float), np.arange(256) / 127.5 - 1
    low, high, falls = flat[0], flat[-1], np.diff(flat) < 0
    need(not falls.all(), "inverted", low=low, high=high)
    i = int(np.argmax(falls))
    need(not falls.any(), "wraps", a=i, b=i + 1, x=flat[i], y=flat[i + 1])
    need(not np.allclose([low, high], [0, 1], atol=0.02), "zero_one")
    need(not (abs(low + 1) < 1e-4 and 0.98 < high < 0.9999), "short", high=high)
    need(np.allclose([low, high], [-1, 1], atol=1e-4), "range", low=low, high=high)
    i = int(np.argmax(np.abs(flat - straight)))
    need(np.allclose(flat, straight, atol=1e-3), "bent", a=i, x=flat[i], y=straight[i])
    need(values.dtype == np.float32, "dtype", dtype=values.dtype)
    dark, light = array(to_float, images[:1]), array(to_float, images[-1:])
    need(np.allclose(dark, values[:1], atol=1e-3) and np.allclose(light, values[-1:], atol=1e-3), "relative")

    back = array(to_uint8, values)
    need(back.dtype == np.uint8, "not_uint8", dtype=back.dtype)
    need(back.shape == images.shape, "back_shape", before=images.shape, after=back.shape)
    shades = back.ravel()
    off = shades.astype(int) - np.arange(256)
    need(off[-1] >= -127 or np.abs(off[:-1]).max() > 1, "overflow", white=shades[-1])
    i = int(np.argmax(off != 0))
    need(not off.any(), "truncates" if set(off) <= {0, -1} else "not_back", count=np.count_nonzero(off), a=i,
         value=flat[i], x=shades[i])
    need(np.array_equal(array(to_uint8, values[1:2]), images[1:2]), "relative_back")

    # Generated pictures hold any number, not just the 256 that come from bytes.
    between = np.linspace(-1, 1, 1024).astype(np.float32)
    exact, shade = (between + 1.0) * 127.5, array(to_uint8, between.reshape(4, 16, 16, 1)).astype(float).ravel()
    wrong = np.abs(shade - exact) > 0.51
    i = int(np.argmax(wrong))
    key, told = ("truncates", round(exact[i])) if (shade <= exact + 0.01).all() else ("not_back", f"{exact[i]:.1f}")
    need(not wrong.any(), key, count="half", a=told, value=between[i], x=int(shade[i]))


exercise("00.1", _bytes_and_back)


def _seeded(sample):
    """sample(n, dim, seed) -> float32 (n, dim), standard normal, a function of its arguments alone."""
    numpy_state, python_state, before = np.random.get_state(), random.getstate(), _seeds()
    try:
        _noise(sample)
        need(_seeds() == before, "global")
    finally:
        np.random.set_state(numpy_state)
        random.setstate(python_state)


def _seeds():
    """Return the state of the whole program's random numbers; TensorFlow tells its seed in no public place."""
    module, (_, numpy_state, *place) = sys.modules.get("tensorflow.python.eager.context"), np.random.get_state()
    return numpy_state.tolist(), place, random.getstate(), module and module.global_seed()


def _noise(sample):
    first = array(sample, 5, 100, 0)
    need(first.shape == (5, 100), "shape", shape=first.shape)
    need(np.array_equal(first, array(sample, 5, 100, 0)), "unseeded")
    need(not np.array_equal(first, array(sample, 5, 100, 1)), "fixed")
    need(not (first == first[0]).all(), "repeated", n=len(first))
    many = array(sample, 64, 200, 7).astype(float)
    mean, deviation, low, high = many.mean(), many.std(), many.min(), many.max()
    # A uniform variable's width; a normal sample's is twice that.
    need(not abs(high - low - np.sqrt(12) * deviation) < 0.1 * deviation, "uniform", low=low, high=high)
    # 12,800 numbers: six standard errors of the mean are 0.053, of the standard deviation 0.038.
    need(abs(mean) <= 0.053 and abs(deviation - 1) <= 0.038, "not_normal", mean=mean, sd=deviation)
    need(first.dtype == np.float32, "dtype", dtype=first.dtype)


exercise("00.2", _seeded)

DARK, SHORTEST, LONGEST = 75, 8, 13  # mean of the pixels (1 % of all rooms are darker); length of the noise


def _dark_room(noise):
    """noise: 100 numbers, as long as standard normal ones are; the room that they give is dark."""
    vector = array(lambda: noise, wanted="a vector of 100 numbers").ravel()
    need(vector.size == 100 and not np.iscomplexobj(vector), "size", size=vector.size)
    need(np.isfinite(vector).all(), "nan")
    length = float(np.linalg.norm(vector))
    need(SHORTEST <= length <= LONGEST, "length", length=length, side="short" if length < SHORTEST else "long")
    brightness = training.generate(models.weights.load("bedroom-gan"), vector[None]).mean()
    need(brightness < DARK, "bright", brightness=brightness, dark=DARK)


exercise("00.3", _dark_room)
exercise("00.4", judged("abcd", "ad"))
