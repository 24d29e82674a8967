"""Every notebook runs, and shows what is stored in it; a changed parameter changes the result."""

import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from labkit import datasets
from tests.notebooks.nearly import nearly

ROOT = Path(__file__).parents[2]
TEMPLATE = ROOT / "docs" / "template.ipynb"
NOTEBOOKS = [*sorted(ROOT.glob("notebooks/[0-9][0-9]_*.ipynb")), TEMPLATE]
CELL_SECONDS = 600

pytestmark = [pytest.mark.notebook, pytest.mark.timeout(1800)]


@pytest.fixture
def quiet(tmp_path, monkeypatch):
    """Return the surroundings of a kernel: no network, no bars, figures into the notebook, no start-up files."""
    monkeypatch.setenv("LABKIT_OFFLINE", "1")
    monkeypatch.setenv("LABKIT_HEADLESS", "1")
    monkeypatch.setenv("MPLBACKEND", "module://matplotlib_inline.backend_inline")
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("PYDEVD_DISABLE_FILE_VALIDATION", "1")
    return dict(os.environ)


def drawn_sets(path) -> list[str]:
    """Return the image sets that a notebook names and that would be drawn here."""
    names = nbformat.read(path, as_version=4).metadata.labkit.datasets
    return [name for name in names if datasets.load(name, limit=1, quiet=True).is_stand_in]


def validate(path, environment, *options):
    """Run a notebook under nbval in a process of its own; return it."""
    command = [sys.executable, "-m", "pytest", str(path), *options, "--nbval-current-env",
               f"--nbval-cell-timeout={CELL_SECONDS}", "-p", "tests.notebooks.nearly",
               "-q", "--color=no", "-p", "no:cacheprovider", "-o", f"timeout={CELL_SECONDS + 60}"]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, encoding="utf-8")


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_notebook_shows_what_is_stored(path, quiet):
    """Strict where its real image sets lie; elsewhere it must run, and its outputs, from drawn ones, may differ."""
    drawn = drawn_sets(path)
    result = validate(path, quiet, "--nbval-lax" if drawn else "--nbval")
    assert result.returncode == 0, f"{f'lax, drawn: {drawn}' if drawn else 'strict'}\n{result.stdout}\n{result.stderr}"


def outputs(notebook) -> str:
    return "\n".join(output.get("text", "") or output.get("data", {}).get("text/plain", "")
                     for cell in notebook.cells for output in cell.get("outputs", []))


def test_a_changed_parameter_changes_the_result(tmp_path, quiet):
    command = [sys.executable, "-c", "from labkit.cli import main; main()", "run", str(TEMPLATE),
               "-p", "SAMPLES=3", "-p", "SEED=1", "--out", str(tmp_path / "out")]
    result = subprocess.run(command, cwd=ROOT, env=quiet, capture_output=True, text=True, encoding="utf-8")
    assert result.returncode == 0, result.stdout + result.stderr
    made = tmp_path / "out" / "template.ipynb"
    stored, changed = (outputs(nbformat.read(path, as_version=4)) for path in (TEMPLATE, made))
    assert "[figure: 8 squares of noise" in stored
    assert "[figure: 3 squares of noise" in changed
    assert [line for line in stored.splitlines() if "of the pixels changed" in line] != [
        line for line in changed.splitlines() if "of the pixels changed" in line]


PICTURE = '<img alt="{}" src="data:image/png;base64,{}" width="8">\n'
# source, stored output, tags, whether the cell passes strictly
CELLS = [
    ("print(1 + 1)", "2\n", (), True),
    ("print(1 + 1)", "3\n", (), False),
    ("print(1 + 1)", "3\n", ("nbval-ignore-output",), True),
    ("import sys; print(2); print('careful', file=sys.stderr)", "2\n", (), False),
    ("print(object())", "<object object at 0x7f3c5a1b2c40>\n", (), True),
    ("print('made 2026-11-22T05:31:35Z')", "made 2025-01-01 00:00:00.123+01:00\n", (), True),
    (f"print({PICTURE.format('a b c', 'AA==')!r}, end='')", PICTURE.format("a b c", "BB=="), (), True),
    (f"print({PICTURE.format('a b c', 'AA==')!r}, end='')", PICTURE.format("a b d", "AA=="), (), False),
    ("print('a distance of 5.5, -0.01 in 2.21.0')", "a distance of 5.6, 0.00 in 2.21.0\n", (), True),
    ("print('a distance of 5.5')", "a distance of 5.7\n", (), False),
    ("1 / 0", "", (), False),
]

NEAR = [("5.5", "5.4"), ("  9.99 s", " 10.01 s"), ("-0.01", "0.00"), ("1,234.5", "1,259.1"), ("1.2e-05", "1.3e-05"),
        ("<td>0.412</td>", "<td>0.420</td>"), ("0.94 ± 0.01", "0.95 ± 0.02"), ("−3.1 %", "−3.0 %"), ("0.1", "0.09")]
FAR = [("5.5", "5.7"), ("1,234.5", "1,260.0"), ("-0.5", "0.5"), ("-0.02", "0.00"), ("0.5 0.5", "0.5"),
       ("0.5 m", "0.5 s"), ("1,000 steps", "1,001 steps"), ("3,670,016", "3,670,272"), ("98 %", "99 %"), ("5", "5.0"),
       ("nan", "0.0"), ('<img width="80.5">', '<img width="80.6">'), ("[figure: mean 0.51]", "[figure: mean 0.52]"),
       ("version 2.21.0", "version 2.22.0"), ("1.2e-05", "1.2e-06"), ("1.00 1.00", "1.00\n1.00")]


def test_only_last_digits_may_differ():
    assert [pair for pair in NEAR if not nearly(*pair)] == []
    assert [pair for pair in FAR if nearly(*pair)] == []


@pytest.mark.parametrize("option", ["--nbval", "--nbval-lax"])
def test_the_comparison_can_fail(option, tmp_path, quiet):
    """What the harness lets through and what it does not: its options, tags and replacements."""
    cells = []
    for source, text, tags, _ in CELLS:
        cells.append(nbformat.v4.new_code_cell(source, execution_count=1, metadata={"tags": list(tags)}))
        cells[-1].outputs = [nbformat.v4.new_output("stream", name="stdout", text=text)] if text else []
    path = tmp_path / "small.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    result = validate(path, quiet, option, "-rA")
    passed = [line.split("Cell ")[1] for line in result.stdout.splitlines() if line.startswith("PASSED")]
    outcomes = [str(number) in passed for number in range(len(CELLS))]
    strict = [passes for *_, passes in CELLS]
    assert outcomes == (strict if option == "--nbval" else [True] * 10 + [False]), result.stdout
