"""Loss curves whose axes say what they are."""

import itertools
import math
from collections.abc import Mapping

import numpy as np
from matplotlib.ticker import LogFormatter, MaxNLocator

from labkit.errors import LabkitError
from labkit.plotting.images import DARK as GREY
from labkit.plotting.images import DPI, WIDTH, measure, wrap
from labkit.plotting.style import LINES, Picture, context

#: What both losses of a GAN come to when the discriminator answers 1/2 to everything (Goodfellow et al. 2014,
#: section 4.1, with the non-saturating loss of section 3); the discriminator's is the sum over real and generated.
GAN_REFERENCES = {
    "log 2 ≈ 0.69: generator, when D cannot tell": math.log(2),
    "2·log 2 ≈ 1.39: discriminator, when it cannot tell": 2 * math.log(2),
}
_DASHES = [(0, (1, 2)), (0, (6, 3)), (0, (3, 2, 1, 2))]
_AXES = {"step": "training step", "epoch": "epoch", "images": "images seen"}


def loss_curves(history, x="step", labels=None, references=None, smooth=0, every=1, start=None, batch_size=None,
                ylabel="loss (nats)", title=None, log=False, caption=None):
    """Return a figure with one line for each sequence of losses, and with axes that name their units.

    history: a mapping of names to sequences of numbers (they may differ in length), or what ``fit`` returns.
    x: what one counts, "step", "epoch" or "images" (seen; needs ``batch_size``).
    labels: a mapping of names to what the legend says; a name that is missing says itself. Given, it also chooses
        which losses are shown, in its order.
    references: horizontal lines, a mapping of words to values; "gan" stands for log 2 and 2·log 2, the losses at
        which the discriminator cannot tell real from generated.
    smooth: how many neighbouring values the thick line is a centred mean of; the values themselves stay visible, pale,
        behind it. 0 or 1: no smoothing.
    every: steps (or epochs) from one value to the next. start: where the first value belongs; None means ``every``
        for steps and images (a mean over the steps so far), 1 for epochs.
    batch_size: images in a minibatch: says so at the axis of steps, and turns steps into images.
    log: a logarithmic axis of losses. title, caption: above and below.

    Values that are not finite leave a gap, and the first of them is marked. Raises LabkitError for an empty history,
    unknown names and units.
    """
    series = _series(history, labels)
    if x not in _AXES:
        raise LabkitError(f"x is {x!r}. Expected one of {', '.join(map(repr, _AXES))}.")
    if x == "images" and not batch_size:
        raise LabkitError("x=\"images\" needs to know how many images one step sees: batch_size=256, for example.")
    if not isinstance(smooth, int) or smooth < 0:
        raise LabkitError(f"smooth is {smooth!r}. Expected how many neighbouring values to average, for example 21.")
    if log and any(np.nanmin(values) <= 0 for values in series.values()):
        raise LabkitError("A loss of zero or less has no place on a logarithmic axis. Leave log=True away.")
    with context():
        figure = Picture(dpi=DPI, layout="constrained")
        axes = figure.subplots()
        unit = batch_size * every if x == "images" else every
        first = (1 if x == "epoch" else every) if start is None else start
        first = first * batch_size if x == "images" else first
        for (name, values), style in zip(series.items(), itertools.cycle(LINES), strict=False):
            _line(axes, first + unit * np.arange(len(values)), values, (labels or {}).get(name, name), style, smooth)
        _references(axes, references)
        _axes(axes, x, batch_size, ylabel, log)
        if title:
            axes.set_title("\n".join(wrap(str(title), WIDTH - 80, 11)), loc="left")
        if caption:
            figure.supxlabel(caption, fontsize=9, color=GREY, x=0.01, ha="left", wrap=True)
        rows = _legend(figure, axes)
        height = 300 + 21 * rows + (26 if title else 0) + (40 if caption else 0)
        figure.set_size_inches(WIDTH / DPI * (1 + 1e-9), height / DPI * (1 + 1e-9))
    return figure


