"""Widening: the wider network computes the same, and copies are told apart by the noise."""

import numpy as np
import pytest

from labkit import models
from labkit.errors import LabkitError
from labkit.training import averaged_generator, callbacks, checkpoints, latent, recipes, run, widen


@pytest.fixture(scope="module")
def pairs():
    return {channels: models.build("fashion-gan", seed=channels, channels=channels) for channels in (4, 8, 12)}


@pytest.mark.parametrize("which", [0, 1])
def test_the_wider_network_computes_the_same(pairs, which):
    narrow, wide = pairs[4][which], models.build("fashion-gan", seed=1, channels=12)[which]
    for layer in narrow.layers:
        if layer.weights:
            layer.bias.assign(np.random.default_rng(0).normal(size=layer.bias.shape))
    given = np.random.default_rng(1).normal(size=(3, *narrow.input_shape[1:])).astype(np.float32)
    assert not np.allclose(narrow(given), wide(given), atol=1e-3)
    widen.widen(narrow, wide)
    np.testing.assert_allclose(wide(given), narrow(given), rtol=1e-4, atol=1e-5)
    widen.widen(narrow, wide, noise=0.1)
    assert not np.allclose(wide(given), narrow(given), atol=1e-4)
    kernel = np.asarray(wide.get_layer("conv2d_1").kernel)
    assert not np.allclose(kernel[:, :, 0], kernel[:, :, kernel.shape[2] // 3])


def test_networks_that_do_not_fit_are_refused(pairs):
    with pytest.raises(LabkitError, match="multiple"):
        widen.widen(pairs[8].generator, pairs[12].generator)
    with pytest.raises(LabkitError, match="same layers"):
        widen.widen(pairs[4].generator, pairs[4].discriminator)
    transposed = models.build("fashion-gan", channels=4, upsampling="transposed").generator
    with pytest.raises(LabkitError, match="Conv2DTranspose"):
        widen.widen(transposed, transposed)


def test_a_training_starts_from_a_narrower_one(tmp_path):
    narrow = recipes.get("fashion-gan", "quick", steps=2, batch_size=4, channels=4, ema=0.5)
    gan, log = run.compiled(narrow), callbacks.StepLog()
    gan.fit(np.random.default_rng(0).integers(0, 256, (8, 28, 28, 1), dtype=np.uint8), 4, steps_per_epoch=2,
            callbacks=[log])
    made = {"key": "fashion-gan", "channels": 4, "ema": 0.5, "batch_size": 4, "data": "clothes"}
    checkpoints.save(tmp_path, gan, log.arrays(), made)
    wider = run.compiled(narrow.changed(channels=8))
    text = widen.start(wider, tmp_path, noise=0.0)
    assert text == "Began with the weights of fashion-gan with 4 channels after 8 pictures of clothes."
    given = latent(3, 128)
    np.testing.assert_allclose(wider.generator(given), averaged_generator(gan)(given), rtol=1e-3, atol=1e-5)
    assert not np.allclose(wider.generator(given), gan.generator(given), atol=1e-6)
    # A training that is resumed still says what it began with.
    wider.steps_done = 0
    assert run._begun(wider, tmp_path / "new", tmp_path).startswith("Began with the weights")
    wider.steps_done = 2
    assert run._begun(wider, tmp_path / "new", tmp_path) == text
