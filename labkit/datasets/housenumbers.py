"""House numbers: digits on plates and walls, seen small, aslant, in every light.

Stands in for SVHN: 32x32x3, the label is the digit in the middle. Every digit is a mask 64 high; a number is set from
masks, looked at through one perspective, coloured, shadowed, lit, blurred. Weights depend on these pixels.
"""

import colorsys
import math
import random
import tomllib
from functools import cache
from itertools import pairwise
from pathlib import Path

import matplotlib
import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from labkit.datasets.walls import TILE, WALLS, sensor, surface, tile

_S = 32
_FINE = 2  # masks are drawn twice as fine and averaged
_HEIGHT = 64  # of a digit in its mask
_PAD = 30  # room around the digits for a plate, in pixels of a digit 64 high
_PLATES = ("none", "rectangle", "rounded", "oval", "one per digit")
_FINISHES = ("flat", "raised", "outlined", "metal")
_FONTS = {  # lettering → font file (None: Pillow's own), thickening in pixels of a digit 64 high
    "sans": ("DejaVuSans", 0), "sans-bold": ("DejaVuSans-Bold", 0), "sans-oblique": ("DejaVuSans-Oblique", 1),
    "sans-heavy": ("DejaVuSans-Bold", 3), "mono": ("DejaVuSansMono", 1), "mono-bold": ("DejaVuSansMono-Bold", 0),
    "serif": ("DejaVuSerif", 1), "serif-bold": ("DejaVuSerif-Bold", 0), "serif-italic": ("DejaVuSerif-BoldItalic", 0),
    "roman": ("STIXGeneral", 1), "roman-bold": ("STIXGeneralBol", 1), "roman-italic": ("STIXGeneralBolIta", 1),
    "modern": ("cmr10", 2), "modern-bold": ("cmb10", 1), "plain": ("cmss10", 2), "typewriter": ("cmtt10", 2),
    "rounded": (None, 1), "rounded-bold": (None, 4),
}
_BRUSHES = {"brush": (8, 0.0, 0), "brush-thin": (5, 0.0, 1), "wrought-iron": (7, 0.18, 2)}  # width, slant, which way
_LETTERINGS = (*_FONTS, *_BRUSHES)
_OUTLINES = tomllib.loads(Path(__file__).with_name("outlines.toml").read_text(encoding="utf-8"))["digits"]


def picture(rng, label: int, colours=None, **chosen):
    """Draw one house number: (uint8 (32, 32, 3), factors). chosen: factors that are given, not drawn, for instance
    tilt=20.0; colours: of wall, plate and digits, float (3,) each."""
    length = rng.choices((1, 2, 3, 4, 5), (14, 40, 31, 13, 2))[0]
    position = rng.randrange(length)
    number = [rng.randrange(10) for _ in range(length)]
    number[position] = label
    look = {
        "lettering": rng.choice(_LETTERINGS), "wall": rng.choice(list(WALLS)),
        "plate": rng.choices(_PLATES, (52, 20, 13, 6, 9))[0], "finish": rng.choices(_FINISHES, (48, 30, 9, 13))[0],
        "height": rng.uniform(19, 30),  # of the digit, in pixels
        "stretch": rng.uniform(0.75, 1.3), "tilt": rng.gauss(0, 5), "shear": rng.gauss(0, 0.1),
        "stacked": int(length > 1 and rng.random() < 0.06), "blur": min(abs(rng.gauss(0, 0.8)), 1.8),
        "grain": rng.uniform(0.5, 6), "cast_shadow": int(rng.random() < 0.15),
    } | chosen
    drawn = _colours(rng, look["plate"] != "none", 8 + 20 * look["blur"])
    wall_colour, plate_colour, digit_colour = colours or drawn
    strip, boxes, centre = _strip(rng, look, number, position)
    coefficients = _view(rng, look, centre)

    pixels = _wall(rng, look, wall_colour)
    if look["plate"] != "none":
        pixels = _screw_on(rng, pixels, look["plate"], strip.size, boxes, coefficients, plate_colour)
    pixels = _apply(rng, pixels, look["finish"], _seen(strip, coefficients), digit_colour)
    y, x = _grid()
    strength, angle = abs(rng.gauss(0, 0.15)), rng.uniform(0, 2 * math.pi)
    pixels *= (1 + strength * (math.cos(angle) * x + math.sin(angle) * y))[..., None]  # uneven light
    if look["cast_shadow"]:  # of an eave, a branch, a passer-by
        angle, offset = rng.uniform(0, 2 * math.pi), rng.uniform(-0.6, 0.6)
        edge = rng.uniform(3, 12) * (math.cos(angle) * x + math.sin(angle) * y - offset)
        pixels *= (1 - rng.uniform(0.2, 0.5) / (1 + np.exp(-edge)))[..., None]
    pixels = _photograph(rng, pixels, look["blur"], look["grain"])

    ground = wall_colour if look["plate"] == "none" else plate_colour
    return pixels, {"left": number[position - 1] if position else -1,
                    "right": number[position + 1] if position + 1 < length else -1,
                    "contrast": _luminance(digit_colour) - _luminance(ground), **look}


