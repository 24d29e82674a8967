"""The GAN: losses, gradients, what a step moves; checkpoints, and that a killed training ends with the same bytes."""

import itertools
import os
import re
import signal
import subprocess
import sys
import time

import keras
import numpy as np
import pytest
import tensorflow as tf

from labkit import files
from labkit.errors import LabkitError
from labkit.training import GAN, batches, callbacks, checkpoints, generators
from tests.unit import small
from tests.unit.small import PICTURES, state


def compiled(pair=None, rate=1e-3, **options):
    gan = GAN(*(pair or small.pair()), seed=0)
    gan.compile(keras.optimizers.Adam(rate, beta_1=0.5), keras.optimizers.Adam(rate, beta_1=0.5), **options)
    return gan


def batch(count=16, seed=0):
    rng = np.random.default_rng(seed)
    real = rng.uniform(-1, 1, (count, 8, 8, 3)).astype(np.float32)
    return tf.constant(real), tf.constant(generators.latent(count, 5, seed))


@pytest.mark.parametrize("augmented", [False, True])
def test_one_backward_pass_gives_the_gradients_of_two(augmented):
    gan, see = compiled(label_smoothing=0.1), None
    if augmented:
        draws = tf.random.stateless_uniform([batches.DRAWS, 16], [3, 4])
        see = batches.views(draws, (8, 8, 3), 2, True, "both")[1]
    shared, separate = gan.shared_gradients(*batch(), see), gan.separate_gradients(*batch(), see)
    plain = gan.shared_gradients(*batch())
    assert augmented == any(not np.allclose(a, b, atol=1e-4) for a, b in zip(shared[1], plain[1], strict=True))
    for ours, theirs in zip(shared[0] + shared[1], separate[0] + separate[1], strict=True):
        scale = max(1.0, float(tf.reduce_max(tf.abs(theirs))))
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6 * scale)
    for key in shared[2]:
        assert float(shared[2][key]) == pytest.approx(float(separate[2][key]), abs=1e-6)


@pytest.mark.parametrize("shift", [-60.0, 60.0])
def test_one_backward_pass_survives_a_discriminator_that_is_sure(shift):
    gan = compiled()
    bias = gan.discriminator.layers[-1].bias
    bias.assign(bias + shift)
    for ours, theirs in zip(gan.shared_gradients(*batch())[1], gan.separate_gradients(*batch())[1], strict=True):
        assert np.isfinite(ours).all()
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-9)


def test_losses_against_their_definitions():
    real, fake = np.array([[-3.0], [0.5]], np.float32), np.array([[1.0], [2.5]], np.float32)
    on_real, on_fake = (1 / (1 + np.exp(-logits)) for logits in (real, fake))
    gan = compiled(label_smoothing=0.1)
    expected = np.mean(-0.9 * np.log(on_real) - 0.1 * np.log(1 - on_real)) + np.mean(-np.log(1 - on_fake))
    np.testing.assert_allclose(gan._d_loss(real, fake), expected, rtol=1e-5)
    np.testing.assert_allclose(gan._g_loss(fake), np.mean(-np.log(on_fake)), rtol=1e-5)
    far = np.array([[-200.0], [200.0]], np.float32)
    assert np.isfinite([gan._d_loss(far, far), gan._g_loss(far)]).all()


def weights(network):
    return [weight.numpy().copy() for weight in network.trainable_variables]


def test_fit_reports_means_and_an_execution_never_runs_past_the_steps_asked_for():
    history = compiled().fit(PICTURES, batch_size=8, epochs=3).history
    assert {name: len(values) for name, values in history.items()} == dict.fromkeys(
        ("d_loss", "g_loss", "d_real", "d_fake"), 3)
    gan = compiled(steps_per_execution=4)
    for steps in (6, 4):
        gan.fit(PICTURES, batch_size=8, steps_per_epoch=steps)
    assert gan.steps_done == int(gan.g_optimizer.iterations) == 10


