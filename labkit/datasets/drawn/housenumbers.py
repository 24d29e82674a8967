"""House numbers: digits on plates and walls, seen small, aslant, in every light.

Stands in for SVHN (cropped digits): 32x32x3, the label is the digit in the middle, its neighbours are cut by the edges.
Every digit is a mask 64 high (glyphs.py); a number is set from masks, looked at through one perspective, coloured,
shadowed, lit, blurred. One picture takes about half a millisecond.
"""

import math

import numpy as np
from PIL import Image, ImageDraw

from labkit.datasets.drawn.glyphs import HEIGHT, LETTERINGS, glyph
from labkit.datasets.drawn.paint import grid, hsv, light, luminance, noise, photograph
from labkit.datasets.drawn.walls import KINDS, wall

SHAPE = (32, 32, 3)
CLASSES = tuple("0123456789")
_S = 32
_FINE = 2  # masks are drawn twice as fine and averaged
_PAD = 30  # room around the digits for a plate, in pixels of a digit 64 high
_PLATES = ("none", "rectangle", "rounded", "oval", "one per digit")
_FINISHES = ("flat", "raised", "outlined", "metal")


def picture(rng, label: int):
    """Draw one house number: (uint8 (32, 32, 3), factors)."""
    length = rng.choices((1, 2, 3, 4, 5), (14, 40, 31, 13, 2))[0]
    position = rng.randrange(length)
    number = [rng.randrange(10) for _ in range(length)]
    number[position] = label
    look = {
        "lettering": rng.choice(LETTERINGS),
        "wall": rng.choice(KINDS),
        "plate": rng.choices(_PLATES, (52, 20, 13, 6, 9))[0],
        "finish": rng.choices(_FINISHES, (48, 30, 9, 13))[0],
        "height": rng.uniform(19, 30),  # of the digit, in pixels
        "stretch": rng.uniform(0.75, 1.3),
        "tilt": rng.gauss(0, 5),
        "shear": rng.gauss(0, 0.1),
        "stacked": int(length > 1 and rng.random() < 0.06),
        "blur": min(abs(rng.gauss(0, 0.8)), 1.8),
        "grain": rng.uniform(0.5, 6),
        "cast_shadow": int(rng.random() < 0.15),
    }
    wall_colour, plate_colour, digit_colour = _colours(rng, look["plate"] != "none", 8 + 20 * look["blur"])
    strip, boxes, centre = _strip(rng, look, number, position)
    coefficients = _view(rng, look, centre)

    pixels = _wall(rng, look, wall_colour)
    if look["plate"] != "none":
        pixels = _screw_on(rng, pixels, look["plate"], strip.size, boxes, coefficients, plate_colour)
    pixels = _apply(rng, pixels, look["finish"], _seen(strip, coefficients), digit_colour)
    pixels *= light(rng, _S, _S, abs(rng.gauss(0, 0.15)))[..., None]
    if look["cast_shadow"]:  # of an eave, a branch, a passer-by
        y, x = grid(_S, _S)
        angle, offset = rng.uniform(0, 2 * math.pi), rng.uniform(-0.6, 0.6)
        edge = rng.uniform(3, 12) * (math.cos(angle) * x + math.sin(angle) * y - offset)
        pixels *= (1 - rng.uniform(0.2, 0.5) / (1 + np.exp(-edge)))[..., None]
    pixels = photograph(rng, pixels, look["blur"], look["grain"])

    ground = wall_colour if look["plate"] == "none" else plate_colour
    factors = {
        "digit": label,
        "length": length,
        "position": position,
        "left": number[position - 1] if position else -1,
        "right": number[position + 1] if position + 1 < length else -1,
        "contrast": luminance(digit_colour) - luminance(ground),
        **look,
    }
    for part, colour in (("digit", digit_colour), ("ground", ground)):
        factors.update({f"{part}_{c}": float(v) for c, v in zip(("red", "green", "blue"), colour, strict=True)})
    return pixels, factors


def _strip(rng, look, number, position):
    """Set the number in a line or a column: its mask, a box (x0, y0, x1, y1) per digit, the middle digit's centre."""
    glyphs = [glyph(look["lettering"], digit) for digit in number]
    gap, x, y, boxes = rng.randint(4, 20), _PAD, _PAD, []
    widest = max(g.width for g in glyphs)
    for g in glyphs:
        left = x + (widest - g.width) // 2 if look["stacked"] else x
        boxes.append((left, y, left + g.width, y + HEIGHT))
        if look["stacked"]:
            y += HEIGHT + gap
        else:
            x += g.width + gap
    strip = Image.new("L", (max(b[2] for b in boxes) + _PAD, boxes[-1][3] + _PAD))
    for g, box in zip(glyphs, boxes, strict=True):
        strip.paste(g, box[:2])
    x0, y0, x1, y1 = boxes[position]
    return strip, boxes, ((x0 + x1) / 2, (y0 + y1) / 2)


def _view(rng, look, centre):
    """Return Pillow's eight perspective coefficients: where each pixel of the small picture looks on the strip."""
    scale = HEIGHT / (look["height"] * _FINE)
    c, s = math.cos(math.radians(look["tilt"])), math.sin(math.radians(look["tilt"]))
    a, b = scale / look["stretch"] * c, scale / look["stretch"] * (s + look["shear"])
    d, e = -scale * s, scale * c
    g, h = rng.gauss(0, 0.0012), rng.gauss(0, 0.0008)
    x, y = _S * _FINE / 2 + rng.gauss(0, 2), _S * _FINE / 2 + rng.gauss(0, 2)
    w = g * x + h * y + 1  # the middle digit stays in the middle
    return a, b, centre[0] * w - a * x - b * y, d, e, centre[1] * w - d * x - e * y, g, h


