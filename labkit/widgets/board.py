"""Pictures laid out on a transparent board: what a widget shows, and what a headless run shows of it."""

import functools
import io
import math

import numpy as np
from PIL import Image, ImageDraw, ImageFont

WIDTH = 800  # pixels that a board may take: a notebook's width beside JupyterLab's file browser
GAP = 4
GREY = (118, 118, 118, 255)  # words that can be read on white (4.5:1) and on JupyterLab's dark ground (4.1:1)
LINE = 13  # pixels of a line of words


def zoom(width: int, columns: int, wanted: int = 96) -> int:
    """Return how many pixels of the screen each pixel of a picture gets, at least 1."""
    room = (WIDTH + GAP) // columns - GAP
    return max(1, min(wanted, room) // width)


def columns_for(count: int) -> int:
    """Return how many pictures stand in a row: all of up to 8, else half of them."""
    return count if count <= 8 else math.ceil(count / 2)


def enlarged(image, scale: int) -> np.ndarray:
    """Return a picture uint8 (h, w, 1 or 3) as (scale·h, scale·w, 3), its pixels left square."""
    image = np.repeat(np.repeat(image, scale, axis=0), scale, axis=1)
    return np.repeat(image, 3, axis=2) if image.shape[2] == 1 else image


class Board:
    """An RGBA picture that grows as one puts things on it, at pixel positions from the top left."""

    def __init__(self):
        self._parts = []
        self.width = self.height = 0

    def put(self, x: int, y: int, picture) -> None:
        """Put an opaque uint8 (h, w, 3) or a uint8 (h, w, 4) picture there."""
        self._parts.append((x, y, picture))
        self.width = max(self.width, x + picture.shape[1])
        self.height = max(self.height, y + picture.shape[0])

    def words(self, x: int, y: int, text: str) -> None:
        """Write a line of words, grey, with its top left there."""
        self.put(x, y, _line(text))

    def frame(self, x: int, y: int, width: int, height: int, colour, line: int = 2) -> None:
        """Put a frame around the rectangle, outside it; put the picture in it afterwards."""
        box = np.empty((height + 2 * line, width + 2 * line, 3), np.uint8)
        box[:] = colour
        self.put(max(0, x - line), max(0, y - line), box)

    def array(self) -> np.ndarray:
        """Return the board, uint8 (height, width, 4)."""
        paper = np.zeros((self.height, self.width, 4), np.uint8)
        for x, y, picture in self._parts:
            where = paper[y:y + picture.shape[0], x:x + picture.shape[1]]
            if picture.shape[2] == 4:
                where[picture[..., 3] > 0] = picture[picture[..., 3] > 0]
            else:
                where[..., :3], where[..., 3] = picture, 255
        return paper


@functools.lru_cache(maxsize=256)
def _line(text: str) -> np.ndarray:
    font = ImageFont.load_default(size=11)
    width = math.ceil(font.getlength(text)) + 1
    sheet = Image.new("RGBA", (width, LINE), (*GREY[:3], 0))
    ImageDraw.Draw(sheet).text((0, 0), text, fill=GREY, font=font)
    return np.asarray(sheet)


def pairs(images, latents=None, numbers=True, marked=None, columns=None) -> np.ndarray:
    """Return a board of pictures, each with its number and, if given, its noise above it.

    images: uint8 (n, h, w, c). latents: float (n, dim), drawn as in ``plotting.latent_strip``. marked: the index of a
    picture that gets a frame.
    """
    from labkit.plotting.strips import noise_picture

    columns = columns or columns_for(len(images))
    scale = zoom(images.shape[2], columns)
    height, width = images.shape[1] * scale, images.shape[2] * scale
    squares = [] if latents is None else [noise_picture(latent) for latent in latents]
    side = max(1, min(4, width * 2 // 3 // squares[0].shape[1])) if squares else 0
    above = (LINE if numbers else 0) + (squares[0].shape[0] * side + 4 if squares else 0)
    board = Board()
    for i, image in enumerate(images):
        row, column = divmod(i, columns)
        x, y = 2 + column * (width + GAP), 2 + row * (height + above + GAP + 2)
        if numbers:
            board.words(x, y, str(i + 1))
        if squares:
            square = enlarged(squares[i], side)
            left = x + (width - square.shape[1]) // 2
            board.frame(left, y + (LINE if numbers else 0) + 1, square.shape[1], square.shape[0], GREY[:3], 1)
            board.put(left, y + (LINE if numbers else 0) + 1, square)
        if i == marked:
            board.frame(x, y + above, width, height, (230, 159, 0), 2)
        board.put(x, y + above, enlarged(image, scale))
    return board.array()


def row(images, words=None, wanted: int = 72) -> np.ndarray:
    """Return a board with one row of pictures, a few words above each."""
    scale = zoom(images.shape[2], len(images), wanted)
    board = Board()
    for i, image in enumerate(images):
        x = i * (images.shape[2] * scale + GAP)
        if words:
            board.words(x, 0, words[i])
        board.put(x, LINE if words else 0, enlarged(image, scale))
    return board.array()


def stacked(*boards) -> np.ndarray:
    """Return boards below each other as one."""
    board, y = Board(), 0
    for part in boards:
        board.put(0, y, part)
        y += part.shape[0] + GAP
    return board.array()


def png(board) -> bytes:
    """Return a board as PNG bytes: run lengths alone, five times faster than looking for repetitions."""
    file = io.BytesIO()
    Image.fromarray(board).save(file, "png", compress_level=1, compress_type=3)
    return file.getvalue()


def on_white(board) -> np.ndarray:
    """Return a board, uint8 (h, w, 4), as it looks on white paper: uint8 (h, w, 3)."""
    alpha = board[..., 3:].astype(np.uint16)
    return ((board[..., :3] * alpha + 255 * (255 - alpha) + 127) // 255).astype(np.uint8)
