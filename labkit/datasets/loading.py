"""``datasets.load``: from a name to images, wherever they are found."""

import dataclasses
import difflib
import os
import re
import zlib
from pathlib import Path

import numpy as np
import psutil

from labkit import files
from labkit.datasets import catalogue, download, readers
from labkit.datasets.catalogue import Entry, Found, home_of, readable, shown
from labkit.datasets.readers import DamagedFile
from labkit.errors import LabkitError

_TILE = re.compile(r"(_[fmw])?(_\d+_\d+)?$")  # PHOTO_ROW_COLUMN, with the scale it was cut from before


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class ImageSet:
    """Images with all that is known about them."""

    images: np.ndarray  # uint8 (N, height, width, channels), 0 … 255; 1 or 3 channels
    labels: np.ndarray | None  # int64 (N,), an index into class_names; None for a set without classes
    factors: dict[str, np.ndarray] | None  # what a drawn set was drawn from, name → N values; None for photographs
    name: str  # the catalogue's, or a folder's path
    split: str  # "train", "test" or another split of the set
    source: str  # where the images come from, in words for a person
    licence: str  # the terms of the images, in words
    is_stand_in: bool = False  # something else is shown in place of the set that was asked for
    class_names: tuple[str, ...] | None = None  # one per class
    title: str = ""  # what to call the images where they are shown; a stand-in's title says what it is not

    def __len__(self) -> int:
        return len(self.images)

    def __repr__(self) -> str:
        return f"ImageSet({self.title}, {self.split}: {len(self)} images {self.shape})"

    @property
    def shape(self) -> tuple[int, int, int]:
        """The shape of one image: (height, width, channels)."""
        return self.images.shape[1:]

    def take(self, chosen) -> "ImageSet":
        """Return the images at these indices (or of this slice or mask), with their labels and factors."""
        factors = self.factors and {key: values[chosen] for key, values in self.factors.items()}
        labels = None if self.labels is None else self.labels[chosen]
        return dataclasses.replace(self, images=self.images[chosen], labels=labels, factors=factors)


def load(name, split: str = "train", limit: int | None = None, size=None, seed: int = 0, stand_in: str = "allow",
         max_download: int | None = None, quiet: bool = False) -> ImageSet:
    """Load an image set: from this machine, by a download, or a stand-in. One printed line says which.

    Looked for in this order: the set's folder in ``$LABKIT_DATA`` or ``data/cache`` (official format), what ships in
    ``data``, Debian's ``/usr/share/datasets``, Keras' own cache; a download from the official source, its checksum
    verified before use; a stand-in of the same shape and classes.

    name: one of ``datasets.names()``, or a folder of pictures (a path; jpg, png, webp, bmp, gif, tiff), whose
        subfolders are its classes, or, named train and test, its splits.
    split: "train" or "test"; SVHN has "extra", folders and sets that come as folders have "all". Folders are divided by
        SHA-256 of the file names: one in ten is for testing (of ``photos`` one photograph in five).
    limit: at most so many images: a choice that depends on ``seed`` alone, in the set's order; a larger limit contains
        a smaller one. Of drawings, the first ones.
    size: height and width in pixels, a number or a pair: the middle is cropped and resized. Default: the catalogue's
        shape; the pictures' own in a folder of yours, if they all have the same.
    stand_in: "allow", or "refuse" for a LabkitError when the real set is not to be had, or "only" for the stand-in
        although the real set is there (a drawn one's factors are known).
    max_download: bytes that may be downloaded unasked; None: 300 MB; 0: nothing.

    Returns an ImageSet with uint8 images (N, height, width, channels), 0 … 255, and int64 labels (N,) or None. Raises
    LabkitError for an unknown name (with the nearest) or split, a wrong argument, a file that is damaged, cut short or
    another than its name says (with the file and what to type), or no real set and no stand-in allowed.
    """
    size = _checked(limit, size, seed, stand_in, max_download)
    entry, found, reason = _locate(name, split, stand_in, max_download, quiet)
    if found is not None:
        loaded, total = _real(entry, found, split, limit, size, seed)
        words = f"images from {loaded.source}"
    elif stand_in == "refuse":
        raise LabkitError(_refusal(entry, reason))
    else:
        loaded, total = _stand_in(entry, split, limit, size, seed)
        words = f"images in place of {entry.title}" + (
            f": {reason}. The real ones: {_get(entry)}" if reason else ", as asked for")
    if not quiet:
        part = "" if total == len(loaded) else f" (of {total:,})"
        print(f"{loaded.title}, {split}: {len(loaded):,} {words}{part}")
    return loaded


