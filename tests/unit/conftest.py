"""A running server that several tests share."""

import pytest


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
