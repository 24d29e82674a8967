"""Notebooks executed headlessly with papermill, each in a process of its own, and summed up: ``labkit run``."""

import concurrent.futures
import contextlib
import importlib.metadata
import logging
import multiprocessing
import os
import platform
import re
import signal
import sys
import tempfile
import threading
import time
from pathlib import Path

import psutil

from labkit import files, page
from labkit.errors import LabkitError
from labkit.notebooks import Notebook, assign, find

#: Seconds that one cell may take: a full training takes what it takes, but not for ever.
PROFILES = {"quick": 600.0, "laptop": 7200.0, "full": 7 * 86400.0}
# What labkit.datasets prints for each set that a notebook loads: "Fashion-MNIST, train: 60,000 images from …".
SOURCE_LINE = re.compile(r"^\S.{0,90}: [\d,]+ (?:\w+ )?images?\b.*$", re.MULTILINE)
OUTPUT_BYTES = 5e8  # memory of the process that gathers a notebook's outputs: an endless print would fill the machine
LEFT = 0.05  # share of the memory that stays free: below it the kernel is ended, before the system ends others
ENDED = {"interrupted": "The run was stopped.",
         "too much output": f"Its outputs took more than {OUTPUT_BYTES / 1e9:g} GB of memory. Print less.",
         "out of memory": f"Less than {LEFT:.0%} of the machine's memory was left. Run fewer notebooks at once (--jobs "
                          "1), or take a smaller batch."}
_seen = {"kernels": set(), "peak": 0, "ended": ""}  # of the notebook of this process


def fetch(notebooks, say=print) -> None:
    """Fetch the image sets that the notebooks name; ``say`` a line for each that cannot be had."""
    from labkit import datasets

    for entry in map(datasets.entry, dict.fromkeys(name for each in notebooks for name in each.datasets or ())):
        try:
            for split in entry.usual_splits:
                if not datasets.find(entry, split):
                    datasets.load(entry.name, split, limit=1, stand_in="refuse", quiet=True)
        except LabkitError as error:
            say(f"{str(error).split(', and a stand-in was refused')[0]}. A stand-in takes its place. "
                f"To get it: labkit data fetch {entry.name}")


def run(names, out, profile="quick", parameters=(), jobs=1, timeout=None, say=print) -> dict:
    """Execute notebooks (see ``find``), ``jobs`` at once, with PROFILE and strings ``NAME=VALUE``; return the summary.

    ``timeout``: seconds for a cell, 0: no limit; None: what ``PROFILES`` says. ``say`` hears a line for each notebook.
    The folder ``out`` gets NAME.ipynb and NAME.html, or NAME.unfinished.… of one that did not end well (the last good
    result stays), summary.json and index.html. Ctrl-C ends the kernels and keeps what was done.
    Raises LabkitError for bad arguments, and when ``out`` cannot be written or holds a notebook that is no result.
    """
    notebooks = find(names)
    values = assign(notebooks, parameters, profile, bool(names), say)
    out = Path(out).expanduser().resolve()
    for target, notebook in [(out / f"{notebook.name}.ipynb", notebook) for notebook in notebooks]:
        if target.is_file() and (target.samefile(notebook.path) or b'"papermill"' not in target.read_bytes()):
            raise LabkitError(f"{target} is no result of a run, and would be overwritten. Choose another --out.")
    with files.locked(out, "running notebooks into"):
        return _run(notebooks, values, out, profile, parameters, jobs, timeout, say)


