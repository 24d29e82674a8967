"""CIFAR-10's two official formats: Python pickles and binary records."""

from pathlib import Path

import numpy as np

from labkit.datasets import unpickler
from labkit.errors import LabkitError

BATCHES = {"train": tuple(f"data_batch_{i}" for i in range(1, 6)), "test": ("test_batch",)}


def read_batch(path) -> tuple[np.ndarray, np.ndarray]:
    """Read one pickled batch: flat uint8 (N, 3072), planes R, G, B, and int64 labels (N,) in 0 … 9."""
    record = unpickler.load(path)
    data, labels = record.get("data"), record.get("labels")
    if data is None or labels is None:
        raise LabkitError(f"{path} has no images in it (its keys are {', '.join(map(str, record))}).")
    return _checked(path, data, labels)


def read_binary(path) -> tuple[np.ndarray, np.ndarray]:
    """Read one file of the binary variant (records of a label byte and 3072 pixels); returns as ``read_batch``."""
    content = np.fromfile(path, np.uint8)
    if not len(content) or len(content) % 3073:
        raise LabkitError(f"{path} is damaged: {len(content)} bytes are not a multiple of 3073.")
    records = content.reshape(-1, 3073)
    return _checked(path, records[:, 1:], records[:, 0])


def _checked(path, data, labels):
    if getattr(data, "dtype", None) != np.uint8 or data.ndim != 2 or data.shape[1] != 3072:
        raise LabkitError(f"{path} does not hold uint8 pictures of 3072 values each.")
    try:
        labels = np.asarray(labels, np.int64)
    except (TypeError, ValueError, OverflowError) as error:
        raise LabkitError(f"{path} has labels that are not numbers: {error}.") from error
    if labels.shape != (len(data),) or (len(labels) and (labels.min() < 0 or labels.max() > 9)):
        raise LabkitError(f"{path} has {labels.size} labels for {len(data)} pictures, or labels outside 0 … 9.")
    return data, labels


def read(folder, split: str) -> tuple[np.ndarray, np.ndarray]:
    """Read a split from a folder with ``data_batch_1`` … or ``data_batch_1.bin`` …

    Returns uint8 (N, 32, 32, 3) and int64 (N,). Raises LabkitError naming the file that is missing or damaged.
    """
    folder = Path(folder)
    binary = (folder / f"{BATCHES[split][0]}.bin").is_file()
    parts = []
    for batch in BATCHES[split]:
        path = folder / (f"{batch}.bin" if binary else batch)
        if not path.is_file():
            raise LabkitError(f"{path} is missing.")
        parts.append((read_binary if binary else read_batch)(path))
    images = np.empty((sum(len(data) for data, _ in parts), 32, 32, 3), np.uint8)
    start = 0
    for data, _ in parts:
        images[start:start + len(data)] = data.reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)
        start += len(data)
    return images, np.concatenate([labels for _, labels in parts])
