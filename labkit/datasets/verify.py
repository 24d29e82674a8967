"""Is what lies here what was published? Decided by the content: a file that was packed again has another checksum."""

import hashlib
import zlib

import numpy as np

from labkit import files
from labkit.datasets import catalogue, loading, readers
from labkit.errors import LabkitError


def verify(name: str) -> tuple[bool | None, list[str]]:
    """Check what lies on this machine of a set; nothing is downloaded.

    Returns None where it is not here, else whether all that is here is right; and sentences about its splits and its
    files' checksums. Raises LabkitError for an unknown name.
    """
    entry = catalogue.entry(name)
    verdict, said, same, other = None, [], [], []
    for split in entry.counts if entry.format != "images" else ("all",):
        found, absent = catalogue.find(entry, split), catalogue.missing(entry, split)
        try:
            if found is not None:
                said.append(f"{split}: {_content(entry, found, split)}")
                verdict = verdict is not False
                for path in found.paths if entry.format != "images" else ():
                    (same if _published(entry, path) else other).append(path.name)
            elif absent:
                raise LabkitError(f"{', '.join(absent)} is missing")
            elif split in ("train", "test"):
                said.append(f"{split}: not here")
        except LabkitError as error:
            said.append(f"{split}: {error}")
            verdict = False
    if same:
        said.append(f"checksums as published: {', '.join(same)}")
    if other:
        said.append(f"packed again, hence another checksum: {', '.join(other)}")
    return verdict, said


def _published(entry, path):
    if path.name in entry.md5:
        return hashlib.md5(path.read_bytes()).hexdigest() == entry.md5[path.name]
    return any(file.name == path.name and file.sha256 == files.sha256(path) for file in entry.files)


def _content(entry, found, split):
    """Return a sentence about a split's content; raise LabkitError when it is wrong."""
    if found.kind == "archive":
        return "not unpacked yet: `load` does that"
    if entry.format == "images":
        number = len(loading.load(entry.name, split, size=8, stand_in="refuse", max_download=0, quiet=True))
        return f"{number:,} pictures, all readable; no checksums are published"
    images, labels = loading.read_files(entry, found, split)
    note = f"{len(images):,} images {'x'.join(map(str, images.shape[1:]))}"
    numbers = np.bincount(labels, minlength=len(entry.class_names)).tolist()
    if len(images) != entry.counts[split]:
        raise LabkitError(f"{note}; {entry.counts[split]:,} are published")
    if numbers != entry.histogram.get(split, numbers):
        raise LabkitError(f"{note}, but another number of each class than published: {', '.join(map(str, numbers))}")
    note += f", {len(numbers)} classes as published"
    right = digest(images, labels) == entry.content[split] if split in entry.content else None
    if found.kind == "idx":
        known = {file.name: file.crc32 for file in entry.files}
        right = all(zlib.crc32(readers.idx_content(path)) == known[path.name.removesuffix(".gz") + ".gz"]
                    for path in found.paths)
    if right is False:
        raise LabkitError(f"{note}, but other pixels or labels than the published ones")
    return f"{note}; every pixel and label is the published one" if right else note


def digest(images, labels) -> int:
    """Return a digest of images (uint8, N first) with their labels that does not depend on their order."""
    return sum(zlib.crc32(image.tobytes() + bytes([label])) for image, label in zip(images, labels, strict=True))
