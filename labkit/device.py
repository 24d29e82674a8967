"""GPU and CPU set-up, precision, strategy and seed: one call in a notebook's first cell.

TensorFlow writes lines to stderr while it starts: a stored output would hold them, and a strict comparison of
outputs would fail on them. Some are written by C++ static initialisers before TensorFlow reads any setting, so
``TF_CPP_MIN_LOG_LEVEL`` alone does not hide them; this module therefore imports TensorFlow itself, with file
descriptor 2 held back, and passes on every line that is not start-up chatter. oneDNN stays on.
"""

import contextlib
import functools
import importlib.metadata
import importlib.util
import json
import logging
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from labkit.errors import LabkitError

JAX, JAX_GPU = "jax>=0.10,<0.12", "jax[cuda12]>=0.10,<0.12"
# Distributions that all install the same folder, site-packages/tensorflow, over each other.
TENSORFLOWS = ("tensorflow", "tensorflow-cpu", "tensorflow-gpu", "tensorflow-rocm", "tf-nightly", "tf-nightly-cpu")
BFLOAT16_CAPABILITY = (8, 0)  # the oldest NVIDIA compute capability with it (Ampere); Colab's and Kaggle's T4 is 7.5

_CHATTER = re.compile(
    r"WARNING: All log messages before absl::InitializeLog"
    r"|[IW]\d{4} \d\d:\d\d:\d\d"                         # absl: severity, month and day, time
    r"|[IW]0000 00:00:\d+"                               # absl before its clock is set
    r"|\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+: [IW] "       # TensorFlow's own older format
    r"|To enable the following instructions:"            # second line of the processor hint
    r"|.*Unable to register cu\w+ (factory|plugin)"      # GPU builds: each library registers twice
    r"|.*computation_placer"
    r"|.*(cuInit|Could not find cuda drivers|kernel driver does not appear to be running)"  # no GPU: `setup` says it
    r"|\s*$")


