"""The lint finds each fault in a small bad notebook, says where and what to do, and passes the good ones."""

import re
import subprocess
import sys
from pathlib import Path

import lint
import lint_outputs
import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output, new_raw_cell

ROOT = Path(__file__).parent.parent.parent
TEMPLATE = ROOT / "docs" / "template.ipynb"
NOTEBOOKS = [*sorted(ROOT.glob("notebooks/*.ipynb")), TEMPLATE]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_notebook_is_clean(path):
    assert lint.lint(path) == []


def test_the_readme_lists_every_notebook_with_the_time_and_memory_of_its_header():
    header = re.compile(r"Measured at `quick`: (\d+ s) and ([\d.]+ GB)")
    row = re.compile(r"\| (\d\d) \| \[`(\w+)`\]\(notebooks/(\w+)\.ipynb\) \|.*\| (\d+ s) \| ([\d.]+ GB) \|")
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    rows, expected = [found.groups() for found in map(row.fullmatch, lines) if found], []
    for path in sorted(ROOT.glob("notebooks/[0-9]*.ipynb")):
        measured = header.search(nbformat.read(path, as_version=4).cells[0].source)
        expected.append((path.stem[:2], path.stem, path.stem, *measured.groups()))
    assert rows == expected


def where(notebook, words) -> int:
    """Return the index of the first cell that holds the words."""
    return next(i for i, cell in enumerate(notebook.cells) if words in cell.source)


@pytest.fixture
def bad(tmp_path):
    """The template, to be spoilt; ``bad.problems()`` lints it: (cell number, text) of each problem."""
    notebook = nbformat.read(TEMPLATE, as_version=4)

    def problems(name="template.ipynb", renumber=True):
        for count, cell in enumerate([cell for cell in notebook.cells if cell.cell_type == "code"], 1):
            cell.execution_count = count if renumber else cell.execution_count
        (tmp_path / name).write_text(nbformat.writes(notebook), encoding="utf-8")
        found = lint.lint(tmp_path / name)
        assert all(problem.notebook == name for problem in found)
        return [(problem.cell, problem.text) for problem in found]

    object.__setattr__(notebook, "problems", problems)
    return notebook


def test_the_template_itself_is_good(bad):
    assert bad.problems() == []


@pytest.mark.parametrize(("words", "old", "new", "message"), [
    ("# NN", "# NN · ", "", "begin with a markdown cell"),
    ("## Summary", "## Summary", "# Summary", "a second title"),
    ("**Learning", "**Learning objectives.**", "", "lacks **Learning objectives"),
    ("**Time and", "GB on", "gigabytes on", "measured numbers with units"),
    ("PROFILE:", "SAMPLES: int = 0", "SAMPLES = 0", "is no typed parameter"),
    ("PROFILE:", "SAMPLES: int = 0", "SAMPLES: int = 4 * 4", "is no typed parameter"),
    ("PROFILE:", "  # of everything random in this notebook", "", "SEED is not explained"),
    ("PROFILE:", "SAMPLES:", "N_IMGS:", "N_IMGS is none of the agreed parameters"),
    ("PROFILE:", "SAMPLES: int = 0", "SAMPLES: int = 0.5", "SAMPLES must be int"),
    ("PROFILE:", "\"quick\"", "\"laptop\"", "PROFILE: str = 'quick' is missing"),
    ("PROFILE:", "quick | laptop | full", "how long", "must begin with \"quick | laptop"),
    ("PROFILE:", "SEED: int", "SEED int", "no valid Python"),
    ("device.setup", "import numpy", "a = 1\nb = 2\nimport numpy", "more than 8 lines"),
    ("device.setup", "device.setup(seed=SEED);", "pass", "must call device.setup"),
    ("## Summary", "## Summary", "## The end", "no section \"## Summary\""),
    ("## The idea", "## The idea", "## Summary", "more than one section \"## Summary\""),
    ("exercises.check(\"00.2\"", "00.2", "00.9", "no exercise 00.9"),
    ("exercises.predict", "exercises.predict", "print", "needs one prediction"),
    ("exercises.check(\"00.2\"", "exercises.check", "print", "1 exercises are checked"),
])
def test_a_fault_in_the_words_is_found(words, old, new, message, bad):
    cell = bad.cells[where(bad, words)]
    assert old in cell.source
    cell.source = cell.source.replace(old, new)
    assert any(message in text for _, text in bad.problems())


