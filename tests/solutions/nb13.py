"""Solutions of 13_style_transfer."""

from pathlib import Path

import numpy as np
from PIL import Image

LUMINANCE = np.array([0.299, 0.587, 0.114])


def adain(content, style):
    normal = (content - content.mean((0, 1))) / content.std((0, 1))
    return style.std((0, 1)) * normal + style.mean((0, 1))


def strokes(transfer, cat, woodcut):
    """Paint grey pictures with the notebook's transfer, then give the luminance the cat's colours."""
    grey = [(picture @ LUMINANCE)[..., None].repeat(3, axis=2) for picture in (cat, woodcut)]
    image, _ = transfer(*grey, 25)
    return np.uint8(np.clip(cat - grey[0] + (image @ LUMINANCE)[..., None], 0, 255).round())


# what strokes() made of the cat and The Great Wave at 96 pixels
PICTURE = np.asarray(Image.open(Path(__file__).with_name("nb13.png")))
ANSWERS = {"13.1": (adain,), "13.2": (PICTURE,), "13.3": ("bd",)}
