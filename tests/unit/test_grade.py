"""labkit grade: what is solved, and what a submission cannot do."""

import csv
import subprocess
import time

import nbformat
import pytest

from labkit import files, grade
from labkit.errors import LabkitError

START, LAST = "from labkit import exercises", 'exercises.check("15.4", "bd")'


def submit(path, *cells):
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in (START, *cells)]), path)


@pytest.fixture(scope="module", autouse=True)
def boxes():
    if subprocess.run([*grade.UNSHARE, "true"], capture_output=True, check=False).returncode:
        pytest.skip("this system lets nobody make namespaces")


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """Return the rows of a class, {file: row}, and a file of the instructor's that somebody wanted."""
    place = tmp_path_factory.mktemp("class")
    folder, mine = place / "submitted", place / "mine.txt"
    mine.write_text("kept")
    submit(folder / "ann" / "Notebook 15 (final).ipynb", 'exercises.check("15.2", 116)',
           'raise ValueError("\x1b]2;red")', 'exercises.check("15.4", ...)', LAST)
    submit(folder / "bob" / "x.ipynb", 'exercises.check("15.4", "ad")')
    solutions = files.home() / "tests" / "solutions" / "nb15.py"
    submit(folder / "eve" / "x.ipynb", "import os, pathlib, shutil, socket, subprocess", "got = []", *[
        f"try:\n    {deed}\n    got.append({deed!r})\nexcept OSError:\n    pass" for deed in (
            f"open({str(solutions)!r}).read()", f"open({str(mine)!r}, 'w')", f"os.chmod({str(files.data())!r}, 0)",
            f"os.listdir({str(folder)!r})", "socket.create_connection(('192.0.2.1', 9), 1)", "open('/etc/eve', 'w')")],
           'subprocess.Popen("setsid sleep 4242", shell=True)', 'exercises.check("15.4", str(got) if got else "bd")',
           "shutil.rmtree(os.getcwd())", "exercises.check('15.2', ...)")
    (folder / "=1+1.ipynb").write_bytes(b"%PDF\xff")
    grade.grade(folder, place / "grades.csv", jobs=2, say=lambda line: None)
    with open(place / "grades.csv", encoding="utf-8", newline="") as file:
        return {row["file"]: row for row in csv.DictReader(file)}, mine


def test_each_exercise_is_solved_missed_or_not_there(graded):
    ann, bob = graded[0]["ann/Notebook 15 (final).ipynb"], graded[0]["bob/x.ipynb"]
    assert (ann["notebook"], ann["2"], ann["4"], ann["solved"]) == ("15", "✓ solved", "✓ solved", "2 of 4")
    assert ann["how it ended"] == "ValueError:  ]2;red"  # no sign that steers a terminal
    assert (bob["1"], bob["4"], bob["solved"]) == ("… not there", "✗ not yet: a", "0 of 4")


def test_what_is_no_notebook_has_a_row_that_no_spreadsheet_computes(graded):
    assert graded[0]["'=1+1.ipynb"]["how it ended"].startswith("not graded: ")


def test_a_hostile_submission_sees_and_changes_nothing_outside(graded):
    rows, mine = graded
    assert rows["eve/x.ipynb"]["4"] == "✓ solved"  # none of its deeds
    assert mine.read_text() == "kept"
    assert "sleep 4242" not in subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("deed", ["while True: pass", "x = []\nwhile True: x.append(bytearray(10**8))"])
def test_a_submission_without_end_is_ended(tmp_path, deed):
    submit(tmp_path / "in" / "x.ipynb", deed, LAST)
    began = time.monotonic()
    row, = grade.grade(tmp_path / "in", tmp_path / "x.csv", timeout=8, memory=1e9, say=lambda line: None).rows
    assert time.monotonic() - began < 60
    assert row[-1].startswith(("stopped: ", "MemoryError"))


def test_a_folder_without_notebooks(tmp_path):
    with pytest.raises(LabkitError, match="holds no notebook"):
        grade.grade(tmp_path, tmp_path / "x.csv")
