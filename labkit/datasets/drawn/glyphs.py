"""Digits in many letterings, as masks: the fonts that come with matplotlib and Pillow, and strokes of a brush."""

import random
from functools import cache
from itertools import pairwise
from pathlib import Path

import matplotlib
import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from labkit.datasets.drawn.handwriting import WAYS
from labkit.datasets.drawn.paint import smooth

HEIGHT = 64  # of a digit in its mask

# lettering: (font file, or None for Pillow's own; thickening in pixels of a digit 64 high)
_FONTS = {
    "sans": ("DejaVuSans", 0),
    "sans-bold": ("DejaVuSans-Bold", 0),
    "sans-oblique": ("DejaVuSans-Oblique", 1),
    "sans-heavy": ("DejaVuSans-Bold", 3),
    "mono": ("DejaVuSansMono", 1),
    "mono-bold": ("DejaVuSansMono-Bold", 0),
    "serif": ("DejaVuSerif", 1),
    "serif-bold": ("DejaVuSerif-Bold", 0),
    "serif-italic": ("DejaVuSerif-BoldItalic", 0),
    "roman": ("STIXGeneral", 1),
    "roman-bold": ("STIXGeneralBol", 1),
    "roman-italic": ("STIXGeneralBolIta", 1),
    "modern": ("cmr10", 2),
    "modern-bold": ("cmb10", 1),
    "plain": ("cmss10", 2),
    "typewriter": ("cmtt10", 2),
    "rounded": (None, 1),
    "rounded-bold": (None, 4),
}
_BRUSHES = {"brush": (8, 0.0, 0), "brush-thin": (5, 0.0, 1), "wrought-iron": (7, 0.18, 2)}  # width, slant, which way
LETTERINGS = (*_FONTS, *_BRUSHES)


@cache
def glyph(lettering: str, digit: int) -> Image.Image:
    """Return the mask of one digit, mode "L", exactly 64 pixels high, cut at its ink on every side."""
    if lettering in _BRUSHES:
        mask = _brushed(digit, *_BRUSHES[lettering])
    else:
        file, thicken = _FONTS[lettering]
        mask = _typeset(str(digit), file, thicken)
    mask = mask.crop(mask.getbbox())
    return mask.resize((max(8, round(mask.width * HEIGHT / mask.height)), HEIGHT), Image.Resampling.LANCZOS)


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
    for stroke in WAYS[digit][way]:
        curve = smooth(stroke, 10, closed=False)
        x, y = curve[:, 0] - slant * (curve[:, 1] - 0.5), curve[:, 1]
        radii = width / 2 * (1 + 0.3 * np.sin(np.arange(len(x)) * 0.15 + rng.uniform(0, 6)))
        points = np.column_stack([30 + 62 * x, 30 + 72 * y, radii]).tolist()
        for (x0, y0, _), (x1, y1, r) in pairwise(points):
            draw.line((x0, y0, x1, y1), fill=255, width=round(2 * r))
        for x0, y0, r in points:
            draw.ellipse((x0 - r, y0 - r, x0 + r, y0 + r), fill=255)
    return mask.filter(ImageFilter.GaussianBlur(0.7))
