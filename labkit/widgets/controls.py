"""The controls of widgets in JupyterLab: named for screen readers, in the colours of the theme."""

from pathlib import Path

import ipywidgets
import traitlets

_HERE = Path(__file__).parent
#: ipywidgets names neither sliders nor the buttons of a player for screen readers: a slider's label is text beside its
#: handle. As soon as this style sheet is loaded it gives them names. Where a page forbids that, all the rest works.
STYLE = (f"<style onload=\"{' '.join((_HERE / 'panel.js').read_text('utf-8').split())}\">\n"
         f"{(_HERE / 'panel.css').read_text('utf-8')}</style>")


class Controls:
    """Makes labelled ipywidgets that are bound to a panel's settings of the same name, between its limits."""

    def __init__(self, panel):
        self._panel = panel

    def _bind(self, name, kind, label, help, width, label_width, margin=None, **options):
        look = {"style": {"description_width": label_width}, "layout": ipywidgets.Layout(width=width, margin=margin)}
        control = self._panel._controls[name] = kind(description=label, tooltip=help, **look, **options)

        def moved(change):
            if self._panel.settings[name] != change["new"]:
                with self._panel.guard():
                    self._panel.set(**{name: change["new"]})

        control.observe(moved, "value")
        return control

    def slider(self, name, label, help, step=1, most=None, width="380px"):
        """A slider, of whole numbers where the limits are whole; most: its end, where the limit is further away."""
        (low, high), value = self._panel.limits[name], self._panel.settings[name]
        kind, readout = (ipywidgets.IntSlider, "d") if isinstance(low, int) else (ipywidgets.FloatSlider, ".2f")
        return self._bind(name, kind, label, help, width, "120px", value=value, min=low, max=max(most or high, value),
                          step=step, readout_format=readout)

    def number(self, name, label, help):
        """A field for a whole number."""
        low, high = self._panel.limits[name]
        return self._bind(name, ipywidgets.BoundedIntText, label, help, "230px", "70px",
                          value=self._panel.settings[name], min=low, max=high)

    def choice(self, name, label, options, help, width="330px"):
        """A list to choose from; options: (words, value) pairs."""
        control = self._bind(name, ipywidgets.Dropdown, label, help, width, "initial", "2px 12px", options=options)
        show(control, self._panel.settings[name])
        return control

    def check(self, name, label):
        """A box to tick."""
        return self._bind(name, ipywidgets.Checkbox, label, label, "auto", "initial", "2px 16px 2px 8px",
                          value=self._panel.settings[name], indent=False)

    def button(self, label, action, help, icon=""):
        """A button; ``action`` takes nothing."""
        button = ipywidgets.Button(description=label, tooltip=help, icon=icon, layout=ipywidgets.Layout(width="auto"))
        button.on_click(self._panel.act(action))
        return button


def show(control, value):
    """Bring a control to a value, and let it take one that only code can ask for."""
    if hasattr(control, "max"):
        control.max = max(control.max, value)
    elif value not in [there for _, there in getattr(control, "options", [("", value)])]:
        control.options = [*control.options, (f"{value:g}", value)]
    control.value = value


def unbind(box) -> None:
    """Let what the user does with these controls reach the kernel while a cell runs. JupyterLab sends it to a second
    shell of the kernel (JEP 91), which is free then. But ipykernel 7.4 answers where a control was last written from,
    and that is the cell that made it, so the second shell would never hear of it. Forgetting that place leaves the
    choice to JupyterLab. Other versions have no such note, and lose nothing."""
    vars(box.comm).pop("_reply_subshell_id", None)
    for child in getattr(box, "children", ()):
        unbind(child)


class Picture(ipywidgets.Image):
    """An Image with a description for those who do not see it: ipywidgets' own has no alternative text. The front end
    turns ``tooltip`` into a title, which a screen reader says, but only for widgets with a ``description``, too."""

    description = traitlets.Unicode("").tag(sync=True)
