"""The kernel of a run: the interpreter of this environment, its surroundings, its memory, and how it ended."""

import contextlib
import os
import signal
import sys
import threading
import time
from pathlib import Path

import psutil

MEMORY_IS = ("largest sum of the resident memory (RSS) of the kernel and its child processes, looked at every half "
             "second, or the kernel's own high-water mark (VmHWM, Linux) where that is larger")
POLL = 0.5  # seconds between two looks
STOP_GRACE, TIMEOUT_GRACE = 3.0, 5.0  # seconds between a polite interrupt and the kill


def environment(scratch: Path, offline: bool) -> dict[str, str]:
    """Return the environment variables of a notebook's processes.

    Figures go into the notebook whatever the shell's MPLBACKEND says; ``LABKIT_HEADLESS=1`` tells widgets and
    progress bars; ``LABKIT_OFFLINE=1`` (with ``offline``) that everything was fetched already; ``PATH`` begins with
    this environment; IPython's profile lies in ``scratch``, so that a start-up file of the user does not change a
    result and a read-only home does not stop one.
    """
    variables = dict(os.environ)
    variables |= {
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "LABKIT_HEADLESS": "1",
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]),
        "IPYTHONDIR": str(scratch / "ipython"),
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        "PYTHONUNBUFFERED": "1",
    }
    if offline:
        variables["LABKIT_OFFLINE"] = "1"
    return variables


