#!/usr/bin/env python3
"""Make .venv what the lock says: with uv where it is installed, else with venv and pip, the same versions.

    python3 tools/setup.py [--gpu 0|1] [--python PYTHON] [--installer auto|uv|pip] [--force] [--quiet]

Nothing is done when nothing changed. Runs on Python 3.8 and later with the standard library alone, on Linux, macOS
and Windows; the environment itself needs Python 3.11, 3.12 or 3.13, which is looked for.
"""

import argparse
import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WINDOWS = os.name == "nt"
OLDEST, NEWEST = (3, 11), (3, 13)  # as requires-python in pyproject.toml; a test compares them
LOCKS = {"cpu": "requirements.lock", "gpu": "requirements-gpu.lock"}
# Distributions that install the same folder over each other; an environment may hold one of them.
TENSORFLOWS = {"tensorflow", "tensorflow-cpu", "tensorflow-gpu", "tf-nightly", "tf-nightly-cpu"}
STATE = "labkit-setup.json"  # in .venv: {"done": false} while it is being made, then what it was made from

VERSION = "import sys; print('%d.%d.%d' % sys.version_info[:3])"
# pip brings the reference reader of markers along, so that it need not be written again.
WANTED = """
import sys
from pip._vendor.packaging.requirements import Requirement
for line in open(sys.argv[1], encoding="utf-8"):
    if line.strip() and not line.startswith("#"):
        wanted = Requirement(line.strip())
        if wanted.marker is None or wanted.marker.evaluate():
            print(wanted.name, str(wanted.specifier)[2:])
"""


class SetupError(Exception):
    """Something the reader can mend; printed without a traceback."""


def venv_python(venv):
    return venv / ("Scripts/python.exe" if WINDOWS else "bin/python")


def version_of(python):
    """Return the version of an interpreter as (3, 12, 1), or None where it does not run."""
    command = python if isinstance(python, list) else [str(python)]
    try:
        done = subprocess.run([*command, "-c", VERSION], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                              stdin=subprocess.DEVNULL, timeout=60, check=True)
        return tuple(int(part) for part in done.stdout.decode().strip().split("."))
    except (OSError, ValueError, subprocess.SubprocessError):
        return None


def dotted(version):
    return ".".join(map(str, version))


def suitable(version):
    return version is not None and OLDEST <= version[:2] <= NEWEST


