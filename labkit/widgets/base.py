"""What all widgets have in common: settings, a picture, words for those who do not see it, errors in plain sight."""

import concurrent.futures
import contextlib
import html
import itertools
import math
import os
import threading
import traceback
from collections import namedtuple
from collections.abc import Callable

import IPython.display
import ipywidgets
import numpy as np

from labkit.errors import LabkitError
from labkit.plotting.images import GAP, GREY, MARGIN, OKABE_ITO, Sheet, png
from labkit.widgets import controls

WIDTH = 800  # pixels that a board may take: a notebook's width beside JupyterLab's file browser
LINE = 13  # pixels of a line of words
SEEDS = (0, 2**31 - 1)


def interactive() -> bool:
    """Tell whether widgets are to be alive here; otherwise each shows a picture of itself.

    ``LABKIT_HEADLESS`` decides where it is set: 1 means that nobody watches, 0 that somebody does. Otherwise the front
    end does: JupyterLab, Notebook and VS Code say with each cell that ``input()`` may ask a person, papermill,
    nbconvert and nbval that it may not. Outside a kernel nothing is alive.
    """
    if said := os.environ.get("LABKIT_HEADLESS", "").strip():
        return said == "0"
    # ipykernel keeps what the last execute_request said of stdin; other kernels (Pyodide's) run in a browser.
    kernel = getattr(IPython.get_ipython(), "kernel", None)
    return kernel is not None and bool(getattr(kernel, "_allow_stdin", True))


#: Repaints widgets, one after the other, for they share the processor; the kernel stays free meanwhile.
PAINTER = concurrent.futures.ThreadPoolExecutor(1, "labkit-painter")

#: What a widget shows for its settings: a transparent sheet, what one sees on it, and a line below (or "").
Drawing = namedtuple("Drawing", "board alt words", defaults=[""])


class Panel:
    """A widget: settings go in, a drawing comes out.

    A subclass gives ``super().__init__`` its settings with their first values, and defines ``limits`` (the ends of
    its numbers; whole ends are for whole numbers), ``draw(settings)``, which returns a ``Drawing`` and is a pure
    function of them, and ``controls(ui)``, which returns rows of what ``widgets.controls`` makes; ``check`` may refuse
    more. In a notebook with a person before it the last line of a cell shows live controls; headless it shows the
    drawing as a picture. No control exists before it is shown live, so a headless run leaves no widget state.
    """

    limits: dict[str, tuple] = {}  # noqa: RUF012  never changed, only replaced

    def __init__(self, **settings):
        self.settings = self.check(settings)
        self._lock = threading.RLock()
        self._controls, self._box, self._said, self._due = {}, None, "", False

    def check(self, settings: dict) -> dict:
        """Return the settings, put right; raises LabkitError for impossible ones."""
        for name, (low, high) in self.limits.items():
            whole = isinstance(low, int)
            kinds = (int, np.integer) if whole else (int, float, np.number)
            if not isinstance(settings[name], kinds) or not low <= settings[name] <= high:
                raise LabkitError(f"{name} is {settings[name]!r}. Expected a {'whole ' if whole else ''}number from "
                                  f"{low:,} to {high:,}.")
        return settings

    def set(self, **changes) -> "Panel":
        """Change settings, as moving a control does; returns the widget. Raises LabkitError for impossible ones."""
        with self._lock:
            if unknown := sorted(set(changes) - set(self.settings)):
                raise LabkitError(f"{type(self).__name__} has no {', '.join(unknown)}. "
                                  f"It has {', '.join(self.settings)}.")
            try:
                self.settings = self.check({**self.settings, **changes})
                self._said = ""
            finally:  # a control whose value was refused goes back
                for name in set(changes) & set(self._controls):
                    controls.show(self._controls[name], self.settings[name])
        self._repaint()
        return self

    def drawing(self) -> Drawing:
        """Return what the present settings show, computed now."""
        return self.draw(self.settings)

    def show_static(self) -> None:
        """Show the drawing as a picture, with its description."""
        from labkit import plotting

        drawing, figure = self.drawing(), Sheet()
        figure.picture(MARGIN, MARGIN, drawing.board.array())
        plotting.show(figure.captioned(drawing.words), alt=drawing.alt, still=interactive())

    @property
    def box(self):
        """The live ipywidgets box; made when it is first asked for."""
        if self._box is None:
            self._box = self._build()
            self._paint()
            controls.unbind(self._box)
        return self._box

    def _ipython_display_(self):
        if interactive():
            IPython.display.display(self.box)
        self.show_static()  # behind a live widget, too: this is what a saved notebook shows without its kernel

    def _build(self):
        self._view = controls.Picture(format="png", layout=ipywidgets.Layout(height="auto", max_width="100%"))
        self._view.add_class("labkit-view")
        self._words, self._alarm = ipywidgets.HTML(), ipywidgets.HTML()
        style = ipywidgets.HTML(controls.STYLE, layout=ipywidgets.Layout(display="none"))
        rows = [ipywidgets.HBox(row, layout=ipywidgets.Layout(flex_flow="row wrap", align_items="center"))
                for row in self.controls(controls.Controls(self))]
        box = ipywidgets.VBox([style, *rows, self._view, self._words, self._alarm])
        box.add_class("labkit")
        return box

    def _repaint(self):
        """Have the newest settings painted, once: a slider sends more events than a generator can answer."""
        if self._box is not None and not self._due:
            self._due = True
            PAINTER.submit(self._paint)

    def _paint(self):
        self._due = False
        with self.guard():
            drawing = self.drawing()
            board = drawing.board.array()
            self._view.layout.width = f"{board.shape[1]}px"
            with self._view.hold_sync():  # one message, one repaint in the browser
                self._view.tooltip = drawing.alt
                self._view.value = png(board)
            words = ". ".join(filter(None, [drawing.words.rstrip("."), self._said]))
            self._words.value = f'<div class="labkit-words" role="status" aria-live="polite">{html.escape(words)}</div>'
            self._alarm.value = ""

    def say(self, words: str) -> None:
        """Add words to the line below the picture, until the next change of a setting."""
        self._said = words
        self._repaint()

    @contextlib.contextmanager
    def guard(self):
        """Show an error of the block in the widget: nobody reads what a callback prints, and nothing may be lost."""
        try:
            yield
        except Exception as error:  # noqa: BLE001  whatever it is, the student must see it; the widget lives on
            self._alarm.value = _alarm(error)

    def act(self, action: Callable[[], None]) -> Callable:
        """Return a handler for a button: the action, its errors shown in the widget."""

        def handler(_=None):
            with self.guard():
                action()

        return handler


