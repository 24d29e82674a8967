"""Small notebooks for the runner's tests, and the real command line over them."""

import os
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import psutil

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
