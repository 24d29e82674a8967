"""Two processes train one model: equal weights on both, equal to one process; one is killed, and both resume."""

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from labkit.training import checkpoints, devices, launch

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = Path(__file__).with_name("worker_script.py")


def together(out, *extra, kill=None):
    """Run two workers; ``kill``: worker 1 kills itself after that step. Return [(exit code, stdout, stderr), …]."""
    workers = launch.free_addresses(2)
    started = []
    for index in range(2):
        last = ["die", kill] if kill and index == 1 else []
        started.append(launch.start([SCRIPT, out, workers, index, *extra, *last], index))
    return launch.finish(started, seconds=560)


def newest(out):
    """Return the arrays of the newest checkpoint, losses apart."""
    with np.load(checkpoints.found(out)[-1]) as file:
        return {name: file[name] for name in file.files if not name.startswith(("log/", "meta"))}


def weights(stdout):
    return re.search(r"Worker \d: 8 steps, weights (\w{12})\.", stdout)[1]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    out = tmp_path_factory.mktemp("two")
    return out, together(out)


@pytest.mark.slow
def test_both_workers_end_with_the_same_bits_and_say_nothing_on_stderr(undisturbed):
    out, ((code_0, said_0, error_0), (code_1, said_1, error_1)) = undisturbed
    assert (code_0, code_1) == (0, 0), error_0 + error_1
    assert weights(said_0) == weights(said_1)
    assert error_0 + error_1 == ""
    assert (out / "results.json").exists()


@pytest.mark.slow
def test_one_process_with_the_whole_minibatch_ends_with_the_same_weights(undisturbed, tmp_path):
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "LABKIT_HEADLESS": "1"}
    subprocess.run([sys.executable, SCRIPT, tmp_path, "", "0"], check=True, timeout=560, cwd=ROOT, env=environment,
                   stdout=subprocess.DEVNULL)
    one, two = newest(tmp_path), newest(undisturbed[0])
    assert set(one) == set(two)
    moved = np.load(checkpoints.found(tmp_path)[0])
    assert any(not np.array_equal(one[name], moved[name]) for name in one)
    for name in one:
        if not np.issubdtype(one[name].dtype, np.integer):
            np.testing.assert_allclose(one[name], two[name], atol=2e-5, err_msg=name)


@pytest.mark.slow
def test_a_killed_worker_ends_the_other_and_both_resume_to_the_same_bits(undisturbed, tmp_path):
    (code_0, _, error_0), (code_1, _, _) = together(tmp_path, kill=5)
    assert code_1 == -9
    assert code_0 == 1
    assert "Worker 1 (localhost:" in error_0
    assert "is gone" in error_0
    assert "newest checkpoint is of step 3" in error_0
    assert "--resume" in error_0
    (code_0, said_0, error_0), (code_1, said_1, error_1) = together(tmp_path, "resume")
    assert (code_0, code_1) == (0, 0), error_0 + error_1
    assert "Going on from step 3" in said_0
    assert weights(said_0) == weights(said_1) == weights(undisturbed[1][0][1])


def test_a_lost_worker_is_named():
    workers = ("a:1", "b:2", "c:3")
    said = devices.lost("from remote target /job:worker/replica:0/task:2 while calling /task:0", workers, 0, 1200)
    assert said.startswith("Worker 2 (c:3) is gone, and worker 0 stops at step 1,200")
    assert "There is none yet" in said
    assert devices.lost("socket closed", workers, 0, 3).startswith("Another worker of a:1, b:2, c:3 is gone")
