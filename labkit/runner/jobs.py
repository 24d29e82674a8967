"""A run from names to a report: find, check, fetch, execute, sum up."""

import contextlib
import dataclasses
import datetime
import json
import os
import shutil
import tempfile
import time
from pathlib import Path

import psutil

from labkit import files
from labkit.errors import LabkitError
from labkit.runner import discover, kernel, pool, results, summary
from labkit.runner.parameters import assign

PROFILES = ("quick", "laptop", "full")
# Seconds that one cell may take. Headers promise a minute and half an hour for a whole notebook; a full training
# takes what it takes, but not for ever.
TIMEOUTS = {"quick": 600.0, "laptop": 7200.0, "full": 7 * 86400.0}
START_TIMEOUT = 180  # seconds until a kernel must answer; a loaded laptop needs ten
RUN_FOLDER, OWNER = ".run-", "run.owner"


@dataclasses.dataclass(frozen=True, slots=True)
class Row:
    """What became of one notebook.

    Attributes:
        notebook, title: its stem and its heading.
        status: "ok", "error" (a cell raised), "timeout", "out of memory", "kernel died", "not started" (the kernel
            or the notebook's file is broken), "interrupted", or "not run".
        seconds: from the start of its kernel to the end, or None.
        peak_memory_bytes: of the kernel, see ``labkit.runner.kernel.MEMORY_IS``, or None.
        cells, cells_total: code cells that ended well, and all.
        data: the lines that it printed about where its images came from.
        parameters: what it was called with.
        output, page: names of the executed notebook and its page in the output folder, or None.
        error: None, or {"cell": n of In [n], "source", "name", "value", "words", "traceback": lines, "log": lines}.
        finished: time in ISO 8601, or None.
        earlier_good: when an earlier result still lies in the output folder beside an unfinished one, or None.
    """

    notebook: str
    title: str
    status: str
    seconds: float | None = None
    peak_memory_bytes: int | None = None
    cells: int = 0
    cells_total: int = 0
    data: tuple[str, ...] = ()
    parameters: dict = dataclasses.field(default_factory=dict)
    output: str | None = None
    page: str | None = None
    error: dict | None = None
    finished: str | None = None
    earlier_good: str | None = None


@dataclasses.dataclass(slots=True)
class Report:
    """A run: its rows in the order of the notebooks, where the results lie, and what it ran with."""

    out: Path
    about: dict
    rows: list[Row]
    interrupted: bool = False

    @property
    def ok(self) -> bool:
        """Whether every notebook ran to its end."""
        return all(row.status == "ok" for row in self.rows)


class Listener:
    """What a run tells while it runs; this one says nothing. ``labkit.runner.screen`` has those that print."""

    def note(self, sentence: str) -> None:
        """A sentence for the reader, before or between notebooks."""

    def begin(self, names: list[str]) -> None:
        """The notebooks that are about to run."""

    def running(self, name: str, done: int, total: int | None, peak: int) -> None:
        """A notebook has done so many of its code cells; ``peak`` bytes so far."""

    def ended(self, row: Row) -> None:
        """A notebook has ended."""

    def finish(self, report: Report) -> None:
        """Everything has ended and is written."""

    def close(self) -> None:
        """Called last, also after an error."""


def run(names=(), profile="quick", parameters=(), out=None, jobs=1, timeout=None, fail_fast=False, fetch=True,
        listener=None, command=None) -> Report:
    """Execute notebooks in processes of their own and write what came of it.

    Args:
        names: paths, stems or numbers of notebooks; none: the numbered ones of ``notebooks/``.
        profile: "quick", "laptop" or "full", passed as PROFILE to notebooks that have it.
        parameters: strings ``NAME=VALUE``; checked before anything starts.
        out: folder for the results, ``build/`` of the clone by default.
        jobs: how many notebooks run at once.
        timeout: seconds per cell; None: what the profile allows (``TIMEOUTS``); 0: no limit.
        fail_fast: start no further notebook after one has failed.
        fetch: fetch the image sets that the notebooks name in their metadata first, then run those offline.
        listener: hears how it goes (``Listener``).
        command: the command as typed, for the summary.

    The kernels' working directory is the notebook's own folder, as in JupyterLab. ``out`` gets, for each notebook,
    NAME.ipynb and NAME.html (NAME.unfinished.… where it did not end well: the last good result stays), and
    summary.json and index.html; an earlier run's rows stay in both for notebooks that are not run again. Ctrl-C and
    SIGTERM end the kernels, keep what was done, and set ``interrupted``.

    Raises LabkitError for bad arguments, unknown notebooks or parameters, and when ``out`` cannot be written.
    """
    listener = listener or Listener()
    if profile not in PROFILES:
        raise LabkitError(f"There is no profile {profile!r}; choose one of {', '.join(PROFILES)}.")
    if jobs < 1:
        raise LabkitError(f"--jobs {jobs}: at least one notebook must run at a time.")
    if timeout is not None and timeout < 0:
        raise LabkitError(f"--timeout {timeout:g}: give seconds per cell, or 0 for no limit.")
    limit = TIMEOUTS[profile] if timeout is None else timeout or None
    notebooks = discover.find(names)
    assigned, notes = assign(notebooks, parameters, profile, named=bool(names))
    out = Path(out).expanduser().resolve() if out else files.home() / "build"
    with _folder(out) as scratch:
        for note in notes:
            listener.note(note)
        if fetch:
            from labkit.runner import fetching

            fetching.fetch(notebooks, listener.note)
        about = summary.about(profile, parameters, limit, jobs, command)
        before = summary.earlier(out)
        listener.begin([notebook.name for notebook in notebooks])
        work = [_job(notebook, assigned[notebook.name], limit, out, scratch) for notebook in notebooks]
        report = Report(out, about, [])
        hears = _Recorder(listener, report, {job["name"]: job for job in work}, before)
        # A notebook that does not say what it loads may have to fetch it itself.
        offline = {notebook.name for notebook in notebooks if fetch and notebook.datasets is not None}
        runs = pool.Pool(work, lambda job: kernel.environment(scratch, job["name"] in offline), jobs, fail_fast, hears)
        runs.run()
        report.interrupted = runs.interrupted
        hears.complete(runs.rows)
    try:
        summary.write(report, before, finished=True)  # after this run's own folder is gone, should the disk be full
    finally:
        listener.finish(report)
    return report


