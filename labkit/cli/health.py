"""``labkit doctor``: is this machine ready, and if not, what to type. A check returns (status, found, advice)."""

import importlib.metadata
import os
import shutil
import sys
from collections import namedtuple
from collections.abc import Iterator

from labkit import device, files
from labkit.errors import LabkitError

#: One line: ``status`` "ok", "warn" (it works, with a limit) or "fail"; what was found; what to type.
Check = namedtuple("Check", "name status found advice", defaults=[""])


def checks() -> Iterator[Check]:
    """Yield the checks, each as soon as it is done. Starting TensorFlow takes some seconds."""
    for name, check in (("packages", packages), ("device", computing), ("disk", disk), ("kernel", kernel)):
        try:
            yield Check(name, *check())
        except LabkitError as error:
            yield Check(name, "fail", "it does not work", str(error))
        except OSError as error:
            yield Check(name, "fail", "it cannot be looked at", str(files.disk_error(error, error.filename, "read")))


def packages():
    """Is what is installed what the lock says?"""
    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    here = {canonicalize_name(item.name): item.version for item in importlib.metadata.distributions() if item.name}
    gpu = any(name.startswith("nvidia-cudnn") for name in here)
    lock = files.home() / ("requirements-gpu.lock" if gpu else "requirements.lock")
    start = f"Python {sys.version.split()[0]} in {sys.prefix}"
    if not lock.is_file():
        return "warn", f"{start}; there is no {lock} to compare with", "Run labkit from a clone of this project."
    lines = (line.rstrip(" \\") for line in lock.read_text(encoding="utf-8").splitlines())  # the hashes are indented
    wanted = [Requirement(line) for line in lines if line and not line.startswith(" ")]
    wanted = [item for item in wanted if item.marker is None or item.marker.evaluate()]
    found = [(item, here.get(canonicalize_name(item.name))) for item in wanted]
    if missing := [item.name for item, version in found if version is None]:
        return "fail", f"{start}; missing: {_some(missing)}", "make setup"
    if other := [f"{item.name} {version} instead of {str(item.specifier)[2:]}" for item, version in found
                 if not item.specifier.contains(version, prereleases=True)]:
        return "warn", f"{start}; {_some(other)}", "make setup  (to have the versions that were tested)"
    return "ok", f"{start}; all {len(wanted)} packages as in {lock.name}"


def _some(items) -> str:
    return ", ".join(items[:4]) + (f" and {len(items) - 4} more" if len(items) > 4 else "")


def computing():
    """Does TensorFlow start, and on what?"""
    found = device.setup(precision="auto", quiet=True)
    mend = "; ".join(note for note in found.notes if "make setup" in note)
    return "warn" if mend else "ok", str(found), mend


def disk():
    free = shutil.disk_usage(files.home()).free
    found = f"{free / 1e9:.1f} GB free at {files.home()}"
    if free >= 2e9:  # bytes: downloads and results
        return "ok", found
    return ("warn" if free > 2e8 else "fail", found,
            "Free some space, or set LABKIT_DATA to a folder on a larger disk for the image sets.")


def kernel():
    """Is Jupyter's kernel "python3" this interpreter?"""
    from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

    mend = f"{sys.executable} -m ipykernel install --sys-prefix --name python3"
    try:
        spec = KernelSpecManager().get_kernel_spec("python3")
    except NoSuchKernel:
        return "fail", "Jupyter knows no kernel called python3", mend
    # jupyter_client runs a bare "python" with the interpreter that Jupyter itself runs on; bin/python may be a link.
    bins = {os.path.normcase(os.path.abspath(os.path.dirname(each))) for each in (spec.argv[0], sys.executable)}
    if os.path.dirname(spec.argv[0]) == "" or len(bins) == 1:
        return "ok", f"python3 is {sys.executable}"
    return ("fail", f"python3 is {spec.argv[0]}, from {spec.resource_dir}",
            f"{mend}  (and start JupyterLab with: make lab)")
