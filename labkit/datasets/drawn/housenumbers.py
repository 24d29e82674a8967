"""House numbers: digits on plates and walls, seen small, aslant, in every light.

Stands in for SVHN (cropped digits): 32x32x3, the label is the digit in the middle, its neighbours are cut by the edges.
"""

import math

import numpy as np
from PIL import Image, ImageFilter

from labkit.datasets.drawn.glyphs import HEIGHT, LETTERINGS, glyph
from labkit.datasets.drawn.paint import grid, hsv, light, luminance, noise, photograph
from labkit.datasets.drawn.walls import KINDS, SIDE, wall

SHAPE = (32, 32, 3)
CLASSES = tuple("0123456789")
_S = 32
_FINE = 2  # masks are drawn twice as fine and averaged

_PLATES = ("none", "rectangle", "rounded", "oval", "per-digit")


def picture(rng, label: int):
    """Draw one house number: (uint8 (32, 32, 3), factors)."""
    lettering = rng.choice(LETTERINGS)
    length = rng.choices((1, 2, 3, 4, 5), (14, 40, 31, 13, 2))[0]
    position = rng.randrange(length)
    number = [rng.randrange(10) for _ in range(length)]
    number[position] = label
    pose = {
        "height": rng.uniform(20, 31),  # of the digit, in pixels
        "stretch": rng.uniform(0.75, 1.3),
        "tilt": rng.gauss(0, 5),
        "shear": rng.gauss(0, 0.1),
        "stacked": int(length > 1 and rng.random() < 0.06),
    }
    strip, centre, plate = _strip(rng, lettering, number, position, pose["stacked"])
    plate_kind = rng.choices(_PLATES, (50, 22, 14, 6, 8))[0]
    if plate_kind == "none":
        plate = None
    elif plate_kind != "per-digit":
        plate = None
    coefficients = _view(rng, pose, centre)
    ink = _mask(strip, coefficients)
    wall_kind = rng.choice(KINDS)
    colours = _colours(rng)
    pixels = _wall(rng, wall_kind, colours["wall"])
    shading = light(rng, _S, _S, abs(rng.gauss(0, 0.16)))
    # relief: a shadow that falls beside the digit, and a rim that the light catches
    shadow = rng.choice((0.0, 0.0, 0.35, 0.6))
    if shadow:
        dx, dy = rng.choice((-2, -1, 1, 2)), rng.choice((1, 2))
        cast = np.roll(ink, (dy, dx), (0, 1))
        pixels = pixels * (1 - shadow * cast[..., None])
    y, _ = grid(_S, _S)
    gloss = 1 + rng.gauss(0, 0.12) * y + 0.05 * noise(rng, "rough", _S, _S)
    pixels += ink[..., None] * (colours["digit"] * gloss[..., None] - pixels)
    pixels *= shading[..., None]
    if rng.random() < 0.15:  # the shadow of an eave or a branch
        angle, offset = rng.uniform(0, 2 * math.pi), rng.uniform(-0.6, 0.6)
        y, x = grid(_S, _S)
        pixels *= 1 - rng.uniform(0.25, 0.5) / (1 + np.exp(-8 * (math.cos(angle) * x + math.sin(angle) * y - offset)))[..., None]
    blur, grain = abs(rng.gauss(0, 0.75)), rng.uniform(0.5, 6)
    pixels = photograph(rng, pixels, blur, grain)
    factors = {
        "digit": label, "lettering": lettering, "length": length, "position": position,
        "left": number[position - 1] if position else -1,
        "right": number[position + 1] if position + 1 < length else -1,
        "wall": wall_kind, "plate": plate_kind, "contrast": luminance(colours["digit"]) - luminance(colours["wall"]),
        **{f"digit_{c}": float(v) for c, v in zip(("red", "green", "blue"), colours["digit"], strict=True)},
        **{f"wall_{c}": float(v) for c, v in zip(("red", "green", "blue"), colours["wall"], strict=True)},
        "shadow": shadow, "blur": blur, "grain": grain, **pose,
    }
    return pixels, factors


def _strip(rng, lettering, number, position, stacked):
    """Set the number in one line (or column): its mask, the middle digit's centre, and the plates' mask."""
    glyphs = [glyph(lettering, digit) for digit in number]
    gap = rng.randint(4, 18)
    if stacked:
        width = max(g.width for g in glyphs)
        strip = Image.new("L", (width, len(glyphs) * (HEIGHT + gap)))
        for k, g in enumerate(glyphs):
            strip.paste(g, ((width - g.width) // 2, k * (HEIGHT + gap)))
        return strip, (width / 2, position * (HEIGHT + gap) + HEIGHT / 2), None
    starts = [0]
    for g in glyphs:
        starts.append(starts[-1] + g.width + gap)
    strip = Image.new("L", (starts[-1], HEIGHT))
    for g, x in zip(glyphs, starts, strict=False):
        strip.paste(g, (x, 0))
    return strip, (starts[position] + glyphs[position].width / 2, HEIGHT / 2), None


def _view(rng, pose, centre):
    """Return Pillow's eight perspective coefficients: where each pixel of the small picture looks on the strip."""
    scale = HEIGHT / (pose["height"] * _FINE)
    c, s = math.cos(math.radians(pose["tilt"])), math.sin(math.radians(pose["tilt"]))
    a, b = scale / pose["stretch"] * c, scale / pose["stretch"] * (s + pose["shear"])
    d, e = -scale * s, scale * c
    g, h = rng.gauss(0, 0.0012), rng.gauss(0, 0.0008)
    x, y = _S * _FINE / 2 + rng.gauss(0, 2), _S * _FINE / 2 + rng.gauss(0, 2)
    w = g * x + h * y + 1
    return a, b, centre[0] * w - a * x - b * y, d, e, centre[1] * w - d * x - e * y, g, h


def _mask(strip, coefficients):
    size = (_S * _FINE, _S * _FINE)
    seen = strip.transform(size, Image.Transform.PERSPECTIVE, coefficients, Image.Resampling.BILINEAR)
    return np.asarray(seen.reduce(_FINE), np.float32) / 255


def _colours(rng):
    """Choose a wall and a digit that stand out from each other, often only a little."""
    while True:
        wall_colour = hsv(rng.choice((0.06, 0.09, 0.6, 0.58, rng.random())) + rng.gauss(0, 0.03),
                          abs(rng.gauss(0.12, 0.18)), rng.uniform(0.12, 0.9))
        digit = hsv(rng.choice((0.1, 0.6, 0.0, rng.random())), rng.choice((0.05, 0.1, rng.uniform(0, 0.8))),
                    rng.choice((rng.uniform(0.65, 1), rng.uniform(0.65, 1), rng.uniform(0.05, 0.3))))
        if abs(luminance(wall_colour) - luminance(digit)) > rng.uniform(25, 60):
            return {"wall": wall_colour, "digit": digit}


def _wall(rng, kind, colour):
    size = rng.uniform(0.6, 2.2)  # how much of the wall is seen in one pixel
    angle = math.radians(rng.gauss(0, 4))
    a, b = size * math.cos(angle), size * math.sin(angle)
    x, y = rng.uniform(20, SIDE - 20 - 40 * size), rng.uniform(20, SIDE - 20 - 40 * size)
    seen = wall(kind).transform((_S, _S), Image.Transform.AFFINE, (a, b, x, -b, a, y), Image.Resampling.BILINEAR)
    tone = np.asarray(seen, np.float32)[..., None] / 255
    joint = colour * rng.uniform(0.55, 0.95)
    return joint + (colour - joint) * tone * 1.2