def test_a_second_fit_learns_from_its_own_pictures():
    # The traced step keeps what it captured: other pictures must not be answered with the first ones.
    one, other = compiled(pair=small.pair()), compiled(pair=small.pair())
    one.fit(PICTURES, batch_size=8, steps_per_epoch=1)
    other.fit(PICTURES, batch_size=8, steps_per_epoch=1)
    one.fit(PICTURES, batch_size=8, steps_per_epoch=1)
    other.fit(255 - PICTURES, batch_size=8, steps_per_epoch=1)
    assert any((a != b).any() for a, b in zip(weights(one.discriminator), weights(other.discriminator), strict=True))


def test_bad_input_is_refused_with_a_sentence():
    gan = compiled()
    with pytest.raises(LabkitError, match="uint8"):
        gan.fit(PICTURES.astype(np.float32))
    with pytest.raises(LabkitError, match="minibatch of 64"):
        gan.fit(PICTURES, batch_size=64)
    with pytest.raises(LabkitError, match="label_smoothing"):
        compiled(label_smoothing=0.7)
    with pytest.raises(LabkitError, match="latents of shape"):
        generators.generate(gan.generator, np.zeros((3, 4), np.float32))


def test_order_follows_from_seed_and_step_and_moved_pictures_repeat_their_edges():
    rows = list(itertools.islice(batches.minibatches(10, 3, seed=4), 7))
    assert (next(batches.minibatches(10, 3, seed=4, start=5)) == rows[5]).all()
    first, second = (np.concatenate([row[:, 2] for row in part]) for part in (rows[:3], rows[3:6]))
    assert (len(set(first)), (first == second).all()) == (9, False)
    images, down, right = np.random.default_rng(0).random((3, 5, 4, 2), np.float32), [0, 2, -1], [0, -1, 3]
    padded = np.pad(images, ((0, 0), (3, 3), (3, 3), (0, 0)), mode="edge")
    for i, one in enumerate(batches.moved(images, np.array(down), np.array(right))):
        np.testing.assert_array_equal(one, padded[i, 3 - down[i]:8 - down[i], 3 - right[i]:7 - right[i]])


@pytest.mark.parametrize(("g_rate", "d_rate"), [(0.0, 1e-2), (1e-2, 0.0)])
def test_a_d_step_moves_only_d_and_a_g_step_only_g(g_rate, d_rate):
    pair = small.pair(batch_norm_in_d=True)
    gan = GAN(*pair)
    gan.compile(keras.optimizers.Adam(g_rate), keras.optimizers.Adam(d_rate))
    before = [weights(network) for network in pair]
    gan.fit(PICTURES, 8, steps_per_epoch=1)
    moved = [[not np.array_equal(*each) for each in zip(olds, weights(network), strict=True)]
             for olds, network in zip(before, pair, strict=True)]
    assert (all(moved[0]), any(moved[0])) == (g_rate > 0, g_rate > 0)
    assert (all(moved[1]), any(moved[1])) == (d_rate > 0, d_rate > 0)


FINGERPRINT = {"batch_size": 8}


def trained(steps, folder):
    gan, log = compiled(small.pair(dropout=0.3), flip=True), callbacks.StepLog()
    gan.fit(PICTURES, 8, steps_per_epoch=steps, callbacks=[log, callbacks.Checkpoints(folder, 2, log, FINGERPRINT)])
    return gan, log


def test_an_interrupted_fit_goes_on_with_the_next_minibatch(tmp_path):
    def interrupt(batch, logs):
        raise KeyboardInterrupt

    gan = compiled(pair=small.pair(dropout=0.3), flip=True)
    with pytest.raises(KeyboardInterrupt):
        gan.fit(PICTURES, 8, steps_per_epoch=4,
                callbacks=[keras.callbacks.LambdaCallback(on_train_batch_end=interrupt)])
    gan.fit(PICTURES, 8, steps_per_epoch=3)
    assert state(gan) == state(trained(4, tmp_path)[0])


def test_only_the_newest_two_are_kept_and_a_damaged_one_is_passed_over(tmp_path, capsys):
    trained(8, tmp_path)
    paths = checkpoints.found(tmp_path)
    assert [path.name for path in paths] == ["step-00000006.npz", "step-00000008.npz"]
    whole = paths[1].read_bytes()
    unknown = bytearray(whole)
    unknown[whole.index(b"PK\x01\x02") + 10] = 9  # a way to compress that Python does not know
    for damaged in (whole[:1000], unknown, paths[0].read_bytes()):
        paths[1].write_bytes(damaged)
        gan = compiled(pair=small.pair(dropout=0.3))
        checkpoints.restore(tmp_path, gan, FINGERPRINT)
        assert (gan.steps_done, "step-00000008.npz" in capsys.readouterr().out) == (6, True)
    paths[0].write_bytes(b"")
    with pytest.raises(LabkitError, match="without --resume"):
        checkpoints.restore(tmp_path, gan, FINGERPRINT)


