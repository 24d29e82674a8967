"""Pictures on a sheet: the one place where they are tiled, framed, named and enlarged. matplotlib sets the words."""

import functools
import io
import math

import numpy as np
from PIL import Image

from labkit import files
from labkit.errors import LabkitError

DPI = 110
#: Width in pixels of a full figure: what JupyterLab leaves beside its file browser on a 1280-pixel screen.
WIDTH = 820
MARGIN, GAP = 8, 4
DARK = "#555555"  # words on white paper
GREY = "#767676"  # words that can be read on white (4.5:1) and on JupyterLab's dark ground (4.1:1)
SMALL, TITLE = 7.3, 8  # points
#: Eight colours that people with any common form of colour blindness can tell apart
#: (Okabe and Ito 2008, "Color Universal Design").
OKABE_ITO = {"blue": "#0072B2", "vermilion": "#D55E00", "green": "#009E73", "orange": "#E69F00",
             "purple": "#CC79A7", "sky": "#56B4E9", "black": "#000000", "yellow": "#F0E442"}
#: Latents are shown from -3 to 3: 99.7 % of a standard normal variable; what lies outside gets the end's colour.
SPAN = 3.0
#: ColorBrewer's PuOr from purple (negative) over white to orange.
_PUOR = np.array([(45, 0, 75), (84, 39, 136), (128, 115, 172), (178, 171, 210), (216, 218, 235), (247, 247, 247),
                  (254, 224, 182), (253, 184, 99), (224, 130, 20), (179, 88, 6), (127, 59, 8)])


class Sheet:
    """Collects pictures, frames and words (listed in ``text``) at pixels from the top left, and grows with them. On
    white paper it is a figure, with a margin; without, it is transparent: what a widget shows."""

    def __init__(self, paper: bool = True):
        self._paper, self._parts, self.text = paper, [], []
        self.width = self.height = 0

    def picture(self, x, y, array, scale: float = 1) -> None:
        """Place a picture, uint8 (height, width, 1, 3 or 4), enlarged or shrunk, with its top left corner there."""
        array = scaled(array, scale)
        self._parts.append((x, y, np.repeat(array, 3, axis=2) if array.shape[2] == 1 else array))
        self._grow(x + array.shape[1], y + array.shape[0])

    def box(self, x, y, width, height, colour: str, line: int = 2) -> None:
        """Draw a frame ``line`` pixels thick around the rectangle, outside it. Draw it before the picture."""
        rgb = tuple(bytes.fromhex(colour[1:]))
        self.picture(x - line, y - line, np.full((height + 2 * line, width + 2 * line, 3), rgb, np.uint8))

    def words(self, x, y, text, size=SMALL, colour=GREY, align="left") -> float:
        """Set one line of text with its top at y; x is its left or its centre. Returns the line's height."""
        width, height = measure(text, size)
        left = x - width / 2 if align == "center" else x
        self.text.append(text)
        self._parts.append((max(0, round(left)), round(y), _line(text, size, colour)))
        self._grow(left + width, y + height)
        return height

    def _grow(self, x, y):
        self.width, self.height = max(self.width, math.ceil(x)), max(self.height, math.ceil(y))

    def array(self) -> np.ndarray:
        """Return the sheet as one picture: on paper uint8 (height, width, 3), else uint8 (height, width, 4)."""
        room = MARGIN if self._paper else 0
        ground = (255,) * 4 if self._paper else (0,) * 4
        sheet = Image.new("RGBA", (self.width + room, self.height + room), ground)
        for x, y, array in self._parts:
            part = pillow(array)
            if part.mode == "RGBA":
                part = part.crop((0, 0, min(part.width, sheet.width - x), min(part.height, sheet.height - y)))
                sheet.alpha_composite(part, (x, y))
            else:
                sheet.paste(part, (x, y))
        return np.asarray(sheet.convert("RGB") if self._paper else sheet)

    def captioned(self, caption) -> "Sheet":
        """Write a caption below, wrapped to the sheet's width; returns the sheet."""
        if caption:
            y, self.width = self.height + 6, max(self.width, 360 - MARGIN)
            for line in wrap(str(caption), self.width - MARGIN, 9):
                y += self.words(MARGIN, y, line, 9, DARK) + 2
        return self

    def _repr_png_(self):
        return png(self.array())


@functools.cache
def _text():
    """Return matplotlib's renderer, for measuring, its class, and that of fonts."""
    from matplotlib.backends.backend_agg import RendererAgg
    from matplotlib.font_manager import FontProperties

    return RendererAgg(1, 1, DPI), RendererAgg, FontProperties


@functools.lru_cache(maxsize=4096)
def measure(text, size):
    """Return width and height in pixels of one line of text, with room below the baseline."""
    renderer, _, font = _text()
    return renderer.get_text_width_height_descent(text, font(size=size), ismath=False)[0], size * DPI / 72 * 1.25


