"""Checkpoints: what they refuse, what they survive, and that a killed training ends with the same bytes."""

import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from labkit.errors import LabkitError
from labkit.training import callbacks, checkpoints
from tests.unit.test_training_gan import PICTURES, compiled, small_pair

FINGERPRINT = {"batch_size": 8}


def trained(steps, folder, every=2, gan=None, log=None):
    gan = gan or compiled(pair=small_pair(dropout=0.3), flip=True)
    log = log or callbacks.StepLog()
    gan.fit(PICTURES, 8, steps_per_epoch=steps, callbacks=[log, callbacks.Checkpoints(folder, every, log, FINGERPRINT)])
    return gan, log


def state(gan):
    parts = (gan.generator, gan.discriminator, gan.g_optimizer, gan.d_optimizer)
    return [np.asarray(variable).tobytes() for part in parts for variable in part.variables]


def test_resumed_in_another_object_ends_with_the_same_bits(tmp_path):
    straight, log = trained(8, tmp_path / "straight")
    trained(4, tmp_path / "broken")
    again = compiled(pair=small_pair(dropout=0.3, seed=9), flip=True)
    earlier = checkpoints.restore(tmp_path / "broken", again, FINGERPRINT)
    assert again.steps_done == 4
    again, relog = trained(4, tmp_path / "broken", gan=again, log=callbacks.StepLog(earlier))
    assert state(again) == state(straight)
    for name, values in log.arrays().items():
        assert (relog.arrays()[name] == values).all()


def test_only_the_newest_two_are_kept_and_a_damaged_one_is_passed_over(tmp_path, capsys):
    trained(8, tmp_path)
    paths = checkpoints.found(tmp_path)
    assert [path.name for path in paths] == ["step-00000006.npz", "step-00000008.npz"]
    paths[1].write_bytes(paths[1].read_bytes()[:1000])
    gan = compiled(pair=small_pair(dropout=0.3))
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
