"""``datasets.load``: from a name to images, wherever they are found."""

import difflib
import operator
import os
from pathlib import Path

import numpy as np

from labkit import files
from labkit.datasets import archives, catalogue, download, hosts, places, sets, standins
from labkit.datasets.catalogue import Entry
from labkit.datasets.imageset import ImageSet
from labkit.datasets.places import Found
from labkit.datasets.readers import pictures
from labkit.datasets.readers.damage import DamagedFile
from labkit.errors import LabkitError

FOLDER_SPLITS = ("train", "test", "all")


def load(name, split: str = "train", limit: int | None = None, size=None, seed: int = 0, stand_in: str = "allow",
         max_download: int | None = None, quiet: bool = False) -> ImageSet:
    """Load an image set: from this machine, by a download, or as a drawn stand-in. One printed line says which.

    Looked for in this order: the set's folder in ``$LABKIT_DATA`` or ``data/cache`` (official format), Debian's
    ``/usr/share/datasets``, Keras' own cache; a download from the official source, its checksum verified before use;
    a stand-in of the same shape and classes.

    Args:
        name: one of ``datasets.names()``, or a folder of pictures (a path; jpg, png, webp, bmp, gif, tiff). A folder's
            subfolders are its classes; subfolders named train and test are its splits.
        split: "train" or "test"; SVHN has "extra", folders and sets that come as folders have "all". Folders are
            divided by SHA-256 of the file names: one in ten is for testing (of ``photos`` one photograph in five).
        limit: at most so many images: a choice that depends on ``seed`` alone, in the set's order; a larger limit
            contains a smaller one. Of a stand-in, the first ones.
        size: height and width in pixels, as a number or a pair: the middle is cropped and resized. Default: the
            catalogue's shape; the pictures' own in a folder of yours, if they all have the same.
        seed: of the choice that ``limit`` makes.
        stand_in: "allow", or "refuse" for a LabkitError when the real set is not to be had, or "only" for the stand-in
            although the real set is there (its factors make mode coverage countable).
        max_download: bytes that may be downloaded unasked; None: 300 MB; 0: nothing.
        quiet: print nothing.

    Returns:
        ImageSet with uint8 images (N, height, width, channels), 0 … 255, and int64 labels (N,) or None.

    Raises:
        LabkitError: an unknown name (with the nearest) or split, a wrong argument, a file that is damaged, cut short
            or another than its name says (with the file and what to type), or no real set and no stand-in allowed.
    """
    limit, size, seed = _checked(limit, size, seed, stand_in, max_download)
    if (folder := _as_folder(name)) is not None:
        loaded, total = _load_folder(folder, split, limit, size, seed)
        words = f"images from {places.readable(folder)}"
    else:
        entry = catalogue.entry(name)
        catalogue.check_split(entry, split)
        found, reason = (None, None) if stand_in == "only" else _locate(entry, split, max_download, quiet)
        if found is not None:
            loaded, total = _load_found(entry, found, split, limit, size, seed)
            words = f"images from {places.shown(entry, found)}"
        elif stand_in == "refuse":
            raise LabkitError(_refusal(entry, reason))
        else:
            loaded, total = _load_stand_in(entry, split, limit, size, seed, quiet)
            words = f"images in place of {entry.title}" + (
                f": {reason}. The real ones: {_get(entry)}" if reason else ", as asked for")
    if not quiet:
        part = f"{len(loaded):,} " + (words if total == len(loaded) else f"{words} (of {total:,})")
        print(f"{loaded.title}, {split}: {part}")
    return loaded


