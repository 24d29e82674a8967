"""The training pictures nearest to a generated one: has it learnt, or learnt by heart?"""

import numpy as np

from labkit import metrics
from labkit.errors import LabkitError
from labkit.plotting.images import GAP, Sheet
from labkit.widgets import noise
from labkit.widgets.base import LINE, Drawing, Panel, interactive, stacked, zoom

#: Sets whose pictures may be passed on inside a notebook; of the others a stored picture shows distances only.
SHOWN = ("fashion_mnist", "mnist", "cifar10", "photos")


class Neighbours:
    """Finds the nearest pictures of a set, by pixels and, if asked, by features.

    data: an ``ImageSet`` or uint8 (n, h, w, c). shape: of the pictures that will be looked for. features: a function
    of uint8 (n, h, w, c) that gives float (n, d), for instance an extractor of ``labkit.models``; None: pixels only.
    Raises LabkitError when pictures and set do not fit.
    """

    def __init__(self, data, shape, features=None):
        if hasattr(data, "images"):
            from labkit import training

            self.pictures = training.prepare(data, shape)
            self.title, self.shown = data.title, data.is_stand_in or data.name in SHOWN
        else:
            self.pictures, self.title, self.shown = np.asarray(data), "the given pictures", True
            if self.pictures.dtype != np.uint8 or self.pictures.shape[1:] != tuple(shape):
                raise LabkitError(f"data is {self.pictures.dtype} {self.pictures.shape}; the generated pictures are "
                                  f"uint8 (n, {', '.join(map(str, shape))}). Give an image set of that size.")
        self._embed = {"pixels": lambda images: images.reshape(len(images), -1)}
        if features is not None:
            self._embed["features"] = features
        self._search = {kind: metrics.Search(np.asarray(embed(self.pictures))) for kind, embed in self._embed.items()}

    def beside(self, image, count: int = 5) -> tuple[Sheet, str]:
        """Return a board of a picture, uint8 (h, w, c), and its ``count`` nearest, and words for it.

        There is a row for each kind of distance.
        """
        rows, words = [], []
        for kind, embed in self._embed.items():
            squared, (indices,) = self._search[kind].nearest(np.asarray(embed(image[None])),
                                                             min(count, len(self.pictures)))
            distances = np.sqrt(squared[0])
            # The root of the mean square per value means something: 10 is 10 of 255 shades.
            said = [f"{distance / image.size ** 0.5:.1f} shades" if kind == "pixels" else f"{distance:.3g} feat."
                    for distance in distances]
            words.append(f"its {len(said)} nearest of {self.title} by {kind}, at distances {', '.join(said)}")
            board, scale = Sheet(paper=False), zoom(image.shape[1], len(said) + 1)
            board.words(0, 0, "generated")
            board.picture(0, LINE, image, scale)
            for k, (index, distance) in enumerate(zip(indices, said, strict=True), 1):
                x = k * (image.shape[1] * scale + GAP) + 2 * GAP
                picture = np.full_like(image, 128) if self.hidden else self.pictures[index]
                board.words(x, 0, distance)
                board.picture(x, LINE, picture, scale)
            rows.append(board)
        return stacked(*rows), "; ".join(words) + "."

    @property
    def credit(self) -> str:
        """A sentence that says what the neighbours are, and why they may be missing."""
        hidden = " Their pictures are not stored in notebooks: distances only." if self.hidden else ""
        return f"Neighbours from {self.title} ({len(self.pictures):,})." + hidden

    @property
    def hidden(self) -> bool:
        """Whether the pictures of the set must not be shown here."""
        return not self.shown and not interactive()


class NearestNeighbours(Panel):
    """A generated picture beside the training pictures nearest to it.

    generator: a Keras model or a key of ``models.weights``. data: the ``ImageSet`` that it learnt from.
    features: a function uint8 pictures -> float (n, d), for a second row by features; None: pixels only.
    seed, picture: which of the 16 pictures of a seed, 1 to 16. count: how many neighbours, 1 to 8.

    Distances in pixels are roots of mean squares, in shades of 255. In a headless run, whose outputs are stored,
    pictures of sets that may not be passed on are left out and their distances stay.
    """

    limits = {"seed": (0, 2**31 - 1), "picture": (1, 16), "count": (1, 8)}  # noqa: RUF012

    def __init__(self, generator, data, features=None, seed=0, picture=1, count=5, name=None):
        self.source = noise.Source(generator, name)
        self.neighbours = Neighbours(data, self.source.shape, features)
        super().__init__(seed=seed, picture=picture, count=count)

    def draw(self, settings):
        latents = noise.sample(settings["picture"], self.source.dim, settings["seed"])
        board, words = self.neighbours.beside(self.source(latents[-1:])[0], settings["count"])
        which = f"picture {settings['picture']} of seed {settings['seed']} by {self.source.name}"
        return Drawing(board, f"{which.capitalize()} and {words}", f"{which}. {self.neighbours.credit}")

    def controls(self, ui):
        return [[ui.slider("picture", "picture", "which of the 16 pictures of the seed"),
                 ui.number("seed", "seed", "the same seed gives the same noise"),
                 ui.slider("count", "neighbours", "how many of the nearest are shown")]]
