"""Submitted notebooks, each run in a box and graded by the checks of its exercises: ``labkit grade``.

A box has a user, a disk, a network and a table of processes of its own (Linux namespaces), and holds neither solutions
nor anybody else's files. What it writes is gone with it.
"""

import concurrent.futures
import contextlib
import csv
import ctypes
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import nbformat
import psutil

import labkit
from labkit import files
from labkit.errors import LabkitError
from labkit.exercises import known
from labkit.tables import Table

# All processes of a box end with its first one, and that ends with this command.
UNSHARE = ("unshare", "--user", "--map-root-user", "--mount", "--net", "--ipc", "--pid", "--fork", "--kill-child",
           "--mount-proc")
SYSTEM = {"bin", "etc", "lib", "lib64", "proc", "sbin", "sys", "usr"}
HOME = "/tmp/home"  # in the box
BIND, RECURSIVE, MOUNT_SETATTR = 4096 | 16384, 0x8000, 442
CHECK = re.compile(r"exercises\.check\(\s*[\"']((\d\d)\.\d+)[\"']")
PROCESSES = 400  # in one box
WORDS = {"correct": "✓ solved", "mistake": "✗ not yet:", "not attempted": "○ not attempted"}


def grade(folder, jobs=1, timeout=600.0, memory=6e9, say=print) -> Table:
    """Grade every notebook in a folder and below it, ``jobs`` at once; return the table, and write its grades.csv.

    timeout: seconds for a notebook. memory: bytes for all its processes together. Raises LabkitError where there is no
    notebook, and where this system cannot build the box that keeps a submission from doing harm.
    """
    folder, rows = Path(folder), []
    found = [path for path in sorted(folder.rglob("*.ipynb"))
             if path.is_file() and ".ipynb_checkpoints" not in path.parts]
    if not found:
        raise LabkitError(f"{folder} holds no notebook (*.ipynb). Name the folder that the submissions are in.")
    try:
        subprocess.run([*UNSHARE, "true"], check=True, capture_output=True, timeout=20)
    except (OSError, subprocess.SubprocessError) as error:
        raise LabkitError("this system cannot keep a submission from doing harm: it takes a Linux that lets you make "
                          f"namespaces, a virtual machine for instance (docs/instructors.md). {error}") from error
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        for row in pool.map(lambda path: _row(path, folder, timeout, memory), found):
            # No signs that steer a terminal, and nothing that a spreadsheet would compute.
            rows.append(tuple(re.sub(r"^(?=[=+@-])", "'", re.sub(r"[\x00-\x1f\x7f-\x9f]+", " ", cell)) for cell in row))
            say(f"{len(rows)} of {len(found)}: {rows[-1][0]}: {rows[-1][-2] or rows[-1][-1]}")
    table = Table("", ("file", "notebook", *map(str, range(1, 5)), "solved", "how it ended"), tuple(rows))
    with files.atomic(folder / "grades.csv", "w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([table.head, *rows])
    return table


def _row(path, folder, timeout, memory) -> tuple:
    name, results = str(path.relative_to(folder)), {}
    try:
        notebook = nbformat.reads(path.read_text(encoding="utf-8"), as_version=4)
        there = {id: number for cell in notebook.cells for id, number in CHECK.findall(cell.source) if id in known()}
        number = max(there.values(), key=[*there.values()].count)
        for cell in notebook.cells:
            cell.metadata["tags"] = [*cell.metadata.get("tags", []), "raises-exception"]  # and the next cell runs
    except Exception as error:  # noqa: BLE001  whatever is wrong with a file is said in its row
        return name, *[""] * 6, f"not graded: {(str(error).splitlines() or ['?'])[0]:.100}"
    with tempfile.TemporaryDirectory(prefix="grade-", ignore_cleanup_errors=True) as place:
        ended = _run(path, folder, notebook, Path(place), timeout, memory)
        for line in Path(place, "results").read_bytes()[:100_000].splitlines():
            with contextlib.suppress(ValueError, TypeError, KeyError):
                id, status, hint = json.loads(line)
                results[id] = f"{WORDS[status]} {hint or ''}".strip()[:40]
    cells = [results.get(id, "… not reached" if id in there else "… not there")
             for id in known() if id.startswith(number) and "p" not in id]
    return name, number, *cells, *[""] * (4 - len(cells)), f"{cells.count(WORDS['correct'])} of {len(cells)}", ended


def _run(path, folder, notebook, place, timeout, memory) -> str:
    """Run a submission, with what lies beside it in a folder of its own; return how it ended."""
    shutil.copytree(Path(labkit.__file__).parent, place / "labkit", ignore=shutil.ignore_patterns("__pycache__"))
    with contextlib.suppress(shutil.Error):  # a pipe, for instance, is left out
        if path.parent != folder:  # there it might be other people's
            shutil.copytree(path.parent, place / "work", symlinks=True)
    (place / "work").mkdir(exist_ok=True)
    (place / "results").touch()
    nbformat.write(notebook, place / "work" / "submitted.ipynb")
    data, cache = str(files.data().resolve()), str(files.cache().resolve())
    keep = list(dict.fromkeys(["/dev/null", "/dev/urandom", sys.prefix, sys.base_prefix, data, cache, str(place),
                               f"{place}/results"]))
    then = ["unshare", "--user", "prlimit", f"--data={memory:.0f}", "--core=0", sys.executable, "-m", "labkit.cli",
            "run", "/tmp/work/submitted.ipynb", "--out", "/tmp/out", "--timeout", str(timeout)]
    settings = {"PATH": f"{sys.prefix}/bin:/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": HOME, "USER": "student",
                "LABKIT_HOME": f"{HOME}/labs", "LABKIT_DATA": cache, "LABKIT_OFFLINE": "1",
                "LABKIT_RESULTS": f"{place}/results", "PYTHONPATH": str(place), "CUDA_VISIBLE_DEVICES": ""}
    command = [*UNSHARE, sys.executable, "-m", "labkit.grade", json.dumps([keep, data, str(place), then])]
    until, used, nowhere = time.monotonic() + timeout, [], subprocess.DEVNULL
    with subprocess.Popen(command, cwd=place, env=settings, stdin=nowhere, stdout=nowhere, stderr=nowhere) as child:
        while child.poll() is None:
            time.sleep(0.3)
            with contextlib.suppress(psutil.Error):  # one has just ended: look again
                used = [process.memory_info().rss for process in psutil.Process(child.pid).children(recursive=True)]
            if sum(used) > memory or len(used) > PROCESSES or time.monotonic() > until:
                child.kill()
                return f"stopped: {sum(used) / 1e9:.1f} GB, {len(used)} processes, at most {timeout:.0f} s"
    return "with an error" if child.returncode else "well"


def _box(keep, data, place, then) -> None:
    """Build the box around this process, then become a command, as yet another user, who cannot open it."""
    import fcntl

    libc = ctypes.CDLL(None, use_errno=True)

    def done(code):
        if code:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))

    def mount(source, target, kind=None, flags=BIND, options=None):
        done(libc.mount(source.encode(), target.encode(), kind, ctypes.c_ulong(flags), options))

    def change(where, how, on, off):
        words = (ctypes.c_uint64 * 4)(on, off)
        done(libc.syscall(MOUNT_SETATTR, -100, where.encode(), how, words, ctypes.c_size_t(32)))

    # An empty folder over all but the system; back comes what is needed; all is read-only but /tmp and the results.
    opened = {path: os.open(path, os.O_PATH) for path in keep}
    for entry in os.scandir("/"):
        if entry.is_dir(follow_symlinks=False) and entry.name not in SYSTEM:
            mount("tmpfs", entry.path, b"tmpfs", 2 | 4, b"size=1g,mode=777")
    for path, handle in opened.items():
        if os.path.isdir(f"/proc/self/fd/{handle}"):
            os.makedirs(path, exist_ok=True)
        else:
            Path(path).touch()
        mount(f"/proc/self/fd/{handle}", path)
        os.close(handle)
    os.mkdir("/dev/shm")
    change("/", RECURSIVE, 1, 0)
    for where in ("/tmp", "/dev", keep[-1]):
        change(where, 0, 0, 1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as plug:  # a notebook speaks to its kernel over "lo"
        fcntl.ioctl(plug, 0x8914, b"lo".ljust(16, b"\0") + b"\x41".ljust(16, b"\0"))
    shutil.copytree(f"{place}/work", "/tmp/work", symlinks=True)
    os.makedirs(f"{HOME}/labs")
    os.symlink(data, f"{HOME}/labs/data")
    os.execvp(then[0], then)


if __name__ == "__main__":
    _box(*json.loads(sys.argv[1]))
