"""``labkit run`` as it is typed: names, parameters, real kernels, real signals. Kernels are slow: runs are shared."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import nbformat
import psutil
import pytest

from labkit import datasets, device, run
from labkit.errors import LabkitError

PARAMETERS = '''PROFILE: str = "quick"  # quick | laptop | full
SEED: int = 0  # of everything random
RATE: float = 0.1  # learning rate
BLUR: bool = False  # whether to blur
SECONDS: float = 0  # how long to sleep'''


def write(path, *cells, parameters=PARAMETERS, title="A notebook", **about):
    """Write a notebook: a title, the parameters' cell (None: without), one code cell per text; return its path."""
    v4 = nbformat.v4
    metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}, "labkit": about}
    notebook = v4.new_notebook(metadata=metadata, cells=[v4.new_markdown_cell(f"# {title}")])
    if parameters is not None:
        notebook.cells.append(v4.new_code_cell(parameters, metadata={"tags": ["parameters"]}))
    notebook.cells += [v4.new_code_cell(text) for text in cells]
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, path)
    return path


def start(home, *arguments, **variables):
    """Start ``labkit run`` in a process of its own, headless, with ``home`` as LABKIT_HOME."""
    return subprocess.Popen([sys.executable, "-m", "labkit.cli", "run", *map(str, arguments)], text=True, cwd=home,
                            env=os.environ | {"LABKIT_HOME": str(home)} | variables, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, start_new_session=True)


def asleep(process, folder, count, seconds=90):
    """Wait until so many notebooks of a run into ``folder`` are in their sleeping cell; return all its processes."""
    end = time.monotonic() + seconds
    while sum(path.read_text().count('"completed"') == 3 for path in folder.glob("*.ipynb")) < count:
        assert time.monotonic() < end, f"waited {seconds} s for {count} running notebooks"
        time.sleep(0.2)
    return psutil.Process(process.pid).children(recursive=True)


