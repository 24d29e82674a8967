"""The training pictures nearest to a generated one: has it learnt, or learnt by heart?"""

import dataclasses

import numpy as np

from labkit.errors import LabkitError
from labkit.plotting.images import GAP, Sheet
from labkit.widgets import noise
from labkit.widgets.base import Drawing, Panel
from labkit.widgets.board import LINE, stacked, zoom
from labkit.widgets.source import Source
from labkit.widgets.surroundings import interactive

#: Sets whose pictures may be passed on inside a notebook; of the others a stored picture shows distances only.
SHOWN = ("fashion_mnist", "mnist", "cifar10", "photos")
CHUNK = 2048  # training pictures compared at once: as float32, 25 MB of 32x32x3
SPARE = 8  # more candidates than asked for, since float32 may mistake the order of near ties


class Neighbours:
    """Finds the nearest pictures of a set, by pixels and, if asked, by features.

    data: an ``ImageSet`` or uint8 (n, h, w, c). shape: of the pictures that will be looked for. features: a function
    of uint8 (n, h, w, c) that gives float (n, d), for instance an extractor of ``labkit.models``; None: pixels only.
    Raises LabkitError when pictures and set do not fit.
    """

    def __init__(self, data, shape, features=None):
        if hasattr(data, "images"):
            from labkit.training.run import prepare

            self.pictures = prepare(data, shape)
            self.title = data.title
            self.shown = data.is_stand_in or data.name in SHOWN
        else:
            self.pictures, self.title, self.shown = np.asarray(data), "the given pictures", True
            if self.pictures.dtype != np.uint8 or self.pictures.shape[1:] != tuple(shape):
                raise LabkitError(f"data is {self.pictures.dtype} {self.pictures.shape}; the generated pictures are "
                                  f"uint8 (n, {', '.join(map(str, shape))}). Give an image set of that size.")
        self._spaces = {"pixels": _Space(lambda images: images.reshape(len(images), -1), self.pictures)}
        if features is not None:
            self._spaces["features"] = _Space(features, features(self.pictures))

    def find(self, images, count: int = 5) -> "Found":
        """Return the ``count`` nearest of the set for each of uint8 (n, h, w, c)."""
        results = {name: space.nearest(images, min(count, len(self.pictures))) for name, space in self._spaces.items()}
        return Found(self, results, int(np.prod(images.shape[1:])))

    @property
    def credit(self) -> str:
        """A sentence that says what the neighbours are, and why they may be missing."""
        hidden = " Their pictures are not stored in notebooks: distances only." if self._hidden else ""
        return f"Neighbours from {self.title} ({len(self.pictures):,})." + hidden

    @property
    def _hidden(self):
        return not self.shown and not interactive()


class _Space:
    """Vectors of a set, and a way to bring pictures among them."""

    def __init__(self, embed, vectors):
        self._embed = embed
        self._vectors = vectors.reshape(len(vectors), -1)
        self._norms = np.concatenate([(part * part).sum(1) for part in self._parts()])

    def _parts(self):
        for start in range(0, len(self._vectors), CHUNK):
            yield self._vectors[start:start + CHUNK].astype(np.float32)

    def nearest(self, images, count):
        """Return (indices, distances), each (n, count): Euclidean, in float64, by distance and then by index."""
        asked = np.asarray(self._embed(images)).reshape(len(images), -1)
        products = np.concatenate([part @ asked.T.astype(np.float32) for part in self._parts()])
        rough = self._norms[:, None] - 2 * products  # |y|² - 2xy: the same order as the distances
        some = min(count + SPARE, len(rough))
        indices, distances = [], []
        for i, vector in enumerate(asked):
            few = np.sort(np.argpartition(rough[:, i], some - 1)[:some])
            exact = np.sqrt(((self._vectors[few].astype(np.float64) - vector.astype(np.float64)) ** 2).sum(1))
            order = np.argsort(exact, kind="stable")[:count]
            indices.append(few[order])
            distances.append(exact[order])
        return np.array(indices), np.array(distances)