def _strip(rng, look, number, position):
    """Set the number in a line or a column: its mask, a box (x0, y0, x1, y1) per digit, the middle digit's centre."""
    glyphs = [_glyph(look["lettering"], digit) for digit in number]
    gap, x, y, boxes = rng.randint(4, 20), _PAD, _PAD, []
    widest = max(g.width for g in glyphs)
    for g in glyphs:
        left = x + (widest - g.width) // 2 if look["stacked"] else x
        boxes.append((left, y, left + g.width, y + _HEIGHT))
        if look["stacked"]:
            y += _HEIGHT + gap
        else:
            x += g.width + gap
    strip = Image.new("L", (max(b[2] for b in boxes) + _PAD, boxes[-1][3] + _PAD))
    for g, box in zip(glyphs, boxes, strict=True):
        strip.paste(g, box[:2])
    x0, y0, x1, y1 = boxes[position]
    return strip, boxes, ((x0 + x1) / 2, (y0 + y1) / 2)


def _view(rng, look, centre):
    """Return Pillow's eight perspective coefficients: where each pixel of the small picture looks on the strip."""
    scale = _HEIGHT / (look["height"] * _FINE)
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
        digit = _hsv(rng.choice((0.1, 0.6, 0.0, rng.random())), rng.choice((0.04, 0.1, rng.uniform(0, 0.7))),
                     rng.choice((rng.uniform(0.55, 0.98), rng.uniform(0.55, 0.98), rng.uniform(0.06, 0.4))))
        if abs(_luminance(ground) - _luminance(digit)) > least + rng.choice((20, 30, 55)):
            return wall_colour, ground, digit


def _ground(rng):
    hue = rng.choice((0.06, 0.09, 0.6, 0.58, 0.62, rng.random())) + rng.gauss(0, 0.02)
    return _hsv(hue, min(abs(rng.gauss(0.1, 0.17)), 0.75), rng.uniform(0.14, 0.85))


def _wall(rng, look, colour):
    size = rng.choice((0.9, 1.5, 2.4)) * rng.uniform(0.85, 1.15)  # how much of the wall one pixel sees
    angle = math.radians(look["tilt"] * 0.7)
    a, b = size * math.cos(angle), size * math.sin(angle)
    coefficients = (a, b, rng.uniform(50, 190), -b, a, rng.uniform(50, 190))
    seen = surface(look["wall"]).transform((_S, _S), Image.Transform.AFFINE, coefficients, Image.Resampling.BILINEAR)
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
    y, _ = _grid()
    if finish in ("raised", "metal"):
        dx, dy = rng.choice((-2, -1, 1, 2)), rng.choice((1, 1, 2))
        shadow = np.zeros_like(ink)
        shadow[dy:, max(dx, 0) : _S + min(dx, 0)] = ink[:-dy, max(-dx, 0) : _S - max(dx, 0)]
        pixels = pixels * (1 - rng.uniform(0.3, 0.65) * shadow)[..., None]
    elif finish == "outlined":
        wide = np.maximum.reduce([np.pad(ink, 1)[1 + dy : _S + 1 + dy, 1 + dx : _S + 1 + dx]
                                  for dx, dy in ((-1, 0), (1, 0), (0, -1), (0, 1))])
        pixels = pixels + wide[..., None] * (colour * rng.choice((0.35, 0.6)) - pixels)
    slope = rng.gauss(0, 0.1)
    if finish == "metal":
        slope += 0.3 * rng.choice((-1, 1))
    face = 1 + slope * y + 0.05 * _crop(rng, tile("rough"))
    if finish == "metal":  # a bright band where the sky is mirrored
        face += 0.35 * np.exp(-(((y - rng.uniform(-0.5, 0.5)) * 4) ** 2))
    return pixels + ink[..., None] * (colour * face[..., None] - pixels)


