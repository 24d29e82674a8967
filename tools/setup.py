#!/usr/bin/env python3
"""Make .venv what the lock says: with uv where it is installed, else with venv and pip, the same versions.

    python3 tools/setup.py [--gpu 0|1] [--python PYTHON] [--installer auto|uv|pip] [--quiet]

Nothing is done where nothing changed. Needs the standard library alone, on Linux, macOS and Windows.
"""

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
STATE = VENV / "labkit-setup.json"  # what .venv was made from; without a key while it is being made
LOCKS = {"0": "requirements.lock", "1": "requirements-gpu.lock"}
WANTED = ("3.13", "3.12", "3.11")  # as requires-python in pyproject.toml; a test compares them
VERSION = "import sys; print('%d.%d' % sys.version_info[:2])"


def version(command):
    """Return what Python a command starts, for instance "3.12"; "" where it starts none."""
    try:
        return subprocess.check_output([*command, "-c", VERSION], stderr=subprocess.DEVNULL, text=True).strip()
    except (OSError, subprocess.SubprocessError):
        return ""


def find_python(asked, uv):
    """Return the command of a Python that TensorFlow knows: the one asked for, the one running this, the newest."""
    names = [[asked]] if asked else [[getattr(sys, "_base_executable", None) or sys.executable],
                                     *([f"python{minor}"] for minor in WANTED), *(["py", f"-{m}"] for m in WANTED)]
    for command in names:
        if version(command) in WANTED:
            return command
    if uv and not asked:
        return [WANTED[1]]  # uv brings a Python of its own
    sys.exit(f"Set-up: {asked or 'none of the Pythons here'} is Python {', '.join(reversed(WANTED))}, which "
             "TensorFlow needs. Install one (or uv, which brings its own), then: make setup PYTHON=/path/to/python3.12")


def run(*command):
    environment = dict(os.environ, PIP_USER="0", PIP_DISABLE_PIP_VERSION_CHECK="1", PYTHONNOUSERSITE="1")
    for name in ("VIRTUAL_ENV", "PYTHONHOME"):
        environment.pop(name, None)  # another environment may be active
    try:
        subprocess.run([str(part) for part in command], check=True, env=environment)
    except (OSError, subprocess.CalledProcessError) as error:
        sys.exit(f"Set-up: it stopped, and the reason is in the lines above ({error}). Connect to the network where "
                 "it is missing, then run this again: it goes on with what is already downloaded.")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gpu", choices=["0", "1"], help="1: the GPU build of TensorFlow; default: as before, or 0")
    parser.add_argument("--python", help="the interpreter to build on (default: look for 3.11 to 3.13)")
    parser.add_argument("--installer", choices=["auto", "uv", "pip"], default="auto")
    parser.add_argument("--quiet", action="store_true", help="print nothing when there is nothing to do")
    options = parser.parse_args()

    state = json.loads(STATE.read_text(encoding="utf-8")) if STATE.exists() else {}
    gpu = options.gpu or state.get("gpu", "0")
    if gpu == "1" and not sys.platform.startswith("linux"):
        sys.exit("Set-up: TensorFlow has a GPU build for Linux only. On Windows use WSL2; elsewhere leave GPU=1 out.")
    lock = ROOT / LOCKS[gpu]
    key = hashlib.sha256(lock.read_bytes() + (ROOT / "pyproject.toml").read_bytes()).hexdigest()
    asked = version([options.python]) if options.python else state.get("python")
    wanted = {"gpu": gpu, "folder": str(ROOT), "python": asked}
    same = all(state.get(name) == value for name, value in wanted.items()) and version([str(PYTHON)]) == asked
    if same and state.get("key") == key:
        if not options.quiet:
            print(f"Set-up is up to date: Python {asked}, {lock.name}.")
        return

    uv = None if options.installer == "pip" else shutil.which("uv")
    if options.installer == "uv" and not uv:
        sys.exit("Set-up: uv was asked for, but it is not installed. Leave INSTALLER=uv out, or install uv.")
    if not same or "key" not in state:  # another Python, folder or TensorFlow, or half made: begin again
        if VENV.exists() and not STATE.exists() and any(VENV.iterdir()):
            sys.exit(f"Set-up: {VENV} was not made by this script and is left alone. Move it away, then try again.")
        python = find_python(options.python, uv)
        print(f"Setting up .venv with {'uv' if uv else 'pip'}: some minutes, {7 if gpu == '1' else 3} GB.", flush=True)
        if os.name == "nt" and len(str(VENV)) > 60:  # TensorFlow's longest file lies 198 characters below
            print("Windows may refuse paths of over 260 characters. If it does: move this folder to C:\\labs.")
        shutil.rmtree(VENV, ignore_errors=True)
        VENV.mkdir(exist_ok=True)
        STATE.write_text("{}", encoding="utf-8")  # whatever stops this, the next run begins again
        if uv:
            run(uv, "venv", "--quiet", "--seed", "--allow-existing", "--python", python[-1].lstrip("-"), VENV)
        else:
            run(*python, "-m", "venv", VENV)  # Debian and Ubuntu: the package python3-venv
    install = [uv, "pip", "install", "--python", PYTHON] if uv else [PYTHON, "-m", "pip", "install", "--quiet"]
    # The lock is complete: nothing is resolved again, so every installer installs the same.
    run(*install, "--no-deps", "--require-hashes", "-r", lock)
    run(*install, "--no-deps", "--no-build-isolation", "-e", ROOT)  # setuptools comes with the lock
    wanted["python"] = version([str(PYTHON)])
    STATE.write_text(json.dumps({**wanted, "key": key}), encoding="utf-8")
    print(f"Ready: Python {wanted['python']} in .venv, {lock.name}.")


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("\nSet-up was interrupted; the next one goes on.")
