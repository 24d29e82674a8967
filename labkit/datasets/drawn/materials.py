"""What things in a room are made of: functions of (s, t), metres along a surface, that scale its colour.

Each factory takes the picture's random numbers and returns such a function; it gives factors (n,) for every channel or
(3, n) for each.
"""

import math

import numpy as np

from labkit.datasets.drawn.paint import TILE, hsv, tile

_MASK = TILE - 1


def linear(colour) -> np.ndarray:
    """Turn a colour for the screen, 0 to 255, into a reflectance in linear light, 0 to 1."""
    return (np.asarray(colour, np.float64) / 255) ** 2


def tint(hue, saturation, value) -> np.ndarray:
    """Return a reflectance from hue (turns), saturation and value."""
    return linear(hsv(hue, saturation, value))


def _at(kind, s, t, fine_s, fine_t=None):
    """Look noise up at points in metres; ``fine``: samples per metre along s and t."""
    fine_t = fine_s if fine_t is None else fine_t
    return tile(kind)[
        (t * np.float32(fine_t)).astype(np.int32) & _MASK, (s * np.float32(fine_s)).astype(np.int32) & _MASK
    ]


def _hash(cell, salt):
    """Return a random number, 0 to 1, for each whole-numbered cell."""
    return np.modf(np.abs(np.sin(cell * np.float32(12.9898) + np.float32(salt)) * np.float32(43758.547)))[0]


def rough(rng, kind="grain", fine=60, strength=0.06):
    """Plaster, carpet, stone: noise."""
    o = rng.random() * 8
    return lambda s, t: 1 + np.float32(strength) * _at(kind, s + o, t + o, fine)


def grained(rng, strength=0.12, upright=True):
    """Wood with its grain."""
    o = rng.random() * 8
    if upright:
        return lambda s, t: 1 + np.float32(strength) * _at("wood", t + o, s + o, 60, 220)
    return lambda s, t: 1 + np.float32(strength) * _at("wood", s + o, t + o, 60, 220)


def planks(rng, width=0.14, contrast=0.25, along="t"):
    """Floor boards."""
    salt, seam = rng.random() * 9, rng.uniform(0.55, 0.9)

    def material(s, t):
        if along == "s":
            s, t = t, s
        row = np.floor(s / np.float32(width))
        shift = t / np.float32(1.1) + 7 * _hash(row, salt)
        board = np.floor(shift)
        tone = 1 + np.float32(contrast) * (_hash(row * 3 + board * 17, salt + 1) - np.float32(0.5))
        tone += np.float32(0.05) * _at("wood", t + 3, s, 60, 300)
        edge = (s / np.float32(width) - row < 0.07) | (shift - board < 0.012)
        return tone * np.where(edge, np.float32(seam), np.float32(1))

    return material


def tiled(rng, side=0.33, joint=0.8, contrast=0.08, turned=False, second=None):
    """Tiles, square to the wall or turned by 45 degrees; ``second``: a factor for every other one (chequered)."""
    salt, stretch = rng.random() * 9, rng.choice((1, 1, 2))

    def material(s, t):
        if turned:
            s, t = (s + t) * np.float32(0.7071), (s - t) * np.float32(0.7071)
        a, b = s / np.float32(side * (1 if turned else stretch)), t / np.float32(side)
        row, column = np.floor(a), np.floor(b)
        tone = 1 + np.float32(contrast) * (_hash(row * 3 + column * 17, salt) - np.float32(0.5))
        tone += np.float32(0.04) * _at("rough", s, t, 40)
        if second is not None:
            tone = np.where((row + column) % 2 == 0, tone * np.float32(second), tone)
        width = np.float32(0.012 / side)
        return np.where((a - row < width) | (b - column < width), np.float32(joint), tone)

    return material


def striped(rng, width=0.12, factor=0.7, along="t"):
    """Stripes of two tones; ``factor`` may be a colour's three factors."""
    factor = np.asarray(factor, np.float32)
    o, share = rng.random(), rng.uniform(0.3, 0.6)

    def material(s, t):
        a = (s if along == "t" else t) / np.float32(width) + np.float32(o)
        dark = a - np.floor(a) < share
        return np.where(dark, factor[..., None] if factor.ndim else factor, np.float32(1))

    return material


def checked(rng, width=0.16, factor=0.75):
    """Tartan."""
    factor = np.asarray(factor, np.float32)
    share = rng.uniform(0.25, 0.5)

    def material(s, t):
        a, b = s / np.float32(width), t / np.float32(width)
        amount = ((a - np.floor(a) < share).astype(np.float32) + (b - np.floor(b) < share)) / 2
        return 1 + (factor[..., None] - 1 if factor.ndim else factor - 1) * amount

    return material


