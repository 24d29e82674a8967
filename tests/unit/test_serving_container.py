"""The Containerfile, as far as it can be checked without a container engine: its packages, its files, its rules."""

import importlib.metadata
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.unit import serving_models

ROOT = Path(__file__).resolve().parents[2]
TEXT = re.sub(r"\\\n\s*", "", (ROOT / "Containerfile").read_text(encoding="utf-8"))
STAGES = re.split(r"^FROM ", TEXT, flags=re.MULTILINE)[1:]


def packages():
    """Return the packages that the second stage installs by name."""
    (line,) = re.findall(r"pip install .*--constraint requirements\.lock (.+)", STAGES[1])
    return line.split()


def closure(names):
    """Return the names and everything that they need here, normalised."""
    found, queue = set(), [canonicalize_name(name) for name in names]
    while queue:
        name = queue.pop()
        if name in found:
            continue
        found.add(name)
        for text in importlib.metadata.requires(name) or ():
            wanted = Requirement(text)
            if wanted.marker is None or wanted.marker.evaluate({"extra": ""}):
                queue.append(canonicalize_name(wanted.name))
    return found


def test_the_packages_are_in_the_lock_and_tensorflow_is_not_among_them():
    locked = {line.split("==")[0] for line in (ROOT / "requirements.lock").read_text().splitlines()}
    assert set(packages()) <= locked
    assert not {"tensorflow", "tensorflow-cpu", "keras", "onnx", "jupyterlab"} & closure(packages())


def test_whatever_the_server_imports_is_installed(tmp_path):
    """Serve and draw in a fresh process, and see which distributions it has imported."""
    code = """if True:
        import sys
        from labkit.commands import serve
        from labkit.serving import engine, listen, store
        found = store.prepare("cifar-dcgan")
        app = listen.create_app(found, engine.OnnxEngine({key: model.path for key, model in found.items()}))
        assert app.test_client().get("/?n=2&seed=1&show=pictures").status_code == 200
        print(" ".join(sorted({name.split(".")[0] for name in sys.modules})))
    """
    environment = os.environ | {"LABKIT_HOME": str(serving_models.home(tmp_path, "cifar-dcgan"))}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
    providers = importlib.metadata.packages_distributions()
    used = {canonicalize_name(name) for module in done.stdout.split() for name in providers.get(module, ())}
    assert {"flask", "waitress", "onnxruntime", "numpy", "pillow"} <= used
    assert used - closure(packages()) <= {"image-generation-labs", "setuptools"}  # labkit; site-packages' start-up hook


@pytest.mark.parametrize("stage", range(2))
def test_what_is_copied_exists_and_may_travel(stage):
    allowed = [line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    assert "*" in (ROOT / ".dockerignore").read_text().splitlines(), "all that is not named stays at home"
    for source in re.findall(r"^COPY (?!--from)(\S+) ", STAGES[stage], re.MULTILINE):
        assert (ROOT / source).exists(), source
        assert source in allowed, source


def test_it_runs_without_rights_and_answers_a_health_check():
    assert re.search(r"^USER \d+$", STAGES[1], re.MULTILINE)
    assert "healthz" in TEXT
    assert not re.search(r"ADD |curl |--privileged|chmod 777", TEXT)
    (command,) = re.findall(r'^CMD \["python", "-m", "labkit.cli", (.+)\]', STAGES[1], re.MULTILINE)
    from click.testing import CliRunner

    from labkit.cli import cli

    words = re.findall(r'"([^"]+)"', command)
    result = CliRunner().invoke(cli, [*words, "--help"])
    assert result.exit_code == 0
    assert words[0] == "serve"
    assert all(word in result.output for word in words if word.startswith("--"))