def fetch(name: str, splits=None, force: bool = False, max_download: int | None = None,
          quiet: bool = False) -> list[Path]:
    """Download a set's published files into the cache folder; return the paths of what was written.

    splits: names of splits; default: "train" and "test", as far as the set has them. force: also what is there
    already, which is replaced only when the new file is whole. max_download: bytes; None: 2 GB. Raises LabkitError
    when a set is not published for download (with what to do by hand), is too large, or cannot be had.
    """
    entry = catalogue.entry(name)
    wanted_splits = tuple(splits) if splits else entry.usual_splits
    for split in wanted_splits:
        catalogue.check_split(entry, split)
    if not entry.files:
        raise LabkitError(f"{entry.title} cannot be fetched: no server gives it out as one checked file. "
                          f"{entry.by_hand} The folder is {places.home_of(entry)}")
    limit = 2_000_000_000 if max_download is None else max_download
    wanted = [file for file in entry.files if set(file.splits) & set(wanted_splits)]
    if splits is None:  # without a split in so many words, leave out what is too large
        wanted = [file for file in wanted if (file.size or download.UNKNOWN) <= limit] or wanted
    if large := [file for file in wanted if (file.size or download.UNKNOWN) > limit]:
        megabytes = -(-sum(file.size or download.UNKNOWN for file in large) // 1_000_000)
        raise LabkitError(f"{large[0].name} has {download.megabytes(large[0].size)}. If you want that: "
                          f"labkit data fetch {entry.name} --split {large[0].splits[0]} --max-size {megabytes}")
    return download.fetch(entry, wanted, force=force, insist=True, quiet=quiet)


def _checked(limit, size, seed, stand_in, max_download):
    if stand_in not in ("allow", "refuse", "only"):
        raise LabkitError(f'stand_in must be "allow", "refuse" or "only", not {stand_in!r}.')
    limit = None if limit is None else _whole(limit, "limit", 1)
    if max_download is not None:
        _whole(max_download, "max_download", 0)
    if size is not None:
        pair = tuple(size) if isinstance(size, tuple | list | np.ndarray) else (size, size)
        if len(pair) != 2:
            raise LabkitError(f"size must be a number of pixels or (height, width), not {size!r}.")
        size = tuple(_whole(side, "size", 1) for side in pair)
    return limit, size, _whole(seed, "seed", 0)


def _whole(value, name, least):
    try:
        number = operator.index(value)
    except TypeError:
        number = None
    if number is None or isinstance(value, bool) or number < least:
        raise LabkitError(f"{name} must be a whole number, {least} or more, not {value!r}.")
    return number


def _as_folder(name):
    """Return the folder that a name means, or None when it is to be looked up in the catalogue."""
    if not isinstance(name, str | os.PathLike):
        raise LabkitError(f"The name of an image set is a text or a folder's path, not {name!r}.")
    if isinstance(name, str) and name in catalogue.ENTRIES:
        return None
    folder = Path(name).expanduser()
    if folder.is_dir():
        return folder
    if isinstance(name, str) and not any(mark in name for mark in ("/", os.sep)) and not name.startswith(("~", ".")):
        return None
    if folder.is_file():
        raise LabkitError(f"{folder} is a file; give the folder that holds the pictures: {folder.parent}")
    near = difflib.get_close_matches(folder.name, [path.name for path in folder.parent.iterdir()]
                                     if folder.parent.is_dir() else [], n=1)
    raise LabkitError(f"There is no folder {folder}." + (f" Did you mean {folder.parent / near[0]}?" if near else ""))


def _locate(entry: Entry, split, max_download, quiet) -> tuple[Found | None, str | None]:
    """Find a split here or download it; else return None and the reason in words."""
    found = places.find(entry, split)
    reason = None
    if found is None:
        reason = download.obtain(entry, split, max_download, quiet)
        found = places.find(entry, split)
        if found is None and (missing := places.missing(entry, split)):
            reason = f"{', '.join(missing)} is missing in {places.readable(places.home_of(entry))}, and {reason}"
    if found is not None and found.kind == "archive":
        with_fix = _fix(entry, found)
        try:
            archives.unpack(found.path, places.home_of(entry))
        except DamagedFile as error:
            raise LabkitError(f"{error} {with_fix}") from error
        found = places.find(entry, split)
        if found is None or found.kind == "archive":
            raise LabkitError(f"{places.home_of(entry)} holds an archive without {entry.title}'s files. {with_fix}")
    return found, reason


def _load_found(entry, found, split, limit, size, seed):
    try:
        arrays, total = sets.read(entry, found, split, limit, size or entry.shape[:2], seed)
    except DamagedFile as error:
        raise LabkitError(f"{error} {_fix(entry, found)}") from error
    return _image_set(entry, arrays, split, places.shown(entry, found), False), total


def _load_stand_in(entry, split, limit, size, seed, quiet):
    arrays = standins.make(entry, split, limit, quiet)
    total = len(arrays["images"])
    if (chosen := sets.choose(total, limit, seed)) is not None:  # drawings come as many as were asked for
        arrays = {key: values if key == "class_names" else values[chosen] for key, values in arrays.items()}
    size = size or entry.shape[:2]
    sets.fits_memory(len(arrays["images"]), (*size, entry.shape[2]))
    arrays["images"] = pictures.resize(arrays["images"], size)
    source = "scikit-image and scikit-learn" if entry.name == "photos" else "drawn by labkit.datasets.drawn"
    return _image_set(entry, arrays, split, source, True), total


def _image_set(entry, arrays, split, source, is_stand_in):
    factors = {key.removeprefix("factor:"): values for key, values in arrays.items() if key.startswith("factor:")}
    licence = "MIT (drawn by this project)" if is_stand_in else entry.licence
    if is_stand_in and entry.name in ("photos", "style"):
        licence = "; ".join(f"{Path(file).stem}: {terms}" for file, terms in standins.SHIPPED.items())
    return ImageSet(arrays["images"], arrays.get("labels"), factors or None, entry.name, split, source, licence,
                    is_stand_in, arrays.get("class_names", entry.class_names),
                    entry.stand_in if is_stand_in else entry.title)


def _load_folder(folder, split, limit, size, seed):
    if split not in FOLDER_SPLITS:
        raise LabkitError(f"A folder of pictures has no split {split!r}: choose one of {', '.join(FOLDER_SPLITS)}.")
    own = split in ("train", "test") and (folder / split).is_dir()  # the folder is divided already
    try:
        paths, labels, classes = sets.members(folder / split if own else folder, None, "all" if own else split)
        chosen = sets.choose(len(paths), limit, seed)
        wanted = paths if chosen is None else [paths[i] for i in chosen]
        size = size or pictures.common_size(wanted)
        sets.fits_memory(len(wanted), (*size, 3))
        images = pictures.read(wanted, size)
    except DamagedFile as error:
        raise LabkitError(f"{error} Delete it or replace it, then load again.") from error
    labels = labels if labels is None or chosen is None else labels[chosen]
    return ImageSet(images, labels, None, str(folder), split, places.readable(folder), "your own pictures", False,
                    classes, folder.resolve().name), len(paths)


def _fix(entry, found):
    """Say what to type when what was found is no good."""
    if found.path.is_relative_to(files.cache()):
        if entry.files and found.kind != "images":
            return f"Fetch it again: labkit data fetch {entry.name} --force"
        return "Delete it or replace it, then load again."
    if found.path.is_relative_to(places.DEBIAN):
        return "Install it again: apt-get install --reinstall dataset-fashion-mnist"
    return f"Delete it, then: labkit data fetch {entry.name}"


def _get(entry):
    if entry.files:
        return f"labkit data fetch {entry.name}"
    return f"put pictures into {places.readable(places.home_of(entry))}"


def _refusal(entry, reason):
    by_hand = "" if entry.files and not entry.by_hand else f" {entry.by_hand}"
    offline = "unset LABKIT_OFFLINE, then " if hosts.offline() and entry.files else ""
    return (f"{entry.title} is not here ({reason}), and a stand-in was refused. To get it: {offline}{_get(entry)}."
            f"{by_hand} To go on without it: stand_in=\"allow\".")
