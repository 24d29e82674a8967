"""The locks, conda's environment, the set-up script, and the files that call them."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]
LOCKS = {"cpu": "requirements.lock", "gpu": "requirements-gpu.lock", "server": "requirements-server.lock"}
TENSORFLOWS = {"tensorflow", "tensorflow-cpu"}  # they install the same folder over each other
PLATFORMS = [("linux", "Linux", "x86_64", "posix"), ("linux", "Linux", "aarch64", "posix"),
             ("darwin", "Darwin", "arm64", "posix"), ("win32", "Windows", "AMD64", "nt")]
ENVIRONMENTS = [
    pytest.param({"sys_platform": platform, "platform_system": system, "platform_machine": machine, "os_name": name,
                  "python_version": python, "python_full_version": f"{python}.7", "implementation_name": "cpython",
                  "platform_python_implementation": "CPython"}, id=f"{system} {machine}, {python}")
    for platform, system, machine, name in PLATFORMS for python in ("3.11", "3.12", "3.13")]


def requirements(flavour):
    """Return what a lock names, without the hashes; each has one at least."""
    named = re.split(r"\n(?! )", (ROOT / LOCKS[flavour]).read_text(encoding="utf-8").rstrip())
    assert [line for line in named if not re.search(r" \\\n    --hash=sha256:[0-9a-f]{64}", line)] == []
    assert [line for line in named if "://" in line] == []
    return [line.split(" \\")[0] for line in named]


def locked(flavour, environment):
    """Return {name: version} that a lock installs in an environment; fail on a name twice."""
    chosen = {}
    for requirement in map(Requirement, requirements(flavour)):
        if requirement.marker is None or requirement.marker.evaluate(environment):
            assert requirement.name not in chosen, f"{requirement.name} twice"
            chosen[requirement.name] = str(requirement.specifier).removeprefix("==")
    return chosen


@pytest.mark.parametrize("flavour", ["cpu", "gpu"])
@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_a_lock_satisfies_pyproject(flavour, environment):
    chosen = locked(flavour, environment)
    for text in PROJECT["dependencies"] + EXTRAS[flavour] + EXTRAS["lab"] + EXTRAS["serve"] + EXTRAS["test"]:
        wanted = Requirement(text)
        if wanted.marker is None or wanted.marker.evaluate(environment):
            name = canonicalize_name(wanted.name)
            assert name in chosen, f"{name} is not locked: make lock"
            assert wanted.specifier.contains(chosen[name]), f"{name} {chosen[name]} is not {wanted.specifier}"


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_locks_agree_and_hold_one_tensorflow_each(environment):
    cpu, gpu, server = (locked(flavour, environment) for flavour in LOCKS)
    linux = environment["sys_platform"] == "linux"
    assert len(TENSORFLOWS & set(cpu)) == 1
    assert len(TENSORFLOWS & set(gpu)) == linux
    assert ("nvidia-cudnn-cu12" in gpu) == linux
    assert {name: (cpu[name], gpu[name]) for name in set(cpu) & set(gpu) if cpu[name] != gpu[name]} == {}
    assert server.items() <= cpu.items()


#: What Colab has of it: googlecolab/backend-info, pip-freeze.txt of 19 August 2026 (commit a724079).
COLAB = {"click": "8.4.2", "ipywidgets": "7.7.1", "keras": "3.13.2", "matplotlib": "3.10.0", "numpy": "2.1.3",
         "pillow": "11.3.0", "pooch": "1.9.0", "psutil": "5.9.5", "scikit-learn": "1.6.1", "scipy": "1.16.3"}


def test_colab_keeps_its_own_versions():
    core = {wanted.name: wanted.specifier for wanted in map(Requirement, PROJECT["dependencies"])}
    assert [name for name, version in COLAB.items() if not core[name].contains(version)] == []
    assert set(core) - set(COLAB) == {"lmdb", "optuna"}, "what Colab has not comes new, and upgrades nothing"


def test_direct_dependencies_are_few_and_each_has_its_reason_and_conda_installs_the_lock():
    stored = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    assert stored["dependencies"] == [f"python{PROJECT['requires-python']}", "pip", {"pip": ["-r requirements.lock"]}]
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    named = PROJECT["dependencies"] + [item for name in ("lab", "serve", "test") for item in EXTRAS[name]]
    for item in named:
        assert re.search(rf'^    "{re.escape(item)}",? +# \S', text, re.M), f"{item}: why is it needed?"
    book = re.findall(r"^(.+?) +# \S", (ROOT / "docs" / "requirements.in").read_text(encoding="utf-8"), re.M)
    assert len({Requirement(item).name for item in named + book} | {"tensorflow", "jax"}) <= 30


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_the_lock_installs_into_an_empty_venv(tmp_path):
    for name in ("pyproject.toml", "README.md", "LICENSE", "requirements.lock"):
        shutil.copy(ROOT / name, tmp_path)
    shutil.copytree(ROOT / "labkit", tmp_path / "labkit", ignore=shutil.ignore_patterns("__pycache__"))
    subprocess.run([sys.executable, "-m", "venv", tmp_path / ".venv"], check=True)
    python = tmp_path / ".venv" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")

    def call(*words):
        return subprocess.run([python, *words], cwd=tmp_path, capture_output=True, text=True, check=False)

    if call("-m", "pip", "download", "--quiet", "--no-deps", "--dest", "probe", "six").returncode:
        pytest.skip("no package index within reach")
    for words in ("-m pip install --quiet -r requirements.lock", "-m pip install --quiet --no-deps -e .",
                  "-m labkit.cli train cifar-dcgan --recipe", "-m pip check"):
        done = call(*words.split())
        assert done.returncode == 0, done.stderr[-3000:]


# The set-up script, on a small project with an installer that only notes what it is asked

FAKE_UV = """#!{python}
import pathlib, subprocess, sys
with open({log!r}, "a") as log:
    log.write(" ".join(sys.argv[1:]) + "\\n")
