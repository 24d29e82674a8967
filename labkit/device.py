"""GPU and CPU set-up, precision, strategy and seed: one call in a notebook's first cell.

TensorFlow writes lines to stderr while it starts, some of them before it reads ``TF_CPP_MIN_LOG_LEVEL``. A stored
output would hold them, so it is imported here with stderr held back; what is not start-up chatter is passed on.
"""

import contextlib
import importlib.metadata
import importlib.util
import json
import logging
import os
import platform
import re
import shutil
import sys
import tempfile
from collections import namedtuple
from pathlib import Path

from labkit import notebooks
from labkit.errors import LabkitError

JAX, JAX_GPU = "jax>=0.10,<0.12", "jax[cuda12]>=0.10,<0.12"
# Distributions that all install the same folder, site-packages/tensorflow, over each other.
TENSORFLOWS = ("tensorflow", "tensorflow-cpu", "tensorflow-gpu", "tensorflow-rocm", "tf-nightly", "tf-nightly-cpu")
_CHATTER = re.compile(
    r"WARNING: All log messages before absl::InitializeLog"
    r"|[IW]\d{4} \d\d:\d\d:\d\d"                         # absl: severity, month and day, time
    r"|[IW]0000 00:00:\d+"                               # absl before its clock is set
    r"|\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+: [IW] "       # TensorFlow's own older format
    r"|To enable the following instructions:"            # second line of the processor hint
    r"|.*(Unable to register cu\w+ (factory|plugin)|computation_placer)"  # GPU builds: each library registers twice
    r"|.*(cuInit|Could not find cuda drivers|kernel driver does not appear to be running)"  # no GPU: `setup` says it
    r"|\s*$")


class Device(namedtuple("Device", "kind name count precision seed strategy notes workers worker",
                        defaults=[None, (), (), 0])):
    """What this Python computes on. kind: "cpu" or "gpu"; name: of the processor or the first GPU; count: of GPUs or
    cores; precision: "float32" or "bfloat16"; strategy: tf.distribute's, where several devices compute; notes: for the
    reader; workers: addresses of several machines; worker: this one's place among them."""

    @property
    def replicas(self) -> int:
        """The number of model copies that train side by side."""
        return self.strategy.num_replicas_in_sync if self.strategy else 1

    @property
    def chief(self) -> bool:
        """Whether this process writes the files of a training: False for all workers but the first."""
        return self.worker == 0

    def scope(self):
        """Return the context in which models and optimizers are built: the strategy's scope, or an empty one."""
        return self.strategy.scope() if self.strategy else contextlib.nullcontext()

    def __str__(self):
        def number(count, unit):
            return f"{count} {unit}{'s' if count != 1 else ''}"

        parts = [f"{self.kind.upper()}: {self.name}, {number(self.count, 'GPU' if self.kind == 'gpu' else 'core')}",
                 self.precision, f"seed {self.seed}", *([number(self.replicas, "replica")] if self.strategy else []),
                 *([f"worker {self.worker} of {len(self.workers)}"] if self.workers else [])]
        backend = "JAX" if os.environ.get("KERAS_BACKEND") == "jax" else "TensorFlow"
        loaded = [name for name in (backend, "Keras") if name.lower() in sys.modules]
        return "; ".join([", ".join([*parts, *(f"{name} {sys.modules[name.lower()].__version__}" for name in loaded)]),
                          *self.notes])


