"""Domain transfer: train f, freeze it, then g against a ternary discriminator (Taigman, Polyak and Wolf 2016).

>>> from labkit import training
>>> plan = training.transfer.plan("quick")
>>> source, target = training.transfer.sets(plan)                       # doctest: +SKIP
>>> run = training.transfer.train(plan, source, target)                 # doctest: +SKIP
>>> digits = training.transfer.translate(run.networks, source.images[:8])       # uint8 (8, 32, 32, 1)  # doctest: +SKIP
"""

from __future__ import annotations

import dataclasses
import time
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from labkit import datasets, device, models
from labkit.errors import LabkitError
from labkit.models.domain_transfer import TransferNetworks
from labkit.training import checkpoints, content, order, transfer_losses
from labkit.training.adapters import batch_norm_layers, to_uint8
from labkit.training.averaging import averaged_weights
from labkit.training.transfer_plan import Plan, plan

__all__ = ["Plan", "Transfer", "TransferRun", "accuracy", "for_judge", "plan", "sets", "train", "translate"]
LOSSES = ("d_loss", "g_loss", "constancy", "identity", "total_variation", "d_right")
SIDE = 32


@dataclasses.dataclass(frozen=True)
class TransferRun:
    """What a training left: the networks (g averaged where the plan says so), f's accuracy, losses, plan, summary."""

    networks: TransferNetworks
    encoder: keras.Model
    f_accuracy: float | None
    log: dict[str, np.ndarray]
    plan: Plan
    summary: dict


def sets(plan: Plan, split: str = "train", stand_in: str = "allow", quiet: bool = False):
    """Return the sets of source and target. Raises LabkitError when the source has no labels or other shapes."""
    source, target = (
        datasets.load(name, split, limit=limit or None, stand_in=stand_in, quiet=quiet)
        for name, limit in ((plan.source, plan.source_limit), (plan.target, plan.target_limit)))
    if source.labels is None or source.shape != (SIDE, SIDE, 3):
        raise LabkitError(f"The source needs labels and pictures of 32x32x3; {source.title} has {source.shape}.")
    return source, target


def framed(images: np.ndarray) -> np.ndarray:
    """Return grey pictures uint8 (N, H, W, 1), H and W at most 32, in the middle of 32x32 black pixels."""
    height, width = images.shape[1:3]
    if images.shape[3] != 1 or max(height, width) > SIDE:
        raise LabkitError(f"The target's pictures are grey and have at most 32x32 pixels, not {images.shape[1:]}.")
    top, left = (SIDE - height) // 2, (SIDE - width) // 2
    return np.pad(images, ((0, 0), (top, SIDE - height - top), (left, SIDE - width - left), (0, 0)))


def for_judge(images: np.ndarray) -> np.ndarray:
    """Cut uint8 (N, 32, 32, 1) to the 28x28 in the middle, which a classifier of MNIST knows."""
    return images[:, 2:-2, 2:-2]


