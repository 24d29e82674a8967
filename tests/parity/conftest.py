"""Everything here is marked ``parity`` and skipped where the published programs are not installed."""

import importlib.util
import pathlib
import sys

import pytest

HERE = pathlib.Path(__file__).parent
NEEDED = ("torch", "torch_fidelity", "cleanfid", "pytorch_fid", "torchmetrics", "prdc", "mpmath", "sphinx")


def stand_in_for_torchvision():
    """Let the programs import torchvision where it is missing or does not load; they read pictures with it only."""
    try:
        importlib.import_module("torchvision")
    except (ImportError, RuntimeError, OSError):
        from sphinx.ext.autodoc.mock import MockFinder

        for name in [name for name in sys.modules if name.split(".")[0] == "torchvision"]:
            del sys.modules[name]
        sys.meta_path.insert(0, MockFinder(["torchvision"]))


def missing():
    """Return the needed packages that are not installed."""
    return [name for name in NEEDED if importlib.util.find_spec(name) is None]


def pytest_collection_modifyitems(items):
    """Mark the tests of this folder, and skip them where something is missing."""
    absent = missing()
    if not absent:
        stand_in_for_torchvision()
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.parity)
            if absent:
                item.add_marker(pytest.mark.skip(
                    reason=f"not installed: {', '.join(absent)}; see tests/parity/requirements.txt"))