def _seen(mask, coefficients):
    size = (_S * _FINE, _S * _FINE)
    seen = mask.transform(size, Image.Transform.PERSPECTIVE, coefficients, Image.Resampling.BILINEAR)
    return np.asarray(seen.reduce(_FINE), np.float32) / 255


def _colours(rng, plate, least):
    """Choose colours for wall, plate and digits, which stand out from their ground by ``least`` grey levels or more."""
    while True:
        wall_colour = _ground(rng)
        ground = _ground(rng) if plate else wall_colour
        digit = hsv(
            rng.choice((0.1, 0.6, 0.0, rng.random())),
            rng.choice((0.04, 0.1, rng.uniform(0, 0.7))),
            rng.choice((rng.uniform(0.55, 0.98), rng.uniform(0.55, 0.98), rng.uniform(0.06, 0.4))),
        )
        if abs(luminance(ground) - luminance(digit)) > least + rng.choice((20, 30, 55)):
            return wall_colour, ground, digit


def _ground(rng):
    hue = rng.choice((0.06, 0.09, 0.6, 0.58, 0.62, rng.random())) + rng.gauss(0, 0.02)
    return hsv(hue, min(abs(rng.gauss(0.1, 0.17)), 0.75), rng.uniform(0.14, 0.85))


def _wall(rng, look, colour):
    size = rng.choice((0.9, 1.5, 2.4)) * rng.uniform(0.85, 1.15)  # how much of the wall one pixel sees
    angle = math.radians(look["tilt"] * 0.7)
    a, b = size * math.cos(angle), size * math.sin(angle)
    seen = wall(look["wall"]).transform(
        (_S, _S),
        Image.Transform.AFFINE,
        (a, b, rng.uniform(50, 190), -b, a, rng.uniform(50, 190)),
        Image.Resampling.BILINEAR,
    )
    tone = np.asarray(seen, np.float32)[..., None] / 200
    joint = colour * rng.choice((0.5, 0.75, 0.9, 1.25)) + rng.uniform(-15, 15)
    return joint + (colour - joint) * tone


def _screw_on(rng, pixels, kind, size, boxes, coefficients, colour):
    """Put a plate behind the number, with a border and a thin shadow at its foot."""
    mask = Image.new("L", size)
    draw = ImageDraw.Draw(mask)
    margin = rng.randint(8, _PAD - 2)
    areas = [(min(b[0] for b in boxes), boxes[0][1], max(b[2] for b in boxes), boxes[-1][3])]
    if kind == "one per digit":
        areas, margin = boxes, min(margin, 9)
    border = rng.choice((0, 0, 4, 6))
    for x0, y0, x1, y1 in areas:
        box = (x0 - margin, y0 - margin, x1 + margin, y1 + margin)
        if kind == "oval":
            box = (x0 - _PAD, y0 - margin, x1 + _PAD, y1 + margin)
            draw.ellipse(box, fill=255, outline=140, width=border)
        elif kind == "rounded":
            draw.rounded_rectangle(box, radius=20, fill=255, outline=140, width=border)
        else:
            draw.rectangle(box, fill=255, outline=140, width=border)
    seen = _seen(mask, coefficients)[..., None]
    foot = np.zeros_like(seen)
    foot[1:] = seen[:-1]
    rim = colour * rng.choice((0.5, 0.7, 1.3))
    face = rim + (colour - rim) * np.clip(seen * 2.2 - 1.2, 0, 1)
    pixels = pixels * (1 - 0.45 * foot)
    return pixels + np.minimum(seen * 1.8, 1) * (face - pixels)


def _apply(rng, pixels, finish, ink, colour):
    """Put the digits on: painted flat, raised with a shadow, outlined, or of metal that catches the light."""
    y, _ = grid(_S, _S)
    if finish in ("raised", "metal"):
        dx, dy = rng.choice((-2, -1, 1, 2)), rng.choice((1, 1, 2))
        shadow = np.zeros_like(ink)
        shadow[dy:, max(dx, 0) : _S + min(dx, 0)] = ink[:-dy, max(-dx, 0) : _S - max(dx, 0)]
        pixels = pixels * (1 - rng.uniform(0.3, 0.65) * shadow)[..., None]
    elif finish == "outlined":
        wide = np.maximum.reduce(
            [
                np.pad(ink, 1)[1 + dy : _S + 1 + dy, 1 + dx : _S + 1 + dx]
                for dx, dy in ((-1, 0), (1, 0), (0, -1), (0, 1))
            ]
        )
        pixels = pixels + wide[..., None] * (colour * rng.choice((0.35, 0.6)) - pixels)
    slope = rng.gauss(0, 0.1)
    if finish == "metal":
        slope += 0.3 * rng.choice((-1, 1))
    face = 1 + slope * y + 0.05 * noise(rng, "rough", _S, _S)
    if finish == "metal":  # a bright band where the sky is mirrored
        face += 0.35 * np.exp(-(((y - rng.uniform(-0.5, 0.5)) * 4) ** 2))
    return pixels + ink[..., None] * (colour * face[..., None] - pixels)