def setup(precision="float32", seed=0, strategy="auto", threads=None, quiet=False, devices=None) -> Device:
    """Find the device, set it up, and print one line that says what was found, unless ``quiet``.

    ``precision``: "float32", "bfloat16" (Keras' ``mixed_bfloat16``: weights stay float32), or "auto": bfloat16 where
    the hardware computes in it (AVX512-BF16, AMX, or a GPU of compute capability 8.0 or higher).
    ``seed``: 0 … 2**32 - 1, for Python, NumPy and Keras. ``threads``: a limit on TensorFlow's.
    ``strategy``: "none"; "mirrored" (``tf.distribute.MirroredStrategy`` over all GPUs, or over ``devices`` logical
    devices of a CPU, two when None); "workers" (``MultiWorkerMirroredStrategy`` over the machines in the variable
    ``TF_CONFIG``; returns when all are there); "auto" mirrors over two or more GPUs and is "none" otherwise.

    Under ``KERAS_BACKEND=jax`` it sets up JAX, on one device. Called again, it names what cannot be changed any more.
    Raises LabkitError for a value out of range, of the notebook's parameters, too, and for a broken TensorFlow.
    """
    notebooks.check_parameters()
    for name, value, known in (("precision", precision, ("float32", "bfloat16", "auto")),
                               ("strategy", strategy, ("auto", "none", "mirrored", "workers"))):
        if value not in known:
            raise LabkitError(f"{name}={value!r} is unknown. Use one of: {', '.join(known)}.")
    for name, value, least in (("seed", seed, 0), ("threads", threads, 1), ("devices", devices, 1)):
        if value is not None and (type(value) is not int or not least <= value < 2**32):
            raise LabkitError(f"{name}={value!r} cannot be used. Give a whole number from {least} to {2**32 - 1}.")
    quiet_tensorflow()
    notes = []
    if os.environ["KERAS_BACKEND"] == "jax":
        shared, name, gpus, capabilities = None, *_jax(strategy, threads, notes)
    else:
        shared, name, gpus, capabilities = _tensorflow(sys.modules["tensorflow"], strategy, threads, devices, notes)
    import keras

    chosen, reason = choose_precision(precision, capabilities)
    notes += [reason] if reason else []
    keras.config.set_dtype_policy("mixed_bfloat16" if chosen == "bfloat16" else "float32")
    with held_back():  # Keras seeds TensorFlow, too, where it is installed beside JAX
        keras.utils.set_random_seed(seed)
    cluster = json.loads(os.environ["TF_CONFIG"]) if strategy == "workers" else None
    found = Device(
        kind="gpu" if gpus else "cpu", name=name, count=gpus or cores(), precision=chosen, seed=seed, strategy=shared,
        notes=tuple(notes), workers=tuple(cluster["cluster"]["worker"]) if cluster else (),
        worker=cluster["task"]["index"] if cluster else 0)
    if not quiet:
        print(found)
    return found


