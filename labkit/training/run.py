"""One training from a recipe to a results file: what ``labkit train`` does, and notebooks may call."""

import contextlib
import math
import signal
import threading
import time
from collections import namedtuple
from pathlib import Path

import keras
import numpy as np

from labkit import datasets, device, files, models
from labkit.errors import LabkitError
from labkit.models import weights
from labkit.plotting import images as sheets
from labkit.training import GAN, batches, checkpoints, recipes, results
from labkit.training.callbacks import Checkpoints, Diagnostics, Progress, SampleGrid, StepLog, variety
from labkit.training.generators import averaged_generator, latent, latent_dim

#: What a training left: the GAN, the generator to show (averaged weights), the log, and what results.json says.
TrainedRun = namedtuple("TrainedRun", "gan generator log summary")


def prepare(data: datasets.ImageSet, image_shape) -> np.ndarray:
    """Return the set's pictures as uint8 (N, *image_shape); colour becomes grey (ITU-R BT.601) where asked."""
    images = data.images
    if images.shape[3] == 3 and image_shape[2] == 1:
        shares = np.array([0.299, 0.587, 0.114], dtype=np.float32)
        parts = np.array_split(images, max(1, len(images) // 4096))
        images = np.concatenate([np.rint(part @ shares).astype(np.uint8)[..., None] for part in parts])
    if images.shape[1:] != tuple(image_shape):
        raise LabkitError(f"{data.title} has pictures of {images.shape[1:]}; the networks take {tuple(image_shape)}.")
    return images


def optimizers(recipe, total: int | None = None):
    """Return (generator's, discriminator's) optimizer for a recipe, Adam; only the generator's weights are averaged.
    total: steps in which a "cosine" schedule, rate · (1 + cos(π t/total)) / 2, reaches 0 (Loshchilov and Hutter 2017).
    Weight decay is decoupled (the same, 2019), of kernels alone: biases and batch-norm scales are spared."""
    averaging = {"use_ema": True, "ema_momentum": recipe.ema} if recipe.ema else {}
    made = []
    for rate, more in ((recipe.learning_rate_g, averaging), (recipe.learning_rate_d, {})):
        rate = keras.optimizers.schedules.CosineDecay(rate, total) if recipe.schedule == "cosine" else rate
        optimizer = keras.optimizers.Adam(rate, recipe.beta_1, weight_decay=recipe.weight_decay or None, **more)
        if recipe.weight_decay:
            optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
        made.append(optimizer)
    return tuple(made)


def compiled(recipe: recipes.GanRecipe, total: int | None = None, pair=None) -> GAN:
    """Return the recipe's GAN, built from its seed and compiled. total: steps in which a falling learning rate reaches
    0; None: the recipe's. pair: other networks than its own."""
    if models.spec(recipe.key).kind == "flow":
        if keras.backend.backend() != "tensorflow":
            raise LabkitError("A flow is trained with TensorFlow alone: leave KERAS_BACKEND out.")
        from labkit.training.flow import Flow

        flow = Flow(recipe.networks(seed=recipe.seed), seed=recipe.seed)
        flow.compile(optimizers(recipe, total or recipe.steps)[0], recipe.jit_compile, recipe.steps_per_execution)
        return flow
    gan = GAN(*(pair or recipe.networks(seed=recipe.seed)), seed=recipe.seed)
    same = ("label_smoothing", "flip", "shift", "augment", "jit_compile", "steps_per_execution")
    gan.compile(*optimizers(recipe, total or recipe.steps), **{name: getattr(recipe, name) for name in same})
    return gan


def train(recipe: recipes.GanRecipe, out=None, resume=False, stand_in="allow", limit=None, callbacks=(), minutes=None,
          keep=(), say=print, strategy="none", start=None) -> TrainedRun:
    """Train a recipe's GAN; return the run.

    out: folder for checkpoints, sample grids (PNG), the averaged generator and ``results.json``; None: write nothing.
    resume: go on from the newest checkpoint in ``out``, to the same bits as without the interruption.
    stand_in: "refuse" raises LabkitError when the set is not at hand, "allow" trains on its drawn stand-in.
    limit: use only that many pictures. minutes: stop, with a checkpoint, when so many have gone by.
    keep: steps after which the generator is kept (``callbacks.Checkpoints``).
    strategy: "mirrored" shares each minibatch out among this machine's devices (``device.setup``); "workers" among the
    machines of ``TF_CONFIG`` (``training.devices``), which share ``out``; the first of them alone writes to it.
    start: folder of another training, whose networks may be narrower: begin with its weights (``training.widen``).

    Raises LabkitError for a recipe that does not fit the data, a folder with another training's checkpoints or in use,
    losses that are no longer numbers, and a lost worker; KeyboardInterrupt, after a checkpoint, for SIGINT, SIGTERM, …
    """
    folder = Path(out) if out else None
    if strategy == "workers":
        from labkit.training import devices

        machine = devices.setup(precision=recipe.precision, seed=recipe.seed, say=say)
    else:
        machine = device.setup(precision=recipe.precision, seed=recipe.seed, strategy=strategy)
    data = datasets.load(recipe.dataset, size=recipe.image_shape[0], stand_in=stand_in, limit=limit)
    images = prepare(data, recipe.image_shape)
    per_epoch, total = batches.steps_per_epoch(len(images), recipe.batch_size), recipe.total_steps(len(images))
    alone = files.locked(folder, "training into") if folder and machine.chief else contextlib.nullcontext()
    with alone, _signals(folder) as caught:
        with machine.scope():
            gan = compiled(recipe, total)
        gan.labels = data.labels  # which a flow learns, too
        fingerprint, earlier = _fingerprint(recipe, machine.precision, data, total), None
        if folder:
            if (there := checkpoints.found(folder)) and not resume:
                raise LabkitError(f"{folder} holds checkpoints of an earlier training (step "
                                  f"{checkpoints.step_of(there[-1]):,}). Go on from them with --resume, or choose "
                                  "another folder with --out.")
            earlier = checkpoints.restore(folder, gan, fingerprint)
            if gan.steps_done > total:
                raise LabkitError(f"{folder} is at step {gan.steps_done:,} already, and this training would end at "
                                  f"{total:,}. Ask for more steps, or choose another folder with --out.")
            if earlier is not None:
                say(f"Going on from step {gan.steps_done:,}.")
        begin = _begun(gan, folder, start)
        first, began, log, chief = gan.steps_done, time.monotonic(), StepLog(earlier, gan.logged), machine.chief
        latents = latent(64, latent_dim(gan.generator), seed=recipe.seed)
        watch = Diagnostics(latents, variety(images[:128]), every=recipe.checkpoint_every, say=say)
        parts = [log, *([watch, Progress(total, line_every=60 if folder else None)] if chief else []), *callbacks]
        if folder and chief:
            every = max(recipe.checkpoint_every, per_epoch)
            saving = Checkpoints(folder, recipe.checkpoint_every, log, fingerprint, keep)
            parts += [saving, SampleGrid(latents, every - every % recipe.checkpoint_every, recipe.image_shape,
                                         lambda step, grid: sheets.save(folder / "samples" / f"step-{step:08d}.png",
                                                                        sheets.tiled(grid, 8, 2, ground=0)))]

        def stop():
            return bool(caught) or time.monotonic() > began + 60 * (minutes or math.inf)

        if strategy == "workers":
            devices.fit(gan, images, recipe, total, parts, machine, fingerprint, stop, folder)
            say(f"Worker {machine.worker}: {gan.steps_done:,} steps, weights {devices.digest(gan)}.")
        else:
            _fit(gan, images, recipe, total, [*parts, keras.callbacks.LambdaCallback(
                on_train_batch_end=lambda batch, logs: setattr(gan, "stop_training", gan.stop_training or stop()))])
        seconds = time.monotonic() - began + gan.seconds_done
        if folder and chief and gan.steps_done > first:
            saving.write()
        if gan.steps_done < total and (caught or (strategy == "workers" and not minutes)):
            by = caught[0] if caught else "another worker"
            raise KeyboardInterrupt(f"Stopped by {by} at step {gan.steps_done:,} of {total:,}, with a checkpoint in "
                                    f"{folder}. To go on: the same command with --resume.")
        generator = averaged_generator(gan)
        summary = {
            "recipe": vars(recipe), "start": begin,
            # A source may be a path of this machine: a results file keeps what it is, not where it lies.
            "dataset": {"name": data.name, "title": data.title, "licence": data.licence,
                        "is_stand_in": data.is_stand_in,
                        "source": "drawn stand-in" if data.is_stand_in else f"real pictures ({data.split})",
                        "pictures": len(images)},
            "device": machine.name, "replicas": machine.replicas, "backend": keras.backend.backend(),
            "precision": machine.precision,
            "steps": gan.steps_done, "steps_planned": total, "images_seen": gan.steps_done * recipe.batch_size,
            "seconds": round(seconds, 1),
            "images_per_second": round(gan.steps_done * recipe.batch_size / max(seconds, 1e-9), 1),
            "diagnoses": watch.found,
            "final": {name: float(np.mean(values[-100:])) for name, values in log.arrays().items()
                      if len(values) and name != "step"},
        }
        if folder and chief:
            results.write(folder / "results.json", summary)
            weights.write(folder / "generator.npz", generator)
        return TrainedRun(gan, generator, log.arrays(), summary)


@contextlib.contextmanager
def _signals(folder):
    """Take note of a signal that would end the process, in the list that this gives, so that a training into a folder
    stops after its step, with a checkpoint; the second one ends it at once."""
    caught, before = [], {}

    def note(number, _):
        if caught:
            raise KeyboardInterrupt
        caught.append(signal.Signals(number).name)

    if folder and threading.current_thread() is threading.main_thread():
        for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK"):  # the last is Windows', the third is not
            number = getattr(signal, name, None)
            if number and signal.getsignal(number) not in (None, signal.SIG_IGN):  # nohup ignores SIGHUP
                before[number] = signal.signal(number, note)
    try:
        yield caught
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _fit(gan, images, recipe, total, callbacks):
    """Fit in blocks: Keras' own epochs here are the spans between checkpoints, so that any of them can be resumed."""
    block = recipe.checkpoint_every
    while gan.steps_done < total and not gan.stop_training:
        rest = total - gan.steps_done
        steps = min(rest, block - gan.steps_done % block)
        epochs = rest // block if steps == block else 1
        gan.fit(images, recipe.batch_size, epochs=epochs, steps_per_epoch=steps, callbacks=list(callbacks))


def _fingerprint(recipe, precision, data, total):
    ignored = ("why", "epochs", "steps", "profile", "checkpoint_every", "lesson_steps")
    kept = {name: value for name, value in vars(recipe).items() if name not in ignored}
    if recipe.schedule != "constant":
        kept["steps"] = total  # the learning rate of each step depends on where the schedule ends
    # "float32" on one machine and "bfloat16" on another are different trainings, whatever the recipe asked for.
    return kept | {"image_shape": list(recipe.image_shape), "precision": precision, "pictures": len(data),
                   "data": data.title, "backend": keras.backend.backend()}


def _begun(gan, folder, start):
    """Begin with the weights in ``start``; return what the training began with, for one that is resumed, too."""
    note = folder / "start.txt" if folder else None
    if not start or gan.steps_done:
        return note.read_text(encoding="utf-8").strip() if note and note.is_file() else None
    from labkit.training import widen

    text = widen.start(gan, start)
    if note:
        with files.atomic(note, "w", encoding="utf-8") as file:
            file.write(text + "\n")
    return text