def _checked(limit, size, seed, stand_in, max_download):
    if stand_in not in ("allow", "refuse", "only"):
        raise LabkitError(f'stand_in must be "allow", "refuse" or "only", not {stand_in!r}.')
    sides = tuple(size) if isinstance(size, tuple | list | np.ndarray) else (size, size)
    if len(sides) != 2:
        raise LabkitError(f"size must be a number of pixels or (height, width), not {size!r}.")
    for what, value, least in (("limit", limit, 1), ("seed", seed, 0), ("max_download", max_download, 0),
                               ("size", sides[0], 1), ("size", sides[1], 1)):
        if value is not None and (isinstance(value, bool) or not isinstance(value, int | np.integer) or value < least):
            raise LabkitError(f"{what} must be a whole number, {least} or more, not {value!r}.")
    return None if size is None else sides


def _own(name) -> Entry | None:
    """Return an entry for a folder of one's own, or None when the name is to be looked up in the catalogue."""
    if not isinstance(name, str | os.PathLike):
        raise LabkitError(f"The name of an image set is a text or a folder's path, not {name!r}.")
    folder = Path(name).expanduser()
    if name in catalogue.ENTRIES or not (folder.is_dir() or os.sep in str(name) or str(name)[0] in "~./"):
        return None
    if folder.is_file():
        raise LabkitError(f"{folder} is a file; give the folder that holds the pictures: {folder.parent}")
    if not folder.is_dir():
        siblings = [path.name for path in folder.parent.iterdir()] if folder.parent.is_dir() else []
        near = difflib.get_close_matches(folder.name, siblings, n=1)
        hint = f" Did you mean {folder.parent / near[0]}?" if near else ""
        raise LabkitError(f"There is no folder {folder}.{hint}")
    folder, splits = folder.resolve(), dict.fromkeys(("train", "test", "all"))
    return Entry(str(folder), folder.name, "", "your own pictures", (), "images", splits)


def _locate(name, split, stand_in, max_download, quiet) -> tuple[Entry, Found | None, str]:
    """Find a split here or download it: the entry, where it is, or None and the reason in words."""
    if (entry := _own(name)) is not None:
        catalogue.check_split(entry, split)
        return entry, Found("images", (Path(entry.name),)), ""
    entry = catalogue.entry(name, split)
    if stand_in == "only":
        return entry, None, ""
    found, reason = catalogue.find(entry, split), ""
    if found is None:
        reason = download.obtain(entry, split, max_download, quiet)
        found = catalogue.find(entry, split)
        if found is None and (missing := catalogue.missing(entry, split)):
            reason = f"{', '.join(missing)} is missing in {readable(home_of(entry))}; {reason}"
    if found is not None and found.kind == "archive":
        archive = found
        try:
            download.unpack(archive.paths[0], home_of(entry))
        except DamagedFile as error:
            raise LabkitError(f"{error} {_fix(entry, archive)}") from error
        found = catalogue.find(entry, split)
        if found is None or found.kind == "archive":
            raise LabkitError(f"{archive.paths[0]} does not hold {entry.title}'s files. {_fix(entry, archive)}")
    return entry, found, reason


