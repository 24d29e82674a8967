"""Notebook processes side by side: started, listened to, stopped, and none left behind."""

import contextlib
import json
import queue
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from pathlib import Path

from labkit.errors import LabkitError
from labkit.runner import kernel, results

PATIENCE = 45.0  # seconds that a stopped worker gets to end its kernel and keep its notebook
SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")  # whichever of these the system has


class Pool:
    """Runs jobs (see ``labkit.runner.jobs``), at most ``parallel`` at once, each with ``environment(job)``.

    ``listener`` hears ``note(sentence)``, ``running(name, done, total, peak)`` and ``ended(name, row)``. ``rows``
    fills as notebooks end; ``interrupted`` says whether a signal ended the run.
    """

    def __init__(self, jobs: list[dict], environment, parallel: int, fail_fast: bool, listener):
        self.waiting, self.environment, self.parallel = deque(jobs), environment, parallel
        self.fail_fast, self.listener = fail_fast, listener
        self.rows: dict[str, dict] = {}
        self.interrupted = False
        self._workers: dict[str, _Worker] = {}
        self._events = queue.SimpleQueue()  # its put() may be called from a signal handler
        self._deadline = None

    def run(self) -> dict[str, dict]:
        """Run all jobs; return ``{name: row}`` with a row for each, also for those that were not started."""
        with self._signals():
            try:
                while self._workers or (self.waiting and not self._stopping):
                    while self.waiting and len(self._workers) < self.parallel and not self._stopping:
                        self._start(self.waiting.popleft())
                    with contextlib.suppress(queue.Empty):
                        self._handle(*self._events.get(timeout=0.5))
                    if self._deadline and time.monotonic() > self._deadline:
                        self._kill()
            finally:
                self._abandon()
        for job in self.waiting:
            self.rows[job["name"]] = _row("not run")
        return self.rows

    @property
    def _stopping(self) -> bool:
        failed = self.fail_fast and any(row["status"] != "ok" for row in self.rows.values())
        return self.interrupted or failed

    def _start(self, job: dict) -> None:
        self._workers[job["name"]] = _Worker(job, self.environment(job), self._events)
        self.listener.running(job["name"], 0, None, 0)

    def _handle(self, kind: str, name: str, event: dict) -> None:
        if kind == "signal":
            self._stop()
            return
        worker = self._workers[name]
        if kind == "exit":
            row = worker.row or self._mourn(worker, event["returncode"])
            del self._workers[name]
            worker.close()
            self.rows[name] = row
            self.listener.ended(name, row)
        elif event["event"] == "end":
            worker.row = {key: value for key, value in event.items() if key != "event"}
        elif event["event"] == "kernel":
            worker.kernel = event["pid"]
        else:
            worker.seen |= {key: value for key, value in event.items() if key != "event"}
            self.listener.running(name, worker.seen["done"], worker.seen["total"], worker.seen["peak"])

    def _stop(self) -> None:
        """First call: ask every worker to end. Second: kill them."""
        if self.interrupted:
            self._kill()
            return
        self.interrupted = True
        self._deadline = time.monotonic() + PATIENCE
        if self._workers:
            self.listener.note("Stopping: the kernels end and what was done is kept. Ctrl-C again ends them at once.")
        for worker in self._workers.values():
            worker.stop()

    def _kill(self) -> None:
        for worker in self._workers.values():
            worker.kill()

    def _abandon(self) -> None:
        """Whatever went wrong here, leave no process."""
        for worker in self._workers.values():
            worker.stop()
        end = time.monotonic() + 2 * kernel.STOP_GRACE
        for worker in self._workers.values():
            with contextlib.suppress(subprocess.TimeoutExpired):
                worker.process.wait(max(0.0, end - time.monotonic()))
            worker.kill()
            worker.close()

    def _mourn(self, worker, returncode: int) -> dict:
        """A worker that ended without a word was killed, or has an error of its own: keep what it left."""
        worker.kill()
        status, words = kernel.last_words(returncode, worker.kills, kernel.memory_kills(), worker.seen["peak"],
                                          "The process that looks after the kernel")
        if self.interrupted:
            status, words = "interrupted", "The run was stopped here."
        cell = worker.seen["total"] is not None and {"cell": worker.seen["done"] + 1, "source": ""}
        row = _row(status) | {
            "seconds": round(time.monotonic() - worker.began, 2), "peak_memory_bytes": worker.seen["peak"] or None,
            "cells": worker.seen["done"], "cells_total": worker.seen["total"] or 0,
            "error": results.error("WorkerDied", "", cell, words, log=results.log_tail(worker.job["log"]))}
        with contextlib.suppress(LabkitError):  # half a notebook cannot be kept; the error above says why there is none
            if Path(worker.job["aside"]).is_file():
                row |= results.keep(worker.job, row)
        return row

    @contextlib.contextmanager
    def _signals(self):
        """Take signals as events, in the main thread; elsewhere whoever called must stop the run."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        numbers = [getattr(signal, name) for name in SIGNALS if hasattr(signal, name)]
        before = {number: signal.signal(number, lambda number, _: self._events.put(("signal", "", {"number": number})))
                  for number in numbers}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


class _Worker:
    """A process of ``labkit.runner.worker`` and the thread that hears it."""

    def __init__(self, job: dict, environment: dict, events):
        self.job, self.events = job, events
        self.row = self.kernel = None
        self.seen = {"done": 0, "total": None, "peak": 0}
        self.began, self.kills = time.monotonic(), kernel.memory_kills()
        options = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP} if sys.platform == "win32" else {
            "start_new_session": True}  # Ctrl-C goes to the runner alone
        with open(job["log"], "ab") as log:
            # -P: a file of the current folder must not hide a module of the same name.
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-m", "labkit.runner.worker"], env=environment, stdin=subprocess.PIPE,
                stdout=subprocess.PIPE, stderr=log, **options)
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()
        with contextlib.suppress(OSError):  # a worker that died at once: its exit is an event
            self.process.stdin.write(json.dumps(job).encode() + b"\n")
            self.process.stdin.flush()

    def _listen(self) -> None:
        for line in self.process.stdout:
            self.events.put(("event", self.job["name"], json.loads(line)))
        self.events.put(("exit", self.job["name"], {"returncode": self.process.wait()}))

    def stop(self) -> None:
        with contextlib.suppress(OSError):
            self.process.stdin.close()

    def kill(self) -> None:
        for pid in (self.kernel, self.process.pid):
            # A kernel is ours only while its worker lives, or as long as it still is a kernel: numbers are used again.
            if pid is not None and (self.process.poll() is None or kernel.is_kernel(pid)):
                kernel.kill_tree(pid)

    def close(self) -> None:
        self.stop()
        self.process.wait()
        self._listener.join()
        self.process.stdout.close()


def _row(status: str) -> dict:
    return {"status": status, "seconds": None, "peak_memory_bytes": None, "cells": 0, "cells_total": 0, "error": None,
            "data": [], "output": None, "page": None}
