"""Schedules, weight decay and augmentation: what they do to a step, and that checkpoints without them stay valid."""

import dataclasses
import re

import keras
import numpy as np
import pytest
import tensorflow as tf

from labkit.errors import LabkitError
from labkit.training import batches, recipes, run
from tests.unit.test_training_gan import PICTURES, batch, compiled, small_pair
from tests.unit.test_training_resume import state


def numbers(count=6, seed=0):
    return np.random.default_rng(seed).uniform(-1, 1, (count, 5, 4, 2)).astype(np.float32)


def test_moved_pictures_repeat_their_edges():
    images = numbers(3)
    down, right = np.array([0, 2, -1]), np.array([0, -1, 3])
    changed = np.asarray(batches.moved(images, down, right))
    for one, image, dy, dx in zip(changed, images, down, right, strict=True):
        for i in range(5):
            for j in range(4):
                assert (one[i, j] == image[np.clip(i - dy, 0, 4), np.clip(j - dx, 0, 3)]).all()


def test_offsets_are_all_equally_likely():
    draws = np.random.default_rng(0).random((batches.DRAWS, 3500), dtype=np.float32)
    ramp = np.broadcast_to(np.arange(9, dtype=np.float32)[:, None, None], (3500, 9, 1, 1))
    moves = 4 - np.asarray(batches.views(draws, (9, 1, 1), 3, False, "real")[0](ramp))[:, 4].ravel()
    values, counts = np.unique(moves, return_counts=True)
    assert values.tolist() == [-3, -2, -1, 0, 1, 2, 3]
    assert abs(counts / 500 - 1).max() < 0.2


def test_views_move_real_and_fake_by_numbers_of_their_own():
    draws = np.linspace(0, 0.99, batches.DRAWS * 6).reshape(batches.DRAWS, 6).astype(np.float32)
    images = numbers()
    real, fake = batches.views(draws, (5, 4, 2), 2, True, "both")
    assert not np.allclose(real(images), fake(images))
    flat = np.asarray(fake(images.reshape(6, -1)))
    np.testing.assert_array_equal(flat, np.asarray(fake(images)).reshape(6, -1))
    real, fake = batches.views(draws, (5, 4, 2), 0, True, "real")
    assert fake is None
    np.testing.assert_array_equal(real(images), images)


def test_one_backward_pass_is_right_through_the_changes_too():
    gan = compiled(shift=2, flip=True, augment="both")
    draws = tf.random.stateless_uniform([batches.DRAWS, 16], [3, 4])
    _, see = batches.views(draws, (8, 8, 3), 2, True, "both")
    real, latent = batch()
    shared, separate = gan.shared_gradients(real, latent, see), gan.separate_gradients(real, latent, see)
    for ours, theirs in zip(shared[0] + shared[1], separate[0] + separate[1], strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-6)
    plain = gan.shared_gradients(real, latent)
    assert any(not np.allclose(a, b, atol=1e-4) for a, b in zip(shared[1], plain[1], strict=True))


@pytest.mark.parametrize("options", [{"shift": 2}, {"shift": 1, "augment": "both", "flip": True},
                                     {"augment": "both", "flip": True, "updates": "alternating"}])
def test_each_changes_the_training_and_is_the_same_twice(options):
    def after(**more):
        gan = compiled(pair=small_pair(), **more)
        gan.fit(PICTURES, 8, steps_per_epoch=3)
        return state(gan)

    assert after(**options) == after(**options)
    assert after(**options) != after()


@pytest.mark.parametrize(("options", "words"), [({"shift": -1}, "pixels"), ({"shift": 1.5}, "pixels"),
                                                ({"augment": "fake"}, '"both"')])
def test_nonsense_is_refused(options, words):
    with pytest.raises(LabkitError, match=words):
        compiled(**options)


def test_schedules_end_at_zero():
    linear, cosine = (run.schedule(0.1, kind, 10) for kind in ("linear", "cosine"))
    assert [round(float(linear(t)), 4) for t in (0, 5, 10, 20)] == [0.1, 0.05, 0.0, 0.0]
    assert [round(float(cosine(t)), 4) for t in (0, 5, 10, 20)] == [0.1, 0.05, 0.0, 0.0]
    assert float(cosine(2)) > float(linear(2))
    assert run.schedule(0.1, "constant", None) == 0.1
    for kind, total, words in (("linear", None, "its end"), ("cosine", None, "its end")):
        with pytest.raises(LabkitError, match=words):
            run.schedule(0.1, kind, total)


def test_weight_decay_shrinks_kernels_and_spares_the_rest():
    recipe = recipes.get("fashion-gan", "quick", weight_decay=0.5, learning_rate_d=0.1)
    _, optimizer = run.optimizers(recipe)
    kernel, bias = keras.Variable(np.full((2, 2), 8.0), name="kernel"), keras.Variable(np.full(2, 8.0), name="bias")
    optimizer.build([kernel, bias])
    optimizer.apply([tf.zeros((2, 2)), tf.zeros(2)])
    np.testing.assert_allclose(kernel, 8.0 * (1 - 0.1 * 0.5), rtol=1e-6)
    np.testing.assert_allclose(bias, 8.0)


class Data:
    title = "pictures"

    def __len__(self):
        return 100


def test_fingerprints_from_before_these_fields_stay_valid():
    recipe = recipes.get("cifar-dcgan", "laptop")
    plain = run._fingerprint(recipe, "float32", Data(), 50)
    assert not set(run.LATER) & set(plain)
    assert "steps" not in plain
    for name, value in {"schedule": "cosine", "weight_decay": 0.1, "shift": 2, "augment": "both",
                        "channels": 8}.items():
        assert run._fingerprint(recipe.changed(**{name: value}), "float32", Data(), 50)[name] == value
    falling = recipe.changed(schedule="linear")
    assert run._fingerprint(falling, "float32", Data(), 50) != run._fingerprint(falling, "float32", Data(), 60)
    # What a recipe says at its defaults is what training did before there was such a field.
    defaults = {field.name: field.default for field in dataclasses.fields(recipes.GanRecipe)}
    assert {name: defaults[name] for name in run.LATER} == run.LATER


@pytest.mark.parametrize(("values", "words"), [({"schedule": "step"}, "constant or linear or cosine"),
                                               ({"augment": "fake"}, "real or both"), ({"shift": -1}, "0 or more"),
                                               ({"weight_decay": -0.1}, "0 or more")])
def test_recipes_refuse_nonsense(values, words):
    with pytest.raises(LabkitError, match=re.escape(words)):
        recipes.get("fashion-gan", "quick", **values)


def test_a_falling_rate_and_changed_pictures_resume_to_the_same_bits(tmp_path):
    recipe = recipes.get("fashion-gan", "quick", steps=4, batch_size=4, checkpoint_every=2, schedule="linear", ema=0.9,
                         weight_decay=0.1, shift=2, flip=True, augment="both")
    images = np.random.default_rng(0).integers(0, 256, (12, 28, 28, 1), dtype=np.uint8)

    def part(steps, folder):
        from labkit import models
        from labkit.training import callbacks, checkpoints
        gan = run.compiled(recipe, pair=models.build("fashion-gan", seed=0, channels=4))
        log = callbacks.StepLog(checkpoints.restore(folder, gan, {}))
        gan.fit(images, 4, steps_per_epoch=steps, callbacks=[log, callbacks.Checkpoints(folder, 2, log, {})])
        return state(gan)

    straight = part(4, tmp_path / "straight")
    part(2, tmp_path / "broken")
    assert part(2, tmp_path / "broken") == straight
