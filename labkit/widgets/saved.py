"""What is kept of a play with noise: pictures that carry their noise, and animations.

The PNG is an ordinary picture of a grid. Beside its pixels it has one iTXt chunk named "labkit" (PNG specification,
section 11.3.3) with JSON: the generator's name and the SHA-256 of its weights, seed and settings, the latents
themselves (float32, base64), and how the grid is laid out.
"""

import base64
import dataclasses
import io
import json
from pathlib import Path

import numpy as np
from PIL import Image, PngImagePlugin

from labkit import files
from labkit.errors import LabkitError
from labkit.plotting.images import pillow, quantized, scaled, tiled

CHUNK, FORMAT, ZOOM = "labkit", 1, 2


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


def write(path, note: Note) -> Path:
    """Write the note as a PNG file; return its path. Raises LabkitError where nothing can be written."""
    count = len(note.images)
    columns = count if count <= 8 else -(-count // 2)
    content = {
        "format": FORMAT, "generator": note.generator, "weights": note.weights, "settings": note.settings,
        "shape": note.images.shape, "columns": columns, "zoom": ZOOM, "dim": note.latents.shape[1],
        "latents": base64.b64encode(np.ascontiguousarray(note.latents, "<f4").tobytes()).decode(),
    }
    chunks = PngImagePlugin.PngInfo()
    chunks.add_itxt(CHUNK, json.dumps(content, sort_keys=True), zip=True)
    with files.atomic(path) as file:
        pillow(tiled(note.images, columns, ZOOM)).save(file, "png", pnginfo=chunks, optimize=True)
    return Path(path)


def read(source) -> Note:
    """Return the note in a PNG file, given as a path or as bytes. Raises LabkitError for one that carries no noise."""
    name = "the file" if isinstance(source, bytes) else str(source)
    try:
        data = source if isinstance(source, bytes) else Path(source).read_bytes()
    except OSError as error:
        raise LabkitError(f"There is no file {name} that can be read ({str(error.strerror or error).lower()}). Save "
                          "one first, or give its whole path.") from error
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
        (count, height, width, channels), columns, zoom = (content[key] for key in ("shape", "columns", "zoom"))
        latents = np.frombuffer(base64.b64decode(content["latents"], validate=True), "<f4")
        latents = latents.reshape(count, content["dim"]).astype(np.float32)
        if not np.isfinite(latents).all():
            raise ValueError("noise that is no number")
        if pixels.shape[:2] != (-(-count // columns) * height * zoom, columns * width * zoom):
            raise ValueError("a grid of another size")
        cells = pixels[::zoom, ::zoom].reshape(-1, height, columns, width, channels)
        images = np.ascontiguousarray(cells.swapaxes(1, 2).reshape(-1, height, width, channels)[:count])
        return Note(latents, images, str(content["generator"]), str(content["weights"]), dict(content["settings"]))
    except (KeyError, TypeError, ValueError, ZeroDivisionError) as error:
        raise LabkitError(f"What {name} says of its noise cannot be read ({str(error)[:80]}): it was damaged or "
                          "changed. Save the picture anew.") from error


def animation(path, images) -> Path:
    """Write pictures, uint8 (n, h, w, 1 or 3), as an animation that plays there and back for ever; return the path.

    path: .gif (256 colours for all frames together) or .apng (all colours, larger); else LabkitError.
    """
    path = Path(path)
    if path.suffix not in (".gif", ".apng"):
        raise LabkitError(f"{path.name} ends in {path.suffix or 'nothing'}. Animations are saved as .gif or .apng.")
    frames = [Image.fromarray(scaled(np.broadcast_to(image, (*image.shape[:2], 3)), 4)) for image in images]
    kind, options = "png", {"save_all": True, "duration": 80, "loop": 0}
    if path.suffix == ".gif":
        kind, frames, options["optimize"] = "gif", quantized(frames, 256), False
    frames += frames[-2:0:-1]
    with files.atomic(path) as file:
        frames[0].save(file, kind, append_images=frames[1:], **options)
    return path
