"""GPU and CPU set-up, precision, strategy and seed: one call in a notebook's first cell.

TensorFlow writes lines to stderr while it starts: a stored output would hold them, and a strict comparison of
outputs would fail on them. Some are written by C++ static initialisers before TensorFlow reads any setting, so
``TF_CPP_MIN_LOG_LEVEL`` alone does not hide them; this module therefore imports TensorFlow itself, with file
descriptor 2 held back, and passes on every line that is not start-up chatter. oneDNN stays on.
"""

import contextlib
import importlib.metadata
import importlib.util
import os
import shutil
import sys
from dataclasses import dataclass, field
from pathlib import Path

from labkit import strategies
from labkit.errors import LabkitError
from labkit.processor import bfloat16_processor, cores, processor
from labkit.stderr import held_back, worth_reading

__all__ = ["Device", "bfloat16_processor", "choose_precision", "cores", "held_back", "idle_gpu",
           "installed_tensorflows", "processor", "quiet_tensorflow", "setup", "two_tensorflows", "worth_reading"]

PRECISIONS = ("float32", "bfloat16", "auto")
STRATEGIES = ("auto", "none", "mirrored")
# Distributions that all install the same folder, site-packages/tensorflow, over each other.
TENSORFLOWS = ("tensorflow", "tensorflow-cpu", "tensorflow-gpu", "tensorflow-rocm", "tf-nightly", "tf-nightly-cpu")
# The oldest NVIDIA compute capability with bfloat16 units (Ampere). Colab's and Kaggle's T4 is 7.5.
BFLOAT16_CAPABILITY = (8, 0)

@dataclass(frozen=True)
class Device:
    """What this Python computes on.

    ``kind`` is "cpu" or "gpu"; ``name`` the processor's or the first GPU's; ``count`` the number of GPUs, or of
    processor cores that this process may use; ``precision`` "float32" or "bfloat16" (Keras' policy
    ``mixed_bfloat16``: weights stay float32); ``seed`` the seed of Python, NumPy and TensorFlow; ``strategy`` a
    ``tf.distribute.Strategy``, or None where one device computes; ``notes`` what a reader should know besides;
    ``cluster`` the ``labkit.cluster.Cluster`` whose worker this process is, or None.
    """

    kind: str
    name: str
    count: int
    precision: str
    seed: int
    strategy: object = field(default=None, repr=False, compare=False)
    notes: tuple[str, ...] = ()
    cluster: object = field(default=None, repr=False, compare=False)

    @property
    def replicas(self) -> int:
        """The number of model copies that train side by side; 1 without a strategy."""
        return self.strategy.num_replicas_in_sync if self.strategy else 1

    @property
    def chief(self) -> bool:
        """Whether this process writes the files of a training: False for all workers of a cluster but the first."""
        return self.cluster is None or self.cluster.chief

    def scope(self):
        """Return the context in which models and optimizers are built: the strategy's scope, or an empty one."""
        return self.strategy.scope() if self.strategy else contextlib.nullcontext()

    def __str__(self):
        unit = "GPU" if self.kind == "gpu" else "core"
        parts = [f"{self.kind.upper()}: {self.name}, {self.count} {unit}{'s' if self.count != 1 else ''}",
                 self.precision, f"seed {self.seed}"]
        if self.strategy:
            parts.append(f"{self.replicas} replica{'s' if self.replicas != 1 else ''}")
        if self.cluster:
            parts.append(f"worker {self.cluster.index} of {len(self.cluster)}")
        parts += [f"{name} {version}" for name, version in _versions().items()]
        return "; ".join([", ".join(parts), *self.notes])


