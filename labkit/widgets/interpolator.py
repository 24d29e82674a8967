"""The Interpolator: from one noise vector to another, and what lies between."""

from pathlib import Path

import numpy as np

from labkit.errors import LabkitError
from labkit.plotting.images import GAP, GREY, OKABE_ITO, Sheet
from labkit.widgets import noise, saved
from labkit.widgets.base import LINE, Drawing, Panel, stacked, zoom

STEPS = 9  # pictures of a strip
FRAMES = 33  # of an animation, there; the way back comes free
SIDE = 5  # pictures along each side of the square between four corners


class Interpolator(Panel):
    """Walk between two noise vectors, or in the square between four.

    generator: a Keras model or a key of ``models.weights``. seeds: two seeds, or four (the square's corners, row
    by row). latents: noise to use instead, float (2 or 4, dim). way: "spherical", "linear", or "both" (two strips
    below each other, two ends only). across, down: where one stands, 0 to 1. folder: where animations are saved.

    ``images()`` returns the pictures along the way, ``here()`` the noise where one stands, ``save("x.gif")`` or
    ``save("x.apng")`` the walk as an animation.
    """

    limits = {"across": (0.0, 1.0), "down": (0.0, 1.0)}  # noqa: RUF012

    def __init__(self, generator, seeds=(0, 1), latents=None, way="both", across=0.5, down=0.5, name=None, folder="."):
        self.source, self.folder = noise.Source(generator, name), folder
        if latents is None:
            latents = np.concatenate([noise.sample(1, self.source.dim, int(seed)) for seed in seeds])
            self._called = [f"seed {seed}" for seed in seeds]
        else:
            self._called = [f"noise {i + 1}" for i in range(len(latents))]
        self.ends = np.asarray(latents, np.float32)
        if self.ends.ndim != 2 or len(self.ends) not in (2, 4) or self.ends.shape[1] != self.source.dim:
            raise LabkitError(f"The ends have the shape {self.ends.shape}. Give two or four noise vectors of "
                              f"{self.source.dim} numbers, or as many seeds.")
        self.square = len(self.ends) == 4
        self._strips = {}
        super().__init__(way="spherical" if self.square and way == "both" else way, across=across, down=down)

    def check(self, settings):
        ways = noise.WAYS if self.square else (*noise.WAYS, "both")
        if settings["way"] not in ways:
            raise LabkitError(f"way is {settings['way']!r}. Expected one of {', '.join(map(repr, ways))}.")
        return super().check(settings)

    def _ways(self, settings):
        return ("linear", "spherical") if settings["way"] == "both" else (settings["way"],)

    def here(self, settings=None) -> np.ndarray:
        """Return the noise where one stands, float32 (ways, dim): one, or linear and spherical."""
        now = settings or self.settings
        if self.square:
            return noise.among(self.ends, now["across"], now["down"], now["way"])[None]
        return np.concatenate([noise.between(*self.ends, [now["across"]], way) for way in self._ways(now)])

    def latents(self, way: str, steps: int) -> np.ndarray:
        """Return the noise along the way, float32 (steps, dim); between four corners, along the line at ``down``."""
        weights = np.linspace(0, 1, steps)
        if not self.square:
            return noise.between(*self.ends, weights, way)
        return np.stack([noise.among(self.ends, weight, self.settings["down"], way) for weight in weights])

    def images(self, steps: int = STEPS) -> np.ndarray:
        """Return the pictures along the way, uint8 (steps, h, w, c); of both ways, the spherical one."""
        return self.source(self.latents(self._ways(self.settings)[-1], steps))

    def _strip(self, way):
        # The ends never change, so a strip is made once. The square's pictures, too.
        if way not in self._strips:
            grid = np.linspace(0, 1, SIDE)
            latents = (np.stack([noise.among(self.ends, x, y, way) for y in grid for x in grid]) if self.square
                       else self.latents(way, STEPS))
            self._strips[way] = self.source(latents)
        return self._strips[way]

    def draw(self, settings):
        pictures, name = self.source(self.here(settings)), self.source.name
        if self.square:
            corners = ", ".join(self._called)
            return Drawing(self._square(settings, pictures[0]), f"The square between {corners} by {name}, {SIDE} by "
                           f"{SIDE} pictures; large, the one at {settings['across']:.2f} across and "
                           f"{settings['down']:.2f} down.", f"{name}, between {corners}, {settings['way']}")
        boards = [self._line(way, settings["across"], picture)
                  for way, picture in zip(self._ways(settings), pictures, strict=True)]
        ends, ways = " to ".join(self._called), " and ".join(self._ways(settings))
        return Drawing(stacked(*boards), f"Pictures by {name} on the {ways} way from {ends}: large, the one at "
                       f"{settings['across']:.2f}; beside it {STEPS} from 0 to 1.", f"{name}, from {ends}, {ways}")

    def _line(self, way, across, picture):
        board, top = Sheet(paper=False), LINE + 2
        large, small = zoom(picture.shape[1], 6, 128), zoom(picture.shape[1], STEPS + 2, 64)
        height, width = picture.shape[0] * small, picture.shape[1] * small
        board.words(2, 0, f"{way}: at {across:.2f}")
        board.picture(2, top, picture, large)
        left = picture.shape[1] * large + 4 * GAP
        for i, image in enumerate(self._strip(way)):
            x = left + i * (width + GAP)
            board.words(x, 0, f"{i / (STEPS - 1):.2f}")
            if i in (0, STEPS - 1):
                board.box(x, top, width, height, OKABE_ITO["vermilion" if i else "blue"])
            board.picture(x, top, image, small)
        mark = left + round(across * (STEPS - 1) * (width + GAP)) + width // 2  # where one stands
        board.box(mark, top + height + 8, 1, 4, GREY)
        return board

    def _square(self, settings, picture):
        board, top, across, down = Sheet(paper=False), LINE + 2, settings["across"], settings["down"]
        large, small = zoom(picture.shape[1], 3, 192), zoom(picture.shape[1], 10, 64)
        height, width = picture.shape[0] * small + GAP, picture.shape[1] * small + GAP
        board.words(2, 0, f"at {across:.2f} across, {down:.2f} down")
        board.picture(2, top, picture, large)
        left = picture.shape[1] * large + 5 * GAP
        for i, image in enumerate(self._strip(settings["way"])):
            row, column = divmod(i, SIDE)
            if (row, column) == (round(down * (SIDE - 1)), round(across * (SIDE - 1))):
                board.box(left + column * width, top + row * height, width - GAP, height - GAP, OKABE_ITO["orange"])
            board.picture(left + column * width, top + row * height, image, small)
        x, y = left + round(across * (SIDE - 1) * width), top + round(down * (SIDE - 1) * height)
        board.picture(x + width // 2 - 3, y + height // 2 - 3, _DOT)
        return board

    def controls(self, ui):
        across = ui.slider("across", "across" if self.square else "way", "0 is the first end, 1 the last", 0.01)
        play = ui.raw.Play(min=0, max=100, step=2, interval=120, value=50, description="play",
                           tooltip="walk by itself", layout=ui.raw.Layout(width="auto"))
        play.observe(lambda change: self.set(across=change["new"] / 100), "value")
        down = [ui.slider("down", "down", "0 is the upper row, 1 the lower", 0.01)] if self.square else []
        ways = ("linear", "spherical") if self.square else ("linear", "spherical", "both")
        return [[across, *down, play],
                [ui.choice("way", "interpolation", [(way, way) for way in ways], "straight, or along the arc", "260px"),
                 ui.button("Save GIF", lambda: self._save("gif"), "the walk as an animation", "film"),
                 ui.button("Save APNG", lambda: self._save("apng"), "the same in all colours", "film")]]

    def save(self, path=None, steps: int = FRAMES, **options) -> Path:
        """Write the walk, there and back, as .gif or .apng; return the path. options: of ``saved.animation``."""
        path = Path(self.folder, f"{self.source.name}-walk.gif") if path is None else path
        return saved.animation(path, self.images(steps), **options)

    def _save(self, kind):
        path = self.save(Path(self.folder, f"{self.source.name}-{'-'.join(self._called).replace(' ', '')}.{kind}"))
        self.say(f"Saved as {path.name}.")


_Y, _X = np.mgrid[-4:5, -4:5]
_DOT = np.zeros((9, 9, 4), np.uint8)
_DOT[np.hypot(_X, _Y) < 4.5] = 255
_DOT[np.hypot(_X, _Y) < 3.2] = (230, 159, 0, 255)
