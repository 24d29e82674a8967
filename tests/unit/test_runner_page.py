"""Pages stand alone: nothing is fetched, no script runs, images and equations are inside."""

import re

import nbformat
import pytest

from labkit.runner import index, page

PNG = ("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")
ROW = {"status": "ok", "cells": 2, "cells_total": 2, "seconds": 3.0, "peak_memory_bytes": 5e8, "data": ["CIFAR <10>"],
       "error": None, "title": "T & T", "notebook": "01_t", "page": "01_t.html", "output": "01_t.ipynb",
       "earlier_good": None, "finished": "2026-01-02T03:04:05+00:00", "profile": "quick"}


@pytest.fixture(scope="module")
def text(tmp_path_factory):
    v4 = nbformat.v4
    display = [
        v4.new_output("display_data", {"image/png": PNG}, metadata={"image/png": {"alt": "one red dot"}}),
        v4.new_output("display_data", {"text/html": "<b>bold</b><script>steal()</script>"
                                                    '<link rel="stylesheet" href="https://cdn.example/x.css">'}),
        v4.new_output("display_data", {"application/vnd.jupyter.widget-view+json": {"model_id": "a"},
                                       "text/plain": "NoiseSampler(4)"}),
        v4.new_output("display_data", {"application/javascript": "alert(1)", "text/plain": "a plot"}),
        v4.new_output("execute_result", {"text/latex": "$\\frac{1}{2}$", "text/plain": "1/2"}),
        v4.new_output("error", ename="E", evalue="v", traceback=["\x1b[31mE\x1b[0m: <v>"]),
    ]
    notebook = v4.new_notebook(cells=[
        v4.new_markdown_cell("# Title\n\nInline $x^2$ and `$not = math$`.\n\n$$\\min_G\\max_D V$$\n\n"
                             "\\begin{align}a &= b \\\\ c &= d\\end{align}\n\n```python\nx = '$y$'\n```"),
        v4.new_code_cell("print('<hello>')", outputs=display, execution_count=1),
        v4.new_markdown_cell("papermill's own words", metadata={"tags": ["papermill-error-cell-tag"]}),
    ], metadata={"widgets": {"application/vnd.jupyter.widget-state+json": {"state": {}}}})
    path = tmp_path_factory.mktemp("page") / "01_t.html"
    page.write(notebook, path, "T & T", ROW)
    return path.read_text(encoding="utf-8")


def test_nothing_is_fetched_and_no_script_runs(text):
    assert "default-src 'none'" in text
    assert "<script" not in text
    assert "<link" not in text
    assert not re.search(r"""(?:src|href)=["'](?:https?:)?//""", text)
    assert not re.search(r"url\((?!data:)", text)


def test_images_keep_their_alt_text(text):
    assert re.search(r'<img alt="one red dot"[^>]* src="data:image/png;base64,', text)


def test_equations_are_drawn_and_code_is_left_alone(text):
    assert text.count('role="math"') == 4  # inline, display, align, and the result 1/2
    assert "<code>$not = math$</code>" in text
    assert "'$y$'" in re.sub("<[^>]+>", "", text)
    assert text.count("<path") == 3 + 4


def test_what_needs_a_script_shows_its_plain_text(text):
    assert "NoiseSampler(4)" in text
    assert "a plot" in text
    assert "alert" not in text
    assert "steal" not in text
    assert "<b>bold</b>" in text


def test_head_says_how_it_went_and_links_back(text):
    assert "<title>T &amp; T</title>" in text
    assert "ok · 2 of 2 cells · 3.0 s · 0.50 GB · CIFAR &lt;10&gt;" in text
    assert text.count('href="index.html"') == 2
    assert "papermill's own words" not in text


def test_readable_on_a_phone_and_in_the_dark(text):
    assert 'name="viewport" content="width=device-width' in text
    assert "prefers-color-scheme: dark" in text
    assert "max-width: 40rem" in text


def test_an_error_is_said_at_the_head():
    error = {"cell": 4, "source": "f(1)", "name": "ValueError", "value": "a < b", "words": "", "traceback": ["x"],
             "log": ["last <words>"]}
    html = page.problem(ROW | {"status": "error", "error": error})
    assert "cell 4 (In [4]): ValueError: a &lt; b" in html
    assert "last &lt;words&gt;" in html


def test_index_links_every_notebook_and_the_last_good_result(tmp_path):
    run = {"profile": "laptop", "ok": False, "interrupted": True, "finished": "2026-01-02", "started": "2026-01-01",
           "command": "labkit run <6>", "jobs": 2, "seconds_per_cell": 600.0, "commit": None, "python": "3.11",
           "labkit": "0", "versions": {"numpy": "2"}, "memory_is": "most",
           "machine": {"processor": "P", "cores": 2, "memory_bytes": 8e9, "system": "Linux"}}
    broken = ROW | {"notebook": "02_u", "status": "kernel died", "page": "02_u.unfinished.html", "cells": 1,
                    "output": "02_u.unfinished.ipynb", "earlier_good": "2025-12-31T00:00:00", "error": {
                        "cell": None, "source": "", "name": "KernelDied", "value": "", "words": "It crashed.",
                        "traceback": [], "log": []}}
    index.write({"run": run, "notebooks": [ROW, broken], "earlier": [ROW | {"notebook": "03_v", "page": "03_v.html"}]},
                tmp_path / "index.html")
    html = (tmp_path / "index.html").read_text(encoding="utf-8")
    for link in ("01_t.html", "01_t.ipynb", "02_u.unfinished.html", "02_u.html", "03_v.html"):
        assert f'href="{link}"' in html
    assert "1 of 2 ended well, then it was stopped" in html
    assert "It crashed." in html
    assert "1 of 2</td>" in html
    assert "labkit run &lt;6&gt;" in html
    assert "2026-01-02, quick" in html
