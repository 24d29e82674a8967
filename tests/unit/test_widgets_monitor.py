"""The TrainingMonitor: what it shows, stopping, and the checkpoint that this leaves."""

import keras
import numpy as np
import pytest

from labkit import widgets
from labkit.errors import LabkitError
from tests.unit.test_training_gan import PICTURES, compiled, small_pair

STEPS = 6


def test_headless_shows_one_picture_at_the_end(shown):
    gan, monitor = compiled(small_pair()), widgets.TrainingMonitor(STEPS)
    gan.fit(PICTURES, 8, steps_per_epoch=STEPS, callbacks=[monitor])
    [data] = shown
    assert "Training after step 6" in data["text/plain"]
    assert "8 pictures made from the same noise" in data["text/plain"]
    assert len(monitor.log.arrays()["d_loss"]) == STEPS
    with pytest.raises(LabkitError, match="There is no checkpoint"):
        monitor.restore(gan)


def test_stop_leaves_a_checkpoint_from_which_the_training_goes_on(shown, tmp_path):
    monitor = widgets.TrainingMonitor(STEPS)
    monitor.folder = tmp_path
    stopped = compiled(small_pair())
    stop = keras.callbacks.LambdaCallback(
        on_train_batch_end=lambda *_, **__: stopped.steps_done == 2 and monitor.stop())
    stopped.fit(PICTURES, 8, steps_per_epoch=STEPS, callbacks=[stop, monitor])
    assert stopped.steps_done == 2
    assert monitor.checkpoint.name == "step-00000002.npz"
    assert "Stopped" in monitor.drawing().words

    whole, resumed = compiled(small_pair()), compiled(small_pair())
    whole.fit(PICTURES, 8, steps_per_epoch=STEPS)
    log = monitor.restore(resumed)
    assert (resumed.steps_done, len(log["g_loss"])) == (2, 2)
    resumed.fit(PICTURES, 8, steps_per_epoch=STEPS - 2)
    for ours, theirs in zip(resumed.generator.get_weights(), whole.generator.get_weights(), strict=True):
        assert np.array_equal(ours, theirs)
