"""The DirectionExplorer: what the noise means, one direction at a time, and arithmetic with pinned pictures."""

import numpy as np

from labkit.errors import LabkitError
from labkit.plotting.images import GAP, Sheet
from labkit.widgets import noise
from labkit.widgets.base import LINE, Drawing, Panel, stacked, zoom

REACH = 6.0  # a slider's ends. Noise of 100 numbers is about 10 long, so one step of 1 is small
STEPS = (-6.0, -3.0, 0.0, 3.0, 6.0)
PINS = "ABCD"
TERM = {"plus": 1, "minus": -1, "and_plus": 1}  # settings that choose a pinned picture, and its sign


class DirectionExplorer(Panel):
    """Move a picture along the directions in which its generator changes most.

    generator: a Keras model or a key of ``models.weights``. seed: of the picture one starts from. count: how many
    directions, 1 to 8; or directions: float (k, dim) of your own, of length 1. What a slider says is how far the
    noise goes along its direction, -6 to 6. ``pin()`` keeps the picture of the moment, up to four of them, A to D;
    plus, minus and and_plus choose three of them to add and subtract.

    ``latent()`` returns the noise of the moment, ``pins`` the pinned ones, ``set(d1=2.0, d3=-1.0)`` moves sliders.
    """

    def __init__(self, generator, seed=0, count=6, directions=None, name=None):
        self.source, self.found = noise.Source(generator, name), None
        if directions is None:
            if not isinstance(count, (int, np.integer)) or not 1 <= count <= 8:
                raise LabkitError(f"count is {count!r}. Expected 1 to 8 directions: each gets a slider.")
            self.found = noise.principal_directions(self.source.model, count)
            directions = self.found.vectors
        self.vectors = np.asarray(directions, np.float32)
        if self.vectors.ndim != 2 or self.vectors.shape[1] != self.source.dim or not 1 <= len(self.vectors) <= 8:
            raise LabkitError(f"directions has the shape {self.vectors.shape}. Expected 1 to 8 vectors of "
                              f"{self.source.dim} numbers.")
        self.names = [f"d{i + 1}" for i in range(len(self.vectors))]
        self.limits = {"seed": (0, 2**31 - 1), **dict.fromkeys(self.names, (-REACH, REACH))}
        self.pins: list[np.ndarray] = []
        self._strips = {}
        super().__init__(seed=seed, **dict.fromkeys(self.names, 0.0), **dict.fromkeys(TERM, ""))

    def check(self, settings):
        for name in TERM:
            if settings[name] and settings[name] not in PINS[:len(self.pins)]:
                there = ", ".join(PINS[:len(self.pins)]) or "none yet: press Pin"
                raise LabkitError(f"There is no pinned picture {settings[name]}. There are {there}.")
        return super().check(settings)

    def latent(self, settings=None) -> np.ndarray:
        """Return the noise of the moment, float32 (dim,)."""
        now = settings or self.settings
        start = noise.sample(1, self.source.dim, now["seed"])[0]
        return start + np.float32([now[name] for name in self.names]) @ self.vectors

    def _strip(self, seed):
        if seed not in self._strips:
            start = noise.sample(1, self.source.dim, seed)[0]
            every = start + np.float32(STEPS)[None, :, None] * self.vectors[:, None, :]
            self._strips = {seed: self.source(every.reshape(-1, self.source.dim))}
        return self._strips[seed].reshape(len(self.vectors), len(STEPS), *self.source.shape)

    def answer(self, settings=None) -> np.ndarray | None:
        """Return the noise that the chosen pins add up to, float32 (dim,); None when fewer than two are chosen."""
        now = settings or self.settings
        chosen = [name for name in TERM if now[name]]
        if len(chosen) < 2:
            return None
        return noise.combined([self.pins[PINS.index(now[name])] for name in chosen], [TERM[name] for name in chosen])

    def draw(self, settings):
        picture = self.source(self.latent(settings)[None])[0]
        board, strips = Sheet(paper=False), self._strip(settings["seed"])
        large, small = zoom(picture.shape[1], 4, 192), zoom(picture.shape[1], 10, 64)
        height, width = picture.shape[0] * small + GAP, picture.shape[1] * small + GAP
        board.words(2, 0, "here")
        board.picture(2, LINE, picture, large)
        left = picture.shape[1] * large + 4 * GAP + 20
        for k, step in enumerate(STEPS):
            board.words(left + k * width, 0, f"{step:+g}" if step else "0")
        for i, strip in enumerate(strips):
            board.words(left - 20, LINE + i * height + height // 2 - 8, str(i + 1))
            for k, image in enumerate(strip):
                board.picture(left + k * width, LINE + i * height, image, small)
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
        """Return a board with the pinned pictures and, if chosen, what they add up to; and the sum in words."""
        images, answer, sums = self.source(np.stack(self.pins)), self.answer(settings), ""
        board, scale = Sheet(paper=False), zoom(images.shape[2], 8)
        shown = list(zip(PINS, images, strict=False))
        if answer is not None:
            sums = " ".join(f"{'+' if TERM[name] > 0 else '-'} {settings[name]}" for name in TERM if settings[name])
            sums = sums.removeprefix("+ ")
            shown += [None, (f"{sums} =", self.source(answer[None])[0])]  # after a free place
        for i, part in enumerate(shown):
            if part:
                board.words(i * (images.shape[2] * scale + GAP), 0, part[0])
                board.picture(i * (images.shape[2] * scale + GAP), LINE, part[1], scale)
        return board, sums

    def pin(self) -> None:
        """Keep the picture of the moment as A, B, C or D. Raises LabkitError when there are four."""
        if len(self.pins) == len(PINS):
            raise LabkitError("Four pictures are pinned already. Press Unpin all to start anew.")
        self.pins.append(self.latent())
        self._offer()

    def unpin(self) -> None:
        """Let go of all pinned pictures."""
        self.pins = []
        self.set(**dict.fromkeys(TERM, ""))
        self._offer()

    def reset(self) -> None:
        """Move all sliders back to 0."""
        self.set(**dict.fromkeys(self.names, 0.0))

    def _offer(self):
        for name in set(TERM) & set(self._controls):
            chosen = self.settings[name]
            self._controls[name].options = self._letters()
            self._controls[name].value = chosen
        self._repaint()

    def _letters(self):
        return [("none", ""), *((letter, letter) for letter in PINS[:len(self.pins)])]

    def controls(self, ui):
        sliders = []
        for i, name in enumerate(self.names):
            share = f" ({self.found.shares[i]:.0%})" if self.found else ""
            sliders.append(ui.slider(name, f"direction {i + 1}{share}",
                                     "the share is that of the first layer's variance", 0.25))
        return [[ui.number("seed", "seed", "the picture one starts from"),
                 ui.button("Reset", self.reset, "all sliders back to 0", "undo")],
                *(sliders[i:i + 2] for i in range(0, len(sliders), 2)),
                [ui.button("Pin", self.pin, "keep this picture as A, B, C or D", "thumb-tack"),
                 ui.button("Unpin all", self.unpin, "let go of all pinned pictures", "times"),
                 *(ui.choice(name, label, self._letters(), "a pinned picture", "150px")
                   for name, label in (("plus", "pinned"), ("minus", "minus"), ("and_plus", "plus")))]]
