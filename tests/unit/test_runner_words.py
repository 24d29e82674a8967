"""How a kernel ended, in words; equations without a network; durations; what is shown."""

import io
import re
import signal
from pathlib import Path

import pytest
from rich.console import Console

from labkit.errors import LabkitError
from labkit.runner import equations, kernel, results, screen, summary
from labkit.runner.jobs import Report, Row
from labkit.runner.words import duration, memory


@pytest.mark.parametrize(("returncode", "kills", "status", "words"), [
    (-signal.SIGKILL, (3, 4), "out of memory", "The kernel was killed by the system because memory ran out"),
    (-signal.SIGKILL, (None, None), "out of memory", "most likely by the system because memory ran out"),
    (-signal.SIGKILL, (3, 3), "kernel died", "not by the system's out-of-memory killer"),
    (-signal.SIGSEGV, (3, 3), "kernel died", "SIGSEGV, a fault in compiled code"),
    (-signal.SIGABRT, (3, 3), "kernel died", "SIGABRT, compiled code gave up"),
    (3, (3, 3), "kernel died", "with exit code 3"),
    (None, (3, 3), "kernel died", "stopped answering"),
])
def test_the_ends_of_a_kernel_are_told_apart(returncode, kills, status, words):
    found = kernel.last_words(returncode, *kills, 1_500_000_000)
    assert found[0] == status
    assert words in found[1]
    if returncode == -signal.SIGKILL:
        assert "up to 1.50 GB" in found[1]


def test_environment_of_a_kernel(tmp_path, monkeypatch):
    monkeypatch.setenv("MPLBACKEND", "agg")
    monkeypatch.delenv("LABKIT_OFFLINE", raising=False)
    online = kernel.environment(tmp_path, offline=False)
    assert online["MPLBACKEND"] == "module://matplotlib_inline.backend_inline"
    assert online["LABKIT_HEADLESS"] == "1"
    assert "LABKIT_OFFLINE" not in online
    assert kernel.environment(tmp_path, offline=True)["LABKIT_OFFLINE"] == "1"


@pytest.mark.parametrize(("seconds", "text"), [
    (None, ""), (4.14, "4.1 s"), (9.96, "10 s"), (59.4, "59 s"), (59.6, "1 min"), (125, "2 min 05 s"),
    (3599, "59 min 59 s"), (3600, "1 h 00 min"), (11_400, "3 h 10 min"),
])
def test_duration(seconds, text):
    assert duration(seconds) == text


def test_memory():
    assert (memory(1_914_000_000), memory(None)) == ("1.91 GB", "")


@pytest.mark.parametrize("tex", [
    r"\min_G\max_D V(D,G)=\mathbb{E}_{x\sim p_{\mathrm{data}}}[\log D(x)]",
    r"\lVert\mu_r-\mu_g\rVert^2 + \operatorname{Tr}\bigl(\Sigma_r+\Sigma_g\bigr)", r"\tfrac12 \le x' \to y",
    r"x < y", r"\argmin_\theta \mathcal{L}(\theta)",
])
def test_equations_are_drawn(tex):
    for block in (False, True):
        html = equations.draw(tex, block)
        assert "<path" in html
        assert 'class="tex' not in html
        assert "currentColor" in html
        assert "http" not in html


def test_aligned_equations_have_a_row_per_line():
    html = equations.draw(r"\begin{aligned} a &= b + c \\ d &= e \end{aligned}", True)
    assert html.count("<tr>") == 2
    assert html.count("<td>") == 4
    assert html.count("<path") == 4


def test_what_cannot_be_drawn_is_shown_as_source():
    html = equations.draw(r"\begin{pmatrix} 1 & 2 \end{pmatrix} < 3", True)
    assert html == r'<code class="tex block">\begin{pmatrix} 1 &amp; 2 \end{pmatrix} &lt; 3</code>'


def test_an_equation_keeps_its_source_for_screen_readers():
    assert 'aria-label="a &lt; b &amp; c"' in equations.draw("a < b & c", False)


def test_log_tail_leaves_jupyters_notes_out(tmp_path):
    log = tmp_path / "log"
    log.write_text("[IPKernelApp] WARNING | hm\n\nterminate called\n" + "x\n" * 3)
    assert results.log_tail(log) == ["terminate called", "x", "x", "x"]
    assert results.log_tail(tmp_path / "none") == []


ROWS = [
    Row("01_a", "A", "ok", 48.2, 1_910_000_000, 30, 30, ("CIFAR-10, train: 50,000 images from data",)),
    Row("02_b", "B", "error", 3.0, 80_000_000, 3, 5, error=results.error(
        "ValueError", "no", {"cell": 4, "source": "f(1)"}, trace=["\x1b[31mValueError\x1b[0m: no"] * 60)),
    Row("03_c", "C", "not run"),
]


def shown(listener_class, terminal):
    stream = io.StringIO()
    listener = listener_class(Console(file=stream, force_terminal=terminal, width=140, highlight=False, soft_wrap=True))
    report = Report(Path("out"), {"profile": "quick"}, ROWS)
    listener.begin([row.notebook for row in ROWS])
    for row in ROWS[:2]:
        listener.running(row.notebook, 0, None, 0)
        listener.running(row.notebook, 2, 5, 1_000_000)
        if terminal:
            listener.progress.refresh()  # it draws four times a second; this is the moment to look
        listener.ended(row)
    listener.finish(report)
    listener.close()
    return stream.getvalue()


def test_headless_is_one_line_per_notebook_without_colours():
    text = shown(screen.Plain, False)
    assert "\x1b" not in text
    lines = text.splitlines()
    assert [line.split()[0] for line in lines[:3]] == ["notebook", "01_a", "02_b"]
    assert re.search(r"01_a +ok +48 s +1\.91 GB +30 +CIFAR-10, train: 50,000 images from data$", lines[1])
    assert sum("01_a" in line for line in lines) == 1
    assert "02_b: error in cell 4 (In [4])" in text
    assert "  | f(1)" in text
    assert text.count("ValueError: no") == screen.LINES
    assert "20 lines more" in text
    assert "1 of 3 notebooks ended well" in lines[-1]


def test_terminal_shows_progress_and_a_table():
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown(screen.Terminal, True))
    assert "✓ 01_a  48 s  1.91 GB" in text
    assert "✗ error: 02_b" in text
    assert "cell 3 of 5" in text
    assert re.search(r"│ 03_c +│ not run", text)


def test_a_stream_that_is_no_terminal_gets_plain_lines():
    assert isinstance(screen.choose(io.StringIO()), screen.Plain)


def test_reading_a_summary_that_is_not_there(tmp_path):
    with pytest.raises(LabkitError, match="labkit run --out"):
        summary.read(tmp_path)
    (tmp_path / "summary.json").write_text("{")
    with pytest.raises(LabkitError, match="is not JSON"):
        summary.read(tmp_path)
    assert summary.earlier(tmp_path) == []
