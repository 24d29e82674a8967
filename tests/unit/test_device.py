"""Devices: setup, a quiet start-up; several devices and several processes train what one device trains.

Run as a program, this file trains, and prints what it found:
    test_device.py mirrored
    test_device.py OUT WORKERS INDEX [STEP AT WHICH IT KILLS ITSELF]
"""

import contextlib
import functools
import importlib.metadata
import json
import os
import re
import socket
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from labkit import device, models
from labkit.errors import LabkitError
from labkit.training import checkpoints, devices
from tests.unit import small

START_UP = """\
WARNING: All log messages before absl::InitializeLog() is called are written to STDERR
I0000 00:00:1795325383.340670    7991 port.cc:153] oneDNN custom operations are on. You may see slightly different
2025-01-02 03:04:05.678901: I tensorflow/core/platform/cpu_feature_guard.cc:210] This TensorFlow binary is optimized
To enable the following instructions: AVX2 AVX512F, in other operations, rebuild TensorFlow
E0000 00:00:1795325383.340671    7991 cuda_fft.cc:467] Unable to register cuFFT factory: one has been registered
E0000 00:00:1795325383.340672    7991 cuda_platform.cc:51] failed call to cuInit: INTERNAL: UNKNOWN ERROR (303)
"""
WORTH_READING = """\
E0000 00:00:1795325383.340673    7991 gpu_device.cc:99] out of memory
UserWarning: protobuf is older than the generated code
"""

TRAINING = """
from labkit import device
found = device.setup({arguments})
import keras
import numpy as np
with found.scope():
    model = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Conv2D(4, 3), keras.layers.Flatten(),
                              keras.layers.Dense(1)])
    model.compile("adam", "mse")
model.fit(np.zeros((4, 8, 8, 1)), np.zeros((4, 1)), verbose=0)
print("loss", round(float(model.evaluate(np.zeros((4, 8, 8, 1)), np.zeros((4, 1)), verbose=0)), 3))
"""


def fresh_python(code, **variables):
    """Run code in a fresh interpreter without the settings of this test run."""
    environment = {key: value for key, value in os.environ.items()
                   if key not in ("TF_CPP_MIN_LOG_LEVEL", "KERAS_BACKEND")} | variables
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, timeout=300)


@pytest.mark.parametrize("arguments", ["", "precision='bfloat16', strategy='mirrored', threads=1, seed=3"])
def test_a_training_step_after_setup_leaves_stderr_empty(arguments):
    done = fresh_python(TRAINING.format(arguments=arguments))
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    line, loss = done.stdout.splitlines()
    assert loss.startswith("loss ")
    assert ("bfloat16, seed 3, 2 replicas" if arguments else "float32, seed 0, TensorFlow") in line


def test_setup_after_tensorflow_started_says_what_is_too_late_and_works():
    done = fresh_python(
        "from labkit import device; device.quiet_tensorflow()\n"
        "import tensorflow as tf; tf.constant(1) + 1\n"
        "found = device.setup(strategy='mirrored', threads=1)\n"
        "assert found.replicas == 1, found\n"
        "assert device.setup(quiet=True, seed=2).notes == ()\n", TF_CPP_MIN_LOG_LEVEL="0")
    assert done.returncode == 0, done.stderr
    assert "threads not set: TensorFlow is already running" in done.stdout
    assert "2 logical devices not set" in done.stdout
    if sys.platform == "linux" and os.uname().machine == "x86_64":  # a request for the lines is honoured
        assert "oneDNN custom operations are on" in done.stderr


