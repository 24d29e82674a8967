"""Training on several machines: a loop of our own under ``tf.distribute.MultiWorkerMirroredStrategy``.

Keras 3's ``fit`` does not know that strategy. The loop is short, because a GAN's step already derives data and noise
from (seed, step, row): each worker takes its rows of every minibatch, and nothing but gradients and losses travels.
Every worker ends with the same weights, bit for bit; one process with the whole minibatch gets them to rounding.
"""

import contextlib
import hashlib
import json
import re
import time
import zlib

import keras
import numpy as np
import tensorflow as tf

from labkit.errors import LabkitError
from labkit.training import checkpoints, order

# What a collective operation ends with when a worker dies, hangs up, or cannot be reached.
LOST = (tf.errors.UnavailableError, tf.errors.AbortedError, tf.errors.DeadlineExceededError, tf.errors.CancelledError,
        tf.errors.InternalError, tf.errors.UnknownError, tf.errors.FailedPreconditionError)


def fit(gan, images, recipe, total, callbacks, machine, fingerprint, folder=None, minutes=None) -> None:
    """Train ``gan`` until ``total`` steps are done, together with the other workers, each running the same call.

    gan: built and compiled in ``machine.scope()``; images: uint8 (N, H, W, C), the same on all workers.
    callbacks: Keras callbacks of this worker; they see every step. fingerprint: what must be equal everywhere.
    folder: named in messages. minutes: stop at the first checkpoint after so long, by the first worker's clock.

    Raises LabkitError when a worker is lost, and when the workers do not train the same or from the same step.
    """
    replicas = machine.strategy.num_replicas_in_sync
    gan.check_replicas(recipe.batch_size)
    share = recipe.batch_size // replicas
    gan.hold(images)

    @tf.function
    def step(plan):
        return machine.strategy.run(gan.replica_step, args=(plan,))

    def divided(plan):
        def rows(context):
            first = context.replica_id_in_sync_group * share
            return tf.constant(plan[first : first + share])
        return machine.strategy.experimental_distribute_values_from_function(rows)

    with _told(machine.cluster, gan, folder):
        _agree(machine.strategy, gan, fingerprint)
        for callback in callbacks:
            callback.set_model(gan)
            callback.on_train_begin()
        began = time.monotonic()
        for plan in order.minibatches(len(images), recipe.batch_size, gan.seed, gan.steps_done):
            if gan.steps_done >= total:
                break
            logs = {name: float(machine.strategy.experimental_local_results(value)[0])
                    for name, value in step(divided(plan)).items()}
            gan.steps_done += 1
            for callback in callbacks:
                callback.on_train_batch_end(gan.steps_done - 1, logs)
            if minutes and gan.steps_done % recipe.checkpoint_every == 0:
                late = machine.chief and time.monotonic() - began > 60 * minutes
                if _sum(machine.strategy, [float(late)])[0] > 0:
                    break
        for callback in callbacks:
            callback.on_train_end()


def digest(gan) -> str:
    """Return the first 12 hexadecimal digits of the SHA-256 of both networks' trainable weights."""
    hashed = hashlib.sha256()
    for network in (gan.generator, gan.discriminator):
        for weight in network.trainable_variables:
            hashed.update(np.ascontiguousarray(keras.ops.convert_to_numpy(weight)).tobytes())
    return hashed.hexdigest()[:12]


def _sum(strategy, values) -> np.ndarray:
    """Return the sum of float64 values (n,) over all replicas."""
    @tf.function
    def total():
        def one():
            return tf.distribute.get_replica_context().all_reduce("SUM", tf.constant(values, tf.float64))
        return strategy.run(one)

    return strategy.experimental_local_results(total())[0].numpy()


def _agree(strategy, gan, fingerprint):
    """Raise LabkitError unless all workers have the same recipe, data, weights and step."""
    replicas = strategy.num_replicas_in_sync
    words = {"steps done": gan.steps_done,
             "settings": zlib.crc32(json.dumps(fingerprint, sort_keys=True, default=str).encode()),
             "weights": int(digest(gan), 16)}
    mine = np.array(list(words.values()), float)
    means = _sum(strategy, mine) / replicas
    for (name, value), mean in zip(words.items(), means, strict=True):
        if value != mean:
            hint = ("every worker must see the same checkpoints: --out must be a folder that all of them share"
                    if name != "settings" else "give all of them the same key, --profile, --set, --seed and data")
            raise LabkitError(f"The workers differ in their {name} ({value} here): {hint}.")


@contextlib.contextmanager
def _told(cluster, gan, folder):
    """Turn a lost worker into one clear message."""
    try:
        yield
    except LOST as error:
        raise LabkitError(lost(str(error), cluster, gan.steps_done, folder)) from error


def lost(text: str, cluster, step: int, folder=None) -> str:
    """Return what to say when TensorFlow's error ``text`` reports that a collective operation has failed."""
    found = [int(number) for number in re.findall(r"/task:(\d+)", text) if int(number) != cluster.index]
    who = (f"Worker {found[0]} ({cluster.workers[found[0]]})" if found and found[0] < len(cluster)
           else "Another worker of " + ", ".join(cluster.workers))
    there = checkpoints.found(folder) if folder else ()
    after = (f"The newest checkpoint is of step {int(there[-1].stem.split('-')[1]):,}" if there
             else "There is no checkpoint yet")
    return (f"{who} is gone, and worker {cluster.index} stops at step {step:,}: nobody can go on alone. {after}. "
            "Start all workers again, each with its --worker-index, and with --resume.")