@functools.lru_cache(maxsize=512)
def _line(text, size, colour):
    width, height = measure(text, size)
    renderer, kind, font = _text()
    font = font(size=size)
    _, tall, below = renderer.get_text_width_height_descent("lp", font, ismath=False)
    paper = kind(math.ceil(width) + 2, math.ceil(height) + 4, DPI)
    pen = paper.new_gc()
    pen.set_foreground(colour)
    paper.draw_text(pen, 0, math.ceil(tall - below), text, font, 0)
    return np.array(paper.buffer_rgba())


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
    """Return a picture (height, width, c) enlarged with its pixels left square, or shrunk by averaging."""
    if scale == 1:
        return array
    height, width = (max(1, round(side * scale)) for side in array.shape[:2])
    method = Image.Resampling.NEAREST if scale >= 1 else Image.Resampling.BOX
    return np.asarray(pillow(array).resize((width, height), method)).reshape(height, width, -1)


def fitting(side, columns, scale=None, rows=1) -> float:
    """Return the scale for pictures ``side`` pixels wide: what was asked for, else what fits ``columns`` of them; a
    whole factor where they are enlarged: all their pixels are equally large."""
    if scale is None:
        room = (WIDTH - 2 * MARGIN - GAP * (columns - 1)) // columns
        scale = min(room, max(112 if rows <= 2 else 80, side)) / side
        return int(scale) if scale >= 1 else scale
    if not isinstance(scale, (int, float, np.integer, np.floating)) or not 0 < scale <= 64:
        raise LabkitError(f"scale is {scale!r}. Expected a number above 0 and up to 64: "
                          "the pixels on the screen for each pixel of a picture, for example scale=3.")
    return float(scale)


def tiled(images, columns=None, scale=1, gap=0, ground=255) -> np.ndarray:
    """Return pictures, uint8 (n, h, w, c), as one, uint8 (height, width, c), in the order of reading.

    columns: pictures in a row; None: as square as can be. gap: pixels between them. ground: the shade of what is left.
    """
    count, height, width, channels = images.shape
    columns = columns or math.ceil(math.sqrt(count))
    rows, height, width = math.ceil(count / columns), height * scale, width * scale
    cells = np.full((rows * columns, height + gap, width + gap, channels), ground, np.uint8)
    cells[:count, :height, :width] = images.repeat(scale, 1).repeat(scale, 2)
    cells = cells.reshape(rows, columns, height + gap, width + gap, channels).swapaxes(1, 2)
    return cells.reshape(rows * (height + gap), columns * (width + gap), channels)[:-gap or None, :-gap or None]


def pillow(array) -> Image.Image:
    """Return a picture, uint8 (h, w, 1, 3 or 4), as one of Pillow's."""
    return Image.fromarray(np.ascontiguousarray(array[..., 0] if array.shape[2] == 1 else array))


def png(array) -> bytes:
    """Return a picture, uint8 (h, w, 1, 3 or 4), as a PNG: run lengths, five times as fast as repetitions."""
    file = io.BytesIO()
    pillow(array).save(file, "png", compress_level=1, compress_type=3)
    return file.getvalue()


def save(path, array) -> None:
    """Write a picture, uint8 (h, w, 1 or 3), as a PNG file."""
    with files.atomic(path) as file:
        pillow(array).save(file, "png", optimize=True)


def quantized(frames, colours: int) -> list:
    """Return RGB pictures of Pillow with one palette for all: with one for each a still background flickers."""
    palette = Image.fromarray(np.concatenate(frames)).quantize(colours, Image.Quantize.MEDIANCUT,
                                                               dither=Image.Dither.NONE)
    return [frame.quantize(palette=palette, dither=Image.Dither.NONE) for frame in frames]


def latent(count: int, dim: int, seed: int = 0) -> np.ndarray:
    """Return ``count`` standard normal latents, float32 (count, dim), the same for the same seed. A longer draw starts
    with the shorter one: ``latent(16, d, s)[:4]`` equals ``latent(4, d, s)``."""
    return np.random.default_rng(seed).standard_normal((count, dim), dtype=np.float32)


def to_levels(images) -> np.ndarray:
    """Return float pictures in [-1, 1] as uint8, rounded to the nearest level and clipped."""
    return np.clip(np.rint((np.asarray(images, np.float32) + 1) * 127.5), 0, 255).astype(np.uint8)


def noise_picture(latent):
    """Return a latent vector, float (latent_dim,), as a nearly square uint8 picture (rows, columns, 3).

    One square is one number, row by row: purple -3, white 0, orange 3. Places left over at the end are grey.
    """
    rows = next(r for r in range(math.isqrt(latent.size), 0, -1) if latent.size % r == 0)
    if rows * rows * 4 < latent.size:  # a prime, or nearly: better a few grey squares at the end than one long line
        rows = math.isqrt(latent.size - 1) + 1
    columns = math.ceil(latent.size / rows)
    squares = np.full((rows * columns, 3), 225, np.uint8)
    squares[:latent.size] = colours(latent)
    return squares.reshape(rows, columns, 3)


def colours(values) -> np.ndarray:
    """Return the colours of numbers, float (…), as noise is drawn: uint8 (…, 3)."""
    places = np.linspace(-SPAN, SPAN, len(_PUOR))
    return np.stack([np.rint(np.interp(values, places, channel)) for channel in _PUOR.T], -1).astype(np.uint8)
