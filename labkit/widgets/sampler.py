"""The NoiseSampler: noise in, pictures out, by hand."""

from pathlib import Path

import numpy as np

from labkit.errors import LabkitError
from labkit.plotting.images import GAP, GREY, Sheet, noise_picture
from labkit.widgets import noise, saved
from labkit.widgets.base import LINE, Drawing, Panel, zoom
from labkit.widgets.noise import Source

MOST = 16  # report 4's page asks for 1 to 16 noises (section 7, figure 12)
CUTS = [("none", 0.0), *((f"±{cut:g}", cut) for cut in (3.0, 2.0, 1.5, 1.0, 0.7, 0.5, 0.25))]
NOISE = ("seed", "scale", "cut")  # the settings that, with the count, decide the noise


class NoiseSampler(Panel):
    """Draw noise, and see what a generator makes of it.

    generator: a Keras model, latents (batch, dim) -> images in [-1, 1], or a key of ``models.weights``.
    count: how many pictures, 1 to 16, as in report 4's application. seed: of the noise.
    scale: what the noise is multiplied with. cut: no number of it is larger (truncation); 0: no such limit.
    name: what the generator is called; None takes the key or the model's name.

    ``images()`` and ``latents()`` return what is shown, ``save()`` writes a PNG that carries its noise, ``load(path)``
    shows the same pictures again. Raises LabkitError for impossible settings.
    """

    limits = {"count": (1, MOST), "seed": (0, 2**31 - 1), "scale": (0.0, 10.0), "cut": (0.0, 10.0)}  # noqa: RUF012

    def __init__(self, generator, count=8, seed=0, scale=1.0, cut=0.0, name=None):
        self.source = Source(generator, name)
        self._loaded = None  # a Note whose noise is shown instead of the seed's
        self._seeds = np.random.default_rng()  # of "Resample" only; what it draws is shown in the seed's field
        self._earlier = []
        super().__init__(count=count, seed=seed, scale=scale, cut=cut, noise=True)

    def latents(self, settings=None) -> np.ndarray:
        """Return the noise of what is shown, float32 (count, dim)."""
        now = settings or self.settings
        if self._loaded is not None:
            return self._loaded.latents
        return noise.sample(now["count"], self.source.dim, now["seed"], now["scale"], now["cut"])

    def images(self) -> np.ndarray:
        """Return what is shown, uint8 (count, height, width, channels)."""
        return self.source(self.latents())

    def draw(self, settings):
        latents = self.latents(settings)
        images, count = self.source(latents), len(latents)
        how = f"seed {settings['seed']}, noise times {settings['scale']:g}"
        how += f", cut at ±{settings['cut']:g}" if settings["cut"] else ""
        how = how if self._loaded is None else "noise from a saved picture"
        above = ", each below its noise drawn as coloured squares" if settings["noise"] else ""
        return Drawing(pairs(images, latents if settings["noise"] else None),
                       f"{count} {'picture' if count == 1 else 'pictures'} made by {self.source.name}{above}; {how}.",
                       f"{self.source.name}, {how}")

    def controls(self, ui):
        upload = ui.raw.FileUpload(accept=".png", description="Load PNG", multiple=False,
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
        if set(changes) & {"count", *NOISE}:
            self._loaded = None
        earlier = self.settings["seed"]
        super().set(**changes)
        if self.settings["seed"] != earlier:
            self._earlier.append(earlier)
        return self

    def resample(self) -> None:
        """Take a new seed, drawn at random, and show its pictures."""
        self.set(seed=int(self._seeds.integers(1, 10**6)))

    def back(self) -> None:
        """Return to the seed before this one."""
        if not self._earlier:
            self.say("There is no earlier seed.")
            return
        self.set(seed=self._earlier.pop())
        self._earlier.pop()  # the one that was left just now

    def save(self, path=None) -> Path:
        """Write what is shown as a PNG that carries its noise; return the path.

        path: None takes "NAME-seedN-COUNT.png". Raises LabkitError where nothing can be written.
        """
        latents = self.latents()
        settings = {name: self.settings[name] for name in NOISE} if self._loaded is None else self._loaded.settings
        note = saved.Note(latents, self.source(latents), self.source.name, self.source.weights_hash(), settings)
        name = f"{self.source.name}-seed{settings.get('seed', 0)}-{len(latents)}.png"
        return saved.write(path or name, note)

    def load(self, source) -> str:
        """Show the pictures of a PNG that ``save`` wrote; return a sentence on whether they are the same pixels.

        source: a path, or the file's bytes. Raises LabkitError for other files, and for noise of another length.
        """
        note = saved.read(source)
        if note.latents.shape[1] != self.source.dim:
            raise LabkitError(f"This picture was made by {note.generator} from {note.latents.shape[1]} numbers; "
                              f"{self.source.name} takes {self.source.dim}.")
        if len(note.latents) > MOST:
            raise LabkitError(f"This picture holds {len(note.latents)} pictures; the sampler shows up to {MOST}.")
        words = self._compared(note)
        try:  # to come to the same noise by moving the controls to where they were
            self.set(count=len(note.latents), **{name: note.settings[name] for name in NOISE})
        except (KeyError, TypeError, LabkitError):  # the noise of another program, or of another version
            self._loaded = None
        if not np.array_equal(self.latents(), note.latents):
            self._loaded = note
        self.say(words)
        return words

    def _compared(self, note):
        if note.weights != self.source.weights_hash():
            return (f"Careful: this noise was saved with other weights ({note.generator}), so the pictures are other "
                    "ones.")
        largest = int(np.abs(self.source(note.latents).astype(np.int16) - note.images).max())
        if largest == 0:
            return f"Loaded {len(note.images)}: every pixel is the same as when they were saved."
        return f"Loaded {len(note.images)}: pixels differ by up to {largest} of 255; another machine rounds otherwise."

    def _uploaded(self, upload):
        if upload.value:
            content = bytes(upload.value[0]["content"])
            upload.value = ()
            self.load(content)


def pairs(images, latents=None, numbers=True) -> Sheet:
    """Return a board of pictures, uint8 (n, h, w, c), with their numbers, in one row of up to 8 or in two; above them
    latents, float (n, dim), drawn as in ``plotting.latent_strip``."""
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
