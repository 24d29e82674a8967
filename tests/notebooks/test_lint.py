"""The lint finds each fault in a small bad notebook, says where and what to do, and passes the good ones."""

import copy
import re
from pathlib import Path

import lint
import lint_outputs
import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output

ROOT = Path(__file__).parent.parent.parent
TEMPLATE = ROOT / "docs" / "template.ipynb"
NOTEBOOKS = [*sorted(ROOT.glob("notebooks/*.ipynb")), TEMPLATE]
GOOD = nbformat.read(TEMPLATE, as_version=4)
PARAMETERS, SETUP, PREDICT, OUTCOME, FIGURE, CHECK = range(1, 7)
PLACES = {
    PARAMETERS: "PROFILE: str", SETUP: "device.setup", PREDICT: "exercises.predict", OUTCOME: "exercises.outcome",
    FIGURE: "plotting.show", CHECK: "exercises.check(\"00.1\"",
}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_notebook_is_clean(path):
    assert lint.lint(path) == []
    assert lint.median_lines(path) <= 12


def test_the_readme_lists_every_notebook_with_the_time_and_memory_of_its_header():
    header = re.compile(r"Measured at `quick`: (\d+ s) and ([\d.]+ GB)")
    row = re.compile(r"\| (\d\d) \| \[`(\w+)`\]\(notebooks/(\w+)\.ipynb\) \|.*\| (\d+ s) \| ([\d.]+ GB) \|")
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    rows, expected = [found.groups() for found in map(row.fullmatch, lines) if found], []
    for path in sorted(ROOT.glob("notebooks/[0-9]*.ipynb")):
        measured = header.search(nbformat.read(path, as_version=4).cells[0].source)
        expected.append((path.stem[:2], path.stem, path.stem, *measured.groups()))
    assert rows == expected


def where(notebook, words):
    """Return the index of the code cell that holds the words."""
    return next(i for i, cell in enumerate(notebook.cells) if cell.cell_type == "code" and words in cell.source)


@pytest.fixture
def problems(tmp_path):
    """Return a function that lints the template after a change, as a list of (cell number, text)."""

    def check(change, name="99_bad.ipynb", renumber=True):
        notebook = copy.deepcopy(GOOD)
        change(notebook)
        count = 0
        for cell in notebook.cells:
            if renumber and cell.cell_type == "code":
                count += 1
                cell.execution_count = count
        path = tmp_path / name
        path.write_text(nbformat.writes(notebook), encoding="utf-8")
        found = lint.lint(path)
        assert all(problem.notebook == name for problem in found)
        return [(problem.cell, problem.text) for problem in found]

    return check


def test_the_template_itself_is_good(problems):
    assert problems(lambda notebook: None, "template.ipynb") == []


def source(words, old, new):
    """Return a change that replaces text in the first cell that holds the words."""

    def change(notebook):
        cell = next(cell for cell in notebook.cells if words in cell.source)
        assert old in cell.source
        cell.source = cell.source.replace(old, new)

    return change


def at(place, **values):
    """Return a change that sets fields of the cell at a place."""

    def change(notebook):
        notebook.cells[where(notebook, PLACES[place])].update(values)

    return change


def tags(place, *words):
    return at(place, metadata=nbformat.from_dict({"tags": list(words)}))


def insert(cell, place=None):
    """Return a change that puts a cell in front of the cell at a place, or at the end."""

    def change(notebook):
        notebook.cells.insert(where(notebook, PLACES[place]) if place else len(notebook.cells), cell)

    return change


def remove(words):
    def change(notebook):
        notebook.cells = [cell for cell in notebook.cells if words not in cell.source]

    return change


def shows(**output):
    """Return a change that gives the prediction's cell one output more."""

    def change(notebook):
        notebook.cells[where(notebook, PLACES[PREDICT])].outputs.append(new_output(**output))

    return change


def html(text):
    return shows(output_type="display_data", data={"text/html": text, "text/plain": ""})


def printed(text):
    return shows(output_type="stream", name="stdout", text=text)


