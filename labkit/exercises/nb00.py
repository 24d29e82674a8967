"""Exercises of 00_start_here: pictures as numbers, and noise with a seed."""

import random

import numpy as np

from labkit.exercises.answers import Mistake, array
from labkit.exercises.frame import exercise, prediction

prediction(
    "00.p1",
    question="You change one of the 100 numbers of the noise and leave the other 99 as they are. How much of the "
             "picture changes?",
    choices=("nothing", "a patch", "nearly everything"),
    because="The generator's first layer is dense: every number of the noise reaches every place of the picture. No "
            "single number is \"the colour\" or \"the ear\".",
)


@exercise(
    "00.1",
    title="from bytes to -1…1 and back",
    praise="All 256 shades come back unharmed, and every number in between goes to the nearest shade.",
    hints={
        "shape": "to_float() turns the shape {before} into {after}; scaling changes the numbers and not the shape.",
        "dtype": "to_float() returns {dtype}. The network computes with float32: .astype(\"float32\").",
        "wraps": "a brighter pixel must get a larger number, but yours turns {a} into {x:.4g} and the brighter {b} "
                 "into {y:.4g}. uint8 holds 0 to 255 only and starts again at either end: make the pixels float before "
                 "you subtract anything.",
        "inverted": "black becomes {low:.4g} and white {high:.4g}: that is the negative of the picture.",
        "zero_one": "your numbers lie between 0 and 1. The generator ends in tanh, which gives -1 to 1: real and "
                    "generated pictures must have the same range, or telling them apart is child's play.",
        "short": "black becomes -1, but white (255) only {high:.4g}. The middle of 0 and 255 is 127.5, not 128.",
        "range": "black becomes {low:.4g} and white {high:.4g}; they should become -1 and 1.",
        "bent": "black and white are right, but {a} becomes {x:.4g} and should become {y:.4g}: equal steps in the "
                "picture must stay equal steps.",
        "not_uint8": "to_uint8() returns {dtype}. A picture is stored in uint8: round, then .astype(\"uint8\").",
        "back_shape": "to_uint8() turns the shape {before} into {after}.",
        "overflow": "white comes back as {white}. What is larger than 255 starts again at 0 in uint8: does your white "
                    "come out as 256?",
        "truncates": "{count} of the shades come back one too dark, for example {a} as {x}. astype(\"uint8\") cuts off "
                     "the decimals: round first.",
        "not_back": "{a} goes to {value:.4g} and comes back as {x}. to_uint8() must undo what to_float() did.",
    },
)
def bytes_and_back(to_float, to_uint8):
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
    if not np.issubdtype(values.dtype, np.floating):
        raise Mistake("dtype", dtype=values.dtype)
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


@exercise(
    "00.2",
    title="noise with a seed",
    praise="The same seed gives the same noise on any machine, another seed other noise, and nobody else's random "
           "numbers are disturbed.",
    hints={
        "shape": "sample(5, 100, seed=0) has the shape {shape}. Expected (5, 100): five noise vectors of 100 numbers.",
        "unseeded": "two calls with the same seed give different noise. Make the random generator inside the function, "
                    "from the seed: numpy.random.default_rng(seed).",
        "fixed": "seed 0 and seed 1 give the same noise: the seed that you are given must reach the random generator.",
        "repeated": "all {n} rows are equal: the generator would draw one picture {n} times. Ask for (n, dim) numbers.",
        "uniform": "your numbers lie evenly between {low:.2g} and {high:.2g}. The generators were trained on standard "
                   "normal noise, mean 0 and standard deviation 1.",
        "not_normal": "over many numbers the mean is {mean:.2f} and the standard deviation {sd:.2f}; they should be 0 "
                      "and 1.",
        "dtype": "the noise is {dtype}; the networks take float32: .astype(\"float32\"), or dtype= when you sample.",
        "global": "your function reseeds the random numbers of the whole program: whoever samples after you gets the "
                  "same numbers again. Make a random generator of your own: numpy.random.default_rng(seed).",
    },
)
def noise(sample):
    """sample(n, dim, seed) -> float32 (n, dim), standard normal, a function of its arguments alone."""
    numpy_before, python_before = np.random.get_state(), random.getstate()
    try:
        _noise(sample)
        moved = any(np.any(a != b) for a, b in zip(numpy_before[1:3], np.random.get_state()[1:3], strict=True))
        if moved or python_before != random.getstate():
            raise Mistake("global")
    finally:
        np.random.set_state(numpy_before)
        random.setstate(python_before)


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
