"""Points in the plane: what a GAN makes of a mixture, moment by moment."""

import math

import numpy as np
from matplotlib.colors import TwoSlopeNorm

from labkit.errors import LabkitError
from labkit.plotting.images import DARK as GREY
from labkit.plotting.images import DPI, OKABE_ITO, WIDTH
from labkit.plotting.style import Picture, context

PANEL = 200  # pixels of the smallest panel


def point_panels(moments, mixture, titles=None, columns=None):
    """Return a figure with a panel for each moment of a game on points.

    moments: sequence of ``labkit.training.points.Frame``, or of anything with ``samples`` (n, 2) and ``logits``, the
        discriminator's on an even square grid (or None: no background). mixture: the ``labkit.training.toy.Mixture``.
    titles: one string per panel; None: "round …". columns: panels in a row; None: at most four.

    Blue ground: the discriminator takes what lies there for real, orange: for generated; the stronger, the surer.
    Black rings: the true modes at two standard deviations, or three pixels where they are smaller; points: samples.
    """
    moments = list(moments)
    if not moments:
        raise LabkitError("There are no moments to draw. PointGan.fit returns some: frames = gan.fit(1000, every=250).")
    columns = columns or min(4, len(moments))
    rows = math.ceil(len(moments) / columns)
    titles = titles or [f"round {moment.round:,}" for moment in moments]
    if len(titles) != len(moments):
        raise LabkitError(f"There are {len(titles)} titles for {len(moments)} moments. Give one for each.")
    with context():
        side = min(WIDTH / columns, 330)
        figure = Picture(figsize=(side * columns / DPI, (side + 42) * rows / DPI), dpi=DPI, layout="constrained")
        for k, (moment, title) in enumerate(zip(moments, titles, strict=True)):
            _panel(figure.add_subplot(rows, columns, k + 1), moment, mixture, title, side)
    return figure


def _panel(axes, moment, mixture, title, side):
    reach = 1.35 * mixture.extent
    if moment.logits is not None:
        axes.imshow(np.clip(moment.logits, -4, 4), extent=(-reach, reach, -reach, reach), origin="lower",
                    cmap="PuOr", norm=TwoSlopeNorm(0, -9, 9), interpolation="bilinear", aspect="equal")
    pixel = 2 * reach / side
    for centre in mixture.centres:
        axes.add_patch(_ring(centre, max(2 * mixture.deviation, 3 * pixel)))
    shown = moment.samples[np.abs(moment.samples).max(1) < reach]
    axes.plot(*shown.T, ".", markersize=2.2, color=OKABE_ITO["vermilion"], alpha=0.6, markeredgewidth=0)
    axes.set(xlim=(-reach, reach), ylim=(-reach, reach), xticks=[], yticks=[], aspect="equal")
    axes.grid(visible=False)
    axes.set_title(title, fontsize=10)
    for spine in axes.spines.values():
        spine.set(visible=True, color=GREY, linewidth=0.6)
    if outside := len(moment.samples) - len(shown):
        axes.set_xlabel(f"{outside:,} {'sample lies' if outside == 1 else 'samples lie'} outside", fontsize=8)


def _ring(centre, radius):
    from matplotlib.patches import Circle

    return Circle(tuple(centre), radius, fill=False, color=OKABE_ITO["black"], linewidth=0.8)
