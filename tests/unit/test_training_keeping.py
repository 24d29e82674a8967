"""Generators kept along a training: which steps, both kinds of weights, and clear refusals."""

import keras
import numpy as np
import pytest

from labkit import models, training
from labkit.errors import LabkitError
from labkit.training import checkpoints
from labkit.training.generators import averaged_weights


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """A short training of cifar-dense-gan; step -> (weights of the moment, averages) as they were."""
    folder, seen = tmp_path_factory.mktemp("kept"), {}
    gan = training.GAN(*models.build("cifar-dense-gan", seed=0), seed=0)
    gan.compile(keras.optimizers.Adam(1e-3, use_ema=True, ema_momentum=0.5), keras.optimizers.Adam(1e-3))

    class Spy(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            now = [np.asarray(one).copy() for one in gan.generator.trainable_variables]
            seen[gan.steps_done] = now, averaged_weights(gan)
            # Taking the averages leaves the weights of the moment alone.
            assert all(np.array_equal(a, b) for a, b in zip(now, gan.generator.trainable_variables, strict=True))

    images = np.random.default_rng(0).integers(0, 256, (16, 32, 32, 3), np.uint8)
    gan.fit(images, 8, steps_per_epoch=4, callbacks=[checkpoints.KeptGenerators(folder, (2, 4, 9)), Spy()])
    return folder, seen


def test_the_asked_steps_are_kept(kept):
    assert checkpoints.kept_steps(kept[0]) == (2, 4)
    assert checkpoints.kept_steps(kept[0] / "nowhere") == ()


@pytest.mark.parametrize(("kind", "place"), [("moment", 0), ("average", 1)])
def test_a_kept_generator_is_the_one_of_its_step(kept, kind, place):
    folder, seen = kept
    for step in (2, 4):
        loaded = checkpoints.kept_generator(folder, step, "cifar-dense-gan", kind, batches=1)
        for weight, then in zip(loaded.trainable_variables, seen[step][place], strict=True):
            np.testing.assert_allclose(np.asarray(weight).copy(), then, rtol=2e-3, atol=1e-6)  # float16 on disk
    assert any(not np.allclose(a, b, rtol=1e-3) for a, b in zip(*seen[4], strict=True))


def test_what_cannot_be_loaded_is_named(kept):
    with pytest.raises(LabkitError, match="Kept steps: 2, 4"):
        checkpoints.kept_generator(kept[0], 3, "cifar-dense-gan")
    with pytest.raises(LabkitError, match="another network"):
        checkpoints.kept_generator(kept[0], 2, "cifar-dcgan")
    with pytest.raises(LabkitError, match="kinds"):
        checkpoints.kept_generator(kept[0], 2, "cifar-dense-gan", "best")
    with pytest.raises(LabkitError, match="after steps 1, 2"):
        checkpoints.KeptGenerators(kept[0], (0, 5))
