"""Where things lie, and how they are written: aside first, then moved into place."""

import contextlib
import errno
import hashlib
import json
import os
import sqlite3
import tempfile
from pathlib import Path

from labkit.errors import LabkitError


def home() -> Path:
    """Return the folder that holds ``data/``: ``$LABKIT_HOME``, or the clone that labkit is installed from."""
    if value := os.environ.get("LABKIT_HOME"):
        folder = Path(os.path.expanduser(value)).resolve()
        if not folder.is_dir():
            raise LabkitError(f"LABKIT_HOME is {value}, and there is no such folder. Set it to one that holds data/, "
                              "or unset it to take the clone that labkit is installed from.")
        return folder
    root = Path(__file__).resolve().parent.parent
    if (root / "pyproject.toml").is_file():
        return root
    raise LabkitError(
        "labkit does not run from a clone of Image Generation Labs, so it cannot find data/. "
        "Set LABKIT_HOME to the folder that holds data/, for example: export LABKIT_HOME=~/image-generation-labs"
    )


def data() -> Path:
    """Return ``data/``."""
    return home() / "data"


def cache() -> Path:
    """Return the folder of the image sets: ``$LABKIT_DATA``, or ``data/cache``."""
    value = os.environ.get("LABKIT_DATA")
    return Path(os.path.expanduser(value)).resolve() if value else data() / "cache"


def pretrained() -> Path:
    """Return ``data/pretrained``: weights with their cards."""
    return data() / "pretrained"


def results() -> Path:
    """Return ``data/results``: what was measured."""
    return data() / "results"


@contextlib.contextmanager
def atomic(path, mode="wb", **kwargs):
    """Open a temporary file beside ``path``; move it into place when the block ends without an error: no one sees half
    a file. Raises LabkitError when the disk is full or the folder cannot be written."""
    path = Path(path)
    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
        with os.fdopen(handle, mode, **kwargs) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(temporary, 0o666 & ~umask)
        os.replace(temporary, path)
    except OSError as error:
        raise disk_error(error, path) from error
    finally:
        if temporary is not None:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(temporary)


@contextlib.contextmanager
def locked(folder, doing: str):
    """Hold a folder for this process and sweep what a killed one left half written. Raises LabkitError where another
    process holds it; the system lets go of it when that one ends, however it ends."""
    folder.mkdir(parents=True, exist_ok=True)
    with contextlib.closing(sqlite3.connect(folder / ".lock", timeout=0)) as lock:  # a file's lock on every system
        try:
            lock.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode == sqlite3.SQLITE_BUSY:  # what else there is: a disk that knows no locks
                raise LabkitError(f"{folder} is in use: another process is {doing} it. Wait for its end, or choose "
                                  "another folder with --out.") from error
        for part in (*folder.glob(".*.part"), *folder.glob("[gs]*s/.*.part")):  # generators, samples
            part.unlink(missing_ok=True)
        yield


def disk_error(error: OSError, path, doing: str = "written") -> LabkitError:
    """Return the LabkitError that says what to do about an error of the disk. doing: "written", "read" or "used"."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return LabkitError(f"The disk is full: {path} could not be {doing}, and what was there is untouched. "
                           "Free some space (for instance old folders in build/) and run the command again, a "
                           "training with --resume.")
    if error.errno in (errno.ENOTDIR, errno.EISDIR, errno.EEXIST):
        hint = "Something of the same name is in the way; rename it or choose another path."
    elif error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        hint = "Make it yours (chown, chmod), or choose a folder of your own, for instance with --out or LABKIT_HOME."
    else:
        hint = "Choose another path, for instance with --out, LABKIT_HOME or LABKIT_DATA."
    return LabkitError(f"{path} cannot be {doing}: {(error.strerror or str(error)).lower()}. {hint}")


def write_json(path, value) -> None:
    """Write ``value`` as indented JSON with a closing newline, atomically. NaN and infinity are refused."""
    with atomic(path, "w", encoding="utf-8") as file:
        file.write(json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def sha256(path) -> str:
    """Return the hexadecimal SHA-256 of a file's bytes."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
