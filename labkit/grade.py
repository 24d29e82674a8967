"""Submitted notebooks, each run in a box and graded by the checks of its exercises: ``labkit grade``.

A box has a user, a disk, a network and a table of processes of its own (Linux namespaces), and holds neither solutions
nor anybody else's files. What it writes is gone with it.
"""

import collections
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
DEVICES = ("/dev/null", "/dev/zero", "/dev/random", "/dev/urandom")
HOME = "/tmp/home"  # in the box
BIND, RECURSIVE, MOUNT_SETATTR = 4096 | 16384, 0x8000, 442
CHECK = re.compile(r"exercises\.check\(\s*[\"']((\d\d)\.\d+)[\"']")
LARGEST, PROCESSES = 50e6, 400  # bytes of a notebook; processes in one box
WORDS = {"correct": "✓ solved", "mistake": "✗ not yet:", "not attempted": "○ not attempted"}


def grade(folder, out, jobs=1, timeout=600.0, memory=6e9, say=print) -> Table:
    """Grade every notebook in a folder and below it, ``jobs`` at once; return the table, and write it to ``out`` (CSV).

    timeout: seconds for a notebook. memory: bytes for all its processes together. Raises LabkitError where there is no
    notebook, and where this system cannot build the box that keeps a submission from doing harm.
    """
    folder = Path(folder)
    found = [path for path in sorted(folder.rglob("*.ipynb"))
             if not any(part.startswith(".") for part in path.relative_to(folder).parts)]
    if not found:
        raise LabkitError(f"{folder} holds no notebook (*.ipynb). Name the folder that the submissions are in.")
    try:
        lacks = subprocess.run([*UNSHARE, "true"], capture_output=True, text=True, timeout=20).stderr.strip()
    except (OSError, subprocess.SubprocessError) as error:
        lacks = str(error)
    if lacks:
        raise LabkitError(f"this system cannot keep a submission from doing harm ({lacks}). It takes a Linux that "
                          "lets you make namespaces, a virtual machine for instance: see docs/instructors.md.")
    rows = []
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        for path, row in zip(found, pool.map(lambda path: _row(path, folder, timeout, memory), found), strict=True):
            # No signs that steer a terminal, and nothing that a spreadsheet would compute.
            rows.append(tuple(re.sub(r"^(?=[=+@-])", "'", re.sub(r"[\x00-\x1f\x7f-\x9f]+", " ", cell))
                              for cell in (str(path.relative_to(folder)), *row)))
            say(f"{len(rows)} of {len(found)}: {rows[-1][0]}: {rows[-1][-2] or rows[-1][-1]}")
    table = Table("", ("file", "notebook", *map(str, range(1, 5)), "solved", "how it ended"), tuple(rows))
    with files.atomic(out, "w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([table.head, *rows])
    return table


def _row(path, folder, timeout, memory) -> tuple:
    try:
        notebook, number = _read(path)
    except Exception as error:  # noqa: BLE001  whatever is wrong with a file is said in its row
        return "", *[""] * 5, f"not graded: {(str(error).splitlines() or ['?'])[0]:.100}"
    with tempfile.TemporaryDirectory(prefix="grade-", ignore_cleanup_errors=True) as place:
        ended, results = _run(path, folder, notebook, Path(place), timeout, memory), {}
        for line in Path(place, "results").read_bytes()[:100_000].splitlines():
            with contextlib.suppress(ValueError, TypeError, KeyError):
                id, status, hint = json.loads(line)
                if results.get(id) != WORDS["correct"]:  # the best of several tries
                    results[id] = f"{WORDS[status]} {hint or ''}".strip()[:40]
    there = {id for cell in notebook.cells if cell.cell_type == "code" for id, _ in CHECK.findall(cell.source)}
    cells = [results.get(id, "… not reached" if id in there else "… not there")
             for id in known() if id.startswith(number) and "p" not in id]
    solved = f"{cells.count(WORDS['correct'])} of {len(cells)}"
    return number, *cells, *[""] * (4 - len(cells)), solved, ended


def _read(path):
    """Return a notebook, made to go on after an error, and the number of the lab whose exercises are in it."""
    if path.is_symlink() or not path.is_file() or path.stat().st_size > LARGEST:
        raise LabkitError("no ordinary file, or a very large one")
    notebook = nbformat.reads(path.read_text(encoding="utf-8"), as_version=4)
    counts = collections.Counter(number for cell in notebook.cells for id, number in CHECK.findall(cell.source)
                                 if id in known())
    if not counts:
        raise LabkitError("no exercise of these labs is in it")
    for cell in notebook.cells:
        cell.metadata["tags"] = [*cell.metadata.get("tags", []), "raises-exception"]
    return notebook, max(counts, key=counts.get)


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
    job = {"keep": list(dict.fromkeys([sys.prefix, sys.base_prefix, data, cache, str(place)])), "data": data,
           "place": str(place), "memory": int(memory), "timeout": timeout}
    settings = {"PATH": f"{sys.prefix}/bin:/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": HOME, "USER": "student",
                "LABKIT_HOME": f"{HOME}/labs", "LABKIT_DATA": cache, "LABKIT_OFFLINE": "1",
                "LABKIT_RESULTS": f"{place}/results", "PYTHONPATH": str(place), "CUDA_VISIBLE_DEVICES": ""}
    began, used = time.monotonic(), []
    with open(place / "said", "w+", encoding="utf-8", errors="replace") as said:
        child = subprocess.Popen([*UNSHARE, sys.executable, "-m", "labkit.grade", json.dumps(job)], cwd=place,
                                 env=settings, stdin=subprocess.DEVNULL, stdout=said, stderr=said)
        try:
            while child.poll() is None:
                time.sleep(0.3)
                with contextlib.suppress(psutil.Error):  # one has just ended: look again
                    used = [process.memory_info().rss for process in psutil.Process(child.pid).children(recursive=True)]
                spent = time.monotonic() - began
                if sum(used) > memory or len(used) > PROCESSES or spent > timeout:
                    return f"stopped: {spent:.0f} s, {sum(used) / 1e9:.1f} GB, {len(used)} processes"
        finally:
            child.kill()
            child.wait()
        said.seek(max(0, said.seek(0, os.SEEK_END) - 2000))
        errors = re.findall(r"^\w+(?:Error|Exception|Interrupt)\b.{,80}", said.read(), re.MULTILINE)
    return "ended well" if child.returncode == 0 else errors[-1] if errors else "died"


def _box(keep, data, place, memory, timeout) -> None:
    """Build the box around this process, then become ``labkit run``, as yet another user, who cannot open it."""
    import fcntl
    import resource

    libc, results = ctypes.CDLL(None, use_errno=True), f"{place}/results"

    def done(code):
        if code:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))

    def mount(source, target, kind=None, flags=BIND, options=None):
        done(libc.mount(source.encode(), target.encode(), kind, ctypes.c_ulong(flags), options))

    def change(where, how, on, off):
        words = (ctypes.c_uint64 * 4)(on, off)
        done(libc.syscall(MOUNT_SETATTR, -100, where.encode(), how, words, ctypes.c_size_t(32)))

    # An empty folder over all but the system; back comes what is needed; all is read-only but /tmp and the results.
    opened = {path: os.open(path, os.O_PATH) for path in (*keep, *DEVICES, results)}
    hidden = [f"/{entry.name}" for entry in os.scandir("/") if entry.is_dir(follow_symlinks=False)
              and entry.name not in SYSTEM]
    for where in hidden:
        mount("tmpfs", where, b"tmpfs", 2 | 4, b"size=1g,mode=777")
    for path, handle in opened.items():
        if os.path.isdir(f"/proc/self/fd/{handle}"):
            os.makedirs(path, exist_ok=True)
        else:
            Path(path).touch()
        mount(f"/proc/self/fd/{handle}", path)
        os.close(handle)
    os.mkdir("/dev/shm")
    change("/", RECURSIVE, 1, 0)
    for where in ("/tmp", "/dev", results):
        change(where, 0, 0, 1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as plug:  # a notebook speaks to its kernel over "lo"
        fcntl.ioctl(plug, 0x8914, b"lo".ljust(16, b"\0") + b"\x41".ljust(16, b"\0"))
    shutil.copytree(f"{place}/work", "/tmp/work", symlinks=True)
    os.makedirs(f"{HOME}/labs")
    os.symlink(data, f"{HOME}/labs/data")
    for kind, most in ((resource.RLIMIT_DATA, memory), (resource.RLIMIT_CORE, 0), (resource.RLIMIT_FSIZE, 2**28)):
        resource.setrlimit(kind, (most, most))
    os.execvp("unshare", ["unshare", "--user", sys.executable, "-m", "labkit.cli", "run", "/tmp/work/submitted.ipynb",
                          "--out", "/tmp/out", "--timeout", str(timeout)])


if __name__ == "__main__":
    _box(**json.loads(sys.argv[1]))
