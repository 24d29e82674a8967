"""The two ways in which TensorFlow shares a training out: over one machine's devices, or over several machines."""

import contextlib
import logging
import os
import threading

from labkit.errors import LabkitError
from labkit.stderr import held_back


def mirrored(tf, gpus, devices, notes, before_start):
    """Return a MirroredStrategy over all GPUs, or over ``devices`` logical devices of the CPU (None: two).

    ``before_start(change, what, notes)`` makes a change that TensorFlow allows only before its first operation.
    """
    if gpus and devices and devices != len(gpus):
        notes.append(f"{len(gpus)} GPUs are used, not {devices}")
    if not gpus:
        cpu = tf.config.list_physical_devices("CPU")[0]
        wanted = devices or 2
        there = len(tf.config.get_logical_device_configuration(cpu) or ())
        if there != wanted and (devices or there < 2):
            parts = [tf.config.LogicalDeviceConfiguration()] * wanted
            before_start(lambda: tf.config.set_logical_device_configuration(cpu, parts),
                         "two logical devices" if wanted == 2 else f"{wanted} logical devices", notes)
    with _logger_at_error(tf), held_back():  # three lines say that NCCL is for GPUs only
        names = [device.name for device in tf.config.list_logical_devices("GPU" if gpus else "CPU")]
        return tf.distribute.MirroredStrategy([name.removeprefix("/device:") for name in names])


def workers(tf, cluster, minutes=10.0, say=print):
    """Return a MultiWorkerMirroredStrategy for this worker of ``cluster``; blocks until all of them are there.

    Ends the process with a message when one of them has not come within ``minutes``. Raises LabkitError when this
    worker's address cannot be used here, and when TensorFlow has started already.
    """
    resolver = tf.distribute.cluster_resolver.SimpleClusterResolver(
        tf.train.ClusterSpec({"worker": list(cluster.workers)}), task_type="worker", task_id=cluster.index,
        rpc_layer="grpc")
    # RING: the one that works on every device. On GPUs TensorFlow chooses between it and NCCL.
    kind = tf.distribute.experimental.CommunicationImplementation
    gpus = tf.config.list_physical_devices("GPU")
    options = tf.distribute.experimental.CommunicationOptions(implementation=kind.AUTO if gpus else kind.RING)
    others = [address for address in cluster.workers if address != cluster.address]
    if others:
        say(f"Worker {cluster.index} at {cluster.address} waits for {', '.join(others)}.")
    try:
        with _deadline(minutes, others), _logger_at_error(tf), held_back():
            return tf.distribute.MultiWorkerMirroredStrategy(resolver, options)
    except RuntimeError as error:
        if "program startup" not in str(error):
            raise
        raise LabkitError("Workers must be set up before TensorFlow's first operation: restart Python, and call "
                          "device.setup(cluster=…) first.") from error
    except (tf.errors.OpError, ValueError) as error:
        reason = " ".join(str(error).split())[:200]
        raise LabkitError(f"Worker {cluster.index} cannot use {cluster.address} ({reason}). Is another program at that "
                          "port, or was this worker started twice? Each needs an index and a port of its own, on the "
                          "machine that its address names.") from error


@contextlib.contextmanager
def _deadline(minutes, others):
    """End the process unless the block ends in time: no exception reaches TensorFlow's waiting."""
    def give_up():
        text = (f"Error: {', '.join(others)} did not come within {minutes:g} minutes. Start every worker with the same "
                "--workers and its own --worker-index, and see that their ports are open to each other.\n")
        os.write(1, text.encode())
        os._exit(1)

    timer = threading.Timer(60 * minutes, give_up)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


@contextlib.contextmanager
def _logger_at_error(tf):
    """Hold TensorFlow's Python logger back; afterwards it warns, but no longer tells of each reduction.

    In a notebook it is at INFO, and strategies are talkative. ``TF_CPP_MIN_LOG_LEVEL`` of 0 or 1 leaves it alone.
    """
    logger = tf.get_logger()
    level = logger.level
    if os.environ.get("TF_CPP_MIN_LOG_LEVEL") in ("0", "1"):
        yield
        return
    logger.setLevel("ERROR")
    try:
        yield
    finally:
        logger.setLevel(max(level, logging.WARNING))