def flowered(rng, size=1.0, factor=0.6):
    """Blots of another colour, from small leaves to large flowers."""
    factor = np.asarray(factor, np.float32)
    o, level, kind = rng.random() * 8, rng.uniform(0.1, 0.9), rng.choice(("blobs", "blobs", "rough"))

    def material(s, t):
        blot = np.clip((_at(kind, s + o, t + o, 250 / size) - level) * 4, 0, 1)
        return 1 + (factor[..., None] - 1 if factor.ndim else factor - 1) * blot

    return material


def quilted(rng, size=0.22):
    """Stitched squares, each a little raised."""

    def material(s, t):
        k = np.float32(math.pi / size)
        return 0.82 + 0.22 * np.sqrt(np.abs(np.sin(k * (s + t)) * np.sin(k * (s - t))))

    return material


def folded(rng, strength=0.16):
    """Bedclothes or a curtain lying in soft folds."""
    o = rng.random() * 8
    return lambda s, t: (
        1 + np.float32(strength) * _at("cloud", s + o, t + o, 150) + np.float32(0.05) * _at("rough", s, t, 200)
    )


def curtain(rng, width=0.13, strength=0.25):
    """Upright folds."""
    o, phase = rng.random() * 8, rng.random() * 6
    k = np.float32(2 * math.pi / width)
    return lambda s, t: (
        np.float32(1.05 - strength)
        + np.float32(strength) * np.sin(k * s + phase + np.float32(0.8) * _at("cloud", s + o, t * 0.2 + o, 60))
    )


def slats(width=0.06, dark=0.6):
    """Blinds, shutters: lines across."""
    return lambda s, t: np.where(np.modf(t / np.float32(width))[0] < 0.3, np.float32(dark), np.float32(1))


def both(first, second):
    """Multiply two materials."""
    return lambda s, t: first(s, t) * second(s, t)


def outdoors(rng, night: bool, horizon: float):
    """What a window shows; ``horizon``: its height in metres above the window's sill. Gives (3, n) for colour 1."""
    o = rng.random() * 8
    if night:
        low, high = tint(0.62, 0.6, 0.10), tint(0.62, 0.7, 0.26)
    else:
        low, high = tint(0.3 + rng.gauss(0, 0.06), rng.uniform(0.2, 0.5), rng.uniform(0.5, 0.75)), tint(0.57, 0.12, 1)
    low, high = (c.astype(np.float32)[:, None] for c in (low, high))

    def material(s, t):
        ragged = t - np.float32(horizon) + np.float32(0.12) * _at("rough", s + o, t + o, 120)
        sky = np.clip(ragged * 8 + 0.5, 0, 1)
        return (low + (high - low) * sky) * (1 + np.float32(0.12) * _at("grain", s + o, t + o, 50))

    return material


def painted(rng):
    """A picture to hang on a wall: hills under a sky, or blots of colour. Gives (3, n) for colour 1."""
    o, hue, landscape = rng.random() * 8, rng.choice((0.03, 0.08, 0.12, 0.3, 0.5, 0.6)), rng.random() < 0.5
    dark, middle, light = (
        tint(hue + rng.gauss(0, 0.08), rng.uniform(0.1, 0.6), v)[:, None].astype(np.float32) for v in (0.3, 0.6, 0.92)
    )
    level = rng.uniform(0.15, 0.3)

    def material(s, t):
        field = _at("cloud", s + o, t + o, 400) + np.float32(0.4) * _at("rough", s + o, t + o, 300)
        if landscape:  # two ranges of hills
            far = np.clip((np.float32(level) + np.float32(0.07) * _at("cloud", s + o, 0 * t + o, 300) - t) * 40, 0, 1)
            near = np.clip(
                (np.float32(level * 0.5) + np.float32(0.05) * _at("cloud", s + o, 0 * t, 400) - t) * 40, 0, 1
            )
            picture = light + (middle - light) * far
            return (picture + (dark - picture) * near) * (1 + np.float32(0.08) * field)
        picture = middle + (dark - middle) * np.clip(field * 1.5 + 0.2, 0, 1)
        return picture + (light - picture) * np.clip(-field * 1.5 - 0.4, 0, 1)

    return material


def fading(low, high, bottom, top):
    """From factor ``low`` at t = bottom to ``high`` at t = top: mirrors, lamp shades, steel."""
    return lambda s, t: np.float32(low) + np.float32((high - low) / (top - bottom)) * (t - np.float32(bottom))
