"""What the tests of the widgets share: a small generator, and what was displayed."""

import pytest


@pytest.fixture(scope="module")
def keras():
    return pytest.importorskip("keras")


@pytest.fixture(scope="module")
def generator(keras):
    """Return a generator of 8x8 colour pictures from 12 numbers, small enough for tests."""
    keras.utils.set_random_seed(3)
    return keras.Sequential([
        keras.Input((12,)), keras.layers.Dense(4 * 4 * 6, use_bias=False), keras.layers.Reshape((4, 4, 6)),
        keras.layers.Conv2DTranspose(3, 4, 2, "same", activation="tanh"),
    ], name="little")


@pytest.fixture
def shown(monkeypatch):
    """Collect what is displayed instead of displaying it."""
    collected = []
    monkeypatch.setenv("LABKIT_HEADLESS", "1")
    monkeypatch.setattr("labkit.plotting.output.display", lambda data, raw: collected.append(data))
    return collected
