"""The TrainingMonitor: watch a GAN train, and stop it when you have seen enough."""

import math
import time

import IPython.display
import keras
import numpy as np

from labkit import files, training
from labkit.errors import LabkitError
from labkit.plotting.images import Sheet
from labkit.widgets.base import Drawing, Panel, curves, interactive, stacked
from labkit.widgets.sampler import pairs

SECONDS = 1.0  # between two drawings, at least
SHARE = 0.1  # of the time, at most, that goes into drawing
RECENT = 50  # steps over which accuracies are averaged


class TrainingMonitor(Panel, keras.callbacks.Callback):
    """A callback for ``training.GAN.fit`` that shows how the training goes, with a button that ends it.

    >>> monitor = widgets.TrainingMonitor(steps)
    >>> gan.fit(images, 64, steps_per_epoch=steps, callbacks=[monitor])

    steps: how many the training will have done when it is over (``gan.steps_done`` counts them). Losses are those of
    each step, the discriminator's hits means over the last 50. ``stop()`` does what the button does: after the current
    step the training writes a checkpoint into ``folder``, a new one in ``build/monitor``, and ends; ``restore(gan)``
    goes back to it. Headless, the last drawing is shown when the training ends.
    """

    limits = {"steps": (1, 10**9)}  # noqa: RUF012

    def __init__(self, steps):
        keras.callbacks.Callback.__init__(self)
        super().__init__(steps=steps)
        self.folder = files.home() / "build" / "monitor" / time.strftime("%Y%m%d-%H%M%S")
        self.log, self.checkpoint = training.StepLog(), None
        self._asked = self._shown = False
        self._drawn, self._cost = -math.inf, 0.0

    def set_model(self, model):
        super().set_model(model)
        self.log.set_model(model)

    def stop(self) -> None:
        """End the training after the current step, with a checkpoint."""
        self._asked = True
        self.say("Stopping after this step …")

    def restore(self, gan) -> dict:
        """Bring a GAN to the checkpoint that *Stop* left; return the losses so far. Raises LabkitError for none."""
        if self.checkpoint is None:
            raise LabkitError("There is no checkpoint: the training was not stopped. Its GAN is as it ended.")
        return training.checkpoints.restore(self.folder, gan, {})

    def on_train_begin(self, logs=None):
        self._asked, self._began, self._first = False, time.monotonic(), self.model.steps_done
        if not self._shown and interactive():
            self._draw()
            IPython.display.display(self.box)
        self._shown = True

    def on_train_batch_end(self, batch, logs=None):
        self.log.on_train_batch_end(batch, logs)
        if self._asked:
            self.checkpoint = training.checkpoints.save(self.folder, self.model, self.log.arrays(), {},
                                                        self.model.seconds_done + time.monotonic() - self._began)
            self.model.stop_training = True
        elif interactive() and time.monotonic() - self._drawn > max(SECONDS, self._cost / SHARE):
            self._draw()

    def on_train_end(self, logs=None):
        self._draw()
        if self.checkpoint or self.model.steps_done >= self.settings["steps"]:
            self.show_static()

    def _draw(self):
        began = time.monotonic()
        settled = training.settled(self.model.generator, batches=1)
        self._images = training.generate(settled, training.latent(8, self.model.latent_dim))
        if self._box is not None:
            self._paint()  # here and now: the pictures belong to the weights of this moment
        self._drawn, self._cost = time.monotonic(), time.monotonic() - began

    def _repaint(self):
        pass  # only the training draws

    def controls(self, ui):
        return [[ui.button("Stop", self.stop, "end the training after this step, with a checkpoint", "stop")]]

    def draw(self, settings):
        rows = {name: np.asarray(values, float) for name, values in self.log.rows.items()}
        board, done = Sheet(paper=False), self.model.steps_done
        losses = {"discriminator": (rows["step"], rows["d_loss"]), "generator": (rows["step"], rows["g_loss"])}
        hits = {"real": (rows["step"], recent(rows["d_real"])), "generated": (rows["step"], recent(rows["d_fake"]))}
        board.picture(0, 0, curves(losses, "loss", (math.log(2), 2 * math.log(2))))
        board.picture(400, 0, curves(hits, "D is right on", (0.5,), top=1.0))
        alt = (f"Training after step {done:,}: on the left the losses of discriminator and generator, on the right how "
               f"often D is right on real and on generated pictures; below, {len(self._images)} pictures made from "
               "the same noise all the time.")
        return Drawing(stacked(board, pairs(self._images, numbers=False)), alt, self._progress(done, settings["steps"]))

    def _progress(self, done, steps):
        words = f"step {done:,} of {steps:,}"
        if self.checkpoint:
            return f"{words}. Stopped; checkpoint {self.checkpoint.name} in {self.folder.name}: monitor.restore(gan)"
        if interactive() and self._first < done < steps:
            left = (steps - done) * (time.monotonic() - self._began) / (done - self._first)
            words += f", {left:.0f} s left" if left < 100 else f", {left / 60:.0f} min left"
        return words


def recent(values) -> np.ndarray:
    """Return the mean over each value and up to 49 before it."""
    sums = np.cumsum(values)
    sums[RECENT:] -= sums[:-RECENT].copy()
    return sums / np.minimum(np.arange(1, len(values) + 1), RECENT)
