"""``datasets.load``: from a name to images, wherever they are found."""

import dataclasses
import difflib
import os
import re
import zlib
from functools import partial
from pathlib import Path

import numpy as np

from labkit.datasets import catalogue, readers
from labkit.datasets.catalogue import Entry, readable, shown
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

    Looked for in ``$LABKIT_DATA`` or ``data/cache`` (official format), in what ships in ``data``; then downloaded, its
    checksum verified; then replaced.

    name: one of ``datasets.names()``, or a folder of pictures (a path), whose subfolders are its classes, or, named
        train and test, its splits.
    split: "train" or "test"; SVHN has "extra", folders have "all". Folders are divided by SHA-256 of the file names:
        one in ten is for testing (of ``photos`` one photograph in five).
    limit: at most so many images: a choice that depends on ``seed`` alone, in the set's order; a larger limit contains
        a smaller one. Of drawings, the first ones.
    size: height and width in pixels, a number or a pair: the middle is cropped and resized. Default: the catalogue's
        shape; the pictures' own in a folder of yours, if they all have the same.
    stand_in: "allow"; "refuse" for a LabkitError when the real set is not to be had; "only" although it is there.
    max_download: bytes that may be downloaded unasked; None: 300 MB; 0: nothing.

    Raises LabkitError for an unknown name or split, a wrong argument, a file that is damaged, cut short or another than
    its name says (with the file and what to type), or no real set and no stand-in allowed.
    """
    size = _checked(limit, size, seed, stand_in, max_download)
    entry, found, reason = _locate(name, split, stand_in, max_download, quiet)
    if found is None and (stand_in == "refuse" or not entry.stand_in):
        first = "unset LABKIT_OFFLINE, then " if catalogue.offline() and entry.files else ""
        by_hand, reason = (f" {entry.by_hand}" if entry.by_hand else ""), (f" ({reason})" if reason else "")
        without = (", and a stand-in was refused", ' To go on without it: stand_in="allow".') if entry.stand_in else (
            ", and there is no stand-in", "")
        raise LabkitError(f"{entry.title} is not here{reason}{without[0]}. To get it: {first}{_get(entry)}.{by_hand}"
                          f"{without[1]}")
    size = size or entry.shape[:2] or None
    try:
        if found:
            items, read, labels, classes, factors = _real(entry, *found, split)
        else:
            from labkit.datasets import shapes  # which needs matplotlib

            items, read, labels, classes, factors = shapes.stand_in(entry, split, limit)
        chosen, count = slice(None), min(len(items), limit or len(items))
        if count < len(items):
            chosen = np.sort(np.random.default_rng(seed).permutation(len(items))[:count])
        images = read(items[chosen], size)
    except DamagedFile as error:
        fix = "Delete it or replace it, then load again." if found[0] == "images" else catalogue.again(entry)
        raise LabkitError(f"{error} {fix}") from error
    if found:
        where, licence, title = shown(entry, found[1][0]), entry.licence, entry.title
        words = f"images from {where}"
    else:
        where, licence, title = f"in place of {entry.title}", entry.stand_in_licence, entry.stand_in
        words = f"images {where}" + (f": {reason}. The real ones: {_get(entry)}" if reason else ", as asked for")
    if not quiet:
        print(f"{title}, {split}: {count:,} {words}" + (f" (of {len(items):,})" if count < len(items) else ""))
    return ImageSet(images, None if labels is None else labels[chosen],
                    {key: values[chosen] for key, values in factors.items()} or None, entry.name, split, where, licence,
                    not found, classes, title)


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
    folder = Path(name).expanduser()
    if name in catalogue.ENTRIES or not (folder.is_dir() or os.sep in str(name) or str(name)[0] in "~./"):
        return None
    if folder.is_file():
        raise LabkitError(f"{folder} is a file; give the folder that holds the pictures: {folder.parent}")
    if not folder.is_dir():
        near = difflib.get_close_matches(folder.name, [path.name for path in folder.parent.glob("*")], n=1)
        hint = f" Did you mean {folder.parent / near[0]}?" if near else ""
        raise LabkitError(f"There is no folder {folder}.{hint}")
    folder, splits = folder.resolve(), dict.fromkeys(("train", "test", "all"))
    return Entry(str(folder), folder.name, "", "your own pictures", (), "images", splits)


def _locate(name, split, stand_in, max_download, quiet):
    """Find a split here or download it: the entry, where it is, or None and the reason in words."""
    if (entry := _own(name)) is not None:
        return entry.check(split), ("images", (Path(entry.name),)), ""
    entry = catalogue.entry(name).check(split)
    if stand_in == "only":
        return entry, None, ""
    found, reason = catalogue.find(entry, split), ""
    if found is None:
        reason = catalogue.obtain(entry, split, max_download, quiet)
        found = catalogue.find(entry, split)
        if found is None and (missing := catalogue.missing(entry, split)):
            reason = f"{', '.join(missing)} is missing in {readable(entry.home)}; {reason}"
    if found is not None and found[0] == "archive":
        catalogue.unpack(entry, found[1][0])
        found = catalogue.find(entry, split)
    return entry, found, reason


def _real(entry, kind, paths, split):
    """Return a split's items, how to read some of them in a size, labels and class names (or None), factors."""
    if kind == "images":
        pictures, *rest = _members(paths[0], entry, split)
        return np.array(pictures, object), partial(readers.read_pictures, face=entry.name == "faces"), *rest
    if kind == "lmdb":  # LSUN's validation pictures, divided as a folder is
        pairs = readers.lsun(paths[0])
        chosen = readers.choose_split(pairs[:, 0], split, entry.test_share)
        return pairs[chosen], partial(readers.read_lsun, paths[0]), None, None, {}
    if kind == "idx":
        contents = [readers.idx_content(path) for path in paths]
        known = {file.crc32: (other, file.name) for other in catalogue.ENTRIES.values() for file in other.files}
        for path, content in zip(paths, contents, strict=True):
            other, right = known.get(zlib.crc32(content), (entry, path.name))
            if (other.name, right) != (entry.name, path.name):
                raise DamagedFile(f"{path} holds {other.title}'s {right}, not {entry.title}'s {path.name}.")
        images, labels = readers.read_idx(paths, contents)
    else:
        images, labels = readers.read_cifar(paths) if kind == "cifar" else readers.read_svhn(paths[0])
    for other, count in entry.counts.items():  # fewer than published are allowed
        if other != split and len(images) == count:
            raise DamagedFile(f"{paths[0]} holds {len(images):,} images, as many as {entry.title}'s {other} split, "
                              f"where the {split} split is expected: two files were swapped.")
    return images, readers.resize, labels, entry.class_names, {}


