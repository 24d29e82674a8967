"""How notebooks are run and judged (nearly.py); a changed parameter changes the result."""

import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from tests.notebooks.nearly import nearly

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.notebook


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
    ("1 / 0", "", (), False),
    ("print('never reached')", "never reached\n", (), False),
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


def test_the_comparison_can_fail(tmp_path):
    """What the harness lets through and what it does not: tags, replacements, near numbers."""
    cells = []
    for source, text, tags, _ in CELLS:
        cells.append(nbformat.v4.new_code_cell(source, execution_count=1, metadata={"tags": list(tags)}))
        cells[-1].outputs = [nbformat.v4.new_output("stream", name="stdout", text=text)] if text else []
    path = tmp_path / "small.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    command = [sys.executable, "-m", "pytest", path, "--nbval", "-ptests.notebooks.nearly", "-q", "--color=no", "-rA"]
    shown = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8").stdout
    passed = [line.split("Cell ")[1] for line in shown.splitlines() if line.startswith("PASSED")]
    assert [str(number) in passed for number in range(len(CELLS))] == [passes for *_, passes in CELLS], shown
