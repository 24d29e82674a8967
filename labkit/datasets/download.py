"""Downloads: checked before they are used, and never half a file under its final name."""

import contextlib
import errno
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

from labkit import files
from labkit.datasets import archives, hosts, places
from labkit.datasets.catalogue import Entry, File
from labkit.datasets.readers.damage import is_web_page
from labkit.errors import LabkitError

# What load downloads unasked: CIFAR-10 (170 MB) and SVHN's two files, not its extra one (1.3 GB).
UNASKED = 300_000_000
# A file whose size is not published is taken for one this large.
UNKNOWN = 250_000_000
RESUMES = 5
PROBABLY_STALE = 86_400


class _Refused(Exception):
    """One address did not give the file; the message says why."""


def attended() -> bool:
    """Tell whether someone sees a progress bar: a terminal, or a notebook that nobody runs headlessly."""
    if os.environ.get("LABKIT_HEADLESS"):
        return False
    return sys.stderr.isatty() or "ipykernel" in sys.modules


def megabytes(size: int | None) -> str:
    """Return a size in words: "170 MB"."""
    if size is None:
        return "size not published"
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{max(1, round(size / 1e6))} MB"


def have(entry: Entry, file: File) -> bool:
    """Tell whether a published file, or what it unpacks to, lies in the set's folder."""
    home = places.home_of(entry)
    if file.folder:
        return (home / file.folder).is_dir()
    return (home / file.name).is_file()


def fetch(entry: Entry, wanted, force: bool = False, insist: bool = False, quiet: bool = False) -> list[Path]:
    """Download published files into the set's folder and unpack archives; return the paths.

    force: also what is there already; it is replaced only when the new file is whole. insist: ask servers again
    that could not be reached a moment ago. Raises LabkitError when a file cannot be had from any of its addresses
    (with the reason for each), when the disk is too small or the folder cannot be written, and when offline.
    """
    home = places.home_of(entry)
    todo = [file for file in wanted if force or not have(entry, file)]
    if todo and hosts.offline():
        raise LabkitError(f"{entry.title} is not here, and LABKIT_OFFLINE forbids downloads: "
                          f"unset LABKIT_OFFLINE, then labkit data fetch {entry.name}")
    _room(home, sum((file.size or UNKNOWN) * (2.2 if file.folder else 1) for file in todo))
    done = []
    good = hosts.reachable([url for file in todo for url in file.urls], insist) if todo else set()
    for file in todo:
        path = _fetch(entry, file, home, good, insist, quiet)
        if file.folder:
            done += archives.unpack(path, home)
            path.unlink()
        else:
            done.append(path)
    return done


def _room(home, size):
    place = next(parent for parent in (home, *home.parents) if parent.exists())
    free = shutil.disk_usage(place).free
    if size > free:
        raise LabkitError(f"The disk is too full: {megabytes(size)} are needed in {home}, {megabytes(free)} are free. "
                          "Free some space, or set LABKIT_DATA to a folder on another disk.")


def _fetch(entry, file, home, good, insist, quiet):
    """Try one address after the other; a server that failed leaves ``good``, so that it costs its time only once."""
    reasons = []
    for url in file.urls:
        host = hosts.of(url)
        if host not in good:
            reasons.append(f"{host} cannot be reached" if host in hosts.memory() else f"{host} failed before")
            continue
        began = time.monotonic()
        try:
            return _retrieve(url, file, home, insist, quiet)
        except _Refused as refusal:
            good.discard(host)
            # Remembered, too: the next notebook of the run shall not find it out again.
            hosts.remember([host], min(time.monotonic() - began, hosts.CONNECT))
            reasons.append(str(refusal))
    raise LabkitError(f"{file.name} of {entry.title} could not be fetched: {'; '.join(dict.fromkeys(reasons))}. "
                      f"What was there is untouched. Try again later: labkit data fetch {entry.name}")


def _retrieve(url, file, home, insist, quiet):
    import pooch
    from requests import exceptions

    aside = None
    try:
        home.mkdir(parents=True, exist_ok=True)
        _sweep(home)
        aside = Path(tempfile.mkdtemp(prefix=".download-", dir=home))
        with _silent(pooch):
            part = Path(pooch.retrieve(url, f"sha256:{file.sha256}", file.name, aside,
                                       downloader=_Downloader(file, insist, quiet)))
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(part, 0o666 & ~umask)
        os.replace(part, home / file.name)
        return home / file.name
    except exceptions.RequestException as error:
        raise _Refused(_words(url, error)) from error
    except ValueError as error:  # pooch: the checksum is another one
        if "hash" not in str(error).lower():
            raise
        raise _Refused(f"what {hosts.of(url)} sent is not the published file (its checksum differs) "
                       "and was thrown away") from error
    except OSError as error:
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            raise LabkitError(f"{home} cannot be written ({error.strerror.lower()}): set LABKIT_DATA to a folder of "
                              "your own") from error
        raise files.readable(error, home / file.name) from error
    finally:
        if aside is not None:
            shutil.rmtree(aside, ignore_errors=True)


