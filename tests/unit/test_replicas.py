"""Several devices of one machine: the same training as one device with the whole minibatch."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from labkit.errors import LabkitError
from labkit.training import devices

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def mirrored():
    script = Path(__file__).with_name("mirrored_script.py")
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, timeout=560, cwd=ROOT,
                          env={**os.environ, "PYTHONPATH": str(ROOT)})
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize("way", ["shared", "separate"])
def test_two_replicas_learn_what_one_device_learns(mirrored, way):
    assert mirrored["replicas"] == 2
    weights, logs = mirrored[way]
    assert weights < 1e-5
    assert logs < 1e-5


def test_a_minibatch_that_cannot_be_divided_is_refused(mirrored):
    assert "minibatch of 7 cannot be divided among 2 replicas" in mirrored["odd"]
    assert "batch_size=6" in mirrored["odd"]


def test_workers_are_named_as_tensorflow_reads_them():
    assert devices.tf_config(" node1:29500, node2:29500,[::1]:80", 1) == {
        "cluster": {"worker": ["node1:29500", "node2:29500", "[::1]:80"]}, "task": {"type": "worker", "index": 1}}


@pytest.mark.parametrize(("workers", "index", "message"), [
    ("", 0, "'' is no address"), ("node1", 0, "'node1' is no address"), ("node1:70000", 0, "no address"),
    ("node1:x", 0, "no address"), ("a:1,a:1", 0, "same address"), ("a:1,b:1", 2, "the first is 0, the last 1"),
])
def test_workers_that_cannot_be_are_refused(workers, index, message):
    with pytest.raises(LabkitError, match=message):
        devices.tf_config(workers, index)


@pytest.mark.parametrize(("arguments", "message"), [
    (["--workers", "a:1,b:2"], "belong together"),
    (["--worker-index", "0"], "belong together"),
    (["--workers", "a:1,b:2", "--worker-index", "2"], "the last 1"),
    (["--workers", "a:1,b:2", "--worker-index", "0", "--mirrored"], "for one machine"),
])
def test_the_command_line_refuses_halves(arguments, message):
    from click.testing import CliRunner

    from labkit.cli.verbs import train as command

    result = CliRunner().invoke(command, ["vanilla-gan", *arguments])
    assert isinstance(result.exception, LabkitError)
    assert message in str(result.exception)
