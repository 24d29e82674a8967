"""Set-up under Keras' JAX backend, for a machine whose GPU has JAX and perhaps no TensorFlow.

``labkit.device.setup`` calls it when the environment says ``KERAS_BACKEND=jax``.
"""

import logging
import os
import sys

from labkit import device
from labkit.errors import LabkitError


def setup(precision, seed, strategy, threads) -> device.Device:
    """Find JAX's devices and set precision and seed; arguments and result are those of ``device.setup``.

    One device computes, and JAX chooses its own threads. GPU memory is taken as it is needed, as under TensorFlow,
    unless ``XLA_PYTHON_CLIENT_PREALLOCATE`` says otherwise. Raises LabkitError for ``strategy="mirrored"`` and
    when JAX is missing or does not start.
    """
    if strategy == "mirrored":
        raise LabkitError("strategy='mirrored' is TensorFlow's; under KERAS_BACKEND=jax one device computes. "
                          "Leave strategy out, or set KERAS_BACKEND=tensorflow and restart Python.")
    os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")
    devices = _devices()
    import keras

    notes = []
    gpus = [found for found in devices if found.platform != "cpu"]
    if threads is not None:
        notes.append("threads not set: JAX chooses its own")
    if not gpus and device.idle_gpu():
        notes.append("this machine has an NVIDIA driver, but JAX uses no GPU: "
                     'python -m pip install "jax[cuda12]>=0.10,<0.11" installs what it needs')
    if len(gpus) > 1:
        notes.append(f"one of them computes: {gpus[0]}")
    chosen, reason = _precision(precision, gpus)
    notes += [reason] if reason else []
    keras.config.set_dtype_policy("mixed_bfloat16" if chosen == "bfloat16" else "float32")
    with device.held_back():  # Keras seeds TensorFlow, too, where it is installed
        keras.utils.set_random_seed(seed)
    return device.Device(
        kind="gpu" if gpus else "cpu",
        name=gpus[0].device_kind if gpus else device.processor(),
        count=len(gpus) or device.cores(),
        precision=chosen,
        seed=seed,
        notes=tuple(notes),
    )


def _devices():
    """Import JAX and return its devices, without the line by which it regrets that there is no GPU."""
    logger = logging.getLogger("jax._src.xla_bridge")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with device.held_back():
            import jax

            return jax.devices()
    except ImportError as error:
        raise LabkitError(
            f"KERAS_BACKEND=jax, but JAX does not start in {sys.executable} ({error}). Type: python -m pip install "
            '"jax>=0.10,<0.11"  (for an NVIDIA GPU: "jax[cuda12]>=0.10,<0.11"), or set KERAS_BACKEND=tensorflow; '
            "then restart Python."
        ) from error
    except RuntimeError as error:  # "Unable to initialize backend", a driver that does not fit, JAX_PLATFORMS
        raise LabkitError(f"JAX finds no device: {error} Set JAX_PLATFORMS=cpu to compute on the processor.") from error
    finally:
        logger.setLevel(level)


def _precision(asked, gpus):
    if asked == "float32":
        return "float32", None
    if not gpus and asked == "auto":
        return "float32", "under JAX a processor computes in float32"
    capabilities = [getattr(gpu, "compute_capability", None) for gpu in gpus]
    return device.choose_precision(asked, [_numbers(capability) for capability in capabilities])


def _numbers(capability) -> tuple[int, ...]:
    """Turn JAX's "8.0" into (8, 0); what is no such text (an AMD GPU's) into (0, 0)."""
    parts = str(capability).split(".")
    return tuple(map(int, parts)) if all(part.isdigit() for part in parts) else (0, 0)
