"""Image sets: found on this machine, downloaded, or drawn."""

from labkit.datasets.imageset import ImageSet
from labkit.datasets.loading import load

__all__ = ["ImageSet", "load"]
