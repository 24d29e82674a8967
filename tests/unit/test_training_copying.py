"""Copies of training pictures are found, also under noise and mirrored; blurred pictures are not taken for copies."""

import numpy as np
import pytest

from labkit.errors import LabkitError
from labkit.training import copying


@pytest.fixture
def pictures():
    return np.random.default_rng(0).integers(0, 256, (80, 4, 4, 3), dtype=np.uint8)


def test_closeness_is_the_ratio_of_distances():
    train = np.zeros((3, 1, 1, 3), np.uint8)
    train[:, 0, 0, 0] = (0, 10, 40)
    asked = np.zeros((2, 1, 1, 3), np.uint8)
    asked[:, 0, 0, 0] = (0, 12)
    np.testing.assert_allclose(copying.closeness(asked, train, 3), [0, 2 / ((2 + 12 + 28) / 3)])
    np.testing.assert_allclose(copying.closeness(asked, train, 2), [0, 2 / ((2 + 12) / 2)])


def test_copies_stand_out_and_grey_does_not(pictures):
    noisy = np.clip(pictures[:10] + np.random.default_rng(1).normal(0, 4, pictures[:10].shape), 0, 255).astype("uint8")
    assert copying.closeness(noisy, pictures).max() < 0.2
    grey = np.full((1, 4, 4, 3), 128, np.uint8)
    assert copying.closeness(grey, pictures)[0] > 0.7
    assert copying.closeness(noisy[:, :, ::-1], pictures).min() > copying.COPY


def repeating(picture, scatter):
    """A generator that draws one picture, whatever the noise, or that picture and noise."""
    import keras

    layer = keras.layers.Dense(48)
    network = keras.Sequential([keras.Input((48,)), layer, keras.layers.Reshape((4, 4, 3))])
    layer.set_weights([scatter * np.eye(48, dtype="float32"), picture.reshape(-1).astype("float32") / 127.5 - 1])
    return network


def test_a_generator_that_copies_does_not_ship(pictures):
    train, held_out = pictures[:60], pictures[60:]
    for shown, flip in ((train[3], False), (train[3][:, ::-1], True)):
        found = copying.check(repeating(shown, 0.01), train, held_out, flip=flip, count=20)
        assert found["copies"] == 20
        assert found["training_pictures"] == (120 if flip else 60)
        with pytest.raises(LabkitError, match="20 of 20 pictures of x"):
            copying.refuse(found, "x")
    found = copying.check(repeating(np.full((4, 4, 3), 127.5), 0.5), train, held_out, count=20,
                          extractor=lambda images: images.reshape(len(images), -1) / 255)
    assert found["copies"] == 0
    copying.refuse(found, "x")
    assert 0 <= found["features"]["value"] <= 1
    assert "0 are copies of one of 60 training pictures" in copying.sentence(found)
