"""The NoiseSampler: noise in, pictures out, by hand."""

import numpy as np

from labkit.errors import LabkitError
from labkit.widgets import noise, notes
from labkit.widgets.base import Drawing, Panel
from labkit.widgets.board import pairs, stacked
from labkit.widgets.neighbours import Neighbours
from labkit.widgets.source import Source

MOST = 16  # report 4's page asks for 1 to 16 noises (section 7, figure 12)
CUTS = [("none", 0.0), *((f"±{cut:g}", cut) for cut in (3.0, 2.0, 1.5, 1.0, 0.7, 0.5, 0.25))]


def _cuts(cut):
    """Return the list of cuts to choose from, with ``cut`` among them."""
    return CUTS if cut in [value for _, value in CUTS] else [*CUTS, (f"±{cut:g}", cut)]


class NoiseSampler(Panel):
    """Draw noise, and see what a generator makes of it.

    generator: a Keras model, latents (batch, dim) -> images in [-1, 1], or a key of ``models.weights``.
    count: how many pictures, 1 to 16, as in report 4's application. seed: of the noise.
    scale: what the noise is multiplied with. cut: no number of it is larger (truncation); 0 or None: no such limit.
    noise: whether it is shown above its picture.
    picture: the number of the one whose neighbours in ``data`` are shown, 0 for none.
    data: an ``ImageSet`` (or uint8 pictures) for the neighbours; None: no such control.
    name: what the generator is called; None takes the key or the model's name. folder: where pictures are saved.

    ``images()`` and ``latents()`` return what is shown, ``save()`` writes a PNG that carries its noise, ``load(path)``
    shows the same pictures again. Raises LabkitError for impossible settings.
    """

    title = "noise sampler"

    def __init__(self, generator, count=8, seed=0, scale=1.0, cut=None, noise=True, picture=0, data=None, name=None,
                 folder="."):
        self.source = Source(generator, name)
        self.folder = folder
        self._loaded = None  # a Note whose noise is shown instead of the seed's
        self._seeds = np.random.default_rng()  # of "Resample" only; what it draws is shown in the seed's field
        self._earlier = []
        self.neighbours = None if data is None else Neighbours(data, self.source.shape)
        super().__init__(count=count, seed=seed, scale=scale, cut=cut, noise=noise, picture=picture)

    def check(self, settings):
        count, seed, scale, cut = (settings[name] for name in ("count", "seed", "scale", "cut"))
        if not isinstance(count, (int, np.integer)) or not 1 <= count <= MOST:
            raise LabkitError(f"count is {count!r}. Expected a whole number of pictures, 1 to {MOST}.")
        if not isinstance(seed, (int, np.integer)) or seed < 0:
            raise LabkitError(f"seed is {seed!r}. Expected a whole number from 0.")
        if not 0 <= scale <= 10:
            raise LabkitError(f"scale is {scale!r}. Expected a number from 0 to 10; 1 leaves the noise as drawn.")
        if cut is not None and not 0 <= cut <= 10:
            raise LabkitError(f"cut is {cut!r}. Expected a number up to 10; 0 or None cuts nothing.")
        if settings["picture"] and self.neighbours is None:
            raise LabkitError("Neighbours are looked for in data=: give the image set that the generator learnt from.")
        if not 0 <= settings["picture"] <= MOST:
            raise LabkitError(f"picture is {settings['picture']!r}. Expected the number of a picture, 1 to {MOST}, "
                              "or 0 for none.")
        return {**settings, "cut": cut or 0.0}  # a list in a notebook cannot choose None

    def latents(self, settings=None) -> np.ndarray:
        """Return the noise of what is shown, float32 (count, dim)."""
        now = settings or self.settings
        if self._loaded is not None:
            return self._loaded.latents
        return noise.sample(now["count"], self.source.dim, now["seed"], now["scale"], now["cut"] or None)

    def images(self) -> np.ndarray:
        """Return what is shown, uint8 (count, height, width, channels)."""
        return self.source(self.latents())

    def draw(self, settings):
        latents = self.latents(settings)
        images = self.source(latents)
        chosen = settings["picture"] if settings["picture"] <= len(images) else 0
        board = pairs(images, latents if settings["noise"] else None, marked=chosen - 1 if chosen else None)
        alt, words = self._words_for(settings, len(images))
        if chosen:
            found = self.neighbours.find(images[chosen - 1:chosen])
            board = stacked(board, found.board(0, images[chosen - 1]))
            alt += f" Below, picture {chosen} and {found.words(0)}"
            words += f" {self.neighbours.credit}"
        return Drawing(board, alt, words)

    def _words_for(self, settings, count):
        what = f"{count} {'picture' if count == 1 else 'pictures'} made by {self.source.name}"
        above = ", each below its noise drawn as coloured squares" if settings["noise"] else ""
        if self._loaded is not None:
            how = "noise from a saved picture"
        else:
            how = f"seed {settings['seed']}, noise times {settings['scale']:g}"
            how += f", cut at ±{settings['cut']:g}" if settings["cut"] else ""
        return f"{what}{above}; {how}.", f"{self.source.name}, {how}"

    def _widen(self, settings):
        """Let the controls take values that only code can ask for: a scale above 3, a cut between those offered."""
        slider, choice = (self._controls.get(name) for name in ("scale", "cut"))
        if slider is not None:
            slider.max = max(slider.max, settings["scale"])
            if settings["cut"] not in [value for _, value in choice.options]:
                choice.options = _cuts(settings["cut"])

    def controls(self, ui):
        now = self.settings
        rows = [
            [ui.slider("count", "pictures", 1, MOST, help="how many, 1 to 16"),
             ui.number("seed", "seed", 0, 2**31 - 1, "the same seed gives the same noise"),
             ui.button("Resample", self.resample, "draw other noise: takes a new seed", "random"),
             ui.button("Back", self.back, "the seed before this one", "undo")],
            [ui.slider("scale", "noise times", 0.0, max(3.0, float(now["scale"])), 0.05,
                       help="what the noise is multiplied with"),
             ui.choice("cut", "truncation", _cuts(now["cut"]), "no number of the noise is larger than this", "230px"),
             ui.check("noise", "show the noise")],
        ]
        upload = ui.raw.FileUpload(accept=".png", description="Load PNG", multiple=False,
                                   tooltip="show the pictures of a saved PNG again")
        upload.observe(self.act(lambda: self._uploaded(upload)), "value")
        files = [ui.button("Save PNG", self._save, "write these pictures, with their noise inside", "save"), upload]
        if self.neighbours is not None:
            options = [("none", 0), *((f"picture {i}", i) for i in range(1, MOST + 1))]
            files.append(ui.choice("picture", "neighbours of", options, "the nearest training pictures", "250px"))
        return [*rows, files]

    def moved(self, name, value):
        if name in ("count", "seed", "scale", "cut") and value != self.settings[name]:
            self._loaded = None
        if name == "seed" and value != self.settings["seed"]:
            self._earlier.append(self.settings["seed"])
        super().moved(name, value)

    def set(self, **changes):
        if set(changes) & {"count", "seed", "scale", "cut"}:
            self._loaded = None
        if not set(changes) - set(self.settings):
            self._widen(self.check({**self.settings, **changes}))
        return super().set(**changes)

    def resample(self) -> None:
        """Take a new seed, drawn at random, and show its pictures."""
        earlier = self.settings["seed"]
        self.set(seed=int(self._seeds.integers(1, 10**6)))
        self._earlier.append(earlier)

    def back(self) -> None:
        """Return to the seed before this one."""
        if not self._earlier:
            self.say("There is no earlier seed.")
            return
        earlier = self._earlier.pop()
        self.set(seed=earlier)
        if self._earlier and self._earlier[-1] == earlier:
            self._earlier.pop()

    def note(self) -> notes.Note:
        """Return what is shown as a note: pictures, noise, generator, settings."""
        latents = self.latents()
        settings = {name: self.settings[name] for name in ("seed", "scale", "cut")}
        if self._loaded is not None:
            settings = self._loaded.settings
        return notes.Note(latents, self.source(latents), self.source.name, self.source.weights_hash(), settings)

    def save(self, path=None):
        """Write what is shown as a PNG that carries its noise; return the path.

        path: None takes "NAME-seedN-COUNT.png" in ``folder``. Raises LabkitError where nothing can be written.
        """
        from pathlib import Path

        note = self.note()
        name = f"{note.generator}-seed{note.settings.get('seed', 0)}-{len(note.latents)}.png"
        return notes.save(Path(self.folder, name) if path is None else path, note)

    def _save(self):
        self.say(f"Saved as {self.save().name}, with the noise inside.")

    def load(self, source) -> str:
        """Show the pictures of a PNG that ``save`` wrote; return a sentence on whether they are the same pixels.

        source: a path, or the file's bytes. Raises LabkitError for other files, and for noise of another length.
        """
        note = notes.loads(bytes(source)) if isinstance(source, (bytes, memoryview)) else notes.load(source)
        self._loaded = None
        if note.latents.shape[1] != self.source.dim:
            raise LabkitError(f"This picture was made by {note.generator} from {note.latents.shape[1]} numbers; "
                              f"{self.source.name} takes {self.source.dim}.")
        if len(note.latents) > MOST:
            raise LabkitError(f"This picture holds {len(note.latents)} pictures; the sampler shows up to {MOST}.")
        self._take(note)
        words = self._compared(note)
        self.say(words)
        return words

    def _take(self, note):
        """Show a note's noise; where seed and settings give the same noise, by moving the controls there."""
        try:
            wanted = self.check({**self.settings, "count": len(note.latents), "picture": 0,
                                 **{name: note.settings[name] for name in ("seed", "scale", "cut")}})
            same = np.array_equal(self.latents(wanted), note.latents)
        except (KeyError, TypeError, LabkitError):  # the noise of another program, or of another version
            same = False
        if same:
            self.set(**wanted)
        else:
            self._loaded = note
            super().set(picture=0)

    def _compared(self, note):
        if note.weights != self.source.weights_hash():
            return (f"Careful: this noise was saved with other weights ({note.generator}), so the pictures are other "
                    "ones.")
        now = self.source(note.latents)
        largest = int(np.abs(now.astype(np.int16) - note.images).max())
        if largest == 0:
            return f"Loaded {len(now)}: every pixel is the same as when they were saved."
        return f"Loaded {len(now)}: pixels differ by up to {largest} of 255; another machine rounds otherwise."

    def _uploaded(self, upload):
        if upload.value:
            content = upload.value[0]["content"]
            upload.value = ()
            self.load(bytes(content))
