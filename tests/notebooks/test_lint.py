"""The lint passes the notebooks, and finds each fault in a copy of the template: where it is and what to do."""

import re
from pathlib import Path

import lint
import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output

from labkit import page

ROOT = Path(__file__).parent.parent.parent
TEMPLATE = ROOT / "docs" / "template.ipynb"
NOTEBOOKS = [*sorted(ROOT.glob("notebooks/*.ipynb")), TEMPLATE]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_notebook_is_clean_and_every_equation_of_its_page_is_one(path):
    assert lint.lint(path) == []
    body, _ = page._exporter().from_notebook_node(nbformat.read(path, as_version=4))
    words = re.sub(r"<(code|pre|style)\b.*?</\1>|<[^>]+>", "", body, flags=re.DOTALL)
    assert re.findall(r".{0,20}\\[a-zA-Z]+.{0,20}", words) == []


def test_a_table_lists_every_notebook_with_the_time_and_memory_of_its_header():
    header = re.compile(r"Measured at `quick`: (\d+ s) and ([\d.]+ GB)")
    row = re.compile(r"\| (\d\d) \| \[`(\w+)`\]\(\.\./notebooks/(\w+)\.ipynb\) \|.*\| (\d+ s) \| ([\d.]+ GB) \|")
    lines = (ROOT / "docs/notebooks.md").read_text(encoding="utf-8").splitlines()
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

    def problems(name="template.ipynb"):
        for count, cell in enumerate([cell for cell in notebook.cells if cell.cell_type == "code"], 1):
            cell.execution_count = count
        (tmp_path / name).write_text(nbformat.writes(notebook), encoding="utf-8")
        return [(problem.cell, problem.text) for problem in lint.lint(tmp_path / name)]

    object.__setattr__(notebook, "problems", problems)
    return notebook


@pytest.mark.parametrize(("old", "new", "message"), [
    ("# NN · ", "", "begin with a markdown cell"),
    ("**Learning objectives.**", "", "lacks **Learning objectives"),
    ("GB on", "gigabytes on", "measured numbers with units"),
    ("SAMPLES: int = 0", "SAMPLES = 0", "is no typed, explained parameter"),
    ("  # of everything random in this notebook", "", "is no typed, explained parameter"),
    ("SAMPLES:", "N_IMGS:", "N_IMGS is none of the agreed parameters"),
    ("SAMPLES: int = 0", "SAMPLES: int = 0.5", "SAMPLES must be int"),
    ("0 to 64", "a few", "must say its range"),
    ("str = \"quick\"", "str = \"laptop\"", 'PROFILE: str = "quick" is missing'),
    ("# quick | laptop | full", "# how long", "must begin with \"quick | laptop"),
    ("device.setup(seed=SEED);", "pass", "must call device.setup"),
    ("## Summary", "## The end", "the last sections must be"),
    ("check(\"00.2\"", "check(\"00.9\"", "no exercise 00.9"),
    ("exercises.predict(", "print(", "needs one prediction"),
    ("exercises.check(\"00.2\"", "print(\"00.2\"", "1 exercises are checked"),
])
def test_a_fault_in_the_words_is_found(old, new, message, bad):
    cell = bad.cells[where(bad, old)]
    cell.source = cell.source.replace(old, new)
    assert any(message in text for _, text in bad.problems())


def code(text, *tags):
    return new_code_cell(text, metadata={"tags": list(tags)})


@pytest.mark.parametrize(("before", "cell", "message"), [
    ("PROFILE:", code("1 + 1"), "first code cell"),
    ("device.setup", code("1 + 1"), "second code cell"),
    ("plotting.show", code("SEED: int = 0  # seed", "parameters"), "2 cells are tagged"),
    ("plotting.show", code("%pip install x"), "belongs into the set-up cell"),
    ("## References", new_markdown_cell("## One more thing"), "the last sections must be"),
    ("plotting.show", code("exercises.check(\"00.1\", 1)"), "stands above the section"),
    ("plotting.show", code("x = 1\n" * 41), "41 lines of code"),
    ("plotting.show", code("import sys\nprint(1)", "define"), "does more than import and define"),
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
    (new_output("display_data", {lint.WIDGET: {}}), "without its state"),
    (new_output("display_data", {"image/png": "AA==", "text/plain": "<Figure>"}), "figure without a description"),
    (html("<img alt='A figure' src='data:image/png;base64,AA=='>"), "description 'A figure'"),
    (printed("x" * 300_001), "kB of 300 allowed"),
    (html("<p>see /opt/x/y.txt</p>"), "/opt/x/y.txt"),
    (printed("on lab-server-7"), "lab-server-7"),
    (printed("see https://example.org/a/b/c.html, a/b, 1/2, n/a, /usr/share/datasets/x, ../data/results/x.json"), None),
])
def test_a_fault_in_an_output_is_found_and_its_cell_named(output, message, bad, monkeypatch):
    monkeypatch.setattr(lint.socket, "gethostname", lambda: "lab-server-7")
    index = where(bad, "exercises.predict(")
    bad.cells[index].outputs.append(output)
    found = bad.problems()
    assert [number for number, _ in found] == ([index + 1] if message else [])
    assert all(message in text for _, text in found)


@pytest.mark.parametrize(("values", "message"), [
    ({"kernelspec": {"name": "labs", "display_name": "Labs"}}, "kernel must be \"python3\""),
    ({"papermill": {"duration": 1}}, "holds \"papermill\""),
    ({"labkit": {"datasets": []}}, "metadata lack labkit"),
    ({"labkit": {"datasets": ["cifar"], "report": None}}, "unknown image set, 'cifar'"),
])
def test_a_fault_in_the_metadata_is_found(values, message, bad):
    bad.metadata.update(nbformat.from_dict(values))
    assert any(message in text for _, text in bad.problems())


def test_order_answers_and_numbers(bad):
    cells, check = bad.cells, where(bad, "exercises.check(\"00.1\"")
    cells[check].outputs = [printed("✓ Exercise 00.1")]
    for words, others in (("## Summary", "## References"), ("exercises.predict", "exercises.outcome")):
        i, j = where(bad, words), where(bad, others)
        cells[i], cells[j] = cells[j], cells[i]
    found = bad.problems("07_template.ipynb")
    for number, message in ((check + 1, "put the stub back"), (0, "the last sections"), (1, "notebook's number: # 07"),
                            (where(bad, "exercises.outcome") + 1, "before it can be predicted"),
                            (check + 1, "belongs to another notebook")):
        assert any(number == cell and message in text for cell, text in found), found


def test_what_is_no_notebook_is_said_and_cells_run_from_the_top(tmp_path, bad):
    for content in ("", "[1, 2]", '{"nbformat": 4, "cells": [{}]}'):
        (tmp_path / "x.ipynb").write_text(content)
        assert str(lint.lint(tmp_path / "x.ipynb")[0]).startswith("x.ipynb, whole notebook: is no valid notebook")
    bad.cells[where(bad, "exercises.check(\"00.1\"")].execution_count = 30
    nbformat.write(bad, tmp_path / "x.ipynb")
    [problem] = lint.lint(tmp_path / "x.ipynb")
    assert problem.text.startswith("the cell was run as number 30")
