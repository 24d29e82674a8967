"""Displaying a figure together with its description."""

import base64
import html
import io
import sys

from IPython.display import display
from matplotlib.artist import Artist
from matplotlib.figure import Figure
from PIL import Image

from labkit.errors import LabkitError
from labkit.plotting.images import DPI, Sheet
from labkit.plotting.style import Picture, context


def png(figure) -> bytes:
    """Return a figure as the bytes of an opaque PNG at 110 dots per inch, with no label cut off."""
    if isinstance(figure, Sheet):
        return _encoded(Image.fromarray(figure.array()), pictures=True)
    # Figures of this package are laid out already; others may carry labels outside their canvas.
    tight = not isinstance(figure, Picture) and figure.get_layout_engine() is None
    file = io.BytesIO()
    with context():
        figure.savefig(file, format="png", dpi=DPI, facecolor="white", transparent=False,
                       bbox_inches="tight" if tight else None)
    return _encoded(Image.open(file).convert("RGB"), _has_pictures(figure))


def _encoded(picture, pictures):
    # A palette halves the file. Lines and words lose nothing that one sees by it; photographs would, so they keep all
    # their colours.
    if picture.getcolors(256) or not pictures:
        picture = picture.quantize(256, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    file = io.BytesIO()
    picture.save(file, "png", optimize=True)
    return file.getvalue()


def _has_pictures(figure) -> bool:
    return bool(figure.images or any(axes.images for axes in figure.get_axes()))


def show(figure, alt: str) -> None:
    """Display a figure with a description for those who cannot see it, and close it.

    figure: a figure of this package, or a matplotlib Figure (or an Axes of one).
    alt: one to three sentences that say what the figure shows, numbers included where they matter. It becomes the
        ``alt`` attribute of the picture and its plain-text form. Braces of an f-string may put measured values in.

    The output is HTML, ``<img alt=… src="data:image/png;base64,…">``, because that is the one form whose description
    reaches a reader everywhere: JupyterLab 4 and nbconvert's default template ignore an ``alt`` in the metadata of an
    ``image/png`` output. Raises LabkitError for anything but a figure and for an empty description.
    """
    if isinstance(figure, Artist):  # an Axes stands for the figure that it is on
        figure = figure.get_figure(root=True)
    if not isinstance(figure, (Figure, Sheet)):
        raise LabkitError(f"plotting.show shows figures, and this is {_article(type(figure).__name__)}. "
                          "Make one first: plotting.show(plotting.image_grid(images), alt=\"…\")")
    if not isinstance(alt, str) or not alt.strip():
        raise LabkitError("Every figure needs a description for readers who cannot see it: "
                          "plotting.show(figure, alt=\"Sixteen grey squares, each a different shade.\")")
    alt = " ".join(alt.split())
    data = png(figure)
    width = int.from_bytes(data[16:20], "big")  # of the PNG header; a fixed width keeps the picture's pixels square
    source = f"data:image/png;base64,{base64.b64encode(data).decode()}"
    display({"text/html": f'<img alt="{html.escape(alt)}" src="{source}" width="{width}">',
             "text/plain": f"[figure: {alt}]"}, raw=True)
    if isinstance(figure, Figure) and "matplotlib.pyplot" in sys.modules:  # importing it would cost time
        sys.modules["matplotlib.pyplot"].close(figure)


def _article(name: str) -> str:
    return f"{'an' if name[0].lower() in 'aeiou' else 'a'} {name}"
