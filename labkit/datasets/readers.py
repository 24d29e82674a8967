"""Readers of the official file formats: a path in, NumPy arrays out. They know nothing of where files come from."""

import contextlib
import gzip
import hashlib
import io
import pickle
import re
import struct
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from labkit.errors import LabkitError

SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff")
LARGEST = 200_000_000  # bytes that an IDX file may unpack to; MNIST's has 47 million
_BEGINNINGS = {
    b"version https://git-lfs": "a Git LFS pointer, not the file itself", b"\x1f\x8b": "a gzip file",
    b"PK\x03\x04": "a zip archive", b"\x89PNG": "a PNG picture", b"\xff\xd8\xff": "a JPEG picture",
    b"\x89HDF": "an HDF5 file", b"MATLAB 5": "a MATLAB file", b"\x80": "a Python pickle",
}


class DamagedFile(LabkitError):
    """A file that is truncated, swapped or something else; whoever knows where it came from adds what to type."""


def what(path) -> str:
    """Say in words what a file is, judged by its first bytes: "a web page (HTML)", "empty", "a zip archive" …"""
    with open(path, "rb") as file:
        head = file.read(512)
    if b"<html" in head.lower():
        return "a web page (HTML), which servers send for an error or a login"
    words = next((words for begin, words in _BEGINNINGS.items() if head.startswith(begin)), "something else")
    return words if head else "empty"


@contextlib.contextmanager
def _reading(path, kind: str, right: str | None = None):
    """Turn a decoder's error into a DamagedFile that names the file. right: what ``what`` returns for a sound one."""
    try:
        yield
    except (LabkitError, FileNotFoundError, PermissionError):
        raise
    except Exception as error:  # decoders meet damaged bytes with a dozen kinds, some of them their libraries' own
        found = what(path) if right else ""
        words = "" if str(path) in str(error) else f" ({'without ' * isinstance(error, KeyError)}{error})"
        reason = f"damaged or cut short{words}" if found == (right or "") else found
        raise DamagedFile(f"{path} cannot be read as {kind}: it is {reason}.") from error


def idx_content(path) -> bytes:
    """Return the bytes of a file, gunzipped where it is gzipped. Raises DamagedFile for a truncated or endless one."""
    with _reading(path, "a gzip file", "a gzip file"), open(path, "rb") as file:
        zipped = file.peek(2).startswith(b"\x1f\x8b")
        content = (gzip.GzipFile(fileobj=file) if zipped else file).read(LARGEST + 1)
        if len(content) > LARGEST:
            raise ValueError(f"it holds more than {LARGEST:,} bytes")
        return content


def read_idx(paths, contents=None) -> tuple[np.ndarray, np.ndarray]:
    """Read MNIST's format, a file of images and one of labels: uint8 (N, 28, 28, 1), read-only, and int64 (N,). Raises
    DamagedFile naming the file. contents: their gunzipped bytes. Source: MNIST's home page (big-endian)."""
    arrays = []
    for path, content, magic in zip(paths, contents or map(idx_content, paths), (2051, 2049), strict=True):
        with _reading(path, "an IDX file"):
            found, rank = int.from_bytes(content[:4]), magic % 256
            if found in (2049, 2051) and found != magic:
                raise DamagedFile(f"{path} holds the other of images and labels: two files were swapped.")
            if found != magic:
                raise DamagedFile(f"{path} is no IDX file but {what(path)}.")
            shape = struct.unpack_from(f">{rank}I", content, 4)
            arrays.append(np.frombuffer(content, np.uint8, offset=4 + 4 * rank).reshape(shape))
    with _reading(paths[0], "a set of pictures with labels"):
        return _checked(arrays[0][..., None], arrays[1], (28, 28, 1))


