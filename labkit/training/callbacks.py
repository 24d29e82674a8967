"""Callbacks for ``GAN.fit``: the losses of every step, checkpoints, sample grids, diagnoses, a progress bar."""

import sys
import time
from pathlib import Path

import keras
import numpy as np
from tqdm import tqdm

from labkit.errors import LabkitError
from labkit.models import weights
from labkit.notebooks import headless
from labkit.training import checkpoints
from labkit.training.gan import METRICS
from labkit.training.generators import averaged_generator, generate, settled

COLLAPSED = 0.25  # share of the real pictures' variety below which a generator counts as collapsed


class StepLog(keras.callbacks.Callback):
    """Collect the logs of every step; ``arrays()`` gives name → float32 (steps,), where ``step`` counts from 1. With
    ``steps_per_execution`` above 1 Keras reports only the last step of each execution; ``step`` then says which steps
    these were. ``earlier``: the arrays of a training that goes on."""

    def __init__(self, earlier: dict[str, np.ndarray] | None = None, names=METRICS):
        super().__init__()
        self.rows = {name: list((earlier or {}).get(name, [])) for name in ("step", *names)}

    def on_train_batch_end(self, batch, logs=None):
        for name, rows in self.rows.items():
            rows.append(self.model.steps_done if name == "step" else float(logs[name]))

    def arrays(self) -> dict[str, np.ndarray]:
        return {name: np.asarray(values, dtype=np.float32) for name, values in self.rows.items()}


class Checkpoints(keras.callbacks.Callback):
    """Write a checkpoint after every ``every`` steps, and when ``write`` is called. keep: after these steps (integers
    from 1) ``folder/generators`` gets ``step-NNNNNNNN-moment.npz``, the generator as trained, and ``-average.npz``,
    with its running averages, as ``models.weights.load`` reads them."""

    def __init__(self, folder, every: int, log: StepLog, fingerprint: dict, keep=()):
        super().__init__()
        self.folder, self.every, self.log, self.fingerprint = Path(folder), every, log, fingerprint
        self.keep, self.began = frozenset(keep), None

    def on_train_begin(self, logs=None):
        if self.began is None:
            self.began = time.monotonic() - self.model.seconds_done

    def on_train_batch_end(self, batch, logs=None):
        step = self.model.steps_done
        if step % self.every == 0:
            self.write()
        if step in self.keep:
            for kind, copy in (("moment", settled(self.model.generator)), ("average", averaged_generator(self.model))):
                weights.write(self.folder / "generators" / f"step-{step:08d}-{kind}.npz", copy)

    def write(self):
        seconds = time.monotonic() - self.began
        checkpoints.save(self.folder, self.model, self.log.arrays(), self.fingerprint, seconds)


class SampleGrid(keras.callbacks.Callback):
    """Every ``every`` steps, generate from the same latents, by the present weights (``generators.settled``); ``grids``
    maps step → uint8 (N, H, W, C), unless ``show``, a function of (step, images), takes them."""

    def __init__(self, latents, every: int, image_shape=None, show=None):
        super().__init__()
        self.latents, self.every, self.image_shape, self.grids = latents, every, image_shape, {}
        self.show = show or self.grids.__setitem__

    def on_train_begin(self, logs=None):
        if not self.model.steps_done:
            self.on_train_batch_end(0)

    def on_train_batch_end(self, batch, logs=None):
        step = self.model.steps_done
        if step % self.every == 0:
            self.show(step, generate(settled(self.model.generator), self.latents, image_shape=self.image_shape))


class Diagnostics(keras.callbacks.Callback):
    """Notice what ruins a GAN, and say it once: NaN (ends the training), a discriminator that won, mode collapse.
    latents: float32 (N, latent_dim), N >= 8, whose ``variety`` is compared with ``real_variety`` now and then."""

    def __init__(self, latents, real_variety: float, every: int = 200, say=print):
        super().__init__()
        self.latents, self.real_variety, self.every, self.say = latents, real_variety, every, say
        self.found, self.recent, self.widest = [], [], 0.0

    def on_train_batch_end(self, batch, logs=None):
        if not all(np.isfinite(float(value)) for value in logs.values()):
            self._note("nan", f"a loss is no longer a number. {checkpoints.DIVERGED}")
            raise LabkitError(self.found[-1]["message"])
        self.recent.append((float(logs.get("d_real", 0)), float(logs.get("d_fake", 0))))  # a flow has no D
        if self.model.steps_done % self.every:
            return
        right, self.recent = min(np.mean(self.recent, axis=0)), []
        if right > 0.99:
            self._note("dead", f"the discriminator tells real from fake in {right:.1%} of cases; the generator has "
                               "next to nothing to learn from. Lower learning_rate_d, or smooth its labels.")
        share = variety(generate(settled(self.model.generator), self.latents)) / max(self.real_variety, 1e-9)
        # An untrained generator's pictures are alike, too: collapse is the loss of a variety that was there.
        before, self.widest = self.widest, max(self.widest, share)
        if share < COLLAPSED < before:
            self._note("collapse", f"the pictures differ {share:.0%} as much as real ones: the generator is "
                                   "collapsing. Lower learning_rate_g, or go back.")

    def _note(self, kind, words):
        message = f"Step {self.model.steps_done}: {words}"
        if all(note["kind"] != kind for note in self.found):
            self.say(message)
        self.found.append({"kind": kind, "step": self.model.steps_done, "message": message})


def variety(images: np.ndarray) -> float:
    """Return the mean absolute difference between pictures i and i + N/2 of uint8 (N, H, W, C), in grey levels."""
    half = len(images) // 2
    return float(np.abs(images[:half].astype(np.int16) - images[half : 2 * half]).mean())


class Progress(keras.callbacks.Callback):
    """A bar with step, losses and time left; nothing where nobody watches, or a line every ``line_every`` seconds."""

    def __init__(self, total: int, line_every: float | None = None):
        super().__init__()
        self.total, self.line_every, self.last = total, line_every, time.monotonic()
        # The text bar: a widget bar would leave its state in the notebook.
        self.bar = tqdm(total=total, unit="step", mininterval=0.5, file=sys.stdout, disable=headless())

    def on_train_begin(self, logs=None):
        self.began, self.first = time.monotonic(), self.model.steps_done

    def on_train_batch_end(self, batch, logs=None):
        done, now = self.model.steps_done, time.monotonic()
        self.bar.update(done - self.bar.n)
        self.bar.set_postfix({name: f"{value:.2f}" for name, value in logs.items()}, refresh=False)
        if self.bar.disable and self.line_every and now - self.last > self.line_every:
            self.last, rate = now, (done - self.first) / (now - self.began)
            print(f"step {done:,} of {self.total:,}, {rate:.1f} steps/s, about "
                  f"{(self.total - done) / rate / 60:.0f} min left",
                  *(f"{name} {value:.3f}" for name, value in logs.items()), sep=", ", flush=True)

    def on_train_end(self, logs=None):
        if self.model.steps_done >= self.total:
            self.bar.close()