def _run(notebooks, values, out, profile, parameters, jobs, timeout, say):
    fetch(notebooks, say)
    limit = PROFILES[profile] if timeout is None else timeout
    about = {"profile": profile, "parameters": list(parameters), "jobs": jobs, "seconds_per_cell": limit,
             "started": time.strftime("%Y-%m-%dT%H:%M:%S%z"), "interrupted": False,
             "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, "
                        f"{psutil.virtual_memory().total / 1e9:.1f} GB",
             "versions": f"Python {platform.python_version()}, Keras {importlib.metadata.version('keras')}"}
    context, bar = multiprocessing.get_context("spawn"), jobs == 1 and sys.stderr.isatty()
    stop, waiting, running, rows = context.Event(), list(notebooks), {}, {}
    try:
        while waiting or running:
            while waiting and len(running) < jobs:
                notebook = waiting.pop(0)
                pool = concurrent.futures.ProcessPoolExecutor(1, context, _begin, (stop,))  # a pool each: one may die
                running[pool.submit(_execute, notebook, values[notebook.name], out, limit, bar)] = notebook
                pool.shutdown(wait=False)
            try:
                done, _ = concurrent.futures.wait(running, 0.5, concurrent.futures.FIRST_COMPLETED)
            except KeyboardInterrupt:
                if stop.is_set():
                    raise
                stop.set()
                waiting, done, about["interrupted"] = [], [], True
                say("Stopping: the kernels end, and what was done is kept.")
            for job in done:
                notebook, failure = running.pop(job), job.exception()
                rows[notebook.name] = row = job.result() if not failure else _row(
                    notebook, "error", error=f"{notebook.name}: its process ended: {failure}")
                say(page.line(row) + (f"\n{row['error']}" if row["error"] else ""))
    finally:
        stop.set()
    rows = [rows.get(notebook.name) or _row(notebook, "not run") for notebook in notebooks]
    summary = {"run": about | {"ok": all(row["status"] == "ok" for row in rows)}, "notebooks": rows}
    files.write_json(out / "summary.json", summary)
    page.index(summary, out / "index.html")
    return summary


