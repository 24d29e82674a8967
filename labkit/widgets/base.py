"""What all widgets have in common: settings, a picture, words for those who do not see it, errors in plain sight."""

import contextlib
import dataclasses
import html
import os
import sys
import threading
import time
import traceback
from collections.abc import Callable

import numpy as np

from labkit.errors import LabkitError
from labkit.plotting.images import GAP, MARGIN, Sheet, png
from labkit.widgets import controls

WIDTH = 800  # pixels that a board may take: a notebook's width beside JupyterLab's file browser
LINE = 13  # pixels of a line of words
_HEADLESS = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}


def interactive() -> bool:
    """Tell whether widgets are to be alive here; otherwise each shows a picture of itself.

    ``LABKIT_HEADLESS`` decides where it is set: 1 means that nobody watches (``labkit run``, the tests and the tool
    that stores outputs set it), 0 that somebody does. Otherwise it is what the front end says when it sends a cell:
    one with a person before it offers to ask that person (``input()``; JupyterLab, Notebook, VS Code), while
    papermill, nbconvert and nbval say that nobody can be asked. Outside a kernel nothing is alive.

    Raises LabkitError when LABKIT_HEADLESS is something else.
    """
    said = os.environ.get("LABKIT_HEADLESS", "").strip().lower()
    if said:
        if said not in _HEADLESS:
            raise LabkitError(f"LABKIT_HEADLESS is {said!r}. Set it to 1 (pictures only) or 0 (live widgets), or "
                              "leave it unset.")
        return not _HEADLESS[said]
    if "IPython" not in sys.modules:
        return False
    # ipykernel keeps what the last execute_request said of stdin; other kernels (Pyodide's) run in a browser.
    kernel = getattr(sys.modules["IPython"].get_ipython(), "kernel", None)
    return kernel is not None and bool(getattr(kernel, "_allow_stdin", True))


class Painter:
    """One thread that repaints widgets, always from their newest settings: fast moves never queue up.

    A slider sends more events than a generator can answer. Each event only notes that its widget is out of date; the
    thread then paints the newest state, and what came in between is never computed. Tasks must not raise.
    """

    def __init__(self):
        self._changed = threading.Condition()
        self._waiting: dict = {}  # used as an ordered set
        self._running = self._thread = None

    def ask(self, task: Callable[[], None]) -> None:
        """Run ``task`` soon, after everything that waits already; nothing happens when it waits already."""
        with self._changed:
            self._waiting.setdefault(task)
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="labkit-painter", daemon=True)
                self._thread.start()
            self._changed.notify_all()

    def settle(self, timeout: float = 30.0) -> bool:
        """Wait until nothing waits and nothing runs; tell whether that came about in time."""
        end = time.monotonic() + timeout
        with self._changed:
            return self._changed.wait_for(lambda: not self._waiting and self._running is None,
                                          end - time.monotonic())

    def _run(self):
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting)
                self._running = next(iter(self._waiting))
                del self._waiting[self._running]
            try:
                self._running()
            finally:
                with self._changed:
                    self._running = None
                    self._changed.notify_all()


PAINTER = Painter()  # one for all widgets: they share the processor, too


@dataclasses.dataclass(frozen=True)
class Drawing:
    """What a widget shows for its settings: a transparent sheet, what one sees on it, and a line below (or "")."""

    board: Sheet
    alt: str
    words: str = ""