def choose(count: int, limit: int | None, seed: int) -> np.ndarray:
    """Return the seeded choice of ``limit`` positions among ``count`` (None: all of them), increasing."""
    if limit is None or limit >= count:
        return np.arange(count)
    return np.sort(np.random.default_rng(seed).permutation(count)[:limit])


def _real(entry, found, split, limit, size, seed):
    """Return the ImageSet, and the number of images in the split before ``limit``."""
    factors, classes, size = {}, entry.class_names, size or entry.shape[:2] or None
    try:
        if found.kind == "images":
            paths, labels, classes, factors = _members(found.paths[0], entry, split)
            total, chosen = len(paths), choose(len(paths), limit, seed)
            _fits_memory(len(chosen), size)
            images = readers.read_pictures([paths[i] for i in chosen], size, face=entry.name == "faces")
        elif "lmdb" in found.kind:
            whole = found.kind == "whole lmdb"
            keys, labels = readers.lsun_keys(found.paths[0], whole), None
            positions = readers.choose_split(keys, "all" if whole else split, entry.test_share)
            total, chosen = len(positions), choose(len(positions), limit, seed)
            _fits_memory(len(chosen), size)
            images = readers.read_lsun(found.paths[0], positions[chosen], size)
        else:
            images, labels = read_files(entry, found, split)
            total, chosen = len(images), choose(len(images), limit, seed)
            images = readers.resize(images if len(chosen) == total else images[chosen], size)
    except DamagedFile as error:
        raise LabkitError(f"{error} {_fix(entry, found)}") from error
    return ImageSet(images, None if labels is None else labels[chosen],
                    {key: values[chosen] for key, values in factors.items()} or None, entry.name, split,
                    shown(entry, found), entry.licence, False, classes, entry.title), total


def read_files(entry: Entry, found: Found, split: str) -> tuple[np.ndarray, np.ndarray]:
    """Read idx, npz, cifar or svhn whole: uint8 (N, height, width, channels), int64 labels (N,).

    Raises DamagedFile when it is another set or split, or images and labels do not fit together. Fewer images than
    published are allowed: someone may have made the set smaller on purpose.
    """
    path = found.paths[0]
    if found.kind == "idx":
        contents = [readers.idx_content(path) for path in found.paths]
        known = {file.crc32: (other, file.name) for other in catalogue.ENTRIES.values() for file in other.files}
        for path, content in zip(found.paths, contents, strict=True):
            name = path.name.removesuffix(".gz") + ".gz"
            other, right = known.get(zlib.crc32(content), (entry, name))
            if (other.name, right) != (entry.name, name):
                raise DamagedFile(f"{path} holds {other.title}'s {right}, not {entry.title}'s {name}.")
        images, labels = readers.read_idx(found.paths, contents)
    elif found.kind == "npz":
        images, labels = readers.read_npz(path, split)
    else:
        images, labels = readers.read_cifar(found.paths) if found.kind == "cifar" else readers.read_svhn(path)
    for other, count in entry.counts.items():
        if other != split and len(images) == count:
            raise DamagedFile(f"{path} holds {len(images):,} images, as many as {entry.title}'s {other} split, where "
                              f"the {split} split is expected: two files were swapped.")
    return images, labels


