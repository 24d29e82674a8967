"""Kitchens and bathrooms (first, simple version)."""

import numpy as np
from PIL import Image, ImageDraw

from labkit.datasets.drawn.paint import hsv, light, photograph, rgb

SHAPE = (128, 128, 3)
CLASSES = ("kitchen", "bathroom")


def picture(rng, label):
    """Draw one kitchen or bathroom: (uint8 (128, 128, 3), factors)."""
    horizon = rng.uniform(130, 160)
    image = Image.new("RGB", (256, 256), rgb(hsv(rng.random(), rng.uniform(0, 0.3), rng.uniform(0.6, 0.95))))
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, horizon, 256, 256), fill=rgb(hsv(rng.uniform(0.05, 0.1), 0.3, rng.uniform(0.3, 0.8))))
    colour = rgb(hsv(0.08, rng.uniform(0, 0.6), rng.uniform(0.3, 0.9)))
    for x in range(0, 256, 52):
        draw.rectangle((x, horizon - 50, x + 49, horizon + 30), fill=colour, outline=(60, 50, 40))
        if label == 0:
            draw.rectangle((x, 10, x + 49, 60), fill=colour, outline=(60, 50, 40))
    if label == 1:
        draw.ellipse((90, 20, 170, 90), fill=(200, 215, 225), outline=(120, 90, 50), width=5)
    pixels = np.asarray(image.reduce(2), np.float32) * light(rng, 128, 128, 0.2)[..., None]
    return photograph(rng, pixels, 0.4, 3), {"room": CLASSES[label], "horizon": horizon}
