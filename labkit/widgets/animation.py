"""Moving pictures as files: GIF, which every program shows, and APNG, which keeps every colour."""

import io
from pathlib import Path

import numpy as np
from PIL import Image

from labkit import files
from labkit.errors import LabkitError
from labkit.plotting.images import scaled

KINDS = ("gif", "apng")


def animation(images, kind="gif", milliseconds=80, zoom=4, there_and_back=True) -> bytes:
    """Return the bytes of an animation that repeats for ever.

    images: uint8 (n, h, w, 1 or 3), n >= 2. kind: "gif" (256 colours for all frames together) or "apng" (all colours,
    larger). milliseconds: how long a picture stays, 20 to 10,000. zoom: pixels for each pixel. there_and_back: play
    the pictures backwards, too, so that nothing jumps. Raises LabkitError for anything else.
    """
    images = np.asarray(images)
    if kind not in KINDS:
        raise LabkitError(f"kind is {kind!r}. Expected one of {', '.join(map(repr, KINDS))}.")
    if images.ndim != 4 or len(images) < 2 or images.dtype != np.uint8:
        raise LabkitError(f"An animation needs two pictures or more, uint8 (n, height, width, channels), and these are "
                          f"{images.dtype} {images.shape}.")
    if not 20 <= milliseconds <= 10_000:
        raise LabkitError(f"milliseconds is {milliseconds!r}. Expected 20 to 10,000 for each picture.")
    frames = [Image.fromarray(scaled(np.broadcast_to(image, (*image.shape[:2], 3)), zoom)) for image in images]
    if there_and_back:
        frames += frames[-2:0:-1]
    file = io.BytesIO()
    if kind == "gif":
        # One palette for all: with one for each frame a still background flickers.
        strip = Image.fromarray(np.concatenate([np.asarray(frame) for frame in frames[:len(images)]]))
        palette = strip.quantize(256, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
        frames = [frame.quantize(palette=palette, dither=Image.Dither.NONE) for frame in frames]
        frames[0].save(file, "gif", save_all=True, append_images=frames[1:], duration=milliseconds, loop=0,
                       optimize=False)
    else:
        frames[0].save(file, "png", save_all=True, append_images=frames[1:], duration=milliseconds, loop=0)
    return file.getvalue()


def save(path, images, **options) -> Path:
    """Write an animation; the ending says which kind: .gif, or .png and .apng. Returns the path."""
    path = Path(path)
    kind = {".gif": "gif", ".png": "apng", ".apng": "apng"}.get(path.suffix.lower())
    if kind is None:
        raise LabkitError(f"{path.name} ends in {path.suffix or 'nothing'}. Animations are saved as .gif or .apng.")
    data = animation(images, kind, **options)
    with files.atomic(path) as file:
        file.write(data)
    return path
