"""Downloads: checked before they are used, and never half a file under its final name."""

import errno
import os
import shutil
import sys
import tempfile
import urllib.parse
from pathlib import Path

from labkit import files
from labkit.datasets import catalogue
from labkit.datasets.catalogue import Entry, readable
from labkit.datasets.readers import what
from labkit.errors import LabkitError

UNASKED = 300_000_000  # bytes that load downloads unasked: CIFAR-10 and SVHN's two files, not its extra one
UNKNOWN = 250_000_000  # bytes that a file whose size is not published is taken for
TIMEOUT = (2.5, 10)  # seconds to connect, and between two pieces
unreachable: set[str] = set()  # servers that gave nothing since this process started are not asked again unasked


def offline() -> bool:
    """Tell whether ``LABKIT_OFFLINE`` forbids downloads."""
    return os.environ.get("LABKIT_OFFLINE", "").strip().lower() not in ("", "0", "no", "false", "off")


def megabytes(size: int) -> str:
    """Return a size in words: "170 MB"."""
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{max(1, round(size / 1e6))} MB"


def again(entry: Entry) -> str:
    return f"Fetch it again: labkit data fetch {entry.name} --force"


def fetch(name: str, splits=None, force: bool = False) -> list[Path]:
    """Download a set's published files into the cache folder, unpack archives; return the paths of what was written.

    splits: default: "train" and "test", as far as the set has them. force: also what is there already, which is
    replaced only when the new file is whole. Raises LabkitError when a set is not published for download (with what to
    do by hand), or cannot be had (with the reason of each address); when the disk is full or the folder cannot be
    written; when offline.
    """
    entry = catalogue.entry(name)
    for split in splits or ():
        entry.check(split)
    if not entry.files:
        raise LabkitError(f"{entry.title} cannot be fetched: no server gives it out as one checked file. "
                          f"{entry.by_hand} The folder is {entry.home}")
    wanted = [file for file in entry.files if set(file.splits) & set(splits or entry.usual_splits)]
    unreachable.clear()
    return _fetch(entry, [file for file in wanted if force or not _here(entry, file)])


def _here(entry, file):
    return (entry.home / (file.folder or file.name)).exists()


def _fetch(entry, wanted, quiet=False):
    if wanted and offline():
        raise LabkitError(f"{entry.title} is not here, and LABKIT_OFFLINE forbids downloads: "
                          f"unset LABKIT_OFFLINE, then labkit data fetch {entry.name}")
    done = []
    for file in wanted:
        path = _retrieve(entry, file, quiet)
        done += unpack(entry, path) if file.folder else [path]
        if file.folder:
            path.unlink()
    return done


def _retrieve(entry, file, quiet):
    import pooch
    from requests import exceptions

    pooch.get_logger().setLevel("ERROR")
    attended = not os.environ.get("LABKIT_HEADLESS") and (sys.stderr.isatty() or "ipykernel" in sys.modules)
    downloader = pooch.HTTPDownloader(progressbar=attended and not quiet, timeout=TIMEOUT,
                                      headers={"Accept-Encoding": "identity"})
    reasons = []
    for url in file.urls:
        host = urllib.parse.urlsplit(url).netloc
        if host in unreachable:
            reasons.append(f"{host} failed before")
            continue
        try:
            entry.home.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(prefix=".download-", dir=entry.home) as aside:
                part = pooch.retrieve(url, f"sha256:{file.sha256}", file.name, aside, downloader=downloader)
                os.chmod(part, 0o644)
                os.replace(part, entry.home / file.name)
            return entry.home / file.name
        except exceptions.HTTPError as error:
            reasons.append(f"{host} answered {error.response.status_code} {error.response.reason}")
        except exceptions.RequestException as error:
            broke = isinstance(error, exceptions.ChunkedEncodingError)
            reasons.append(f"the connection to {host} broke" if broke else f"{host} cannot be reached")
        except ValueError:  # pooch: the checksum is another one
            reasons.append(f"what {host} sent is not the published file (its checksum differs) and was thrown away")
        except OSError as error:
            raise files.readable(error, entry.home / file.name) from error
        unreachable.add(host)
    raise LabkitError(f"{file.name} of {entry.title} could not be fetched: {'; '.join(dict.fromkeys(reasons))}. "
                      f"What was there is untouched. Try again later: labkit data fetch {entry.name}")


def unpack(entry: Entry, path) -> list[Path]:
    """Unpack a published archive into the set's folder, beside its place first; return its top-level members there.

    Raises LabkitError when the archive is not, byte for byte, the published one, or the disk is full.
    """
    if files.sha256(path) not in [file.sha256 for file in entry.files]:
        raise LabkitError(f"{path} is not the published file but {what(path)}, or was cut short: its checksum differs. "
                          f"{again(entry)}")
    try:
        with tempfile.TemporaryDirectory(prefix=".unpacking-", dir=entry.home) as aside:
            shutil.unpack_archive(path, aside)
            for item in (done := sorted(Path(aside).iterdir())):
                shutil.rmtree(entry.home / item.name, ignore_errors=True)
                os.replace(item, entry.home / item.name)
    except OSError as error:
        raise files.readable(error, entry.home) from error
    return [entry.home / item.name for item in done]


def obtain(entry: Entry, split: str, max_download: int | None, quiet: bool) -> str:
    """Download what a split needs, unasked; return why not, in words, or "" when it is there now.

    Not over ``max_download`` bytes (None: 300 MB), nor pictures of real people. Raises LabkitError for a full disk.
    """
    wanted = [file for file in entry.files if split in file.splits and not _here(entry, file)]
    given = [file for file in wanted if not file.only_on_request]
    if not given:
        return f"it is not in {readable(entry.home)}" + (" and is fetched only on request" if wanted else "")
    if offline():
        return "LABKIT_OFFLINE forbids downloads"
    size, server = sum(file.size or UNKNOWN for file in given), urllib.parse.urlsplit(given[0].urls[0]).netloc
    if size > (UNASKED if max_download is None else max_download):
        return f"its {megabytes(size)} are more than max_download allows"
    if not quiet and server not in unreachable:
        print(f"{entry.title}: downloading {megabytes(size)} from {server} …")
    try:
        _fetch(entry, given, quiet)
    except LabkitError as error:
        if isinstance(error.__cause__, OSError) and error.__cause__.errno in (errno.ENOSPC, errno.EDQUOT):
            raise
        return str(error).partition(". What was there")[0]
    return ""