class Transfer:
    """One training of g and the discriminator with a frozen f; ``step`` does the minibatch of the next step.

    Its attributes have the names that ``labkit.training.checkpoints`` knows.
    """

    def __init__(self, plan: Plan, networks: TransferNetworks, source: np.ndarray, target: np.ndarray):
        self.plan, self.networks, self.steps_done = plan, networks, 0
        networks.f.trainable = False
        self.encoder = networks.f
        self.generator, self.discriminator = networks.g, networks.discriminator
        target = framed(target)
        self._pictures = tf.constant(source), tf.constant(target)
        if plan.composed:
            # f stands still: what it says of each picture need be asked only once.
            self._said = tuple(tf.constant(content.say(networks.f, images)) for images in (source, target))
        else:
            self._said = tf.constant(content.say(networks.f, source)), None
            fresh = models.build("domain-transfer", seed=plan.seed + 1).f
            self.generator = keras.Sequential([keras.Input((SIDE, SIDE, 3)), fresh, networks.g], name="generator")
            self.encoder = fresh
        averaging = {"use_ema": True, "ema_momentum": plan.ema} if plan.ema else {}
        self.g_optimizer = keras.optimizers.Adam(plan.learning_rate, beta_1=plan.beta_1, **averaging)
        self.d_optimizer = keras.optimizers.Adam(plan.learning_rate, beta_1=plan.beta_1)
        self.g_optimizer.build(self.generator.trainable_variables)
        self.d_optimizer.build(self.discriminator.trainable_variables)
        self._step = tf.function(self._one_step)

    def batches(self):
        """Yield the indices (of source, of target) of one step after the other, int64 (batch,), from the next one."""
        sizes = [len(pictures) for pictures in self._pictures]
        drawn = (order.minibatches(size, self.plan.batch_size, 2 * self.plan.seed + place, self.steps_done)
                 for place, size in enumerate(sizes))
        for one, other in zip(*drawn, strict=True):
            yield one[:, 2], other[:, 2]

    def step(self, from_source, from_target) -> dict[str, float]:
        """Do one step with these pictures; return the losses before it, unweighted."""
        found = self._step(tf.constant(from_source), tf.constant(from_target))
        self.steps_done += 1
        return {name: float(value) for name, value in found.items()}

    def _one_step(self, from_source, from_target):
        plan, (source, target) = self.plan, self._pictures
        real = _scaled(tf.gather(target, from_target))
        said = tf.gather(self._said[0], from_source)
        if plan.composed:
            given = tf.concat([said, tf.gather(self._said[1], from_target)], axis=0)
        else:
            given = tf.concat([_scaled(tf.gather(source, from_source)), tf.repeat(real, 3, axis=3)], axis=0)
        with tf.GradientTape(persistent=True) as tape:
            made = self.generator(given, training=True)
            logits = self.discriminator(tf.concat([made, real], axis=0), training=True)
            of_source, of_target, of_real = tf.split(logits, 3)
            from_s, from_t = tf.split(made, 2)
            losses = {
                "d_loss": transfer_losses.discriminator(of_source, of_target, of_real),
                "g_loss": transfer_losses.generator(of_source, of_target),
                "constancy": transfer_losses.constancy(
                    said, self.networks.f(tf.repeat(from_s, 3, axis=3), training=False)),
                "identity": transfer_losses.identity(real, from_t),
                "total_variation": transfer_losses.total_variation(from_s),
            }
            total = (plan.adversarial * losses["g_loss"] + plan.alpha * losses["constancy"]
                     + plan.beta * losses["identity"] + plan.gamma * losses["total_variation"])
        g_variables, d_variables = self.generator.trainable_variables, self.discriminator.trainable_variables
        g_gradients = tape.gradient(total, g_variables)
        d_gradients = tape.gradient(losses["d_loss"], d_variables)
        self.g_optimizer.apply(g_gradients, g_variables)
        self.d_optimizer.apply(d_gradients, d_variables)
        kinds = tf.repeat(tf.range(3, dtype=tf.int64), plan.batch_size)
        right = tf.reduce_mean(tf.cast(tf.argmax(logits, axis=1) == kinds, tf.float32))
        return losses | {"d_right": right}

    def settled(self) -> TransferNetworks:
        """Return the networks with the averaged weights in g, and batch-norm statistics to match.

        A G that was not composed with f is changed itself, its encoder included.
        """
        copy = keras.models.clone_model(self.generator) if self.plan.composed else self.generator
        averages = averaged_weights(self)
        copy.set_weights(self.generator.get_weights())
        for variable, value in zip(copy.trainable_variables, averages, strict=True):
            variable.assign(value)
        self._recalibrate(copy)
        return self.networks._replace(g=copy) if self.plan.composed else self.networks

    def _recalibrate(self, generator, batches=20):
        """Replace moving statistics by their mean over minibatches, half source and half target as in training."""
        norms = batch_norm_layers(generator)
        momenta = [norm.momentum for norm in norms]
        random = np.random.default_rng(self.plan.seed)
        for i in range(batches):
            rows = [random.integers(0, len(pictures), self.plan.batch_size) for pictures in self._pictures]
            if self.plan.composed:
                given = [tf.gather(said, index) for said, index in zip(self._said, rows, strict=True)]
            else:
                source, target = (tf.gather(images, index) for images, index in zip(self._pictures, rows, strict=True))
                given = [_scaled(source), tf.repeat(_scaled(target), 3, axis=3)]
            for norm in norms:
                norm.momentum = i / (i + 1)
            generator(tf.concat(given, axis=0), training=True)
        for norm, momentum in zip(norms, momenta, strict=True):
            norm.momentum = momentum


