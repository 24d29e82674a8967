"""Small scenes (first, simple version)."""

import numpy as np
from PIL import Image, ImageDraw

from labkit.datasets.drawn.paint import hsv, light, photograph, rgb

SHAPE = (32, 32, 3)
CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")


def picture(rng, label):
    """Draw one scene: (uint8 (32, 32, 3), factors)."""
    hue = rng.random()
    image = Image.new("RGB", (128, 128), rgb(hsv(0.58, rng.uniform(0, 0.5), 0.8)))
    draw = ImageDraw.Draw(image)
    if label not in (0, 2):
        draw.rectangle((0, 80, 128, 128), fill=(60, 110, 50) if label != 8 else (40, 80, 120))
    colour = rgb(hsv(hue, 0.6, rng.uniform(0.3, 0.9)))
    if label in (1, 9):
        draw.rectangle((20, 60, 110, 92), fill=colour)
        draw.rectangle((40, 40 if label == 1 else 20, 90, 60), fill=colour)
        draw.ellipse((30, 82, 50, 102), fill=(20, 20, 20))
        draw.ellipse((80, 82, 100, 102), fill=(20, 20, 20))
    elif label == 0:
        draw.ellipse((10, 56, 118, 72), fill=colour)
        draw.polygon((50, 64, 80, 100, 90, 64), fill=colour)
    elif label == 8:
        draw.polygon((10, 70, 118, 70, 100, 95, 30, 95), fill=colour)
    else:
        draw.ellipse((30, 50, 90, 85), fill=colour)
        draw.ellipse((80, 35, 110, 60), fill=colour)
        for x in (36, 50, 70, 82):
            draw.rectangle((x, 75, x + 6, 108), fill=colour)
    pixels = np.asarray(image.reduce(4), np.float32) * light(rng, 32, 32, 0.2)[..., None]
    return photograph(rng, pixels, 0.5, 4), {"class": CLASSES[label], "hue": hue}
