"""The process of one notebook: ``python -m labkit.runner.worker``, started by ``labkit.runner.jobs``.

It reads one line of JSON (the job) from standard input and tells what happens as lines of JSON on standard output.
Standard input stays open: when it closes, because the run was stopped or the runner is gone, the kernel is ended and
the notebook is kept as far as it came. Nothing outlives this process, and no signal is needed, so it works on
every system.
"""

import contextlib
import json
import logging
import os
import signal
import threading
import time
import traceback
from pathlib import Path

from labkit import files
from labkit.errors import LabkitError
from labkit.runner import kernel, results
from labkit.runner.results import error as error_of

HEAD = 4  # lines of a failing cell's source that are shown
STUCK = 20.0  # seconds after which a process that was told to stop ends without tidying up


class Stopped(Exception):
    """Ends a notebook between two cells."""


def main() -> None:
    """Run the job on standard input."""
    lifeline = open(0, "rb", buffering=0, closefd=False)  # noqa: SIM115  unbuffered: a thread may wait on it at exit
    job = json.loads(lifeline.readline())
    events = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
    os.dup2(2, 1)  # what libraries print goes to the log, not between the events
    lock = threading.Lock()

    def report(event: str, **values) -> None:
        with contextlib.suppress(OSError), lock:  # nobody reads any more: go on and keep the notebook
            events.write(json.dumps({"event": event} | values) + "\n")

    watch = kernel.Watch(job["timeout"], report)
    signal.signal(signal.SIGINT, lambda *_: watch.stop())
    signal.signal(signal.SIGTERM, lambda *_: watch.stop())

    def listen() -> None:
        while lifeline.read(1):
            pass
        watch.stop()
        time.sleep(STUCK)
        kernel.kill_tree(os.getpid())

    threading.Thread(target=listen, daemon=True).start()
    report("end", **Run(job, watch, report).result())


