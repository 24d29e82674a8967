"""One look for all figures, set for a figure at a time: nothing global changes on import."""

import matplotlib.style
from cycler import cycler
from matplotlib.figure import Figure

from labkit.plotting.images import DPI, OKABE_ITO

#: Colour and dashes of the first, second, … line: colour never speaks alone. Yellow is too pale on white.
LINES = [
    (OKABE_ITO["blue"], "-"),
    (OKABE_ITO["vermilion"], (0, (5, 1.5))),
    (OKABE_ITO["green"], (0, (1.5, 1))),
    (OKABE_ITO["orange"], "-."),
    (OKABE_ITO["purple"], (0, (8, 2))),
    (OKABE_ITO["sky"], ":"),
    (OKABE_ITO["black"], (0, (3, 1, 1, 1, 1, 1))),
]
_STYLE = {
    "figure.dpi": DPI,
    "savefig.dpi": DPI,
    "figure.facecolor": "white",  # opaque: the notebook around it may be dark
    "savefig.facecolor": "white",
    "savefig.transparent": False,
    "figure.constrained_layout.use": False,  # asked for figure by figure: picture sheets lay themselves out
    "font.size": 10,
    "axes.titlesize": 11,
    "axes.labelsize": 10,
    "legend.fontsize": 9,
    "xtick.labelsize": 9,
    "ytick.labelsize": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#e3e3e3",
    "grid.linewidth": 0.8,
    "lines.linewidth": 1.6,
    "legend.frameon": False,
    "axes.prop_cycle": cycler(color=[colour for colour, _ in LINES], linestyle=[dashes for _, dashes in LINES]),
}


def context():
    """Return a context manager under which matplotlib draws in the house style, whatever was set before.

    For figures made by hand::

        with plotting.context():
            figure, axes = plt.subplots()
    """
    return matplotlib.style.context(["default", _STYLE])


class Picture(Figure):
    """A matplotlib Figure unknown to pyplot: it cannot pile up, and Jupyter shows it when a cell ends with it."""

    def _repr_png_(self):
        from labkit.plotting.output import png

        return png(self)
