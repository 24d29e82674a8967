"""A sheet of paper measured in pixels: pictures are painted on it exactly, text is set over it."""

import numpy as np
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.font_manager import FontProperties
from PIL import Image

from labkit.errors import LabkitError
from labkit.plotting.style import DPI, WIDTH, Picture, context

MARGIN = 8
GAP = 4


class Sheet:
    """Collects pictures, frames and words at pixel positions from the top left, then becomes a figure."""

    def __init__(self):
        self._pictures, self._words = [], []
        self.width = self.height = 0

    def picture(self, x, y, array):
        """Place a uint8 array (height, width, 3) with its top left corner at (x, y)."""
        self._pictures.append((x, y, array))
        self._grow(x + array.shape[1], y + array.shape[0])

    def box(self, x, y, width, height, colour, line):
        """Draw a frame ``line`` pixels thick around the rectangle, outside it. Draw it before the picture."""
        rgb = np.array([int(colour[i:i + 2], 16) for i in (1, 3, 5)], np.uint8)
        self.picture(x - line, y - line, np.broadcast_to(rgb, (height + 2 * line, width + 2 * line, 3)))

    def words(self, x, y, text, size=9, colour="black", align="center", weight="normal"):
        """Set one line of text with its top at y; x is its left, centre or right. Returns its height."""
        width, height = measure(text, size, weight)
        left = {"left": x, "center": x - width / 2, "right": x - width}[align]
        self._words.append((x, y, text, size, colour, align, weight))
        self._grow(left + width, y + height)
        return height

    def paragraph(self, x, y, text, width, size=9, colour="black"):
        """Set text wrapped to ``width`` pixels, flush left. Returns the height of all lines."""
        top = y
        for line in wrap(text, width, size):
            top += self.words(x, top, line, size, colour, "left") + 2
        return top - y

    def _grow(self, x, y):
        self.width, self.height = max(self.width, int(np.ceil(x))), max(self.height, int(np.ceil(y)))

    def figure(self, width=0) -> Picture:
        """Return the figure; it is at least ``width`` pixels wide."""
        width, height = max(self.width + MARGIN, width), self.height + MARGIN
        paper = np.full((height, width, 3), 255, np.uint8)
        for x, y, array in self._pictures:
            paper[y:y + array.shape[0], x:x + array.shape[1]] = array
        with context():
            # The tiny factor keeps matplotlib from rounding 803 pixels down to 802.
            figure = Picture(figsize=(width / DPI * (1 + 1e-9), height / DPI * (1 + 1e-9)), dpi=DPI)
            figure.figimage(paper, origin="upper")
            for x, y, text, size, colour, align, weight in self._words:
                figure.text(x / width, 1 - y / height, text, fontsize=size, color=colour, ha=align, va="top",
                            fontweight=weight, parse_math=False)
        return figure


_RENDERER = RendererAgg(1, 1, DPI)


def measure(text, size, weight="normal"):
    """Return width and height in pixels of one line of text, with room below the baseline."""
    font = FontProperties(size=size, weight=weight)
    width = _RENDERER.get_text_width_height_descent(text, font, ismath=False)[0]
    return width, size * DPI / 72 * 1.25


def wrap(text, width, size) -> list[str]:
    """Break text into lines no wider than ``width`` pixels, unless one word is wider."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and measure(longer, size)[0] > width:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


def shorten(text, width, size) -> str:
    """Cut text so that it fits into ``width`` pixels; an ellipsis shows the cut."""
    if measure(text, size)[0] <= width:
        return text
    while text and measure(text + "…", size)[0] > width:
        text = text[:-1]
    return text.rstrip() + "…"


def scaled(array, scale):
    """Return a picture (height, width, 3) enlarged with its pixels left square, or shrunk by averaging."""
    height, width = (max(1, round(side * scale)) for side in array.shape[:2])
    if (height, width) == array.shape[:2]:
        return array
    method = Image.Resampling.NEAREST if scale >= 1 else Image.Resampling.BOX
    return np.asarray(Image.fromarray(np.ascontiguousarray(array)).resize((width, height), method))


def fitting(side, columns, scale, rows=1):
    """Return the scale for pictures ``side`` pixels wide: what was asked for, else what fits ``columns`` of them.

    Enlarged pictures get a whole factor, so that all their pixels are equally large.
    """
    if scale is None:
        wanted = 112 if rows <= 2 else 80
        room = (WIDTH - 2 * MARGIN - GAP * (columns - 1)) // columns
        scale = min(room, max(wanted, side)) / side
        return int(scale) if scale >= 1 else scale
    if not isinstance(scale, (int, float, np.integer, np.floating)) or not 0 < scale <= 64:
        raise LabkitError(f"scale is {scale!r}. Expected a number above 0 and up to 64: "
                          "the pixels on the screen for each pixel of a picture, for example scale=3.")
    return float(scale)
