"""The StylePainter: how much content, how much style, and from which depth, by hand."""

import functools
from collections.abc import Callable

import numpy as np

from labkit.errors import LabkitError
from labkit.plotting.images import Sheet
from labkit.widgets.base import Drawing, Panel
from labkit.widgets.board import zoom

_DEPTHS = ("fine", "middle", "coarse")
_MOST = 200


class StylePainter(Panel):
    """Move the weights of neural style transfer, and see the photograph repainted; each change takes some seconds.

    content, style: uint8 (size, size, 3). paint: called with the settings content_weight, fine, middle, coarse and
    steps by name; returns the picture, uint8 (size, size, 3), and a line about it. content_weight: how much the
    photograph counts beside the painting. fine, middle, coarse: the weights of the style layers at three depths.
    steps: evaluations of the loss, at most 200. Raises LabkitError for impossible settings.
    """

    title = "style painter"

    def __init__(self, content, style, paint: Callable, content_weight=0.15, fine=1.0, middle=1.0, coarse=1.0,
                 steps=40):
        self.content, self.style = content, style
        self._made = functools.lru_cache(maxsize=32)(paint)  # moving a slider back costs nothing
        super().__init__(content_weight=content_weight, fine=fine, middle=middle, coarse=coarse, steps=steps)

    def check(self, settings):
        for name in ("content_weight", *_DEPTHS):
            if not 0 <= settings[name] <= 2:
                raise LabkitError(f"{name} is {settings[name]!r}. Expected a weight from 0 to 2.")
        if not any(settings[name] for name in _DEPTHS):
            raise LabkitError("fine, middle and coarse are all 0: no style is left. Raise one of them.")
        if not isinstance(settings["steps"], (int, np.integer)) or not 1 <= settings["steps"] <= _MOST:
            raise LabkitError(f"steps is {settings['steps']!r}. Expected a whole number, 1 to {_MOST}.")
        return settings

    def image(self) -> np.ndarray:
        """Return the painted picture of the present settings, uint8 (size, size, 3)."""
        return self._made(**self.settings)[0]

    def draw(self, settings):
        image, words = self._made(**settings)
        scale = zoom(self.content.shape[1], 3, 256)
        side, board = scale * self.content.shape[0], Sheet(paper=False)
        for i, (picture, name) in enumerate(((self.content, "content"), (self.style, "style"), (image, "painted"))):
            board.picture(i * (side + 8), 0, picture, scale)
            board.words(i * (side + 8), side + 3, name)
        depths = ", ".join(f"{name} {settings[name]:g}" for name in _DEPTHS)
        how = f"content {settings['content_weight']:g}; style {depths}; {settings['steps']} evaluations"
        return Drawing(board.array(), f"A photograph, a painting, and the photograph repainted in its style: {how}.",
                       f"{how}. {words}")

    def controls(self, ui):
        return [
            [ui.slider("content_weight", "content", 0.0, 1.0, 0.05, help="how much the photograph counts"),
             ui.slider("steps", "evaluations", 10, 120, 10, help="how long it is painted")],
            [ui.slider(name, f"style, {name}", 0.0, 1.0, 0.25, help=f"weight of the {name} layers", width="260px")
             for name in _DEPTHS],
        ]
