"""``labkit run`` as it is typed: real kernels, real signals. Kernels are slow to start, so runs are shared."""

import json
import os
import re
import signal
import sys

import nbformat
import psutil
import pytest

from labkit import runner
from labkit.cli import main
from labkit.errors import LabkitError
from labkit.runner import jobs
from tests.unit.runner_notebooks import family, labkit_run, start, wait_for, write

pytestmark = pytest.mark.notebook
SHOW = """import json, os, sys
print(json.dumps({"python": sys.executable, "cwd": os.getcwd(), "values": [PROFILE, SEED, RATE, BLUR],
    "variables": [os.environ.get(name) for name in ("LABKIT_HEADLESS", "LABKIT_OFFLINE", "MPLBACKEND")]}))
print("CIFAR-10, train: 50,000 images from data/cache/cifar10")"""
CHILD = """import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", "x = bytearray(150_000_000); import time; time.sleep(600)"])
print("child", child.pid)"""
SLOW = """try:
    import time
    time.sleep(60)
except KeyboardInterrupt:
    print("caught")"""
SLEEP = "print('asleep', flush=True)\nimport time\ntime.sleep(SECONDS)"


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A home with notebooks that end in every way there is."""
    home = tmp_path_factory.mktemp("home {a}")  # a blank and braces: papermill formats paths
    notebooks = home / "notebooks"
    write(notebooks / "01_good.ipynb", SHOW, CHILD, "import time; time.sleep(1.2)", title="Good", datasets=[])
    write(notebooks / "02_error.ipynb", "a = 1", "def f(x):\n    return x / 0\n\nf(a)", "print('never')")
    write(notebooks / "03_dies.ipynb", "print('kept')", "import os\nos.kill(os.getpid(), 9)", "1")
    write(notebooks / "04_slow.ipynb", SLOW, "print('never')")
    # The trap: a user's kernel called python3 that is another program.
    trap = home / "jupyter" / "kernels" / "python3"
    trap.mkdir(parents=True)
    (trap / "kernel.json").write_text(json.dumps({
        "argv": [sys.executable, "-c", "raise SystemExit(7)"], "display_name": "Another", "language": "python"}))
    return home


@pytest.fixture(scope="module")
def first(home):
    """The run that most tests look at."""
    code, out, err = labkit_run(home, "--jobs", 2, "--timeout", 8, "-p", "SEED=3", "-p", "RATE=0.5", "-p", "BLUR=true",
                                MPLBACKEND="agg", JUPYTER_PATH=str(home / "jupyter"))
    summary = json.loads((home / "build" / "summary.json").read_text())
    return {"code": code, "out": out, "err": err, "run": summary["run"],
            **{row["notebook"]: row for row in summary["notebooks"]}}


def notebook(home, name):
    return nbformat.read(home / "build" / name, as_version=4)


def test_one_failing_notebook_does_not_stop_the_others(first):
    assert first["code"] == 1
    statuses = {name: first[name]["status"] for name in ("01_good", "02_error", "03_dies", "04_slow")}
    assert statuses["03_dies"] in ("out of memory", "kernel died")  # by whether the system counts its own kills
    assert statuses | {"03_dies": 0} == {"01_good": "ok", "02_error": "error", "03_dies": 0, "04_slow": "timeout"}
    assert first["01_good"]["cells"] == first["01_good"]["cells_total"] == 5


def test_kernel_is_this_interpreter_in_the_notebooks_folder(home, first):
    printed = json.loads(notebook(home, "01_good.ipynb").cells[3].outputs[0].text.splitlines()[0])
    assert printed["python"] == sys.executable
    assert printed["cwd"] == str(home / "notebooks")
    assert printed["values"] == ["quick", 3, 0.5, True]
    assert printed["variables"] == ["1", "1", "module://matplotlib_inline.backend_inline"]


def test_memory_counts_the_kernels_children_and_none_is_left(home, first):
    assert 200e6 < first["01_good"]["peak_memory_bytes"] < 2e9
    child = int(re.search(r"child (\d+)", notebook(home, "01_good.ipynb").cells[4].outputs[0].text)[1])
    assert not psutil.pid_exists(child) or psutil.Process(child).status() == psutil.STATUS_ZOMBIE


def test_headless_prints_one_plain_line_per_notebook(first):
    head, *lines = first["out"].split("\n\n")[0].splitlines()
    assert head.split() == ["notebook", "result", "time", "memory", "cells", "images"]
    assert sorted(line.split()[0] for line in lines) == ["01_good", "02_error", "03_dies", "04_slow"]
    assert "\x1b" not in first["out"]
    assert first["err"] == ""
    assert re.search(r"01_good +ok .* CIFAR-10, train: 50,000 images from data/cache/cifar10", first["out"])


def test_an_error_is_shown_with_cell_source_and_traceback(first):
    assert "02_error: error in cell 4 (In [4])\n  | def f(x):\n  |     return x / 0\n" in first["out"]
    assert "ZeroDivisionError: division by zero" in first["out"]
    error = first["02_error"]["error"]
    assert (error["cell"], error["name"], error["value"]) == (4, "ZeroDivisionError", "division by zero")


def test_death_and_timeout_are_told_apart_and_shown_in_the_notebook(home, first):
    assert "killed" in first["03_dies"]["error"]["words"]
    assert first["03_dies"]["error"]["cell"] == 4
    died = notebook(home, "03_dies.unfinished.ipynb").cells
    assert died[3].outputs[0].text == "kept\n"
    assert died[4].outputs[-1].evalue == first["03_dies"]["error"]["words"]
    assert [cell.metadata.papermill.status for cell in died[3:]] == ["completed", "failed", "pending"]
    assert "longer than the 8 s" in first["04_slow"]["error"]["words"]
    slow = notebook(home, "04_slow.unfinished.ipynb").cells
    assert slow[3].outputs[0].text == "caught\n"  # it was interrupted before anything was killed
    assert slow[4].outputs == []


def test_summary_says_with_what_and_on_what(first):
    run = first["run"]
    assert run["profile"] == "quick"
    assert run["parameters"] == ["SEED=3", "RATE=0.5", "BLUR=true"]
    assert {"papermill", "numpy", "keras"} <= set(run["versions"])
    assert run["machine"]["memory_bytes"] == psutil.virtual_memory().total
    assert "VmHWM" in run["memory_is"]
    assert run["finished"] > run["started"]
    assert (run["ok"], run["interrupted"]) == (False, False)
    row = first["01_good"]
    assert row["title"] == "Good"
    assert row["parameters"] == {"SEED": 3, "RATE": 0.5, "BLUR": True, "PROFILE": "quick"}
    assert row["data"] == ["CIFAR-10, train: 50,000 images from data/cache/cifar10"]
    assert 0.5 < row["seconds"] < 120


def test_files_of_a_run(home, first):
    names = {path.name for path in (home / "build").iterdir()}
    expected = {"summary.json", "index.html", "01_good.ipynb", "01_good.html"}
    for name in ("02_error", "03_dies", "04_slow"):
        expected |= {f"{name}.unfinished.ipynb", f"{name}.unfinished.html"}
    assert expected <= names
    assert not [name for name in names if name.startswith(".run-")]
    assert sorted(path.name for path in (home / "notebooks").iterdir()) == [
        "01_good.ipynb", "02_error.ipynb", "03_dies.ipynb", "04_slow.ipynb"]
    index = (home / "build" / "index.html").read_text()
    for name in expected - {"summary.json", "index.html"}:
        assert f'href="{name}"' in index
    assert str(home) not in json.dumps(notebook(home, "01_good.ipynb").metadata)


def test_a_later_failure_keeps_the_last_good_result_and_other_rows(home, first):
    before = (home / "build" / "01_good.ipynb").read_bytes()
    source = home / "notebooks" / "01_good.ipynb"
    original = source.read_bytes()
    write(source, "raise ValueError('new')")
    try:
        code, out, _ = labkit_run(home, "1")
    finally:
        source.write_bytes(original)
    assert code == 1
    assert (home / "build" / "01_good.ipynb").read_bytes() == before
    assert "The last good result" in out
    summary = json.loads((home / "build" / "summary.json").read_text())
    assert [row["notebook"] for row in summary["notebooks"]] == ["01_good"]
    assert [row["notebook"] for row in summary["earlier"]] == ["02_error", "03_dies", "04_slow"]
    assert "02_error.unfinished.html" in (home / "build" / "index.html").read_text()


@pytest.fixture(scope="module")
def sleepers(tmp_path_factory):
    home = tmp_path_factory.mktemp("sleepers")
    for number in (1, 2, 3):
        write(home / "notebooks" / f"0{number}_sleeps.ipynb", SLEEP, "print('never')")
    return home


def asleep(home, count):
    """Return a condition: so many notebooks lie aside with a cell that has printed."""
    return lambda: sum('"asleep\\n"' in path.read_text() or "running" in path.read_text()
                       for path in home.glob("build/.run-*/*.ipynb")) >= count


def test_interrupt_leaves_no_kernel_and_a_summary(sleepers):
    process = start(sleepers, "--jobs", 2, "-p", "SECONDS=300")
    wait_for(asleep(sleepers, 2), what="two running notebooks")
    kernels = wait_for(lambda: [child for child in family(process) if "ipykernel_launcher" in " ".join(child.cmdline())]
                       if len(family(process)) >= 4 else None, what="two kernels")
    below = family(process)
    assert len(kernels) == 2
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=90)
    assert process.returncode == 130, err
    _, alive = psutil.wait_procs(below, timeout=5)
    assert not alive
    assert "Stopping: " in out
    assert "Stopped. 0 of 3 notebooks ended well" in out
    summary = json.loads((sleepers / "build" / "summary.json").read_text())
    assert summary["run"]["interrupted"] is True
    assert [row["status"] for row in summary["notebooks"]] == ["interrupted", "interrupted", "not run"]
    assert (sleepers / "build" / "01_sleeps.unfinished.ipynb").is_file()
    assert not list(sleepers.glob("build/.run-*"))


def test_a_killed_runner_leaves_no_kernel_and_keeps_the_notebook(sleepers):
    process = start(sleepers, "3", "-p", "SECONDS=300", "--out", sleepers / "killed")
    wait_for(lambda: list(sleepers.glob("killed/.run-*/*.ipynb")), what="a running notebook")
    below = wait_for(lambda: family(process) if len(family(process)) >= 2 else None, what="a kernel")
    process.kill()
    process.communicate()
    _, alive = psutil.wait_procs(below, timeout=60)
    assert not alive
    assert (sleepers / "killed" / "03_sleeps.unfinished.ipynb").is_file()


def test_termination_is_an_interrupt_too(sleepers):
    process = start(sleepers, "1", "-p", "SECONDS=300", "--out", sleepers / "terminated")
    below = wait_for(lambda: family(process), what="a worker")  # before there is a kernel
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=90)
    assert process.returncode == 130
    _, alive = psutil.wait_procs(below, timeout=5)
    assert not alive
    assert json.loads((sleepers / "terminated" / "summary.json").read_text())["run"]["interrupted"] is True


def test_fail_fast_starts_no_further_notebook(home, first, tmp_path):
    report = runner.run([str(home / "notebooks" / "02_error.ipynb"), str(home / "notebooks" / "04_slow.ipynb")],
                        out=tmp_path, fail_fast=True, fetch=False)
    assert [row.status for row in report.rows] == ["error", "not run"]
    assert not report.ok


@pytest.mark.parametrize(("arguments", "sentence"), [
    (["9"], "There is no notebook 9. There are 01, 02, 03, 04"),
    (["1", "-p", "SEED=1.5"], "01_good: -p SEED=1.5: SEED is a whole number"),
    (["1", "-p", "SED=1"], "Did you mean SEED"),
    (["1", "--profile", "fast"], "'fast' is not one of"),
    (["1", "--jobs", "0"], "0 is not in the range"),
    (["1", "--out", "notebooks/01_good.ipynb"], "is a file"),
    (["1", "--out", "notebooks/01_good.ipynb/x"], "cannot be written"),
])
def test_bad_arguments_end_with_a_sentence_and_write_nothing(home, monkeypatch, capsys, arguments, sentence):
    monkeypatch.setenv("LABKIT_HOME", str(home))
    monkeypatch.chdir(home)
    before = sorted(home.rglob("*"))
    with pytest.raises(SystemExit) as ended:
        main(["run", *arguments])
    out, err = capsys.readouterr()
    assert (ended.value.code, out) == (2, "")
    assert sentence in err
    assert sorted(home.rglob("*")) == before


def test_list_shows_notebooks_and_parameters(home, monkeypatch, capsys):
    monkeypatch.setenv("LABKIT_HOME", str(home))
    with pytest.raises(SystemExit) as ended:
        main(["run", "--list", "1"])
    out = capsys.readouterr().out
    assert ended.value.code == 0
    assert out.splitlines()[0] == "01_good: Good"
    assert re.search(r'PROFILE: str = "quick" +# quick \| laptop \| full', out)


def test_a_full_disk_is_a_sentence(home, tmp_path, monkeypatch):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("tempfile.mkdtemp", full)
    with pytest.raises(LabkitError, match=r"The disk is full: .*Free some space"):
        runner.run([str(home / "notebooks" / "01_good.ipynb")], out=tmp_path, fetch=False)


def test_what_a_killed_run_left_is_rescued(tmp_path):
    old = tmp_path / ".run-old"
    old.mkdir()
    (old / "run.owner").write_text(json.dumps({"pid": os.getpid(), "began": 1.0}))  # another process had this number
    write(old / "07_x.ipynb")
    with jobs._folder(tmp_path) as mine, jobs._folder(tmp_path) as another:
        assert mine.is_dir()  # the second did not take the first for a leftover: its process lives
        assert another.is_dir()
    assert (tmp_path / "07_x.unfinished.ipynb").is_file()
    assert not old.exists()
