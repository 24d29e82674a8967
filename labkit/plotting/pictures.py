"""Grids of pictures, and pictures before and after."""

import math

import numpy as np

from labkit.errors import LabkitError
from labkit.plotting.checks import pictures, texts
from labkit.plotting.sheet import GAP, MARGIN, Sheet, fitting, measure, scaled, shorten
from labkit.plotting.style import GREY, WIDTH

TITLE = 8  # points


def image_grid(images, columns=None, titles=None, scale=None, caption=None):
    """Return a figure with pictures in rows and columns, each pixel of a picture a square of the figure.

    images: uint8, 0 to 255, shape (N, height, width, 3 or 1) or (N, height, width).
    columns: pictures in a row; None chooses 5 to 8 (more for over 64 pictures) with few empty places.
    titles: N short strings, one above each picture.
    scale: pixels of the figure for each pixel of a picture; None takes what fits a notebook's width.
    caption: a sentence below, for instance ``ImageSet.title``, which says where a stand-in is a stand-in.

    Raises LabkitError for pictures of another kind, with the line that converts them.
    """
    images = pictures(images)
    titles = texts(titles, len(images), "titles")
    columns = _columns(len(images), columns)
    scale = fitting(images.shape[2], columns, scale, rows=math.ceil(len(images) / columns))
    shown = [scaled(image, scale) for image in images]
    height, width = shown[0].shape[:2]
    cell, above = width, 0
    if titles:
        room = (WIDTH - 2 * MARGIN - GAP * (columns - 1)) // columns
        widest = math.ceil(max(measure(title, TITLE)[0] for title in titles)) + 4
        cell = max(width, min(widest, room))
        above = math.ceil(measure("X", TITLE)[1]) + 1
    sheet = Sheet()
    for i, image in enumerate(shown):
        row, column = divmod(i, columns)
        x, y = MARGIN + column * (cell + GAP), MARGIN + row * (height + above + GAP)
        if titles:
            sheet.words(x + cell / 2, y, shorten(titles[i], cell, TITLE), TITLE)
        sheet.picture(x + (cell - width) // 2, y + above, image)
    return captioned(sheet, caption)


def before_after(before, after, titles=("before", "after"), scale=None, caption=None):
    """Return a figure with two rows of pictures: each picture of ``before`` stands above its own in ``after``.

    before, after: the same number of pictures, uint8 as in ``image_grid``; their sizes may differ, and both rows are
    then shown equally wide.
    titles: what the two rows are. scale: for the pictures of ``before``; None takes what fits. caption: as above.

    Raises LabkitError when the numbers differ.
    """
    rows = pictures(before, "before"), pictures(after, "after")
    if len(rows[0]) != len(rows[1]):
        raise LabkitError(f"before holds {len(rows[0])} pictures and after {len(rows[1])}. Every picture needs its "
                          "partner: take as many of both, for instance before[:8] and after[:8].")
    labels = texts(titles, 2, "titles")
    scale = fitting(rows[0].shape[2], len(rows[0]), scale)
    width = max(1, round(rows[0].shape[2] * scale))
    sheet, y = Sheet(), MARGIN
    for row, label in zip(rows, labels, strict=True):
        y += math.ceil(sheet.words(MARGIN, y, label, 10, align="left")) + 2
        shown = [scaled(image, width / image.shape[1]) for image in row]
        for i, image in enumerate(shown):
            sheet.picture(MARGIN + i * (width + GAP), y, image)
        y += shown[0].shape[0] + GAP
    return captioned(sheet, caption)


def captioned(sheet, caption):
    """Return the sheet as a figure, with a caption, wrapped, below what is on it."""
    width = 0
    if caption:
        width = max(sheet.width + MARGIN, min(WIDTH, 360))
        sheet.paragraph(MARGIN, sheet.height + 6, str(caption), width - 2 * MARGIN, 9, GREY)
    return sheet.figure(width)


def _columns(count, columns):
    if columns is None:
        if count <= 8:
            return count
        most = max(8, math.isqrt(count - 1) + 1)
        return min(range(most, 4, -1), key=lambda number: -count % number)
    if not isinstance(columns, (int, np.integer)) or isinstance(columns, bool) or columns < 1:
        raise LabkitError(f"columns is {columns!r}. Expected a whole number from 1, for example columns=8.")
    return min(int(columns), count)