class Run:
    """One notebook from start to result."""

    def __init__(self, job: dict, watch, report):
        self.job, self.watch, self.report = job, watch, report
        self.started = self.done = self.total = 0
        self.source = ""

    def result(self) -> dict:
        """Execute, keep the notebook, make its page; return the row of the summary. Never raises for the notebook."""
        import papermill  # noqa: F401  takes seconds, which are not the notebook's

        began = time.perf_counter()
        kills = kernel.memory_kills()
        self.watch.start()
        status, error = "ok", None
        try:
            status, error = self._attempt()
        finally:
            self.watch.close()
        seconds = time.perf_counter() - began
        if status == "kernel died":
            status, error["words"] = kernel.last_words(self.watch.returncode, kills, kernel.memory_kills(),
                                                       self.watch.peak)
        row = {"status": status, "seconds": round(seconds, 2), "peak_memory_bytes": self.watch.peak or None,
               "cells": self.done, "cells_total": self.total, "error": error, "data": [], "output": None, "page": None}
        try:
            row |= self._keep(row)
        except LabkitError as problem:
            row["status"] = "error" if status == "ok" else status
            row["error"] = error or error_of("LabkitError")
            row["error"]["words"] = f"{row['error']['words']} {problem}".strip()
        return row

    def _attempt(self) -> tuple[str, dict | None]:
        status, error = self._execute()
        if status == "kernel died" and self.started == 0 and self.watch.reason is None:
            # Two kernels that start at once may be given the same port; the second start finds another.
            status, error = self._execute()
        if status == "kernel died" and self.started == 0 and self.watch.reason is None:
            return "not started", error | {"words": "The kernel did not start. " + error["words"]}
        return status, error

    def _execute(self) -> tuple[str, dict | None]:
        """Run papermill; return a status and, unless it is "ok", what is known of the error."""
        import papermill
        from nbclient.exceptions import CellTimeoutError, DeadKernelError
        from nbformat import ValidationError

        logging.getLogger("papermill").setLevel(logging.CRITICAL)
        logging.getLogger("traitlets").setLevel(logging.CRITICAL)
        job = self.job
        try:
            with open(job["log"], "ab") as log:
                papermill.execute_notebook(
                    _braced(job["notebook"]), _braced(job["aside"]), job["parameters"],
                    kernel_name="python3", language="python", progress_bar=False, cwd=job["cwd"],
                    start_timeout=job["start_timeout"], iopub_timeout=60, store_widget_state=False,
                    kernel_manager_class=kernel.manager(log, Path(job["log"]).with_suffix(".json"), self.watch.adopt),
                    on_notebook_start=self._begin, on_cell_start=self._between, on_cell_execute=self._cell_began,
                    on_cell_executed=self._cell_ended,
                )
        except papermill.PapermillExecutionError as failure:
            return self._stopped() or self._failed(failure)
        except Stopped:
            return self._stopped()
        except (DeadKernelError, RuntimeError) as problem:  # nbclient raises both, before and after the first cell
            return self._stopped() or ("kernel died", error_of("KernelDied", "", self._cell(), str(problem),
                                                               log=results.log_tail(self.job["log"])))
        except CellTimeoutError as problem:
            words = f"The kernel has finished the cell but its output does not arrive. {str(problem)[:200]}"
            return self._stopped() or ("error", error_of("Timeout", "", self._cell(), words))
        except OSError as problem:
            words = str(files.readable(problem, job["out"]))
            return self._stopped() or ("error", error_of(type(problem).__name__, words, self._cell(), words=words))
        except (ValidationError, ValueError) as problem:
            return "not started" if not self.started else "error", error_of(
                type(problem).__name__, str(problem), self._cell(), words="The notebook could not be prepared or read.",
                trace=traceback.format_exc().splitlines()[-12:])
        return self._stopped() or ("ok", None)

    def _begin(self, notebook) -> None:
        self.total = sum(_runs(cell) for cell in notebook.cells)
        self.report("cells", done=0, total=self.total)

    def _between(self, cell, cell_index) -> None:
        if self.watch.reason:
            raise Stopped

    def _cell_began(self, cell, cell_index) -> None:
        self.started += 1
        self.source = cell.source
        self.watch.cell_began()

    def _cell_ended(self, cell, cell_index, execute_reply) -> None:
        self.watch.cell_ended()
        if (execute_reply or {}).get("content", {}).get("status") != "error":
            self.done += 1
        self.report("cells", done=self.done, total=self.total)

    def _cell(self) -> dict:
        lines = [line for line in self.source.splitlines() if line.strip()]
        head = "\n".join(lines[:HEAD] + ["…"] * (len(lines) > HEAD))
        return {"cell": self.started or None, "source": head}

    def _stopped(self) -> tuple[str, dict] | None:
        if self.watch.reason == "timeout":
            limit = self.job["timeout"]
            words = (f"The cell took longer than the {limit:g} s that a cell may take. Give it more with "
                     f"--timeout {max(2 * limit, 60):g}, or less to do (for example with -p STEPS=…).")
            return "timeout", error_of("Timeout", "", self._cell(), words=words)
        if self.watch.reason:
            return "interrupted", error_of("Interrupted", "", self._cell(), words="The run was stopped here.")
        return None

    def _failed(self, failure) -> tuple[str, dict]:
        words, status = "", "error"
        if "MemoryError" in failure.ename or failure.ename == "ResourceExhaustedError":
            status, words = "out of memory", "The cell asked for more memory than there is; the kernel itself survived."
        return status, error_of(failure.ename, failure.evalue, self._cell(), words=words, trace=failure.traceback)

    def _keep(self, row: dict) -> dict:
        """Move the notebook into place with its page; a notebook that did not end well gets a name of its own."""
        if not Path(self.job["aside"]).is_file():
            return {}
        return results.keep(self.job, row)


def _runs(cell) -> bool:
    skipped = "skip-execution" in cell.metadata.get("tags", [])
    return cell.cell_type == "code" and bool(cell.source.strip()) and not skipped


def _braced(path: str) -> str:
    """papermill formats paths with the parameters: a brace in a folder's name must be doubled."""
    return path.replace("{", "{{").replace("}", "}}")


if __name__ == "__main__":
    main()
