"""Interactive parts of the notebooks, each the last line of a cell: play with the noise, watch a training. Alive where
a person sits before the notebook; in headless runs (``labkit run``, papermill, nbval) each shows a picture of
itself, with a description. Only ``TrainingMonitor`` needs Keras, and is imported when it is used.

>>> widgets.NoiseSampler(generator)
"""

from labkit.widgets import noise, saved
from labkit.widgets.base import interactive
from labkit.widgets.explorer import DirectionExplorer
from labkit.widgets.film import Film
from labkit.widgets.interpolator import Interpolator
from labkit.widgets.noise import combined, principal_directions
from labkit.widgets.sampler import NoiseSampler

__all__ = ["DirectionExplorer", "Film", "Interpolator", "NoiseSampler", "combined", "interactive", "noise",
           "principal_directions", "saved"]


def __getattr__(name):
    if name != "TrainingMonitor":
        raise AttributeError(f"module 'labkit.widgets' has no attribute {name!r}; it has {', '.join(__all__)}")
    from labkit.widgets.monitor import TrainingMonitor

    return TrainingMonitor
