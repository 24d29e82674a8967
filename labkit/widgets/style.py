"""The StylePainter: how much content, how much style, and from which depth, by hand."""

import functools
from collections.abc import Callable

from labkit.errors import LabkitError
from labkit.plotting.images import Sheet
from labkit.widgets.base import Drawing, Panel, zoom

_DEPTHS = ("fine", "middle", "coarse")


class StylePainter(Panel):
    """Move the weights of neural style transfer, and see the photograph repainted; each change takes some seconds.
    content, style: uint8 (size, size, 3). paint: called by name with the settings content_weight (how much the
    photograph counts beside the painting), fine, middle and coarse (weights of the style layers at three depths) and
    steps (evaluations of the loss, at most 200); returns the picture, uint8 (size, size, 3), and a line about it."""

    limits = {"content_weight": (0.0, 2.0), **dict.fromkeys(_DEPTHS, (0.0, 2.0)), "steps": (1, 200)}  # noqa: RUF012

    def __init__(self, content, style, paint: Callable, steps=40):
        self.content, self.style = content, style
        self._made = functools.lru_cache(maxsize=32)(paint)  # moving a slider back costs nothing
        super().__init__(content_weight=0.15, **dict.fromkeys(_DEPTHS, 1.0), steps=steps)

    def check(self, settings):
        if not any(settings[name] for name in _DEPTHS):
            raise LabkitError("fine, middle and coarse are all 0: no style is left. Raise one of them.")
        return super().check(settings)

    def draw(self, settings):
        image, words = self._made(**settings)
        scale = zoom(self.content.shape[1], 3, 256)
        side, board = scale * self.content.shape[0], Sheet(paper=False)
        for i, (picture, name) in enumerate(((self.content, "content"), (self.style, "style"), (image, "painted"))):
            board.picture(i * (side + 8), 0, picture, scale)
            board.words(i * (side + 8), side + 2, name)
        depths = ", ".join(f"{name} {settings[name]:g}" for name in _DEPTHS)
        how = f"content {settings['content_weight']:g}; style {depths}; {settings['steps']} evaluations"
        return Drawing(board, f"A photograph, a painting, and the photograph repainted in its style: {how}.",
                       f"{how}. {words}")

    def controls(self, ui):
        return [
            [ui.slider("content_weight", "content", "how much the photograph counts", 0.05, most=1.0),
             ui.slider("steps", "evaluations", "how long it is painted", most=120)],
            [ui.slider(name, f"style, {name}", f"weight of the {name} layers", 0.25, most=1.0, width="260px")
             for name in _DEPTHS],
        ]
