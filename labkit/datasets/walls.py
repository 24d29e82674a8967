"""Walls behind house numbers: brick, boards, plaster, stone, tiles; and the noise that roughens them and a sensor."""

from functools import cache

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

TILE = 512  # side of a noise tile; crops stay inside it
_SIDE = 320  # of a wall's picture
# noise → number of its random stream, exponent of the spectrum's fall-off, stretch along x
_SPECTRA = {"fine": (0, 0.0, 1.0), "grain": (1, 0.8, 1.0), "rough": (2, 1.3, 1.0), "wood": (4, 1.4, 14.0)}
WALLS = {  # wall → how rough it is, in grey levels, and which noise makes it so
    "paint": (5, "grain"), "plaster": (30, "grain"), "brick": (14, "grain"), "boards": (26, "wood"),
    "siding": (6, "wood"), "stone": (18, "rough"), "tiles": (3, "grain"), "panel": (8, "wood"),
}


@cache
def tile(kind):
    """Return a noise tile, float32 (512, 512), mean 0, standard deviation 1, the same at every call; it wraps."""
    stream, exponent, stretch = _SPECTRA[kind]
    rng = np.random.Generator(np.random.PCG64(stream))
    frequency = np.hypot(np.fft.rfftfreq(TILE)[None] * TILE * stretch, np.fft.fftfreq(TILE)[:, None] * TILE)
    spectrum = np.fft.rfft2(rng.standard_normal((TILE, TILE))) * (1.5 + frequency) ** -exponent
    spectrum[0, 0] = 0
    noise = np.fft.irfft2(spectrum, (TILE, TILE))
    return (noise / noise.std()).astype(np.float32)


@cache
def sensor():
    """Return a sensor's noise, float32 (512, 512, 3): mostly brightness; red and blue stray in opposite ways."""
    grey, stray = tile("fine"), tile("grain")[::-1] * np.float32(0.7)
    return np.stack([grey + stray, grey, grey - stray], -1)


@cache
def surface(kind: str) -> Image.Image:
    """Return one wall, mode "L", 320x320: 0 is its first colour (the joints), 200 its second (the face)."""
    rng = np.random.Generator(np.random.PCG64(100 + list(WALLS).index(kind)))
    image = Image.new("L", (_SIDE, _SIDE), 190)
    draw = ImageDraw.Draw(image)
    if kind == "brick":
        draw.rectangle((0, 0, _SIDE, _SIDE), fill=20)
        for row, y in enumerate(range(0, _SIDE, 20)):
            for x in range(-20 * (row % 2), _SIDE, 40):
                draw.rectangle((x + 2, y + 2, x + 38, y + 18), fill=int(rng.uniform(130, 250)))
    elif kind == "boards":
        for x in range(0, _SIDE, 44):
            draw.rectangle((x, 0, x + 43, _SIDE), fill=int(rng.uniform(150, 220)))
            draw.line((x, 0, x, _SIDE), fill=10, width=4)
    elif kind == "siding":
        for y in range(0, _SIDE, 30):
            for k in range(30):
                draw.line((0, y + k, _SIDE, y + k), fill=int(215 - 1.6 * k))
            draw.line((0, y, _SIDE, y), fill=30, width=3)
    elif kind == "stone":
        draw.rectangle((0, 0, _SIDE, _SIDE), fill=30)
        y = 0
        while y < _SIDE:
            height, x = int(rng.uniform(20, 44)), -int(rng.uniform(0, 30))
            while x < _SIDE:
                width = int(rng.uniform(26, 74))
                box = (x + 2, y + 2, x + width - 2, y + height - 2)
                draw.rounded_rectangle(box, 8, fill=int(rng.uniform(120, 250)))
                x += width
            y += height
    elif kind == "tiles":
        draw.rectangle((0, 0, _SIDE, _SIDE), fill=50)
        for y in range(0, _SIDE, 46):
            for x in range(0, _SIDE, 46):
                draw.rectangle((x + 2, y + 2, x + 43, y + 43), fill=int(rng.uniform(190, 225)))
    elif kind == "panel":  # of a door: mouldings with a dark and a light side
        for y in range(10, _SIDE, 105):
            for x in range(10, _SIDE, 105):
                draw.rectangle((x, y, x + 80, y + 84), outline=70, width=5)
                draw.rectangle((x + 5, y + 5, x + 75, y + 79), outline=240, width=4)
    strength, noise = WALLS[kind]
    grain = tile(noise)[:_SIDE, :_SIDE]
    pixels = np.asarray(image.filter(ImageFilter.GaussianBlur(0.8)), np.float32)
    pixels += strength * (grain.T if kind == "boards" else grain)
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))
