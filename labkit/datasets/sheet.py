"""Contact sheets: many images of a set on one PNG."""

import math

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from labkit import files
from labkit.datasets.imageset import ImageSet

_LINE, _GAP = 22, 2


def contact_sheet(images: ImageSet, path, n: int = 64):
    """Write the first ``n`` images of a set as a PNG with a line that names the set; return the path.

    With classes, each row is one class as long as there are at most 16. Small images are enlarged by a whole factor
    so that their pixels stay squares. Raises LabkitError when the file cannot be written.
    """
    chosen, columns = _layout(images, n)
    height, width = images.shape[:2]
    zoom = max(1, 64 // max(height, width))
    cell_h, cell_w = zoom * height + _GAP, zoom * width + _GAP
    rows = math.ceil(len(chosen) / columns)
    sheet = Image.new("RGB", (max(columns * cell_w, 360), rows * cell_h + _LINE), "white")
    caption = f"{images.title}, {images.split}: {len(chosen)} of {len(images):,} images"
    ImageDraw.Draw(sheet).text((4, 3), caption, fill="black", font=ImageFont.load_default(14))
    for place, index in enumerate(chosen):
        pixels = images.images[index]
        picture = Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels)
        picture = picture.resize((zoom * width, zoom * height), Image.Resampling.NEAREST)
        sheet.paste(picture, (place % columns * cell_w, _LINE + place // columns * cell_h))
    with files.atomic(path) as file:
        sheet.save(file, "PNG")
    return path


def _layout(images, n):
    """Return the indices to show, row by row, and the number of columns."""
    count = min(n, len(images))
    if images.labels is None or not 1 < len(images.class_names) <= 16 or count < len(images.class_names):
        return np.arange(count), max(1, math.ceil(math.sqrt(count)))
    columns = count // len(images.class_names)
    found = [np.flatnonzero(images.labels == label)[:columns] for label in range(len(images.class_names))]
    if any(len(row) < columns for row in found):
        return np.arange(count), math.ceil(math.sqrt(count))
    return np.concatenate(found), columns