@pytest.mark.parametrize(("backend", "broken", "said"), [
    ("tensorflow", "raise ModuleNotFoundError(name='tensorflow')", "is not installed make setup"),
    ("tensorflow", "raise ImportError('DLL load failed')", "does not start (DLL load failed) make setup"),
    ("jax", "raise ModuleNotFoundError(name='jax')", "pip install"),
    ("jax", "def devices():\n    raise RuntimeError('Unable to initialize backend.')", "JAX_PLATFORMS=cpu"),
])
def test_a_missing_or_broken_backend_says_what_to_type(backend, broken, said, tmp_path):
    (tmp_path / f"{backend}.py").write_text(broken)
    done = fresh_python(
        "from labkit import device\nfrom labkit.errors import LabkitError\n"
        "try:\n    device.setup()\nexcept LabkitError as error:\n    print(error)\n",
        PYTHONPATH=str(tmp_path), KERAS_BACKEND=backend)
    assert [word for word in said.split() if word not in done.stdout] == [], done.stdout + done.stderr


def test_held_back_passes_on_what_is_no_chatter(capfd, monkeypatch):
    monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", "2")

    @device.held_back()
    def fail():
        os.write(2, (START_UP + WORTH_READING).encode())
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    os.write(2, b"after\n")
    assert capfd.readouterr().err == WORTH_READING + "after\n"


@pytest.mark.parametrize("arguments", [
    {"precision": "float16"}, {"strategy": "tpu"}, {"seed": -1}, {"seed": 1.0}, {"threads": 0}])
def test_bad_arguments_are_named(arguments):
    name, = arguments
    with pytest.raises(LabkitError, match=f"{name}="):
        device.setup(**arguments)
    with pytest.raises(LabkitError, match="KERAS_BACKEND=tensorflow"):
        device._jax("mirrored", None, [])


@pytest.mark.parametrize(("capabilities", "chosen"), [
    ([(7, 5)], "float32"), ([(8, 0)], "bfloat16"), ([(9, 0), (7, 5)], "float32"), ([(0, 0)], "float32")])
def test_auto_takes_bfloat16_only_on_gpus_that_have_it(capabilities, chosen):
    assert device.choose_precision("auto", capabilities)[0] == chosen
    assert device.choose_precision("float32", capabilities) == ("float32", None)


def test_two_tensorflows_are_seen(monkeypatch):
    found = [SimpleNamespace(metadata={"Name": name}) for name in ("TensorFlow_CPU", "keras", "tensorflow")]
    monkeypatch.setattr(importlib.metadata, "distributions", lambda: found)
    assert "pip uninstall -y tensorflow tensorflow-cpu" in device.two_tensorflows()


ROOT = Path(__file__).resolve().parents[2]


def start(*arguments):
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "LABKIT_HEADLESS": "1", "CUDA_VISIBLE_DEVICES": "-1",
                   "TF_NUM_INTRAOP_THREADS": "1"}
    return subprocess.Popen([sys.executable, __file__, *map(str, arguments)], text=True, cwd=ROOT, env=environment,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def trained(scope, synchronized=False, batch=8, **options):
    """Train with plain gradient steps, which show a wrong scale at once; Adam would hide it."""
    import keras

    from labkit import training
    from labkit.training.generators import averaged_generator

    with scope:
        generator, discriminator = small.pair(norm=synchronized and {"synchronized": True})
        gan = training.GAN(generator, discriminator, seed=3)
        gan.compile(keras.optimizers.SGD(0.05, momentum=0.9, use_ema=True, ema_momentum=0.9),
                    keras.optimizers.SGD(0.05, momentum=0.9), **options)
    log = training.StepLog()
    gan.fit(small.PICTURES, batch, steps_per_epoch=5, callbacks=[log])
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
                os.kill(os.getpid(), int(dies[1]))

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
    (code_0, _, error_0), (code_1, _, _) = together(tmp_path / "two", 5, 9)
    assert (code_0, code_1) == (1, -9)
    for words in ("Worker 1 (localhost:", "is gone", "newest checkpoint is of step 3", "--resume"):
        assert words in error_0
    for (_, _, error), by in zip(together(tmp_path / "two", 4, 15), ("another worker", "SIGTERM"), strict=True):
        assert f"Stopped by {by} at step 6 of 8, with a checkpoint" in error
    (code_0, said_0, error_0), (code_1, said_1, error_1) = together(tmp_path / "two")
    assert (code_0, code_1, error_0 + error_1) == (0, 0, "")
    assert "Going on from step 6" in said_0
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
