"""Picture grids, loss curves, noise beside its picture. Every function returns a figure; ``show(figure, alt=…)`` shows
it. Charts are matplotlib's, imported with the first of them, pictures lie on a ``Sheet`` (``plotting.images``)."""

import importlib

from labkit.plotting.grids import before_after, image_grid
from labkit.plotting.images import OKABE_ITO, noise_picture

_OUTPUT = ("context", "loss_curves", "show")

__all__ = ["OKABE_ITO", "before_after", "image_grid", "noise_picture", *_OUTPUT]


def __getattr__(name):
    if name not in _OUTPUT:
        raise AttributeError(f"module 'labkit.plotting' has no attribute {name!r}; it has {', '.join(__all__)}")
    globals()[name] = getattr(importlib.import_module("labkit.plotting.output"), name)
    return globals()[name]
