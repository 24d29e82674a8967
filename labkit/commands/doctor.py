"""``labkit doctor``: is this machine ready, and if not, what to type."""

import importlib.metadata
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import click

from labkit import device, files
from labkit.errors import LabkitError

OLDEST, NEWEST = (3, 11), (3, 13)
MEMORY = 2.5e9  # bytes: what a notebook may take at the quick profile
DISK = 2e9      # bytes: downloads and results
COLOURS = {"ok": "green", "warn": "yellow", "fail": "red"}


@dataclass(frozen=True)
class Check:
    """One line: ``status`` "ok", "warn" (it works, with a limit) or "fail"; what was found; what to type."""

    name: str
    status: str
    found: str
    advice: str = ""


def checks() -> Iterator[Check]:
    """Yield the checks, each as soon as it is done. Starting TensorFlow takes some seconds."""
    for check in (python, tensorflow, versions, computing, bfloat16, memory, disk, writable, image_sets, kernel,
                  widgets):
        yield check()


def python() -> Check:
    """Is this a supported Python?"""
    version = sys.version_info[:2]
    found = f"{sys.version.split()[0]} in {sys.prefix}"
    if OLDEST <= version <= NEWEST:
        return Check("python", "ok", found)
    return Check("python", "fail", found,
                 "Install Python 3.11, 3.12 or 3.13, then: make setup PYTHON=/path/to/python3.12")


def tensorflow() -> Check:
    """Is there exactly one TensorFlow?"""
    names = device.installed_tensorflows()
    if not names:
        return Check("tensorflow", "fail", "not installed", "make setup")
    if len(names) > 1:
        return Check("tensorflow", "fail", " and ".join(names), device.two_tensorflows())
    return Check("tensorflow", "ok", f"{names[0]} {importlib.metadata.version(names[0])}")


def versions() -> Check:
    """Is what is installed what the lock says?"""
    from packaging.requirements import Requirement

    gpu = any("nvidia-cudnn" in (item.metadata["Name"] or "") for item in importlib.metadata.distributions())
    lock = files.home() / ("requirements-gpu.lock" if gpu else "requirements.lock")
    if not lock.is_file():
        return Check("versions", "warn", f"{lock.name} is not in {lock.parent}, so versions are not compared",
                     "Run labkit from a clone of Image Generation Labs.")
    wanted = [Requirement(line) for line in lock.read_text(encoding="utf-8").splitlines() if line.strip()]
    wanted = [item for item in wanted if item.marker is None or item.marker.evaluate()]
    missing, other = [], []
    for item in wanted:
        try:
            version = importlib.metadata.version(item.name)
        except importlib.metadata.PackageNotFoundError:
            missing.append(item.name)
            continue
        if not item.specifier.contains(version, prereleases=True):
            other.append(f"{item.name} {version} instead of {str(item.specifier)[2:]}")
    if missing:
        return Check("versions", "fail", f"missing: {_some(missing)}", "make setup")
    if other:
        return Check("versions", "warn", _some(other), "make setup  (to have the versions that were tested)")
    return Check("versions", "ok", f"all {len(wanted)} packages as in {lock.name}")


def computing() -> Check:
    """Does TensorFlow start, and on what?"""
    try:
        found = device.setup(quiet=True)
    except LabkitError as error:
        return Check("device", "fail", "TensorFlow does not start", str(error))
    unit = "GPU" if found.kind == "gpu" else "core"
    line = f"{found.kind.upper()}: {found.name}, {found.count} {unit}{'s' if found.count != 1 else ''}"
    hint = device.idle_gpu() if found.kind == "cpu" else None
    return Check("device", "warn", line, hint) if hint else Check("device", "ok", line)


def bfloat16() -> Check:
    """Would device.setup(precision="auto") compute in bfloat16 on this processor?"""
    able, reason = device.bfloat16_processor()
    return Check("bfloat16", "ok", f"{reason}: precision=\"auto\" takes {'bfloat16' if able else 'float32'} on the CPU")


def memory() -> Check:
    """Is there memory for a quick notebook?"""
    import psutil

    state = psutil.virtual_memory()
    found = f"{state.available / 1e9:.1f} of {state.total / 1e9:.1f} GB free"
    if state.available >= MEMORY:
        return Check("memory", "ok", found)
    return Check("memory", "warn", found, "Close other programs and notebooks: a quick run may take 2.5 GB.")


