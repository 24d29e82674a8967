"""Noise, pixels and PNG files: NumPy and Pillow alone."""

import io
import math

import numpy as np
from PIL import Image

GAP = 4  # pixels between the pictures of a grid
SIDE = 128  # pixels that a picture of the grid has at most, enlarged by a whole number
SPAN = 3.0  # standard deviations that the noise's colours span, as in labkit.plotting
#: ColorBrewer's PuOr from purple (negative) over white to orange: the colours of labkit.plotting's noise.
_PUOR = np.array([(45, 0, 75), (84, 39, 136), (128, 115, 172), (178, 171, 210), (216, 218, 235), (247, 247, 247),
                  (254, 224, 182), (253, 184, 99), (224, 130, 20), (179, 88, 6), (127, 59, 8)], np.float32)


def latent(count: int, dim: int, seed: int) -> np.ndarray:
    """Return ``count`` standard normal latents, float32 (count, dim): the same numbers as ``training.latent``."""
    return np.random.default_rng(seed).standard_normal((count, dim), dtype=np.float32)


def to_uint8(images) -> np.ndarray:
    """Turn float images (n, H, W, C) in [-1, 1] into uint8, rounding to the nearest level and clipping."""
    return np.clip(np.rint((np.asarray(images, np.float32) + 1) * 127.5), 0, 255).astype(np.uint8)


def png(image) -> bytes:
    """Return a picture, uint8 (H, W, 3), (H, W, 1) or (H, W), as a PNG file."""
    if image.ndim == 3 and image.shape[2] == 1:
        image = image[..., 0]
    file = io.BytesIO()
    Image.fromarray(image).save(file, "PNG", compress_level=3)  # small pictures: level 6 takes twice as long
    return file.getvalue()


def grid(images) -> np.ndarray:
    """Return pictures, uint8 (n, H, W, C), side by side in one, as square as can be, each pixel enlarged to a square.

    White lies between them. The pictures stand in the order of reading.
    """
    count, height, width, channels = images.shape
    columns = math.ceil(math.sqrt(count))
    rows = math.ceil(count / columns)
    factor = max(1, SIDE // max(height, width))
    big = images.repeat(factor, axis=1).repeat(factor, axis=2)
    height, width = height * factor, width * factor
    sheet = np.full((rows * (height + GAP) - GAP, columns * (width + GAP) - GAP, channels), 255, np.uint8)
    for i, image in enumerate(big):
        y, x = i // columns * (height + GAP), i % columns * (width + GAP)
        sheet[y : y + height, x : x + width] = image
    return sheet


def noise(vector) -> np.ndarray:
    """Return a latent vector, float (latent_dim,), as a nearly square picture, uint8 (rows, columns, 3).

    One square is one number, row by row: purple -3, white 0, orange 3. Places left over at the end are grey.
    """
    columns = math.ceil(math.sqrt(vector.size))
    if rest := [c for c in range(columns, 2 * columns) if vector.size % c == 0]:
        columns = rest[0]
    rows = math.ceil(vector.size / columns)
    where = (np.clip(vector, -SPAN, SPAN) + SPAN) / (2 * SPAN) * (len(_PUOR) - 1)
    below = np.minimum(where.astype(int), len(_PUOR) - 2)
    share = (where - below)[:, None]
    colours = np.full((rows * columns, 3), 225, np.uint8)
    colours[: vector.size] = np.rint((1 - share) * _PUOR[below] + share * _PUOR[below + 1])
    return colours.reshape(rows, columns, 3)
