"""Training on several machines: a loop of our own under ``tf.distribute.MultiWorkerMirroredStrategy``, which Keras 3's
``fit`` does not know. (Several devices of one machine need no loop: ``device.setup(strategy="mirrored")``.) Each worker
takes its rows of every minibatch; only gradients and losses travel. All end with the same weights, bit for bit.
"""

import hashlib
import json
import os
import re
import threading
import zlib

import numpy as np

from labkit import device
from labkit.errors import LabkitError

EXAMPLE = "--workers node1:29500,node2:29500 --worker-index 0"


def tf_config(workers: str, index: int) -> dict:
    """Return what TensorFlow reads from the variable ``TF_CONFIG``: who trains together, and which one this is.
    workers: "host:port,host:port", the same list in the same order everywhere; index: this process's place in it."""
    addresses = [part.strip() for part in workers.split(",")]
    for address in addresses:
        found = re.fullmatch(r"(\[[0-9A-Fa-f:]+\]|[A-Za-z0-9._-]+):(\d{1,5})", address)
        if not found or not 0 < int(found[2]) < 65536:
            raise LabkitError(f"The worker {address!r} is no address. Write host:port, for instance {EXAMPLE}")
    if len(set(addresses)) < len(addresses):
        raise LabkitError(f"Two workers have the same address in {workers}. On one machine each has a port of its own.")
    if not 0 <= index < len(addresses):
        raise LabkitError(f"The worker index {index!r} does not fit {len(addresses)} workers: the first is 0, the last "
                          f"{len(addresses) - 1}. Each worker is started with an index of its own.")
    return {"cluster": {"worker": addresses}, "task": {"type": "worker", "index": index}}


def setup(minutes: float = 10.0, say=print, **settings) -> device.Device:
    """Return ``device.setup(strategy="workers", **settings)`` when the other workers of ``TF_CONFIG`` are there; end
    the process with a message when they do not come within ``minutes``: no exception reaches that waiting."""
    task = json.loads(os.environ["TF_CONFIG"])
    mine, workers = task["task"]["index"], task["cluster"]["worker"]
    others = ", ".join(address for address in workers if address != workers[mine])

    def give_up():
        os.write(1, f"Error: {others} did not come within {minutes:g} minutes. Start every worker with the same "
                    "--workers and its own --worker-index, and see that their ports are open.\n".encode())
        os._exit(1)

    say(f"Worker {mine} at {workers[mine]} waits for {others or 'nobody'}.")
    timer = threading.Timer(60 * minutes, give_up)
    timer.start()
    try:
        return device.setup(strategy="workers", **settings)
    finally:
        timer.cancel()


def fit(gan, images, recipe, total, callbacks, machine, fingerprint, stop, folder=None) -> None:
    """Train ``gan``, made in ``machine.scope()``, to ``total`` steps; the other workers run the same call. fingerprint:
    what must be equal everywhere. stop: a function; at a checkpoint all stop when any worker's says so. Raises
    LabkitError for a lost worker, or one that trains something else."""
    import keras
    import tensorflow as tf

    from labkit.training import batches, checkpoints

    strategy, watchers = machine.strategy, keras.callbacks.CallbackList(callbacks, model=gan)
    gan.check_replicas(recipe.batch_size)
    share = recipe.batch_size // machine.replicas
    gan.hold(images)

    def total_of(*values):  # their sums over all replicas
        summed = tf.function(lambda: strategy.run(lambda: tf.distribute.get_replica_context().all_reduce(
            "SUM", tf.constant(values, tf.float64))), autograph=False)()
        return strategy.experimental_local_results(summed)[0].numpy()

    step = tf.function(lambda plan: strategy.run(gan.replica_step, args=(plan,)), autograph=False)
    mine = {"steps done": gan.steps_done, "weights": int(digest(gan), 16),
            "settings": zlib.crc32(json.dumps(fingerprint, sort_keys=True, default=str).encode())}
    try:
        for (name, value), summed in zip(mine.items(), total_of(*mine.values()), strict=True):
            if value * machine.replicas != summed:
                raise LabkitError(f"The workers differ in their {name} ({value} here): give all of them the same key, "
                                  "--profile, --set, --seed and data, and an --out folder that all of them share.")
        watchers.on_train_begin()
        for plan in batches.minibatches(len(images), recipe.batch_size, gan.seed, gan.steps_done):
            if gan.steps_done >= total:
                break
            rows = strategy.experimental_distribute_values_from_function(lambda context, plan=plan: tf.constant(
                plan[context.replica_id_in_sync_group * share:][:share]))
            logs = {name: float(strategy.experimental_local_results(value)[0]) for name, value in step(rows).items()}
            watchers.on_train_batch_end(gan.steps_done - 1, logs)
            if gan.steps_done % recipe.checkpoint_every == 0 and total_of(float(stop()))[0] > 0:
                break
        watchers.on_train_end()
    except tf.errors.OpError as error:  # a worker died, hung up, or cannot be reached; which one, is in the text
        if isinstance(error, tf.errors.InvalidArgumentError | tf.errors.ResourceExhaustedError):
            raise
        gone = [f"Worker {i} ({address})" for i, address in enumerate(machine.workers)
                if i != machine.worker and f"/task:{i}" in str(error)]
        there = checkpoints.found(folder) if folder else ()
        after = f"The newest checkpoint is of step {checkpoints.step_of(there[-1]):,}" if there else "No checkpoint yet"
        raise LabkitError(f"{(gone or ['Another worker of ' + ', '.join(machine.workers)])[0]} is gone, and worker "
                          f"{machine.worker} stops at step {gan.steps_done:,}: nobody can go on alone. {after}. Start "
                          "all workers again, each with its --worker-index, and with --resume.") from error


def digest(gan) -> str:
    """Return the first 12 hexadecimal digits of the SHA-256 of both networks' trainable weights."""
    weights = [*gan.generator.trainable_variables, *gan.discriminator.trainable_variables]
    return hashlib.sha256(b"".join(np.ascontiguousarray(weight).tobytes() for weight in weights)).hexdigest()[:12]
