"""Faces (first, simple version)."""

import numpy as np
from PIL import Image, ImageDraw

from labkit.datasets.drawn.paint import hsv, light, photograph, rgb

SHAPE = (64, 64, 3)
CLASSES = None


def picture(rng, label=None):
    """Draw one face: (uint8 (64, 64, 3), factors)."""
    tone, smile = rng.uniform(0.35, 0.95), rng.uniform(-6, 14)
    image = Image.new("RGB", (256, 256), rgb(hsv(rng.random(), 0.3, rng.uniform(0.2, 0.8))))
    draw = ImageDraw.Draw(image)
    hair = rgb(hsv(0.07, 0.5, rng.uniform(0.08, 0.6)))
    draw.ellipse((48, 10, 208, 220), fill=hair)
    draw.ellipse((64, 40, 192, 240), fill=rgb(hsv(0.06, 0.42, tone)))
    for x in (100, 156):
        draw.ellipse((x - 15, 112, x + 15, 130), fill=(245, 245, 245))
        draw.ellipse((x - 7, 114, x + 7, 129), fill=(50, 35, 30))
        draw.line((x - 18, 100, x + 18, 100), fill=hair, width=6)
    draw.line((128, 125, 120, 165, 134, 167), fill=rgb(hsv(0.05, 0.5, tone * 0.75)), width=4)
    draw.line((102, 195 - smile, 128, 195 + smile / 2, 154, 195 - smile), fill=(150, 60, 60), width=8)
    pixels = np.asarray(image.reduce(4), np.float32) * light(rng, 64, 64, 0.3)[..., None]
    return photograph(rng, pixels, 0.4, 3), {"tone": tone, "smile": smile}
