#!/usr/bin/env python3
"""Run notebooks from the top, as they are, and store their outputs clean.

    .venv/bin/python tools/store.py notebooks/06_cifar_dcgan.ipynb …

The file is replaced only when every cell ended well and nothing was written to stderr. What is stored comes from the
real image sets: with a stand-in the notebook is refused, unless --stand-in is given. Printed at the end: seconds, the
kernel's peak memory (both go into the notebook's header), and what the lint finds.
"""

import argparse
import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace

import nbformat
from nbconvert.preprocessors import CoalesceStreamsPreprocessor

from labkit import datasets, files, run
from labkit.errors import LabkitError

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "notebooks"))
import lint

KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
LANGUAGE = {"file_extension": ".py", "mimetype": "text/x-python", "name": "python", "pygments_lexer": "ipython3"}


def tidy(notebook):
    """Drop from a notebook what belongs to a run or to a machine; keep its words, its outputs and labkit's metadata."""
    about = notebook.metadata.get("labkit")
    notebook.metadata = nbformat.from_dict({"kernelspec": KERNEL, "language_info": LANGUAGE}
                                           | ({"labkit": about} if about else {}))
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    notebook.cells = [cell for cell in notebook.cells if "injected-parameters" not in cell.metadata.get("tags", [])]
    # Pieces of one stream as one: how they were cut depends on the moment.
    CoalesceStreamsPreprocessor().preprocess(notebook, {})
    counts = sorted(cell.execution_count for cell in notebook.cells if cell.get("execution_count"))
    for cell in notebook.cells:
        tags = cell.metadata.get("tags")
        hidden = lint.HIDDEN if "exercises.outcome(" in cell.source else {}
        cell.metadata = nbformat.from_dict(({"tags": tags} if tags else {}) | hidden)
        cell.source = cell.source.rstrip()
        if cell.cell_type == "code":
            # The runner's own cell with the parameters counted, too: close the gap that it leaves.
            for item in [cell, *cell.outputs]:
                if item.get("execution_count"):
                    item.execution_count = counts.index(item.execution_count) + 1
    return notebook


def refusals(notebook) -> list[str]:
    """Return why an executed notebook is not fit to be stored; empty when it is."""
    cells = list(enumerate(notebook.cells, 1))
    book = SimpleNamespace(cells=cells, code=[(n, cell) for n, cell in cells if cell.cell_type == "code"])
    return [f"cell {n}: {text}" for rule in (lint.clean, lint.no_machine) for n, text in rule(book)]


def store(path, timeout=600.0, stand_in=False) -> str:
    """Run one notebook and write it back; return the line that says what it took. Raises LabkitError when refused."""
    path = Path(path)
    try:
        notebook = nbformat.read(path, as_version=4)
    except (OSError, ValueError, nbformat.reader.NotJSONError) as error:
        raise LabkitError(f"{path} cannot be read as a notebook: {str(error).splitlines()[0]}") from error
    names = notebook.metadata.get("labkit", {}).get("datasets", [])
    missing = [name for name in names if datasets.load(name, limit=1, quiet=True).is_stand_in]
    if missing and not stand_in:
        raise LabkitError(f"{path.name} is not stored: {', '.join(missing)} would be replaced. Fetch the real sets "
                          "(labkit data fetch NAME), or give --stand-in to store it all the same.")
    with tempfile.TemporaryDirectory() as folder:
        [row] = run.run([path], folder, timeout=timeout, say=lambda line: None)["notebooks"]
        if row["status"] != "ok":
            raise LabkitError(f"not stored: {row['error']}")
        notebook = nbformat.read(Path(folder, row["output"]), as_version=4)
    if reasons := refusals(notebook):
        raise LabkitError(f"{path.name} is not stored: " + "; ".join(reasons))
    text = nbformat.writes(tidy(notebook))
    nbformat.validate(nbformat.reads(text, as_version=4))
    with files.atomic(path, "w", encoding="utf-8", newline="\n") as file:
        file.write(text.rstrip("\n") + "\n")
    return (f"{path.name}: {row['seconds']:.0f} s, {row['peak_memory_bytes'] / 1e9:.2f} GB at most, "
            f"{path.stat().st_size / 1e6:.2f} MB")


def main(arguments=None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("notebooks", nargs="+")
    parser.add_argument("--timeout", type=float, default=600.0, help="seconds that a cell may take (default 600)")
    parser.add_argument("--stand-in", action="store_true", help="store outputs made from stand-ins, too")
    options = parser.parse_args(arguments)
    failed = 0
    for path in options.notebooks:
        try:
            print(store(path, options.timeout, options.stand_in), flush=True)
        except LabkitError as error:
            print(f"store: {error}", file=sys.stderr)
            failed += 1
    problems = [problem for path in options.notebooks for problem in lint.lint(path)]
    print(*problems, sep="\n", end="\n" if problems else "", file=sys.stderr)
    return 1 if problems or failed else 0


if __name__ == "__main__":
    sys.exit(main())