def disk() -> Check:
    """Is there room for image sets and results?"""
    home = files.home()
    free = shutil.disk_usage(home).free
    found = f"{free / 1e9:.1f} GB free at {home}"
    if free >= DISK:
        return Check("disk", "ok", found)
    return Check("disk", "warn" if free > DISK / 10 else "fail", found,
                 "Free some space, or set LABKIT_DATA to a folder on a larger disk for the image sets.")


def writable() -> Check:
    """Can image sets, results and builds be written?"""
    refused = []
    for folder in (files.data(), files.cache(), files.home() / "build"):
        there = next(parent for parent in (folder, *folder.parents) if parent.exists())
        try:
            with tempfile.TemporaryFile(dir=there):
                pass
        except OSError as error:
            refused.append(f"{folder} ({(error.strerror or str(error)).lower()})")
    if refused:
        return Check("folders", "fail", f"cannot write {', '.join(refused)}",
                     "Make them yours (chown, chmod), or set LABKIT_HOME and LABKIT_DATA to folders of your own.")
    return Check("folders", "ok", f"{files.data()} can be written")


def image_sets() -> Check:
    """Which image sets are on disk? Looks at names only; ``labkit data verify`` reads the files."""
    from labkit.datasets import catalogue

    there, absent, broken = [], [], []
    for entry in map(catalogue.entry, catalogue.names()):
        split = next(iter(entry.counts))
        if catalogue.find(entry, split):
            there.append(entry.name)
        elif catalogue.missing(entry, split):
            broken.append(entry.name)
        else:
            absent.append(entry.name)
    if broken:
        return Check("image sets", "warn", f"files are missing: {_some(broken)}", f"labkit data fetch {broken[0]}")
    if there:
        rest = f"; downloaded or drawn when needed: {', '.join(absent)}" if absent else ""
        return Check("image sets", "ok", f"on disk: {', '.join(there)}{rest}")
    return Check("image sets", "warn", "none on disk: notebooks download what they need, or use drawn stand-ins",
                 "labkit data list, then labkit data fetch NAME  (nothing to do if that is what you want)")


def kernel() -> Check:
    """Is Jupyter's kernel "python3" this interpreter?"""
    from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

    mend = f"{sys.executable} -m ipykernel install --sys-prefix --name python3"
    try:
        spec = KernelSpecManager().get_kernel_spec("python3")
    except NoSuchKernel:
        return Check("kernel", "fail", "Jupyter knows no kernel called python3", mend)
    name = spec.argv[0]
    bare = name in ("python", "python3", f"python{sys.version_info[0]}.{sys.version_info[1]}")
    # jupyter_client runs a bare "python" with the interpreter that Jupyter itself runs on.
    if bare or _same(name, sys.executable):
        return Check("kernel", "ok", f"python3 is {sys.executable}")
    return Check("kernel", "fail", f"python3 is {name}, from {spec.resource_dir}",
                 f"{mend}  (and start JupyterLab with: make lab)")


def widgets() -> Check:
    """Does JupyterLab have the part that draws sliders and buttons?"""
    from jupyter_core.paths import jupyter_path

    for folder in jupyter_path("labextensions"):
        package = Path(folder) / "@jupyter-widgets" / "jupyterlab-manager" / "package.json"
        if package.is_file():
            version = json.loads(package.read_text(encoding="utf-8")).get("version", "")
            return Check("widgets", "ok", f"@jupyter-widgets/jupyterlab-manager {version}")
    return Check("widgets", "fail", "JupyterLab lacks the widgets extension", "make setup")


def _some(items, most=4) -> str:
    rest = len(items) - most
    return ", ".join(items[:most]) + (f" and {rest} more" if rest > 0 else "")


def _same(one, other) -> bool:
    """Tell whether two paths lead into the same environment; bin/python may be a link out of it."""
    return os.path.normcase(os.path.abspath(os.path.dirname(one))) == \
        os.path.normcase(os.path.abspath(os.path.dirname(other)))


def show(check: Check) -> None:
    """Print one check, and beneath it what to type."""
    click.echo(click.style(f"{check.status:<5}", fg=COLOURS[check.status]) + f"{check.name:<11}{check.found}")
    if check.advice:
        click.echo(f"{'':<16}-> {check.advice}")


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="Print the checks as JSON.")
def command(as_json):
    """Check this machine and the installation; each line says ok, warn or fail, and what to type.

    Exit status: 0 when nothing fails, 1 otherwise.
    """
    done = []
    for check in checks():
        done.append(check)
        if not as_json:
            show(check)
    if as_json:
        click.echo(json.dumps([asdict(check) for check in done], indent=2, ensure_ascii=False))
    return 1 if any(check.status == "fail" for check in done) else 0