@dataclass(frozen=True)
class Device:
    """What this Python computes on.

    ``kind`` "cpu" or "gpu"; ``name`` the processor's or first GPU's; ``count`` of GPUs, or of cores that this process
    may use; ``precision`` "float32" or "bfloat16" (Keras' ``mixed_bfloat16``: weights stay float32); ``strategy`` a
    ``tf.distribute.Strategy``, None where one device computes; ``notes`` what a reader should know besides;
    ``workers`` all workers' addresses and ``worker`` this one's place, where several machines train together.
    """

    kind: str
    name: str
    count: int
    precision: str
    seed: int
    strategy: object = field(default=None, repr=False, compare=False)
    notes: tuple[str, ...] = ()
    workers: tuple[str, ...] = ()
    worker: int = 0

    @property
    def replicas(self) -> int:
        """The number of model copies that train side by side; 1 without a strategy."""
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
    """Find the device, set it up, and print one line that says what was found.

    ``precision``: "float32", "bfloat16" (Keras' ``mixed_bfloat16``), or "auto", which takes bfloat16 only where
    the hardware computes in it: AVX512-BF16 or AMX on Linux, or a GPU of compute capability 8.0 or higher.
    ``seed``: 0 … 2**32 - 1, for Python, NumPy and TensorFlow (``keras.utils.set_random_seed``).
    ``strategy``: "none"; "mirrored" (``tf.distribute.MirroredStrategy`` over all GPUs, or over ``devices`` logical
    devices of a CPU, two when None); "workers" (``MultiWorkerMirroredStrategy`` over the machines in the variable
    ``TF_CONFIG``; returns when all are there); "auto" mirrors over two or more GPUs and is "none" otherwise.
    ``threads``: a limit on TensorFlow's threads per operation and between operations. ``quiet``: print nothing.

    Under ``KERAS_BACKEND=jax`` it sets up JAX instead, on one device, and needs no TensorFlow.

    It may be called again; what cannot be changed after TensorFlow's first operation is then named in the line.
    Raises LabkitError for a value out of range, and when TensorFlow is missing or broken.
    """
    for name, value, known in (("precision", precision, ("float32", "bfloat16", "auto")),
                               ("strategy", strategy, ("auto", "none", "mirrored", "workers"))):
        if value not in known:
            raise LabkitError(f"{name}={value!r} is unknown. Use one of: {', '.join(known)}.")
    if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed < 2**32:
        raise LabkitError(f"seed={seed!r} cannot be used. Give a whole number from 0 to {2**32 - 1}.")
    for name, value in (("threads", threads), ("devices", devices)):
        if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 1):
            raise LabkitError(f"{name}={value!r} cannot be used. Give a whole number from 1, or None.")
    quiet_tensorflow()
    notes = []
    if os.environ["KERAS_BACKEND"] == "jax":
        shared, name, gpus, capabilities = None, *_jax(strategy, threads, notes)
    else:
        shared, name, gpus, capabilities = _set_up_tensorflow(strategy, threads, devices, notes)
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
    """Import TensorFlow without its start-up lines. Call this before ``import keras`` or ``import tensorflow``.

    Sets ``TF_CPP_MIN_LOG_LEVEL=3`` and ``KERAS_BACKEND=tensorflow`` where the environment says nothing else. At
    level 2 the graph optimizer would report that a rewrite did not apply; errors arrive as exceptions at any level.
    With another backend TensorFlow is not imported. Raises LabkitError when TensorFlow is missing or broken.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    if os.environ.setdefault("KERAS_BACKEND", "tensorflow") == "tensorflow":
        _tensorflow()


def _tensorflow():
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


def _set_up_tensorflow(strategy, threads, devices, notes):
    """Return the strategy or None, the device's name, the number of GPUs and their compute capabilities."""
    tf = _tensorflow()

    def before_start(what, change, *arguments):
        try:
            change(*arguments)
        except (RuntimeError, ValueError):  # "Physical devices cannot be modified after being initialized", and kin
            notes.append(f"{what} not set: TensorFlow is already running; restart the kernel and call setup first")

    with held_back():
        gpus = tf.config.list_physical_devices("GPU")
        details = [tf.config.experimental.get_device_details(gpu) for gpu in gpus]
    if len(installed_tensorflows()) > 1:
        notes.append(two_tensorflows())
    if not gpus and idle_gpu():
        notes.append(idle_gpu())
    for gpu in gpus:
        if not tf.config.experimental.get_memory_growth(gpu):
            before_start("memory growth", tf.config.experimental.set_memory_growth, gpu, True)
    if threads is not None:
        before_start("threads", lambda: (tf.config.threading.set_intra_op_parallelism_threads(threads),
                                         tf.config.threading.set_inter_op_parallelism_threads(threads)))
    mirrored = strategy == "mirrored" or (strategy == "auto" and len(gpus) > 1)
    if mirrored and gpus and devices and devices != len(gpus):
        notes.append(f"{len(gpus)} GPUs are used, not {devices}")
    if mirrored and not gpus:
        cpu, wanted = tf.config.list_physical_devices("CPU")[0], devices or 2
        there = len(tf.config.get_logical_device_configuration(cpu) or ())
        if there != wanted and (devices or there < 2):
            before_start("two logical devices" if wanted == 2 else f"{wanted} logical devices",
                         tf.config.set_logical_device_configuration, cpu,
                         [tf.config.LogicalDeviceConfiguration()] * wanted)
    shared = None
    if mirrored or strategy == "workers":
        # Before Keras makes its first tensor for the seed: a strategy wants TensorFlow as it was before. Its logger is
        # at INFO in a notebook, and strategies are talkative: it warns from here on.
        if os.environ.get("TF_CPP_MIN_LOG_LEVEL") not in ("0", "1"):
            tf.get_logger().setLevel("ERROR")
        with held_back():
            shared = _workers(tf, gpus) if strategy == "workers" else tf.distribute.MirroredStrategy(
                [one.name.removeprefix("/device:") for one in tf.config.list_logical_devices("GPU" if gpus else "CPU")])
        tf.get_logger().setLevel(max(tf.get_logger().level, logging.WARNING))
    name = details[0].get("device_name") or gpus[0].name if gpus else processor()
    return shared, name, len(gpus), [tuple(one.get("compute_capability") or (0, 0)) for one in details]


def _workers(tf, gpus):
    # RING works on every device; on GPUs TensorFlow chooses between it and NCCL.
    kind = tf.distribute.experimental.CommunicationImplementation
    try:
        return tf.distribute.MultiWorkerMirroredStrategy(communication_options=(
            tf.distribute.experimental.CommunicationOptions(implementation=kind.AUTO if gpus else kind.RING)))
    except RuntimeError as error:
        if "program startup" not in str(error):
            raise
        raise LabkitError("Workers must be set up before TensorFlow's first operation: restart Python.") from error
    except (tf.errors.OpError, ValueError) as error:
        raise LabkitError(f"This worker cannot use its address ({' '.join(str(error).split())[:200]}). Is another "
                          "program at that port, or was this worker started twice?") from error