if pathlib.Path({fail!r}).exists():
    sys.exit("no network")
if sys.argv[1] == "venv":
    subprocess.run([{python!r}, "-m", "venv", "--without-pip", sys.argv[-1]], check=True)
"""


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A small clone with two locks, and set-up with a stand-in for uv as a function of its options, which answers what
    was printed and the commands that the installer was given."""
    if os.name == "nt":
        pytest.skip("the stand-in for uv is a script with a #! line")
    root = tmp_path / "a clone"
    (root / "tools").mkdir(parents=True)
    shutil.copy(ROOT / "tools" / "setup.py", root / "tools")
    for name in ("pyproject.toml", "requirements.lock", "requirements-gpu.lock"):
        (root / name).write_text(f"# {name}\n")
    uv, log = tmp_path / "uv", tmp_path / "log"
    uv.write_text(FAKE_UV.format(python=sys.executable, log=str(log), fail=str(tmp_path / "fail")))
    uv.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")

    def setup(*options):
        log.write_text("")
        done = subprocess.run([sys.executable, root / "tools/setup.py", *options], capture_output=True, text=True)
        return done.stdout + done.stderr, log.read_text().splitlines()

    return root, setup


def test_a_second_set_up_does_nothing_until_something_changes(project):
    root, setup = project
    said, calls = setup()
    assert said.splitlines()[-1].startswith("Ready: Python 3.")
    assert [line.split()[0] for line in calls] == ["venv", "pip", "pip"]
    assert f"--no-deps --require-hashes -r {root}/requirements.lock" in calls[1]
    assert setup("--quiet") == ("", [])
    (root / "requirements.lock").write_text("numpy==3\n")
    assert [line.split()[0] for line in setup()[1]] == ["pip", "pip"]
    assert "requirements-gpu.lock" in setup("--gpu", "1")[1][1]
    assert setup("--quiet") == ("", []), "the choice stays"
    (root / ".venv/bin/python").unlink()
    assert setup()[1][0].startswith("venv")


@pytest.mark.parametrize(("spoil", "words"), [
    (lambda root: (root.parent / "fail").touch(), "the reason is in the lines above"),
    (lambda root: (root / ".venv" / "mine").mkdir(parents=True), "left alone"),
    (lambda root: (root.parent / "python").write_text("#!/bin/sh\necho 3.10\n"), "PYTHON=/path/to/python3.12"),
])
def test_what_set_up_cannot_do_is_said_and_the_next_one_begins_again(project, spoil, words):
    root, setup = project
    spoil(root)
    python = root.parent / "python"
    said, _ = setup(*(["--python", str(python)] if python.exists() else []))
    assert words in said
    if "left alone" in words:
        assert (root / ".venv" / "mine").is_dir()
        return
    (root.parent / "fail").unlink(missing_ok=True)
    assert setup()[1][0].startswith("venv")


def test_actions_and_images_are_named_by_what_they_hold():
    workflow = (ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8")
    container = (ROOT / "Containerfile").read_text(encoding="utf-8")
    for used in [*re.findall(r"uses: (\S+)", workflow), *re.findall(r"^(?:ARG BASE=|FROM )(\S+)", container, re.M)]:
        assert re.search(r"@[0-9a-f]{40}$|@sha256:[0-9a-f]{64}$|^\$BASE$", used), used


def test_the_supported_pythons_are_named_alike():
    named = re.search(r"^WANTED = .+?  #", (ROOT / "tools/setup.py").read_text(encoding="utf-8"), re.M)[0]
    wanted, requires = sorted(re.findall(r"3\.\d+", named)), SpecifierSet(PROJECT["requires-python"])
    assert wanted == [f"3.{minor}" for minor in range(8, 20) if f"3.{minor}.1" in requires]
    workflow = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8"))
    assert [row["python"] for row in workflow["jobs"]["all-tests"]["strategy"]["matrix"]["include"]] == wanted


def test_make_passes_its_variables_on_and_ci_calls_the_readmes_test_command():
    done = subprocess.run(["make", "-n", "run", "test", "GPU=1", "JOBS=2", "PROFILE=laptop", "PYTHON=/x/python3.12",
                           "NOTEBOOKS=notebooks/a.ipynb", "ARGS=tests/unit -m slow"], cwd=ROOT, capture_output=True,
                          text=True, check=True)
    assert "tools/setup.py --installer auto --gpu 1 --python /x/python3.12 --quiet" in done.stdout
    assert ".venv/bin/labkit run notebooks/a.ipynb --profile laptop --jobs 2 --out build/run" in done.stdout
    assert '-m "not slow" tests/unit -m slow' in done.stdout, "of two -m pytest takes the last"
    text = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert text.rstrip().endswith("make test")
    assert "make test" in (ROOT / "README.md").read_text(encoding="utf-8")
