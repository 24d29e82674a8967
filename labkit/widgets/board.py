"""Pictures laid out on a transparent board: what a widget shows, and what a headless run shows of it."""

import numpy as np

from labkit.plotting.images import GAP, GREY, OKABE_ITO, Sheet, noise_picture

WIDTH = 800  # pixels that a board may take: a notebook's width beside JupyterLab's file browser
LINE = 13  # pixels of a line of words


def zoom(width: int, columns: int, wanted: int = 96) -> int:
    """Return how many pixels of the screen each pixel of a picture gets, at least 1."""
    return max(1, min(wanted, (WIDTH + GAP) // columns - GAP) // width)


def columns_for(count: int) -> int:
    """Return how many pictures stand in a row: all of up to 8, else half of them."""
    return count if count <= 8 else -(-count // 2)


def pairs(images, latents=None, numbers=True, marked=None, columns=None) -> np.ndarray:
    """Return a board of pictures, each with its number and, if given, its noise above it.

    images: uint8 (n, h, w, c). latents: float (n, dim), drawn as in ``plotting.latent_strip``. marked: the index of a
    picture that gets a frame.
    """
    columns = columns or columns_for(len(images))
    scale = zoom(images.shape[2], columns)
    height, width = images.shape[1] * scale, images.shape[2] * scale
    squares = [] if latents is None else [noise_picture(latent) for latent in latents]
    side = max(1, min(4, width * 2 // 3 // squares[0].shape[1])) if squares else 0
    tall, wide = (n * side for n in squares[0].shape[:2]) if squares else (-4, 0)
    top = LINE if numbers else 0
    board = Sheet(paper=False)
    for i, image in enumerate(images):
        row, column = divmod(i, columns)
        x, y = 2 + column * (width + GAP), 2 + row * (height + top + tall + 4 + GAP + 2)
        if numbers:
            board.words(x, y, str(i + 1))
        if squares:
            left = x + (width - wide) // 2
            board.box(left, y + top + 1, wide, tall, GREY, 1)
            board.picture(left, y + top + 1, squares[i], side)
        if i == marked:
            board.box(x, y + top + tall + 4, width, height, OKABE_ITO["orange"])
        board.picture(x, y + top + tall + 4, image, scale)
    return board.array()


def stacked(*boards) -> np.ndarray:
    """Return boards below each other as one."""
    board = Sheet(paper=False)
    for part in boards:
        board.picture(0, board.height + (GAP if board.height else 0), part)
    return board.array()


def on_white(board) -> np.ndarray:
    """Return a board, uint8 (h, w, 4), as it looks on white paper: uint8 (h, w, 3)."""
    alpha = board[..., 3:].astype(np.uint16)
    return ((board[..., :3] * alpha + 255 * (255 - alpha) + 127) // 255).astype(np.uint8)
