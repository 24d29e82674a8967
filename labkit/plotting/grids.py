"""Grids of pictures, and pictures before and after."""

import math

import numpy as np

from labkit.errors import LabkitError
from labkit.plotting.images import GAP, MARGIN, TITLE, WIDTH, Sheet, fitting, measure, scaled, shorten


def image_grid(images, columns=None, titles=None, scale=None, caption=None) -> Sheet:
    """Return a figure with pictures in rows and columns, each pixel of a picture a square of the figure.

    images: uint8, 0 to 255, shape (N, height, width, 3 or 1) or (N, height, width); titles: a short string for each.
    columns: pictures in a row; None chooses 5 to 8 (more for over 64 pictures) with few empty places.
    scale: pixels of the figure for each pixel of a picture; None takes what fits a notebook's width.
    caption: a sentence below, for instance ``ImageSet.title``, which says where a stand-in is a stand-in.

    Raises LabkitError for pictures of another kind, with the line that converts them.
    """
    images = pictures(images)
    titles = _texts(titles, len(images)) if titles is not None else None
    if columns is None:
        most = max(8, math.isqrt(len(images) - 1) + 1)
        columns = len(images) if len(images) <= 8 else min(range(most, 4, -1), key=lambda each: -len(images) % each)
    if not isinstance(columns, (int, np.integer)) or columns < 1:
        raise LabkitError(f"columns is {columns!r}. Expected a whole number from 1, for example columns=8.")
    columns = min(columns, len(images))
    scale = fitting(images.shape[2], columns, scale, rows=math.ceil(len(images) / columns))
    height, width = scaled(images[0], scale).shape[:2]
    cell, above = width, 0
    if titles:
        room = (WIDTH - 2 * MARGIN - GAP * (columns - 1)) // columns
        widest = math.ceil(max(measure(title, TITLE)[0] for title in titles)) + 4
        cell = max(width, min(widest, room))
        above = math.ceil(measure("X", TITLE)[1]) + 1
    sheet = Sheet()
    for i, image in enumerate(images):
        row, column = divmod(i, columns)
        x, y = MARGIN + column * (cell + GAP), MARGIN + row * (height + above + GAP)
        if titles:
            sheet.words(x + cell / 2, y, shorten(titles[i], cell, TITLE), TITLE, "black", "center")
        sheet.picture(x + (cell - width) // 2, y + above, image, scale)
    return sheet.captioned(caption)


def before_after(before, after, titles=("before", "after"), caption=None) -> Sheet:
    """Return a figure with two rows of pictures, as in ``image_grid``: each of ``before`` above its own in ``after``,
    equally wide. titles: what the rows are. Raises LabkitError when the numbers differ."""
    rows = pictures(before, "before"), pictures(after, "after")
    if len(rows[0]) != len(rows[1]):
        raise LabkitError(f"before holds {len(rows[0])} pictures and after {len(rows[1])}. Every picture needs its "
                          "partner: take as many of both, for instance before[:8] and after[:8].")
    width = max(1, round(rows[0].shape[2] * fitting(rows[0].shape[2], len(rows[0]))))
    sheet, y = Sheet(), MARGIN
    for row, title in zip(rows, _texts(titles, 2), strict=True):
        y += math.ceil(sheet.words(MARGIN, y, title, 10, "black")) + 2
        for k, image in enumerate(row):
            sheet.picture(MARGIN + k * (width + GAP), y, image, width / row.shape[2])
        y += max(1, round(row.shape[1] * width / row.shape[2])) + GAP
    return sheet.captioned(caption)


def pictures(images, name="images") -> np.ndarray:
    """Return pictures, also a list or a tensor, as uint8 (N, height, width, 3). LabkitError says how to mend others."""
    if hasattr(images, "images"):
        raise LabkitError(f"{name} is a whole {type(images).__name__}; its pictures are in {name}.images, "
                          f"for example {name}.images[:16].")
    try:
        array = np.asarray(images)
    except ValueError as error:
        raise LabkitError(f"{name} cannot be one array: its pictures differ in size. Give pictures of one size, "
                          "or show each size in a figure of its own.") from error
    shape, last = array.shape, array.shape[-1] if array.ndim else 0
    for wrong, sentence in (
        (array.size == 0, "They hold no picture."),
        (array.ndim == 2, f"One picture? Give a batch of one: {name}[None]. Flat pictures? Unfold them first: "
                          f"{name}.reshape(-1, height, width, channels)."),
        (array.ndim == 3 and last in (1, 3) and shape[1] > 3, f"One picture? Give a batch of one: {name}[None]."),
        (array.ndim == 4 and last not in (1, 3) and shape[1] in (1, 3),
         f"The channels come first. Move them to the end: numpy.moveaxis({name}, 1, -1)."),
        (array.ndim not in (3, 4) or (array.ndim == 4 and last not in (1, 3)),
         "Expected (pictures, height, width, channels) with 1 or 3 channels, or (pictures, height, width) for grey."),
    ):
        if wrong:
            raise LabkitError(f"{name} has the shape {shape}. {sentence}")
    if array.dtype != np.uint8:
        low, high = float(array.min()), float(array.max())
        way = f"bring them into 0 to 255 first, then numpy.clip({name}, 0, 255).round().astype('uint8')"
        if np.isnan(low):
            way = "these are not numbers (NaN). A training that went wrong makes such pictures; look at the losses"
        elif low >= -1.001 and high <= 1.001:
            way = f"({f'({name} + 1) * 127.5' if low < 0 else f'{name} * 255'}).round().astype('uint8')"
        raise LabkitError(f"{name} is {array.dtype} between {low:.4g} and {high:.4g}. Pictures are shown from uint8, "
                          f"0 to 255, so that nothing is scaled behind your back: {way}.")
    return np.broadcast_to(array.reshape(*shape[:3], -1), (*shape[:3], 3))


def _texts(titles, count) -> list[str]:
    if isinstance(titles, str) or len(titles) != count:
        raise LabkitError(f"titles is {titles!r:.60}. Expected a list of {count} strings, one for each.")
    return [str(title) for title in titles]
