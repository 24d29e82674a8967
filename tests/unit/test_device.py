"""What can be checked in this process, and, in fresh ones, that nothing reaches stderr."""

import importlib.metadata
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from labkit import device
from labkit.errors import LabkitError

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


@pytest.mark.parametrize(("flags", "able"), [
    ("fpu avx512f avx512_bf16 sse2", True), ("fpu avx512f avx512_bf160", False), (None, False),
])
def test_bfloat16_is_read_from_the_processor_flags(flags, able, monkeypatch):
    text = "processor\t: 0\nmodel name\t: Some CPU\n" + (f"flags\t\t: {flags}\n" if flags else "Features\t: asimd\n")
    monkeypatch.setattr(Path, "read_text", lambda *_, **__: text)
    assert device.bfloat16_processor()[0] is able


@pytest.mark.parametrize(("capabilities", "chosen"), [
    ([(7, 5)], "float32"), ([(8, 0)], "bfloat16"), ([(9, 0), (7, 5)], "float32"), ([(0, 0)], "float32")])
def test_auto_takes_bfloat16_only_on_gpus_that_have_it(capabilities, chosen):
    assert device.choose_precision("auto", capabilities)[0] == chosen
    assert device.choose_precision("float32", capabilities) == ("float32", None)


def test_two_tensorflows_are_seen(monkeypatch):
    found = [SimpleNamespace(metadata={"Name": name}) for name in ("TensorFlow_CPU", "keras", "tensorflow")]
    monkeypatch.setattr(importlib.metadata, "distributions", lambda: found)
    assert device.installed_tensorflows() == ["tensorflow", "tensorflow-cpu"]
    assert "pip uninstall -y tensorflow tensorflow-cpu" in device.two_tensorflows()


