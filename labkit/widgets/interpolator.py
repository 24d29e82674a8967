"""The Interpolator: from one noise vector to another, and what lies between."""

from pathlib import Path

import numpy as np

from labkit.errors import LabkitError
from labkit.plotting.images import GAP, OKABE_ITO, Sheet
from labkit.widgets import animation, noise
from labkit.widgets.base import Drawing, Panel
from labkit.widgets.board import LINE, stacked, zoom
from labkit.widgets.source import Source

STEPS = 9  # pictures of a strip
FRAMES = 33  # of an animation, there; the way back comes free
ENDS = OKABE_ITO["blue"], OKABE_ITO["vermilion"]  # as in plotting.interpolation_strip
SIDE = 5  # pictures along each side of the square between four corners


class Interpolator(Panel):
    """Walk between two noise vectors, or in the square between four.

    generator: a Keras model or a key of ``models.weights``. seeds: two seeds, or four (the square's corners, row
    by row). latents: noise to use instead, float (2 or 4, dim). way: "spherical", "linear", or "both" (two strips
    below each other, two ends only). across, down: where one stands, 0 to 1. folder: where animations are saved.

    ``images()`` returns the pictures along the way, ``here()`` the noise where one stands, ``save("x.gif")`` or
    ``save("x.apng")`` the walk as an animation.
    """

    title = "interpolator"

    def __init__(self, generator, seeds=(0, 1), latents=None, way="both", across=0.5, down=0.5, name=None, folder="."):
        self.source = Source(generator, name)
        self.folder = folder
        if latents is None:
            self.ends = np.concatenate([noise.sample(1, self.source.dim, int(seed)) for seed in seeds])
            self._called = [f"seed {seed}" for seed in seeds]
        else:
            self.ends = np.asarray(latents, np.float32)
            self._called = [f"noise {i + 1}" for i in range(len(self.ends))]
        if self.ends.ndim != 2 or len(self.ends) not in (2, 4) or self.ends.shape[1] != self.source.dim:
            raise LabkitError(f"The ends have the shape {self.ends.shape}. Give two or four noise vectors of "
                              f"{self.source.dim} numbers, or as many seeds.")
        if len(self.ends) == 4 and way == "both":
            way = "spherical"
        self._strips = {}
        super().__init__(way=way, across=across, down=down)

    def check(self, settings):
        ways = (*noise.WAYS, "both") if len(self.ends) == 2 else noise.WAYS
        if settings["way"] not in ways:
            raise LabkitError(f"way is {settings['way']!r}. Expected one of {', '.join(map(repr, ways))}.")
        for name in ("across", "down"):
            if not 0 <= settings[name] <= 1:
                raise LabkitError(f"{name} is {settings[name]!r}. Expected 0 (the first end) to 1 (the last).")
        return settings

    def _ways(self, settings):
        return ("linear", "spherical") if settings["way"] == "both" else (settings["way"],)

    def here(self, settings=None) -> np.ndarray:
        """Return the noise where one stands, float32 (ways, dim): one, or linear and spherical."""
        now = settings or self.settings
        if len(self.ends) == 4:
            return noise.among(self.ends, now["across"], now["down"], now["way"])[None]
        return np.concatenate([noise.between(*self.ends, [now["across"]], way) for way in self._ways(now)])

    def latents(self, way: str, steps: int) -> np.ndarray:
        """Return the noise along the way, float32 (steps, dim); between four corners, along the line at ``down``."""
        weights = np.linspace(0, 1, steps)
        if len(self.ends) == 2:
            return noise.between(*self.ends, weights, way)
        return np.stack([noise.among(self.ends, weight, self.settings["down"], way) for weight in weights])

    def images(self, steps: int = STEPS) -> np.ndarray:
        """Return the pictures along the way, uint8 (steps, h, w, c); of both ways, the spherical one."""
        return self.source(self.latents(self._ways(self.settings)[-1], steps))

    def _strip(self, way):
        # The ends never change, so a strip is made once. The square's pictures, too.
        if way not in self._strips:
            if len(self.ends) == 2:
                self._strips[way] = self.source(self.latents(way, STEPS))
            else:
                grid = np.linspace(0, 1, SIDE)
                self._strips[way] = self.source(np.stack([noise.among(self.ends, x, y, way)
                                                          for y in grid for x in grid]))
        return self._strips[way]

    def draw(self, settings):
        pictures = self.source(self.here(settings))
        return self._square(settings, pictures[0]) if len(self.ends) == 4 else self._lines(settings, pictures)

    def _lines(self, settings, pictures):
        boards = []
        for way, picture in zip(self._ways(settings), pictures, strict=True):
            board, strip = Sheet(paper=False), self._strip(way)
            large, small = zoom(picture.shape[1], 6, 128), zoom(picture.shape[1], STEPS + 2, 64)
            width, height = picture.shape[1] * small, picture.shape[0] * small
            board.words(2, 0, f"{way}: at {settings['across']:.2f}")
            board.picture(2, LINE + 2, picture, large)
            left = picture.shape[1] * large + 4 * GAP
            for i, image in enumerate(strip):
                x = left + i * (width + GAP)
                board.words(x, 0, f"{i / (STEPS - 1):.2f}")
                if i in (0, STEPS - 1):
                    board.box(x, LINE + 2, width, height, ENDS[i > 0])
                board.picture(x, LINE + 2, image, small)
            # A mark below the strip shows where one stands.
            mark = left + round(settings["across"] * (STEPS - 1) * (width + GAP)) + width // 2
            board.picture(mark - 2, LINE + height + 8, np.full((8, 5, 3), 118, np.uint8))
            boards.append(board.array())
        ends = " to ".join(self._called)
        ways = " and ".join(self._ways(settings))
        return Drawing(stacked(*boards), f"Pictures by {self.source.name} on the {ways} way from {ends}: large, the "
                       f"one at {settings['across']:.2f}; beside it {STEPS} from 0 to 1.",
                       f"{self.source.name}, from {ends}, {ways}")

    def _square(self, settings, picture):
        board, strip = Sheet(paper=False), self._strip(settings["way"])
        large, small = zoom(picture.shape[1], 3, 192), zoom(picture.shape[1], 10, 64)
        width, height = picture.shape[1] * small + GAP, picture.shape[0] * small + GAP
        board.words(2, 0, f"at {settings['across']:.2f} across, {settings['down']:.2f} down")
        board.picture(2, LINE + 2, picture, large)
        left = picture.shape[1] * large + 5 * GAP
        x, y = settings["across"] * (SIDE - 1) * width, settings["down"] * (SIDE - 1) * height
        for i, image in enumerate(strip):
            row, column = divmod(i, SIDE)
            at = left + column * width, LINE + 2 + row * height
            if (row, column) == (round(settings["down"] * (SIDE - 1)), round(settings["across"] * (SIDE - 1))):
                board.box(*at, width - GAP, height - GAP, OKABE_ITO["orange"])
            board.picture(*at, image, small)
        board.picture(left + round(x) + width // 2 - 3, LINE + round(y) + height // 2 - 3, _DOT)
        corners = ", ".join(self._called)
        return Drawing(board.array(), f"The square between {corners} by {self.source.name}, {SIDE} by {SIDE} pictures; "
                       f"large, the one at {settings['across']:.2f} across and {settings['down']:.2f} down.",
                       f"{self.source.name}, between {corners}, {settings['way']}")

    def controls(self, ui):
        across = ui.slider("across", "way" if len(self.ends) == 2 else "across", 0.0, 1.0, 0.01,
                           help="0 is the first end, 1 the last")
        play = ui.raw.Play(min=0, max=100, step=2, interval=120, value=50, description="play",
                           tooltip="walk by itself", layout=ui.raw.Layout(width="auto"))
        play.observe(lambda change: self.set(across=change["new"] / 100), "value")
        ways = [("linear", "linear"), ("spherical", "spherical")]
        if len(self.ends) == 2:
            ways.append(("both", "both"))
            first = [across, play]
        else:
            first = [across, ui.slider("down", "down", 0.0, 1.0, 0.01, help="0 is the upper row, 1 the lower"), play]
        return [first, [ui.choice("way", "interpolation", ways, "straight, or along the arc", "260px"),
                        ui.button("Save GIF", lambda: self._save("gif"), "the walk as an animation", "film"),
                        ui.button("Save APNG", lambda: self._save("apng"), "the same in all colours", "film")]]

    def save(self, path=None, steps: int = FRAMES, **options):
        """Write the walk, there and back, as .gif or .apng; return the path. options: of ``animation.animation``."""
        path = Path(self.folder, f"{self.source.name}-walk.gif") if path is None else Path(path)
        return animation.save(path, self.images(steps), **options)

    def _save(self, kind):
        path = self.save(Path(self.folder, f"{self.source.name}-{'-'.join(self._called).replace(' ', '')}.{kind}"))
        self.say(f"Saved as {path.name}.")


def _dot():
    y, x = np.mgrid[-4:5, -4:5]
    distance = np.hypot(x, y)
    dot = np.zeros((9, 9, 4), np.uint8)
    dot[distance < 4.5] = (255, 255, 255, 255)
    dot[distance < 3.2] = (230, 159, 0, 255)
    return dot


_DOT = _dot()
