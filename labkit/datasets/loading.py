"""``datasets.load``: from a name to images."""

import numpy as np

from labkit import files
from labkit.datasets.imageset import ImageSet
from labkit.datasets.readers import cifar, idx
from labkit.errors import LabkitError

CIFAR10 = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
FASHION = ("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot")
TITLES = {"cifar10": "CIFAR-10", "fashion_mnist": "Fashion-MNIST", "mnist": "MNIST"}
LICENCES = {"cifar10": "none stated (asks for citation)", "fashion_mnist": "MIT", "mnist": "CC BY-SA 3.0"}


def load(name, split="train", limit=None, size=None, seed=0, stand_in="allow", max_download=None,
         quiet=False) -> ImageSet:
    """Load an image set from the cache folder; ``limit`` is a seeded choice in the set's own order."""
    if name not in TITLES:
        raise LabkitError(f"No image set is called {name!r}; there are {', '.join(TITLES)}.")
    folder = files.cache() / name
    if name == "cifar10":
        images, labels = cifar.read(folder / "cifar-10-batches-py", split)
        classes = CIFAR10
    else:
        stem = {"train": "train", "test": "t10k"}[split]
        images = idx.read(folder / f"{stem}-images-idx3-ubyte.gz", "images")[..., None]
        labels = idx.read(folder / f"{stem}-labels-idx1-ubyte.gz", "labels").astype(np.int64)
        classes = FASHION if name == "fashion_mnist" else tuple("0123456789")
    found = ImageSet(images, labels, None, name, split, str(folder), LICENCES[name], False, classes, TITLES[name])
    if limit is not None and limit < len(found):
        found = found.take(np.sort(np.random.default_rng(seed).permutation(len(found))[:limit]))
    if not quiet:
        print(f"{found.title}, {split}: {len(found):,} images from {folder}")
    return found
