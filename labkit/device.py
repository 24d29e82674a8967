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
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from labkit.errors import LabkitError

PRECISIONS = ("float32", "bfloat16", "auto")
STRATEGIES = ("auto", "none", "mirrored")
# Distributions that all install the same folder, site-packages/tensorflow, over each other.
TENSORFLOWS = ("tensorflow", "tensorflow-cpu", "tensorflow-gpu", "tensorflow-rocm", "tf-nightly", "tf-nightly-cpu")
# The oldest NVIDIA compute capability with bfloat16 units (Ampere). Colab's and Kaggle's T4 is 7.5.
BFLOAT16_CAPABILITY = (8, 0)

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

    ``kind`` is "cpu" or "gpu"; ``name`` the processor's or the first GPU's; ``count`` the number of GPUs, or of
    processor cores that this process may use; ``precision`` "float32" or "bfloat16" (Keras' policy
    ``mixed_bfloat16``: weights stay float32); ``seed`` the seed of Python, NumPy and TensorFlow; ``strategy`` a
    ``tf.distribute.Strategy``, or None where one device computes; ``notes`` what a reader should know besides.
    """

    kind: str
    name: str
    count: int
    precision: str
    seed: int
    strategy: object = field(default=None, repr=False, compare=False)
    notes: tuple[str, ...] = ()

    @property
    def replicas(self) -> int:
        """The number of model copies that train side by side; 1 without a strategy."""
        return self.strategy.num_replicas_in_sync if self.strategy else 1

    def scope(self):
        """Return the context in which models and optimizers are built: the strategy's scope, or an empty one."""
        return self.strategy.scope() if self.strategy else contextlib.nullcontext()

    def __str__(self):
        unit = "GPU" if self.kind == "gpu" else "core"
        parts = [f"{self.kind.upper()}: {self.name}, {self.count} {unit}{'s' if self.count != 1 else ''}",
                 self.precision, f"seed {self.seed}"]
        if self.strategy:
            parts.append(f"{self.replicas} replica{'s' if self.replicas != 1 else ''}")
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


def setup(precision="float32", seed=0, strategy="auto", threads=None, quiet=False) -> Device:
    """Find the device, set it up, and print one line that says what was found.

    Under ``KERAS_BACKEND=jax`` it sets up JAX instead and needs no TensorFlow (``labkit.jax_device``).

    ``precision``: "float32", "bfloat16" (Keras' ``mixed_bfloat16``), or "auto", which takes bfloat16 only where
    the hardware computes in it: AVX512-BF16 or AMX on Linux, or a GPU of compute capability 8.0 or higher.
    ``seed``: 0 … 2**32 - 1, for Python, NumPy and TensorFlow (``keras.utils.set_random_seed``).
    ``strategy``: "none"; "mirrored" (``tf.distribute.MirroredStrategy`` over all GPUs, or over two logical devices
    on a CPU); "auto" mirrors over two or more GPUs and is "none" otherwise. ``threads``: a limit on TensorFlow's
    threads per operation and between operations; None leaves its own choice. ``quiet``: print nothing.

    It may be called again; what cannot be changed after TensorFlow's first operation (memory growth, logical
    devices, threads) is then named in the line instead of failing. Raises LabkitError for a value out of range,
    and when TensorFlow is missing or broken.
    """
    _check_arguments(precision, seed, strategy, threads)
    quiet_tensorflow()
    if os.environ["KERAS_BACKEND"] == "jax":
        from labkit import jax_device

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
    keras.config.set_dtype_policy("mixed_bfloat16" if chosen == "bfloat16" else "float32")
    keras.utils.set_random_seed(seed)
    mirrored = strategy == "mirrored" or (strategy == "auto" and len(gpus) > 1)
    found = Device(
        kind="gpu" if gpus else "cpu",
        name=_gpu_name(tf, gpus[0]) if gpus else processor(),
        count=len(gpus) or cores(),
        precision=chosen,
        seed=seed,
        strategy=_mirrored(tf, gpus, notes) if mirrored else None,
        notes=tuple(notes),
    )
    if not quiet:
        print(found)
    return found


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


def bfloat16_processor() -> tuple[bool, str]:
    """Tell whether this processor computes in bfloat16, and why (read from /proc/cpuinfo, Linux on x86-64 only)."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False, f"whether the processor has bfloat16 cannot be read on {platform.system() or 'this system'}"
    match = re.search(r"^flags\s*:(.*)$", text, re.MULTILINE)
    flags = match[1].split() if match else ()
    for flag, name in (("amx_bf16", "AMX"), ("avx512_bf16", "AVX512-BF16")):
        if flag in flags:
            return True, f"the processor has {name}"
    return False, "the processor has neither AVX512-BF16 nor AMX"


def cores() -> int:
    """Return the number of processor cores that this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # macOS and Windows have no affinity call
        return os.cpu_count() or 1


@cache
def processor() -> str:
    """Return the processor's name, for instance "AMD EPYC"; its architecture where the system tells no more."""
    with contextlib.suppress(OSError):
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
        if match := re.search(r"^model name\s*:\s*(.+)$", text, re.MULTILINE):
            return match[1].strip()
    if sys.platform == "darwin":
        with contextlib.suppress(OSError, subprocess.SubprocessError):
            return subprocess.run(["sysctl", "-n", "machdep.cpu.brand_string"], capture_output=True, text=True,
                                  check=True, timeout=5).stdout.strip()
    return platform.processor() or platform.machine() or "unknown processor"


@contextlib.contextmanager
def held_back():
    """Hold file descriptor 2 back, and pass on at the end whatever is not TensorFlow's start-up chatter.

    Python's own ``sys.stderr`` keeps working. In a Jupyter kernel descriptor 2 is the kernel's pipe; it is put
    back as it was.
    """
    if os.environ.get("TF_CPP_MIN_LOG_LEVEL") in ("0", "1"):  # asked for: show everything
        yield
        return
    try:
        saved = os.dup(2)
    except OSError:  # a program without stderr: nothing to hold back
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


def _check_arguments(precision, seed, strategy, threads):
    if precision not in PRECISIONS:
        raise LabkitError(f"precision={precision!r} is unknown. Use one of: {', '.join(PRECISIONS)}.")
    if strategy not in STRATEGIES:
        raise LabkitError(f"strategy={strategy!r} is unknown. Use one of: {', '.join(STRATEGIES)}.")
    if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed < 2**32:
        raise LabkitError(f"seed={seed!r} cannot be used. Give a whole number from 0 to {2**32 - 1}.")
    if threads is not None and (isinstance(threads, bool) or not isinstance(threads, int) or threads < 1):
        raise LabkitError(f"threads={threads!r} cannot be used. Give a whole number from 1, or None.")


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


def _mirrored(tf, gpus, notes):
    """Return a MirroredStrategy over all GPUs, or over two logical devices of the CPU."""
    if not gpus:
        cpu = tf.config.list_physical_devices("CPU")[0]
        pair = [tf.config.LogicalDeviceConfiguration()] * 2
        if len(tf.config.get_logical_device_configuration(cpu) or ()) < 2:
            _before_start(lambda: tf.config.set_logical_device_configuration(cpu, pair), "two logical devices", notes)
    logger = tf.get_logger()
    level = logger.level
    logger.setLevel("ERROR")  # says in three lines that NCCL is for GPUs only
    try:
        with held_back():
            names = [device.name for device in tf.config.list_logical_devices("GPU" if gpus else "CPU")]
            return tf.distribute.MirroredStrategy([name.removeprefix("/device:") for name in names])
    finally:
        logger.setLevel(level)
