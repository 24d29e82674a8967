"""Several devices of one machine, and several processes: the same training as one device with the whole minibatch.

Run as a program, this file trains, and prints what it found:
    test_devices.py mirrored
    test_devices.py OUT WORKERS INDEX [STEP AT WHICH IT KILLS ITSELF]
"""

import contextlib
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

from labkit import device, models
from labkit.errors import LabkitError
from labkit.training import checkpoints, devices

ROOT = Path(__file__).resolve().parents[2]


def start(*arguments):
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "LABKIT_HEADLESS": "1", "CUDA_VISIBLE_DEVICES": "-1",
                   "TF_NUM_INTRAOP_THREADS": "1"}
    return subprocess.Popen([sys.executable, __file__, *map(str, arguments)], text=True, cwd=ROOT, env=environment,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def trained(scope, synchronized=None, batch=8, **options):
    """Train with plain gradient steps, which show a wrong scale at once; Adam would hide it."""
    import keras

    from labkit import training
    from labkit.training.generators import averaged_generator

    keras.utils.set_random_seed(0)
    with scope:
        norm = [keras.layers.BatchNormalization(synchronized=True)] if synchronized else []
        generator = keras.Sequential([keras.Input((5,)), keras.layers.Dense(4 * 4 * 6), *norm,
                                      keras.layers.LeakyReLU(0.2), keras.layers.Reshape((4, 4, 6)),
                                      keras.layers.Conv2DTranspose(3, 5, 2, "same", activation="tanh")])
        discriminator = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Conv2D(6, 5, 2, "same"),
                                          keras.layers.LeakyReLU(0.2), keras.layers.Flatten(), keras.layers.Dense(1)])
        gan = training.GAN(generator, discriminator, seed=3)
        gan.compile(keras.optimizers.SGD(0.05, momentum=0.9, use_ema=True, ema_momentum=0.9),
                    keras.optimizers.SGD(0.05, momentum=0.9), **options)
    log, pictures = training.StepLog(), np.random.default_rng(1).integers(0, 256, (40, 8, 8, 3), dtype=np.uint8)
    gan.fit(pictures, batch, steps_per_epoch=5, callbacks=[log])
    weights = [*generator.trainable_variables, *discriminator.trainable_variables,
               *averaged_generator(gan).trainable_variables]
    logs = [log.arrays()[name] for name in ("d_loss", "g_loss", "d_real")]
    return np.concatenate([np.asarray(values).ravel() for values in (*weights, *logs)])


def mirrored():
    """In a process of its own: two logical devices must be asked for before TensorFlow starts."""
    machine = device.setup(strategy="mirrored", devices=2, threads=1, quiet=True)
    found = {"replicas": machine.replicas}
    for way, options in (("shared", {"flip": True}), ("separate", {"synchronized": True})):
        one, two = (trained(scope, **options) for scope in (contextlib.nullcontext(), machine.scope()))
        found[way] = float(np.abs(one - two).max())
    try:
        trained(machine.scope(), batch=7)
    except LabkitError as error:
        found["odd"] = str(error)
    print(json.dumps(found))


def test_two_replicas_learn_what_one_device_learns():
    process = start("mirrored")
    said, error = process.communicate(timeout=560)
    assert process.returncode == 0, error
    found = json.loads(said.splitlines()[-1])
    assert found["replicas"] == 2
    assert max(found["shared"], found["separate"]) < 1e-5
    assert "minibatch of 7 cannot be divided among 2 replicas" in found["odd"]


@pytest.mark.parametrize(("workers", "index", "message"), [
    ("", 0, "'' is no address"), ("node1", 0, "'node1' is no address"), ("node1:70000", 0, "no address"),
    ("a:1,a:1", 0, "same address"), ("a:1,b:1", 2, "the first is 0, the last 1"),
])
def test_workers_are_named_as_tensorflow_reads_them(workers, index, message):
    assert devices.tf_config(" node1:29500, node2:29500,[::1]:80", 1) == {
        "cluster": {"worker": ["node1:29500", "node2:29500", "[::1]:80"]}, "task": {"type": "worker", "index": 1}}
    with pytest.raises(LabkitError, match=message):
        devices.tf_config(workers, index)


def work(out, workers, index, *dies):
    """Be one worker."""
    from labkit.training import callbacks, recipes, run

    class Dies(callbacks.StepLog):
        def on_train_batch_end(self, batch, logs=None):
            if self.model.steps_done == int(dies[0]):
                os.kill(os.getpid(), 9)

    models.build = functools.partial(models.build, dropout=0.0)  # its masks depend on the number of replicas
    if workers:
        os.environ["TF_CONFIG"] = json.dumps(devices.tf_config(workers, int(index)))
    recipe = recipes.get("vanilla-gan", "quick", steps=8, batch_size=20, checkpoint_every=3)
    try:
        run.train(recipe, out=out, resume=True, limit=100, callbacks=[Dies()] if dies else [],
                  strategy="workers" if workers else "none")
    except LabkitError as error:
        sys.exit(f"Error: {error}")


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


if __name__ == "__main__":
    mirrored() if sys.argv[1] == "mirrored" else work(*sys.argv[1:])