def code(text, *tags):
    return new_code_cell(text, metadata={"tags": list(tags)})


@pytest.mark.parametrize(("before", "cell", "message"), [
    ("PROFILE:", code("1 + 1"), "first code cell"),
    ("device.setup", code("1 + 1"), "second code cell"),
    ("plotting.show", code("SEED: int = 0  # seed", "parameters"), "2 cells are tagged"),
    ("plotting.show", code("%pip install x"), "belongs into the set-up cell"),
    ("plotting.show", code("device.setup(seed=1)"), "belongs into the set-up cell"),
    ("## References", new_markdown_cell("## One more thing"), "only the closing sections follow"),
    ("plotting.show", code("exercises.check(\"00.1\", 1)"), "stands above the section"),
    ("plotting.show", code(""), "the cell is empty"),
    ("plotting.show", code("1", "nbval_ignore_output"), "the tag \"nbval_ignore_output\" means nothing"),
    ("plotting.show", new_code_cell("1", metadata={"execution": {"iopub.busy": "t"}}), "holds \"execution\""),
    ("plotting.show", new_raw_cell("x"), "raw cells"),
    ("plotting.show", code("x = 1\n" * 41), "41 lines of code"),
    ("plotting.show", code("import sys\nprint(1)", "define"), "does more than import and define"),
    ("plotting.show", new_markdown_cell("![](data:image/png;base64,AA==)"), "description ''"),
    ("plotting.show", new_markdown_cell("<img src='attachment:x.png'>"), "description None"),
    ("plotting.show", new_markdown_cell("![a red cat](https://x.org/cat.png)"), "linked from the web"),
    ("plotting.show", new_markdown_cell("![a red cat](cat.png)"), "no picture cat.png"),
    ("plotting.show", code("open(\"/home/me/x.png\")"), "source names this machine: /home/me/x.png"),
])
def test_a_fault_in_a_cell_is_found(before, cell, message, bad):
    bad.cells.insert(where(bad, before), nbformat.from_dict(cell))
    assert any(message in text for _, text in bad.problems())


def html(text):
    return new_output("display_data", {"text/html": text, "text/plain": ""})


def printed(text, name="stdout"):
    return new_output("stream", name=name, text=text)


@pytest.mark.parametrize(("output", "message"), [
    (printed("Warning: old", "stderr"), "wrote to stderr (\"Warning: old\")"),
    (new_output("error", ename="ValueError", evalue="x", traceback=[]), "ended with ValueError"),
    (printed("10%\r20%"), "progress bar"),
    (new_output("display_data", {lint_outputs.WIDGET: {}}), "without its state"),
    (new_output("display_data", {"image/png": "AA==", "text/plain": "<Figure>"}), "figure without a description"),
    (html("<img src='data:image/png;base64,AA=='>"), "description None"),
    (html("<img alt='A figure' src='data:image/png;base64,AA=='>"), "description 'A figure'"),
    (html("<svg></svg>"), "description None"),
    (printed("x" * 300_001), "kB of 300 allowed"),
    (printed("60,000 images from /srv/labs/data/cache/mnist"), "/srv/labs/data/cache/mnist"),
    (html("<p>see /opt/x/y.txt</p>"), "/opt/x/y.txt"),
    (printed("C:\\Users\\me"), "C:\\Users"),
    (printed("on lab-server-7"), "lab-server-7"),
])
def test_a_fault_in_an_output_is_found_and_its_cell_named(output, message, bad, monkeypatch):
    monkeypatch.setattr(lint_outputs.socket, "gethostname", lambda: "lab-server-7")
    index = where(bad, "exercises.predict(")
    bad.cells[index].outputs.append(output)
    [(number, text)] = bad.problems()
    assert (number, message in text) == (index + 1, True), text


@pytest.mark.parametrize("text", [
    "see https://example.org/a/b/c.html", "a/b and 1/2", "<td>x</td>", "n/a", "and/or/both", "loss 0.3/0.4",
    "/usr/share/datasets/fashion-mnist", "GET /healthz", "../data/results/x.json", "data:image/png;base64,AA/BB/CC==",
])
def test_harmless_slashes_pass(text, bad):
    bad.cells[where(bad, "exercises.predict(")].outputs.append(printed(text))
    assert bad.problems() == []


