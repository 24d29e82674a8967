"""What is kept of a play with noise: pictures that carry their noise, and animations.

The PNG is an ordinary picture of a grid. Beside its pixels it has one iTXt chunk named "labkit" (PNG specification,
section 11.3.3) with JSON: the generator's name and the SHA-256 of its weights, seed and settings, and the latents
themselves (float32, base64).
"""

import base64
import io
import json
from pathlib import Path

import numpy as np
from PIL import Image, PngImagePlugin

from labkit import files
from labkit.errors import LabkitError
from labkit.plotting.images import pillow, quantized, scaled, tiled

CHUNK = "labkit"


def grid(images) -> Image.Image:
    """Return pictures, uint8 (n, h, w, c), as one of Pillow's, twice as large: in one row of up to 8, or in two."""
    return pillow(tiled(images, len(images) if len(images) <= 8 else -(-len(images) // 2), 2))


def write(path, images, latents, **facts) -> Path:
    """Write pictures, uint8 (n, h, w, c), as a PNG that carries their latents, float32 (n, dim), and what else is to be
    known; return its path. Raises LabkitError where nothing can be written."""
    noise = base64.b64encode(np.ascontiguousarray(latents, "<f4").tobytes()).decode()
    chunks = PngImagePlugin.PngInfo()
    chunks.add_itxt(CHUNK, json.dumps({**facts, "dim": latents.shape[1], "latents": noise}, sort_keys=True), zip=True)
    with files.atomic(path) as file:
        grid(images).save(file, "png", pnginfo=chunks, optimize=True)
    return Path(path)


def read(source) -> tuple[np.ndarray, dict]:
    """Return the pixels of a PNG that ``write`` wrote, uint8, and what it says of itself: "latents", float32 (n, dim),
    and the facts. source: a path, or the file's bytes. Raises LabkitError for one that carries no noise."""
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
        facts = json.loads(text[CHUNK])
        latents = np.frombuffer(base64.b64decode(facts["latents"], validate=True), "<f4").reshape(-1, facts["dim"])
    except (KeyError, TypeError, ValueError) as error:
        raise LabkitError(f"What {name} says of its noise cannot be read ({str(error)[:80]}): it was damaged or "
                          "changed. Save the picture anew.") from error
    return pixels, facts | {"latents": latents.astype(np.float32)}


def animation(path, images) -> Path:
    """Write pictures, uint8 (n, h, w, 1 or 3), as a GIF that plays there and back for ever; return the path."""
    path = Path(path)
    if path.suffix != ".gif":
        raise LabkitError(f"{path.name} ends in {path.suffix or 'nothing'}. Animations are saved as .gif.")
    frames = quantized([Image.fromarray(scaled(np.broadcast_to(image, (*image.shape[:2], 3)), 4)) for image in images],
                       256)
    with files.atomic(path) as file:
        frames[0].save(file, "gif", save_all=True, append_images=frames[1:] + frames[-2:0:-1], duration=80, loop=0,
                       optimize=False)
    return path
