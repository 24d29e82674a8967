"""What is known of each image set (catalogue.toml), where it lies on this machine, and how it is downloaded: checked
before it is used, and never half a file under its final name."""

import difflib
import errno
import os
import shutil
import tempfile
import time
import tomllib
import urllib.parse
from collections import namedtuple
from pathlib import Path

from labkit import files
from labkit.datasets.readers import find_pictures, what
from labkit.errors import LabkitError
from labkit.notebooks import headless

UNASKED = 300_000_000  # bytes that load downloads unasked: CIFAR-10 and SVHN's two files, not its extra one
UNKNOWN = 250_000_000  # bytes assumed of a file whose size is not published
TIMEOUT = (2.5, 10)  # seconds to connect, and between two pieces
unreachable: set[str] = set()  # servers that failed in this process; only an explicit fetch tries them again

#: A published file. urls: in the order to try them; size: in bytes, None where it is not published; folder: what an
#: archive unpacks to; only_on_request: it is not downloaded unasked.
File = namedtuple("File", "name splits sha256 urls size crc32 folder only_on_request",
                  defaults=[None, None, None, False])


class Entry(namedtuple("Entry", "name title about licence shape format counts stand_in stand_in_licence drawn "
                       "class_names files by_hand test_share",
                       defaults=["", "MIT (drawn by this project)", {}, None, (), "", 0.1])):
    """One image set; catalogue.toml explains the keys. ``shape``: (height, width, channels) of what ``load`` returns
    without a size; ``counts``: images of each split, None where that depends on the folder."""

    @property
    def usual_splits(self) -> tuple[str, ...]:
        """Those of "train" and "test" that the set has."""
        return tuple(split for split in ("train", "test") if split in self.counts)

    @property
    def home(self) -> Path:
        """The set's folder in the cache, whether it exists or not."""
        return files.cache() / self.name

    def check(self, split: str) -> "Entry":
        """Return the entry. Raises LabkitError when it has no such split."""
        if split not in self.counts:
            raise LabkitError(f"{self.title} has no split {split!r}: choose one of {', '.join(self.counts)}.")
        return self


def _entry(name, row):
    mirrors, splits = row.pop("mirrors", ()), row.pop("splits", ())
    row["files"] = tuple(File(**{"urls": tuple(base + file["name"] for base in mirrors)} | file)
                         for file in row.get("files", ()))
    row["shape"], row["class_names"] = tuple(row["shape"]), tuple(row.get("class_names", ())) or None
    return Entry(**{"name": name, "counts": dict.fromkeys(splits)} | row)


