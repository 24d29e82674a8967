"""The house: what may import what, and how large it is."""

import ast
import graphlib
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent / "labkit"
#: A room imports only rooms that stand before it.
ORDER = ("errors", "files", "tables", "parameters", "plotting", "device", "datasets", "models", "reports", "metrics",
         "training", "widgets", "exercises", "serving", "page", "notebooks", "run", "grade", "cli")
#: Modules of one name that are each other's counterpart.
COUNTERPARTS = {"classifiers": "the networks, and their training", "flow": "the network, and its training",
                "run": "of notebooks, and of a training"}
MODULES = {".".join(path.relative_to(ROOT.parent).with_suffix("").parts).removesuffix(".__init__"): path
           for path in ROOT.rglob("*.py")}


def imports(name) -> set[str]:
    """Return the modules of labkit that a module imports, anywhere in it."""
    found = set()
    for node in ast.walk(ast.parse(MODULES[name].read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            whole = [f"{node.module}.{alias.name}" for alias in node.names]
            found |= {part if part in MODULES else node.module for part in whole}
    return {part for part in found if part in MODULES} - {"labkit", name}


GRAPH = {name: imports(name) for name in MODULES if name != "labkit"}


def test_no_circle():
    graphlib.TopologicalSorter(GRAPH).prepare()  # raises CycleError, which names the circle


def test_nothing_is_imported_upwards():
    floor = {name: ORDER.index(name.split(".")[1]) for name in GRAPH}
    assert [(name, part) for name, parts in GRAPH.items() for part in parts if floor[part] > floor[name]] == []


def test_one_name_is_one_thing():
    names = Counter(name.rpartition(".")[2] for name in MODULES)
    assert {name for name, times in names.items() if times > 1} == set(COUNTERPARTS)


LENGTHS = {name: len(path.read_text(encoding="utf-8").splitlines()) for name, path in MODULES.items()}


def test_every_module_is_read_in_one_sitting():
    assert {name: lines for name, lines in LENGTHS.items() if lines > 300} == {}


def test_the_house_is_small():
    assert sum(LENGTHS.values()) <= 11_000


@pytest.mark.parametrize(("code", "heavy"), [
    ("import labkit.cli", "numpy tensorflow keras rich"),
    ("from labkit.reports import ledger; ledger.table()", "numpy tensorflow keras"),
    ("import labkit.metrics", "tensorflow keras sklearn matplotlib"),
    ("from labkit.exercises import frame; [frame.find(id) for id in frame.known()]", "tensorflow keras matplotlib"),
    ("from labkit import models; models.keys(), models.papers()", "tensorflow keras"),
    ("from labkit import plotting; import numpy; plotting.image_grid(numpy.zeros((3, 4, 4), 'uint8')).array()",
     "tensorflow keras matplotlib IPython"),
])
def test_an_import_brings_only_what_it_needs(code, heavy):
    code += f"; import sys; assert not set({heavy.split()}) & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
