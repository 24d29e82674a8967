"""The TrainingMonitor: what it shows, stopping, and the checkpoint that this leaves."""

import numpy as np
import pytest

from labkit import widgets
from labkit.errors import LabkitError

keras = pytest.importorskip("keras")

STEPS = 6


def small_gan():
    from labkit import training

    keras.utils.set_random_seed(0)
    generator = keras.Sequential([keras.Input((5,)), keras.layers.Dense(4 * 4 * 3), keras.layers.BatchNormalization(),
                                  keras.layers.Activation("tanh"), keras.layers.Reshape((4, 4, 3))])
    discriminator = keras.Sequential([keras.Input((4, 4, 3)), keras.layers.Flatten(), keras.layers.Dense(1)])
    gan = training.GAN(generator, discriminator, seed=1)
    gan.compile(keras.optimizers.Adam(1e-3), keras.optimizers.Adam(1e-3))
    return gan


@pytest.fixture
def images():
    return np.random.default_rng(0).integers(0, 256, (64, 4, 4, 3), np.uint8)


def test_headless_shows_one_picture_at_the_end(images, shown):
    gan, monitor = small_gan(), widgets.TrainingMonitor(STEPS)
    gan.fit(images, 8, steps_per_epoch=STEPS, callbacks=[monitor])
    [data] = shown
    assert "Training after step 6" in data["text/plain"]
    assert "8 pictures made from the same noise" in data["text/plain"]
    assert len(monitor.log.arrays()["d_loss"]) == STEPS
    with pytest.raises(LabkitError, match="There is no checkpoint"):
        monitor.restore(gan)


def test_stop_leaves_a_checkpoint_from_which_the_training_goes_on(images, shown, tmp_path):
    monitor = widgets.TrainingMonitor(STEPS)
    monitor.folder = tmp_path
    stopped = small_gan()
    stop = keras.callbacks.LambdaCallback(
        on_train_batch_end=lambda *_, **__: stopped.steps_done == 2 and monitor.stop())
    stopped.fit(images, 8, steps_per_epoch=STEPS, callbacks=[stop, monitor])
    assert stopped.steps_done == 2
    assert monitor.checkpoint.name == "step-00000002.npz"
    assert "Stopped" in monitor.drawing().words

    whole, resumed = small_gan(), small_gan()
    whole.fit(images, 8, steps_per_epoch=STEPS)
    log = monitor.restore(resumed)
    assert (resumed.steps_done, len(log["g_loss"])) == (2, 2)
    resumed.fit(images, 8, steps_per_epoch=STEPS - 2)
    for ours, theirs in zip(resumed.generator.get_weights(), whole.generator.get_weights(), strict=True):
        assert np.array_equal(ours, theirs)


def test_live_it_redraws_and_the_button_stops(images, monkeypatch, tmp_path):
    displayed = []
    monkeypatch.setenv("LABKIT_HEADLESS", "0")
    monkeypatch.setattr("IPython.display.display", displayed.append)
    monitor = widgets.TrainingMonitor(STEPS)
    monitor.folder = tmp_path
    monkeypatch.setattr("labkit.widgets.monitor.SECONDS", 0.0)
    monkeypatch.setattr("labkit.widgets.monitor.SHARE", 1e9)

    def click(batch, logs=None):
        views.append(bytes(monitor.panel._view.value))
        if gan.steps_done == 4:
            monitor.panel.box.children[1].children[0].click()

    gan, views = small_gan(), []
    clicks = keras.callbacks.LambdaCallback(on_train_batch_end=click)
    gan.fit(images, 8, steps_per_epoch=STEPS, callbacks=[clicks, monitor])
    assert displayed == [monitor.panel.box]
    assert gan.steps_done == 4
    assert len(set(views)) == len(views), "every step was drawn"
    assert "checkpoint step-00000004.npz" in monitor.panel._words.value


def test_curves_show_their_lines_and_leave_gaps():
    """The blue line and the dashed vermilion one, right of the axis."""
    from labkit.widgets.monitor import curves

    def rows(values):
        chart = curves(np.arange(1, 101), {"a": values, "b": 1 - values}, "x", (0.5,), top=1.0)[:, 60:-60].astype(int)
        return [np.flatnonzero(abs(chart[20:, :, :3] - colour).max(2).min(1) < 20).tolist()
                for colour in ((0, 114, 178), (213, 94, 0))]

    blue, vermilion = rows(np.full(100, 0.2))
    assert min(blue) > max(vermilion) + 50, "0.2 lies below 0.8"
    assert rows(np.full(100, np.nan)) == [[], []]