def _job(notebook, values: dict, limit, out: Path, scratch: Path) -> dict:
    try:
        shown = notebook.path.relative_to(files.home()).as_posix()
    except (ValueError, LabkitError):
        shown = notebook.path.name  # no folder of this machine goes into a result
    return {"name": notebook.name, "title": notebook.title, "notebook": str(notebook.path), "shown": shown,
            "cwd": str(notebook.path.parent), "parameters": values, "timeout": limit, "start_timeout": START_TIMEOUT,
            "out": str(out), "aside": str(scratch / f"{notebook.name}.ipynb"),
            "log": str(scratch / f"{notebook.name}.log")}


class _Recorder:
    """Turns what the pool reports into rows, and keeps summary.json up to date, should the machine go down."""

    def __init__(self, listener, report: Report, jobs: dict[str, dict], before: list[dict]):
        self.listener, self.report, self.jobs, self.before = listener, report, jobs, before
        self.running, self.note = listener.running, listener.note

    def ended(self, name: str, values: dict) -> None:
        row = self._row(name, values)
        self.report.rows.append(row)
        self.listener.ended(row)
        with contextlib.suppress(LabkitError):  # a full disk is said once, at the end
            summary.write(self.report, self.before, finished=False)

    def complete(self, rows: dict[str, dict]) -> None:
        """Put the rows in the notebooks' order, with those that were never started."""
        done = {row.notebook: row for row in self.report.rows}
        self.report.rows[:] = [done.get(name) or self._row(name, rows[name]) for name in self.jobs]

    def _row(self, name: str, values: dict) -> Row:
        job = self.jobs[name]
        ran = values["status"] != "not run"
        good = Path(job["out"], f"{name}.ipynb")
        kept = None
        if values["status"] != "ok" and good.is_file():
            kept = datetime.datetime.fromtimestamp(good.stat().st_mtime).astimezone().isoformat(timespec="seconds")
        return Row(notebook=name, title=job["title"], parameters=job["parameters"],
                   finished=summary.now() if ran else None, earlier_good=kept,
                   **(values | {"data": tuple(values["data"])}))


@contextlib.contextmanager
def _folder(out: Path):
    """Make the output folder and one for this run inside it; what a killed run left there is kept first."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        for leftover in out.glob(f"{RUN_FOLDER}*"):
            _rescue(leftover, out)
        scratch = Path(tempfile.mkdtemp(dir=out, prefix=RUN_FOLDER))
        process = psutil.Process()
        (scratch / OWNER).write_text(json.dumps({"pid": process.pid, "began": process.create_time()}))
    except OSError as error:
        raise files.readable(error, out) from error
    try:
        yield scratch
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _rescue(leftover: Path, out: Path) -> None:
    """Move the notebooks of a run that was killed with its workers into place as unfinished ones."""
    try:
        owner = json.loads((leftover / OWNER).read_text())
        if abs(psutil.Process(owner["pid"]).create_time() - owner["began"]) < 1:
            return  # it still runs
    except psutil.NoSuchProcess:
        pass
    except (OSError, ValueError, KeyError):
        if time.time() - leftover.stat().st_mtime < 60:
            return  # just being made by another run
    for aside in leftover.glob("*.ipynb"):
        os.replace(aside, out / f"{aside.stem}{results.UNFINISHED}.ipynb")
    shutil.rmtree(leftover, ignore_errors=True)
