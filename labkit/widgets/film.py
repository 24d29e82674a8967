"""The Film: drag through a training, and see its pictures, scores and losses at one moment."""

import numpy as np
from PIL import Image

from labkit import files
from labkit.errors import LabkitError
from labkit.plotting.images import GAP, Sheet
from labkit.widgets.base import Drawing, Panel, curves, row, zoom


class Film(Panel):
    """A slider over the moments of a training: what the same noises gave, and where scores and losses stood.
    pictures: uint8 (m, n, h, w, c), n pictures at each of m moments. steps: (m,), rising. scores: a list of m numbers
    for each name. losses: (steps, values) for each name. Raises LabkitError unless all have m moments."""

    def __init__(self, pictures, steps, scores, losses):
        if {len(steps), *map(len, scores.values())} != {len(pictures)}:
            raise LabkitError(f"A film of {len(pictures)} moments needs as many steps and as many of each score.")
        self.pictures, self.steps, self.scores, self.losses = pictures, list(steps), scores, losses
        self.limits = {"moment": (1, len(pictures))}
        super().__init__(moment=len(pictures))

    @classmethod
    def kept(cls, key):
        """Return the film of a generator that ``benchmarks/film.py`` left in data/results."""
        from labkit.training import results

        found = results.read(f"film-{key}")
        sheet = np.asarray(Image.open(files.results() / f"film-{key}.png"))
        (high, wide, *_), moments, losses = found["shape"], found["moments"], found["losses"]
        pictures = sheet.reshape(len(moments), high, found["noises"], wide, -1).swapaxes(1, 2)
        times = losses["every"] * np.arange(1, 1 + len(losses["d_loss"]))
        scores = {name: [moment[key] for moment in moments] for name, key in
                  (("Fréchet distance", "frechet"), ("precision", "precision"), ("recall", "recall"))}
        return cls(pictures, [moment["step"] for moment in moments], scores,
                   {"loss of D": (times, losses["d_loss"]), "loss of G": (times, losses["g_loss"])})

    def draw(self, settings):
        place, board = settings["moment"] - 1, Sheet(paper=False)
        step, shown = self.steps[place], self.pictures[place]
        for k in range(0, len(shown), 8):
            row(board, 0, board.height + GAP * (k > 0), shown[k : k + 8], zoom(shown.shape[2], 8, 64))
        largest = {name: max(1.0, *map(float, values)) for name, values in self.scores.items()}
        scores = {f"{name} / {largest[name]:.0f}" if largest[name] > 1 else name:
                  (self.steps, np.divide(values, largest[name])) for name, values in self.scores.items()}
        y = board.height + 2 * GAP
        board.picture(0, y, curves(scores, "", top=1.0, at=step))
        board.picture(400, y, curves(self.losses, "by step", at=step))
        words = ", ".join(f"{name} {values[place]:.3g}" for name, values in self.scores.items())
        return Drawing(board, f"{len(shown)} pictures at step {step:,}; below, scores and losses.",
                       f"step {step:,}: {words}")

    def controls(self, ui):
        return [[ui.slider("moment", "moment", "drag through the training", 1)]]
