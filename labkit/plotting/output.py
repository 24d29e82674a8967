"""Showing a figure together with a description; the look of charts."""

import base64
import html
import io
import sys

import matplotlib.style
from IPython.display import display
from matplotlib import cycler
from matplotlib.figure import Figure
from PIL import Image

from labkit.errors import LabkitError
from labkit.plotting.images import DPI, OKABE_ITO, Sheet

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
    "figure.dpi": DPI, "savefig.dpi": DPI,
    "figure.facecolor": "white", "savefig.facecolor": "white",  # opaque: the notebook around it may be dark
    "font.size": 10, "axes.titlesize": 11, "axes.labelsize": 10,
    "legend.fontsize": 9, "xtick.labelsize": 9, "ytick.labelsize": 9, "legend.frameon": False,
    "axes.spines.top": False, "axes.spines.right": False,
    "axes.grid": True, "axes.axisbelow": True, "grid.color": "#e3e3e3", "grid.linewidth": 0.8, "lines.linewidth": 1.6,
    "axes.prop_cycle": cycler(color=[colour for colour, _ in LINES], linestyle=[dashes for _, dashes in LINES]),
}


def context():
    """Return a context manager under which matplotlib draws in the house style, whatever was set before."""
    return matplotlib.style.context(["default", _STYLE])


class Picture(Figure):
    """A matplotlib Figure unknown to pyplot: it cannot pile up, and Jupyter shows it when a cell ends with it."""

    def _repr_png_(self):
        return png(self)


def png(figure) -> bytes:
    """Return a figure as the bytes of an opaque PNG at 110 dots per inch, with no label cut off."""
    file = io.BytesIO()
    if isinstance(figure, Sheet):
        picture, photographs = Image.fromarray(figure.array()), True
    else:
        # Figures with a layout hold their labels already; others may carry some outside their canvas.
        tight = None if figure.get_layout_engine() else "tight"
        with context():
            figure.savefig(file, format="png", dpi=DPI, facecolor="white", transparent=False, bbox_inches=tight)
        picture, file = Image.open(file).convert("RGB"), io.BytesIO()
        photographs = any(axes.images for axes in (figure, *figure.get_axes()))
    # A palette halves the file. Lines and words lose nothing that one sees by it; photographs would.
    if picture.getcolors(256) or not photographs:
        picture = picture.quantize(256, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    picture.save(file, "png", optimize=True)
    return file.getvalue()


def show(figure, alt: str) -> None:
    """Display a figure with a description for those who cannot see it, and close it.

    figure: a figure of this package, or a matplotlib Figure. alt: one to three sentences that say what the figure
    shows, numbers included where they matter; the picture's ``alt`` attribute and its plain-text form.

    The output is HTML, ``<img alt=…>``: JupyterLab 4 and nbconvert's default template ignore an ``alt`` in the
    metadata of an ``image/png`` output. Raises LabkitError for anything but a figure and for an empty description.
    """
    if not isinstance(figure, (Figure, Sheet)):
        raise LabkitError(f"plotting.show shows figures, and this is a {type(figure).__name__}. "
                          "Make one first: plotting.show(plotting.image_grid(images), alt=\"…\")")
    if not isinstance(alt, str) or not alt.strip():
        raise LabkitError("Every figure needs a description for readers who cannot see it: "
                          "plotting.show(figure, alt=\"Sixteen grey squares, each a different shade.\")")
    alt, data = " ".join(alt.split()), png(figure)
    width = int.from_bytes(data[16:20], "big")  # of the PNG header; a fixed width keeps the picture's pixels square
    source = f"data:image/png;base64,{base64.b64encode(data).decode()}"
    display({"text/html": f'<img alt="{html.escape(alt)}" src="{source}" width="{width}">',
             "text/plain": f"[figure: {alt}]"}, raw=True)
    if isinstance(figure, Figure) and "matplotlib.pyplot" in sys.modules:  # importing it would cost time
        sys.modules["matplotlib.pyplot"].close(figure)
