"""Interactive parts of the notebooks: play with the noise, watch a training.

>>> from labkit import widgets
>>> widgets.NoiseSampler(generator)          # as the last line of a cell

Alive where a person sits before the notebook; in headless runs (``labkit run``, papermill, nbconvert, nbval) each
shows a picture of itself, with a description. Names are imported when they are first used.
"""

import importlib

_HOMES = {
    "NoiseSampler": "sampler", "Interpolator": "interpolator", "DirectionExplorer": "explorer",
    "TrainingMonitor": "monitor", "StylePainter": "style", "NearestNeighbours": "neighbours",
    "interactive": "base", "principal_directions": "noise", "combined": "noise",
}
_MODULES = ("noise", "saved")

__all__ = [*_HOMES, *_MODULES]


def __getattr__(name):
    if name not in __all__:
        raise AttributeError(f"module 'labkit.widgets' has no attribute {name!r}; it has {', '.join(__all__)}")
    module = importlib.import_module(f"labkit.widgets.{_HOMES.get(name, name)}")
    globals()[name] = module if name in _MODULES else getattr(module, name)
    return globals()[name]


def __dir__():
    return sorted(__all__)
