"""MNIST's and Fashion-MNIST's formats: IDX (gzipped or plain) and Keras' mnist.npz."""

import gzip
import math
import struct
import zipfile
import zlib

import numpy as np

from labkit.datasets.readers.damage import DamagedFile, what

MAGIC = {2051: "images", 2049: "labels"}
STEMS = {"train": "train", "test": "t10k"}


def file_names(split: str) -> tuple[str, str]:
    """Return the official names of a split's files of images and labels, without ".gz"."""
    return f"{STEMS[split]}-images-idx3-ubyte", f"{STEMS[split]}-labels-idx1-ubyte"


def read(path, kind: str) -> np.ndarray:
    """Read one IDX file.

    ``kind`` is "images" (returns uint8 (N, height, width)) or "labels" (returns uint8 (N,)); the array is read-only.
    Raises DamagedFile naming the file when it is truncated, too long, no IDX file, or holds the other of the two.
    Source: the format's description on MNIST's home page (big-endian; magic 2051 for images, 2049 for labels).
    """
    return parse(content(path), kind, path)


def content(path) -> bytes:
    """Return the bytes of a file, gunzipped where it is gzipped. Raises DamagedFile for a truncated gzip file."""
    with open(path, "rb") as file:
        raw = file.read()
    if not raw.startswith(b"\x1f\x8b"):
        return raw
    try:
        return gzip.decompress(raw)
    except (EOFError, gzip.BadGzipFile, zlib.error, struct.error) as error:
        raise DamagedFile(f"{path} is cut short or damaged ({error}).") from error


def parse(content: bytes, kind: str, path) -> np.ndarray:
    """Turn the gunzipped bytes of an IDX file into an array; ``path`` is for the message only. See ``read``."""
    magic = struct.unpack(">I", content[:4])[0] if len(content) >= 8 else None
    if magic not in MAGIC:
        raise DamagedFile(f"{path} is no IDX file of {kind} but {what(path)}.")
    if MAGIC[magic] != kind:
        raise DamagedFile(f"{path} holds {MAGIC[magic]} where {kind} are expected: two files were swapped.")
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
    except KeyError as error:
        raise DamagedFile(f"{path} is not Keras' mnist.npz: {error.args[0]}.") from error
    except (ValueError, EOFError, OSError, zipfile.BadZipFile, zlib.error, NotImplementedError) as error:
        raise DamagedFile(f"{path} is not Keras' mnist.npz but {what(path)}, or was cut short.") from error
    if images.dtype != np.uint8 or images.ndim != 3:
        raise DamagedFile(f"{path} is not Keras' mnist.npz: its images are {images.dtype} {images.shape}.")
    return images, labels
