"""The DirectionExplorer: what the noise means, one direction at a time, and arithmetic with pinned pictures."""

import functools

import numpy as np

from labkit.errors import LabkitError
from labkit.plotting.images import GAP, Sheet
from labkit.widgets import noise
from labkit.widgets.base import LINE, SEEDS, Drawing, Panel, row, stacked, zoom

REACH = 6.0  # a slider's ends. Noise of 100 numbers is about 10 long, so one step of 1 is small
STEPS = (-6.0, -3.0, 0.0, 3.0, 6.0)
PINS = "ABCD"
TERM = {"plus": 1, "minus": -1, "and_plus": 1}  # settings that choose a pinned picture, and its sign


class DirectionExplorer(Panel):
    """Move a picture along the directions in which its generator changes most (``widgets.principal_directions``).

    generator, name: as ``noise.Source`` takes them. seed: of the picture one starts from. count: how many directions, 1
    to 8; each slider says how far the noise goes along its own, -6 to 6: ``set(d1=2.0, d3=-1.0)``. ``pin()`` keeps the
    picture of the moment, up to four, A to D; plus, minus and and_plus choose three to add and subtract.
    ``latent()`` returns the noise of the moment, ``pins`` the pinned ones.
    """

    def __init__(self, generator, seed=0, count=6, name=None):
        if not 1 <= count <= 8:
            raise LabkitError(f"count is {count!r}. Expected 1 to 8 directions: each gets a slider.")
        self.source = noise.Source(generator, name)
        self.vectors, self.shares = noise.principal_directions(self.source.model, count)
        self.names = [f"d{i + 1}" for i in range(count)]
        self.limits = {"seed": SEEDS, **dict.fromkeys(self.names, (-REACH, REACH))}
        self.pins: list[np.ndarray] = []
        self._rows = functools.lru_cache(maxsize=1)(self._strips)
        super().__init__(seed=seed, **dict.fromkeys(self.names, 0.0), **dict.fromkeys(TERM, ""))

    def check(self, settings):
        there = PINS[:len(self.pins)]
        for name in TERM:
            if settings[name] and settings[name] not in there:
                raise LabkitError(f"There is no pinned picture {settings[name]}. There are "
                                  f"{', '.join(there) or 'none yet: press Pin'}.")
        return super().check(settings)

    def latent(self) -> np.ndarray:
        """Return the noise of the moment, float32 (dim,)."""
        start = noise.sample(1, self.source.dim, self.settings["seed"])[0]
        return start + np.float32([self.settings[name] for name in self.names]) @ self.vectors

    def _strips(self, seed):
        start = noise.sample(1, self.source.dim, seed)[0]
        every = start + np.float32(STEPS)[None, :, None] * self.vectors[:, None, :]
        pictures = self.source(every.reshape(-1, self.source.dim))
        return pictures.reshape(len(self.vectors), len(STEPS), *self.source.shape)

    def draw(self, settings):
        picture = self.source(self.latent()[None])[0]
        board, strips = Sheet(paper=False), self._rows(settings["seed"])
        large, small = zoom(picture.shape[1], 4, 192), zoom(picture.shape[1], 10, 64)
        left, height = row(board, 2, LINE, [picture], large, ["here"]) + 30, picture.shape[0] * small + GAP
        for i, strip in enumerate(strips):
            board.words(left - 20, LINE + i * height + height // 2 - 8, str(i + 1))
            row(board, left, LINE + i * height, strip, small,
                () if i else [f"{step:+g}" if step else "0" for step in STEPS])
        moved = ", ".join(f"direction {i + 1} by {settings[name]:g}"
                          for i, name in enumerate(self.names) if settings[name]) or "no direction"
        alt = (f"Large, the picture of seed {settings['seed']} by {self.source.name} moved along {moved}; beside it "
               f"{len(strips)} rows of {len(STEPS)}, one for each direction, from -6 to 6.")
        if self.pins:
            below, sums = self._pinned(settings)
            board = stacked(board, below)
            alt += f" Below, the pinned pictures{sums and f' and {sums}'}."
        return Drawing(board, alt, f"{self.source.name}, seed {settings['seed']}, moved along {moved}")

    def _pinned(self, settings):
        """Return a board with the pinned pictures and, if two are chosen, what they add up to; and the sum in words."""
        images, board, sums = self.source(np.stack(self.pins)), Sheet(paper=False), ""
        scale, chosen = zoom(images.shape[2], 8), [name for name in TERM if settings[name]]
        x = row(board, 0, LINE, images, scale, PINS[:len(images)])
        if len(chosen) > 1:
            pins = [self.pins[PINS.index(settings[name])] for name in chosen]
            answer = noise.combined(pins, [TERM[name] for name in chosen])
            sums = " ".join(f"{'+' if TERM[name] > 0 else '-'} {settings[name]}" for name in chosen).removeprefix("+ ")
            free = images.shape[2] * scale + GAP
            row(board, x + free, LINE, self.source(answer[None]), scale, [f"{sums} ="])
        return board, sums

    def pin(self) -> None:
        """Keep the picture of the moment as A, B, C or D. Raises LabkitError when there are four."""
        if len(self.pins) == len(PINS):
            raise LabkitError("Four pictures are pinned already. Press Unpin all to start anew.")
        self.pins.append(self.latent())
        self._repaint()

    def unpin(self) -> None:
        """Let go of all pinned pictures."""
        self.set(**dict.fromkeys(TERM, ""))
        self.pins = []
        self._repaint()

    def reset(self) -> None:
        """Move all sliders back to 0."""
        self.set(**dict.fromkeys(self.names, 0.0))

    def controls(self, ui):
        sliders = [ui.slider(name, f"direction {i + 1} ({self.shares[i]:.0%})",
                             "the share is that of the first layer's variance", 0.25)
                   for i, name in enumerate(self.names)]
        return [[ui.number("seed", "seed", "the picture one starts from"),
                 ui.button("Reset", self.reset, "all sliders back to 0", "undo")],
                *(sliders[i:i + 2] for i in range(0, len(sliders), 2)),
                [ui.button("Pin", self.pin, "keep this picture as A, B, C or D", "thumb-tack"),
                 ui.button("Unpin all", self.unpin, "let go of all pinned pictures", "times"),
                 *(ui.choice(name, label, [("none", ""), *zip(PINS, PINS, strict=True)], "a pinned picture", "150px")
                   for name, label in (("plus", "pinned"), ("minus", "minus"), ("and_plus", "plus")))]]
