"""Pictures that carry their noise: a PNG file from which the same pictures can be made again.

The PNG is an ordinary picture of a grid. Beside its pixels it has one iTXt chunk named "labkit" (PNG specification,
section 11.3.3) with JSON: the generator's name and the SHA-256 of its weights, seed and settings, the latents
themselves (float32, base64), and how the grid is laid out.
"""

import base64
import binascii
import dataclasses
import io
import json
from pathlib import Path

import numpy as np
from PIL import Image, PngImagePlugin

from labkit import files
from labkit.errors import LabkitError
from labkit.plotting.images import tiled
from labkit.widgets.board import columns_for

CHUNK, FORMAT = "labkit", 1
MOST, LONGEST, LARGEST = 64, 4096, 50_000_000  # pictures, numbers of a latent, bytes of a file: what is read
ZOOM = 2


@dataclasses.dataclass(frozen=True)
class Note:
    """What a saved picture says of itself.

    latents: float32 (n, dim). images: uint8 (n, h, w, c), as they were made then. generator: its name. weights: the
    SHA-256 of its weights. settings: seed, scale and so on, as the widget had them.
    """

    latents: np.ndarray
    images: np.ndarray
    generator: str
    weights: str
    settings: dict


def dumps(note: Note) -> bytes:
    """Return the note as the bytes of a PNG file."""
    count, height, width, channels = note.images.shape
    columns = columns_for(count)
    sheet = tiled(note.images, columns, ZOOM)
    content = {
        "format": FORMAT, "generator": note.generator, "weights": note.weights, "settings": note.settings,
        "shape": [count, height, width, channels], "columns": columns, "zoom": ZOOM, "dim": note.latents.shape[1],
        "latents": base64.b64encode(np.ascontiguousarray(note.latents, "<f4").tobytes()).decode(),
    }
    chunks = PngImagePlugin.PngInfo()
    chunks.add_itxt(CHUNK, json.dumps(content, sort_keys=True), zip=True)
    file = io.BytesIO()
    Image.fromarray(sheet.squeeze(-1) if channels == 1 else sheet).save(file, "png", pnginfo=chunks, optimize=True)
    return file.getvalue()


def save(path, note: Note) -> Path:
    """Write the note as a PNG file; return its path. Raises LabkitError where nothing can be written."""
    data = dumps(note)
    with files.atomic(path) as file:
        file.write(data)
    return Path(path)


def load(path) -> Note:
    """Return the note in a PNG file. Raises LabkitError for a file that is none, or that carries no noise."""
    path = Path(path)
    try:
        if path.stat().st_size > LARGEST:
            raise LabkitError(f"{path} is larger than {LARGEST / 1e6:.0f} MB: no picture that was saved here.")
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise LabkitError(f"There is no file {path}. Save one first, or give its whole path.") from error
    except OSError as error:
        raise LabkitError(f"{path} cannot be read: {str(error.strerror or error).lower()}.") from error
    return loads(data, str(path))


def loads(data: bytes, name: str = "the file") -> Note:
    """Return the note in the bytes of a PNG file; ``name`` is what errors call it."""
    try:
        with Image.open(io.BytesIO(data), formats=["PNG"]) as picture:
            pixels, text = np.asarray(picture), picture.text
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise LabkitError(f"{name} is no PNG picture, or a damaged one. Load one that \"Save PNG\" wrote.") from error
    if CHUNK not in text:
        raise LabkitError(f"{name} carries no noise. Only pictures saved by these widgets do, and programs that save "
                          "a copy or take a screenshot leave the noise out.")
    try:
        content = json.loads(text[CHUNK])
        if content["format"] != FORMAT:
            raise LabkitError(f"{name} has the format {content['format']!r}, and this labkit reads format {FORMAT}. "
                              "Update the one that is older.")
        count, height, width, channels = shape = tuple(map(int, content["shape"]))
        dim, columns, zoom = (int(content[key]) for key in ("dim", "columns", "zoom"))
        if not (0 < count <= MOST and 0 < dim <= LONGEST and 0 < columns <= count and 0 < zoom <= 16):
            raise ValueError("impossible numbers")
        latents = np.frombuffer(base64.b64decode(content["latents"], validate=True), "<f4").reshape(count, dim)
        if not np.isfinite(latents).all():
            raise ValueError("noise that is no number")
        rows = -(-count // columns)
        if pixels.shape[:2] != (rows * height * zoom, columns * width * zoom):
            raise ValueError("a grid of another size")
        cells = pixels[::zoom, ::zoom].reshape(rows, height, columns, width, channels).swapaxes(1, 2)
        images = np.ascontiguousarray(cells.reshape(-1, *shape[1:])[:count])
        return Note(latents.astype(np.float32), images, str(content["generator"]), str(content["weights"]),
                    dict(content["settings"]))
    except (KeyError, TypeError, ValueError, binascii.Error) as error:
        raise LabkitError(f"What {name} says of its noise cannot be read ({str(error)[:80]}): it was damaged or "
                          "changed. Save the picture anew.") from error