def swap(first, second):
    def change(notebook):
        i, j = (next(i for i, cell in enumerate(notebook.cells) if words in cell.source) for words in (first, second))
        notebook.cells[i], notebook.cells[j] = notebook.cells[j], notebook.cells[i]

    return change


def meta(**values):
    def change(notebook):
        notebook.metadata.update(nbformat.from_dict(values))

    return change


def cell(text, *tags):
    return new_code_cell(text, metadata={"tags": list(tags)} if tags else {})


REPORT = {"datasets": [], "report": 4}
BAD = {
    "no title": (source("# NN", "# NN · ", ""), "begin with a markdown cell"),
    "code first": (insert(cell("1 + 1"), PARAMETERS), "first code cell"),
    "two titles": (source("## Summary", "## Summary", "# Summary"), "a second title"),
    "no objectives": (source("**Learning", "**Learning objectives.**", ""), "lacks **Learning objectives"),
    "no prerequisites": (source("**Prereq", "**Prerequisites.**", ""), "lacks **Prerequisites"),
    "no licence": (source("**Data and", "**Data and licence.**", ""), "lacks **Data and licence"),
    "no time": (source("**Time and", "**Time and memory.**", ""), "lacks **Time and memory"),
    "unmeasured": (source("**Time and", "GB on", "gigabytes on"), "measured numbers with units"),
    "no parameters": (tags(PARAMETERS), "0 cells are tagged \"parameters\""),
    "two parameters": (insert(cell("SEED: int = 0  # seed", "parameters"), FIGURE), "2 cells are tagged"),
    "untyped": (source("PROFILE:", "SAMPLES: int = 0", "SAMPLES = 0"), "is no typed parameter"),
    "computed": (source("PROFILE:", "SAMPLES: int = 0", "SAMPLES: int = 4 * 4"), "is no typed parameter"),
    "unexplained": (source("PROFILE:", "  # of everything random in this notebook", ""), "SEED is not explained"),
    "own name": (source("PROFILE:", "SAMPLES:", "N_IMGS:"), "N_IMGS is none of the agreed parameters"),
    "wrong type": (source("PROFILE:", "SAMPLES: int = 0", "SAMPLES: float = 0"), "SAMPLES must be int"),
    "wrong value": (source("PROFILE:", "SAMPLES: int = 0", "SAMPLES: int = 0.5"), "SAMPLES must be int"),
    "laptop": (source("PROFILE:", "\"quick\"", "\"laptop\""), "PROFILE: str = 'quick' is missing"),
    "no seed": (source("PROFILE:", "SEED: int = 0", "EPOCHS: int = 0"), "SEED: int = 0 is missing"),
    "no choices": (source("PROFILE:", "quick | laptop | full", "how long"), "must begin with \"quick | laptop"),
    "broken parameters": (source("PROFILE:", "SEED: int", "SEED int"), "no valid Python"),
    "no set-up": (tags(SETUP, "nbval-ignore-output"), "0 cells are tagged \"setup\""),
    "late set-up": (insert(cell("1 + 1"), SETUP), "second code cell"),
    "long set-up": (source("device.setup", "import numpy", "a = 1\nb = 2\nimport numpy"), "more than 8 lines"),
    "no device": (source("device.setup", "device.setup(seed=SEED);", "pass"), "must call device.setup"),
    "compared set-up": (tags(SETUP, "setup"), "tag it \"nbval-ignore-output\""),
    "install below": (insert(cell("%pip install x"), FIGURE), "belongs into the set-up cell"),
    "second set-up": (insert(cell("device.setup(seed=1)"), FIGURE), "belongs into the set-up cell"),
    "no summary": (source("## Summary", "## Summary", "## The end"), "no section \"## Summary\""),
    "two summaries": (source("## The idea", "## The idea", "## Summary"), "more than one section \"## Summary\""),
    "wrong order": (swap("## Summary", "## References"), "in the order"),
    "after the end": (insert(new_markdown_cell("## One more thing")), "only the closing sections follow"),
    "no ledger": (lambda nb: [meta(labkit=REPORT)(nb), source("## The led", "## The ledger", "Ledger")(nb)],
                  "no section \"## The ledger\""),
    "unknown exercise": (source("exercises.check(\"00.2\"", "00.2", "00.9"), "no exercise 00.9"),
    "one exercise": (remove("exercises.check(\"00.2\""), "1 exercises are checked"),
    "solved": (at(CHECK, outputs=[new_output("stream", name="stdout", text="✓ Exercise 00.1")]), "put the stub back"),
    "no prediction": (remove("exercises.predict"), "needs one prediction"),
    "no outcome": (remove("exercises.outcome"), "needs one prediction"),
    "outcome first": (swap("exercises.predict", "exercises.outcome"), "before it can be predicted"),
    "exercise above": (swap("exercises.check(\"00.1\"", "np.random.default_rng"), "stands above the section"),
    "empty": (insert(cell("")), "the cell is empty"),
    "blank markdown": (insert(new_markdown_cell(" \n")), "the cell is empty"),
    "unknown tag": (tags(FIGURE, "nbval_ignore_output"), "the tag \"nbval_ignore_output\" means nothing"),
    "papermill's": (insert(cell("SEED = 1", "injected-parameters"), SETUP), "\"injected-parameters\" means nothing"),
    "timestamps": (at(FIGURE, metadata=nbformat.from_dict({"execution": {"iopub.busy": "t"}})), "holds \"execution\""),
    "raw": (insert(nbformat.v4.new_raw_cell("x")), "raw cells"),
    "long": (insert(cell("x = 1\n" * 41), FIGURE), "41 lines of code"),
    "star": (insert(cell("from numpy import *"), FIGURE), "import *"),
    "kernel": (meta(kernelspec={"name": "labs", "display_name": "Labs"}), "kernel must be \"python3\""),
    "widget state": (meta(widgets={}), "widget state"),
    "papermill metadata": (meta(papermill={"duration": 1}), "holds \"papermill\""),
    "version": (meta(language_info={"name": "python", "version": "3.11.2"}), "language_info names"),
    "no metadata": (lambda nb: nb.metadata.pop("labkit"), "metadata lack labkit"),
    "no report": (meta(labkit={"datasets": []}), "metadata lack labkit"),
    "unknown set": (meta(labkit={"datasets": ["cifar"], "report": None}), "unknown image set, 'cifar'"),
    "unknown report": (meta(labkit={"datasets": [], "report": 6}), "the report 6"),
    "unknown key": (meta(labkit={"datasets": [], "report": None, "leger": False}), "labkit holds leger"),
    "stderr": (shows(output_type="stream", name="stderr", text="Warning: old"), "wrote to stderr (\"Warning: old\")"),
    "error": (shows(output_type="error", ename="ValueError", evalue="x", traceback=[]), "ended with ValueError"),
    "bar": (printed("10%\r20%"), "progress bar"),
    "widget": (shows(output_type="display_data", data={lint_outputs._WIDGET: {}}), "without its state"),
    "bare figure": (shows(output_type="display_data", data={"image/png": "AA==", "text/plain": "<Figure>"}),
                    "figure without a description"),
    "no alt": (html("<img src='data:image/png;base64,AA=='>"), "description None"),
    "thin alt": (html("<img alt='A figure' src='data:image/png;base64,AA=='>"), "description 'A figure'"),
    "bare svg": (html("<svg></svg>"), "description None"),
    "markdown alt": (insert(new_markdown_cell("![](data:image/png;base64,AA==)"), FIGURE), "description ''"),
    "html alt": (insert(new_markdown_cell("<img src='attachment:x.png'>"), FIGURE), "description None"),
    "web picture": (insert(new_markdown_cell("![a red cat](https://x.org/cat.png)"), FIGURE), "linked from the web"),
    "lost picture": (insert(new_markdown_cell("![a red cat](cat.png)"), FIGURE), "no picture cat.png"),
    "large output": (printed("x" * 300_001), "kB of 300 allowed"),
    "printed path": (printed("60,000 images from /srv/labs/data/cache/mnist"), "/srv/labs/data/cache/mnist"),
    "path in html": (html("<p>see /opt/x/y.txt</p>"), "/opt/x/y.txt"),
    "windows path": (printed("C:\\Users\\me"), "C:\\Users"),
    "path in source": (insert(cell("open(\"/home/me/x.png\")"), FIGURE), "source names this machine: /home/me/x.png"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_fault_is_found(name, problems):
    change, message = BAD[name]
    found = problems(change, "template.ipynb")
    assert any(message in text for _, text in found), found


@pytest.mark.parametrize(("name", "index"), [("stderr", PREDICT), ("untyped", PARAMETERS), ("unknown tag", FIGURE),
                                             ("solved", CHECK), ("no device", SETUP)])
def test_the_message_names_the_cell(name, index, problems):
    found = problems(BAD[name][0], "template.ipynb")
    assert [number for number, _ in found] == [where(GOOD, PLACES[index]) + 1]


def test_the_host_is_not_named(problems, monkeypatch):
    monkeypatch.setattr(lint_outputs.socket, "gethostname", lambda: "lab-server-7")
    assert any("lab-server-7" in text for _, text in problems(printed("on lab-server-7"), "template.ipynb"))


@pytest.mark.parametrize("text", [
    "see https://example.org/a/b/c.html", "a/b and 1/2", "<td>x</td>", "n/a", "and/or/both",
    "/usr/share/datasets/fashion-mnist", "GET /healthz", "loss 0.3/0.4", "../data/results/x.json",
    "data:image/png;base64,AA/BB/CC==",
])
def test_harmless_slashes_pass(text, problems):
    assert problems(printed(text), "template.ipynb") == []


@pytest.mark.parametrize("count", [0, 3])
def test_cells_run_from_the_top(count, problems):
    def change(notebook):
        code = [cell for cell in notebook.cells if cell.cell_type == "code"]
        for i, cell in enumerate(code, 1):
            cell.execution_count = i
        code[4].execution_count = count or None

    found = problems(change, "template.ipynb", renumber=False)
    assert [text[:12] for _, text in found] == ["the cell was"]


def test_the_title_bears_the_number_of_the_file(problems):
    def numbered(notebook):
        source("# NN", "# NN", "# 00")(notebook)

    assert problems(numbered, "00_start.ipynb") == []
    texts = [text for _, text in problems(numbered, "07_start.ipynb")]
    assert any("notebook's number: # 07" in text for text in texts)
    assert sum("belongs to another notebook" in text for text in texts) == 4


def test_a_report_wants_its_ledger_unless_told_otherwise(problems):
    assert problems(meta(labkit=REPORT), "template.ipynb") == []
    gone = source("## The led", "## The ledger", "Ledger")
    without = REPORT | {"ledger": False}
    assert problems(lambda nb: [meta(labkit=without)(nb), gone(nb)], "template.ipynb") == []


def test_headings_in_code_blocks_are_no_sections(problems):
    assert problems(insert(new_markdown_cell("```python\n## Summary\n# title\n```"), FIGURE), "template.ipynb") == []


@pytest.mark.parametrize("content", ["", "{}", '{"cells": 3}', "not json", "[1, 2]", '{"nbformat": 4, "cells": [{}]}',
                                     '{"nbformat": 3, "cells": []}'])
def test_what_is_no_notebook_is_said(content, tmp_path):
    path = tmp_path / "x.ipynb"
    path.write_text(content)
    [problem] = lint.lint(path)
    assert "x.ipynb, whole notebook: is no valid notebook" in str(problem)


def test_a_large_notebook_is_refused(problems, monkeypatch):
    monkeypatch.setattr(lint, "NOTEBOOK_BYTES", 1000)
    assert any("the limit is 0 MB" in text for _, text in problems(lambda nb: None, "template.ipynb"))


def test_the_command_prints_and_fails(tmp_path, capsys):
    assert lint.main([TEMPLATE]) == 0
    assert "template.ipynb: clean, median code cell" in capsys.readouterr().out
    (tmp_path / "x.ipynb").write_text("")
    assert lint.main([TEMPLATE, tmp_path / "x.ipynb"]) == 1
    assert "x.ipynb, whole notebook" in capsys.readouterr().out
