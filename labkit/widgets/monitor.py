"""The TrainingMonitor: watch a GAN train, and stop it when you have seen enough."""

import math
import time
from pathlib import Path

import keras
import numpy as np

from labkit import files, training
from labkit.errors import LabkitError
from labkit.plotting.images import Sheet
from labkit.widgets.base import Drawing, Panel
from labkit.widgets.board import pairs, stacked
from labkit.widgets.charts import chart
from labkit.widgets.surroundings import interactive

SHARE = 0.1  # of the time, at most, that goes into drawing
RECENT = 50  # steps over which accuracies are averaged


class TrainingMonitor(keras.callbacks.Callback):
    """A callback for ``training.GAN.fit`` that shows how the training goes, with a button that ends it.

    >>> monitor = widgets.TrainingMonitor(steps)
    >>> gan.fit(images, 64, steps_per_epoch=steps, callbacks=[monitor])

    steps: how many the training will have done when it is over (``gan.steps_done`` counts them).
    latents: float (n, dim), 1 to 16, the noise whose pictures are shown; None draws eight from ``seed``.
    seconds: between two drawings, at least; drawing takes at most a tenth of the time. image_shape: for dense GANs.
    folder: where *Stop* leaves its checkpoint; None makes a new folder in ``build/monitor``.

    Losses are those of each step, the discriminator's hits means over the last 50 steps. ``stop()`` does what the
    button does: after the current step the training writes a checkpoint and ends; ``restore(gan)`` goes back to it.
    Headless, the last drawing is shown when the training ends.
    """

    def __init__(self, steps, latents=None, seconds=1.0, seed=0, image_shape=None, folder=None):
        super().__init__()
        if steps < 1:
            raise LabkitError(f"steps is {steps!r}. Expected how many steps the training will have done at its end.")
        self.steps, self.latents, self.seconds, self.seed = int(steps), latents, seconds, seed
        self.image_shape = image_shape
        self.folder = None if folder is None else Path(folder)
        self.log = training.StepLog()
        self.checkpoint: Path | None = None
        self.panel = _View(self)
        self._asked, self._shown, self._drawn, self._images = False, False, -math.inf, None
        self._began, self._first, self._cost = 0.0, 0, 0.0

    def set_model(self, model):
        super().set_model(model)
        self.log.set_model(model)

    def stop(self) -> None:
        """End the training after the current step, with a checkpoint."""
        self._asked = True
        self.panel.say("Stopping after this step …")

    def restore(self, gan) -> dict:
        """Bring a GAN to the checkpoint that *Stop* left; return the losses so far. Raises LabkitError for none."""
        log = None if self.folder is None else training.checkpoints.restore(self.folder, gan, {})
        if log is None:
            raise LabkitError("There is no checkpoint: the training was not stopped. Its GAN is as it ended.")
        return log

    def on_train_begin(self, logs=None):
        self._asked, self._began, self._first = False, time.monotonic(), self.model.steps_done
        if self.latents is None:
            self.latents = training.latent(8, self.model.latent_dim, self.seed)
        if not self._shown and interactive():
            from IPython.display import display

            self._draw()
            display(self.panel.box)
        self._shown = True

    def on_train_batch_end(self, batch, logs=None):
        self.log.on_train_batch_end(batch, logs)
        if self._asked:
            self._save()
            self.model.stop_training = True
        elif interactive() and time.monotonic() - self._drawn > max(self.seconds, self._cost / SHARE):
            self._draw()

    def on_train_end(self, logs=None):
        self._draw()
        if not interactive() and (self.checkpoint or self.model.steps_done >= self.steps):
            self.panel.show_static()

    def _save(self):
        if self.folder is None:
            self.folder = files.home() / "build" / "monitor" / time.strftime("%Y%m%d-%H%M%S")
        self.checkpoint = training.checkpoints.save(self.folder, self.model, self.log.arrays(), {},
                                                    self.model.seconds_done + time.monotonic() - self._began)

    def _draw(self):
        began = time.monotonic()
        settled = training.settled(self.model.generator, batches=1)
        self._images = training.generate(settled, self.latents, image_shape=self.image_shape)
        self.panel.refresh()
        self._drawn = time.monotonic()
        self._cost = self._drawn - began

    def drawing(self) -> Drawing:
        """Return curves, pictures and words for the moment."""
        rows = {name: np.asarray(values, float) for name, values in self.log.rows.items()}
        steps, board = rows["step"], Sheet(paper=False)
        top = max(2.0, np.ceil(2 * _most(rows["d_loss"], rows["g_loss"])) / 2)
        board.picture(0, 0, chart({"discriminator": rows["d_loss"], "generator": rows["g_loss"]}, steps, 0.0, top,
                              "loss", (math.log(2), 2 * math.log(2))))
        hits = {"real": recent(rows["d_real"]), "generated": recent(rows["d_fake"])}
        board.picture(400, 0, chart(hits, steps, 0.0, 1.0, "D is right on", (0.5,)))
        done = self.model.steps_done
        alt = (f"Training after step {done:,}: on the left the losses of discriminator and generator, on the right how "
               f"often D is right on real and on generated pictures; below, {len(self.latents)} pictures made from "
               "the same noise all the time.")
        return Drawing(stacked(board.array(), pairs(self._images, numbers=False)), alt, self._words(done))

    def _words(self, done):
        words = f"step {done:,} of {self.steps:,}"
        if self.checkpoint:
            return f"{words}. Stopped; checkpoint {self.checkpoint.name} in {self.folder.name}: monitor.restore(gan)"
        fresh = done - self._first
        if interactive() and fresh and done < self.steps:
            left = (self.steps - done) * (time.monotonic() - self._began) / fresh
            words += f", {left:.0f} s left" if left < 100 else f", {left / 60:.0f} min left"
        return words


class _View(Panel):
    title = "training"

    def __init__(self, monitor):
        self._monitor = monitor
        super().__init__()

    def draw(self, settings):
        return self._monitor.drawing()

    def controls(self, ui):
        return [[ui.button("Stop", self._monitor.stop, "end the training after this step, with a checkpoint", "stop")]]

    def refresh(self):
        if self._box is not None:
            self._paint()  # here and now: the pictures belong to the weights of this moment

    def _repaint(self):
        pass  # only the training draws


def recent(values) -> np.ndarray:
    """Return the mean over each value and up to 49 before it."""
    sums = np.concatenate([[0.0], np.cumsum(values)])
    ends = np.arange(1, len(values) + 1)
    starts = np.maximum(0, ends - RECENT)
    return (sums[ends] - sums[starts]) / (ends - starts)


def _most(*series):
    known = np.concatenate([values[np.isfinite(values)][-2000:] for values in series])
    return float(np.percentile(known, 98)) if len(known) else 2.0