pytestmark = pytest.mark.notebook
SHOW = """import json, os, sys
print(json.dumps({"python": sys.executable, "cwd": os.getcwd(), "values": [PROFILE, SEED, RATE, BLUR],
    "variables": [os.environ.get(name) for name in ("LABKIT_HEADLESS", "LABKIT_OFFLINE", "MPLBACKEND")]}))
print("CIFAR-10, train: 50,000 images from data/cache/cifar10")"""
CHILD = """import os, subprocess, sys
child = subprocess.Popen([sys.executable, "-c", "x = bytearray(150_000_000); import time; time.sleep(600)"])
print("child", child.pid)
left = "import subprocess as s; print(s.Popen(['sleep', '600'], start_new_session=True, stdout=-3, stderr=-3).pid)"
print("left", subprocess.run([sys.executable, "-c", left], capture_output=True, text=True).stdout)"""
SLEEP = "print('asleep', flush=True)\nimport time\ntime.sleep(SECONDS)"


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A home with notebooks that end in every way there is."""
    home = tmp_path_factory.mktemp("home {a}")  # a blank and braces: papermill formats paths
    notebooks = home / "notebooks"
    write(notebooks / "01_good.ipynb", SHOW, CHILD, "import time; time.sleep(1.2)", title="Good", datasets=[])
    write(notebooks / "02_error.ipynb", "a = 1", "def f(x):\n    return x / 0\n\nf(a)", "print('never')")
    write(notebooks / "03_dies.ipynb", "print('kept')", "import os\nos.kill(os.getpid(), 9)", "1")
    write(notebooks / "04_slow.ipynb", "import time\ntime.sleep(60)", "print('never')")
    # The trap: a user's kernel called python3 that is another program.
    trap = home / "jupyter" / "kernels" / "python3"
    trap.mkdir(parents=True)
    (trap / "kernel.json").write_text(json.dumps({
        "argv": [sys.executable, "-c", "raise SystemExit(7)"], "display_name": "Another", "language": "python"}))
    return home


@pytest.fixture
def at_home(home, monkeypatch):
    monkeypatch.setenv("LABKIT_HOME", str(home))
    monkeypatch.chdir(home)
    return home


@pytest.fixture(scope="module")
def first(home):
    """The run that most tests look at."""
    process = start(home, "--jobs", 2, "--timeout", 5, "-p", "SEED=3", "-p", "RATE=0.5", "-p", "BLUR=true",
                    MPLBACKEND="agg", JUPYTER_PATH=str(home / "jupyter"))
    out, err = process.communicate(timeout=300)
    summary = json.loads((home / "build" / "summary.json").read_text())
    return {"code": process.returncode, "out": out, "err": err, "run": summary["run"],
            **{row["notebook"]: row for row in summary["notebooks"]}}


def executed(home, name):
    return nbformat.read(home / "build" / name, as_version=4)


def test_numbers_stems_and_paths_each_once_in_order(at_home):
    assert [notebook.name for notebook in run.find()] == ["01_good", "02_error", "03_dies", "04_slow"]
    found = run.find(["2", "01", "03_dies", "slow", "2"])
    assert [notebook.name for notebook in found] == ["02_error", "01_good", "03_dies", "04_slow"]
    with pytest.raises(LabkitError, match=r"There is no notebook 02_eror\. Type 02_error"):
        run.find(["02_eror"])


def test_no_two_of_one_number_or_name_and_no_empty_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("LABKIT_HOME", str(tmp_path))
    with pytest.raises(LabkitError, match="holds no numbered notebooks"):
        run.find()
    for name in ("notebooks/06_a", "notebooks/06_b", "elsewhere/06_a"):
        write(tmp_path / f"{name}.ipynb")
    with pytest.raises(LabkitError, match=r"more than one notebook 6\. Type 06_a or 06_b"):
        run.find(["6"])
    with pytest.raises(LabkitError, match="have one name"):
        run.find(["06_a", tmp_path / "elsewhere" / "06_a.ipynb"])


@pytest.mark.parametrize("text", [
    "<html>", "[1]", "", 9999 * "[", '{"cells": []}',
    '{"nbformat": 4, "nbformat_minor": null, "cells": [], "metadata": {}}',
    '{"cells": [], "metadata": {"language_info": {"name": "julia"}}, "nbformat": 4, "nbformat_minor": 5}',
    '{"cells": [], "metadata": {"kernelspec": {"name": "ir", "language": "R", "display_name": "R"}}, "nbformat": 4}',
])
def test_what_is_no_notebook_is_refused_with_its_name(tmp_path, text):
    (tmp_path / "broken.ipynb").write_text(text)
    with pytest.raises(LabkitError, match=r"broken\.ipynb is no Python notebook that can be run: "):
        run.find([tmp_path / "broken.ipynb"])


@pytest.fixture
def three(tmp_path):
    write(tmp_path / "01_a.ipynb")
    write(tmp_path / "02_b.ipynb", parameters=PARAMETERS + "\nBATCH: int = 64  # 64 | 128: pictures\nN = 3\nS = [1]\n"
          "T = None\nCOUNT: int = 4  # pictures, 2 to 1,600; 0: none")
    write(tmp_path / "03_c.ipynb", "1", parameters=None)
    return run.find(sorted(tmp_path.glob("*.ipynb")))


@pytest.mark.parametrize(("pair", "sentence"), [
    ("SEED=abc", "02_b: -p SEED=abc: SEED is a whole number, for example SEED=0"),
    ("RATE=fast", "RATE is a number"),
    ("BLUR=maybe", "BLUR is true or false"),
    ("BATCH=100", "BATCH is one of 64, 128"),
    ("COUNT=1601", "COUNT is a whole number, 2 to 1,600, or 0"),
    ("COUNT=-4", "COUNT is a whole number, 2 to 1,600, or 0"),
    ("COUNT=" + 999 * "(", "COUNT is a whole number"),
    ("T=none", "T is Python, with quotes"),
    ("SED=1", "02_b: there is no parameter SED. There are PROFILE, SEED, .* Did you mean SEED"),
    ("SEED", "write each parameter once and as NAME=VALUE"),
    ("PROFILE=full", "the profile as --profile"),
])
def test_bad_pairs_are_refused(three, pair, sentence):
    with pytest.raises(LabkitError, match=sentence):
        run.assign(three[1:2], [pair])
    with pytest.raises(LabkitError, match="once"):
        run.assign(three[1:2], [pair, pair])


def test_who_edits_the_cell_hears_the_same(monkeypatch):
    cells = ["SEED: int = 0  # 0 or more", "# Parameters\nSEED = -1", "device.setup(seed=SEED)"]
    shell = SimpleNamespace(user_ns={"In": ["", *cells], "SEED": -1})
    monkeypatch.setattr("IPython.get_ipython", lambda: shell)
    with pytest.raises(LabkitError, match="SEED = -1: SEED is a whole number, 0 or more"):
        device.setup(quiet=True)
    shell.user_ns["SEED"] = 2**32 - 1
    device.setup(quiet=True)


def test_named_notebooks_must_all_have_it_others_get_it_where_they_do(three):
    with pytest.raises(LabkitError, match="01_a, 03_c: there is no parameter BATCH"):
        run.assign(three, ["BATCH=128"])
    said = []
    values = run.assign(three, ["BATCH=128"], "laptop", named=False, say=said.append)
    assert values == {"01_a": {"PROFILE": "laptop"}, "02_b": {"BATCH": 128, "PROFILE": "laptop"}, "03_c": {}}
    assert said == ["PROFILE=laptop changes nothing in 03_c: there is no such parameter.",
                    "BATCH=128 changes nothing in 01_a, 03_c: there is no such parameter."]


def test_each_missing_set_is_fetched_once_and_a_failure_is_one_line(tmp_path, monkeypatch):
    paths = [write(tmp_path / "1.ipynb", datasets=["cifar10"]),
             write(tmp_path / "2.ipynb", datasets=["svhn", "cifar10", "style"])]  # style has no test pictures
    asked, said = [], []

    def load(name, split, **options):
        asked.append((name, split))
        assert options["stand_in"] == "refuse"
        if name == "svhn":
            raise LabkitError("SVHN is not here (the server does not answer), and a stand-in was refused. More words.")

    monkeypatch.setattr(datasets, "load", load)
    monkeypatch.setattr(datasets, "find", lambda entry, split: (entry.name, split) == ("cifar10", "train"))
    run.fetch(run.find(paths), said.append)
    assert asked == [("cifar10", "test"), ("svhn", "train"), ("style", "train")]
    assert said == ["SVHN is not here (the server does not answer). A stand-in takes its place. "
                    "To get it: labkit data fetch svhn"]


def test_the_kernel_is_this_interpreter_and_leaves_no_child(home, first):
    printed = json.loads(executed(home, "01_good.ipynb").cells[3].outputs[0].text.splitlines()[0])
    assert printed == {"python": sys.executable, "cwd": str(home / "notebooks"), "values": ["quick", 3, 0.5, True],
                       "variables": ["1", "run", "module://matplotlib_inline.backend_inline"]}
    assert 100e6 < first["01_good"]["peak_memory_bytes"] < 2e9  # shared pages count in part
    said = "".join(output.text for output in executed(home, "01_good.ipynb").cells[4].outputs)
    for child in map(int, re.findall(r"(?:child|left) (\d+)", said)):
        assert not psutil.pid_exists(child) or psutil.Process(child).status() == psutil.STATUS_ZOMBIE


def test_one_failing_notebook_does_not_stop_the_others_and_what_went_wrong_is_said(first):
    assert first["code"] == 1
    assert {name: (first[name]["status"], first[name]["cells"]) for name in first if name[0] == "0"} == {
        "01_good": ("ok", 5), "02_error": ("error", 3), "03_dies": ("kernel died", 3), "04_slow": ("timeout", 2)}
    assert re.search(r"01_good · ok · .* s · .* GB · 5 of 5 cells · CIFAR-10, train: 50,000 images", first["out"])
    assert "02_error: error in cell In [4]\n  | def f(x):\n  |     return x / 0\n" in first["out"]
    assert re.search(r"03_dies: kernel died in cell In \[4\]\n  \| import os\n.*\nKernel died", first["out"])
    assert "longer than 5 s" in first["out"]
    assert "1 of 4 notebooks ended well. Open " in first["out"]
    assert first["err"] == ""


def test_files_of_a_run_say_with_what_and_give_no_folder_away(home, first):
    row = first["01_good"]
    assert row["parameters"] == {"SEED": 3, "RATE": 0.5, "BLUR": True, "PROFILE": "quick"}
    assert row["images"] == ["CIFAR-10, train: 50,000 images from data/cache/cifar10"]
    assert str(home) not in (home / "build" / "summary.json").read_text()
    assert str(home) not in json.dumps(executed(home, "01_good.ipynb").metadata)
    results = {f"{stem}.{end}" for stem in ("01_good", "02_error.unfinished", "03_dies.unfinished",
                                            "04_slow.unfinished") for end in ("ipynb", "html")}
    assert {path.name for path in (home / "build").iterdir()} == results | {"summary.json", "index.html", ".lock"}
    index = (home / "build" / "index.html").read_text()
    assert all(f'href="{name}"' in index for name in results)


@pytest.mark.parametrize(("arguments", "sentence"), [
    (["9"], "There is no notebook 9"),
    (["1", "-p", "SEED=1.5"], "01_good: -p SEED=1.5: SEED is a whole number"),
    (["1", "--out", "notebooks/01_good.ipynb/x"], "cannot be used: not a directory"),
    (["1", "--out", "notebooks"], "01_good.ipynb is no result of a run, and would be overwritten"),
])
def test_bad_arguments_end_with_a_sentence_and_write_nothing(at_home, labkit, arguments, sentence):
    before = {path: path.read_bytes() for path in at_home.rglob("*") if path.is_file()}
    status, out, error = labkit("run", *arguments)
    assert (status, out) == (2, "")
    assert sentence in error
    assert {path: path.read_bytes() for path in at_home.rglob("*") if path.is_file()} == before


def test_a_later_failure_keeps_the_last_good_result(at_home, first):
    before = (at_home / "build" / "01_good.ipynb").read_bytes()
    write(at_home / "notebooks" / "01_good.ipynb", "raise ValueError('new')")
    assert not run.run(["1"], "build")["run"]["ok"]
    assert (at_home / "build" / "01_good.ipynb").read_bytes() == before
    assert "The last good result is still 01_good.html." in (at_home / "build" / "index.html").read_text()


@pytest.fixture(scope="module")
def sleepers(tmp_path_factory):
    home = tmp_path_factory.mktemp("sleepers")
    for number in (1, 2, 3):
        write(home / "notebooks" / f"0{number}_sleeps.ipynb", SLEEP, "print('never')")
    return home


@pytest.mark.skipif(os.name != "posix", reason="signals are POSIX's")
def test_an_interrupt_leaves_no_kernel_and_a_summary(sleepers):
    process = start(sleepers, "--jobs", 2, "-p", "SECONDS=300", "--out", sleepers / "out")
    below = asleep(process, sleepers / "out", 2)
    os.killpg(process.pid, signal.SIGTERM)  # as a batch system does; Ctrl-C, too, is for all
    out, err = process.communicate(timeout=90)
    assert process.returncode == 130, err
    assert not psutil.wait_procs(below, timeout=5)[1]
    assert "Stopping: " in out
    summary = json.loads((sleepers / "out" / "summary.json").read_text())
    assert summary["run"]["interrupted"] is True
    assert [row["status"] for row in summary["notebooks"]] == ["interrupted", "interrupted", "not run"]
    assert (sleepers / "out" / "01_sleeps.unfinished.ipynb").is_file()


def test_a_folder_is_one_runs(at_home, labkit, tmp_path):
    with run.files.locked(tmp_path, "running"):
        status, _, error = labkit("run", "1", "--out", str(tmp_path))
    assert (status, "running notebooks into it" in error) == (2, True)


@pytest.mark.parametrize(("mine", "available", "kernels", "words"), [
    (4e8, 5e9, 9e9, ""), (2e9, 5e9, 9e9, "too much output"), (0, 4e8, 9e9, "out of memory"), (0, 4e8, 1e8, "")])
def test_limits_that_are_said(monkeypatch, mine, available, kernels, words):
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(total=1e10, available=available))
    assert run._too_much(mine, kernels) == words
    assert words in ("", *run.ENDED)


def test_a_killed_runner_leaves_no_kernel(sleepers):
    process = start(sleepers, "3", "-p", "SECONDS=300", "--out", sleepers / "killed")
    below = asleep(process, sleepers / "killed", 1)
    process.kill()
    process.communicate(timeout=60)
    assert not psutil.wait_procs(below, timeout=60)[1]
    assert (sleepers / "killed" / "03_sleeps.unfinished.ipynb").is_file()
