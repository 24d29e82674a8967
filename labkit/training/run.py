"""One training from a recipe to a results file: what ``labkit train`` does, and notebooks may call."""

import dataclasses
import time
from pathlib import Path

import keras
import numpy as np

from labkit import datasets, device, files, models
from labkit.errors import LabkitError
from labkit.plotting import images as pictures
from labkit.training import GAN, checkpoints, optimizers, order, recipes, results, widen
from labkit.training.adapters import latent, latent_dim
from labkit.training.averaging import averaged_generator
from labkit.training.callbacks import Checkpoints, Diagnostics, Progress, SampleGrid, StepLog, variety
from labkit.training.keeping import KeptGenerators

SAMPLES = 64


@dataclasses.dataclass(frozen=True)
class TrainedRun:
    """What a training left: the GAN, the generator to show (averaged weights), log, recipe, data and its summary."""

    gan: GAN
    generator: keras.Model
    log: dict[str, np.ndarray]
    recipe: recipes.Recipe
    data: datasets.ImageSet
    summary: dict


def prepare(data: datasets.ImageSet, image_shape) -> np.ndarray:
    """Return the set's pictures as uint8 (N, *image_shape); colour becomes grey (ITU-R BT.601) where asked."""
    images = data.images
    if images.shape[3] == 3 and image_shape[2] == 1:
        weights = np.array([0.299, 0.587, 0.114], dtype=np.float32)
        parts = np.array_split(images, max(1, len(images) // 4096))
        images = np.concatenate([np.rint(part @ weights).astype(np.uint8)[..., None] for part in parts])
    if images.shape[1:] != tuple(image_shape):
        raise LabkitError(f"{data.title} has pictures of {images.shape[1:]}; the networks take {tuple(image_shape)}.")
    return images


def compiled(recipe: recipes.Recipe, total: int | None = None, pair=None) -> GAN:
    """Return the recipe's GAN, built from its seed and compiled.

    total: the number of steps in which a falling learning rate reaches 0; default: the recipe's ``steps``.
    pair: other networks than ``models.build(recipe.key)`` gives, for instance narrower ones.
    """
    options = {"channels": recipe.channels} if recipe.channels else {}
    gan = GAN(*(pair or models.build(recipe.key, seed=recipe.seed, **options)), seed=recipe.seed)
    gan.compile(
        *optimizers.pair(recipe, total or recipe.steps),
        loss=recipe.loss,
        label_smoothing=recipe.label_smoothing,
        updates=recipe.updates,
        flip=recipe.flip,
        shift=recipe.shift,
        augment=recipe.augment,
        jit_compile=recipe.jit_compile,
        steps_per_execution=recipe.steps_per_execution,
    )
    return gan


def train(recipe: recipes.Recipe, out=None, resume=False, stand_in="allow", limit=None, command=None,
          callbacks=(), minutes=None, keep=(), say=print, strategy="none", cluster=None,
          start=None) -> TrainedRun:
    """Train a recipe's GAN; return the run.

    out: folder for checkpoints, sample grids (PNG), the averaged generator and ``results.json``; None: write nothing.
    resume: go on from the newest checkpoint in ``out``, to the same bits as without the interruption.
    stand_in: "refuse" raises LabkitError when the set is not at hand, "allow" trains on its drawn stand-in.
    limit: use only that many pictures. minutes: stop, with a checkpoint, when so many have gone by.
    keep: steps after which the generator is kept for later comparison, in ``out/generators`` (``training.keeping``).
    strategy: "mirrored" shares each minibatch out among this machine's devices (``device.setup``).
    cluster: the ``labkit.cluster.Cluster`` whose worker this is; ``out`` must then be a folder that all workers share,
    and the first worker alone writes to it (``training.workers``).
    start: folder of another training, whose networks may be narrower: begin with its weights (``training.widen``).

    Raises LabkitError for a recipe that does not fit the data, a folder with another training's checkpoints,
    for losses that are no longer numbers, and when another worker is lost.
    """
    machine = device.setup(precision=recipe.precision, seed=recipe.seed, strategy=strategy, cluster=cluster)
    size = recipe.image_shape[0]
    data = datasets.load(recipe.dataset, size=size, stand_in=stand_in, limit=limit)
    images = prepare(data, recipe.image_shape)
    order.steps_per_epoch(len(images), recipe.batch_size)
    total = recipe.total_steps(len(images))
    with machine.scope():
        gan = compiled(recipe, total)
    # "float32" on one machine and "bfloat16" on another are different trainings, whatever the recipe asked for.
    fingerprint = _fingerprint(recipe, machine.precision, data, total)
    folder = Path(out) if out else None
    earlier = _earlier(folder, gan, fingerprint, resume, say)
    begin = widen.start(gan, start) if start and not gan.steps_done else None
    begin = widen.remember(folder, begin) if folder else begin
    first, began = gan.steps_done, time.monotonic()
    log = StepLog(earlier)
    latents = latent(SAMPLES, latent_dim(gan.generator), seed=recipe.seed)
    watch = Diagnostics(latents, variety(images[: 2 * SAMPLES]), every=recipe.checkpoint_every, say=say)
    parts = [log, *([watch, Progress(total, line_every=60 if folder else None)] if machine.chief else []), *callbacks]
    if folder and machine.chief:
        keeper = Checkpoints(folder, recipe.checkpoint_every, log, fingerprint)
        every = max(recipe.checkpoint_every, order.steps_per_epoch(len(images), recipe.batch_size))
        every -= every % recipe.checkpoint_every
        parts += [keeper, SampleGrid(latents, every, recipe.image_shape, lambda step, grid: pictures.save(
            folder / "samples" / f"step-{step:08d}.png", pictures.tiled(grid, 8, 2, ground=0)), keep=False)]
        if keep:
            parts.append(KeptGenerators(folder / "generators", keep))
    elif keep and not folder:
        raise LabkitError("Generators are kept in files: give a folder (out=…) together with keep=….")
    if cluster is not None:
        from labkit.training import workers  # TensorFlow's alone; the rest of this module serves JAX, too

        workers.fit(gan, images, recipe, total, parts, machine, fingerprint, folder, minutes)
        say(f"Worker {cluster.index}: {gan.steps_done:,} steps, weights {workers.digest(gan)}.")
    else:
        if minutes:
            parts.append(_Deadline(began + 60 * minutes))
        _fit(gan, images, recipe, total, parts)
    seconds = time.monotonic() - began
    if folder and machine.chief and gan.steps_done > first:
        keeper.write()
    generator = averaged_generator(gan)
    summary = {
        "recipe": dataclasses.asdict(recipe), "start": begin,
        "dataset": {"name": data.name, "title": data.title, "source": _nameless(data), "licence": data.licence,
                    "is_stand_in": data.is_stand_in, "pictures": len(images)},
        "device": machine.name, "replicas": machine.replicas, "backend": keras.backend.backend(),
        "precision": machine.precision,
        "steps": gan.steps_done, "steps_planned": total, "images_seen": gan.steps_done * recipe.batch_size,
        "seconds": round(seconds + gan.seconds_done, 1),
        "images_per_second": round((gan.steps_done - first) * recipe.batch_size / max(seconds, 1e-9), 1),
        "diagnoses": watch.found,
        "final": {name: float(np.mean(values[-100:])) for name, values in log.arrays().items()
                  if len(values) and name != "step"},
    }
    if folder and machine.chief:
        results.write(folder / "results.json", summary, command)
        with files.atomic(folder / "generator.npz") as file:
            np.savez(file, **{f"{i:03d}": np.asarray(weight) for i, weight in enumerate(generator.weights)})
    return TrainedRun(gan, generator, log.arrays(), recipe, data, summary)


def _fit(gan, images, recipe, total, callbacks):
    """Fit in blocks: Keras' own epochs here are the spans between checkpoints, so that any of them can be resumed."""
    block = recipe.checkpoint_every
    while gan.steps_done < total and not gan.stop_training:
        rest = total - gan.steps_done
        to_block = block - gan.steps_done % block
        steps = min(rest, to_block) if to_block < block or rest < block else block
        epochs = rest // block if steps == block else 1
        gan.fit(images, recipe.batch_size, epochs=epochs, steps_per_epoch=steps, callbacks=list(callbacks))


class _Deadline(keras.callbacks.Callback):
    def __init__(self, moment):
        super().__init__()
        self.moment = moment

    def on_train_batch_end(self, batch, logs=None):
        if time.monotonic() > self.moment:
            self.model.stop_training = True


# Fields that came later: at these values they change nothing, and checkpoints from before them do not name them.
LATER = {"schedule": "constant", "weight_decay": 0.0, "shift": 0, "augment": "real", "channels": 0}


def _fingerprint(recipe, precision, data, total):
    ignored = ("why", "epochs", "steps", "profile", "checkpoint_every", "lesson_steps", "precision")
    kept = {name: value for name, value in dataclasses.asdict(recipe).items()
            if name not in ignored and not (name in LATER and value == LATER[name])}
    if recipe.schedule != "constant":
        kept["steps"] = total  # the learning rate of each step depends on where the schedule ends
    kept["image_shape"] = list(kept["image_shape"])
    fingerprint = {**kept, "precision": precision, "pictures": len(data), "data": data.title}
    backend = keras.backend.backend()
    if backend != "tensorflow":  # its noise is another one; TensorFlow's checkpoints name no backend
        fingerprint["backend"] = backend
    return fingerprint


def _earlier(folder, gan, fingerprint, resume, say):
    if folder is None:
        return None
    there = checkpoints.found(folder)
    if there and not resume:
        raise LabkitError(
            f"{folder} holds checkpoints of an earlier training (step {int(there[-1].stem.split('-')[1]):,}). "
            "Go on from them with --resume, or choose another folder with --out."
        )
    log = checkpoints.restore(folder, gan, fingerprint)
    if log is not None:
        say(f"Going on from step {gan.steps_done:,}.")
    return log


def _nameless(data) -> str:
    # A source may be a path of this machine: a results file keeps what it is, not where it lies.
    return "drawn stand-in" if data.is_stand_in else f"real pictures ({data.split})"
