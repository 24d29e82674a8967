"""Interactive parts of the notebooks: play with the noise, watch a training.

>>> from labkit import widgets
>>> widgets.NoiseSampler(generator)          # as the last line of a cell

Alive where a person sits before the notebook; in headless runs (``labkit run``, papermill, nbconvert, nbval) each
shows a picture of itself, with a description. Names are imported when they are first used.
"""

import importlib

_HOMES = {
    "NoiseSampler": "sampler", "Interpolator": "interpolator", "DirectionExplorer": "explorer",
    "TrainingMonitor": "monitor", "StylePainter": "stylist",
    "NearestNeighbours": "neighbours", "Neighbours": "neighbours",
    "interactive": "surroundings",
    "principal_directions": "directions", "combined": "directions",
}
_MODULES = ("animation", "noise", "notes")

__all__ = [*_HOMES, *_MODULES]


def __getattr__(name):
    if name in _HOMES:
        return getattr(importlib.import_module(f"labkit.widgets.{_HOMES[name]}"), name)
    if name in _MODULES:
        return importlib.import_module(f"labkit.widgets.{name}")
    raise AttributeError(f"module 'labkit.widgets' has no attribute {name!r}; it has {', '.join(__all__)}")


def __dir__():
    return sorted(__all__)
