"""The NoiseSampler: noise in, pictures out, by hand."""

from pathlib import Path

import ipywidgets
import numpy as np

from labkit.errors import LabkitError
from labkit.plotting.images import GAP, GREY, Sheet, noise_picture
from labkit.widgets import noise, saved
from labkit.widgets.base import LINE, SEEDS, Drawing, Panel, zoom

CUTS = [("none", 0.0), *((f"±{cut:g}", cut) for cut in (3.0, 2.0, 1.5, 1.0, 0.7, 0.5, 0.25))]


class NoiseSampler(Panel):
    """Draw noise, and see what a generator makes of it. generator, name: as ``noise.Source`` takes them. count: how
    many pictures, 1 to 16, as in report 4's application. seed, scale, cut: of the noise, see ``noise.sample``; cut=0:
    not truncated. ``images()`` and ``latents()`` return what is shown, ``save()`` writes a PNG that carries its noise,
    ``load(path)`` shows the same pictures again. Raises LabkitError for impossible settings."""

    limits = {"count": (1, 16), "seed": SEEDS, "scale": (0.0, 10.0), "cut": (0.0, 10.0)}  # noqa: RUF012

    def __init__(self, generator, count=8, seed=0, scale=1.0, cut=0.0, name=None):
        self.source = noise.Source(generator, name)
        self._loaded = None  # a picture's noise, shown instead of the seed's
        self._earlier = []
        super().__init__(count=count, seed=seed, scale=scale, cut=cut, noise=True)

    def latents(self) -> np.ndarray:
        """Return the noise of what is shown, float32 (count, dim)."""
        now = self.settings
        if self._loaded is not None:
            return self._loaded
        return noise.sample(now["count"], self.source.dim, now["seed"], now["scale"], now["cut"])

    def images(self) -> np.ndarray:
        """Return what is shown, uint8 (count, height, width, channels)."""
        return self.source(self.latents())

    def draw(self, settings):
        latents = self.latents()
        images, count = self.source(latents), len(latents)
        how = f"seed {settings['seed']}, noise times {settings['scale']:g}"
        how += f", cut at ±{settings['cut']:g}" if settings["cut"] else ""
        above = ", each below its noise drawn as coloured squares" if settings["noise"] else ""
        return Drawing(pairs(images, latents if settings["noise"] else None),
                       f"{count} {'picture' if count == 1 else 'pictures'} made by {self.source.name}{above}; {how}.",
                       f"{self.source.name}, {how}")

    def controls(self, ui):
        upload = ipywidgets.FileUpload(accept=".png", description="Load PNG", multiple=False,
                                   tooltip="show the pictures of a saved PNG again")
        upload.observe(self.act(lambda: self._uploaded(upload)), "value")
        return [
            [ui.slider("count", "pictures", "how many, 1 to 16"),
             ui.number("seed", "seed", "the same seed gives the same noise"),
             ui.button("Resample", self.resample, "draw other noise: takes a new seed", "random"),
             ui.button("Back", self.back, "the seed before this one", "undo")],
            [ui.slider("scale", "noise times", "what the noise is multiplied with", 0.05, most=3.0),
             ui.choice("cut", "truncation", CUTS, "no number of the noise is larger than this", "230px"),
             ui.check("noise", "show the noise")],
            [ui.button("Save PNG", lambda: self.say(f"Saved as {self.save().name}, with the noise inside."),
                       "write these pictures, with their noise inside", "save"), upload],
        ]

    def set(self, **changes):
        if set(changes) - {"noise"}:
            self._loaded = None
        earlier = self.settings["seed"]
        super().set(**changes)
        if self.settings["seed"] != earlier:
            self._earlier.append(earlier)
        return self

    def resample(self) -> None:
        """Take a new seed, drawn at random, and show its pictures."""
        self.set(seed=int(np.random.default_rng().integers(1, 10**6)))

    def back(self) -> None:
        """Return to the seed before this one."""
        if not self._earlier:
            self.say("There is no earlier seed.")
            return
        self.set(seed=self._earlier.pop())
        self._earlier.pop()  # the one that was left just now

    def save(self, path=None) -> Path:
        """Write what is shown as a PNG that carries its noise; return the path. path: None takes
        "NAME-seedN-COUNT.png". Raises LabkitError where nothing can be written."""
        name, latents = self.source.name, self.latents()
        settings = {key: self.settings[key] for key in ("seed", "scale", "cut")}
        return saved.write(path or f"{name}-seed{settings['seed']}-{len(latents)}.png", self.source(latents), latents,
                           generator=name, weights=self.source.weights_hash(), settings=settings)

    def load(self, source) -> str:
        """Show the pictures of a PNG that ``save`` wrote; return a sentence on whether they are the same pixels.
        source: a path, or the file's bytes. Raises LabkitError for other files, and for noise of another length."""
        pixels, note = saved.read(source)
        latents, made_by = note["latents"], note["generator"]
        if latents.shape[1] != self.source.dim:
            raise LabkitError(f"This picture was made by {made_by} from {latents.shape[1]} numbers; "
                              f"{self.source.name} takes {self.source.dim}.")
        self.set(count=len(latents), **note["settings"])
        self._loaded = latents
        words = f"Loaded {len(latents)}: every pixel is the same as when they were saved."
        if note["weights"] != self.source.weights_hash():
            words = f"Careful: this noise was saved with other weights ({made_by}), so the pictures are other ones."
        elif off := np.abs(np.asarray(saved.grid(self.images())).astype(int) - pixels).max():
            words = f"Loaded {len(latents)}: pixels differ by up to {off} of 255; another machine rounds otherwise."
        self.say(words)
        return words

    def _uploaded(self, upload):
        if upload.value:
            content = bytes(upload.value[0]["content"])
            upload.value = ()
            self.load(content)


def pairs(images, latents=None, numbers=True) -> Sheet:
    """Return a board of pictures, uint8 (n, h, w, c), with their numbers, in one row of up to 8 or in two; above them
    latents, float (n, dim), drawn by ``noise_picture``."""
    columns = len(images) if len(images) <= 8 else -(-len(images) // 2)
    scale = zoom(images.shape[2], columns)
    height, width = images.shape[1] * scale, images.shape[2] * scale
    board, top = Sheet(paper=False), LINE if numbers else 0
    side = above = 0
    if latents is not None:
        squares = [noise_picture(latent) for latent in latents]
        side = max(1, min(4, width * 2 // 3 // squares[0].shape[1]))
        above = squares[0].shape[0] * side + 4
    for i, image in enumerate(images):
        x, y = 2 + i % columns * (width + GAP), 2 + i // columns * (height + top + above + GAP + 2)
        if numbers:
            board.words(x, y, str(i + 1))
        if latents is not None:
            rows, wide = (count * side for count in squares[i].shape[:2])
            board.box(x + (width - wide) // 2, y + top + 1, wide, rows, GREY, 1)
            board.picture(x + (width - wide) // 2, y + top + 1, squares[i], side)
        board.picture(x, y + top + above, image, scale)
    return board
