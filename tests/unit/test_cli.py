"""``labkit``: bad input of any verb is one sentence and exit status 2; doctor, on machines that are not well."""

import importlib.metadata
import json
import os
import re
import subprocess
import sys
from types import SimpleNamespace

import pytest
from jupyter_client import kernelspec

from labkit import device
from labkit.cli import health


@pytest.mark.parametrize(("arguments", "words"), [
    (["dokter"], "No such command 'dokter'"),
    (["ledger", "--report", "6"], "6 is not in the range 1<=x<=5"),
    (["ledger", "--notebook", "06"], "no notebook with claims '06'"),
    (["ledger", "--system", "cifar"], "no system with claims 'cifar'. Did you mean cifar-dcgan"),
    (["audit", "cifar-dcgn"], "cifar-dcgan"),
    (["data", "show", "fashon"], "fashion_mnist"),
    (["data", "fetch", "fashon"], "fashion_mnist"),
    (["data", "show", "mnist", "--out", "{file}/x.png"], "Something of the same name is in the way"),
    (["data", "show", "mnist", "--out", "{folder}/" + 260 * "x"], "Choose another path"),
    (["score", "cifar-dcgn"], "cifar-dcgan"),
    (["score", "plain-lstm"], "draws nothing from noise"),
    (["train", "cifar-dcgn"], "Did you mean cifar-dcgan"),
    (["train", "domain-transfer"], "labkit run 12 --profile laptop"),
    (["train", "cifar-dcgan", "--keep", "ten", "--recipe"], "--keep takes steps"),
    (["train", "cifar-dcgan", "--minutes", "nan"], "nan is no finite number"),
    (["data", "show", ""], "one of the arguments is empty"),
    (["train", "cifar-dcgan", "--set", "steps"], "--set takes NAME=VALUE"),
    (["train", "cifar-dcgan", "--set", "stepz=3"], "Did you mean steps"),
    (["train", "cifar-dcgan", "--set", "profile=full"], "no value of a recipe 'profile'"),
    (["train", "cifar-dcgan", "--worker-index", "0"], "belong together"),
    (["train", "vanilla-gan", "--workers", "a:1,b:2", "--worker-index", "2"], "the last 1"),
    (["train", "vanilla-gan", "--workers", "a:1,b:2", "--worker-index", "0", "--mirrored"], "for one machine"),
    (["extractor", "train", "cifar-10"], "Did you mean cifar10"),
    (["ship", "cifar-dcgan", "{folder}/gone"], "does not exist"),
    (["run", "99"], "99"),
    (["serve", "--only"], "--only needs a KEY"),
])
def test_bad_input_is_one_sentence_and_status_2(labkit, tmp_path, arguments, words):
    (tmp_path / "file").write_text("in the way")
    status, _, error = labkit(*(each.format(file=tmp_path / "file", folder=tmp_path) for each in arguments))
    assert status == 2, error
    assert words in " ".join(error.split())
    assert "Traceback" not in error


@pytest.mark.parametrize(("surroundings", "arguments", "status", "words"), [
    ({"KERAS_BACKEND": "torch"}, ["ledger"], 2, "unset KERAS_BACKEND"),
    ({"LABKIT_HOME": "{folder}/gone"}, ["run", "0"], 2, "there is no such folder"),
    ({"LABKIT_DATA": "~nobodyhere/x"}, ["data", "list"], 0, "~nobodyhere/x"),
    ({"PYTHONIOENCODING": "ascii"}, ["ledger", "--system", "bedroom-gan"], 0, "cannot be told"),
])
def test_odd_surroundings_end_in_no_traceback(tmp_path, surroundings, arguments, status, words):
    environment = os.environ | {name: value.format(folder=tmp_path) for name, value in surroundings.items()}
    done = subprocess.run([sys.executable, "-m", "labkit.cli", *arguments], capture_output=True, text=True,
                          env=environment, check=False)
    assert done.returncode == status, done.stderr
    assert words in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def test_a_check_that_fails_itself_is_a_line_like_others(monkeypatch, labkit, policy):
    def gone(*_, **__):
        raise FileNotFoundError(2, "No such file or directory", "/gone")

    monkeypatch.setattr(health.shutil, "disk_usage", gone)
    status, output, error = labkit("doctor")
    assert (status, error) == (1, "")
    lines = re.findall(r"^(ok|warn|fail) +(\w+) +\S.*$(\n +-> \S)?", output, re.M)
    assert [name for _, name, _ in lines] == ["packages", "device", "disk", "kernel"]
    assert all(advice for status, _, advice in lines if status != "ok")
    assert re.search(r"^fail disk .*\n +-> /gone cannot be read: no such file", output, re.M), output


def test_a_machine_that_is_not_well(monkeypatch, alone, tmp_path):
    cpu = device.Device("cpu", "A CPU", 1, "float32", 0, notes=("no GPU: make setup GPU=1",))
    monkeypatch.setattr(device, "setup", lambda **_: cpu)
    assert health.computing()[0] == "warn"
    assert "make setup GPU=1" in " ".join(health.computing())
    for free, status in ((1e8, "fail"), (1e9, "warn"), (9e9, "ok")):
        monkeypatch.setattr(health.shutil, "disk_usage", lambda _, free=free: SimpleNamespace(free=free))
        assert health.disk()[0] == status
        assert f"{free / 1e9:.1f} GB" in " ".join(health.disk())
    assert list(tmp_path.iterdir()) == []  # looking leaves nothing behind


@pytest.mark.parametrize(("lines", "status", "found"), [
    (["numpy=={numpy}", "nothing-such==1.0 ; sys_platform == 'nowhere'"], "ok", "all 1 packages"),
    (["numpy==0.1"], "warn", "numpy {numpy} instead of 0.1"),
    (["numpy=={numpy}", "no-such-package-at-all==1.0"], "fail", "missing: no-such-package-at-all"),
])
def test_versions_are_compared_with_the_lock(monkeypatch, tmp_path, lines, status, found):
    version = importlib.metadata.version("numpy")
    for name in ("requirements.lock", "requirements-gpu.lock"):
        (tmp_path / name).write_text("\n".join(line.format(numpy=version) for line in lines) + "\n")
    monkeypatch.setenv("LABKIT_HOME", str(tmp_path))
    assert health.packages()[0] == status
    assert found.format(numpy=version) in health.packages()[1]


@pytest.mark.parametrize(("argv", "status"), [
    ("python", "ok"), (sys.executable, "ok"), ("/somewhere/else/bin/python", "fail")])
def test_the_kernel_is_this_interpreter(monkeypatch, tmp_path, argv, status):
    folder = tmp_path / "kernels" / "python3"
    folder.mkdir(parents=True)
    (folder / "kernel.json").write_text(json.dumps({
        "argv": [argv, "-m", "ipykernel_launcher", "-f", "{connection_file}"], "display_name": "Python 3",
        "language": "python"}))
    monkeypatch.setattr(kernelspec.KernelSpecManager, "_kernel_dirs_default", lambda _: [str(tmp_path / "kernels")])
    found = health.kernel()
    assert found[0] == status, found
    assert ("ipykernel install --sys-prefix" in found[-1]) is (status == "fail")
