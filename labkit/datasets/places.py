"""Where a set lies on this machine: the cache folder, Debian's packages, Keras' cache."""

import dataclasses
import os
from pathlib import Path

from labkit import files
from labkit.datasets.catalogue import Entry
from labkit.datasets.readers import cifar, idx, pictures

DEBIAN = Path("/usr/share/datasets/fashion-mnist")
_KERAS_FOLDERS = {
    "fashion_mnist": ("fashion-mnist",),
    "cifar10": ("cifar-10-batches-py-target/cifar-10-batches-py", "cifar-10-batches-py"),
}


@dataclasses.dataclass(frozen=True, slots=True)
class Found:
    """A set that was found. ``kind``: "idx", "npz", "cifar", "svhn", "lmdb", "images" or "archive".

    ``path`` is a folder (idx, cifar, lmdb, images) or a file; ``whole`` is True when an LMDB holds the split alone.
    """

    kind: str
    path: Path
    whole: bool = False


def readable(path) -> str:
    """Return a path relative to the clone, to ``$LABKIT_DATA`` or to the home folder where it lies in one of them."""
    path = Path(path)
    cache = files.cache()
    if os.environ.get("LABKIT_DATA") and path.is_relative_to(cache):
        return (Path("$LABKIT_DATA") / path.relative_to(cache)).as_posix()
    if path.is_relative_to(cache):
        return (Path("data/cache") / path.relative_to(cache)).as_posix()
    if path.is_relative_to(Path.home()):
        return (Path("~") / path.relative_to(Path.home())).as_posix()
    return str(path)


def shown(entry: Entry, found: Found) -> str:
    """Return where a set was found in words: its folder in the cache, or the other place."""
    home = home_of(entry)
    return readable(home if found.path.is_relative_to(home) else found.path)


def home_of(entry: Entry) -> Path:
    """Return the set's folder in the cache, whether it exists or not."""
    return files.cache() / entry.name


def keras() -> Path:
    """Return the folder of Keras' own downloads."""
    return Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras").expanduser() / "datasets"


def find(entry: Entry, split: str) -> Found | None:
    """Return the first place that holds a split, or None. Looks at names only; nothing is read.

    The order: the set's folder in the cache, an archive there that was not unpacked yet, Debian's folder, Keras'
    own cache.
    """
    return {"idx": _find_idx, "cifar": _find_cifar, "svhn": _find_svhn, "images": _find_images}[entry.format](
        entry, split)


def missing(entry: Entry, split: str) -> list[str]:
    """Return the files that the set's folder in the cache lacks, when some of a split are there and others not."""
    folder = home_of(entry)
    if entry.format == "idx":
        absent = [f"{name}.gz" for name in idx.file_names(split) if not idx_file(folder, name)]
        return absent if len(absent) == 1 else []
    if entry.format == "cifar":
        absent = min((cifar.missing(place, split) for place in (folder / "cifar-10-batches-py",
                      folder / "cifar-10-batches-bin", folder)), key=len)
        return absent if len(absent) < len(cifar.BATCHES[split]) else []
    return []


def idx_file(folder, name: str) -> Path | None:
    """Return the IDX file of this name, gzipped or plain."""
    return next((path for path in (Path(folder, f"{name}.gz"), Path(folder, name)) if path.is_file()), None)


def _folders(entry):
    home = home_of(entry)
    if entry.name == "fashion_mnist":
        return [home, DEBIAN, *(keras() / name for name in _KERAS_FOLDERS[entry.name])]
    return [home, *(keras() / name for name in _KERAS_FOLDERS.get(entry.name, ()))]


def _find_idx(entry, split):
    for folder in _folders(entry):
        if all(idx_file(folder, name) for name in idx.file_names(split)):
            return Found("idx", folder)
    if entry.name == "mnist":
        for path in (home_of(entry) / "mnist.npz", keras() / "mnist.npz"):
            if path.is_file():
                return Found("npz", path)
    return None


def _find_cifar(entry, split):
    home = home_of(entry)
    for folder in (home / "cifar-10-batches-py", home / "cifar-10-batches-bin", home):
        if not cifar.missing(folder, split):
            return Found("cifar", folder)
    for name in ("cifar-10-python.tar.gz", "cifar-10-binary.tar.gz"):
        if (home / name).is_file():
            return Found("archive", home / name)
    for folder in _folders(entry)[1:]:
        if not cifar.missing(folder, split):
            return Found("cifar", folder)
    return None


def _find_svhn(entry, split):
    path = home_of(entry) / f"{split}_32x32.mat"
    return Found("svhn", path) if path.is_file() else None


def _find_images(entry, split):
    home = home_of(entry)
    train, validation = home / "bedroom_train_lmdb", home / "bedroom_val_lmdb"
    if (train / "data.mdb").is_file():
        if split == "train":
            return Found("lmdb", train, whole=True)
        if (validation / "data.mdb").is_file():
            return Found("lmdb", validation, whole=True)
    for folder in (validation, home):
        if (folder / "data.mdb").is_file():
            return Found("lmdb", folder)
    if pictures.any_in(home):
        return Found("images", home)
    for file in entry.needed(split):
        if file.folder and (home / file.name).is_file():
            return Found("archive", home / file.name)
    return None
