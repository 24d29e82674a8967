"""The training pictures nearest to a generated one: has it learnt, or learnt by heart?"""

import numpy as np

from labkit import metrics
from labkit.errors import LabkitError
from labkit.plotting.images import GAP, Sheet
from labkit.widgets import noise
from labkit.widgets.base import LINE, SEEDS, Drawing, Panel, interactive, row, zoom

#: Sets whose pictures may be passed on inside a notebook; of the others a stored picture shows distances only.
SHOWN = ("fashion_mnist", "mnist", "cifar10", "photos")


class NearestNeighbours(Panel):
    """A generated picture beside the training pictures nearest to it, pixel by pixel. generator, name: as
    ``noise.Source`` takes them. data: the ``ImageSet`` that it learnt from, or uint8 (n, h, w, c). seed, picture: which
    of the 16 pictures of a seed, 1 to 16. count: how many neighbours, 1 to 8. Distances are roots of mean squares, in
    shades of 255. A headless run leaves out pictures of sets that may not be passed on."""

    limits = {"seed": SEEDS, "picture": (1, 16), "count": (1, 8)}  # noqa: RUF012

    def __init__(self, generator, data, seed=0, picture=1, count=5, name=None):
        self.source = noise.Source(generator, name)
        self.shown, self.title, self.pictures = True, "the given pictures", data
        if hasattr(data, "images"):
            from labkit import training

            self.shown, self.title = data.is_stand_in or data.name in SHOWN, data.title
            self.pictures = training.prepare(data, self.source.shape)
        if self.pictures.dtype != np.uint8 or self.pictures.shape[1:] != tuple(self.source.shape):
            raise LabkitError(f"data is {self.pictures.dtype} {self.pictures.shape}; the generated pictures are uint8 "
                              f"(n, {', '.join(map(str, self.source.shape))}). Give an image set of that size.")
        self.search = metrics.neighbours.Search(self.pictures.reshape(len(self.pictures), -1))
        super().__init__(seed=seed, picture=picture, count=count)

    def show_static(self):
        if self.shown or not interactive():  # behind the live widget nothing is stored that may not be
            super().show_static()

    def draw(self, settings):
        latents = noise.sample(settings["picture"], self.source.dim, settings["seed"])
        image = self.source(latents[-1:])[0]
        hidden = not self.shown and not interactive()
        squared, indices = self.search.nearest(image.reshape(1, -1), min(settings["count"], len(self.pictures)))
        # The root of the mean square per value means something: 10 is 10 of 255 shades.
        indices, said = indices[0], [f"{distance:.1f} shades" for distance in np.sqrt(squared[0] / image.size)]
        board, scale = Sheet(paper=False), zoom(image.shape[1], len(said) + 1)
        x = row(board, 0, LINE, [image], scale, ["generated"]) + 2 * GAP
        nearest = self.pictures[indices]
        row(board, x, LINE, np.full_like(nearest, 128) if hidden else nearest, scale, said)
        which = f"picture {settings['picture']} of seed {settings['seed']} by {self.source.name}"
        words = f"{which}. Neighbours from {self.title} ({len(self.pictures):,})."
        if hidden:
            words += " Their pictures are not stored in notebooks: distances only."
        return Drawing(board, f"{which.capitalize()} and its {len(said)} nearest of {self.title} by pixels, at "
                              f"distances {', '.join(said)}.", words)

    def controls(self, ui):
        return [[ui.slider("picture", "picture", "which of the 16 pictures of the seed"),
                 ui.number("seed", "seed", "the same seed gives the same noise"),
                 ui.slider("count", "neighbours", "how many of the nearest are shown")]]
