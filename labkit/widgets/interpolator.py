"""The Interpolator: from one noise vector to another, and what lies between."""

import functools
from pathlib import Path

import ipywidgets
import numpy as np

from labkit.errors import LabkitError, lookup
from labkit.plotting.images import GAP, GREY, OKABE_ITO, Sheet
from labkit.widgets import noise, saved
from labkit.widgets.base import LINE, Drawing, Panel, row, stacked, zoom

STEPS = 9  # pictures of a strip
FRAMES = 33  # of an animation, there; the way back comes free
SIDE = 5  # pictures along each side of the square between four corners
TOP = LINE + 2


class Interpolator(Panel):
    """Walk between two noise vectors, or in the square between four. generator, name: as ``noise.Source`` takes them.
    seeds: two, or four (the square's corners, row by row). way: "spherical", "linear", or "both" (two strips below each
    other, two ends only). across, down: where one stands, 0 to 1. ``images()`` returns the pictures along the way,
    ``here()`` the noise where one stands, ``save("x.gif")`` writes the walk as an animation."""

    limits = {"across": (0.0, 1.0), "down": (0.0, 1.0)}  # noqa: RUF012

    def __init__(self, generator, seeds=(0, 1), way="both", across=0.5, down=0.5, name=None):
        self.source, self.seeds = noise.Source(generator, name), tuple(seeds)
        if len(self.seeds) not in (2, 4):
            raise LabkitError(f"seeds is {seeds!r}. Give two, or four for the corners of a square.")
        self.ends = np.concatenate([noise.sample(1, self.source.dim, seed) for seed in self.seeds])
        self.square = len(self.ends) == 4
        self.ways = {way: (way,) for way in noise.WAYS} | ({} if self.square else {"both": noise.WAYS})
        self._strip = functools.cache(self._between)  # the ends never change
        super().__init__(way="spherical" if self.square and way == "both" else way, across=across, down=down)

    def check(self, settings):
        lookup(settings["way"], self.ways, "way")
        return super().check(settings)

    def here(self) -> np.ndarray:
        """Return the noise where one stands, float32 (ways, dim): one, or linear and spherical."""
        now = self.settings
        return np.concatenate([self._along(way, [now["across"]], now["down"]) for way in self.ways[now["way"]]])

    def _along(self, way, weights, down):
        """Return the noise on the way, float32 (weights, dim); between four corners, on the line at ``down``."""
        if not self.square:
            return noise.between(*self.ends, weights, way)
        rows = (noise.between(*ends, weights, way) for ends in (self.ends[:2], self.ends[2:]))
        return np.stack([noise.between(upper, lower, [down], way)[0] for upper, lower in zip(*rows, strict=True)])

    def images(self, steps: int = STEPS) -> np.ndarray:
        """Return the pictures along the way, uint8 (steps, h, w, c); of both ways, the spherical one."""
        now = self.settings
        return self.source(self._along(self.ways[now["way"]][-1], np.linspace(0, 1, steps), now["down"]))

    def _between(self, way):
        rows, steps = (np.linspace(0, 1, SIDE), SIDE) if self.square else ([0], STEPS)
        return self.source(np.concatenate([self._along(way, np.linspace(0, 1, steps), down) for down in rows]))

    def draw(self, settings):
        pictures, name, across, down = self.source(self.here()), self.source.name, settings["across"], settings["down"]
        if self.square:
            corners = ", ".join(f"seed {seed}" for seed in self.seeds)
            return Drawing(self._square(settings["way"], across, down, pictures[0]),
                           f"The square between {corners} by {name}, {SIDE} by {SIDE} pictures; large, the one at "
                           f"{across:.2f} across and {down:.2f} down.", f"{name}, between {corners}, {settings['way']}")
        ways, ends = self.ways[settings["way"]], f"seed {self.seeds[0]} to seed {self.seeds[1]}"
        boards = [self._line(way, across, picture) for way, picture in zip(ways, pictures, strict=True)]
        ways = " and ".join(ways)
        return Drawing(stacked(*boards), f"Pictures by {name} on the {ways} way from {ends}: large, the one at "
                       f"{across:.2f}; beside it {STEPS} from 0 to 1.", f"{name}, from {ends}, {ways}")

    def _line(self, way, across, picture):
        board, small = Sheet(paper=False), zoom(picture.shape[1], STEPS + 2, 64)
        height, width = picture.shape[0] * small, picture.shape[1] * small
        left = row(board, 2, TOP, [picture], zoom(picture.shape[1], 6, 128), [f"{way}: at {across:.2f}"]) + 10
        for colour, i in (("blue", 0), ("vermilion", STEPS - 1)):
            board.box(left + i * (width + GAP), TOP, width, height, OKABE_ITO[colour])
        row(board, left, TOP, self._strip(way), small, [f"{i / (STEPS - 1):.2f}" for i in range(STEPS)])
        mark = left + round(across * (STEPS - 1) * (width + GAP)) + width // 2  # where one stands
        board.box(mark, TOP + height + 8, 1, 4, GREY)
        return board

    def _square(self, way, across, down, picture):
        board, small = Sheet(paper=False), zoom(picture.shape[1], 10, 64)
        height, width = picture.shape[0] * small + GAP, picture.shape[1] * small + GAP
        words = f"at {across:.2f} across, {down:.2f} down"
        left = row(board, 2, TOP, [picture], zoom(picture.shape[1], 3, 192), [words]) + 14
        across, down = across * (SIDE - 1), down * (SIDE - 1)
        board.box(left + round(across) * width, TOP + round(down) * height, width - GAP, height - GAP,
                  OKABE_ITO["orange"])
        for i in range(SIDE):
            row(board, left, TOP + i * height, self._strip(way)[i * SIDE:(i + 1) * SIDE], small)
        board.box(left + round(across * width) + width // 2 - 4, TOP + round(down * height) + height // 2 - 4, 7, 7,
                  OKABE_ITO["vermilion"])  # where one stands
        return board

    def controls(self, ui):
        across = ui.slider("across", "across" if self.square else "way", "0 is the first end, 1 the last", 0.01)
        play = ipywidgets.Play(min=0, max=100, step=2, interval=120, value=50, description="play",
                           tooltip="walk by itself", layout=ipywidgets.Layout(width="auto"))
        play.observe(lambda change: self.set(across=change["new"] / 100), "value")
        down = [ui.slider("down", "down", "0 is the upper row, 1 the lower", 0.01)] if self.square else []
        return [[across, *down, play],
                [ui.choice("way", "interpolation", [(way, way) for way in self.ways],
                           "straight, or along the arc", "260px"),
                 ui.button("Save GIF", lambda: self.say(f"Saved as {self.save().name}."), "the walk as an animation",
                           "film")]]

    def save(self, path=None) -> Path:
        """Write the walk, there and back, as .gif; return the path. path: None takes "NAME-seedA-seedB.gif"."""
        seeds = "-".join(f"seed{seed}" for seed in self.seeds)
        return saved.animation(path or f"{self.source.name}-{seeds}.gif", self.images(FRAMES))
