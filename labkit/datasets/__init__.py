"""Image sets: found on this machine, downloaded and checked, or replaced by a stand-in that says what it is."""

from labkit.datasets.catalogue import Entry, entry, fetch, find, names
from labkit.datasets.loading import ImageSet, load

__all__ = ["Entry", "ImageSet", "entry", "fetch", "find", "load", "names"]
