"""Interactive parts of the notebooks: play with the noise, watch a training.

>>> from labkit import widgets
>>> widgets.NoiseSampler(generator)          # as the last line of a cell

Alive where a person sits before the notebook; in headless runs (``labkit run``, papermill, nbconvert, nbval) each
shows a picture of itself, with a description. Only ``TrainingMonitor`` needs Keras, and is imported when it is used.
"""

from labkit.widgets import noise, saved
from labkit.widgets.base import interactive
from labkit.widgets.explorer import DirectionExplorer
from labkit.widgets.interpolator import Interpolator
from labkit.widgets.neighbours import NearestNeighbours
from labkit.widgets.noise import combined, principal_directions
from labkit.widgets.sampler import NoiseSampler
from labkit.widgets.style import StylePainter

__all__ = ["DirectionExplorer", "Interpolator", "NearestNeighbours", "NoiseSampler", "StylePainter", "combined",
           "interactive", "noise", "principal_directions", "saved"]


def __getattr__(name):
    if name != "TrainingMonitor":
        raise AttributeError(f"module 'labkit.widgets' has no attribute {name!r}; it has {', '.join(__all__)}")
    from labkit.widgets.monitor import TrainingMonitor

    return TrainingMonitor