def _begin(stop) -> None:
    """Begin a process that runs a notebook. A signal to all reaches it, too, but ``stop`` decides."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: None)  # not SIG_IGN, which kernels would inherit
    threading.Thread(target=_watch, args=(stop,), daemon=True).start()


def _watch(stop) -> None:
    """Measure the memory of kernel and children twice a second; end them when the run ends or a limit is passed."""
    me = psutil.Process()
    while True:
        memory = 0
        for kernel in me.children(recursive=True):
            _seen["kernels"].add(kernel)
            with contextlib.suppress(psutil.Error):
                # What several processes share, TensorFlow's code for one, counts once where the system tells.
                memory += kernel.memory_full_info().pss if psutil.LINUX else kernel.memory_info().rss
        _seen["peak"] = max(_seen["peak"], memory)
        gone = not multiprocessing.parent_process().is_alive()
        if reason := "interrupted" if stop.is_set() or gone else _too_much(me.memory_info().rss, memory):
            _seen["ended"] = _seen["ended"] or reason
            _end_kernels()
        if gone:
            os._exit(1)  # else it would wait for its next notebook for ever
        time.sleep(0.5)


def _too_much(mine: int, kernels: int) -> str:
    """Say which limit is passed, if one is: bytes of this process, which gathers outputs, and of the kernel."""
    machine = psutil.virtual_memory()
    if mine > OUTPUT_BYTES:
        return "too much output"
    return "out of memory" if machine.available < LEFT * machine.total and kernels > LEFT * machine.total else ""


def _end_kernels() -> None:
    """End the kernel and all that it started; daemons that left it are known by LABKIT_RUN in their environment."""
    for process in (*_seen["kernels"], *psutil.process_iter()):
        with contextlib.suppress(psutil.Error, OSError):
            if process in _seen["kernels"] or process.environ().get("LABKIT_RUN") == str(os.getpid()):
                process.kill()


def _execute(notebook: Notebook, values: dict, out: Path, limit: float, bar: bool) -> dict:
    """Run a notebook in this process; return its row of the summary."""
    import nbformat
    import papermill
    from nbclient.exceptions import CellTimeoutError

    logging.getLogger("papermill").setLevel(logging.CRITICAL)
    sys.stderr = os.fdopen(os.dup(2), "w")  # for the bar; what Jupyter and a dying kernel say there goes nowhere
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    aside = out / f"{notebook.name}.unfinished.ipynb"
    began, status, words = time.perf_counter(), "ok", ""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
        # Figures into the notebook, no bars, the kernel of this environment whatever else is called so, no start-up
        # file of the user's, nothing left in /tmp; what the notebook says that it loads is here by now.
        os.environ |= {"MPLBACKEND": "module://matplotlib_inline.backend_inline", "LABKIT_HEADLESS": "1",
                       "JUPYTER_PREFER_ENV_PATH": "1", "JUPYTER_PATH": "", "IPYTHONDIR": scratch,
                       "TMPDIR": scratch, "PYDEVD_DISABLE_FILE_VALIDATION": "1", "LABKIT_RUN": str(os.getpid())} | (
                           {"LABKIT_OFFLINE": "run"} if notebook.datasets is not None else {})
        try:
            # papermill formats paths with the parameters: braces in them are doubled.
            papermill.execute_notebook(
                *[str(path).replace("{", "{{").replace("}", "}}") for path in (notebook.path, aside)], values,
                kernel_name="python3", language="python", cwd=notebook.path.parent, progress_bar=bar,
                execution_timeout=limit or None, start_timeout=180, iopub_timeout=60, store_widget_state=False,
                shutdown_kernel="immediate")  # asked to end, every third kernel lets 3 seconds pass
        except papermill.PapermillExecutionError as error:
            status, words = "error", re.sub(r"\x1b\[[\d;]*m", "", "\n".join(error.traceback))
        except CellTimeoutError:
            status = "timeout"
            words = f"The cell took longer than {limit:g} s. Give it more with --timeout, or less to do (-p STEPS=…)."
        except RuntimeError as error:  # nbclient's word for a dead kernel
            status = _seen["ended"] or "kernel died"
            words = (f"{error} ({_seen['peak'] / 1e9:.1f} of {psutil.virtual_memory().total / 1e9:.1f} GB were used). "
                     + ENDED.get(status, "Where memory ran out: run fewer notebooks at once, or take a smaller batch."))
        _end_kernels()
    executed = nbformat.read(aside, as_version=4)
    code = [cell for cell in executed.cells if cell.cell_type == "code" and cell.source.strip()]
    ran = [cell for cell in code if cell.metadata.papermill.get("start_time")]
    stem = notebook.name if status == "ok" else aside.stem
    printed = "\n".join(output.text for cell in code for output in cell.outputs if output.get("name") == "stdout")
    row = _row(notebook, status, seconds=round(time.perf_counter() - began, 2), peak_memory_bytes=_seen["peak"],
               parameters=values, cells=max(len(ran) - (status != "ok"), 0), cells_total=len(code),
               output=f"{stem}.ipynb", page=f"{stem}.html", images=list(dict.fromkeys(SOURCE_LINE.findall(printed))))
    if status != "ok":
        source = "".join(f"  | {line}\n" for line in (ran[-1].source if ran else "").splitlines()[:6])
        row["error"] = f"{notebook.name}: {status} in cell In [{len(ran)}]\n{source}{words}"
        if (out / f"{notebook.name}.html").is_file():
            row["error"] += f"\nThe last good result is still {notebook.name}.html."
    executed.metadata.papermill |= {"input_path": notebook.path.name, "output_path": row["output"]}  # no folders
    nbformat.write(executed, aside)
    aside.replace(out / row["output"])
    aside.with_suffix(".html").unlink(missing_ok=True)
    page.write(executed.cells, out / row["page"], notebook.title,
               f"[← all notebooks of this run](index.html) · {page.line(row)}{page.error(row)}")
    return row


def _row(notebook: Notebook, status: str, **values) -> dict:
    return {"notebook": notebook.name, "title": notebook.title, "status": status, "seconds": None,
            "peak_memory_bytes": None, "cells": 0, "cells_total": 0, "images": [], "parameters": {}, "output": None,
            "page": None, "error": None} | values
