"""Walls for house numbers: brick, boards, plaster, stone, tiles, as tones that are coloured when they are used."""

from functools import cache

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from labkit.datasets.drawn.paint import tile

KINDS = ("paint", "plaster", "brick", "boards", "siding", "stone", "tiles", "panel")
SIDE = 256  # of a wall's picture


@cache
def wall(kind: str) -> Image.Image:
    """Return one wall, mode "L", 256x256: 0 is its first colour (the joints), 255 its second (the face)."""
    rng = np.random.Generator(np.random.PCG64(100 + KINDS.index(kind)))
    image = Image.new("L", (SIDE, SIDE), 190)
    draw = ImageDraw.Draw(image)
    rough, grain = 6.0, "grain"
    if kind == "plaster":
        rough = 26.0
    elif kind == "brick":
        image.paste(40, (0, 0, SIDE, SIDE))
        for row, y in enumerate(range(0, SIDE, 32)):
            for x in range(-32 * (row % 2), SIDE, 64):
                draw.rectangle((x + 2, y + 2, x + 60, y + 28), fill=int(rng.uniform(140, 250)))
        rough = 14.0
    elif kind in ("boards", "siding"):
        for x in range(0, SIDE, 64 if kind == "boards" else 42):
            width = 64 if kind == "boards" else 42
            tone = int(rng.uniform(160, 230))
            for k in range(width):
                shade = tone - (k * 1.2 if kind == "siding" else 0)
                draw.line((x + k, 0, x + k, SIDE), fill=int(shade))
            draw.line((x, 0, x, SIDE), fill=30, width=4)
        rough, grain = (22.0, "wood") if kind == "boards" else (5.0, "wood")
        image = image.transpose(Image.Transpose.ROTATE_90)
    elif kind == "stone":
        image.paste(60, (0, 0, SIDE, SIDE))
        y = 0
        while y < SIDE:
            height, x = int(rng.uniform(28, 56)), -int(rng.uniform(0, 40))
            while x < SIDE:
                width = int(rng.uniform(40, 100))
                draw.rounded_rectangle((x + 2, y + 2, x + width - 2, y + height - 2), 9, fill=int(rng.uniform(130, 250)))
                x += width
            y += height
        rough = 20.0
    elif kind == "tiles":
        image.paste(70, (0, 0, SIDE, SIDE))
        for y in range(0, SIDE, 64):
            for x in range(0, SIDE, 64):
                draw.rectangle((x + 3, y + 3, x + 60, y + 60), fill=int(rng.uniform(205, 235)))
        rough = 3.0
    elif kind == "panel":
        draw.rectangle((40, 30, 216, 226), outline=90, width=8)
        draw.rectangle((52, 42, 204, 214), outline=235, width=5)
    pixels = np.asarray(image.filter(ImageFilter.GaussianBlur(1.2)), np.float32) + rough * tile(grain)[:SIDE, :SIDE]
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))
