"""A small generator that the tests of the widgets share."""

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
