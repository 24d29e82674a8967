"""Figures that a person would rather look at: picture grids, loss curves, noise beside its picture.

Every function returns a figure and shows nothing; ``show(figure, alt=…)`` displays it, with a description for those
who cannot see it. Charts are matplotlib's Figures, pictures lie on a ``Sheet`` (``plotting.images``). Importing this
package does not import matplotlib: that happens when the first chart is made, or the first words are set.
"""

import importlib

_HOMES = {
    "image_grid": "grids",
    "before_after": "grids",
    "latent_strip": "grids",
    "interpolation_strip": "grids",
    "loss_curves": "curves",
    "point_panels": "plane",
    "show_motion": "motion",
    "show": "output",
    "OKABE_ITO": "images",
    "context": "style",
}

__all__ = [
    "OKABE_ITO",
    "before_after",
    "context",
    "image_grid",
    "interpolation_strip",
    "latent_strip",
    "loss_curves",
    "point_panels",
    "show",
    "show_motion",
]


def __getattr__(name):
    if name not in _HOMES:
        raise AttributeError(f"module 'labkit.plotting' has no attribute {name!r}; it has {', '.join(__all__)}")
    value = getattr(importlib.import_module(f"labkit.plotting.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__():
    return sorted({*globals(), *__all__})
