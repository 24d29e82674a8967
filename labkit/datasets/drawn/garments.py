"""Garments (first, simple version)."""

import numpy as np
from PIL import Image, ImageDraw

SHAPE = (28, 28, 1)
CLASSES = ("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot")


def picture(rng, label):
    """Draw one garment: (uint8 (28, 28, 1), factors)."""
    tone, w = rng.randint(90, 250), rng.uniform(40, 52)
    image = Image.new("L", (112, 112))
    draw = ImageDraw.Draw(image)
    if label == 1:
        draw.polygon((34, 2, 78, 2, 80, 110, 60, 110, 56, 30, 52, 110, 32, 110), fill=tone)
    elif label in (0, 2, 4, 6):
        length = 45 if label in (0,) else 95
        draw.rectangle((56 - w / 2, 4, 56 + w / 2, 108), fill=tone)
        draw.polygon((34, 4, 8, length, 20, length + 6, 40, 30), fill=tone - 10)
        draw.polygon((78, 4, 104, length, 92, length + 6, 72, 30), fill=tone - 10)
    elif label == 3:
        draw.polygon((44, 2, 68, 2, 66, 40, 66 + w / 2, 110, 46 - w / 2, 110, 46, 40), fill=tone)
    elif label == 8:
        draw.rectangle((10, 40, 102, 100), fill=tone)
        draw.arc((36, 10, 76, 70), 180, 360, fill=tone, width=5)
    else:
        top = {5: 70, 7: 56, 9: 14}[label]
        draw.polygon((4, 96, 8, 80, 60, 66, 70, top, 106, top, 108, 96), fill=tone)
    pixels = np.asarray(image.reduce(4))
    return pixels[..., None], {"garment": label, "tone": tone}
