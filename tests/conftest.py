"""Shared set-up of all tests: TensorFlow stays quiet, figures need no screen, real sets only where they lie."""

import os

import pytest

os.environ.setdefault("MPLBACKEND", "agg")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from labkit import files


def pytest_collection_modifyitems(items):
    """Skip tests marked ``real("NAME", …)`` where one of the named sets is missing."""
    for item in items:
        for mark in item.iter_markers("real"):
            missing = [name for name in mark.args if not any((files.cache() / name).glob("*"))]
            if missing:
                item.add_marker(pytest.mark.skip(reason=f"real sets not in data/cache: {', '.join(missing)}"))


@pytest.fixture(scope="session")
def running(tmp_path_factory):
    """``labkit serve`` in a process of its own, with two tiny generators; see tests/unit/serving_models.py."""
    from labkit import serving
    from tests.unit import serving_models

    with pytest.MonkeyPatch.context() as patch:
        home = serving_models.home(tmp_path_factory.mktemp("serving"), "cifar-dcgan", "fashion-gan")
        patch.setenv("LABKIT_HOME", str(home))
        server = serving.start("cifar-dcgan")
    with server:
        yield server
