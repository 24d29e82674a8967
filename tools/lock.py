#!/usr/bin/env python3
"""Write requirements.lock, requirements-gpu.lock and environment.yml from pyproject.toml. Needs uv.

    python3 tools/lock.py [--upgrade]

The locks hold every version for every platform and Python (``name==version ; marker``), and no address; pins that
still fit are kept unless ``--upgrade`` is given. environment.yml is the CPU lock again, for conda.
"""

import argparse
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def requires_python(root=ROOT):
    """Return pyproject's range of Pythons, for instance ">=3.11,<3.14"."""
    return re.search(r'^requires-python = "(.+)"$', (root / "pyproject.toml").read_text(encoding="utf-8"), re.M)[1]


def environment(lock, python):
    """Return environment.yml's text: conda brings Python and pip, pip brings the lock's lines and labkit."""
    lines = [line for line in lock.splitlines() if line and not line.startswith("#")]
    return "\n".join([
        "# Made from requirements.lock by `make lock`; do not edit.",
        "#   conda env create -f environment.yml && conda activate image-generation-labs",
        "name: image-generation-labs",
        "channels:",
        "  - conda-forge",
        "dependencies:",
        f'  - "python{python}"',
        "  - pip",
        "  - pip:",
        *(f'      - "{line}"' for line in [*lines, "-e ."]),
    ]) + "\n"


def compile_lock(uv, name, extra, *options):
    command = [uv, "pip", "compile", "--quiet", "--universal", "--python-version", "3.11", "--extra", extra,
               "--extra", "test", "--no-header", "--no-annotate", "--output-file", name, *options, "pyproject.toml"]
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--upgrade", action="store_true", help="take the newest versions that fit")
    options = parser.parse_args(arguments)
    uv = shutil.which("uv")
    if not uv:
        print("Locking needs uv: python3 -m pip install uv", file=sys.stderr)
        return 1
    try:
        compile_lock(uv, "requirements.lock", "cpu", *(["--upgrade"] if options.upgrade else []))
        compile_lock(uv, "requirements-gpu.lock", "gpu", "--constraint", "requirements.lock",
                     *(["--upgrade"] if options.upgrade else []))
    except subprocess.CalledProcessError as error:
        print(f"Locking failed; uv's reason is above ({error}).", file=sys.stderr)
        return 1
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    (ROOT / "environment.yml").write_text(environment(lock, requires_python()), encoding="utf-8")
    print("Wrote requirements.lock, requirements-gpu.lock and environment.yml.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