def _members(folder, entry: Entry, split: str):
    """Return the pictures of a folder that belong to a split: paths, labels or None, class names or None, factors."""
    name = entry.name if entry.name in catalogue.ENTRIES else "own"
    if name == "own" and split in ("train", "test") and (folder / split).is_dir():
        folder, split = folder / split, "all"  # it is divided already
    paths = readers.find_pictures(folder)
    if not paths:
        raise LabkitError(f"There are no pictures in {folder}: {', '.join(readers.SUFFIXES)} files are looked for.")
    if name in ("bedrooms", "rooms"):  # in a folder, or the published mixture: 12_bedroom.jpg, 12_frontal.jpg …
        rooms = {path: room for path in paths for room in entry.class_names or ("bedroom",)
                 if path.stem.endswith(f"_{room}") or room in (part.lower() for part in path.parent.parts)}
        paths = list(rooms) or paths
    groups, factors = [path.relative_to(folder).as_posix() for path in paths], {}
    kinds = [path.partition("/")[0] for path in groups]  # of one's own folder the subfolders are the classes
    if name == "rooms":
        kinds = [rooms.get(path, "kitchen") for path in paths]
    elif name == "photos":  # tiles of one photograph stay in one split
        groups = kinds = factors["photograph"] = [_TILE.sub("", path.stem) for path in paths]
    elif name == "style":
        split, factors["file"] = "all", [path.stem for path in paths]
        kinds = ["painting" if path.stem.startswith("style_") else "photograph" for path in paths]
    elif name == "faces":  # so do pictures of one person; LFW has a folder for each
        groups = [path.parent.name if path.parent != folder else path.name for path in paths]
    classes = entry.class_names or tuple(dict.fromkeys(kinds))
    flat = len(classes) < 2 or folder in [path.parent for path in paths]
    if name in ("bedrooms", "faces") or (name == "own" and flat):
        classes = None
    chosen = readers.choose_split(groups, split, entry.test_share)
    if not len(chosen):
        raise LabkitError(f"{folder} holds too few pictures for a split {split!r} ({len(paths)}): use split='all'.")
    labels = classes and np.array([classes.index(kinds[i]) for i in chosen], np.int64)
    return [paths[i] for i in chosen], labels, classes, {key: np.array(factors[key])[chosen] for key in factors}


def _get(entry):
    return f"labkit data fetch {entry.name}" if entry.files else f"put pictures into {readable(entry.home)}"
