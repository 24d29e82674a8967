"""Readers of the official file formats: a path in, NumPy arrays out. They know nothing of where files come from."""

import contextlib
import gzip
import hashlib
import io
import math
import os
import pickle
import re
import struct
import zipfile
import zlib
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from labkit.errors import LabkitError

SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff")
_IDX = {2051: "images", 2049: "labels"}
_CIFAR_PIXELS = 3 * 32 * 32
_BEGINNINGS = (
    (b"version https://git-lfs", "a Git LFS pointer, not the file itself"), (b"\x1f\x8b", "a gzip file"),
    (b"PK\x03\x04", "a zip archive"), (b"\x89PNG", "a PNG picture"), (b"\xff\xd8\xff", "a JPEG picture"),
    (b"\x89HDF", "an HDF5 file"), (b"MATLAB 5", "a MATLAB file"), (b"\x80\x02", "a Python pickle"),
    (b"\x80\x04", "a Python pickle"), (b"\x93NUMPY", "a NumPy file"), (b"%PDF", "a PDF document"),
    (b"\x00\x00\x08\x03", "an IDX file of images"), (b"\x00\x00\x08\x01", "an IDX file of labels"),
    (b"<?xml", "an XML document"), (b"{", "a text, perhaps an error message"),
)


class DamagedFile(LabkitError):
    """A file that is truncated, swapped or something else; whoever knows where it came from adds what to type."""


def is_web_page(head: bytes) -> bool:
    """Tell whether a file begins like an HTML page: what servers send for an error or a login."""
    head = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:400].lower()
    return head.startswith((b"<!doctype html", b"<html", b"<head")) or b"<html" in head


def what(path) -> str:
    """Say in words what a file is, judged by its first bytes: "a web page (HTML)", "empty", "a zip archive" …"""
    with open(path, "rb") as file:
        head = file.read(512)
    if not head:
        return "empty"
    if is_web_page(head):
        return "a web page (HTML), which servers send for an error or a login"
    return next((words for begin, words in _BEGINNINGS if head.startswith(begin)), "something else")


def idx_content(path) -> bytes:
    """Return the bytes of a file, gunzipped where it is gzipped. Raises DamagedFile for a truncated gzip file."""
    raw = Path(path).read_bytes()
    try:
        return gzip.decompress(raw) if raw.startswith(b"\x1f\x8b") else raw
    except (EOFError, gzip.BadGzipFile, zlib.error, struct.error) as error:
        raise DamagedFile(f"{path} is cut short or damaged ({error}).") from error


def read_idx(path, kind: str, content: bytes | None = None) -> np.ndarray:
    """Read MNIST's format: uint8 (N, height, width) for kind "images", uint8 (N,) for "labels"; read-only.

    Raises DamagedFile naming the file when it is truncated, too long, no IDX file, or holds the other of the two.
    Source: MNIST's home page (big-endian; magic 2051 for images, 2049 for labels).
    """
    content = idx_content(path) if content is None else content
    magic = struct.unpack(">I", content[:4])[0] if len(content) >= 8 else None
    if magic not in _IDX:
        raise DamagedFile(f"{path} is no IDX file of {kind} but {what(path)}.")
    if _IDX[magic] != kind:
        raise DamagedFile(f"{path} holds {_IDX[magic]} where {kind} are expected: two files were swapped.")
    rank = magic % 256
    start = 4 + 4 * rank
    if len(content) < start:
        raise DamagedFile(f"{path} is cut short: not even its header is whole.")
    shape = struct.unpack(f">{rank}I", content[4:start])
    if len(content) - start != math.prod(shape):
        raise DamagedFile(f"{path} is damaged: its header promises {math.prod(shape):,} bytes, "
                          f"{len(content) - start:,} follow.")
    return np.frombuffer(content, np.uint8, offset=start).reshape(shape)


def read_npz(path, split: str) -> tuple[np.ndarray, np.ndarray]:
    """Read a split from Keras' mnist.npz: uint8 (N, 28, 28) and uint8 (N,). Raises DamagedFile naming the file."""
    try:
        with open(path, "rb") as file, np.load(file, allow_pickle=False) as archive:
            images, labels = archive[f"x_{split}"], archive[f"y_{split}"]
    except (KeyError, ValueError, EOFError, OSError, zipfile.BadZipFile, zlib.error, NotImplementedError) as error:
        reason = error.args[0] if isinstance(error, KeyError) else f"but {what(path)}, or was cut short"
        raise DamagedFile(f"{path} is not Keras' mnist.npz: {reason}.") from error
    if images.dtype != np.uint8 or images.ndim != 3:
        raise DamagedFile(f"{path} is not Keras' mnist.npz: its images are {images.dtype} {images.shape}.")
    return images, labels


class _Array:
    """Stands for an array, its type and its class: keeps what a pickle says of it, and calls nothing."""

    def __init__(self, *arguments):
        self.arguments, self.state = arguments, ()

    def __setstate__(self, state):
        self.state = state


