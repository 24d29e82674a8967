"""Charts whose axes say what they are, and the showing of any figure together with a description."""

import base64
import html
import io
import itertools
import math
import sys
from pathlib import Path

import matplotlib.style
import numpy as np
from IPython.display import display
from matplotlib import cycler
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from PIL import Image

from labkit.errors import LabkitError
from labkit.plotting.images import DARK, DPI, OKABE_ITO, WIDTH, Sheet, measure

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
#: house.mplstyle, and what is known here.
_STYLE = [Path(__file__).with_name("house.mplstyle"), {
    "figure.dpi": DPI, "savefig.dpi": DPI,
    "axes.prop_cycle": cycler(color=[colour for colour, _ in LINES], linestyle=[dashes for _, dashes in LINES])}]
#: What both losses of a GAN come to when the discriminator answers 1/2 to everything (Goodfellow et al. 2014,
#: section 4.1, with the non-saturating loss of section 3); the discriminator's is the sum over real and generated.
GAN_REFERENCES = {
    "log 2 ≈ 0.69: generator, when D cannot tell": math.log(2),
    "2·log 2 ≈ 1.39: discriminator, when it cannot tell": 2 * math.log(2),
}
_DASHES = [(0, (1, 2)), (0, (6, 3)), (0, (3, 2, 1, 2))]


def context():
    """Return a context manager under which matplotlib draws in the house style, whatever was set before."""
    return matplotlib.style.context(["default", *_STYLE])


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
    picture.save(file, "png", optimize=picture.mode == "P")  # on photographs ten times as long, for half a per cent
    return file.getvalue()


def show(figure, alt: str, still: bool = False) -> None:
    """Display a figure with a description for those who cannot see it, and close it.

    figure: of this package, or matplotlib's. alt: one to three sentences that say what it shows, numbers included. The
    output is HTML, ``<img alt=…>``: JupyterLab 4 and nbconvert ignore an ``alt`` in the metadata of an ``image/png``.
    still: this is a live widget's picture, hidden as long as that lives (``widgets.controls.STYLE``).
    Raises LabkitError for anything but a figure and for an empty description.
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
    kind = ' class="labkit-still"' if still else ""
    display({"text/html": f'<img{kind} alt="{html.escape(alt)}" src="{source}" width="{width}">',
             "text/plain": f"[figure: {alt}]"}, raw=True)
    if isinstance(figure, Figure) and "matplotlib.pyplot" in sys.modules:  # importing it would cost time
        sys.modules["matplotlib.pyplot"].close(figure)


def loss_curves(losses, xlabel=None, references=None, smooth=0, batch_size=None, ylabel="loss (nats)") -> Picture:
    """Return a figure with one line for each sequence of losses, and with axes that name their units.

    losses: a mapping of names to sequences of numbers (they may differ in length). xlabel: what one counts; None:
    training steps, with ``batch_size``, images in a minibatch, beside them. smooth: how many neighbouring values the
    thick line is a centred mean of, before the values themselves, pale. references: horizontal lines, a mapping of
    words to values; "gan": where the discriminator cannot tell.

    Values that are not finite leave a gap, and the first of them is marked. Raises LabkitError where nothing is finite.
    """
    losses = {name: np.asarray(values, float) for name, values in losses.items()}
    if not any(len(values) > 1 and np.isfinite(values).any() for values in losses.values()):
        raise LabkitError("A curve needs at least two values, and finite ones. Print a single one; if there are none, "
                          "was the model trained? If all are NaN, the training went wrong from its first step.")
    references = GAN_REFERENCES if references == "gan" else references or {}
    with context():
        figure = Picture(dpi=DPI, layout="constrained")
        axes = figure.subplots()
        for (name, values), style in zip(losses.items(), itertools.cycle(LINES), strict=False):
            _line(axes, np.arange(1, len(values) + 1), values, name, style, smooth)
        for (words, value), dashes in zip(references.items(), itertools.cycle(_DASHES), strict=False):
            axes.axhline(value, color=DARK, linewidth=1.1, linestyle=dashes, label=words)
        each = f"training step (one minibatch of {batch_size} images each)" if batch_size else "training step"
        axes.set(xlabel=xlabel or each, ylabel=ylabel)
        axes.xaxis.set_major_locator(MaxNLocator(nbins=8, integer=True))
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
        axes.margins(x=0.01)
        # The legend stands above the axes, in two columns where its words fit.
        handles, words = axes.get_legend_handles_labels()
        columns = 2 if len(words) > 1 and max(measure(text, 9)[0] for text in words) < WIDTH / 2 - 70 else 1
        figure.legend(handles, words, loc="outside upper left", ncols=columns, handlelength=3)
        height = 300 + 21 * math.ceil(len(words) / columns)
        # The tiny factor keeps matplotlib from rounding 820 pixels down to 819.
        figure.set_size_inches(WIDTH / DPI * (1 + 1e-9), height / DPI * (1 + 1e-9))
    return figure


def _line(axes, places, values, label, style, smooth):
    colour, dashes = style
    finite = np.where(np.isfinite(values), values, np.nan)
    if smooth > 1:
        axes.plot(places, finite, color=colour, alpha=0.28, linewidth=0.9, linestyle="-")
        axes.plot(places, moving_mean(finite, smooth), color=colour, linestyle=dashes,
                  label=f"{label}, mean of {smooth} (pale: each)")
    else:
        axes.plot(places, finite, color=colour, linestyle=dashes, label=label,
                  linewidth=1.0 if len(values) > 100 else 1.6, marker="." if len(values) <= 12 else None)
    if not np.isfinite(values).all():
        broken = places[np.argmin(np.isfinite(values))]
        axes.axvline(broken, color=colour, linewidth=1, linestyle=":", label=f"{label}: not a number from {broken:,}")


def moving_mean(values, window) -> np.ndarray:
    """Return the centred mean over ``window`` values, fewer at the ends; NaN are left out."""
    there, kernel = np.isfinite(values), np.ones(min(window, len(values)))
    total = np.convolve(np.where(there, values, 0.0), kernel, "same")
    return np.where(there, total / np.maximum(np.convolve(there.astype(float), kernel, "same"), 1), np.nan)