def quiet_tensorflow() -> None:
    """Import TensorFlow without its start-up lines, before anything imports keras; nothing under another backend.
    Raises LabkitError when TensorFlow is missing or broken."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # at 2 a rewrite that did not apply would be reported
    if os.environ.setdefault("KERAS_BACKEND", "tensorflow") != "tensorflow" or "tensorflow" in sys.modules:
        return
    try:
        with held_back():
            import tensorflow  # noqa: F401
    except ImportError as error:
        absent = isinstance(error, ModuleNotFoundError) and error.name == "tensorflow"
        what = "is not installed" if absent else f"is installed but does not start ({error})"
        jax = " Or set KERAS_BACKEND=jax: JAX is installed." if importlib.util.find_spec("jax") else ""
        raise LabkitError(
            f"TensorFlow {what} in {sys.executable}. In a clone of the project, type: make setup  (elsewhere: "
            f"python -m pip install \"tensorflow>=2.21,<2.22\"), and restart Python.{jax}") from error


def _tensorflow(tf, strategy, threads, devices, notes):
    """Return the strategy or None, the device's name, the number of GPUs and their compute capabilities."""

    def before_start(what, change, *arguments):
        try:
            change(*arguments)
        except (RuntimeError, ValueError):  # "Physical devices cannot be modified after being initialized", and kin
            notes.append(f"{what} not set: TensorFlow is already running; restart the kernel and call setup first")

    with held_back():
        gpus = tf.config.list_physical_devices("GPU")
        details = [tf.config.experimental.get_device_details(gpu) for gpu in gpus]
    notes += filter(None, (two_tensorflows(), None if gpus else idle_gpu()))
    for gpu in gpus:
        if not tf.config.experimental.get_memory_growth(gpu):
            before_start("memory growth", tf.config.experimental.set_memory_growth, gpu, True)
    if threads is not None:
        before_start("threads", lambda: (tf.config.threading.set_intra_op_parallelism_threads(threads),
                                         tf.config.threading.set_inter_op_parallelism_threads(threads)))
    mirrored = strategy == "mirrored" or (strategy == "auto" and len(gpus) > 1)
    if mirrored and not gpus:
        cpu, wanted = tf.config.list_physical_devices("CPU")[0], devices or 2
        there = len(tf.config.get_logical_device_configuration(cpu) or ())
        if there != wanted and (devices or there < 2):
            before_start(f"{wanted} logical devices", tf.config.set_logical_device_configuration, cpu,
                         [tf.config.LogicalDeviceConfiguration()] * wanted)
    shared = None
    if mirrored or strategy == "workers":
        # Before Keras makes its first tensor for the seed: a strategy wants TensorFlow as it was before, and talks.
        if os.environ.get("TF_CPP_MIN_LOG_LEVEL") not in ("0", "1"):
            tf.get_logger().setLevel("ERROR")
        with held_back():
            shared = _workers(tf, gpus) if strategy == "workers" else tf.distribute.MirroredStrategy(
                [one.name.removeprefix("/device:") for one in tf.config.list_logical_devices("GPU" if gpus else "CPU")])
    name = details[0].get("device_name") or gpus[0].name if gpus else processor()
    return shared, name, len(gpus), [tuple(one.get("compute_capability") or (0, 0)) for one in details]


def _workers(tf, gpus):
    # RING works on every device; on GPUs TensorFlow chooses between it and NCCL.
    kind = tf.distribute.experimental.CommunicationImplementation
    try:
        return tf.distribute.MultiWorkerMirroredStrategy(communication_options=(
            tf.distribute.experimental.CommunicationOptions(implementation=kind.AUTO if gpus else kind.RING)))
    except RuntimeError as error:
        raise LabkitError(f"Workers must be set up before TensorFlow's first operation: restart Python. ({error})"
                          ) from error
    except (tf.errors.OpError, ValueError) as error:
        raise LabkitError(f"This worker cannot use its address ({' '.join(str(error).split())[:200]}). Is another "
                          "program at that port, or was this worker started twice?") from error


def _jax(strategy, threads, notes):
    """Return the name of JAX's device, the number of GPUs and their compute capabilities."""
    if strategy in ("mirrored", "workers"):
        raise LabkitError(f"strategy='{strategy}' is TensorFlow's; under KERAS_BACKEND=jax one device computes. "
                          "Leave it out, or set KERAS_BACKEND=tensorflow and restart Python.")
    os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")  # memory is taken as it is needed
    logging.getLogger("jax._src.xla_bridge").setLevel(logging.ERROR)  # it regrets that there is no GPU
    try:
        with held_back():
            import jax

            gpus = [found for found in jax.devices() if found.platform != "cpu"]
    except ImportError as error:
        raise LabkitError(f"KERAS_BACKEND=jax, but JAX does not start in {sys.executable} ({error}). Type: python -m "
                          f'pip install "{JAX}"  (for an NVIDIA GPU: "{JAX_GPU}"), or set KERAS_BACKEND=tensorflow; '
                          "then restart Python.") from error
    except RuntimeError as error:  # "Unable to initialize backend", a driver that does not fit, JAX_PLATFORMS
        raise LabkitError(f"JAX finds no device: {error} Set JAX_PLATFORMS=cpu to compute on the processor.") from error
    if threads is not None:
        notes.append("threads not set: JAX chooses its own")
    if not gpus and idle_gpu():
        notes.append("this machine has an NVIDIA driver, but JAX uses no GPU: "
                     f'python -m pip install "{JAX_GPU}" installs what it needs')
    notes += [f"one of them computes: {gpus[0]}"] if len(gpus) > 1 else []
    texts = [re.fullmatch(r"(\d+)\.(\d+)", str(getattr(gpu, "compute_capability", ""))) for gpu in gpus]  # not AMD's
    capabilities = [(int(text[1]), int(text[2])) if text else (0, 0) for text in texts]
    return gpus[0].device_kind if gpus else processor(), len(gpus), capabilities


