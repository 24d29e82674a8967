"""Everything here is marked ``parity`` and skipped where the published programs are not installed."""

import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import pathlib
import sys
import types

import pytest

HERE = pathlib.Path(__file__).parent
NEEDED = ("torch", "torch_fidelity", "cleanfid", "pytorch_fid", "torchmetrics", "prdc", "mpmath")


class Anything(type):
    """The class of classes whose every attribute is one more of them."""

    def __getattr__(cls, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return Anything(name, (), {})


class Absent(types.ModuleType):
    """A module that can be imported, and whose members do nothing: enough for imports at the head of a file."""

    __path__ = ()

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return Anything(name, (), {})


class StandIn(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Find ``torchvision`` and all below it as ``Absent``."""

    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] == "torchvision":
            return importlib.machinery.ModuleSpec(name, self, is_package=True)
        return None

    def create_module(self, spec):
        return Absent(spec.name)

    def exec_module(self, module):
        pass


def stand_in_for_torchvision():
    """Let the programs import torchvision where it is missing or does not load; they read pictures with it only."""
    try:
        importlib.import_module("torchvision")
    except (ImportError, RuntimeError, OSError):
        for name in [name for name in sys.modules if name.split(".")[0] == "torchvision"]:
            del sys.modules[name]
        sys.meta_path.append(StandIn())


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