def train(plan: Plan, source, target, networks: TransferNetworks | None = None, out=None, resume: bool = False,
          minutes: float | None = None, say=print) -> TransferRun:
    """Train f (unless ``networks`` bring a trained one), then g and the discriminator; return the run.

    source, target: ImageSets (``sets``). networks: for instance of an earlier run, whose f is used and whose g and
    discriminator are not. out: folder for checkpoints; resume: go on from the newest one there, to the same bits.
    minutes: stop, with a checkpoint, when so many have gone by.

    Raises LabkitError for sets that do not fit and for losses that are no longer numbers.
    """
    before = keras.config.dtype_policy()
    machine = device.setup(precision=plan.precision, seed=plan.seed, strategy="none", quiet=True)
    began = time.monotonic()
    try:
        built = models.build("domain-transfer", seed=plan.seed)
        folder = Path(out) if out else None
        right = content.prepare(built, plan, source, networks, folder, resume, say)
        moved = Transfer(plan, built, source.images, target.images)
        log = _steps(moved, machine, (source, target), folder, resume, began, minutes, say)
        networks = moved.settled()
    finally:
        keras.config.set_dtype_policy(before)
    summary = {
        "plan": {field.name: getattr(plan, field.name) for field in dataclasses.fields(plan) if field.name != "why"},
        "source": source.title, "target": target.title, "is_stand_in": source.is_stand_in or target.is_stand_in,
        "f_accuracy": right, "device": machine.name, "precision": machine.precision, "steps": moved.steps_done,
        "pictures": {"source": len(source), "target": len(target)},
        "minutes": round((time.monotonic() - began) / 60, 1),
        "final": {name: round(float(np.mean(log[name][-100:])), 4) for name in LOSSES if len(log[name])},
    }
    return TransferRun(networks, moved.encoder, right, log, plan, summary)


def _steps(moved, machine, pair, folder, resume, began, minutes, say):
    plan, rows = moved.plan, {name: [] for name in LOSSES}
    kept = {name: value for name, value in dataclasses.asdict(plan).items()
            if name not in ("why", "profile", "steps", "checkpoint_every", "precision")}
    fingerprint = kept | {"precision": machine.precision, "data": [one.title for one in pair]}
    if folder:
        if checkpoints.found(folder) and not resume:
            raise LabkitError(f"{folder} holds checkpoints of an earlier training. Go on from them with --resume, or "
                              "choose another folder with --out.")
        earlier = checkpoints.restore(folder, moved, fingerprint)
        if earlier is not None:
            rows = {name: list(earlier[name]) for name in LOSSES}
            say(f"Going on from step {moved.steps_done:,}.")
    told = time.monotonic()
    for one, other in moved.batches() if moved.steps_done < plan.steps else ():
        found = moved.step(one, other)
        for name in LOSSES:
            rows[name].append(found[name])
        if not all(np.isfinite(value) for value in found.values()):
            raise LabkitError(f"Step {moved.steps_done}: a loss is no longer a number. Lower learning_rate.")
        late = minutes is not None and time.monotonic() - began > 60 * minutes
        if folder and (late or moved.steps_done % plan.checkpoint_every == 0 or moved.steps_done == plan.steps):
            checkpoints.save(folder, moved, _arrays(rows), fingerprint, time.monotonic() - began)
        if time.monotonic() - told > 60:
            told = time.monotonic()
            say(f"step {moved.steps_done:,} of {plan.steps:,}: "
                + ", ".join(f"{name} {np.mean(rows[name][-50:]):.3f}" for name in LOSSES))
        if late or moved.steps_done >= plan.steps:
            break
    return _arrays(rows)


def _arrays(rows):
    return {name: np.asarray(values, np.float32) for name, values in rows.items()}


def _scaled(images):
    return tf.cast(images, tf.float32) / 127.5 - 1.0


def translate(networks: TransferNetworks, images: np.ndarray, encoder=None, batch_size: int = 512) -> np.ndarray:
    """Return what G makes of pictures uint8 (N, 32, 32, 3) or (N, 28 or 32, ., 1): uint8 (N, 32, 32, 1).

    encoder: what stands in f's place, for a G that was not composed with f.
    """
    said = content.say(encoder or networks.f, framed(images) if images.shape[3] == 1 else images)
    parts = [to_uint8(networks.g(said[start:start + batch_size], training=False))
             for start in range(0, len(said), batch_size)]
    return np.concatenate(parts)


def accuracy(judge, made: np.ndarray, labels: np.ndarray) -> float:
    """Return the share of made pictures, uint8 (N, 32, 32, 1), in which the judge sees their source's label.

    judge: an extractor with ``predict`` for pictures uint8 (N, 28, 28, 1), for instance ``extractors.load("mnist")``.
    """
    if len(made) != len(labels):
        raise LabkitError(f"{len(made)} pictures and {len(labels)} labels: each picture needs its source's label.")
    return float((judge.predict(for_judge(made)) == np.asarray(labels)).mean())