def bfloat16_processor() -> tuple[bool, str]:
    """Tell whether this processor computes in bfloat16, and why (Linux on x86-64 alone says so)."""
    flags = _cpuinfo("flags").split()
    for flag, name in (("amx_bf16", "AMX"), ("avx512_bf16", "AVX512-BF16")):
        if flag in flags:
            return True, f"the processor has {name}"
    return False, "the processor has neither AVX512-BF16 nor AMX"


def _cpuinfo(name) -> str:
    with contextlib.suppress(OSError):  # Linux alone has this file
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
        if found := re.search(rf"^{name}\s*:\s*(.*)$", text, re.MULTILINE):
            return found[1].strip()
    return ""


def choose_precision(asked, capabilities) -> tuple[str, str | None]:
    """Return the precision and what to say about it, from the GPUs' compute capabilities or the processor's flags."""
    if asked == "float32":
        return "float32", None
    if capabilities:
        able = min(capabilities) >= (8, 0)  # NVIDIA's Ampere; Colab's and Kaggle's T4 is 7.5
        reason = "the GPU has bfloat16" if able else "the GPU has no bfloat16 units (compute capability below 8.0)"
    elif asked == "auto" and os.environ.get("KERAS_BACKEND") == "jax":
        return "float32", "under JAX a processor computes in float32"
    else:
        able, reason = bfloat16_processor()
    if asked == "auto":
        return ("bfloat16" if able else "float32"), reason
    return "bfloat16", None if able else f"{reason}, so expect no speed-up from it"


def cores() -> int:
    """Return the number of cores that this process may use: all where the system knows no affinity (macOS, Windows)."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def processor() -> str:
    """Return the processor's name, for instance "AMD EPYC"; its architecture where the system tells no more."""
    return _cpuinfo("model name") or platform.processor() or platform.machine()


def two_tensorflows() -> str | None:
    """Return the sentence that says how to mend an environment with more than one TensorFlow, else None."""
    names = {(item.metadata["Name"] or "").lower().replace("_", "-") for item in importlib.metadata.distributions()}
    found = [name for name in TENSORFLOWS if name in names]
    return None if len(found) < 2 else (
        f"{len(found)} TensorFlows share this environment and overwrite each other's files. "
        f"Type: make setup  (elsewhere: python -m pip uninstall -y {' '.join(found)}, then install one of them)")


def idle_gpu() -> str | None:
    """Return a hint when this machine shows an NVIDIA GPU; to be used when TensorFlow found none."""
    hint = "this machine has an NVIDIA driver, but TensorFlow uses no GPU: make setup GPU=1 installs the GPU build"
    return hint if Path("/proc/driver/nvidia/version").exists() or shutil.which("nvidia-smi") else None


@contextlib.contextmanager
def held_back():
    """Hold stderr (file descriptor 2) back during the block, then pass on all but TensorFlow's start-up chatter."""
    if os.environ.get("TF_CPP_MIN_LOG_LEVEL") in ("0", "1"):
        yield
        return
    saved = os.dup(2)
    with tempfile.TemporaryFile() as held:
        sys.stderr.flush()
        os.dup2(held.fileno(), 2)
        try:
            yield
        finally:
            sys.stderr.flush()
            os.dup2(saved, 2)
            os.close(saved)
            held.seek(0)
            lines = held.read().decode("utf-8", "replace").splitlines(keepends=True)
            if rest := "".join(line for line in lines if not _CHATTER.match(line)):
                os.write(2, rest.encode("utf-8", "replace"))
