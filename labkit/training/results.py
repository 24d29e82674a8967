"""Results files: what was measured, and everything needed to measure it again."""

import contextlib
import importlib.metadata
import json
import platform
import shlex
import subprocess
import sys
from pathlib import Path

import labkit
from labkit import device, files
from labkit.errors import LabkitError

PACKAGES = ("numpy", "scipy", "keras", "tensorflow", "tensorflow-cpu", "jax")  # those that decide a number


def provenance(command: str | None = None) -> dict:
    """Return the command (None: the one that runs now), the versions, the commit and the machine; "changed" names up to
    ten files of labkit and benchmarks that differ from the commit."""
    versions = {}
    for name in PACKAGES:
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            versions[name] = importlib.metadata.version(name)
    state, changed = commit()
    differing = {"changed": changed[:10]} if changed else {}
    return {"command": command or _typed(), "labkit": labkit.__version__, "commit": state, **differing,
            "python": platform.python_version(), "versions": versions,
            "machine": f"{device.processor()}, {device.cores()} cores, {platform.system()} {platform.machine()}"}


def card_facts(command: str | None = None, origin: dict | None = None) -> dict:
    """Return what a card of weights holds of ``provenance``, or of that of an earlier run."""
    origin = origin or provenance(command)
    return {"versions": {"labkit": origin["labkit"], "commit": origin["commit"], **origin["versions"]},
            "command": origin["command"]}


def commit() -> tuple[str | None, list[str]]:
    """Return the clone's commit, None without git, "+" behind it where labkit or benchmarks differ; and these files."""
    def git(*words):
        return subprocess.run(["git", *words], cwd=files.home(), capture_output=True, text=True).stdout

    try:
        head = git("rev-parse", "--short=12", "HEAD").strip()
        changed = git("diff", "--name-only", "HEAD", "--", "labkit", "benchmarks").splitlines()
    except OSError:
        return None, []
    return head + "+" * bool(changed) if head else None, changed


def _typed() -> str:
    program = Path(sys.argv[0])
    inside = program.resolve().is_relative_to(files.home())
    place = program.resolve().relative_to(files.home()).as_posix() if inside else program.name
    start = "labkit" if program.name == "labkit" else f"python {place}"
    # A path of this machine says nothing elsewhere: its last name stays.
    words = [Path(word).name if Path(word).is_absolute() else word for word in sys.argv[1:]]
    return f"{start} {shlex.join(words)}".strip()


def write(path, values: dict, command: str | None = None) -> dict:
    """Write ``values`` with their provenance as JSON; return what was written. The old file stays whole on errors."""
    content = {"provenance": provenance(command), **values}
    files.write_json(path, content)
    return content


def read(name) -> dict:
    """Return a results file of ``data/results`` by its stem, or any results file by its path."""
    path = Path(name) if Path(name).suffix == ".json" else files.results() / f"{name}.json"
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        there = sorted(found.stem for found in files.results().glob("*.json"))
        raise LabkitError(f"There is no results file {path}. There are: {', '.join(there) or 'none'}.") from error
    except json.JSONDecodeError as error:
        raise LabkitError(f"{path} is no JSON: line {error.lineno}: {error.msg}. Restore it with git.") from error