@pytest.mark.parametrize(("values", "message"), [
    ({"kernelspec": {"name": "labs", "display_name": "Labs"}}, "kernel must be \"python3\""),
    ({"widgets": {}}, "widget state"),
    ({"papermill": {"duration": 1}}, "holds \"papermill\""),
    ({"language_info": {"name": "python", "version": "3.11.2"}}, "language_info names"),
    ({"labkit": {"datasets": []}}, "metadata lack labkit"),
    ({"labkit": {"datasets": ["cifar"], "report": None}}, "unknown image set, 'cifar'"),
    ({"labkit": {"datasets": [], "report": 6}}, "the report 6"),
    ({"labkit": {"datasets": [], "report": None, "leger": False}}, "labkit holds leger"),
])
def test_a_fault_in_the_metadata_is_found(values, message, bad):
    bad.metadata.update(nbformat.from_dict(values))
    assert any(message in text for _, text in bad.problems())


def test_set_up_order_and_answers(bad):
    cells = bad.cells
    setup, check = where(bad, "device.setup"), where(bad, "exercises.check(\"00.1\"")
    cells[setup].metadata.tags = ["setup"]
    cells[check].outputs = [printed("✓ Exercise 00.1")]
    for words, others in (("## Summary", "## References"), ("exercises.predict", "exercises.outcome")):
        i, j = where(bad, words), where(bad, others)
        cells[i], cells[j] = cells[j], cells[i]
    found = bad.problems()
    for number, message in ((setup + 1, "tag it \"nbval-ignore-output\""), (check + 1, "put the stub back"),
                            (0, "in the order"), (where(bad, "exercises.outcome") + 1, "before it can be predicted")):
        assert any(number == cell and message in text for cell, text in found), found
    cells[setup].metadata.tags = []
    assert (0, "0 cells are tagged \"setup\"; exactly one must be, right after the parameters.") in bad.problems()


@pytest.mark.parametrize("count", [None, 3])
def test_cells_run_from_the_top(count, bad):
    assert bad.problems() == []
    bad.cells[where(bad, "exercises.check(\"00.1\"")].execution_count = count
    assert [text[:12] for _, text in bad.problems(renumber=False)] == ["the cell was"]


def test_the_title_bears_the_number_of_the_file(bad):
    bad.cells[0].source = bad.cells[0].source.replace("# NN", "# 00")
    assert bad.problems("00_start.ipynb") == []
    texts = [text for _, text in bad.problems("07_start.ipynb")]
    assert any("notebook's number: # 07" in text for text in texts)
    assert sum("belongs to another notebook" in text for text in texts) == 4


def test_a_report_wants_its_ledger_unless_told_otherwise(bad):
    bad.metadata.labkit = {"datasets": [], "report": 4}
    assert bad.problems() == []
    ledger = bad.cells[where(bad, "## The ledger")]
    ledger.source = ledger.source.replace("## The ledger", "```\n## The ledger\n```")  # code is no section
    assert ["no section \"## The ledger\"" in text for _, text in bad.problems()] == [True]
    bad.metadata.labkit = {"datasets": [], "report": 4, "ledger": False}
    assert bad.problems() == []


@pytest.mark.parametrize("content", ["", '{"cells": 3}', "[1, 2]", '{"nbformat": 4, "cells": [{}]}',
                                     '{"nbformat": 3, "cells": []}'])
def test_what_is_no_notebook_is_said(content, tmp_path):
    (tmp_path / "x.ipynb").write_text(content)
    assert str(lint.lint(tmp_path / "x.ipynb")[0]).startswith("x.ipynb, whole notebook: is no valid notebook")


def test_the_command_fails_where_something_is_wrong(tmp_path):
    (tmp_path / "x.ipynb").write_text("[]")
    for path, code, words in ((TEMPLATE, 0, ""), (tmp_path / "x.ipynb", 1, "is no valid notebook")):
        done = subprocess.run([sys.executable, lint.__file__, path], capture_output=True, text=True)
        assert (done.returncode, words in done.stderr) == (code, True)


def test_large_notebooks_and_long_cells_are_refused(bad, monkeypatch):
    monkeypatch.setattr(lint, "NOTEBOOK_BYTES", 1000)
    monkeypatch.setattr(lint, "MEDIAN_LINES", 1)
    found = bad.problems()
    assert any("the limit is 0 MB" in text for _, text in found)
    assert any("code cells have more than 1 lines" in text for _, text in found)
