"""What this machine is and can, without TensorFlow; and TensorFlow's start-up lines on file descriptor 2, held back."""

import contextlib
import importlib.metadata
import os
import platform
import re
import shutil
import sys
import tempfile
from pathlib import Path

# Distributions that all install the same folder, site-packages/tensorflow, over each other.
TENSORFLOWS = ("tensorflow", "tensorflow-cpu", "tensorflow-gpu", "tensorflow-rocm", "tf-nightly", "tf-nightly-cpu")

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
    """Return the number of processor cores that this process may use."""
    # macOS and Windows have no affinity call
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
    """Hold file descriptor 2 back, and pass on at the end whatever is not TensorFlow's start-up chatter; hold nothing
    back where ``TF_CPP_MIN_LOG_LEVEL`` is 0 or 1."""
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
