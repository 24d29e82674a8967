"""Image sets: found on this machine, downloaded and checked, or replaced by a stand-in that says what it is.

>>> data = load("cifar10", limit=1000)          # doctest: +SKIP
CIFAR-10, train: 1,000 images from data/cache/cifar10/cifar-10-batches-py (of 50,000)
>>> data.images.shape, data.class_names[0]      # doctest: +SKIP
((1000, 32, 32, 3), 'airplane')
"""

from labkit.datasets.catalogue import Entry, entry, fetch, find, names
from labkit.datasets.loading import ImageSet, load

__all__ = ["Entry", "ImageSet", "entry", "fetch", "find", "load", "names"]
