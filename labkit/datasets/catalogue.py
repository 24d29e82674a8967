"""What is known of each image set (catalogue.toml), and where it lies on this machine."""

import dataclasses
import difflib
import os
import tomllib
from pathlib import Path

from labkit import files
from labkit.datasets.readers import find_pictures
from labkit.errors import LabkitError

DEBIAN = "/usr/share/datasets/fashion-mnist"


@dataclasses.dataclass(frozen=True, slots=True)
class File:
    """A published file. ``size`` in bytes (None: not published); ``urls`` in the order to try them; ``folder`` is what
    an archive unpacks to; one that comes ``only_on_request`` is not downloaded unasked."""

    name: str
    splits: tuple[str, ...]
    sha256: str
    urls: tuple[str, ...]
    size: int | None = None
    md5: str | None = None
    crc32: int | None = None
    folder: str | None = None
    only_on_request: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class Entry:
    """One image set; the keys are explained in catalogue.toml.

    ``shape`` is (height, width, channels) of what ``load`` returns without ``size``; ``counts`` the number of images
    of each split, None where it depends on the folder.
    """

    name: str
    title: str
    about: str
    licence: str
    shape: tuple[int, int, int]
    format: str
    counts: dict[str, int | None]
    stand_in: str = ""
    stand_in_licence: str = "MIT (drawn by this project)"
    drawn: dict[str, int] = dataclasses.field(default_factory=dict)
    class_names: tuple[str, ...] | None = None
    folders: tuple[str, ...] = ("",)
    files: tuple[File, ...] = ()
    histogram: dict[str, list[int]] = dataclasses.field(default_factory=dict)
    content: dict[str, int] = dataclasses.field(default_factory=dict)
    md5: dict[str, str] = dataclasses.field(default_factory=dict)
    by_hand: str = ""
    test_share: float = 0.1

    @property
    def usual_splits(self) -> tuple[str, ...]:
        """Those of "train" and "test" that the set has: what is fetched unless a split is named."""
        return tuple(split for split in ("train", "test") if split in self.counts)


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


def entry(name: str, split: str | None = None) -> Entry:
    """Return what is known of a set. Raises LabkitError with the nearest names for an unknown one, and for a split
    that it does not have."""
    if name not in ENTRIES:
        near = difflib.get_close_matches(str(name).lower().replace("-", "_").replace(" ", "_"), ENTRIES, 2, 0.5)
        hint = f"did you mean {' or '.join(near)}? " if near else ""
        raise LabkitError(f"No image set is called {name!r}: {hint}There are {', '.join(ENTRIES)}; "
                          "for a folder of your own, give its path, such as './my_pictures'.")
    found = ENTRIES[name]
    if split is not None and split not in found.counts:
        raise LabkitError(f"{found.title} has no split {split!r}: choose one of {', '.join(found.counts)}.")
    return found


@dataclasses.dataclass(frozen=True, slots=True)
class Found:
    """A set that was found: ``paths`` are its files, a folder of pictures, an LMDB folder or an archive. ``kind``:
    "idx", "npz", "cifar", "svhn", "images", "archive", "lmdb", or "whole lmdb" where that holds the split alone."""

    kind: str
    paths: tuple[Path, ...]


def home_of(entry: Entry) -> Path:
    """Return the set's folder in the cache, whether it exists or not."""
    return files.cache() / entry.name


def readable(path) -> str:
    """Return a path relative to ``$LABKIT_DATA``, to the clone or to the home folder where it lies in one of them."""
    path = Path(path)
    cache = "$LABKIT_DATA" if os.environ.get("LABKIT_DATA") else "data/cache"
    for root, words in ((files.cache(), cache), (files.data(), "data"), (Path.home(), "~")):
        if path.is_relative_to(root):
            return (Path(words) / path.relative_to(root)).as_posix()
    return str(path)


def shown(entry: Entry, found: Found) -> str:
    """Return where a set was found in words: its folder in the cache, or the other place."""
    home, path = home_of(entry), found.paths[0]
    if path.is_relative_to(home):
        return readable(home)
    return readable(path.parent if found.kind in ("idx", "cifar") else path)


def _folders(entry):
    keras = Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras").expanduser() / "datasets"
    for folder in entry.folders:
        yield home_of(entry) / folder.replace("$KERAS", str(keras)).replace("$DEBIAN", str(DEBIAN))


def _variants(entry, split):
    """Return (kind, names of files) for each official way of storing a split in files of fixed names."""
    if entry.format == "idx":
        stem = {"train": "train", "test": "t10k"}[split]
        names = (f"{stem}-images-idx3-ubyte", f"{stem}-labels-idx1-ubyte")
        return [("idx", tuple(f"{name}.gz" for name in names)), ("idx", names),
                *([("npz", ("mnist.npz",))] if entry.name == "mnist" else [])]
    if entry.format == "cifar":
        names = {"train": tuple(f"data_batch_{i}" for i in range(1, 6)), "test": ("test_batch",)}[split]
        return [("cifar", names), ("cifar", tuple(f"{name}.bin" for name in names))]
    return [("svhn", (f"{split}_32x32.mat",))] if entry.format == "svhn" else []


def find(entry: Entry, split: str) -> Found | None:
    """Return the first place that holds a split, or None; looks at names only.

    The order: the set's folder in the cache, what ships in ``data``, Debian's folder, Keras' own cache, and last an
    archive in the set's folder that was not unpacked yet.
    """
    for folder in _folders(entry):
        for kind, names in _variants(entry, split):
            if all((folder / name).is_file() for name in names):
                return Found(kind, tuple(folder / name for name in names))
    home = home_of(entry)
    if entry.format == "images":
        train, validation = home / "bedroom_train_lmdb", home / "bedroom_val_lmdb"
        whole = (train / "data.mdb").is_file()
        for folder in (train if whole and split == "train" else validation, home):
            if (folder / "data.mdb").is_file():
                return Found("whole lmdb" if whole else "lmdb", (folder,))
        for folder in (home, files.data() / entry.name):
            if folder.is_dir() and find_pictures(folder):
                return Found("images", (folder,))
    archives = [home / file.name for file in entry.files if file.folder and split in file.splits]
    return next((Found("archive", (path,)) for path in archives if path.is_file()), None)


def missing(entry: Entry, split: str) -> list[str]:
    """Return the names of the files that a half-present split lacks in its folder in the cache; [] for all or none."""
    lacking = []
    for folder in _folders(entry):
        for _, names in _variants(entry, split):
            absent = [name for name in names if not (folder / name).is_file()]
            if folder.is_relative_to(home_of(entry)) and len(absent) < len(names):
                lacking.append(absent)
    return min(lacking, key=len, default=[])
