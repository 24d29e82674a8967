"""Each check on machines that are not well, and once the whole command on this one."""

import importlib.metadata
import json
import subprocess
import sys
from collections import namedtuple
from types import SimpleNamespace

import pytest
from click.testing import CliRunner
from jupyter_client import kernelspec

from labkit import device
from labkit.commands import doctor
from labkit.datasets import catalogue
from labkit.errors import LabkitError

VERDICTS = {"ok", "warn", "fail"}


def test_the_whole_command_as_json():
    done = subprocess.run([sys.executable, "-c", "from labkit.cli import main; main(['doctor', '--json'])"],
                          capture_output=True, text=True)
    checks = json.loads(done.stdout)
    assert done.stderr == ""
    assert [check["name"] for check in checks] == [
        "python", "tensorflow", "versions", "device", "bfloat16", "memory", "disk", "folders", "image sets", "kernel",
        "widgets"]
    assert all(check["status"] in VERDICTS and check["found"] for check in checks)
    assert all(check["advice"] for check in checks if check["status"] != "ok")
    assert done.returncode == int(any(check["status"] == "fail" for check in checks))


@pytest.mark.parametrize(("statuses", "code"), [(["ok", "warn"], 0), (["ok", "fail", "ok"], 1)])
def test_the_exit_code_and_the_lines(monkeypatch, statuses, code):
    made = [doctor.Check(f"part {number}", status, "something", "type this" if status != "ok" else "")
            for number, status in enumerate(statuses)]
    monkeypatch.setattr(doctor, "checks", lambda: iter(made))
    done = CliRunner().invoke(doctor.command, standalone_mode=False)
    assert done.return_value == code
    lines = done.output.splitlines()
    assert lines[0] == "ok   part 0     something"
    assert sum(line.strip() == "-> type this" for line in lines) == len([s for s in statuses if s != "ok"])


@pytest.mark.parametrize(("version", "status"), [((3, 10, 13), "fail"), ((3, 11, 0), "ok"), ((3, 13, 9), "ok"),
                                                 ((3, 14, 0), "fail")])
def test_python(monkeypatch, version, status):
    monkeypatch.setattr(sys, "version_info", version)
    assert doctor.python().status == status


@pytest.mark.parametrize(("names", "status", "advice"), [
    ([], "fail", "make setup"), (["tensorflow", "tensorflow-cpu"], "fail", "uninstall"), ])
def test_tensorflow(monkeypatch, names, status, advice):
    monkeypatch.setattr(device, "installed_tensorflows", lambda: names)
    check = doctor.tensorflow()
    assert check.status == status
    assert advice in check.advice


@pytest.mark.parametrize(("lines", "status", "found"), [
    (["numpy=={numpy}"], "ok", "all 1 packages"),
    (["numpy=={numpy}", "nothing-such==1.0 ; sys_platform == 'nowhere'"], "ok", "all 1 packages"),
    (["numpy==0.1"], "warn", "numpy {numpy} instead of 0.1"),
    (["numpy=={numpy}", "no-such-package-at-all==1.0"], "fail", "missing: no-such-package-at-all"),
])
def test_versions_are_compared_with_the_lock(monkeypatch, tmp_path, lines, status, found):
    version = importlib.metadata.version("numpy")
    for name in ("requirements.lock", "requirements-gpu.lock"):
        (tmp_path / name).write_text("\n".join(line.format(numpy=version) for line in lines) + "\n")
    monkeypatch.setenv("LABKIT_HOME", str(tmp_path))
    check = doctor.versions()
    assert check.status == status
    assert found.format(numpy=version) in check.found


def test_no_lock_is_a_warning(monkeypatch, tmp_path):
    monkeypatch.setenv("LABKIT_HOME", str(tmp_path))
    assert doctor.versions().status == "warn"


def test_a_tensorflow_that_does_not_start(monkeypatch):
    def fail(**_):
        raise LabkitError("TensorFlow is installed but does not start. In a clone, type: make setup")

    monkeypatch.setattr(device, "setup", fail)
    check = doctor.computing()
    assert check.status == "fail"
    assert "make setup" in check.advice


def test_a_gpu_that_is_not_used_is_said(monkeypatch):
    monkeypatch.setattr(device, "setup", lambda **_: device.Device("cpu", "A CPU", 1, "float32", 0))
    monkeypatch.setattr(device, "idle_gpu", lambda: "make setup GPU=1")
    assert doctor.computing() == doctor.Check("device", "warn", "CPU: A CPU, 1 core", "make setup GPU=1")


@pytest.mark.parametrize(("able", "word"), [(True, "takes bfloat16"), (False, "takes float32")])
def test_bfloat16(monkeypatch, able, word):
    monkeypatch.setattr(device, "bfloat16_processor", lambda: (able, "a reason"))
    assert word in doctor.bfloat16().found


@pytest.mark.parametrize(("available", "status"), [(1e9, "warn"), (8e9, "ok")])
def test_memory(monkeypatch, available, status):
    import psutil

    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(available=available, total=16e9))
    assert doctor.memory().status == status


@pytest.mark.parametrize(("free", "status"), [(1e8, "fail"), (1e9, "warn"), (9e9, "ok")])
def test_disk(monkeypatch, free, status):
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda _: namedtuple("Usage", "free")(free))
    assert doctor.disk().status == status


def test_folders_that_cannot_be_written(monkeypatch, tmp_path):
    monkeypatch.setenv("LABKIT_HOME", str(tmp_path))
    assert doctor.writable().status == "ok"
    assert list(tmp_path.iterdir()) == []  # looking leaves nothing behind

    def refuse(dir):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(doctor.tempfile, "TemporaryFile", refuse)
    check = doctor.writable()
    assert check.status == "fail"
    assert "permission denied" in check.found


def test_image_sets_on_disk(monkeypatch, tmp_path):
    monkeypatch.setenv("LABKIT_DATA", str(tmp_path))
    monkeypatch.setenv("LABKIT_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.setattr(catalogue, "DEBIAN", str(tmp_path / "debian"))
    assert doctor.image_sets().status == "warn"
    assert "drawn stand-ins" in doctor.image_sets().found
    (tmp_path / "mnist").mkdir()
    (tmp_path / "mnist" / "train-images-idx3-ubyte.gz").touch()
    assert doctor.image_sets().advice == "labkit data fetch mnist"
    (tmp_path / "mnist" / "train-labels-idx1-ubyte.gz").touch()
    check = doctor.image_sets()
    assert check.status == "ok"
    assert check.found.startswith("on disk: mnist; downloaded or drawn when needed: ")
    assert "svhn" in check.found


@pytest.mark.parametrize(("argv", "status"), [
    ("python", "ok"), (sys.executable, "ok"), ("/somewhere/else/bin/python", "fail")])
def test_the_kernel_is_this_interpreter(monkeypatch, tmp_path, argv, status):
    folder = tmp_path / "kernels" / "python3"
    folder.mkdir(parents=True)
    (folder / "kernel.json").write_text(json.dumps({
        "argv": [argv, "-m", "ipykernel_launcher", "-f", "{connection_file}"], "display_name": "Python 3",
        "language": "python"}))
    monkeypatch.setattr(kernelspec.KernelSpecManager, "_kernel_dirs_default", lambda _: [str(tmp_path / "kernels")])
    check = doctor.kernel()
    assert check.status == status, check
    assert ("ipykernel install --sys-prefix" in check.advice) is (status == "fail")


def test_no_kernel_at_all(monkeypatch):
    def none(_, name):
        raise kernelspec.NoSuchKernel(name)

    monkeypatch.setattr(kernelspec.KernelSpecManager, "get_kernel_spec", none)
    assert doctor.kernel().status == "fail"


def test_widgets(monkeypatch, tmp_path):
    from jupyter_core import paths

    assert doctor.widgets().status == "ok"
    monkeypatch.setattr(paths, "jupyter_path", lambda *_: [str(tmp_path)])
    assert doctor.widgets().status == "fail"