def _checked(images, labels, shape, least=0, most=9):
    """Check uint8 images (N, *shape) and whole labels (N,); return them, the labels as int64."""
    images, labels = np.asarray(images), np.asarray(labels)
    if not len(images) or images.dtype != np.uint8 or images.shape[1:] != shape:
        raise ValueError(f"it does not hold uint8 pictures of {'x'.join(map(str, shape))}")
    if labels.shape != (len(images),):
        raise ValueError(f"{labels.size:,} labels for {len(images):,} pictures")
    if labels.dtype.kind not in "iu":
        raise ValueError("labels that are no whole numbers")
    if not least <= labels.min() <= labels.max() <= most:
        raise ValueError(f"labels from {labels.min()} to {labels.max()}, not {least} to {most}")
    return images, labels.astype(np.int64)


class _Unpickler(pickle.Unpickler):
    """A pickle may name any function and call it; this one only what an array is made of."""

    def find_class(self, module, name):
        called = f"{module}.{name}".replace("numpy._core.", "numpy.core.")
        if called not in ("_codecs.encode", "numpy.core.multiarray._reconstruct", "numpy.ndarray", "numpy.dtype"):
            raise pickle.UnpicklingError(f"it asks Python to call {called}, which pictures never need")
        return super().find_class(module, name)


def read_cifar(paths) -> tuple[np.ndarray, np.ndarray]:
    """Read CIFAR-10's pickled batches: uint8 (N, 32, 32, 3) and int64 (N,), 0 … 9. Raises DamagedFile naming the batch.
    Source: its home page (flat rows of 3,072, planes R, G, B)."""
    parts = []
    for path in paths:
        with _reading(path, "one of CIFAR-10's files", "a Python pickle"), open(path, "rb") as file:
            record = _Unpickler(file, encoding="latin1").load()
            if not isinstance(record, dict):
                raise ValueError("it holds no dictionary")
            record = {key.decode("latin1") if isinstance(key, bytes) else key: value for key, value in record.items()}
            if not {"data", "labels"} <= record.keys():
                raise ValueError(f"it holds {', '.join(map(str, record))}")
            if type(record["data"]) is not np.ndarray or any(type(label) is not int for label in record["labels"]):
                raise ValueError("no array of pictures and whole numbers")  # nested lists would take for ever
            flat, labels = _checked(record["data"], record["labels"], (3072,))
            parts.append((flat.reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1), labels))
    return np.concatenate([images for images, _ in parts]), np.concatenate([labels for _, labels in parts])


def read_svhn(path) -> tuple[np.ndarray, np.ndarray]:
    """Read ``train_32x32.mat`` and its like, sample last, 10 for the digit 0: uint8 (N, 32, 32, 3), int64 labels (N,).
    Raises DamagedFile naming the file. Source: SVHN's home page, "Format 2: Cropped Digits"."""
    from scipy.io import loadmat

    with _reading(path, "one of SVHN's MATLAB files", "a MATLAB file"):
        record = loadmat(path, variable_names=("X", "y"))
        images, labels = _checked(record["X"].transpose(3, 0, 1, 2), record["y"].reshape(-1), (32, 32, 3), 0, 10)
        return np.ascontiguousarray(images), labels % 10


def lsun(path) -> np.ndarray:
    """Return the keys (text) and encoded pictures (bytes) of an LSUN database in its order: objects (N, 2). Raises
    DamagedFile. Source: LSUN's own ``data.py``."""
    import lmdb

    with _reading(path, "an LMDB file"), lmdb.open(str(path.parent), readonly=True, lock=False) as database:
        # LMDB maps the file into memory: reading behind its end would end the process, not raise an error.
        size = (database.info()["last_pgno"] + 1) * database.stat()["psize"]
        if path.stat().st_size < size:
            raise ValueError(f"{path.stat().st_size:,} of {size:,} bytes")
        with database.begin() as reader, reader.cursor() as cursor:
            return np.array([(key.decode("latin1"), value) for key, value in cursor], object)


def read_lsun(path, pairs, size: tuple[int, int]) -> np.ndarray:
    """Decode pictures of ``lsun``: uint8 (N, height, width, 3). Raises DamagedFile naming the key of one."""
    return np.stack([fit(decode(io.BytesIO(value), f"{path} (picture {key})"), size) for key, value in pairs])


