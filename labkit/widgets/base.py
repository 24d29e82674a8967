"""What all widgets have in common: settings, a picture, words for those who do not see it, errors in plain sight."""

import contextlib
import dataclasses
import functools
import html
import threading
import traceback
from collections.abc import Callable

import numpy as np

from labkit.errors import LabkitError
from labkit.plotting.images import png
from labkit.widgets.board import on_white
from labkit.widgets.painter import PAINTER
from labkit.widgets.surroundings import interactive

#: ipywidgets names neither sliders nor the buttons of a player for screen readers: a slider's label is text beside its
#: handle. As soon as this style sheet is loaded it gives them names. Where a page forbids that, all the rest works.
NAMING = ("const box = this.closest('.labkit');"
          "const words = handle => handle.closest('.jupyter-widgets').querySelector('.widget-label').textContent;"
          "const icon = button => button.querySelector('.fa-stop') ? 'stop' :"
          " button.querySelector('.fa-play, .fa-pause') ? 'play or pause' : 'repeat';"
          "const all = (what, words) => box.querySelectorAll(what + ':not([aria-label])')"
          ".forEach(part => part.setAttribute('aria-label', words(part)));"
          "const name = () => { all('.noUi-handle', words); all('.widget-play button', icon); };"
          "name(); new MutationObserver(name).observe(box, {childList: true, subtree: true});")
STYLE = f'<style onload="{NAMING}">' + """
.labkit-view { image-rendering: pixelated; max-width: 100%; height: auto; }
.labkit .widget-label, .labkit .widget-readout { color: var(--jp-ui-font-color1, inherit); }
.labkit button:focus-visible, .labkit input:focus-visible, .labkit select:focus-visible,
.labkit .noUi-handle:focus-visible { outline: 3px solid #E69F00; outline-offset: 1px; }
.labkit .noUi-connect { background: #0072B2; }
.labkit-words { color: var(--jp-ui-font-color1, inherit); line-height: 1.4; }
.labkit-error { color: var(--jp-ui-font-color1, inherit); border-left: 5px solid #D55E00; padding: 4px 10px; }
.labkit-error pre { max-height: 16em; overflow: auto; color: inherit; background: transparent; font-size: 85%; }
</style>"""


@dataclasses.dataclass(frozen=True)
class Drawing:
    """What a widget shows for its settings.

    board: uint8 (height, width, 4). alt: what one sees, for those who do not. words: a line below; may be "".
    """

    board: np.ndarray
    alt: str
    words: str = ""


class Panel:
    """A widget: settings go in, a drawing comes out.

    A subclass sets ``title``, gives ``super().__init__`` its settings with their first values, and defines ``draw``
    and ``controls``; ``check`` may refuse settings. In a notebook with a person before it the last line of a cell
    shows live controls; headless it shows the drawing as a picture. No control exists before it is shown live, so
    a headless run leaves no widget state.
    """

    title = "widget"

    def __init__(self, **settings):
        self.settings = self.check(settings)
        self.error: BaseException | None = None
        self._lock = threading.RLock()
        self._controls, self._box, self._said = {}, None, ""

    # What subclasses define

    def check(self, settings: dict) -> dict:
        """Return the settings, put right; raises LabkitError for impossible ones."""
        return settings

    def draw(self, settings: dict) -> Drawing:
        """Return the drawing for these settings: a pure function of them, and of what the widget was made from."""
        raise NotImplementedError

    def controls(self, ui) -> list:
        """Return the rows of controls, lists of ipywidgets; ``ui`` makes them (``Controls``)."""
        raise NotImplementedError

    # What notebooks and tests use

    def set(self, **changes) -> "Panel":
        """Change settings, as moving a control does; returns the widget. Raises LabkitError for impossible ones."""
        with self._lock:
            if unknown := sorted(set(changes) - set(self.settings)):
                raise LabkitError(f"{type(self).__name__} has no {', '.join(unknown)}. "
                                  f"It has {', '.join(self.settings)}.")
            self.settings = self.check({**self.settings, **changes})
            self._said = ""
            for name, control in self._controls.items():
                if name in changes and control.value != self.settings[name]:
                    control.value = self.settings[name]
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

        drawing = self.drawing()
        figure = plotting.image_grid(on_white(drawing.board)[None], scale=1.0, caption=drawing.words or None)
        plotting.show(figure, alt=drawing.alt)

    @property
    def box(self):
        """The live ipywidgets box; made when it is first asked for."""
        if self._box is None:
            self._box = self._build()
            self._paint()
            _unbind(self._box)
        return self._box

    def _ipython_display_(self):
        if interactive():
            from IPython.display import display

            display(self.box)
        else:
            self.show_static()

    # How it works

    def _build(self):
        import ipywidgets

        self._view = _picture()(format="png", layout=ipywidgets.Layout(height="auto", max_width="100%"))
        self._view.add_class("labkit-view")
        self._words, self._alarm = ipywidgets.HTML(), ipywidgets.HTML()
        style = ipywidgets.HTML(STYLE, layout=ipywidgets.Layout(display="none"))
        rows = [ipywidgets.HBox(row, layout=ipywidgets.Layout(flex_flow="row wrap", align_items="center"))
                for row in self.controls(Controls(self, ipywidgets))]
        box = ipywidgets.VBox([style, *rows, self._view, self._words, self._alarm])
        box.add_class("labkit")
        return box

    def _repaint(self):
        if self._box is not None:
            PAINTER.ask(self._paint)

    def _paint(self):
        with self.guard():
            drawing = self.drawing()
            width = f"{drawing.board.shape[1]}px"
            if self._view.layout.width != width:
                self._view.layout.width = width
            with self._view.hold_sync():  # one message, one repaint in the browser
                self._view.tooltip = drawing.alt
                self._view.value = png(drawing.board)
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
        """Take a control's new value over. The control goes back when the value is refused."""
        with self.guard(), self._lock:
            if self.settings[name] == value:
                return
            try:
                self.settings = self.check({**self.settings, name: value})
            finally:
                self._controls[name].value = self.settings[name]
            self._said = ""
            self._repaint()


