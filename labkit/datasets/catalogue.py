"""What is known of each image set (catalogue.toml), and where it lies on this machine."""

import dataclasses
import difflib
import os
import tomllib
from pathlib import Path

from labkit import files
from labkit.datasets.readers import find_pictures
from labkit.errors import LabkitError


@dataclasses.dataclass(frozen=True, slots=True)
class File:
    """A published file."""

    name: str
    splits: tuple[str, ...]
    sha256: str
    urls: tuple[str, ...]  # in the order to try them
    size: int | None = None  # in bytes; None: not published
    crc32: int | None = None
    folder: str | None = None  # what an archive unpacks to
    only_on_request: bool = False  # not downloaded unasked


@dataclasses.dataclass(frozen=True, slots=True)
class Entry:
    """One image set; catalogue.toml explains the keys."""

    name: str
    title: str
    about: str
    licence: str
    shape: tuple[int, int, int]  # (height, width, channels) of what load returns without a size
    format: str
    counts: dict[str, int | None]  # images of each split; None where that depends on the folder
    stand_in: str = ""
    stand_in_licence: str = "MIT (drawn by this project)"
    drawn: dict[str, int] = dataclasses.field(default_factory=dict)
    class_names: tuple[str, ...] | None = None
    files: tuple[File, ...] = ()
    by_hand: str = ""
    test_share: float = 0.1

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
    if entry.format == "idx":
        stem = {"train": "train", "test": "t10k"}[split]
        yield "idx", [entry.home / f"{stem}-{what}-ubyte.gz" for what in ("images-idx3", "labels-idx1")]
    elif entry.format == "cifar":
        names = ["test_batch"] if split == "test" else [f"data_batch_{i}" for i in range(1, 6)]
        yield "cifar", [entry.home / "cifar-10-batches-py" / name for name in names]
    elif entry.format == "svhn":
        yield "svhn", [entry.home / f"{split}_32x32.mat"]
    else:
        yield "lmdb", [entry.home / "bedroom_val_lmdb" / "data.mdb"]
        yield "images", [entry.home]
        yield "images", [files.data() / entry.name]
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
