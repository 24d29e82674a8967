"""Schedules, weight decay, augmentation, widening: what they do to a step, and to a training that is resumed."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from labkit import datasets, models
from labkit.errors import LabkitError
from labkit.training import averaged_generator, callbacks, checkpoints, latent, recipes, run, widen
from tests.unit.test_training_gan import PICTURES, compiled, small_pair
from tests.unit.test_training_resume import state


@pytest.mark.parametrize("options", [{"shift": 2}, {"shift": 1, "augment": "both", "flip": True}])
def test_each_changes_the_training_and_is_the_same_twice(options):
    def after(**more):
        gan = compiled(pair=small_pair(), **more)
        gan.fit(PICTURES, 8, steps_per_epoch=3)
        return state(gan)

    assert after(**options) == after(**options)
    assert after(**options) != after()


def test_weight_decay_shrinks_kernels_and_spares_the_rest():
    recipe = recipes.get("fashion-gan", "quick", weight_decay=0.5, learning_rate_d=0.1)
    _, optimizer = run.optimizers(recipe)
    kernel, bias = keras.Variable(np.full((2, 2), 8.0), name="kernel"), keras.Variable(np.full(2, 8.0), name="bias")
    optimizer.build([kernel, bias])
    optimizer.apply([tf.zeros((2, 2)), tf.zeros(2)])
    np.testing.assert_allclose(kernel, 8.0 * (1 - 0.1 * 0.5), rtol=1e-6)
    np.testing.assert_allclose(bias, 8.0)


def test_a_checkpoint_fits_another_length_unless_the_rate_falls():
    recipe, data = recipes.get("cifar-dcgan", "laptop"), datasets.load("cifar10", limit=9, stand_in="only", quiet=True)
    falling = recipe.changed(schedule="cosine")
    short, long, falls, falls_later = (run._fingerprint(each, "float32", data, steps)
                                       for each in (recipe, falling) for steps in (50, 60))
    assert short == long
    assert falls != falls_later


def test_a_falling_rate_and_changed_pictures_resume_to_the_same_bits(tmp_path):
    recipe = recipes.get("fashion-gan", "quick", steps=4, batch_size=4, checkpoint_every=2, schedule="cosine", ema=0.9,
                         weight_decay=0.1, shift=2, flip=True, augment="both")
    images = np.random.default_rng(0).integers(0, 256, (12, 28, 28, 1), dtype=np.uint8)

    def part(steps, folder):
        gan = run.compiled(recipe, pair=models.build("fashion-gan", seed=0, channels=4))
        log = callbacks.StepLog(checkpoints.restore(folder, gan, {}))
        gan.fit(images, 4, steps_per_epoch=steps, callbacks=[log, callbacks.Checkpoints(folder, 2, log, {})])
        return state(gan)

    straight = part(4, tmp_path / "straight")
    part(2, tmp_path / "broken")
    assert part(2, tmp_path / "broken") == straight


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
    wider.g_optimizer.iterations.assign(0)
    assert run._begun(wider, tmp_path / "new", tmp_path).startswith("Began with the weights")
    wider.g_optimizer.iterations.assign(2)
    assert run._begun(wider, tmp_path / "new", tmp_path) == text
