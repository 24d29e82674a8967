"""labkit grade: what is solved, and what a submission cannot do."""

import subprocess

import nbformat
import pytest

from labkit import files, grade
from labkit.errors import LabkitError


@pytest.fixture(autouse=True)
def boxes():
    if subprocess.run([*grade.UNSHARE, "true"], capture_output=True, check=False).returncode:
        pytest.skip("this system lets nobody make namespaces")


def submit(path, *cells):
    path.parent.mkdir(parents=True, exist_ok=True)
    cells = ["from labkit import exercises", *cells]
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells]), path)


def test_a_class(tmp_path):
    """One is right, wrong and through an error; one wants what is not hers; one hands in something else."""
    folder, mine = tmp_path / "in", tmp_path / "mine.txt"
    mine.write_text("kept")
    submit(folder / "ann" / "My (final).ipynb", 'exercises.check("15.2", 116)', "raise ValueError",
           'exercises.check("15.3", ...)', 'exercises.check("15.4", "ad")')
    deeds = (f"open({str(files.home() / 'tests' / 'solutions' / 'nb15.py')!r}).read()", f"open({str(mine)!r}, 'w')",
             f"os.chmod({str(files.data())!r}, 0)", f"os.listdir({str(folder)!r})", "open('/etc/eve', 'w')",
             "socket.create_connection(('192.0.2.1', 9), 1)")
    submit(folder / "eve" / "x.ipynb", "import os, shutil, socket, subprocess\ngot = []", *[
        f"try:\n    {deed}\n    got.append({deed!r})\nexcept OSError:\n    pass" for deed in deeds],
           'subprocess.Popen("setsid sleep 4242", shell=True)', 'exercises.check("15.4", str(got) if got else "bd")',
           "shutil.rmtree(os.getcwd())", 'exercises.check("15.2", ...)')
    (folder / "=1+1.ipynb").write_bytes(b"%PDF\xff")
    other, ann, eve = grade.grade(folder, jobs=2, say=lambda line: None).rows
    assert (other[0], other[-1][:12]) == ("'=1+1.ipynb", "not graded: ")  # no spreadsheet computes it
    assert ann[1:] == ("15", "… not there", "✓ solved", "○ not attempted", "✗ not yet: a", "1 of 4", "with an error")
    assert (eve[5], mine.read_text()) == ("✓ solved", "kept")  # none of her deeds
    assert "sleep 4242" not in subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout


@pytest.mark.slow
def test_a_submission_without_end_is_ended(tmp_path):
    submit(tmp_path / "in" / "x.ipynb", 'exercises.check("15.4", "bd")\nwhile True: pass')
    row, = grade.grade(tmp_path / "in", timeout=20, say=lambda line: None).rows
    assert (row[5], row[-1].split(":")[0]) == ("✓ solved", "stopped")


def test_a_folder_without_notebooks(tmp_path):
    with pytest.raises(LabkitError, match="holds no notebook"):
        grade.grade(tmp_path)