def _jax(strategy, threads, notes):
    """Return the name of JAX's device, the number of GPUs and their compute capabilities."""
    if strategy in ("mirrored", "workers"):
        raise LabkitError(f"strategy='{strategy}' is TensorFlow's; under KERAS_BACKEND=jax one device computes. "
                          "Leave it out, or set KERAS_BACKEND=tensorflow and restart Python.")
    os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")  # memory is taken as it is needed
    logger = logging.getLogger("jax._src.xla_bridge")
    level = logger.level
    logger.setLevel(logging.ERROR)  # it regrets that there is no GPU
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
    finally:
        logger.setLevel(level)
    if threads is not None:
        notes.append("threads not set: JAX chooses its own")
    if not gpus and idle_gpu():
        notes.append("this machine has an NVIDIA driver, but JAX uses no GPU: "
                     f'python -m pip install "{JAX_GPU}" installs what it needs')
    if len(gpus) > 1:
        notes.append(f"one of them computes: {gpus[0]}")
    texts = [re.fullmatch(r"(\d+)\.(\d+)", str(getattr(gpu, "compute_capability", ""))) for gpu in gpus]  # not AMD's
    capabilities = [(int(text[1]), int(text[2])) if text else (0, 0) for text in texts]
    return gpus[0].device_kind if gpus else processor(), len(gpus), capabilities


def bfloat16_processor() -> tuple[bool, str]:
    """Tell whether this processor computes in bfloat16, and why (read from /proc/cpuinfo, Linux on x86-64 only)."""
    flags = _cpuinfo("flags")
    if flags is None:
        return False, f"whether the processor has bfloat16 cannot be read on {platform.system() or 'this system'}"
    for flag, name in (("amx_bf16", "AMX"), ("avx512_bf16", "AVX512-BF16")):
        if flag in flags.split():
            return True, f"the processor has {name}"
    return False, "the processor has neither AVX512-BF16 nor AMX"


def _cpuinfo(name) -> str | None:
    """Return a line of /proc/cpuinfo, "" without it, None where that file is not."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    found = re.search(rf"^{name}\s*:\s*(.*)$", text, re.MULTILINE)
    return found[1].strip() if found else ""


def choose_precision(asked, capabilities) -> tuple[str, str | None]:
    """Return the precision and what to say about it, from the GPUs' compute capabilities, or the processor's flags."""
    if asked == "float32":
        return "float32", None
    if capabilities:
        able = all(capability >= BFLOAT16_CAPABILITY for capability in capabilities)
        reason = "the GPU has bfloat16" if able else "the GPU has no bfloat16 units (compute capability below 8.0)"
    elif asked == "auto" and os.environ.get("KERAS_BACKEND") == "jax":
        return "float32", "under JAX a processor computes in float32"
    else:
        able, reason = bfloat16_processor()
    if asked == "auto":
        return ("bfloat16" if able else "float32"), reason
    return "bfloat16", None if able else f"{reason}, so expect no speed-up from it"


def cores() -> int:
    """Return the number of processor cores that this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # macOS and Windows have no affinity call
        return os.cpu_count() or 1


@functools.cache
def processor() -> str:
    """Return the processor's name, for instance "AMD EPYC"; its architecture where the system tells no more."""
    if name := _cpuinfo("model name"):
        return name
    with contextlib.suppress(OSError, subprocess.SubprocessError):  # macOS
        return subprocess.run(["sysctl", "-n", "machdep.cpu.brand_string"], capture_output=True, text=True, check=True,
                              timeout=5).stdout.strip()
    return platform.processor() or platform.machine() or "unknown processor"


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


@contextlib.contextmanager
def held_back():
    """Hold file descriptor 2 back, and pass on at the end whatever is not TensorFlow's start-up chatter.

    Python's own ``sys.stderr`` keeps working. In a Jupyter kernel descriptor 2 is the kernel's pipe; it is put
    back as it was. With ``TF_CPP_MIN_LOG_LEVEL`` of 0 or 1 everything was asked for.
    """
    try:
        saved = None if os.environ.get("TF_CPP_MIN_LOG_LEVEL") in ("0", "1") else os.dup(2)
    except OSError:  # a program without stderr
        saved = None
    if saved is None:
        yield
        return
    with tempfile.TemporaryFile() as held:
        _flush()
        os.dup2(held.fileno(), 2)
        try:
            yield
        finally:
            _flush()
            os.dup2(saved, 2)
            os.close(saved)
            held.seek(0)
            if rest := worth_reading(held.read().decode("utf-8", "replace")):
                os.write(2, rest.encode("utf-8", "replace"))


def worth_reading(text: str) -> str:
    """Return the lines of ``text`` that are not TensorFlow's start-up chatter."""
    return "".join(line for line in text.splitlines(keepends=True) if not _CHATTER.match(line))


def _flush():
    if sys.stderr is not None:
        sys.stderr.flush()