class _Text:
    """Stands for Python 3's way of writing bytes in protocol 2: a text to be encoded as latin-1."""

    def __new__(cls, text, encoding):
        return text

    __setstate__ = None  # a file cannot change it


class _Unpickler(pickle.Unpickler):
    """A pickle may name any function and call it; here it may name four, and meets stubs in their place."""

    def find_class(self, module, name):
        known = {("numpy.core.multiarray", "_reconstruct"): _Array, ("numpy._core.multiarray", "_reconstruct"): _Array,
                 ("numpy", "ndarray"): _Array, ("numpy", "dtype"): _Array, ("_codecs", "encode"): _Text}
        if (module, name) not in known:
            raise pickle.UnpicklingError(f"it asks Python to call {module}.{name}, which pictures never need")
        return known[module, name]


def _read_batch(path):
    """Read one of CIFAR-10's pickled batches: flat uint8 (N, 3072), planes R, G, B, and labels (N,)."""
    try:
        with open(path, "rb") as file:
            record = _Unpickler(file, encoding="latin1").load()
        if not isinstance(record, dict):
            raise pickle.UnpicklingError("it holds no dictionary")
        record = {key.decode("latin1") if isinstance(key, bytes) else key: value for key, value in record.items()}
        if not {"data", "labels"} <= record.keys():
            raise pickle.UnpicklingError(f"it holds {', '.join(map(str, record))}")
        _, shape, dtype, by_columns, data = record["data"].state
        if dtype.arguments[0] not in ("u1", "|u1") or by_columns:
            raise pickle.UnpicklingError("its array does not hold uint8")
        data = data.encode("latin1") if isinstance(data, str) else data
        return np.frombuffer(data, np.uint8).reshape(shape), record["labels"]
    except (pickle.UnpicklingError, EOFError, ValueError, TypeError, AttributeError, LookupError, ImportError,
            MemoryError, OverflowError, RecursionError) as error:
        # The C unpickler meets a damaged stream with almost any of these.
        kind = what(path)
        reason = f"it is {kind}" if "pickle" not in kind else str(error)
        raise DamagedFile(f"{path} is not one of CIFAR-10's files, or was cut short: {reason}.") from error


def _read_records(path):
    """Read one file of CIFAR-10's binary variant: records of a label byte and 3072 pixels."""
    content = np.fromfile(path, np.uint8)
    if not len(content) or len(content) % (1 + _CIFAR_PIXELS):
        raise DamagedFile(f"{path} is cut short or {what(path)}: {len(content):,} bytes are no multiple of 3,073.")
    records = content.reshape(-1, 1 + _CIFAR_PIXELS)
    return records[:, 1:], records[:, 0]


def read_cifar(paths) -> tuple[np.ndarray, np.ndarray]:
    """Read CIFAR-10's batches in either official format: uint8 (N, 32, 32, 3) and int64 (N,), 0 … 9.

    Raises DamagedFile naming the batch. Nothing that a pickle names is imported or called. Source: its home page.
    """
    parts = []
    for path in paths:
        data, labels = _read_records(path) if str(path).endswith(".bin") else _read_batch(path)
        if getattr(data, "dtype", None) != np.uint8 or data.ndim != 2 or data.shape[1] != _CIFAR_PIXELS:
            raise DamagedFile(f"{path} does not hold uint8 pictures of 3,072 values each.")
        try:
            labels = np.asarray(labels, np.int64)
        except (TypeError, ValueError, OverflowError) as error:
            raise DamagedFile(f"{path} has labels that are no whole numbers ({error}).") from error
        if labels.shape != (len(data),):
            raise DamagedFile(f"{path} has {labels.size:,} labels for {len(data):,} pictures.")
        if len(labels) and not 0 <= labels.min() <= labels.max() <= 9:
            raise DamagedFile(f"{path} has labels from {labels.min()} to {labels.max()}, not 0 to 9.")
        parts.append((data.reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1), labels))
    return np.concatenate([images for images, _ in parts]), np.concatenate([labels for _, labels in parts])