def _alarm(error) -> str:
    text, trace = str(error), ""
    if not isinstance(error, LabkitError):
        text = f"{type(error).__name__}: {error}"
        trace = ("<details><summary>where it happened</summary><pre>"
                 f"{html.escape(''.join(traceback.format_exception(error)))}</pre></details>")
    return f'<div class="labkit-error" role="alert">{html.escape(text)}{trace}</div>'


def zoom(width: int, columns: int, wanted: int = 96) -> int:
    """Return how many pixels of the screen each pixel of a picture gets, at least 1."""
    return max(1, min(wanted, (WIDTH + GAP) // columns - GAP) // width)


def row(board: Sheet, x: int, y: int, pictures, scale: int, words=()) -> int:
    """Put pictures, uint8 (h, w, c), beside each other, each below its word; return where the next one would stand."""
    for image, text in itertools.zip_longest(pictures, words):
        if text:
            board.words(x, y - LINE, text)
        board.picture(x, y, image, scale)
        x += image.shape[1] * scale + GAP
    return x


def stacked(*boards: Sheet) -> Sheet:
    """Return boards below each other as one."""
    board = Sheet(paper=False)
    for part in boards:
        board.picture(0, board.height + (GAP if board.height else 0), part.array())
    return board


def curves(series, title, references=(), top=None, at=None) -> np.ndarray:
    """Return a line chart, uint8 (150, 392, 4), to be read on light and on dark ground. series: up to four names and
    their (steps, values). references: numbers that get a thin line. top: the end of the vertical axis; None: above most
    of the numbers. at: a step that gets an upright line; the horizontal axis is logarithmic then."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    known = np.concatenate([np.asarray(values)[np.isfinite(values)][-2000:] for _, values in series.values()])
    top = top or max(2.0, math.ceil(2 * np.percentile([*known, 2.0], 98)) / 2)
    figure = Figure((3.92, 1.5), dpi=100, facecolor="none")
    axes = figure.add_axes((0.09, 0.11, 0.87, 0.77), facecolor="none")
    styles = zip(("blue", "vermilion", "green", "orange"), ("-", "--", ":", "-."), strict=True)
    for (name, (steps, values)), (colour, dashes) in zip(series.items(), styles, strict=False):
        axes.plot(steps, values, dashes, color=OKABE_ITO[colour], linewidth=1.4, label=name)
    for value in references:
        axes.axhline(value, color=GREY, linewidth=0.7, linestyle=(0, (4, 6)))
    axes.set(ylim=(0, top), yticks=(0, top / 2, top), xmargin=0.03 if at else 0)
    if at:
        axes.axvline(at, color=GREY, linewidth=1)
        axes.set_xscale("log")
        axes.xaxis.set(major_formatter="{x:,.0f}", minor_formatter="")  # minor numbers would overlap
    else:
        axes.xaxis.get_major_locator().set_params(integer=True)
    axes.tick_params(colors=GREY, labelsize=7, length=0)
    axes.spines[:].set_visible(False)
    axes.grid(axis="y", color=GREY, alpha=0.35, linewidth=0.6)
    axes.set_title(title, fontsize=8, color=GREY, loc="left", pad=4)
    axes.legend(loc="lower right", bbox_to_anchor=(1, 0.97), ncols=3, fontsize=7, labelcolor=GREY, frameon=False)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())
