"""Is what lies here what was published? The content decides: a file that was packed again has another checksum."""

import zlib

from labkit import files
from labkit.datasets import catalogue, loading, readers
from labkit.errors import LabkitError


def verify(name: str) -> tuple[bool | None, list[str]]:
    """Check what lies on this machine of a set; nothing is downloaded.

    Returns None where it is not here, else whether all that is here is right; and a sentence about each split. Raises
    LabkitError for an unknown name.
    """
    entry, verdict, said = catalogue.entry(name), None, []
    for split in entry.counts if entry.format != "images" else ("all",):
        found, absent = catalogue.find(entry, split), catalogue.missing(entry, split)
        try:
            if found is not None:
                said.append(f"{split}: {_content(entry, *found, split)}")
                verdict = verdict is not False
            elif absent:
                raise LabkitError(f"{', '.join(absent)} is missing")
            elif split in ("train", "test"):
                said.append(f"{split}: not here")
        except LabkitError as error:
            said.append(f"{split}: {error}")
            verdict = False
    return verdict, said


def _content(entry, kind, paths, split):
    """Return a sentence about a split's content; raise LabkitError when it is wrong."""
    if kind == "archive":
        return "not unpacked yet: `load` does that"
    if entry.format == "images":
        number = len(loading.load(entry.name, split, size=8, stand_in="refuse", max_download=0, quiet=True))
        return f"{number:,} pictures, all readable; no checksums are published"
    images, labels = loading.read_files(entry, kind, paths, split)
    note = f"{len(images):,} images {'x'.join(map(str, images.shape[1:]))}"
    if len(images) != entry.counts[split]:
        raise LabkitError(f"{note}; {entry.counts[split]:,} are published")
    known = {file.name: file for file in entry.files}
    if kind == "idx":
        right = all(zlib.crc32(readers.idx_content(path)) == known[path.name.removesuffix(".gz") + ".gz"].crc32
                    for path in paths)
    elif kind == "svhn":
        right = files.sha256(paths[0]) == known[paths[0].name].sha256
    elif split in entry.content:
        right = digest(images, labels) == entry.content[split]
    else:
        return note
    if not right:
        raise LabkitError(f"{note}, but other pixels or labels than the published ones")
    return f"{note}; every pixel and label is the published one"


def digest(images, labels) -> int:
    """Return a digest of images (uint8, N first) with their labels that does not depend on their order."""
    return sum(zlib.crc32(image.tobytes() + bytes([label])) for image, label in zip(images, labels, strict=True))
