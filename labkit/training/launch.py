"""Workers on this one machine, as processes: for the tests, and for notebook 14, which trains with two of them."""

import os
import socket
import subprocess
import sys

from labkit import files


def free_addresses(count: int) -> str:
    """Return ``count`` addresses of this machine with ports that nobody uses now: "localhost:p,localhost:q"."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind(("localhost", 0))
        return ",".join(f"localhost:{one.getsockname()[1]}" for one in sockets)
    finally:
        for one in sockets:
            one.close()


def start(command, index: int, cores: int = 1) -> subprocess.Popen:
    """Start ``command`` (strings, without the program) as a process of its own; its output is text, in pipes.

    command: what follows ``labkit`` on the command line, or a path ending in .py with its arguments. index: the
    worker's, used only to give each its own processor core where the system lets one. cores: TensorFlow's threads.
    """
    command = [str(part) for part in command]
    program = [] if command[0].endswith(".py") else ["-m", "labkit.cli"]
    environment = {**os.environ, "TF_NUM_INTRAOP_THREADS": str(cores), "TF_NUM_INTEROP_THREADS": str(cores),
                   "LABKIT_HEADLESS": "1", "CUDA_VISIBLE_DEVICES": "-1"}
    process = subprocess.Popen([sys.executable, *program, *command], text=True, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, cwd=files.home(), env=environment)
    if hasattr(os, "sched_setaffinity"):
        mine = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(process.pid, {mine[(index * cores + k) % len(mine)] for k in range(cores)})
    return process


def finish(processes, seconds: float = 300) -> list[tuple[int, str, str]]:
    """Wait for processes; return (exit code, stdout, stderr) of each. What is still running at the end is killed."""
    try:
        return [(*_ended(process, seconds),) for process in processes]
    finally:
        for process in processes:
            if process.poll() is None:
                process.kill()
                process.communicate()


def _ended(process, seconds):
    out, err = process.communicate(timeout=seconds)
    return process.returncode, out, err