def quiet_tensorflow() -> None:
    """Import TensorFlow without its start-up lines. Call this before ``import keras`` or ``import tensorflow``.

    Sets ``TF_CPP_MIN_LOG_LEVEL=3`` and ``KERAS_BACKEND=tensorflow`` where the environment says nothing else. At
    level 2 the graph optimizer would report, for the convolutional GANs, that one of its rewrites did not apply;
    errors that stop a program arrive as Python exceptions at any level. With level 0 or 1 nothing is held back;
    with another backend TensorFlow is not imported. Does nothing when TensorFlow is already imported.

    Raises LabkitError when TensorFlow is missing or broken.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    if os.environ["KERAS_BACKEND"] == "tensorflow":
        _tensorflow()


def setup(precision="float32", seed=0, strategy="auto", threads=None, quiet=False, devices=None,
          cluster=None) -> Device:
    """Find the device, set it up, and print one line that says what was found.

    Under ``KERAS_BACKEND=jax`` it sets up JAX instead and needs no TensorFlow (``labkit.jax_device``).

    ``precision``: "float32", "bfloat16" (Keras' ``mixed_bfloat16``), or "auto", which takes bfloat16 only where
    the hardware computes in it: AVX512-BF16 or AMX on Linux, or a GPU of compute capability 8.0 or higher.
    ``seed``: 0 … 2**32 - 1, for Python, NumPy and TensorFlow (``keras.utils.set_random_seed``).
    ``strategy``: "none"; "mirrored" (``tf.distribute.MirroredStrategy`` over all GPUs, or over ``devices`` logical
    devices of a CPU, two when None); "auto" mirrors over two or more GPUs and is "none" otherwise. ``threads``: a
    limit on TensorFlow's threads per operation and between operations; None leaves its own choice. ``quiet``: print
    nothing. ``cluster``: the ``labkit.cluster.Cluster`` of which this process is a worker; ``strategy`` then does not
    matter, and the call returns when all workers are there.

    It may be called again; what cannot be changed after TensorFlow's first operation (memory growth, logical
    devices, threads) is then named in the line instead of failing. Raises LabkitError for a value out of range,
    and when TensorFlow is missing or broken.
    """
    _check_arguments(precision, seed, strategy, threads, devices)
    quiet_tensorflow()
    if os.environ["KERAS_BACKEND"] == "jax":
        from labkit import jax_device

        if cluster is not None:
            raise LabkitError("Several workers are TensorFlow's; set KERAS_BACKEND=tensorflow and restart Python.")
        found = jax_device.setup(precision, seed, strategy, threads)
        if not quiet:
            print(found)
        return found
    tf = _tensorflow()
    import keras

    notes = []
    with held_back():
        gpus = tf.config.list_physical_devices("GPU")
    if len(installed_tensorflows()) > 1:
        notes.append(two_tensorflows())
    if not gpus and (hint := idle_gpu()):
        notes.append(hint)
    for gpu in gpus:
        if not tf.config.experimental.get_memory_growth(gpu):
            _before_start(lambda gpu=gpu: tf.config.experimental.set_memory_growth(gpu, True),
                          "memory growth", notes)
    if threads is not None:
        _before_start(lambda: (tf.config.threading.set_intra_op_parallelism_threads(threads),
                               tf.config.threading.set_inter_op_parallelism_threads(threads)), "threads", notes)
    chosen, reason = _precision(precision, tf, gpus)
    notes += [reason] if reason else []
    # Before Keras makes its first tensor for the seed: a strategy may want TensorFlow as it was before.
    shared = _strategy(tf, strategy, gpus, devices, cluster, notes)
    keras.config.set_dtype_policy("mixed_bfloat16" if chosen == "bfloat16" else "float32")
    keras.utils.set_random_seed(seed)
    found = Device(
        kind="gpu" if gpus else "cpu",
        name=_gpu_name(tf, gpus[0]) if gpus else processor(),
        count=len(gpus) or cores(),
        precision=chosen,
        seed=seed,
        strategy=shared,
        notes=tuple(notes),
        cluster=cluster,
    )
    if not quiet:
        print(found)
    return found


def _strategy(tf, strategy, gpus, devices, cluster, notes):
    if cluster is not None:
        return strategies.workers(tf, cluster)
    if strategy == "mirrored" or (strategy == "auto" and len(gpus) > 1):
        return strategies.mirrored(tf, gpus, devices, notes, _before_start)
    return None


def installed_tensorflows() -> list[str]:
    """Return the names of the installed distributions that provide ``import tensorflow``; one is right."""
    names = {(item.metadata["Name"] or "").lower().replace("_", "-") for item in importlib.metadata.distributions()}
    return [name for name in TENSORFLOWS if name in names]


def two_tensorflows() -> str:
    """Return the sentence that says how to mend an environment with more than one TensorFlow."""
    names = installed_tensorflows()
    return (f"{len(names)} TensorFlows share this environment and overwrite each other's files. "
            f"Type: make setup  (elsewhere: python -m pip uninstall -y {' '.join(names)}, then install one of them)")


def idle_gpu() -> str | None:
    """Return a hint when this machine shows an NVIDIA GPU; to be used when TensorFlow found none."""
    if Path("/proc/driver/nvidia/version").exists() or shutil.which("nvidia-smi"):
        return "this machine has an NVIDIA driver, but TensorFlow uses no GPU: make setup GPU=1 installs the GPU build"
    return None


def _tensorflow():
    """Import TensorFlow quietly; return the module."""
    if "tensorflow" in sys.modules:
        return sys.modules["tensorflow"]
    try:
        with held_back():
            import tensorflow
    except ImportError as error:
        absent = isinstance(error, ModuleNotFoundError) and error.name == "tensorflow"
        what = "is not installed" if absent else f"is installed but does not start ({error})"
        jax = " Or set KERAS_BACKEND=jax: JAX is installed." if importlib.util.find_spec("jax") else ""
        raise LabkitError(
            f"TensorFlow {what} in {sys.executable}. In a clone of Image Generation Labs, type: make setup  "
            f"(elsewhere: python -m pip install \"tensorflow>=2.21,<2.22\"), and restart the notebook's kernel.{jax}"
        ) from error
    return tensorflow


def _versions() -> dict[str, str]:
    jax = os.environ.get("KERAS_BACKEND") == "jax"
    loaded = {"JAX" if jax else "TensorFlow": sys.modules.get("jax" if jax else "tensorflow"),
              "Keras": sys.modules.get("keras")}
    return {name: module.__version__ for name, module in loaded.items() if module is not None}


def _check_arguments(precision, seed, strategy, threads, devices=None):
    if precision not in PRECISIONS:
        raise LabkitError(f"precision={precision!r} is unknown. Use one of: {', '.join(PRECISIONS)}.")
    if strategy not in STRATEGIES:
        raise LabkitError(f"strategy={strategy!r} is unknown. Use one of: {', '.join(STRATEGIES)}.")
    if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed < 2**32:
        raise LabkitError(f"seed={seed!r} cannot be used. Give a whole number from 0 to {2**32 - 1}.")
    for name, value in (("threads", threads), ("devices", devices)):
        if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 1):
            raise LabkitError(f"{name}={value!r} cannot be used. Give a whole number from 1, or None.")


def _before_start(change, what, notes) -> bool:
    """Make a change that TensorFlow allows only before its first operation; note it when it is too late."""
    try:
        change()
    except (RuntimeError, ValueError):  # "Physical devices cannot be modified after being initialized", and kin
        notes.append(f"{what} not set: TensorFlow is already running; restart the kernel and call setup first")
        return False
    return True


def _precision(asked, tf, gpus) -> tuple[str, str | None]:
    """Return "float32" or "bfloat16", and what to say about it."""
    if asked == "float32":
        return "float32", None
    return choose_precision(asked, [_capability(tf, gpu) for gpu in gpus])


def choose_precision(asked, capabilities) -> tuple[str, str | None]:
    """Decide between "bfloat16" and "auto" from the GPUs' compute capabilities; none: from the processor."""
    if capabilities:
        able = all(capability >= BFLOAT16_CAPABILITY for capability in capabilities)
        reason = "the GPU has bfloat16" if able else "the GPU has no bfloat16 units (compute capability below 8.0)"
    else:
        able, reason = bfloat16_processor()
    if asked == "auto":
        return ("bfloat16" if able else "float32"), reason
    return "bfloat16", None if able else f"{reason}, so expect no speed-up from it"


def _details(tf, gpu) -> dict:
    with held_back():
        return tf.config.experimental.get_device_details(gpu)


def _capability(tf, gpu) -> tuple[int, int]:
    return tuple(_details(tf, gpu).get("compute_capability") or (0, 0))


def _gpu_name(tf, gpu) -> str:
    return _details(tf, gpu).get("device_name") or gpu.name
