"""What is shown where a set is not to be had: drawings, and the photographs that other packages bring along."""

import hashlib
import importlib.util
import sys
from pathlib import Path

import numpy as np

from labkit.datasets import decoded, download
from labkit.datasets.catalogue import Entry
from labkit.datasets.readers import pictures

# File → photographer and terms, as the two packages state them. They lie in the packages' wheels: no download.
SHIPPED = {
    "skimage/data/astronaut.png": "NASA, public domain",
    "skimage/data/chelsea.png": "Stefan van der Walt, CC0",
    "skimage/data/coffee.png": "Rachel Michetti, CC0",
    "skimage/data/hubble_deep_field.jpg": "NASA, public domain",
    "skimage/data/rocket.jpg": "SpaceX, public domain",
    "sklearn/datasets/images/china.jpg": "danielbuechele, CC BY 2.0",
    "sklearn/datasets/images/flower.jpg": "vultilion, CC BY 2.0",
}
TILE, STRIDE, MOST = 256, 128, 9
# The Hubble picture is mostly black: no photograph to repaint.
_NOT_TO_REPAINT = "hubble_deep_field"


def shipped() -> list[Path]:
    """Return the photographs in scikit-image's and scikit-learn's wheels that are there."""
    paths = []
    for name in SHIPPED:
        package, _, rest = name.partition("/")
        spec = importlib.util.find_spec(package)  # finds the folder without importing the package
        for place in spec.submodule_search_locations if spec else ():
            if (path := Path(place, rest)).is_file():
                paths.append(path)
    return paths


def tiles(split: str, share: float) -> tuple[np.ndarray, np.ndarray, tuple[str, ...]]:
    """Cut the shipped photographs into overlapping tiles.

    At most nine of each, evenly spread, and the whole picture once: the largest shall not outweigh the others.
    Returns uint8 (N, 256, 256, 3), int64 labels (the photograph, N) and the photographs' names. A photograph is
    in the training or the test split, never in both.
    """
    paths = shipped()
    names = tuple(path.stem for path in paths)
    images, labels = [], []
    for label in pictures.choose_split(list(names), split, share):
        photo = np.asarray(pictures.decode(paths[label]))
        height, width = photo.shape[:2]
        cut = [photo[top:top + TILE, left:left + TILE] for top in range(0, height - TILE + 1, STRIDE)
               for left in range(0, width - TILE + 1, STRIDE)]
        cut = [cut[i] for i in sorted({round(k * (len(cut) - 1) / (MOST - 1)) for k in range(MOST)})]
        cut.append(pictures.resize(photo[None], (TILE, TILE))[0])
        images += cut
        labels += [label] * len(cut)
    return np.stack(images), np.array(labels, np.int64), names


def make(entry: Entry, split: str, limit: int | None, quiet: bool) -> dict:
    """Return a stand-in's arrays: "images" uint8 NHWC, "labels" int64 or missing, "factor:NAME" arrays.

    Drawings are kept in the cache folder, because drawing thousands takes a while; with ``limit`` only so many are
    drawn, the first of the set: picture i is the same however many are drawn.
    """
    if entry.name == "photos":
        images, labels, names = tiles(split, entry.test_share)
        return {"images": images, "labels": labels, "factor:photograph": np.array(names)[labels],
                "class_names": names}
    part = {"all": "train", "extra": "train"}.get(split, split)
    count = entry.drawn.get(split, entry.drawn["train"])
    if limit is not None and entry.name != "style":
        count = min(count, limit)
    arrays = _drawn(entry, part, count, quiet)
    if entry.name == "style":
        return _style(arrays["images"])
    if split == "all":
        more = _drawn(entry, "test", max(1, round(count * entry.test_share)), quiet)
        arrays = {key: np.concatenate([arrays[key], more[key]]) for key in arrays}
    return arrays


def _drawn(entry, split, count, quiet):
    from labkit.datasets import drawn

    sources = sorted(Path(drawn.__file__).parent.glob("*.py"))
    stamp = hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()
    name = f"drawn-{entry.name}-{split}"
    kept = decoded.read(name, stamp)
    if kept is not None and len(kept["images"]) >= count:
        return {key: values[:count] for key, values in kept.items()}
    if not quiet and count >= 500 and download.attended():
        print(f"Drawing {count:,} pictures, once …", file=sys.stderr)
    images, labels, factors = drawn.draw(entry.name, count, 0, split)
    arrays = {"images": images} | {f"factor:{key}": np.asarray(values) for key, values in factors.items()}
    if labels is not None:
        arrays["labels"] = labels
    decoded.write(name, stamp, arrays)
    return arrays


def _style(paintings):
    photos = [path for path in shipped() if path.stem != _NOT_TO_REPAINT]
    size = paintings.shape[1:3]
    photographs = pictures.read(photos, size)
    names = [f"style_drawn_{i + 1}" for i in range(len(paintings))] + [f"content_{path.stem}" for path in photos]
    labels = np.array([0] * len(paintings) + [1] * len(photos), np.int64)
    return {"images": np.concatenate([paintings, photographs]), "labels": labels, "factor:file": np.array(names)}
