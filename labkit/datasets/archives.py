"""Unpacking archives that a stranger made: nothing lands outside of the folder, and nothing half unpacked stays."""

import contextlib
import os
import shutil
import tarfile
import tempfile
import zipfile
import zlib
from pathlib import Path, PurePosixPath, PureWindowsPath

from labkit import files
from labkit.datasets.readers.damage import DamagedFile, what

# More than this many times its own size is no archive of pictures but a bomb.
_EXPANSION = 50


def unpack(path, folder) -> list[Path]:
    """Unpack a zip or tar archive into ``folder``; return the paths of its top-level members there.

    The members are written to a folder beside the final place and moved when all are whole; what was there under
    the same name is replaced. Only plain files and folders are accepted. Raises DamagedFile when the archive is cut
    short, is none, or has a member that would land elsewhere (absolute, "..", links, devices); LabkitError when
    the disk is full.
    """
    path, folder = Path(path), Path(folder)
    aside = None
    try:
        folder.mkdir(parents=True, exist_ok=True)
        aside = Path(tempfile.mkdtemp(prefix=".unpacking-", dir=folder))
        if zipfile.is_zipfile(path):
            _unzip(path, aside)
        else:
            _untar(path, aside)
        return [_move(member, folder / member.name) for member in sorted(aside.iterdir())]
    except (tarfile.TarError, zipfile.BadZipFile, EOFError, zlib.error, NotImplementedError) as error:
        raise DamagedFile(f"{path} cannot be unpacked: it is {_trouble(path)}.") from error
    except OSError as error:
        if error.errno is None or "gzip" in type(error).__name__.lower():  # gzip.BadGzipFile is an OSError
            raise DamagedFile(f"{path} cannot be unpacked: it is {_trouble(path)}.") from error
        raise files.readable(error, folder) from error
    finally:
        if aside is not None:
            shutil.rmtree(aside, ignore_errors=True)


def _trouble(path):
    kind = what(path)
    return "cut short or damaged" if "archive" in kind or "gzip" in kind else kind


def _check(path, names, sizes):
    for name in names:
        parts = PurePosixPath(name.replace("\\", "/"))
        if parts.is_absolute() or ".." in parts.parts or PureWindowsPath(name).drive or "\0" in name:
            raise DamagedFile(f"{path} was not unpacked: its member {name!r} would land outside of its folder.")
    if sum(sizes) > _EXPANSION * max(path.stat().st_size, 1_000_000):
        raise DamagedFile(f"{path} was not unpacked: it would grow to {sum(sizes) / 1e9:.0f} GB.")


def _unzip(path, aside):
    with zipfile.ZipFile(path) as archive:
        members = archive.infolist()
        _check(path, [member.filename for member in members], [member.file_size for member in members])
        for member in members:
            if (member.external_attr >> 16) & 0o170000 == 0o120000:
                raise DamagedFile(f"{path} was not unpacked: its member {member.filename!r} is a link.")
            try:
                archive.extract(member, aside)
            except RuntimeError as error:  # an encrypted member
                raise DamagedFile(f"{path} was not unpacked: {error}.") from error


def _untar(path, aside):
    with tarfile.open(path) as archive:
        members = archive.getmembers()
        _check(path, [member.name for member in members], [member.size for member in members])
        for member in members:
            if not (member.isreg() or member.isdir()):
                raise DamagedFile(f"{path} was not unpacked: its member {member.name!r} is a link or a device.")
        options = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}  # Python 3.11.4 and later
        archive.extractall(aside, members, **options)


def _move(member, target):
    old = None
    if target.exists():
        old = target.with_name(f".{target.name}.old")
        if old.exists():
            shutil.rmtree(old) if old.is_dir() else old.unlink()
        os.replace(target, old)
    os.replace(member, target)
    if old is not None:
        with contextlib.suppress(OSError):
            shutil.rmtree(old) if old.is_dir() else old.unlink()
    return target