def manager(log, connection_file: Path, started):
    """Return a kernel manager class whose only kernel is ``sys.executable``.

    Jupyter finds kernels by name in folders of the user and of the system, where "python3" may be another Python;
    this class looks nowhere. ``log`` is the open file that gets what the kernel process itself prints (an abort's last
    words); ``connection_file`` is where the kernel's ports are written, and may exist only while it runs;
    ``started(process)`` is called with its ``subprocess.Popen``.
    """
    from jupyter_client import AsyncKernelManager
    from jupyter_client.kernelspec import KernelSpec

    class OwnInterpreter(AsyncKernelManager):
        def __init__(self, **options):
            super().__init__(connection_file=str(connection_file), **options)

        @property
        def kernel_spec(self):
            if self._kernel_spec is None:
                self._kernel_spec = KernelSpec(
                    argv=[sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
                    display_name="Python 3 (ipykernel)", language="python",
                )
            return self._kernel_spec

        async def start_kernel(self, **options):
            await super().start_kernel(stdout=log, stderr=log, **options)
            started(self.provisioner.process)

    return OwnInterpreter


class Watch(threading.Thread):
    """Looks after a kernel from another thread: peak memory, time per cell, stopping, and nothing left behind.

    Attributes:
        peak: bytes, see ``MEMORY_IS``.
        reason: None, "interrupted" or "timeout": why this thread stopped the kernel.
        returncode: of the kernel process once it has ended by itself, else None.
    """

    def __init__(self, timeout: float | None, report):
        super().__init__(daemon=True)
        self.timeout, self.report = timeout, report
        self.peak, self.reason = 0, None
        self._popen = self._kernel = None
        self._family: set[psutil.Process] = set()
        self._cell_began = self._stop_at = None
        self._wake, self._over = threading.Event(), threading.Event()

    @property
    def returncode(self) -> int | None:
        return self._popen.poll() if self._popen else None

    def adopt(self, popen) -> None:
        """Watch this process from now on; ends it at once when stopping was asked for before."""
        with contextlib.suppress(psutil.NoSuchProcess):
            self._kernel = psutil.Process(popen.pid)
        self._popen = popen
        self.report("kernel", pid=popen.pid)

    def cell_began(self) -> None:
        self._cell_began = time.monotonic()

    def cell_ended(self) -> None:
        self._cell_began = None
        self._look(children=False)

    def stop(self, reason="interrupted") -> None:
        """Interrupt the kernel, and kill it when it does not end the cell within the grace; returns at once."""
        self.reason = self.reason or reason
        self._wake.set()

    def close(self) -> None:
        """End the watch and every process that the kernel started and left."""
        self._over.set()
        self._wake.set()
        self.join()
        self._kill()

    def run(self):
        while not self._over.is_set():
            self._wake.wait(0.1 if self._stop_at else POLL)
            self._look()
            now = time.monotonic()
            began = self._cell_began
            if self.timeout and began is not None and now - began > self.timeout:
                self.reason = self.reason or "timeout"
            if self.reason and self._stop_at is None and self._popen:
                self._wake.clear()
                self._stop_at = now + (TIMEOUT_GRACE if self.reason == "timeout" else STOP_GRACE)
                if not self._interrupt():
                    self._stop_at = now
            elif self.reason and self._popen is None:
                self._wake.clear()  # the kernel is about to start: look again soon
            if self._stop_at is not None and now >= self._stop_at and not self._over.is_set():
                self._kill()

    def _look(self, children=True) -> None:
        """Take the memory down. A process that ends meanwhile counts with what was seen before."""
        if self._kernel is None:
            return
        total = 0
        with contextlib.suppress(psutil.Error):
            self.peak = max(self.peak, _high_water(self._kernel.pid))
            if not children:
                return
            self._family.update(self._kernel.children(recursive=True))
            total = self._kernel.memory_info().rss
        for process in list(self._family):
            try:
                total += process.memory_info().rss
            except psutil.NoSuchProcess:
                self._family.discard(process)
            except psutil.Error:
                continue
        self.peak = max(self.peak, total)
        self.report("memory", peak=self.peak)

    def _interrupt(self) -> bool:
        if os.name != "posix":
            return False
        try:
            os.killpg(self._popen.pid, signal.SIGINT)  # a kernel leads a process group of its own
        except OSError:
            return False
        return True

    def _kill(self) -> None:
        if self._kernel is None:
            return
        with contextlib.suppress(psutil.Error):
            self._family.update(self._kernel.children(recursive=True))
        for process in [self._kernel, *self._family]:
            with contextlib.suppress(psutil.Error):
                process.kill()


def _high_water(pid: int) -> int:
    try:
        with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as lines:
            for line in lines:
                if line.startswith("VmHWM:"):
                    return int(line.split()[1]) * 1024
    except OSError:
        pass
    return 0


def kill_tree(pid: int) -> None:
    """Kill a process and all that it started."""
    with contextlib.suppress(psutil.NoSuchProcess):
        root = psutil.Process(pid)
        for process in [*root.children(recursive=True), root]:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()


def is_kernel(pid: int) -> bool:
    """Tell whether a process is an IPython kernel."""
    try:
        return "ipykernel_launcher" in psutil.Process(pid).cmdline()
    except psutil.Error:
        return False


def memory_kills() -> int | None:
    """Return how many processes Linux has killed for lack of memory since it started, or None where it is not told."""
    try:
        with open("/proc/vmstat", encoding="ascii") as lines:
            for line in lines:
                if line.startswith("oom_kill "):
                    return int(line.split()[1])
    except OSError:
        pass
    return None


def last_words(returncode: int | None, kills_before: int | None, kills_after: int | None, peak: int,
               who="The kernel") -> tuple[str, str]:
    """Tell how a kernel (or ``who`` else) ended that was not asked to.

    Args:
        returncode: of its process; negative: the signal.
        kills_before, kills_after: ``memory_kills()`` at its start and after its end.
        peak: its peak memory in bytes.

    Returns a status ("out of memory" or "kernel died") and a sentence.
    """
    used = f"It had used up to {peak / 1e9:.2f} GB of the machine's {psutil.virtual_memory().total / 1e9:.1f} GB."
    advice = "Close other programs, run fewer notebooks at once (--jobs 1) or take a smaller batch."
    if returncode is None:
        return "kernel died", f"{who} stopped answering."
    if returncode == -getattr(signal, "SIGKILL", 9):
        if kills_before is None or kills_after is None:
            return "out of memory", (f"{who} was killed from outside, most likely by the system because memory "
                                     f"ran out. {used} {advice}")
        if kills_after > kills_before:
            return "out of memory", f"{who} was killed by the system because memory ran out. {used} {advice}"
        return "kernel died", (f"{who} was killed from outside (SIGKILL), and not by the system's out-of-memory "
                               f"killer. {used}")
    if returncode < 0:
        try:
            name = signal.Signals(-returncode).name
        except ValueError:
            name = f"signal {-returncode}"
        meaning = {"SIGSEGV": "a fault in compiled code", "SIGABRT": "compiled code gave up",
                   "SIGILL": "an instruction that this processor does not have",
                   "SIGBUS": "memory or disk behind a mapped file is missing",
                   "SIGTERM": "another program asked it to end"}.get(name)
        return "kernel died", f"{who} crashed: {name}" + (f", {meaning}." if meaning else ".")
    return "kernel died", f"{who} ended by itself in the middle of the cell, with exit code {returncode}."
