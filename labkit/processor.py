"""What this machine's processor is and can; no TensorFlow."""

import contextlib
import os
import platform
import re
import subprocess
import sys
from functools import cache
from pathlib import Path


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
