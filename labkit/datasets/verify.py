"""Is what lies here what was published? The content decides: a file that was packed again has another checksum."""

import zlib

from labkit import files
from labkit.datasets import catalogue, loading, readers
from labkit.errors import LabkitError


def verify(name: str) -> tuple[bool | None, list[str]]:
    """Check what lies on this machine of a set: None where it is not here, else whether all of it is right; and a
    sentence about each split. Nothing is downloaded. Raises LabkitError for an unknown name."""
    entry, verdict, said = catalogue.entry(name), None, []
    for split in entry.counts if entry.format != "images" else ("all",):
        found, absent = catalogue.find(entry, split), catalogue.missing(entry, split)
        if found or absent:
            try:
                words, right = _content(entry, *found, split) if found else (f"{', '.join(absent)} is missing", False)
            except LabkitError as error:
                words, right = str(error), False
            verdict = right and verdict is not False
        else:
            words = "not here"
        said.append(f"{split}: {words}")
    return verdict, said


def _content(entry, kind, paths, split):
    if kind == "archive":
        return "not unpacked yet: `load` does that", True
    if entry.format == "images":
        number = len(loading.load(entry.name, split, size=8, stand_in="refuse", max_download=0, quiet=True))
        return f"{number:,} pictures, all readable; no checksums are published", True
    images, labels = loading.read_files(entry, kind, paths, split)
    note = f"{len(images):,} images {'x'.join(map(str, images.shape[1:]))}"
    if len(images) != entry.counts[split]:
        return f"{note}; {entry.counts[split]:,} are published", False
    known = {file.name: file for file in entry.files}
    if kind == "idx":
        right = all(zlib.crc32(readers.idx_content(path)) == known[path.name].crc32 for path in paths)
    elif kind == "svhn":
        right = files.sha256(paths[0]) == known[paths[0].name].sha256
    else:  # whatever the order of the images
        right = entry.content[split] == sum(
            zlib.crc32(image.tobytes() + bytes([label])) for image, label in zip(images, labels, strict=True))
    return f"{note}; " + ("every pixel and label is the published one" if right else
                          "other pixels or labels than the published ones"), right