def test_a_full_disk_leaves_the_older_checkpoint(tmp_path, monkeypatch):
    gan, log = trained(2, tmp_path)

    def full(*arguments, **options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", full)
    gan.g_optimizer.iterations.assign(4)
    bias = gan.discriminator.layers[-1].bias
    bias.assign(bias * np.nan)
    with pytest.raises(LabkitError, match="no longer a number, and is not saved"):
        checkpoints.save(tmp_path, gan, log.arrays(), FINGERPRINT)
    bias.assign(tf.zeros_like(bias))
    with pytest.raises(LabkitError, match="disk is full"):
        checkpoints.save(tmp_path, gan, log.arrays(), FINGERPRINT)
    assert [path.name for path in tmp_path.iterdir()] == ["step-00000002.npz"]


def launch(out, steps, *more):
    command = [sys.executable, "-m", "labkit.cli", "train", "vanilla-gan", "--limit", "64", "--out", str(out), *more]
    for setting in ("batch_size=8", f"steps={steps}", "checkpoint_every=3", "ema=0.9", "flip=true"):
        command += ["--set", setting]
    # Drawn pictures wherever it runs: the same with and without the real sets.
    environment = dict(os.environ, LABKIT_DATA=str(out.parent / "sets"), LABKIT_OFFLINE="1", LABKIT_HEADLESS="1")
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def ended(process):
    output = process.communicate(timeout=500)[0]
    assert process.returncode == 0, output


@pytest.mark.parametrize("kills", [1, pytest.param(20, marks=pytest.mark.slow)])
def test_a_training_killed_at_random_moments_resumes_to_the_same_bytes(kills, tmp_path):
    steps, random = 3 * (kills + 3), np.random.default_rng(kills)
    ended(launch(tmp_path / "undisturbed", steps))
    broken = tmp_path / "broken"
    for _ in range(kills):
        before = checkpoints.found(broken)
        process, deadline = launch(broken, steps, "--resume"), time.monotonic() + 300
        while checkpoints.found(broken)[-1:] == before[-1:] and process.poll() is None:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        time.sleep(random.uniform(0, 0.5))  # while it computes, or writes
        process.send_signal(signal.SIGKILL)
        process.communicate()
    ended(launch(broken, steps, "--resume"))
    last = f"step-{steps:08d}.npz"
    with np.load(tmp_path / "undisturbed" / last) as a, np.load(broken / last) as b:
        assert a.files == b.files
        assert len(a.files) > 30
        # "meta" also says how many seconds it took.
        assert [name for name in a.files if a[name].tobytes() != b[name].tobytes() and name != "meta"] == []
    with np.load(tmp_path / "undisturbed" / "generator.npz") as a, np.load(broken / "generator.npz") as b:
        assert all((a[name] == b[name]).all() for name in a.files)


def test_a_signal_leaves_a_checkpoint_and_another_training_keeps_out(tmp_path):
    process, deadline = launch(tmp_path / "out", 9999), time.monotonic() + 120
    while not checkpoints.found(tmp_path / "out"):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    (tmp_path / "out" / ".step.part").touch()
    with (pytest.raises(LabkitError, match="in use: another process is training into it"),
          files.locked(tmp_path / "out", "training into")):
        pass
    process.send_signal(signal.SIGTERM)
    output = process.communicate(timeout=60)[0]
    step = int(re.search(r"Stopped by SIGTERM at step (\d+) of 9999.* --resume", output.replace(",", ""))[1])
    assert (process.returncode, checkpoints.step_of(checkpoints.found(tmp_path / "out")[-1])) == (130, step)
    with files.locked(tmp_path / "out", "testing"):
        assert not list((tmp_path / "out").glob(".*.part"))
    ended(launch(tmp_path / "out", step + 1, "--resume"))
