"""Walls for house numbers: brick, boards, plaster, stone, tiles, as tones that are coloured when they are used."""

from functools import cache

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from labkit.datasets.drawn.paint import tile

KINDS = ("paint", "plaster", "brick", "boards", "siding", "stone", "tiles", "panel")
SIDE = 320  # of a wall's picture

# how rough each wall is, in grey levels, and which noise makes it so
_ROUGH = {
    "paint": (5, "grain"),
    "plaster": (30, "grain"),
    "brick": (14, "grain"),
    "boards": (26, "wood"),
    "siding": (6, "wood"),
    "stone": (18, "rough"),
    "tiles": (3, "grain"),
    "panel": (8, "wood"),
}


@cache
def wall(kind: str) -> Image.Image:
    """Return one wall, mode "L", 320x320: 0 is its first colour (the joints), 200 its second (the face)."""
    rng = np.random.Generator(np.random.PCG64(100 + KINDS.index(kind)))
    image = Image.new("L", (SIDE, SIDE), 190)
    draw = ImageDraw.Draw(image)
    if kind == "brick":
        draw.rectangle((0, 0, SIDE, SIDE), fill=20)
        for row, y in enumerate(range(0, SIDE, 20)):
            for x in range(-20 * (row % 2), SIDE, 40):
                draw.rectangle((x + 2, y + 2, x + 38, y + 18), fill=int(rng.uniform(130, 250)))
    elif kind == "boards":
        for x in range(0, SIDE, 44):
            draw.rectangle((x, 0, x + 43, SIDE), fill=int(rng.uniform(150, 220)))
            draw.line((x, 0, x, SIDE), fill=10, width=4)
    elif kind == "siding":
        for y in range(0, SIDE, 30):
            for k in range(30):
                draw.line((0, y + k, SIDE, y + k), fill=int(215 - 1.6 * k))
            draw.line((0, y, SIDE, y), fill=30, width=3)
    elif kind == "stone":
        draw.rectangle((0, 0, SIDE, SIDE), fill=30)
        y = 0
        while y < SIDE:
            height, x = int(rng.uniform(20, 44)), -int(rng.uniform(0, 30))
            while x < SIDE:
                width = int(rng.uniform(26, 74))
                box = (x + 2, y + 2, x + width - 2, y + height - 2)
                draw.rounded_rectangle(box, 8, fill=int(rng.uniform(120, 250)))
                x += width
            y += height
    elif kind == "tiles":
        draw.rectangle((0, 0, SIDE, SIDE), fill=50)
        for y in range(0, SIDE, 46):
            for x in range(0, SIDE, 46):
                draw.rectangle((x + 2, y + 2, x + 43, y + 43), fill=int(rng.uniform(190, 225)))
    elif kind == "panel":  # of a door: mouldings with a dark and a light side
        for y in range(10, SIDE, 105):
            for x in range(10, SIDE, 105):
                draw.rectangle((x, y, x + 80, y + 84), outline=70, width=5)
                draw.rectangle((x + 5, y + 5, x + 75, y + 79), outline=240, width=4)
    strength, noise = _ROUGH[kind]
    grain = tile(noise)[:SIDE, :SIDE]
    pixels = np.asarray(image.filter(ImageFilter.GaussianBlur(0.8)), np.float32)
    pixels += strength * (grain.T if kind == "boards" else grain)
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))
