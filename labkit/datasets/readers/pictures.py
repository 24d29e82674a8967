"""Pictures in any format that Pillow reads: decoding, cropping, resizing, folders of them."""

import hashlib
import os
import re
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from labkit.datasets.readers.damage import DamagedFile
from labkit.errors import LabkitError

SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff")
# Aligned sets come with much around the face: LFW's 250x250 pictures have the face in the middle half.
_FACES = {(250, 250): 128}
# A tile of a photograph: PHOTO_ROW_COLUMN, with the scale it was cut from (f, m, w) before.
_TILE = re.compile(r"(_[fmw])?(_\d+_\d+)?$")


def decode(file, name=None) -> Image.Image:
    """Decode a picture (path or open file) as RGB, turned upright as its EXIF data says, transparency on white.

    Raises DamagedFile with ``name`` (default: the path) when it is no picture or was cut short.
    """
    try:
        with Image.open(file) as picture:
            picture.load()
            picture = ImageOps.exif_transpose(picture)
            if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
                picture = picture.convert("RGBA")
                picture = Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture)
            if picture.mode.startswith("I;16") or picture.mode == "I":
                picture = Image.fromarray((np.asarray(picture, np.uint32) >> 8).clip(0, 255).astype(np.uint8))
            return picture.convert("RGB")
    except (OSError, ValueError, SyntaxError, EOFError, TypeError, LookupError, Image.DecompressionBombError) as error:
        # Pillow's decoders meet damaged bytes with all of these; a file that is not there is another matter.
        if isinstance(error, FileNotFoundError | PermissionError):
            raise
        raise DamagedFile(f"{name or file} cannot be read as a picture: it is damaged or cut short.") from error


def fit(picture: Image.Image, size: tuple[int, int], crop: int | None = None) -> np.ndarray:
    """Crop the middle of a picture to the aspect of ``size`` (height, width) and resize: uint8 (height, width, C).

    Lanczos with antialiasing, computed on the uint8 values, as Parmar et al. 2022, "On aliased resizing",
    recommend for Fréchet distances. ``crop``: take this many pixels of the middle first.
    """
    if crop:
        left, top = (picture.width - crop) // 2, (picture.height - crop) // 2
        picture = picture.crop((left, top, left + crop, top + crop))
    height, width = size
    if (picture.height, picture.width) != (height, width):
        picture = ImageOps.fit(picture, (width, height), Image.Resampling.LANCZOS)
    return np.asarray(picture)


def resize(images: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Crop and resize uint8 NHWC images with 1 or 3 channels to ``size`` (height, width), as ``fit`` does."""
    if images.shape[1:3] == tuple(size):
        return images
    resized = np.empty((len(images), *size, images.shape[3]), np.uint8)
    for i, image in enumerate(images):
        picture = Image.fromarray(image[..., 0] if image.shape[-1] == 1 else image)
        resized[i] = fit(picture, size).reshape(resized.shape[1:])
    return resized


def natural(path) -> list:
    """Return a sort key that puts 2.jpg before 10.jpg."""
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part.lower())
            for part in re.split(r"(\d+)", str(path)) if part]


def find(folder) -> list[Path]:
    """Return the pictures in a folder and below, in natural order; hidden files and other files are left out."""
    found = []
    for parent, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        found += [Path(parent, name) for name in names
                  if name.lower().endswith(SUFFIXES) and not name.startswith((".", "._"))]
    return sorted(found, key=lambda path: natural(path.relative_to(folder).as_posix()))


def any_in(folder) -> bool:
    """Tell whether a folder holds a picture, without listing it all."""
    for _, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        if any(name.lower().endswith(SUFFIXES) and not name.startswith(".") for name in names):
            return True
    return False


def photo_of(path) -> str:
    """Return the photograph that a tile was cut from: ``Bridge_f_0_3.jpg`` → "Bridge"."""
    return _TILE.sub("", Path(path).stem)


def choose_split(groups: list[str], split: str, share: float) -> np.ndarray:
    """Return which items belong to a split, as increasing indices: int64.

    ``groups`` names for each item what must stay together: the file's name, the photograph of a tile, the person.
    The test split holds ``share`` of the groups (at least one of two), those whose names have the smallest SHA-256
    after the prefix "labkit": the same on every computer and in every order. "all" is everything.
    """
    if split == "all":
        return np.arange(len(groups))
    ranked = sorted(set(groups), key=lambda group: hashlib.sha256(f"labkit{group}".encode()).digest())
    count = max(1, round(share * len(ranked))) if len(ranked) > 1 else 0
    test = set(ranked[:count])
    return np.array([i for i, group in enumerate(groups) if (group in test) == (split == "test")], np.int64)


def read(paths, size: tuple[int, int], faces: bool = False) -> np.ndarray:
    """Decode files into uint8 (N, height, width, 3), cropped and resized to ``size`` (height, width).

    ``faces`` crops the 250x250 pictures of LFW to the face. Raises DamagedFile naming the first picture that cannot
    be read.
    """
    images = np.empty((len(paths), *size, 3), np.uint8)
    for i, path in enumerate(paths):
        picture = decode(path)
        images[i] = fit(picture, size, _FACES.get(picture.size) if faces else None)
    return images


def common_size(paths) -> tuple[int, int]:
    """Return the (height, width) that all files share, read from their headers.

    Raises LabkitError naming two files of different sizes, DamagedFile naming one that is no picture.
    """
    first = None
    for path in paths:
        try:
            with Image.open(path) as picture:
                own = (picture.height, picture.width)
        except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
            raise DamagedFile(f"{path} cannot be read as a picture: it is damaged or cut short.") from error
        if first is None:
            first = own
        elif own != first:
            raise LabkitError(f"The pictures have different sizes: {paths[0].name} {first[1]}x{first[0]}, {path.name} "
                              f"{own[1]}x{own[0]}. Say to which size they are to be brought, for instance size=64.")
    return first