def find_uv(installer):
    """Return uv's path, or None; a shim that does not run counts as none."""
    if installer == "pip":
        return None
    uv = shutil.which("uv")
    if uv:
        try:
            subprocess.run([uv, "--version"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True,
                           timeout=60)
            return uv
        except (OSError, subprocess.SubprocessError):
            pass
    if installer == "uv":
        raise SetupError("uv was asked for, but it is not installed or does not run. Leave INSTALLER=uv out, or "
                         "install uv.")
    return None


def find_python(asked, uv):
    """Return the command of a suitable interpreter: the one asked for, the one running this, then the newest."""
    if asked:
        version = version_of(asked)
        if version is None:
            raise SetupError(f"{asked} does not run. Give PYTHON=… the path of a Python 3.11, 3.12 or 3.13.")
        if not suitable(version):
            raise SetupError(f"{asked} is Python {dotted(version[:2])}. TensorFlow here needs Python 3.11, 3.12 or "
                             "3.13.")
        return [asked]
    running = sys.executable
    if sys.prefix != sys.base_prefix:  # a virtual environment is not built on another, perhaps on itself
        running = getattr(sys, "_base_executable", None) or sys.executable
    commands = [[running]] if running else []
    minors = range(NEWEST[1], OLDEST[1] - 1, -1)
    if WINDOWS:
        commands += [["py", f"-3.{minor}"] for minor in minors]
    commands += [[f"python3.{minor}"] for minor in minors] + [["python3"], ["python"]]
    seen = []
    for command in commands:
        version = version_of(command)
        if suitable(version):
            return command
        if version:
            seen.append(f"{' '.join(command)} is {dotted(version[:2])}")
    if uv:  # uv brings a Python of its own
        return [dotted(NEWEST)]
    found = "; ".join(dict.fromkeys(seen)) or "no Python at all"
    raise SetupError(f"Python 3.11, 3.12 or 3.13 is needed and none was found ({found}). Install one, or install uv, "
                     "which brings its own; then run this again. A Python in an unusual place: make setup "
                     "PYTHON=/path/to/python3.12")


def installed(venv):
    """Return {name: version} of the distributions in an environment, read from its folder names."""
    found = {}
    for folder in list(venv.glob("lib/python3*/site-packages")) + list(venv.glob("Lib/site-packages")):
        for item in folder.glob("*.dist-info"):
            name, _, version = item.name[:-len(".dist-info")].partition("-")
            if (item / "METADATA").is_file():
                found[name.lower().replace("_", "-").replace(".", "-")] = version
    return found


def read_state(venv):
    """Return what the last set-up wrote; {} for an environment that this script did not make."""
    try:
        state = json.loads((venv / STATE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError):
        return {"done": False}
    return state if isinstance(state, dict) else {"done": False}


def write_state(venv, **state):
    part = venv / (STATE + ".part")
    part.write_text(json.dumps(state, indent=1, sort_keys=True), encoding="utf-8")
    os.replace(str(part), str(venv / STATE))


def fingerprint(root, flavour):
    """Return a hash of the files that an environment follows from."""
    contents = [(root / name).read_bytes() for name in (LOCKS[flavour], "pyproject.toml")]
    return hashlib.sha256(b"\0".join(contents)).hexdigest()


def why_needed(venv, state, key, flavour):
    """Return why set-up has something to do, in a few words, or None."""
    if not venv.exists():
        return "there is no .venv yet"
    if not state:
        return ".venv was not made by this script"
    if not state.get("done"):
        return "the last set-up did not finish"
    if state.get("flavour") != flavour:
        return f"TensorFlow changes from {state.get('flavour')} to {flavour}"
    if state.get("folder") != str(venv):
        return "the folder was moved"
    if state.get("key") != key:
        return "the lock or pyproject.toml changed"
    there = installed(venv)
    lost = [name for name, version in state.get("wanted", {}).items() if there.get(name) != version]
    if lost:
        return f"{', '.join(sorted(lost)[:3])} changed or went missing"
    if len(TENSORFLOWS & set(there)) > 1:
        return "two TensorFlows are installed"
    return None


def run(command, failed, **kwargs):
    """Run a command that shows its own progress; raise SetupError with ``failed`` where it fails."""
    environment = dict(os.environ, PIP_USER="0", PIP_DISABLE_PIP_VERSION_CHECK="1", PYTHONNOUSERSITE="1")
    environment.pop("VIRTUAL_ENV", None)  # another environment may be active
    environment.pop("PYTHONHOME", None)
    try:
        return subprocess.run([str(part) for part in command], check=True, env=environment, stdin=subprocess.DEVNULL,
                              **kwargs)
    except OSError as error:
        raise SetupError(f"{failed} ({error}).") from None
    except subprocess.CalledProcessError as error:
        raise SetupError(f"{failed}. ({Path(command[0]).name} ended with status {error.returncode}.)") from None


def remove(venv):
    try:
        shutil.rmtree(str(venv))
    except OSError as error:
        raise SetupError(f"{venv} cannot be removed: {error}. Close what still uses it (JupyterLab, a terminal), then "
                         "run this again.") from None


def create(venv, command, uv):
    if uv:
        python = command[0] if len(command) == 1 else dotted(version_of(command)[:2])
        run([uv, "venv", "--quiet", "--seed", "--allow-existing", "--python", python, venv], "uv could not make .venv; "
            "the reason is in the lines above. Without a network, connect first")
    else:
        run([*command, "-m", "venv", venv],
            "Python could not make .venv. On Debian and Ubuntu, install the package python3-venv; or install uv")


def install(venv, root, flavour, uv):
    """Install the lock, then labkit itself, editable; return {name: version} that the lock wants here."""
    python, lock = venv_python(venv), root / LOCKS[flavour]
    if "pip" not in installed(venv):
        run([python, "-m", "ensurepip", "--upgrade"], "pip could not be put into .venv")
    done = run([python, "-c", WANTED, lock], f"{lock.name} cannot be read", stdout=subprocess.PIPE)
    wanted = dict(line.split() for line in done.stdout.decode().splitlines())
    there = set(installed(venv))
    foreign = (there & TENSORFLOWS) - set(wanted)
    if foreign:  # they overwrite each other: take all out before one goes in, with what only the other lock brings
        other = root / LOCKS["cpu" if flavour == "gpu" else "gpu"]
        names = {line.split("==")[0] for line in other.read_text(encoding="utf-8").splitlines() if "==" in line}
        leave = sorted(there & (TENSORFLOWS | (names - set(wanted))))
        print(f"Removing {', '.join(leave)}", flush=True)
        command = [uv, "pip", "uninstall", "--python", python] if uv else [python, "-m", "pip", "uninstall", "-y"]
        run([*command, *leave], "the other TensorFlow could not be removed")
    # The lock is complete: nothing is resolved again, so every installer installs the same.
    command = [uv, "pip", "install", "--python", python] if uv else [python, "-m", "pip", "install"]
    failed = ("the installation stopped; the reason is in the lines above. Without a network, connect first. "
              "Then run this again: it goes on with what is already downloaded")
    run([*command, "--no-deps", "-r", lock], failed)
    run([*command, "--no-deps", "--no-build-isolation", "-e", root], failed)  # setuptools comes with the lock
    return wanted


def set_up(root, gpu=None, asked=None, installer="auto", force=False, quiet=False):
    """Bring root/.venv to what the lock says; return why something was done, or None."""
    venv = root / ".venv"
    state = read_state(venv)
    flavour = {"1": "gpu", "0": "cpu"}.get(gpu) or state.get("flavour") or "cpu"
    if flavour == "gpu" and not sys.platform.startswith("linux"):
        raise SetupError("TensorFlow has a GPU build for Linux only. On Windows use WSL2; elsewhere leave GPU=1 out.")
    if sys.platform == "darwin" and platform.machine() == "x86_64":
        raise SetupError("There is no TensorFlow 2.21 for Macs with an Intel processor. Run the notebooks on Colab or "
                         "Kaggle, or on another machine.")
    key = fingerprint(root, flavour)
    alive = version_of(venv_python(venv)) if venv.exists() else None
    other = asked and alive and version_of(find_python(asked, None))[:2] != alive[:2]
    reason = "set-up was forced" if force else why_needed(venv, state, key, flavour)
    if venv.exists() and alive is None:
        reason = "the Python of .venv does not run any more"
    elif other:
        reason = "another Python was asked for"
    if reason is None:
        if not quiet:
            print(f"Set-up is up to date: Python {dotted(alive)}, {flavour} build of TensorFlow.")
        return None
    begun = time.time()
    uv = find_uv(installer)
    adopted = alive is not None and (not state or state.get("adopted", False))
    half = state and not adopted and not state.get("done")
    moved = state.get("done") and state.get("folder") != str(venv)  # scripts in .venv/bin name the old folder
    if alive and (other or force or half or moved or not suitable(alive)):
        if adopted:
            raise SetupError(f"{reason}, but {venv} (Python {dotted(alive)}) was not made by this script and is left "
                             "alone. Move it away, then run this again.")
        alive = None
    print(f"Setting up .venv with {'uv' if uv else 'pip'}, because {reason}.", flush=True)
    if alive is None:
        command = find_python(asked, uv)
        print(f"This takes some minutes and {7 if flavour == 'gpu' else 2} GB.", flush=True)
        if venv.exists():
            remove(venv)
        venv.mkdir()
        write_state(venv, done=False, flavour=flavour, adopted=False)  # whatever stops this, the next run starts again
        create(venv, command, uv)
        alive = version_of(venv_python(venv))
    if not suitable(alive):
        raise SetupError(f"the Python of {venv} is {alive and dotted(alive)} instead of 3.11 to 3.13.")
    write_state(venv, done=False, flavour=flavour, adopted=adopted)
    wanted = install(venv, root, flavour, uv)
    write_state(venv, done=True, flavour=flavour, adopted=adopted, key=key, folder=str(venv), wanted=wanted)
    left = why_needed(venv, read_state(venv), key, flavour)
    if left:
        raise SetupError(f"set-up ended, but {left}. Run it again; if that does not help: make distclean")
    print(f"Ready after {time.time() - begun:.0f} s: Python {dotted(alive)} in .venv.", flush=True)
    return reason


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gpu", choices=["0", "1"], help="1: the GPU build of TensorFlow; default: as before, or 0")
    parser.add_argument("--python", help="the interpreter to build on (default: look for 3.11 to 3.13)")
    parser.add_argument("--installer", choices=["auto", "uv", "pip"], default="auto")
    parser.add_argument("--force", action="store_true", help="remove .venv and make it anew")
    parser.add_argument("--quiet", action="store_true", help="print nothing when there is nothing to do")
    options = parser.parse_args(arguments)
    try:
        set_up(ROOT, options.gpu, options.python, options.installer, options.force, options.quiet)
    except SetupError as error:
        print(f"Set-up: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nSet-up was interrupted; the next one starts again.", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