def _unbind(box) -> None:
    """Let what the user does with these controls reach the kernel while a cell runs.

    JupyterLab sends it to a second shell of the kernel (JEP 91), which is free then. But ipykernel 7.4 answers where a
    control was last written from, and that is the cell that made it, so the second shell would never hear of it.
    Forgetting that place leaves the choice to JupyterLab. Other versions have no such note, and lose nothing.
    """
    vars(box.comm).pop("_reply_subshell_id", None)
    for child in getattr(box, "children", ()):
        _unbind(child)


@functools.cache
def _picture():
    """Return ipywidgets' Image with a description for those who do not see it.

    The front end has no alternative text for images. It turns ``tooltip`` into a title, which is what a screen reader
    then says, but only for widgets that also have a ``description``, so this one has an empty one.
    """
    import ipywidgets
    import traitlets

    class Picture(ipywidgets.Image):
        description = traitlets.Unicode("").tag(sync=True)

    return Picture


def _alarm(error) -> str:
    if isinstance(error, LabkitError):
        return f'<div class="labkit-error" role="alert">{html.escape(str(error))}</div>'
    trace = html.escape("".join(traceback.format_exception(error)))
    return (f'<div class="labkit-error" role="alert">{html.escape(f"{type(error).__name__}: {error}")}'
            f"<details><summary>where it happened</summary><pre>{trace}</pre></details></div>")


class Controls:
    """Makes labelled ipywidgets that are bound to a panel's settings of the same name."""

    def __init__(self, panel: Panel, ipywidgets):
        self._panel, self._ipywidgets = panel, ipywidgets

    def _bind(self, name, control):
        self._panel._controls[name] = control
        control.observe(lambda change: self._panel.moved(name, change["new"]), "value")
        return control

    def _look(self, width="380px", label="120px"):
        return {"style": {"description_width": label}, "layout": self._ipywidgets.Layout(width=width)}

    def slider(self, name, label, low, high, step=1, help="", width="380px"):
        """A slider of whole numbers where low, high and step are whole, of others else."""
        whole = all(isinstance(number, int) for number in (low, high, step))
        kind = self._ipywidgets.IntSlider if whole else self._ipywidgets.FloatSlider
        options = {} if whole else {"readout_format": ".2f"}
        return self._bind(name, kind(self._panel.settings[name], min=low, max=high, step=step, description=label,
                                     tooltip=help or label, **options, **self._look(width)))

    def number(self, name, label, low, high, help=""):
        """A field for a whole number."""
        return self._bind(name, self._ipywidgets.BoundedIntText(
            self._panel.settings[name], min=low, max=high, description=label, tooltip=help or label,
            **self._look("230px", "70px")))

    def choice(self, name, label, options, help="", width="330px"):
        """A list to choose from; options: (words, value) pairs."""
        return self._bind(name, self._ipywidgets.Dropdown(
            options=options, value=self._panel.settings[name], description=label, tooltip=help or label,
            style={"description_width": "initial"}, layout=self._ipywidgets.Layout(width=width, margin="2px 12px")))

    def check(self, name, label):
        """A box to tick."""
        return self._bind(name, self._ipywidgets.Checkbox(
            self._panel.settings[name], description=label, indent=False,
            layout=self._ipywidgets.Layout(width="auto", margin="2px 16px 2px 8px")))

    def button(self, label, action, help="", icon=""):
        """A button; ``action`` takes nothing."""
        button = self._ipywidgets.Button(description=label, tooltip=help or label, icon=icon,
                                         layout=self._ipywidgets.Layout(width="auto"))
        button.on_click(self._panel.act(action))
        return button

    @property
    def raw(self):
        """ipywidgets itself, for what the others do not cover."""
        return self._ipywidgets
