"""Decoded images kept on disk, so that pickles, JPEGs and drawings are read slowly only once.

The files lie in ``.decoded`` in the cache folder, may be deleted at any time, and are never trusted: each is
bound to its sources' sizes and dates, and one that is damaged or out of date is made again.
"""

import contextlib
import hashlib
import os
import shutil
import zipfile
import zlib
from pathlib import Path

import numpy as np

from labkit import files
from labkit.errors import LabkitError

# Raise it when a reader or the way of resizing changes.
VERSION = 1
LARGEST = 2_000_000_000


def folder() -> Path:
    """Return where decoded images are kept."""
    return files.cache() / ".decoded"


def stamp(paths, *more) -> str:
    """Return a digest of the sources' names, sizes and dates and of what else the result depends on."""
    digest = hashlib.sha256(repr((VERSION, *more)).encode())
    for path in paths:
        status = os.stat(path)
        digest.update(f"{path}|{status.st_size}|{status.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def read(name: str, wanted: str) -> dict[str, np.ndarray] | None:
    """Return the arrays kept under a name, or None when there are none or their stamp is another."""
    path = folder() / f"{name}.npz"
    try:
        with open(path, "rb") as file, np.load(file, allow_pickle=False) as archive:
            if archive["stamp"].item() != wanted:
                return None
            return {key: archive[key] for key in archive.files if key != "stamp"}
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error, NotImplementedError):
        return None  # damaged: it is made again


def write(name: str, wanted: str, arrays: dict[str, np.ndarray]) -> bool:
    """Keep arrays under a name; tell whether that worked. A full or write-protected disk is no reason to stop."""
    size = sum(array.nbytes for array in arrays.values())
    with contextlib.suppress(OSError, LabkitError):
        folder().mkdir(parents=True, exist_ok=True)
        if size > LARGEST or shutil.disk_usage(folder()).free < 2 * size + 1_000_000_000:
            return False
        with files.atomic(folder() / f"{name}.npz") as file:
            np.savez(file, stamp=np.array(wanted), **arrays)
        return True
    return False


def get(name: str, wanted: str, make) -> dict[str, np.ndarray]:
    """Return what is kept under a name; else call ``make()``, which returns a dict of arrays, and keep that."""
    arrays = read(name, wanted)
    if arrays is None:
        arrays = make()
        write(name, wanted, arrays)
    return arrays
