"""Generators kept along a training: the asked steps, and both kinds of weights as they were."""

import keras
import numpy as np

from labkit import models, training
from labkit.training import callbacks
from labkit.training.generators import averaged_weights


def test_the_asked_steps_are_kept_as_they_were(tmp_path):
    seen, gan = {}, training.GAN(*models.build("vanilla-gan", seed=0), seed=0)
    gan.compile(keras.optimizers.Adam(1e-3, use_ema=True, ema_momentum=0.5), keras.optimizers.Adam(1e-3))

    def spy(batch, logs=None):
        now = [np.asarray(one).copy() for one in gan.generator.trainable_variables]
        seen[gan.steps_done] = {"moment": now, "average": averaged_weights(gan)}
        # Taking the averages leaves the weights of the moment alone.
        assert all(np.array_equal(a, b) for a, b in zip(now, gan.generator.trainable_variables, strict=True))

    images = np.random.default_rng(0).integers(0, 256, (16, 28, 28, 1), np.uint8)
    gan.fit(images, 8, steps_per_epoch=4, callbacks=[callbacks.KeptGenerators(tmp_path, (2, 4, 9)),
                                                     keras.callbacks.LambdaCallback(on_train_batch_end=spy)])
    assert len(list(tmp_path.iterdir())) == 4
    for step in (2, 4):
        for kind, then in seen[step].items():
            loaded = models.weights.load("vanilla-gan", tmp_path / f"step-{step:08d}-{kind}.npz")
            for weight, value in zip(loaded.trainable_variables, then, strict=True):
                np.testing.assert_allclose(weight, value, rtol=2e-3, atol=1e-6)  # float16 on disk
    assert any(not np.allclose(a, b, rtol=1e-3) for a, b in zip(*seen[4].values(), strict=True))
