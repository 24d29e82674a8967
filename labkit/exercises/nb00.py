"""Exercises of 00_start_here: pictures as numbers, noise with a seed, a dark room, and what a distance tells."""

import random
import sys

import numpy as np

from labkit.exercises.answers import Mistake, array
from labkit.exercises.formula import judged
from labkit.exercises.frame import exercise


def _bytes_and_back(to_float, to_uint8):
    """to_float(uint8 array) -> float array in [-1, 1]; to_uint8(such an array) -> uint8."""
    shades = np.arange(256, dtype=np.uint8)
    images = shades.reshape(4, 8, 8, 1)
    values = array(to_float, images)
    _scaled(images, values)
    back = array(to_uint8, values)
    _restored(images, values, back)
    # Generated pictures hold any number, not just the 256 that come from bytes.
    between = np.linspace(-1, 1, 1021).astype(np.float32)
    shade = array(to_uint8, between).astype(float)
    exact = (between.astype(float) + 1) * 127.5
    wrong = np.abs(shade - exact) > 0.51
    if wrong.any():
        i = int(np.argmax(wrong))
        if (shade <= exact + 0.01).all():
            raise Mistake("truncates", count="half", a=round(exact[i]), x=int(shade[i]))
        raise Mistake("not_back", a=f"{exact[i]:.1f}", value=between[i], x=int(shade[i]))


def _scaled(images, values):
    if values.shape != images.shape:
        raise Mistake("shape", before=images.shape, after=values.shape)
    flat = values.ravel().astype(float)
    low, high = flat[0], flat[-1]
    steps = np.diff(flat)
    if (steps < 0).all():
        raise Mistake("inverted", low=low, high=high)
    if (steps < 0).any():
        i = int(np.argmax(steps < 0))
        raise Mistake("wraps", a=i, b=i + 1, x=flat[i], y=flat[i + 1])
    if np.allclose([low, high], [0, 1], atol=0.02):
        raise Mistake("zero_one")
    if abs(low + 1) < 1e-4 and 0.98 < high < 0.9999:
        raise Mistake("short", high=high)
    if not np.allclose([low, high], [-1, 1], atol=1e-4):
        raise Mistake("range", low=low, high=high)
    straight = np.arange(256) / 127.5 - 1
    if not np.allclose(flat, straight, atol=1e-3):
        i = int(np.argmax(np.abs(flat - straight)))
        raise Mistake("bent", a=i, x=flat[i], y=straight[i])
    if values.dtype != np.float32:
        raise Mistake("dtype", dtype=values.dtype)


def _restored(images, values, back):
    if back.dtype != np.uint8:
        raise Mistake("not_uint8", dtype=back.dtype)
    if back.shape != images.shape:
        raise Mistake("back_shape", before=images.shape, after=back.shape)
    difference = back.astype(int).ravel() - np.arange(256)
    if not difference.any():
        return
    if difference[-1] < -127 and np.abs(difference[:-1]).max() <= 1:
        raise Mistake("overflow", white=back.ravel()[-1])
    i = int(np.argmax(difference != 0))
    if set(difference) <= {0, -1}:
        raise Mistake("truncates", count=int((difference != 0).sum()), a=i, x=back.ravel()[i])
    raise Mistake("not_back", a=i, value=values.ravel()[i], x=back.ravel()[i])


exercise("00.1", _bytes_and_back)


def _seeded(sample):
    """sample(n, dim, seed) -> float32 (n, dim), standard normal, a function of its arguments alone."""
    numpy_before, python_before, tensorflow_before = np.random.get_state(), random.getstate(), _tensorflow_seed()
    try:
        _noise(sample)
        moved = any(np.any(a != b) for a, b in zip(numpy_before[1:3], np.random.get_state()[1:3], strict=True))
        if moved or python_before != random.getstate() or tensorflow_before != _tensorflow_seed():
            raise Mistake("global")
    finally:
        np.random.set_state(numpy_before)
        random.setstate(python_before)


def _tensorflow_seed():
    """Return the seed of the whole program's TensorFlow numbers; TensorFlow tells it in no public place."""
    module = sys.modules.get("tensorflow.python.eager.context")
    return module.global_seed() if module else None


def _noise(sample):
    first = array(sample, 5, 100, 0)
    if first.shape != (5, 100):
        raise Mistake("shape", shape=first.shape)
    if not np.array_equal(first, array(sample, 5, 100, 0)):
        raise Mistake("unseeded")
    if np.array_equal(first, array(sample, 5, 100, 1)):
        raise Mistake("fixed")
    if (first == first[0]).all():
        raise Mistake("repeated", n=len(first))
    many = array(sample, 64, 200, 7).astype(float)
    mean, deviation, low, high = many.mean(), many.std(), many.min(), many.max()
    if abs(high - low - np.sqrt(12) * deviation) < 0.1:  # a uniform variable's width; a normal sample's is twice that
        raise Mistake("uniform", low=low, high=high)
    # 12,800 numbers: six standard errors of the mean are 0.053, of the standard deviation 0.038.
    if abs(mean) > 0.053 or abs(deviation - 1) > 0.038:
        raise Mistake("not_normal", mean=mean, sd=deviation)
    if first.dtype != np.float32:
        raise Mistake("dtype", dtype=first.dtype)


exercise("00.2", _seeded)


DARK, SHORTEST, LONGEST = 75, 8, 12  # mean of the pixels (1 % of all rooms are darker); length of the noise


def _dark_room(noise):
    """noise: 100 numbers, as long as standard normal ones are; the room that they give is dark."""
    from labkit import models, training

    try:
        vector = np.asarray(noise, dtype="float32").ravel()
    except (TypeError, ValueError):
        raise Mistake("kind", text=f"Expected a vector of 100 numbers, and this is {noise!r:.60}.") from None
    if vector.size != 100:
        raise Mistake("size", size=vector.size)
    if not np.isfinite(vector).all():
        raise Mistake("nan")
    length = float(np.linalg.norm(vector))
    if not SHORTEST <= length <= LONGEST:
        raise Mistake("length", length=length, side="short" if length < SHORTEST else "long")
    brightness = training.generate(models.weights.load("bedroom-gan"), vector[None]).mean()
    if brightness >= DARK:
        raise Mistake("bright", brightness=brightness, dark=DARK)


exercise("00.3", _dark_room)
exercise("00.4", judged("abcd", "ad"))