@cache
def _glyph(lettering: str, digit: int) -> Image.Image:
    """Return the mask of one digit, mode "L", exactly 64 pixels high, cut at its ink on every side."""
    brushed = lettering in _BRUSHES
    mask = _brushed(digit, *_BRUSHES[lettering]) if brushed else _typeset(str(digit), *_FONTS[lettering])
    mask = mask.crop(mask.getbbox())
    return mask.resize((max(8, round(mask.width * _HEIGHT / mask.height)), _HEIGHT), Image.Resampling.LANCZOS)


def _typeset(text, file, thicken):
    if file is None:
        font = ImageFont.load_default(86)
    else:
        font = ImageFont.truetype(str(Path(matplotlib.get_data_path(), "fonts", "ttf", f"{file}.ttf")), 86)
    mask = Image.new("L", (160, 160))
    ImageDraw.Draw(mask).text((40, 20), text, fill=255, font=font, stroke_width=thicken, stroke_fill=255)
    return mask


def _brushed(digit, width, slant, way):
    rng = random.Random(f"brush {digit} {width}")
    mask = Image.new("L", (160, 160))
    draw = ImageDraw.Draw(mask)
    for stroke in _OUTLINES[str(digit)][way]:
        points = np.array([point.split(",") for point in stroke.split()], float) / 100
        curve = _spline(len(points)) @ points
        x, y = curve[:, 0] - slant * (curve[:, 1] - 0.5), curve[:, 1]
        radii = width / 2 * (1 + 0.3 * np.sin(np.arange(len(x)) * 0.15 + rng.uniform(0, 6)))
        points = np.column_stack([30 + 62 * x, 30 + 72 * y, radii]).tolist()
        for (x0, y0, _), (x1, y1, r) in pairwise(points):
            draw.line((x0, y0, x1, y1), fill=255, width=round(2 * r))
        for x0, y0, r in points:
            draw.ellipse((x0 - r, y0 - r, x0 + r, y0 + r), fill=255)
    return mask.filter(ImageFilter.GaussianBlur(0.7))


def _crop(rng, noise):
    top, left = rng.randrange(TILE - _S + 1), rng.randrange(TILE - _S + 1)
    return noise[top : top + _S, left : left + _S]


@cache
def _grid():
    """Return (y, x), each float32 (32, 32), pixel centres running from -1 to 1."""
    y = (np.arange(_S, dtype=np.float32) * 2 + 1) / _S - 1
    return np.repeat(y[:, None], _S, 1), np.repeat(y[None], _S, 0)


@cache
def _spline(count, steps=10):
    """Return the matrix that turns ``count`` control points into points of a Catmull-Rom curve through them."""
    t = np.arange(steps) / steps
    basis = 0.5 * np.stack([-t + 2 * t**2 - t**3, 2 - 5 * t**2 + 3 * t**3, t + 4 * t**2 - 3 * t**3, t**3 - t**2], 1)
    matrix = np.zeros(((count - 1) * steps + 1, count))
    for span in range(count - 1):
        for k in range(4):
            matrix[span * steps : (span + 1) * steps, min(max(span + k - 1, 0), count - 1)] += basis[:, k]
    matrix[-1, -1] = 1
    return matrix


def _hsv(hue, saturation, value):
    return np.array(colorsys.hsv_to_rgb(hue % 1, min(max(saturation, 0), 1), min(max(value, 0), 1)), np.float32) * 255


def _luminance(colour):
    return float(0.299 * colour[0] + 0.587 * colour[1] + 0.114 * colour[2])  # Rec. 601


def _photograph(rng, pixels, blur, grain):
    """Blur by a standard deviation in pixels, add a sensor's noise in grey levels; return uint8."""
    if blur > 0.15:
        image = Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))
        pixels = np.asarray(image.filter(ImageFilter.GaussianBlur(blur)), np.float32)
    pixels = pixels + np.float32(grain) * _crop(rng, sensor())
    return np.clip(pixels, 0, 255).astype(np.uint8)