@dataclasses.dataclass(frozen=True)
class Found:
    """Neighbours: ``results`` maps "pixels" and "features" to (indices, distances), each (n, count)."""

    owner: Neighbours
    results: dict
    values: int  # numbers in a picture

    def board(self, i: int, image) -> np.ndarray:
        """Return a board: picture ``i``, then its neighbours with their distances; a row for each kind of distance."""
        rows = []
        for kind, (indices, distances) in self.results.items():
            board, scale = Sheet(paper=False), zoom(image.shape[1], len(indices[i]) + 1, 96)
            width = image.shape[1] * scale + GAP
            board.words(0, 0, "generated")
            board.picture(0, LINE, image, scale)
            for k, (index, distance) in enumerate(zip(indices[i], distances[i], strict=True)):
                x = (k + 1) * width + 2 * GAP
                board.words(x, 0, self._distance(kind, distance))
                picture = self.owner.pictures[index]
                if self.owner._hidden:
                    picture = np.full_like(picture, 128)
                board.picture(x, LINE, picture, scale)
            rows.append(board.array())
        return stacked(*rows)

    def _distance(self, kind, distance):
        # The root of the mean square per value means something: 10 is 10 of 255 shades.
        return f"{distance / self.values ** 0.5:.1f} shades" if kind == "pixels" else f"{distance:.3g} feat."

    def words(self, i: int) -> str:
        """Say what the board of picture ``i`` shows."""
        parts = [f"its {distances.shape[1]} nearest of {self.owner.title} by {kind}, at distances "
                 + ", ".join(self._distance(kind, distance) for distance in distances[i])
                 for kind, (_, distances) in self.results.items()]
        return "; ".join(parts) + "."


class NearestNeighbours(Panel):
    """A generated picture beside the training pictures nearest to it.

    generator: a Keras model or a key of ``models.weights``. data: the ``ImageSet`` that it learnt from.
    features: a function uint8 pictures -> float (n, d), for a second row by features; None: pixels only.
    seed, picture: which of the 16 pictures of a seed, 1 to 16. count: how many neighbours, 1 to 8.

    Distances in pixels are roots of mean squares, in shades of 255. In a headless run, whose outputs are stored,
    pictures of sets that may not be passed on are left out and their distances stay.
    """

    title = "nearest neighbours"

    def __init__(self, generator, data, features=None, seed=0, picture=1, count=5, name=None):
        self.source = Source(generator, name)
        self.neighbours = Neighbours(data, self.source.shape, features)
        super().__init__(seed=seed, picture=picture, count=count)

    def check(self, settings):
        for name, low, high in (("seed", 0, 2**31 - 1), ("picture", 1, 16), ("count", 1, 8)):
            if not isinstance(settings[name], (int, np.integer)) or not low <= settings[name] <= high:
                raise LabkitError(f"{name} is {settings[name]!r}. Expected a whole number from {low} to {high}.")
        return settings

    def images(self) -> np.ndarray:
        """Return the generated picture, uint8 (1, height, width, channels)."""
        return self._image(self.settings)

    def _image(self, settings):
        latents = noise.sample(settings["picture"], self.source.dim, settings["seed"])
        return self.source(latents[-1:])

    def draw(self, settings):
        image = self._image(settings)
        found = self.neighbours.find(image, settings["count"])
        which = f"picture {settings['picture']} of seed {settings['seed']} by {self.source.name}"
        return Drawing(found.board(0, image[0]), f"{which.capitalize()} and {found.words(0)}",
                       f"{which}. {self.neighbours.credit}")

    def controls(self, ui):
        return [[ui.slider("picture", "picture", 1, 16, help="which of the 16 pictures of the seed"),
                 ui.number("seed", "seed", 0, 2**31 - 1, "the same seed gives the same noise"),
                 ui.slider("count", "neighbours", 1, 8, help="how many of the nearest are shown")]]