def read_svhn(path) -> tuple[np.ndarray, np.ndarray]:
    """Read ``train_32x32.mat`` and its like: uint8 (N, 32, 32, 3) and int64 labels (N,), 0 … 9.

    In the file the sample comes last, and the label 10 means the digit 0. Raises DamagedFile naming the file when it
    is no MATLAB v5 file, is cut short, or lacks X or y. Source: SVHN's home page, "Format 2: Cropped Digits".
    """
    from scipy import io as matlab

    try:
        record = matlab.loadmat(path, variable_names=("X", "y"))
        pixels, labels = record["X"], record["y"].reshape(-1)
    except KeyError as error:
        raise DamagedFile(f"{path} is a MATLAB file without {error}: it is not one of SVHN's.") from error
    except (OSError, ValueError, TypeError, NotImplementedError, EOFError, LookupError, OverflowError, MemoryError,
            zlib.error, matlab.matlab.MatReadError) as error:
        kind = what(path)
        reason = "it is cut short or damaged" if "MATLAB" in kind else f"it is {kind}"
        raise DamagedFile(f"{path} cannot be read as one of SVHN's MATLAB files: {reason}.") from error
    if pixels.dtype != np.uint8 or pixels.ndim != 4 or pixels.shape[:3] != (32, 32, 3):
        raise DamagedFile(f"{path} holds {pixels.dtype} {pixels.shape} where uint8 (32, 32, 3, N) is expected.")
    if labels.shape != pixels.shape[3:] or not np.isin(labels, range(11)).all():
        raise DamagedFile(f"{path} has {labels.size:,} labels for {pixels.shape[3]:,} pictures, or some are no digits.")
    return np.ascontiguousarray(pixels.transpose(3, 0, 1, 2)), labels.astype(np.int64) % 10


@contextlib.contextmanager
def _database(folder):
    import lmdb

    path = Path(folder) / "data.mdb"
    try:
        with lmdb.open(str(folder), readonly=True, lock=False, readahead=False) as database:
            # LMDB maps the file into memory: reading behind its end would end the process, not raise an error.
            size = (database.info()["last_pgno"] + 1) * database.stat()["psize"]
            if path.stat().st_size < size:
                raise DamagedFile(f"{path} is cut short: {path.stat().st_size:,} of {size:,} bytes.")
            with database.begin() as reader, reader.cursor() as cursor:
                yield database.stat()["entries"], cursor
    except lmdb.Error as error:
        raise DamagedFile(f"{path} is no LMDB file but {what(path)}, or was cut short ({error}).") from error


def lsun_keys(folder, whole: bool) -> list[str] | range:
    """Return an LSUN database's keys in its order; of a ``whole`` one, which is not divided, only their positions."""
    with _database(folder) as (count, cursor):
        return range(count) if whole else [key.decode("latin1") for key in cursor.iternext(values=False)]


def read_lsun(folder, chosen, size: tuple[int, int]) -> np.ndarray:
    """Read the pictures at increasing positions in the database's order: uint8 (len(chosen), height, width, 3).

    Raises DamagedFile naming the key of a picture that cannot be decoded. Source: LSUN's own ``data.py``.
    """
    images = np.empty((len(chosen), *size, 3), np.uint8)
    wanted = {int(position): i for i, position in enumerate(chosen)}
    with _database(folder) as (_, cursor):
        for position, (key, value) in zip(range(max(wanted, default=-1) + 1), cursor, strict=False):
            if position in wanted:
                name = f"{folder} (picture {key.decode('latin1')})"
                images[wanted[position]] = fit(decode(io.BytesIO(value), name), size)
    return images


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
    except (FileNotFoundError, PermissionError):
        raise
    except (OSError, ValueError, SyntaxError, EOFError, TypeError, LookupError, Image.DecompressionBombError) as error:
        # Pillow's decoders meet damaged bytes with all of these.
        raise DamagedFile(f"{name or file} cannot be read as a picture: it is damaged or cut short.") from error


def fit(picture: Image.Image, size: tuple[int, int]) -> np.ndarray:
    """Crop the middle of a picture to the aspect of ``size`` (height, width) and resize: uint8 (height, width, C).

    Lanczos with antialiasing, computed on the uint8 values, as Parmar et al. 2022, "On aliased resizing",
    recommend for Fréchet distances.
    """
    if (picture.height, picture.width) != tuple(size):
        picture = ImageOps.fit(picture, size[::-1], Image.Resampling.LANCZOS)
    return np.asarray(picture)


def resize(images: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Crop and resize uint8 NHWC images with 1 or 3 channels to ``size`` (height, width), as ``fit`` does."""
    if images.shape[1:3] == tuple(size):
        return images
    resized = np.empty((len(images), *size, images.shape[3]), np.uint8)
    for i, image in enumerate(images):
        resized[i] = fit(Image.fromarray(image.squeeze()), size).reshape(resized.shape[1:])
    return resized


def find_pictures(folder) -> list[Path]:
    """Return the pictures in a folder and below, 2.jpg before 10.jpg; hidden files and other files are left out."""
    found = []
    for parent, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        found += [Path(parent, name) for name in names
                  if name.lower().endswith(SUFFIXES) and not name.startswith(".")]
    return sorted(found, key=lambda path: [(0, int(part), "") if part.isdecimal() else (1, 0, part.lower()) for part in
                                           re.split(r"(\d+)", path.relative_to(folder).as_posix()) if part])


def read_pictures(paths, size: tuple[int, int] | None, face: bool = False) -> np.ndarray:
    """Decode files into uint8 (N, height, width, 3), cropped and resized to ``size``; None: their common size.

    ``face`` crops LFW's 250x250 pictures to the middle half, where the face is. Raises DamagedFile naming the first
    picture that cannot be read, LabkitError naming two of different sizes.
    """
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
