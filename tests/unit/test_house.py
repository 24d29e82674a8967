"""The house: what may import what, how large it is, and how far it is from a call to what one wanted."""

import ast
import graphlib
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent / "labkit"
#: A room imports only rooms that stand before it.
ORDER = ("errors", "files", "tables", "notebooks", "plotting", "device", "datasets", "models", "reports", "metrics",
         "training", "widgets", "exercises", "serving", "page", "run", "grade", "cli")
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
    ("from labkit.reports import ledger; ledger.table('06_cifar_dcgan')", "numpy tensorflow keras"),
    ("import labkit.metrics", "tensorflow keras sklearn matplotlib"),
    ("from labkit.exercises import frame; [frame.find(id) for id in frame.known()]", "tensorflow keras matplotlib"),
    ("from labkit import models; models.keys(), models.papers()", "tensorflow keras"),
    ("from labkit import plotting; import numpy; plotting.image_grid(numpy.zeros((3, 4, 4), 'uint8')).array()",
     "tensorflow keras matplotlib IPython"),
])
def test_an_import_brings_only_what_it_needs(code, heavy):
    code += f"; import sys; assert not set({heavy.split()}) & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


def rooms(call) -> int:
    """Return in how many modules of labkit code runs in a call, imports aside: it runs once before."""
    call()
    names = set()
    sys.setprofile(lambda frame, event, _: names.add(frame.f_globals.get("__name__", "")))
    try:
        call()
    finally:
        sys.setprofile(None)
    return len(names & set(MODULES))


def test_it_is_not_far_from_a_slider_to_the_picture(generator, monkeypatch):
    from labkit.widgets import NoiseSampler, base

    monkeypatch.setenv("LABKIT_HEADLESS", "0")
    monkeypatch.setattr(base.Panel, "_repaint", base.Panel._paint)  # here, not in its thread
    sampler, scales = NoiseSampler(generator, count=2), iter((0.5, 1.5))
    assert sampler.box
    assert rooms(lambda: setattr(sampler._controls["scale"], "value", next(scales))) <= 6


@pytest.mark.slow
@pytest.mark.real("cifar10")
def test_nor_from_a_recipe_to_the_first_checkpoint_nor_from_a_name_to_pixels(tmp_path, monkeypatch):
    from labkit import datasets
    from labkit.training import checkpoints, recipes, run

    save = checkpoints.save
    monkeypatch.setattr(checkpoints, "save", lambda *words: (save(*words), sys.setprofile(None)))
    recipe = recipes.get("cifar-dcgan", "quick", steps=4, batch_size=8, checkpoint_every=3)
    folders = iter((tmp_path / "a", tmp_path / "b"))
    assert rooms(lambda: run.train(recipe, out=next(folders), limit=32, say=str)) <= 16
    assert rooms(lambda: datasets.load("cifar10", quiet=True)) <= 5