def _members(folder, entry: Entry, split: str):
    """Return the pictures of a folder that belong to a split: paths, labels (or None), class names (or None), factors.

    A set's own rules: rooms are told apart by folder or by file name, tiles of one photograph and pictures of one
    person stay in one split. Raises LabkitError when a split is empty.
    """
    if entry.name not in catalogue.ENTRIES and split in ("train", "test") and (folder / split).is_dir():
        folder, split = folder / split, "all"  # it is divided already
    paths = readers.find_pictures(folder)
    if not paths:
        raise LabkitError(f"There are no pictures in {folder}: {', '.join(readers.SUFFIXES)} files are looked for.")
    classes, kept, factors = None, None, {}
    if entry.name in ("bedrooms", "rooms"):
        kinds = entry.class_names or ("bedroom",)
        # The published folder of houses mixes all rooms: 12_bedroom.jpg, 12_frontal.jpg …
        named = {path: kind for path in paths for kind in kinds
                 if path.stem.endswith(f"_{kind}") or kind in (part.lower() for part in path.parent.parts)}
        paths = [path for path in paths if path in named] or paths
        classes, kept = entry.class_names, [kinds.index(named.get(path, kinds[0])) for path in paths]
    groups = tops = [path.relative_to(folder).as_posix() for path in paths]
    if entry.name == "photos":
        groups = [_TILE.sub("", path.stem) for path in paths]
        classes, factors = tuple(dict.fromkeys(groups)), {"photograph": groups}
        kept = [classes.index(photo) for photo in groups]
    elif entry.name == "style":
        classes, split, factors = entry.class_names, "all", {"file": [path.stem for path in paths]}
        kept = [int(not path.stem.startswith("style_")) for path in paths]
    elif entry.name == "faces":  # LFW has a folder for each person
        groups = [path.parent.name if path.parent != folder else path.name for path in paths]
    elif entry.name not in catalogue.ENTRIES and all("/" in path for path in tops):  # subfolders are classes
        tops = [path.partition("/")[0] for path in tops]
        classes = tuple(dict.fromkeys(tops)) if len(set(tops)) > 1 else None
        kept = classes and [classes.index(top) for top in tops]
    chosen = readers.choose_split(groups, split, entry.test_share)
    if not len(chosen):
        raise LabkitError(f"{folder} holds too few pictures for a split {split!r} ({len(paths)}): use split='all'.")
    return ([paths[i] for i in chosen], None if classes is None else np.array(kept, np.int64)[chosen], classes,
            {key: np.array(values)[chosen] for key, values in factors.items()})


def _stand_in(entry, split, limit, size, seed):
    from labkit.datasets import stand_ins

    images, labels, factors, source = stand_ins.make(entry, split, limit)
    total, chosen, size = len(images), choose(len(images), limit, seed), size or entry.shape[:2]
    _fits_memory(len(chosen), size)
    images = readers.resize(images if len(chosen) == total else images[chosen], size)
    return ImageSet(images, None if labels is None else labels[chosen], factors, entry.name, split, source,
                    entry.stand_in_licence, True, None if labels is None else entry.class_names, entry.stand_in), total


def _fits_memory(count, size):
    need, free = 3 * count * int(np.prod(size or 1)), psutil.virtual_memory().available
    if need > free / 2:
        raise LabkitError(f"{count:,} images of {'x'.join(map(str, size))} take {need / 1e9:.1f} GB; "
                          f"{free / 1e9:.1f} GB of memory are free. Ask for fewer or smaller ones, for instance "
                          f"limit={max(1, count // 10)} or size=64.")


def _fix(entry, found):
    """Say what to type when what was found is no good."""
    path = found.paths[0]
    if path.is_relative_to(catalogue.DEBIAN):
        return "Install it again: apt-get install --reinstall dataset-fashion-mnist"
    if found.kind == "images":
        return "Delete it or replace it, then load again."
    if path.is_relative_to(files.cache()):
        return f"Fetch it again: labkit data fetch {entry.name} --force"
    return f"Delete it, then: labkit data fetch {entry.name}"


def _get(entry):
    return f"labkit data fetch {entry.name}" if entry.files else f"put pictures into {readable(home_of(entry))}"


def _refusal(entry, reason):
    first = "unset LABKIT_OFFLINE, then " if download.offline() and entry.files else ""
    return (f"{entry.title} is not here ({reason}), and a stand-in was refused. To get it: {first}{_get(entry)}."
            f"{f' {entry.by_hand}' if entry.by_hand else ''} To go on without it: stand_in=\"allow\".")