class Panel:
    """A widget: settings go in, a drawing comes out.

    A subclass gives ``super().__init__`` its settings with their first values, and defines ``limits`` (the ends of
    its numbers; whole ends are for whole numbers), ``draw`` and ``controls``; ``check`` may refuse more. In a notebook
    with a person before it the last line of a cell shows live controls; headless it shows the drawing as a picture.
    No control exists before it is shown live, so a headless run leaves no widget state.
    """

    limits: dict[str, tuple] = {}  # noqa: RUF012  never changed, only replaced

    def __init__(self, **settings):
        self.settings = self.check(settings)
        self.error: BaseException | None = None
        self._lock = threading.RLock()
        self._controls, self._box, self._said = {}, None, ""

    def check(self, settings: dict) -> dict:
        """Return the settings, put right; raises LabkitError for impossible ones."""
        for name, (low, high) in self.limits.items():
            whole = isinstance(low, int)
            kinds = (int, np.integer) if whole else (int, float, np.number)
            if not isinstance(settings[name], kinds) or not low <= settings[name] <= high:
                raise LabkitError(f"{name} is {settings[name]!r}. Expected a {'whole ' if whole else ''}number from "
                                  f"{low:,} to {high:,}.")
        return settings

    def draw(self, settings: dict) -> Drawing:
        """Return the drawing for these settings: a pure function of them, and of what the widget was made from."""
        raise NotImplementedError

    def controls(self, ui) -> list:
        """Return the rows of controls, lists of ipywidgets; ``ui`` makes them (``widgets.controls``)."""
        raise NotImplementedError

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
        return self.draw(dict(self.settings))

    def settle(self, timeout: float = 30.0) -> bool:
        """Wait until what is shown belongs to the present settings; tell whether it came about in time."""
        return PAINTER.settle(timeout)

    def show_static(self) -> None:
        """Show the drawing as a picture, with its description."""
        from labkit import plotting

        drawing, figure = self.drawing(), Sheet()
        figure.picture(MARGIN, MARGIN, drawing.board.array())
        plotting.show(figure.captioned(drawing.words), alt=drawing.alt)

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
            from IPython.display import display

            display(self.box)
        else:
            self.show_static()

    def _build(self):
        import ipywidgets

        self._view = controls.picture()(format="png", layout=ipywidgets.Layout(height="auto", max_width="100%"))
        self._view.add_class("labkit-view")
        self._words, self._alarm = ipywidgets.HTML(), ipywidgets.HTML()
        style = ipywidgets.HTML(controls.STYLE, layout=ipywidgets.Layout(display="none"))
        rows = [ipywidgets.HBox(row, layout=ipywidgets.Layout(flex_flow="row wrap", align_items="center"))
                for row in self.controls(controls.Controls(self, ipywidgets))]
        box = ipywidgets.VBox([style, *rows, self._view, self._words, self._alarm])
        box.add_class("labkit")
        return box

    def _repaint(self):
        if self._box is not None:
            PAINTER.ask(self._paint)

    def _paint(self):
        with self.guard():
            drawing = self.drawing()
            board = drawing.board.array()
            self._view.layout.width = f"{board.shape[1]}px"
            with self._view.hold_sync():  # one message, one repaint in the browser
                self._view.tooltip = drawing.alt
                self._view.value = png(board)
            words = ". ".join(filter(None, [drawing.words.rstrip("."), self._said]))
            self._words.value = f'<div class="labkit-words" role="status" aria-live="polite">{html.escape(words)}</div>'
            if self.error is not None:
                self.error, self._alarm.value = None, ""

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
            self.error = error
            self._alarm.value = _alarm(error)

    def act(self, action: Callable[[], None]) -> Callable:
        """Return a handler for a button: the action, its errors shown in the widget."""

        def handler(_=None):
            with self.guard():
                action()

        return handler

    def moved(self, name: str, value) -> None:
        """Take a control's new value over."""
        if self.settings[name] != value:
            with self.guard():
                self.set(**{name: value})


def _alarm(error) -> str:
    trace = ""
    if not isinstance(error, LabkitError):
        trace = ("<details><summary>where it happened</summary><pre>"
                 f"{html.escape(''.join(traceback.format_exception(error)))}</pre></details>")
        error = f"{type(error).__name__}: {error}"
    return f'<div class="labkit-error" role="alert">{html.escape(str(error))}{trace}</div>'


def zoom(width: int, columns: int, wanted: int = 96) -> int:
    """Return how many pixels of the screen each pixel of a picture gets, at least 1."""
    return max(1, min(wanted, (WIDTH + GAP) // columns - GAP) // width)


def stacked(*boards: Sheet) -> Sheet:
    """Return boards below each other as one."""
    board = Sheet(paper=False)
    for part in boards:
        board.picture(0, board.height + (GAP if board.height else 0), part.array())
    return board