def decode(file, name=None) -> Image.Image:
    """Decode a picture (path or open file) as RGB, upright, transparency on white. Raises DamagedFile with ``name``."""
    with _reading(name or file, "a picture"), Image.open(file) as picture:
        picture.load()
        picture = ImageOps.exif_transpose(picture)
        if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
            picture = picture.convert("RGBA")
            picture = Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture)
        if picture.mode[0] in "IF":  # 16 bits, 32 bits, floating point: what is white?
            values, tops = np.asarray(picture, np.float64), (1, 255, 65_535) if picture.mode == "F" else (255, 65_535)
            if not 0 <= values.min() <= values.max() <= 65_535:
                raise ValueError(f"its values run from {values.min():g} to {values.max():g}; which one is white?")
            white = 65_535 if picture.mode.startswith("I;16") else min(top for top in tops if top >= values.max())
            picture = Image.fromarray(np.rint(values * 255 / white).astype(np.uint8))
        return picture.convert("RGB")


def fit(picture: Image.Image, size: tuple[int, int]) -> np.ndarray:
    """Crop the middle of a picture to the aspect of ``size`` (height, width) and resize: uint8 (height, width, C), by
    Lanczos with antialiasing, as Parmar et al. 2022, "On aliased resizing", recommend for scores."""
    if (picture.height, picture.width) != tuple(size):
        picture = ImageOps.fit(picture, size[::-1], Image.Resampling.LANCZOS)
    return np.asarray(picture)


def resize(images: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Crop and resize uint8 NHWC images with 1 or 3 channels to ``size`` (height, width), as ``fit`` does."""
    if images.shape[1:3] == tuple(size):
        return images
    resized = np.empty((len(images), *size, images.shape[3]), np.uint8)
    for i, image in enumerate(images):
        resized[i] = fit(Image.fromarray(image.squeeze(-1) if image.shape[-1] == 1 else image), size).reshape(*size, -1)
    return resized


def find_pictures(folder) -> list[Path]:
    """Return the pictures in a folder and below, 2.jpg before 10.jpg; hidden files and other files are left out."""
    paths = {path: path.relative_to(folder).as_posix() for path in Path(folder).rglob("*")
             if path.suffix.lower() in SUFFIXES and path.is_file()}
    found = [path for path, name in paths.items() if not re.search(r"(^|/)\.", name)]
    return sorted(found, key=lambda path: [(0, int(part), "") if part.isdecimal() else (1, 0, part.lower())
                                           for part in re.split(r"(\d+)", paths[path]) if part])


def read_pictures(paths, size: tuple[int, int] | None, face: bool = False) -> np.ndarray:
    """Decode files into uint8 (N, height, width, 3), cropped and resized to ``size``; None: their common size. ``face``
    crops LFW's 250x250 pictures to the face. Raises LabkitError naming two pictures of different sizes."""
    images = None
    for i, path in enumerate(paths):
        picture = decode(path)
        own = (picture.height, picture.width)
        if face and own == (250, 250):
            picture = picture.crop((61, 61, 189, 189))
        if images is None:
            images = np.empty((len(paths), *(size or own), 3), np.uint8)
        elif size is None and own != images.shape[1:3]:
            first = f"{paths[0].name} {images.shape[2]}x{images.shape[1]}"
            raise LabkitError(f"The pictures have different sizes: {first}, {path.name} {own[1]}x{own[0]}. "
                              "Say to which size they are to be brought, for instance size=64.")
        images[i] = fit(picture, images.shape[1:3])
    return images


def choose_split(groups, split: str, share: float) -> np.ndarray:
    """Return which items belong to a split, as increasing indices: int64. "all" is everything.

    ``groups`` names for each item what must stay together: the file's name, the photograph of a tile, the person. The
    test split holds ``share`` of them (at least one of two), those whose names have the smallest SHA-256.
    """
    if split == "all":
        return np.arange(len(groups))
    ranked = sorted(set(groups), key=lambda group: hashlib.sha256(f"labkit{group}".encode()).digest())
    test = set(ranked[:max(1, round(share * len(ranked)))] if len(ranked) > 1 else ())
    return np.array([i for i, group in enumerate(groups) if (group in test) == (split == "test")], np.int64)
