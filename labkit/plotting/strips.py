"""The noise beside its picture, and the way from one picture to another."""

import functools
import math

import matplotlib
import numpy as np

from labkit.errors import LabkitError
from labkit.plotting.checks import as_array, pictures, texts
from labkit.plotting.pictures import TITLE, captioned
from labkit.plotting.sheet import GAP, MARGIN, Sheet, fitting, measure, scaled
from labkit.plotting.style import GREY, OKABE_ITO

#: Latents are shown from -3 to 3: 99.7 % of a standard normal variable; what lies outside gets the end's colour.
SPAN = 3.0
FRAME = 3  # pixels


def latent_strip(images, latents, scale=None, caption=None):
    """Return a figure with each latent vector, drawn as a small picture, above the picture made from it.

    images: uint8 as in ``image_grid``, at most 16 (report 4's application asks for 1 to 16 noises).
    latents: float, shape (N, latent_dim): what the generator was given. 100 numbers are drawn as 10 by 10 squares,
        row by row, as in report 4's figures 3, 5 and 7; purple is negative, orange positive, white is 0.
    scale: pixels of the figure for each pixel of a picture; None takes what fits. caption: a sentence below.

    Raises LabkitError when numbers or shapes do not fit.
    """
    images = pictures(images)
    latents = np.asarray(latents)
    if latents.ndim != 2 or not np.issubdtype(latents.dtype, np.floating):
        raise LabkitError(f"latents is {latents.dtype} of the shape {latents.shape}. Expected float numbers of "
                          "the shape (pictures, latent_dim), as training.latent(n, dim, seed) gives them.")
    if len(latents) != len(images):
        raise LabkitError(f"There are {len(latents)} latents for {len(images)} pictures. Give the latents that these "
                          "pictures were made from, in the same order.")
    if len(images) > 16:
        raise LabkitError(f"latent_strip shows at most 16 pictures, and these are {len(images)}. "
                          "Take some: images[:8], latents[:8].")
    if not np.isfinite(latents).all():
        raise LabkitError("latents contains values that are not finite numbers. Sample them anew.")
    columns = len(images) if len(images) <= 8 else math.ceil(len(images) / 2)
    scale = fitting(images.shape[2], columns, scale)
    sheet, y = Sheet(), MARGIN
    for start in range(0, len(images), columns):
        rows = slice(start, start + columns)
        y = _strip(sheet, y, images[rows], latents[rows], scale) + 2 * GAP
    _key(sheet, y)
    return captioned(sheet, caption)


def noise_picture(latent):
    """Return a latent vector, float (latent_dim,), as a nearly square uint8 picture (rows, columns, 3)."""
    rows = next(r for r in range(math.isqrt(latent.size), 0, -1) if latent.size % r == 0)
    if rows * rows * 4 < latent.size:  # a prime, or nearly: better a few grey squares at the end than one long line
        rows = math.isqrt(latent.size - 1) + 1
    columns = math.ceil(latent.size / rows)
    colours = _colours(latent)
    spare = np.full((rows * columns - latent.size, 3), 225, np.uint8)
    return np.concatenate([colours, spare]).reshape(rows, columns, 3)


@functools.cache
def _palette():
    return matplotlib.colormaps["PuOr_r"]  # a fresh copy each time it is looked up: its table would be made anew


def _colours(values):
    return _palette()((np.clip(values, -SPAN, SPAN) + SPAN) / (2 * SPAN), bytes=True)[..., :3]


def _strip(sheet, y, images, latents, scale):
    width = max(1, round(images.shape[2] * scale))
    noise = [noise_picture(latent) for latent in latents]
    side = max(1, int(width * 0.75) // noise[0].shape[1])
    for i, (image, latent) in enumerate(zip(images, noise, strict=True)):
        x = MARGIN + i * (width + GAP)
        drawn = scaled(latent, side)
        left = x + (width - drawn.shape[1]) // 2
        sheet.box(left, y + 1, drawn.shape[1], drawn.shape[0], "#bbbbbb", 1)
        sheet.picture(left, y + 1, drawn)
        top = y + drawn.shape[0] + 2
        sheet.words(x + width / 2, top, "↓", 9, GREY)
        sheet.picture(x, top + 18, scaled(image, scale))
    return top + 18 + max(1, round(images.shape[1] * scale))


def _key(sheet, y):
    """Explain the colours of the noise: a bar from -3 to 3."""
    words = "one square is one number of the noise:  −3"
    sheet.words(MARGIN, y, words, TITLE, GREY, "left")
    x = math.ceil(MARGIN + measure(words, TITLE)[0]) + 6
    bar = _colours(np.linspace(-SPAN, SPAN, 90))
    sheet.box(x, y + 4, 90, 9, "#bbbbbb", 1)
    sheet.picture(x, y + 4, np.broadcast_to(bar, (9, 90, 3)))
    sheet.words(x + 96, y, "3", TITLE, GREY, "left")


def interpolation_strip(images, weights=None, labels=None, scale=None, caption=None):
    """Return a figure with one or more rows of pictures on the way from a first latent to a last one.

    images: uint8, shape (steps, height, width, channels), or (rows, steps, height, width, channels) to compare ways,
        for instance linear and spherical. The two ends, which every row shares, are framed.
    weights: ``steps`` numbers, how far each picture has come from the first (0) to the last (1); shown below.
        None means equal steps.
    labels: one string per row. scale, caption: as in ``image_grid``.

    Raises LabkitError when the numbers do not fit, or there are fewer than three steps.
    """
    images = as_array(images, "images")
    rows = [pictures(row) for row in images] if images.ndim == 5 else [pictures(images)]
    steps = len(rows[0])
    if steps < 3:
        raise LabkitError(f"An interpolation needs its two ends and something between; these are {steps} pictures.")
    weights = np.linspace(0, 1, steps) if weights is None else np.asarray(weights, float)
    if weights.shape != (steps,):
        raise LabkitError(f"weights has the shape {weights.shape} for {steps} steps. "
                          "Give one number for each picture of a row.")
    labels = texts(labels, len(rows), "labels")
    scale = fitting(rows[0].shape[2] + 2 * FRAME, steps, scale)
    height, width = (max(1, round(side * scale)) for side in rows[0].shape[1:3])
    step = width + 2 * FRAME + 1
    sheet, y = Sheet(), MARGIN
    for i, row in enumerate(rows):
        if labels:
            y += math.ceil(sheet.words(MARGIN, y, labels[i], 10, align="left")) + 2
        for k, image in enumerate(row):
            x = MARGIN + FRAME + k * step
            if k in (0, steps - 1):
                sheet.box(x, y + FRAME, width, height, OKABE_ITO["blue" if k == 0 else "vermilion"], FRAME)
            sheet.picture(x, y + FRAME, scaled(image, scale))
        y += height + 2 * FRAME + GAP
    for k, weight in enumerate(weights):
        sheet.words(MARGIN + FRAME + k * step + width / 2, y, f"{weight:.2f}", TITLE, GREY)
    return captioned(sheet, caption)
