"""Is what lies here what was published? Checksums of the files and, apart from them, the content."""

import dataclasses
import hashlib
import zlib

import numpy as np

from labkit import files
from labkit.datasets import catalogue, places, sets
from labkit.datasets.readers import cifar, idx, pictures
from labkit.datasets.readers.damage import DamagedFile
from labkit.errors import LabkitError


@dataclasses.dataclass(frozen=True, slots=True)
class Finding:
    """One sentence about one file or split: ``ok`` True (as published), False (wrong), None (cannot be told)."""

    about: str
    ok: bool | None
    note: str


@dataclasses.dataclass(frozen=True, slots=True)
class Verification:
    """What was found out about a set: checksums of its files, and the content of its splits.

    ``ok`` is decided by the content: a file that was packed again has another checksum and the same images.
    """

    name: str
    where: str | None
    checksums: tuple[Finding, ...]
    contents: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        return self.where is not None and all(finding.ok is not False for finding in self.contents)


def verify(name: str) -> Verification:
    """Check what lies on this machine of a set; nothing is downloaded. Raises LabkitError for an unknown name."""
    entry = catalogue.entry(name)
    checksums, contents, where = [], [], None
    for split in _splits(entry):
        found = places.find(entry, split)
        if found is None:
            missing = places.missing(entry, split)
            if missing:
                contents.append(Finding(split, False, f"{', '.join(missing)} is missing"))
            elif split in ("train", "test"):
                contents.append(Finding(split, None, "not here"))
            continue
        where = where or places.shown(entry, found)
        if found.kind == "archive":
            digest = files.sha256(found.path)
            published = [file for file in entry.files if file.name == found.path.name]
            same = bool(published) and published[0].sha256 == digest
            note = "as published" if same else "not the published file"
            checksums.append(Finding(found.path.name, same or None, note))
            contents.append(Finding(split, None, "not unpacked yet: `load` does that"))
            continue
        checksums += _checksums(entry, found, split)
        contents.append(_content(entry, found, split))
    return Verification(name, where, tuple(dict.fromkeys(checksums)), tuple(contents))


def _splits(entry):
    if entry.format != "images":
        return entry.splits
    return ("train", "test") if entry.name == "bedrooms" else ("all",)  # LSUN has a database for each split


def _checksums(entry, found, split):
    """Compare the files that a split is read from with the published checksums, where there are any."""
    if found.kind == "idx":
        for name in idx.file_names(split):
            path = places.idx_file(found.path, name)
            if path.suffix == ".gz":
                published = next(file for file in entry.files if file.name == path.name)
                yield _compare(path.name, files.sha256(path), published.sha256)
            else:
                yield Finding(path.name, None, "unpacked: no checksum is published")
    elif found.kind == "cifar":
        for name in cifar.BATCHES[split]:
            path = found.path / name
            if not path.is_file():
                yield Finding(f"{name}.bin", None, "no checksum is published for its parts")
                continue
            with open(path, "rb") as file:
                digest = hashlib.file_digest(file, "md5").hexdigest()
            yield _compare(name, digest, catalogue.CIFAR_MD5[name])
    elif found.kind == "svhn":
        yield _compare(found.path.name, files.sha256(found.path), entry.needed(split)[0].sha256)


def _compare(name, digest, published):
    if digest == published:
        return Finding(name, True, "checksum as published")
    return Finding(name, None, "another checksum than the published file: packed again, or changed")


def _content(entry, found, split):
    try:
        size = entry.shape[:2]
        if found.kind == "lmdb":
            arrays, total = sets.read(entry, found, split, 1000, size, 0, keep=False)
            return Finding(split, None, f"{total:,} pictures; {len(arrays['images']):,} of them decoded")
        if found.kind == "images":
            return _pictures(entry, found, split)
        arrays, total = sets.read(entry, found, split, None, size, 0, keep=False)
    except LabkitError as error:
        return Finding(split, False, str(error))
    shape = "x".join(map(str, arrays["images"].shape[1:]))
    if total != entry.counts[split]:
        return Finding(split, False, f"{total:,} images {shape}; {entry.counts[split]:,} are published")
    histogram = np.bincount(arrays["labels"], minlength=len(entry.class_names))
    if split in entry.histogram and tuple(histogram) != entry.histogram[split]:
        return Finding(split, False, f"{total:,} images {shape}, but another number of each class than published: "
                       f"{', '.join(map(str, histogram))}")
    return _digest(entry, found, split, arrays, f"{total:,} images {shape}, {len(histogram)} classes as published")


def _digest(entry, found, split, arrays, note):
    """Compare the pixels with those that were published, in whatever file and order they come."""
    if found.kind == "idx":
        expected = {file.name: file.crc32 for file in entry.needed(split)}
        same = all(zlib.crc32(idx.content(places.idx_file(found.path, name))) == expected[f"{name}.gz"]
                   for name in idx.file_names(split))
    elif split in entry.content:
        same = digest(arrays["images"], arrays["labels"]) == entry.content[split]
    else:
        return Finding(split, None, note)
    if not same:
        return Finding(split, False, f"{note}, but other pixels or labels than the published ones")
    return Finding(split, True, f"{note}; every pixel and label is the published one")


def digest(images, labels) -> int:
    """Return a digest of images (uint8, N first) with their labels that does not depend on their order."""
    return sum(zlib.crc32(image.tobytes() + bytes([label])) for image, label in zip(images, labels, strict=True))


def _pictures(entry, found, split):
    paths, labels, classes = sets.members(found.path, entry, split)
    sizes, broken = {}, []
    for path in paths:
        try:
            picture = pictures.decode(path)
            sizes[picture.size] = sizes.get(picture.size, 0) + 1
        except DamagedFile:
            broken.append(path.name)
    if broken:
        some = ", ".join(broken[:5]) + (" …" if len(broken) > 5 else "")
        return Finding(split, False, f"{len(broken):,} of {len(paths):,} pictures cannot be read: {some}. "
                       "Delete or replace them.")
    common = max(sizes, key=sizes.get)
    note = f"{len(paths):,} pictures, all readable, {'' if len(sizes) == 1 else 'most '}{common[0]}x{common[1]}"
    if labels is not None and entry.name != "style":
        note += f", {len(classes)} {'photographs' if entry.name == 'photos' else 'classes'}"
    return Finding(split, None, f"{note}; no checksums are published")