def _sweep(home):
    """Remove what a killed download left behind, a day later: another process may be at work on a younger one."""
    for old in [*home.glob(".download-*"), *home.glob(".unpacking-*")]:
        with contextlib.suppress(OSError):
            if time.time() - old.stat().st_mtime > PROBABLY_STALE:
                shutil.rmtree(old, ignore_errors=True)


@contextlib.contextmanager
def _silent(pooch):
    logger = pooch.get_logger()
    level = logger.level
    logger.setLevel("ERROR")
    try:
        yield
    finally:
        logger.setLevel(level)


def _words(url, error):
    response = getattr(error, "response", None)
    if response is not None:
        return f"{hosts.of(url)} answered {response.status_code} {response.reason}"
    return f"the connection to {hosts.of(url)} broke ({type(error).__name__})"


class _Downloader:
    """What pooch calls to get one file: goes on where a broken connection stopped, and stops at a wrong file."""

    def __init__(self, file, insist, quiet):
        self.file, self.bar = file, not quiet and attended()
        self.timeout = (hosts.CONNECT, 30 if insist else 5)

    def __call__(self, url, output, _):
        from requests import exceptions
        from tqdm.auto import tqdm
        from urllib3.exceptions import HTTPError

        with open(output, "wb") as out, tqdm(total=self.file.size, unit="B", unit_scale=True, desc=self.file.name,
                                             disable=not self.bar, leave=False) as bar:
            for attempt in range(1 + RESUMES):
                before = out.tell()
                try:
                    whole = self._part(url, out, bar)
                except (HTTPError, exceptions.ConnectionError, exceptions.Timeout) as error:
                    # A connection that brought something may be taken up again; one that did not is given up.
                    if attempt == RESUMES or out.tell() == before:
                        raise exceptions.ConnectionError(str(error)) from error
                    continue
                if whole:
                    return
            raise _Refused(f"{hosts.of(url)} sent only {out.tell():,} bytes of {self.file.name}")

    def _part(self, url, out, bar):
        import requests

        # Servers that call a .gz file "Content-Encoding: gzip" would have it unpacked on the way.
        headers = {"Accept-Encoding": "identity"}
        if out.tell():
            headers["Range"] = f"bytes={out.tell()}-"
        with requests.get(url, stream=True, timeout=self.timeout, headers=headers) as response:
            response.raise_for_status()
            if out.tell() and response.status_code != 206:
                out.seek(0)
                out.truncate()
                bar.reset()
            length = response.headers.get("Content-Length", "")
            expected = self.file.size or (out.tell() + int(length) if length.isdecimal() else None)
            for chunk in response.raw.stream(1 << 16, decode_content=False):
                if not out.tell() and is_web_page(chunk[:512]):
                    raise _Refused(f"{hosts.of(url)} sent a web page (HTML) instead of {self.file.name}")
                out.write(chunk)
                bar.update(len(chunk))
                if expected and out.tell() > expected:
                    raise _Refused(f"{hosts.of(url)} sent more than the {megabytes(expected)} of {self.file.name}")
        # A server that closes early without an error: ask for the rest, once more from here.
        return expected is None or out.tell() >= expected


def obtain(entry: Entry, split: str, max_download: int | None, quiet: bool) -> str | None:
    """Download what a split needs, unasked; return why not, in words, or None when it is there now.

    Nothing is downloaded when offline, over ``max_download`` bytes (None: 300 MB), or when the file is given only
    on request (LSUN's 46 GB, pictures of real people). Raises LabkitError for a full disk.
    """
    limit = UNASKED if max_download is None else max_download
    wanted = [file for file in entry.needed(split) if not have(entry, file)]
    if not wanted:
        return f"it is not in {places.readable(places.home_of(entry))}"
    if all(file.only_on_request for file in wanted):
        return f"it is not in {places.readable(places.home_of(entry))} and is fetched only on request"
    if hosts.offline():
        return "LABKIT_OFFLINE forbids downloads"
    size = sum(file.size or UNKNOWN for file in wanted)
    if size > limit:
        return f"its {megabytes(size)} are more than max_download allows"
    if not hosts.reachable([url for file in wanted for url in file.urls]):
        return f"{', '.join(dict.fromkeys(hosts.of(url) for url in wanted[0].urls))} cannot be reached"
    if not quiet:
        print(f"{entry.title}: downloading {megabytes(size)} from {hosts.of(wanted[0].urls[0])} …")
    try:
        fetch(entry, wanted, quiet=quiet)
    except LabkitError as error:
        if isinstance(error.__cause__, OSError) and error.__cause__.errno in (errno.ENOSPC, errno.EDQUOT):
            raise
        return str(error).partition(". What was there")[0]
    return None