ENTRIES = {name: _entry(name, row)
           for name, row in tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8")).items()}


def names() -> tuple[str, ...]:
    """Return the names that ``load`` knows, in the catalogue's order."""
    return tuple(ENTRIES)


def entry(name: str) -> Entry:
    """Return what is known of a set. Raises LabkitError with the nearest names for an unknown one."""
    if name in ENTRIES:
        return ENTRIES[name]
    near = difflib.get_close_matches(str(name).lower().replace("-", "_").replace(" ", "_"), ENTRIES, 2, 0.5)
    hint = f"did you mean {' or '.join(near)}? " if near else ""
    raise LabkitError(f"No image set is called {name!r}: {hint}There are {', '.join(ENTRIES)}; "
                      "for a folder of your own, give its path, such as './my_pictures'.")


def readable(path) -> str:
    """Return a path relative to ``$LABKIT_DATA``, to the clone or to the home folder where it lies in one of them."""
    cache = "$LABKIT_DATA" if os.environ.get("LABKIT_DATA") else "data/cache"
    for root, words in ((files.cache(), cache), (files.data(), "data"), (Path.home(), "~")):
        if Path(path).is_relative_to(root):
            return (Path(words) / Path(path).relative_to(root)).as_posix()
    return str(path)


def shown(entry: Entry, path: Path) -> str:
    """Return where a set was found, in words."""
    return readable(entry.home if path.is_relative_to(entry.home) else path)


def _candidates(entry, split):
    """Yield (kind, paths) of all that may hold a split: the cache, what ships in data, an archive not unpacked yet."""
    if entry.format == "cifar":
        names = ["test_batch"] if split == "test" else [f"data_batch_{i}" for i in range(1, 6)]
        yield "cifar", [entry.home / "cifar-10-batches-py" / name for name in names]
    elif entry.format == "images":
        yield "lmdb", [entry.home / "bedroom_val_lmdb" / "data.mdb"]
        yield "images", [entry.home]
        yield "images", [files.data() / entry.name]
    else:
        yield entry.format, [entry.home / file.name for file in entry.files if split in file.splits]
    for file in entry.files:
        if file.folder and split in file.splits:
            yield "archive", [entry.home / file.name]


def find(entry: Entry, split: str) -> tuple[str, list[Path]] | None:
    """Return the kind ("idx", "cifar", "svhn", "lmdb", "images", "archive") and the files or the folder of the first
    place that holds a split, or None; looks at names only."""
    for kind, paths in _candidates(entry, split):
        if find_pictures(paths[0]) if kind == "images" else all(path.is_file() for path in paths):
            return kind, paths
    return None


def missing(entry: Entry, split: str) -> list[str]:
    """Return the files that a half-present split lacks; [] for all or none."""
    _, paths = next(_candidates(entry, split))
    absent = [path.name for path in paths if not path.is_file()]
    return absent if len(absent) < len(paths) else []


def offline() -> bool:
    """Tell whether ``LABKIT_OFFLINE`` forbids downloads."""
    return os.environ.get("LABKIT_OFFLINE", "").strip().lower() not in ("", "0", "no", "false", "off")


def megabytes(size: int) -> str:
    """Return a size in words: "170 MB"."""
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{max(1, round(size / 1e6))} MB"


def again(entry: Entry) -> str:
    """Return the sentence that says how to replace a damaged file of a set."""
    return f"Fetch it again: labkit data fetch {entry.name} --force"


def fetch(name: str, splits=None, force: bool = False) -> list[Path]:
    """Download a set's published files into the cache folder, unpack archives; return the paths of what was written.

    splits: default: "train" and "test". force: also what is there already; it is replaced when the new file is whole.
    Raises LabkitError when a set is not published for download (with what to do by hand), or cannot be had (with the
    reason of each address); when the disk is full or the folder cannot be written; when offline.
    """
    found = entry(name)
    for split in splits or ():
        found.check(split)
    if not found.files:
        raise LabkitError(f"{found.title} cannot be fetched: no server gives it out as one checked file. "
                          f"{found.by_hand} The folder is {found.home}")
    wanted = [file for file in found.files if set(file.splits) & set(splits or found.usual_splits)]
    unreachable.clear()
    return _fetch(found, [file for file in wanted if force or not _here(found, file)])


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
    from requests import exceptions

    from labkit.datasets.downloading import download

    for old in (*entry.home.glob(".download-*"), *entry.home.glob(".unpacking-*")):  # of a killed process, if old
        times = [when for path in (old, *old.rglob("*")) for when in (path.lstat().st_ctime, path.lstat().st_mtime)]
        if max(times) < time.time() - 3600:
            shutil.rmtree(old, ignore_errors=True)
    reasons = []
    for url in file.urls:
        host = urllib.parse.urlsplit(url).netloc
        if host in unreachable:
            reasons.append(f"{host} failed before")
            continue
        try:
            entry.home.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(None, ".download-", entry.home, ignore_cleanup_errors=True) as aside:
                part = download(url, file.sha256, file.name, aside, file.size or 2 * UNKNOWN, TIMEOUT,
                                shown=not quiet and not headless())
                os.chmod(part, 0o644)
                os.replace(part, entry.home / file.name)
            return entry.home / file.name
        except exceptions.HTTPError as error:
            reasons.append(f"{host} answered {error.response.status_code} {error.response.reason}")
        except exceptions.RequestException as error:
            broke = isinstance(error, exceptions.ChunkedEncodingError)
            reasons.append(f"the connection to {host} broke" if broke else f"{host} cannot be reached")
        except LabkitError as error:
            reasons.append(f"{host} {error}")
        except ValueError:  # pooch: the checksum is another one
            reasons.append(f"what {host} sent is not the published file (its checksum differs) and was thrown away")
        except OSError as error:
            raise files.disk_error(error, entry.home / file.name) from error
        unreachable.add(host)
    raise LabkitError(f"{file.name} of {entry.title} could not be fetched: {'; '.join(dict.fromkeys(reasons))}. "
                      f"What was there is untouched. Try again later: labkit data fetch {entry.name}")


def unpack(entry: Entry, path) -> list[Path]:
    """Unpack an archive into the set's folder, beside its place first; return its top-level members there. Raises
    LabkitError when it is not, byte for byte, the published one, or the disk is full."""
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
        raise files.disk_error(error, entry.home) from error
    return [entry.home / item.name for item in done]


def obtain(entry: Entry, split: str, max_download: int | None, quiet: bool) -> str:
    """Download what a split needs, unasked; return why not, in words, or "" when it is there now. Not over
    ``max_download`` bytes (None: 300 MB), nor pictures of real people. Raises LabkitError for a full disk."""
    wanted = [file for file in entry.files if split in file.splits and not _here(entry, file)]
    given = [file for file in wanted if not file.only_on_request]
    if not given:
        return f"it is not in {readable(entry.home)}" + (" and is fetched only on request" if wanted else "")
    if offline():  # "run": labkit run has tried it before
        tried = os.environ["LABKIT_OFFLINE"] == "run"
        return "it could not be had when the run began" if tried else "LABKIT_OFFLINE forbids downloads"
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
