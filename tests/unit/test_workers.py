"""Two processes train one model, one of them is killed, and both resume: to equal weights, those of one process.

Run as a program, this file is one worker:  test_workers.py OUT WORKERS INDEX [STEP AT WHICH IT KILLS ITSELF]
"""

import functools
import json
import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from labkit import models
from labkit.errors import LabkitError
from labkit.training import checkpoints, devices, recipes, run
from labkit.training.callbacks import StepLog

ROOT = Path(__file__).resolve().parents[2]


class Dies(StepLog):
    def on_train_batch_end(self, batch, logs=None):
        if self.model.steps_done == int(sys.argv[4]):
            os.kill(os.getpid(), 9)


def work(out, workers, index, *dies):
    models.build = functools.partial(models.build, dropout=0.0)  # its masks depend on the number of replicas
    if workers:
        os.environ["TF_CONFIG"] = json.dumps(devices.tf_config(workers, int(index)))
    recipe = recipes.get("vanilla-gan", "quick", steps=8, batch_size=20, checkpoint_every=3)
    try:
        run.train(recipe, out=out, resume=True, limit=100, callbacks=[Dies()] if dies else [],
                  strategy="workers" if workers else "none")
    except LabkitError as error:
        sys.exit(f"Error: {error}")


def start(*arguments):
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "LABKIT_HEADLESS": "1", "CUDA_VISIBLE_DEVICES": "-1",
                   "TF_NUM_INTRAOP_THREADS": "1"}
    return subprocess.Popen([sys.executable, __file__, *map(str, arguments)], text=True, cwd=ROOT, env=environment,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def together(out, *dies):
    """Run two workers, the second with ``dies``; return (exit code, stdout, stderr) of each."""
    with socket.socket() as one, socket.socket() as other:
        for each in (one, other):
            each.bind(("localhost", 0))
        workers = ",".join(f"localhost:{each.getsockname()[1]}" for each in (one, other))
    pair = [start(out, workers, 0), start(out, workers, 1, *dies)]
    said = [process.communicate(timeout=560) for process in pair]
    return [(process.returncode, *words) for process, words in zip(pair, said, strict=True)]


@pytest.mark.slow
def test_a_killed_worker_ends_the_other_and_both_resume_to_the_weights_of_one_process(tmp_path):
    (code_0, _, error_0), (code_1, _, _) = together(tmp_path / "two", 5)
    assert (code_0, code_1) == (1, -9)
    for words in ("Worker 1 (localhost:", "is gone", "newest checkpoint is of step 3", "--resume"):
        assert words in error_0
    (code_0, said_0, error_0), (code_1, said_1, error_1) = together(tmp_path / "two")
    assert (code_0, code_1, error_0 + error_1) == (0, 0, "")
    assert "Going on from step 3" in said_0
    digests = [re.search(r"Worker \d: 8 steps, weights (\w{12})\.", said)[1] for said in (said_0, said_1)]
    assert digests[0] == digests[1]
    alone = start(tmp_path / "one", "", 0)
    alone.communicate(timeout=560)
    assert alone.returncode == 0
    one, two = (np.load(checkpoints.found(tmp_path / name)[-1]) for name in ("one", "two"))
    names = [name for name in one.files if not name.startswith(("log/", "meta")) and one[name].dtype == np.float32]
    assert len(names) > 10
    for name in names:
        np.testing.assert_allclose(one[name], two[name], atol=2e-5, err_msg=name)


def test_a_lost_worker_is_named():
    workers = ("a:1", "b:2", "c:3")
    said = devices.lost("from remote target /job:worker/replica:0/task:2 while calling /task:0", workers, 0, 1200)
    assert said.startswith("Worker 2 (c:3) is gone, and worker 0 stops at step 1,200")
    assert "No checkpoint yet" in said
    assert devices.lost("socket closed", workers, 0, 3).startswith("Another worker of a:1, b:2, c:3 is gone")


if __name__ == "__main__":
    work(*sys.argv[1:])
