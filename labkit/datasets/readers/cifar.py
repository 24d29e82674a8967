"""CIFAR-10's two official formats: Python pickles and binary records."""

from pathlib import Path

import numpy as np

from labkit.datasets.readers import unpickler
from labkit.datasets.readers.damage import DamagedFile, what

BATCHES = {"train": tuple(f"data_batch_{i}" for i in range(1, 6)), "test": ("test_batch",)}
PIXELS = 3 * 32 * 32


def read_batch(path) -> tuple[np.ndarray, np.ndarray]:
    """Read one pickled batch: flat uint8 (N, 3072), planes R, G, B, and int64 labels (N,) in 0 … 9.

    Raises DamagedFile naming the file. Source: CIFAR-10's home page, "Python / Matlab versions".
    """
    record = unpickler.load(path)
    data, labels = record.get("data"), record.get("labels")
    if data is None or labels is None:
        raise DamagedFile(f"{path} is not one of CIFAR-10's batches: it holds {', '.join(map(str, record))}.")
    return _checked(path, data, labels)


def read_binary(path) -> tuple[np.ndarray, np.ndarray]:
    """Read one file of the binary variant (records of a label byte and 3072 pixels); returns as ``read_batch``."""
    content = np.fromfile(path, np.uint8)
    if not len(content) or len(content) % (1 + PIXELS):
        raise DamagedFile(f"{path} is cut short or {what(path)}: {len(content):,} bytes are no multiple of 3,073.")
    records = content.reshape(-1, 1 + PIXELS)
    return _checked(path, records[:, 1:], records[:, 0])


def _checked(path, data, labels):
    if getattr(data, "dtype", None) != np.uint8 or data.ndim != 2 or data.shape[1] != PIXELS:
        raise DamagedFile(f"{path} does not hold uint8 pictures of 3,072 values each.")
    try:
        labels = np.asarray(labels, np.int64)
    except (TypeError, ValueError, OverflowError) as error:
        raise DamagedFile(f"{path} has labels that are no whole numbers ({error}).") from error
    if labels.shape != (len(data),):
        raise DamagedFile(f"{path} has {labels.size:,} labels for {len(data):,} pictures.")
    if len(labels) and not 0 <= labels.min() <= labels.max() <= 9:
        raise DamagedFile(f"{path} has labels from {labels.min()} to {labels.max()}, not 0 to 9.")
    return data, labels


def missing(folder, split: str) -> list[str]:
    """Return the names of a split's files that a folder lacks, in the variant of which it has most."""
    there = {path.name for path in Path(folder).iterdir()} if Path(folder).is_dir() else set()
    variants = ([f"{batch}{suffix}" for batch in BATCHES[split]] for suffix in ("", ".bin"))
    return min(([name for name in variant if name not in there] for variant in variants), key=len)


def read(folder, split: str) -> tuple[np.ndarray, np.ndarray]:
    """Read a split from a folder with ``data_batch_1`` … or ``data_batch_1.bin`` …

    Returns uint8 (N, 32, 32, 3) and int64 (N,). Raises DamagedFile naming the file that is missing or damaged.
    """
    folder = Path(folder)
    if absent := missing(folder, split):
        raise DamagedFile(f"{folder} lacks {', '.join(absent)}.")
    binary = not (folder / BATCHES[split][0]).is_file()
    parts = [read_binary(folder / f"{batch}.bin") if binary else read_batch(folder / batch)
             for batch in BATCHES[split]]
    images = np.empty((sum(len(data) for data, _ in parts), 32, 32, 3), np.uint8)
    start = 0
    for data, _ in parts:
        images[start:start + len(data)] = data.reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)
        start += len(data)
    return images, np.concatenate([labels for _, labels in parts])
