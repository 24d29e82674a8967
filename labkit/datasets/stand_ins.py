"""What is shown where a set is not to be had: real pictures that ship with the labs or scikit-learn, or drawings."""

import numpy as np

from labkit import files
from labkit.datasets import readers, shapes
from labkit.datasets.catalogue import Entry
from labkit.errors import LabkitError


def make(entry: Entry, split: str, limit: int | None):
    """Return a stand-in's images uint8 NHWC, how to resize them, labels int64 (N,) or None, class names or None,
    factors; of drawings the first ``limit`` of the set. Raises LabkitError where there is none."""
    if entry.name in _REAL:
        images, labels, factors = *_REAL[entry.name](split), {}
    elif entry.drawn:
        part = "test" if split == "test" else "train"
        count = sum(entry.drawn.values()) if split == "all" else entry.drawn[part]
        images, labels, factors = shapes.draw(entry.name, min(count, limit or count), 0, part)
    else:
        raise LabkitError(f"There is no stand-in for {entry.title}: {entry.by_hand} The folder is {entry.home}")
    return images, readers.resize, labels, entry.class_names, factors


def _sample(split):
    """Return Fashion-MNIST's sample: 1,600 of its training pictures, or 400 others of them for testing."""
    stem = {"train": "train", "test": "t10k"}[split]
    return readers.read_idx([files.data() / "fashion_sample" / f"{stem}-{what}-ubyte.gz"
                             for what in ("images-idx3", "labels-idx1")])


def _digits(split):
    """Return scikit-learn's handwritten digits, 8x8, as large as MNIST's; every sixth is for testing."""
    from sklearn.datasets import load_digits

    small, labels = load_digits(return_X_y=True)
    chosen = (np.arange(len(labels)) % 6 == 5) == (split == "test")
    small = np.minimum(small[chosen].reshape(-1, 8, 8, 1) * 16, 255).astype(np.uint8)
    return np.pad(readers.resize(small, (20, 20)), ((0, 0), (4, 4), (4, 4), (0, 0))), labels[chosen].astype(np.int64)


_REAL = {"fashion_mnist": _sample, "mnist": _digits}
