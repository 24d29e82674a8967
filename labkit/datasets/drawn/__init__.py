"""Drawn stand-ins: pictures of the same shape and the same classes as a real set, made here, with every cause known.

They are for a computer that has neither the real set nor a way to fetch it, and for one thing that no real set can
offer: each picture comes with its *factors of variation* (digit, font, colours, blur, pose ...), so that one can count
exactly which modes a generator has covered and which it has dropped. They are no substitute for real data in a result.

>>> images, labels, factors = draw("svhn", 100)
>>> images.shape, images.dtype, factors["font"].shape
((100, 32, 32, 3), dtype('uint8'), (100,))
"""

import random
from importlib import import_module

import numpy as np

from labkit.errors import LabkitError

_MODULES = {
    "fashion_mnist": "garments",
    "mnist": "handwriting",
    "cifar10": "scenes",
    "svhn": "housenumbers",
    "bedrooms": "bedrooms",
    "rooms": "rooms",
    "faces": "faces",
    "style": "paintings",
}
# What they are built from: handwriting; housenumbers (glyphs, walls); garments (footwear, bags); scenes (sheet,
# grounds, vehicles, craft, beasts, beastfaces, smallbeasts); bedrooms and rooms (space, geometry, materials, shell,
# furniture, kitchen, bathroom, camera); faces (head, hair); paintings (motifs); all of them: paint.

_SPLITS = ("train", "test")


def names() -> tuple[str, ...]:
    """Return the names of the sets that can be drawn."""
    return tuple(_MODULES)


def shape(name: str) -> tuple[int, int, int]:
    """Return (height, width, channels) of one drawn picture. Raises LabkitError for an unknown name."""
    return _module(name).SHAPE


def classes(name: str) -> tuple[str, ...] | None:
    """Return the class names, index = label, or None for a set without labels. Raises LabkitError if unknown."""
    return _module(name).CLASSES


def draw(name: str, n: int, seed: int = 0, split: str = "train"):
    """Draw the first ``n`` pictures of a stand-in.

    Picture ``i`` depends on (name, split, seed, i) alone, so ten pictures are the first ten of a hundred. Labels come
    in shuffled blocks that hold each class once, so every multiple of the number of classes is exactly balanced.
    Other versions of Pillow or NumPy may differ in single grey levels.

    Args:
        name: one of ``names()``.
        n: how many, at least 0.
        seed: any integer; another seed draws another set of the same kind.
        split: "train" or "test"; the two share no picture.

    Returns:
        images: uint8 (n, height, width, channels), 0 to 255.
        labels: int64 (n,), or None for bedrooms, faces and style.
        factors: dict from factor name to an array of length n (integers, floats or strings).

    Raises:
        LabkitError: unknown name or split, negative n.
    """
    module = _module(name)
    if split not in _SPLITS:
        raise LabkitError(f'There is no split {split!r} of {name}: choose split="train" or split="test".')
    if n < 0:
        raise LabkitError(f"n={n} pictures cannot be drawn: choose n=0 or more.")
    images = np.empty((n, *module.SHAPE), np.uint8)
    labels = None if module.CLASSES is None else np.empty(n, np.int64)
    rows = []
    for i in range(n):
        label = None if labels is None else _label(f"{name}/{split}/{seed}", i, len(module.CLASSES))
        images[i], factors = module.picture(random.Random(f"{name}/{split}/{seed}/{i}"), label)
        rows.append(factors)
        if labels is not None:
            labels[i] = label
    if not rows:  # the names of the factors, with nothing in them
        keys = module.picture(random.Random(0), None if labels is None else 0)[1]
        return images, labels, {key: np.empty(0, np.asarray(value).dtype) for key, value in keys.items()}
    return images, labels, {key: np.array([row[key] for row in rows]) for key in rows[0]}


def _module(name):
    if name not in _MODULES:
        raise LabkitError(f"No stand-in is drawn for {name!r}. There are: {', '.join(_MODULES)}.")
    return import_module(f"{__name__}.{_MODULES[name]}")


def _label(key, i, count):
    order = list(range(count))
    random.Random(f"{key}/block/{i // count}").shuffle(order)
    return order[i % count]
