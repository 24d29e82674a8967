"""MNIST's file format, IDX: a big-endian header, then bytes; gzipped or plain."""

import gzip
import math
import struct
import zlib
from pathlib import Path

import numpy as np

from labkit.errors import LabkitError

WHAT = {2051: "images", 2049: "labels"}


def read(path, what: str) -> np.ndarray:
    """Read one IDX file.

    ``what`` is "images" (returns uint8 (N, height, width)) or "labels" (returns uint8 (N,)). Raises LabkitError
    naming the file when it is truncated, too long, no IDX file, or holds the other of the two.
    Source: the format's description on MNIST's home page (magic 2051 for images, 2049 for labels).
    """
    path = Path(path)
    try:
        with open(path, "rb") as file:
            zipped = file.read(2) == b"\x1f\x8b"
        content = gzip.open(path).read() if zipped else path.read_bytes()
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise LabkitError(f"{path} is cut short or damaged: {error}.") from error
    magic = struct.unpack(">I", content[:4])[0] if len(content) >= 8 else None
    if magic not in WHAT:
        raise LabkitError(f"{path} is not an IDX file (its first bytes are {content[:16]!r}).")
    if WHAT[magic] != what:
        raise LabkitError(f"{path} holds {WHAT[magic]} where {what} are expected: were two files swapped?")
    rank = magic % 256
    start = 4 + 4 * rank
    shape = struct.unpack(f">{rank}I", content[4:start]) if len(content) >= start else ()
    if len(content) - start != math.prod(shape) or not shape:
        raise LabkitError(f"{path} is damaged: its header promises {shape} bytes, {len(content) - start} follow.")
    return np.frombuffer(content, np.uint8, offset=start).reshape(shape)
