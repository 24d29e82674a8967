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


def write(path, *cells, parameters=PARAMETERS, title="A notebook", datasets=None, kernel="python3"):
    """Write a notebook: a title, the parameters' cell (None: without), one code cell per text."""
    v4 = nbformat.v4
    metadata = {"kernelspec": {"name": kernel, "display_name": "Python 3", "language": "python"}}
    if datasets is not None:
        metadata["labkit"] = {"datasets": datasets}
    notebook = v4.new_notebook(metadata=metadata, cells=[v4.new_markdown_cell(f"# {title}")])
    if parameters is not None:
        notebook.cells.append(v4.new_code_cell(parameters, metadata={"tags": ["parameters"]}))
    notebook.cells += [v4.new_code_cell(text) for text in cells]
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, path)
    return path


def start(home, *arguments, **variables):
    """Start ``labkit run`` in a process of its own, headless, with ``home`` as LABKIT_HOME."""
    environment = os.environ | {"LABKIT_HOME": str(home), "PYTHONUNBUFFERED": "1"} | variables
    code = "from labkit.cli import main; main()"
    return subprocess.Popen([sys.executable, "-c", code, "run", *map(str, arguments)], env=environment, text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True, cwd=home)


def labkit_run(home, *arguments, **variables):
    """Run ``labkit run``; return (exit status, standard output, standard error)."""
    process = start(home, *arguments, **variables)
    out, err = process.communicate(timeout=300)
    return process.returncode, out, err


def wait_for(condition, seconds=60, what="the condition"):
    """Return the first true value of ``condition()``, looking five times a second."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if value := condition():
            return value
        time.sleep(0.2)
    raise AssertionError(f"waited {seconds} s for {what}")


def family(process):
    """Return all processes below ``process``."""
    try:
        return psutil.Process(process.pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []
