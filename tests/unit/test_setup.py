"""The set-up script, the locks, conda's environment and the files that call them."""

import ast
import importlib.metadata
import importlib.util
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LOCKS = {"cpu": "requirements.lock", "gpu": "requirements-gpu.lock"}
PLATFORMS = {name: dict(zip(("sys_platform", "platform_system", "platform_machine", "os_name"), values, strict=True))
             for name, values in {"linux x86_64": ("linux", "Linux", "x86_64", "posix"),
                                  "linux aarch64": ("linux", "Linux", "aarch64", "posix"),
                                  "macOS arm64": ("darwin", "Darwin", "arm64", "posix"),
                                  "Windows AMD64": ("win32", "Windows", "AMD64", "nt")}.items()}
PYTHONS = ("3.11.9", "3.12.7", "3.13.1")
ENVIRONMENTS = [
    pytest.param(platform | {"python_version": python.rsplit(".", 1)[0], "python_full_version": python,
                             "implementation_name": "cpython", "platform_python_implementation": "CPython"},
                 id=f"{name}, {python}")
    for name, platform in PLATFORMS.items() for python in PYTHONS]


def load(name):
    """Import a script of tools/ as a module."""
    spec = importlib.util.spec_from_file_location(f"tools_{name}", ROOT / "tools" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


setup, lock = load("setup"), load("lock")


def lock_lines(flavour):
    return (ROOT / LOCKS[flavour]).read_text(encoding="utf-8").splitlines()


def locked(flavour, environment):
    """Return {name: version} that a lock installs in an environment; fail on a name twice."""
    chosen = {}
    for requirement in map(Requirement, lock_lines(flavour)):
        if requirement.marker is None or requirement.marker.evaluate(environment):
            assert requirement.name not in chosen, f"{requirement.name} twice"
            chosen[requirement.name] = str(requirement.specifier).removeprefix("==")
    return chosen


# The locks

@pytest.mark.parametrize("flavour", LOCKS)
def test_a_lock_holds_names_versions_and_markers_alone(flavour):
    for line in lock_lines(flavour):
        assert re.fullmatch(r"[a-z0-9][a-z0-9-]*==[0-9][0-9a-z.+!]*( ; [a-z_]+ .+)?", line), line
        assert "/" not in line
        assert "@" not in line


@pytest.mark.parametrize("flavour", LOCKS)
@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_a_lock_satisfies_pyproject(flavour, environment):
    chosen = locked(flavour, environment)
    extras = PROJECT["optional-dependencies"]
    for text in PROJECT["dependencies"] + extras[flavour] + extras["test"]:
        wanted = Requirement(text)
        if wanted.marker is None or wanted.marker.evaluate(environment):
            name = canonicalize_name(wanted.name)
            assert name in chosen, name
            assert wanted.specifier.contains(chosen[name]), f"{name} {chosen[name]} is not {wanted.specifier}"


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_there_is_never_more_than_one_tensorflow(environment):
    cpu = set(locked("cpu", environment)) & setup.TENSORFLOWS
    gpu = set(locked("gpu", environment)) & setup.TENSORFLOWS
    linux = environment["sys_platform"] == "linux"
    assert cpu == ({"tensorflow-cpu"} if linux and environment["platform_machine"] == "x86_64" else {"tensorflow"})
    assert gpu == ({"tensorflow"} if linux else set())


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_both_locks_agree(environment):
    cpu, gpu = (locked(flavour, environment) for flavour in LOCKS)
    assert {name: (cpu[name], gpu[name]) for name in set(cpu) & set(gpu) if cpu[name] != gpu[name]} == {}


def test_the_gpu_lock_brings_cuda():
    environment = ENVIRONMENTS[0].values[0]
    assert {"nvidia-cudnn-cu12", "nvidia-cublas-cu12"} <= set(locked("gpu", environment))


def test_the_build_back_end_is_locked():
    (build,) = map(Requirement, tomllib.loads((ROOT / "pyproject.toml").read_text())["build-system"]["requires"])
    for parameter in ENVIRONMENTS:
        assert build.specifier.contains(locked("cpu", parameter.values[0])[build.name])


def test_every_import_is_declared():
    extras = PROJECT["optional-dependencies"]
    declared = {canonicalize_name(Requirement(text).name)
                for text in PROJECT["dependencies"] + extras["cpu"] + extras["test"] + extras["jax"]}
    providers = importlib.metadata.packages_distributions()
    local = {"labkit", "tests"} | {path.stem for top in ("tests", "tools") for path in (ROOT / top).rglob("*.py")}
    parity = set((ROOT / "tests" / "parity").glob("*.py"))  # compares with other programs; requirements of its own
    unknown = {}
    for path in {*(ROOT / "labkit").rglob("*.py"), *(ROOT / "tests").rglob("*.py")} - parity:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else \
                [node.module] if isinstance(node, ast.ImportFrom) and not node.level else []
            for name in {name.split(".")[0] for name in names} - local - set(sys.stdlib_module_names):
                if not declared & {canonicalize_name(item) for item in [name, *providers.get(name, ())]}:
                    unknown[name] = str(path.relative_to(ROOT))
    assert unknown == {}, "declare them in pyproject.toml, then: make lock"


def test_the_supported_pythons_are_named_alike():
    requires = SpecifierSet(PROJECT["requires-python"])
    assert [minor for minor in range(8, 20) if f"3.{minor}.1" in requires] == \
        list(range(setup.OLDEST[1], setup.NEWEST[1] + 1))


# environment.yml

def test_environment_yml_follows_from_the_lock():
    stored = (ROOT / "environment.yml").read_text(encoding="utf-8")
    assert stored == lock.environment("\n".join(lock_lines("cpu")), PROJECT["requires-python"]), "type: make lock"


def test_environment_yml_is_what_conda_reads():
    stored = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    assert stored["channels"] == ["conda-forge"]
    *conda, last = stored["dependencies"]
    assert conda == [f"python{PROJECT['requires-python']}", "pip"]
    assert last == {"pip": [*lock_lines("cpu"), "-e ."]}


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_environment_ymls_pip_section_installs_into_an_empty_venv(tmp_path):
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, tmp_path)
    shutil.copytree(ROOT / "labkit", tmp_path / "labkit", ignore=shutil.ignore_patterns("__pycache__"))
    subprocess.run([sys.executable, "-m", "venv", tmp_path / ".venv"], check=True)
    python = setup.venv_python(tmp_path / ".venv")
    probe = subprocess.run([python, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", tmp_path / "probe",
                            next(line for line in lock_lines("cpu") if line.startswith("six=="))],
                           capture_output=True, text=True, check=False)
    if probe.returncode:
        pytest.skip("no package index within reach")
    lines = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))["dependencies"][-1]["pip"]
    (tmp_path / "pip.txt").write_text("\n".join(lines), encoding="utf-8")
    done = subprocess.run([python, "-m", "pip", "install", "--quiet", "-r", "pip.txt"], cwd=tmp_path,
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    done = subprocess.run([python, "-c", "from labkit import device; print(device.setup()); import labkit;"
                           "print(labkit.__file__)"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    assert str(tmp_path) in done.stdout
    check = subprocess.run([python, "-m", "pip", "check"], capture_output=True, text=True, check=False)
    assert check.returncode == 0, check.stdout


# The set-up script, on a small project with an installer that only notes what it is asked

FAKE_UV = """#!{python}
import os, pathlib, re, subprocess, sys, time
words = sys.argv[1:]
with open({log!r}, "a") as log:
    log.write(" ".join(words) + "\\n")
if words == ["--version"]:
    sys.exit(0)
hint = pathlib.Path({hint!r})
if words[0] == "venv":
    subprocess.run([{python!r}, "-m", "venv", "--without-pip", words[-1]], check=True)
    site, = pathlib.Path(words[-1]).glob("lib/python3*/site-packages")
    (site / "pip/_vendor/packaging").mkdir(parents=True)
    (site / "pip/_vendor/packaging/__init__.py").touch()
    import packaging
    for part in pathlib.Path(packaging.__file__).parent.glob("*.py"):
        (site / "pip/_vendor/packaging" / part.name).write_text(part.read_text().replace(
            "from packaging", "from pip._vendor.packaging").replace("import packaging", "import pip._vendor.packaging"))
    names = ["pip==1"]
    remove = []
else:
    site, = pathlib.Path(words[words.index("--python") + 1]).parent.parent.glob("lib/python3*/site-packages")
    if hint.exists() and hint.read_text() == "fail":
        sys.exit("no network")
    if hint.exists() and hint.read_text() == "wait":
        hint.write_text("waiting")
        time.sleep(60)
    remove = words[4:] if words[1] == "uninstall" else []
    names = ["image-generation-labs==0.1.0"]
    if "-r" in words:
        names = [line.split(" ;")[0].strip() for line in open(words[words.index("-r") + 1]) if "win32" not in line]
for name in remove:
    for folder in site.glob(name.replace("-", "_") + "-*.dist-info"):
        (folder / "METADATA").unlink()
        folder.rmdir()
for name in names if words[1] != "uninstall" else []:
    for folder in site.glob(name.replace("-", "_").split("==")[0] + "-*.dist-info"):
        (folder / "METADATA").unlink()
        folder.rmdir()
    folder = site / (name.replace("-", "_").replace("==", "-") + ".dist-info")
    folder.mkdir(exist_ok=True)
    (folder / "METADATA").touch()
"""

posix = pytest.mark.skipif(os.name == "nt", reason="the stand-in for uv is a script with a #! line")


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A small clone with two locks, and a stand-in for uv first on PATH."""
    root = tmp_path / "a clone"
    (root / "tools").mkdir(parents=True)
    (tmp_path / "bin").mkdir()
    shutil.copy(ROOT / "tools" / "setup.py", root / "tools")
    shutil.copy(ROOT / "Makefile", root)
    (root / "pyproject.toml").write_text("[project]\n")
    (root / LOCKS["cpu"]).write_text("numpy==2.0\ntensorflow-cpu==2.21.0\ncolorama==1.0 ; sys_platform == 'win32'\n")
    (root / LOCKS["gpu"]).write_text("numpy==2.0\ntensorflow==2.21.0\nnvidia-cudnn-cu12==9.0\n")
    uv = tmp_path / "bin" / "uv"
    uv.write_text(FAKE_UV.format(python=sys.executable, log=str(tmp_path / "log"), hint=str(tmp_path / "hint")))
    uv.chmod(0o755)
    monkeypatch.setenv("PATH", f"{uv.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr(sys, "platform", "linux")
    return root


def calls(root):
    log = root.parent / "log"
    lines = [line for line in log.read_text().splitlines() if line != "--version"] if log.exists() else []
    log.unlink(missing_ok=True)
    return lines


@posix
def test_the_second_set_up_does_nothing(project, capsys):
    assert setup.set_up(project) == "there is no .venv yet"
    assert [line.split()[0] for line in calls(project)] == ["venv", "pip", "pip"]
    assert setup.set_up(project) is None
    assert calls(project) == []
    assert "up to date" in capsys.readouterr().out
    assert setup.set_up(project, quiet=True) is None
    assert capsys.readouterr().out == ""
    assert set(setup.installed(project / ".venv")) == {"pip", "numpy", "tensorflow-cpu", "image-generation-labs"}


@posix
@pytest.mark.parametrize("change", ["lock", "pyproject", "lost", "upgraded", "two", "moved"])
def test_a_change_is_noticed_and_mended(project, change):
    setup.set_up(project)
    site, = project.glob(".venv/lib/python3*/site-packages")
    if change == "lock":
        (project / LOCKS["cpu"]).write_text("numpy==2.1\ntensorflow-cpu==2.21.0\n")
    elif change == "pyproject":
        (project / "pyproject.toml").write_text("[project]\nname = 'x'\n")
    elif change == "lost":
        shutil.rmtree(site / "numpy-2.0.dist-info")
    elif change == "upgraded":
        (site / "numpy-2.0.dist-info").rename(site / "numpy-3.0.dist-info")
    elif change == "two":
        (site / "tensorflow-2.21.0.dist-info").mkdir()
        (site / "tensorflow-2.21.0.dist-info" / "METADATA").touch()
    else:
        project = project.rename(project.with_name("elsewhere"))
    calls(project)
    assert setup.set_up(project)
    done = calls(project)
    assert any(line.startswith("venv") for line in done) is (change == "moved")  # scripts name the old folder
    assert any("uninstall" in line for line in done) is (change == "two")
    assert setup.set_up(project) is None
    assert len(setup.TENSORFLOWS & set(setup.installed(project / ".venv"))) == 1


@posix
def test_gpu_and_back_leave_one_tensorflow_and_the_choice_stays(project):
    setup.set_up(project)
    assert setup.set_up(project, gpu="1") == "TensorFlow changes from cpu to gpu"
    assert set(setup.installed(project / ".venv")) >= {"tensorflow", "nvidia-cudnn-cu12"}
    assert "tensorflow-cpu" not in setup.installed(project / ".venv")
    assert setup.set_up(project) is None
    assert setup.set_up(project, gpu="0")
    assert set(setup.installed(project / ".venv")) == {"pip", "numpy", "tensorflow-cpu", "image-generation-labs"}


@posix
def test_a_failed_set_up_says_so_and_the_next_starts_again(project):
    (project.parent / "hint").write_text("fail")
    with pytest.raises(setup.SetupError, match="the installation stopped"):
        setup.set_up(project)
    (project.parent / "hint").unlink()
    calls(project)
    assert setup.set_up(project) == "the last set-up did not finish"
    assert calls(project)[0].startswith("venv")


@posix
def test_an_interrupted_set_up_starts_again(project):
    (project.parent / "hint").write_text("wait")
    process = subprocess.Popen([sys.executable, "tools/setup.py"], cwd=project, stdout=subprocess.DEVNULL,
                               stderr=subprocess.PIPE, text=True, start_new_session=True)
    deadline = time.monotonic() + 30
    while (project.parent / "hint").read_text() != "waiting" and time.monotonic() < deadline:
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGINT)
    said = process.communicate(timeout=30)[1]
    assert process.returncode == 130
    assert said.splitlines()[-1].startswith("Set-up was interrupted")
    assert "setup.py" not in said, "a traceback of the script"
    assert setup.read_state(project / ".venv")["done"] is False
    assert setup.set_up(project) == "the last set-up did not finish"
    assert setup.set_up(project) is None


@posix
def test_a_venv_whose_python_is_gone_is_made_again(project):
    setup.set_up(project)
    setup.venv_python(project / ".venv").unlink()
    assert "does not run" in setup.set_up(project)
    assert setup.set_up(project) is None


@posix
def test_a_venv_of_other_make_is_used_but_never_removed(project):
    subprocess.run([project.parent / "bin" / "uv", "venv", project / ".venv"], check=True)
    (project / ".venv" / "mine").touch()
    (project.parent / "hint").write_text("fail")
    for _ in range(2):
        with pytest.raises(setup.SetupError):
            setup.set_up(project)
    (project.parent / "hint").unlink()
    with pytest.raises(setup.SetupError, match="left alone"):
        setup.set_up(project, force=True)
    setup.set_up(project)
    assert (project / ".venv" / "mine").exists()
    assert setup.set_up(project) is None


@posix
def test_make_passes_its_variables_on(project):
    done = subprocess.run(["make", "-n", "run", "GPU=1", "JOBS=2", "PROFILE=laptop", "PYTHON=/x/python3.12",
                           "NOTEBOOKS=notebooks/a.ipynb"], cwd=project, capture_output=True, text=True, check=True)
    assert "tools/setup.py --installer auto --gpu 1 --python /x/python3.12 --quiet" in done.stdout
    assert ".venv/bin/labkit run notebooks/a.ipynb --profile laptop --jobs 2 --out build/run" in done.stdout


def fake_python(folder, name, version):
    path = folder / name
    path.write_text(f"#!/bin/sh\necho {version}\n")
    path.chmod(0o755)
    return str(path)


@posix
def test_an_interpreter_is_looked_for_and_named_when_none_fits(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "executable", fake_python(tmp_path, "python3", "3.14.0"))
    monkeypatch.setattr(sys, "prefix", sys.base_prefix)
    with pytest.raises(setup.SetupError, match=r"python3 is 3\.14") as caught:
        setup.find_python(None, None)
    assert "PYTHON=" in str(caught.value)
    assert setup.find_python(None, "uv") == ["3.13"]
    fake_python(tmp_path, "python3.11", "3.11.2")
    assert setup.find_python(None, None) == ["python3.11"]
    fake_python(tmp_path, "python3.13", "nonsense")  # a shim of a version manager that is not there
    fake_python(tmp_path, "python3.12", "3.12.5")
    assert setup.find_python(None, None) == ["python3.12"]
    monkeypatch.setattr(sys, "executable", fake_python(tmp_path, "mine", "3.11.9"))
    assert setup.find_python(None, None) == [str(tmp_path / "mine")]


@posix
@pytest.mark.parametrize(("version", "said"), [("3.10.13", "is Python 3.10"), ("3.14.0", "is Python 3.14"),
                                               ("nonsense", "does not run")])
def test_an_interpreter_that_was_asked_for_and_does_not_fit_is_refused(tmp_path, version, said):
    with pytest.raises(setup.SetupError, match=re.escape(said)):
        setup.find_python(fake_python(tmp_path, "python", version), "uv")


def test_no_gpu_build_outside_linux(monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "platform", "win32")
    with pytest.raises(setup.SetupError, match="Linux only"):
        setup.set_up(tmp_path, gpu="1")


@pytest.mark.parametrize("script", ["setup.py"])
def test_the_script_is_readable_for_old_pythons(script):
    ast.parse((ROOT / "tools" / script).read_text(encoding="utf-8"), feature_version=(3, 8))


def test_ci_calls_the_readmes_test_command():
    text = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert text.rstrip().endswith("make test")
    assert "set -euo pipefail" in text
    assert "make test" in (ROOT / "README.md").read_text(encoding="utf-8")
    workflow = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8"))
    assert "schedule" in workflow[True]  # YAML reads the key `on` as true
    tested = [row["python"] for row in workflow["jobs"]["all-tests"]["strategy"]["matrix"]["include"]]
    assert tested == ["3.11", "3.12", "3.13"]