def _legend(figure, axes):
    """Put the legend above the axes, in two columns where its words fit; return its rows."""
    handles, words = axes.get_legend_handles_labels()
    widest = max(measure(text, 9)[0] for text in words)
    columns = 2 if len(words) > 1 and widest < WIDTH / 2 - 70 else 1
    lines = [wrap(text, WIDTH - 80, 9) for text in words]
    figure.legend(handles, ["\n".join(text) for text in lines], loc="outside upper left", ncols=columns, handlelength=3)
    return sum(map(len, lines)) if columns == 1 else -(-len(words) // 2)


def _series(history, labels):
    history = getattr(history, "history", history)
    if not isinstance(history, Mapping):
        raise LabkitError(f"history is a {type(history).__name__}. Expected what fit returns, or a mapping of names to "
                          "losses: {\"generator\": [0.9, 0.8], \"discriminator\": [1.2, 1.3]}.")
    if unknown := [name for name in labels or () if name not in history]:
        there = ", ".join(map(repr, history))
        raise LabkitError(f"The history has no {', '.join(map(repr, unknown))}. It has {there}.")
    series = {}
    for name in labels or history:
        try:
            values = np.asarray(history[name], float)
        except (TypeError, ValueError):
            values = np.empty((0, 0))
        if values.ndim != 1 or not len(values):
            raise LabkitError(f"The history's {name!r} is not a sequence of numbers. Choose what to show with "
                              "labels={\"NAME\": \"what the legend says\"}.")
        series[name] = values
    if not series:
        raise LabkitError("The history holds no losses: was the model trained?")
    if all(len(values) == 1 for values in series.values()) or not any(np.isfinite(v).any() for v in series.values()):
        raise LabkitError("A curve needs at least two finite values. Print a single one; "
                          "if all are NaN, the training went wrong from its first step.")
    return series


def _line(axes, places, values, label, style, smooth):
    colour, dashes = style
    finite = np.where(np.isfinite(values), values, np.nan)
    if smooth > 1:
        axes.plot(places, finite, color=colour, alpha=0.28, linewidth=0.9, linestyle="-")
        axes.plot(places, moving_mean(finite, smooth), color=colour, linestyle=dashes,
                  label=f"{label}, mean of {smooth} (pale: each)")
    else:
        crowded = len(values) > 100
        axes.plot(places, finite, color=colour, linestyle=dashes, label=label, linewidth=1.0 if crowded else 1.6,
                  marker="." if len(values) <= 12 else None)
    if not np.isfinite(values).all():
        broken = places[np.argmin(np.isfinite(values))]
        axes.axvline(broken, color=colour, linewidth=1, linestyle=":", label=f"{label}: not a number from {broken:,}")


def moving_mean(values, window) -> np.ndarray:
    """Return the centred mean over ``window`` values; at the ends, over those that there are. NaN are left out."""
    known = np.isfinite(values)
    kernel = np.ones(min(window, len(values)))
    total = np.convolve(np.where(known, values, 0.0), kernel, "same")
    count = np.convolve(known.astype(float), kernel, "same")
    return np.where(known, total / np.maximum(count, 1), np.nan)


def _references(axes, references):
    references = GAN_REFERENCES if references == "gan" else references or {}
    if not isinstance(references, Mapping):
        raise LabkitError(f"references is {references!r}. Expected \"gan\" or a mapping of words to values: "
                          "{\"always grey\": 0.25}.")
    for (words, value), dashes in zip(references.items(), itertools.cycle(_DASHES), strict=False):
        axes.axhline(value, color=GREY, linewidth=1.1, linestyle=dashes, label=words)


def _axes(axes, x, batch_size, ylabel, log):
    words = _AXES[x]
    if x == "step" and batch_size:
        words += f" (one minibatch of {batch_size} images each)"
    axes.set_xlabel(words)
    axes.set_ylabel(ylabel)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=8, integer=True))
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    axes.margins(x=0.01)
    if log:
        axes.set_yscale("log")
        for which in (axes.yaxis.set_major_formatter, axes.yaxis.set_minor_formatter):
            which(_PlainLog(minor_thresholds=(2, 0.6)))


class _PlainLog(LogFormatter):
    """Writes 0.1 where matplotlib writes 1e-01, and leaves the same ticks bare."""

    def _num_to_string(self, value, vmin, vmax):
        return f"{value:g}"
