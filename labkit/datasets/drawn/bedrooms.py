"""Bedrooms (first, simple version)."""

import numpy as np
from PIL import Image, ImageDraw

from labkit.datasets.drawn.paint import hsv, light, photograph, rgb

SHAPE = (128, 128, 3)
CLASSES = None


def picture(rng, label=None):
    """Draw one bedroom: (uint8 (128, 128, 3), factors)."""
    wall = hsv(rng.random(), rng.uniform(0, 0.35), rng.uniform(0.55, 0.95))
    bed, left = hsv(rng.random(), rng.uniform(0, 0.6), rng.uniform(0.4, 0.95)), rng.uniform(20, 50)
    image = Image.new("RGB", (256, 256), rgb(wall))
    draw = ImageDraw.Draw(image)
    horizon = rng.uniform(120, 160)
    draw.rectangle((0, horizon, 256, 256), fill=rgb(hsv(rng.uniform(0.05, 0.1), 0.3, rng.uniform(0.3, 0.8))))
    draw.rectangle((left + 90, 30, left + 150, 100), fill=(230, 240, 255), outline=(250, 250, 250), width=4)
    draw.rectangle((left, horizon - 40, left + 120, horizon + 10), fill=(110, 70, 40))
    draw.polygon((left, horizon, left + 120, horizon, left + 160, 235, left - 10, 235), fill=rgb(bed))
    draw.rounded_rectangle((left + 8, horizon - 14, left + 52, horizon + 14), 9, fill=(245, 245, 240))
    draw.rounded_rectangle((left + 64, horizon - 14, left + 110, horizon + 14), 9, fill=(245, 245, 240))
    pixels = np.asarray(image.reduce(2), np.float32) * light(rng, 128, 128, 0.2)[..., None]
    return photograph(rng, pixels, 0.4, 3), {"bed_left": left, "horizon": horizon}
