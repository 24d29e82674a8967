"""What is shown where a set is not to be had: real pictures that ship, or drawings."""

import colorsys
import functools
import math
import random
import tomllib
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from labkit import files
from labkit.datasets import housenumbers, readers
from labkit.datasets.catalogue import Entry

_FINE = 4  # drawn four times finer than stored
_THINGS = [  # outlines of CIFAR-10's classes, in its order
    np.array([point.split(",") for point in text.split()], float) / 10 for text in tomllib.loads(
        Path(__file__).with_name("outlines.toml").read_text(encoding="utf-8"))["things"].values()]


def stand_in(entry: Entry, split: str, limit: int | None):
    """Return a stand-in's images uint8 NHWC, how to resize them, labels int64 (N,) or None, class names or None,
    factors; of drawings the first ``limit`` of the set."""
    if entry.name in _REAL:
        images, labels, factors = *_REAL[entry.name](split), {}
    else:
        part = "test" if split == "test" else "train"
        count = sum(entry.drawn.values()) if split == "all" else entry.drawn[part]
        images, labels, factors = draw(entry.name, min(count, limit or count), 0, part)
    return images, readers.resize, labels, entry.class_names, factors


@functools.lru_cache(maxsize=4)
def draw(name: str, n: int, seed: int = 0, split: str = "train"):
    """Draw the first ``n`` pictures in place of "cifar10", "svhn" or "bedrooms".

    Picture ``i`` depends on (name, split, seed, i) alone. Read-only: images uint8 (n, height, width, 3); labels
    int64 (n,), or None for bedrooms; of svhn the factors, a cause's name → array (n,).
    """
    picture, size, classes = _SETS[name]
    key, rows = f"{name}/{split}/{seed}", []
    images = np.empty((n, size, size, 3), np.uint8)
    labels = np.array([_label(key, i, classes) for i in range(n)], np.int64) if classes else None
    for i in range(n):
        images[i], factors = picture(random.Random(f"{key}/{i}"), int(labels[i]) if classes else None)
        rows.append(factors)
    columns = {factor: np.array([row[factor] for row in rows]) for factor in (rows[0] if rows else ())}
    for array in (images, *columns.values(), *([labels] if classes else [])):
        array.flags.writeable = False
    return images, labels, columns


def _label(key, i, count):
    order = list(range(count))
    random.Random(f"{key}/block/{i // count}").shuffle(order)
    return order[i % count]


def _thing(rng, label):
    hue, ground, scale, tilt = rng.random(), rng.random(), rng.uniform(0.75, 1.05), math.radians(rng.gauss(0, 6))
    place, mirrored = np.array([rng.uniform(-0.12, 0.12), rng.uniform(-0.12, 0.12)]), rng.random() < 0.5
    n = 32 * _FINE
    image = Image.new("RGB", (n, n), _rgb(ground, 0.45, rng.uniform(0.5, 0.9)))
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, n * 0.65, n, n), fill=_rgb(ground + 0.2, 0.4, 0.5))
    c, s = math.cos(tilt), math.sin(tilt)
    outline = _THINGS[label] * ((-1) ** mirrored, 1) * scale @ np.array([[c, s], [-s, c]])
    points = (1 + outline + place) * n / 2
    draw.polygon(points.ravel().tolist(), fill=_rgb(hue, 0.7, rng.uniform(0.5, 1)))
    return _photograph(rng, image, 8), {}


def _room(rng, _):
    wall, bed, window = rng.random(), rng.random(), rng.choice(("left", "right", "none"))
    n, width, h = 128 * _FINE, rng.uniform(0.3, 0.5), rng.uniform(0.5, 0.65)
    h *= n  # where the wall ends
    image = Image.new("RGB", (n, n), _rgb(wall, 0.25, rng.uniform(0.6, 0.95)))
    draw = ImageDraw.Draw(image)
    draw.polygon((0, n, n * 0.2, h, n * 0.8, h, n, n), fill=_rgb(0.08, 0.5, rng.uniform(0.3, 0.6)))
    draw.polygon((0, 0, n * 0.2, n * 0.12, n * 0.2, h, 0, n), fill=_rgb(wall, 0.3, 0.55))
    draw.polygon((n, 0, n * 0.8, n * 0.12, n * 0.8, h, n, n), fill=_rgb(wall, 0.25, 0.7))
    if window != "none":
        x = n * (0.26 if window == "left" else 0.58)
        draw.rectangle((x, n * 0.2, x + n * 0.16, n * 0.42), fill=(235, 240, 250))
    a, b = n * (0.5 - width / 2), n * (0.5 + width / 2)
    draw.rectangle((a, h - n * 0.16, b, h), fill=_rgb(0.07, 0.6, 0.4))
    draw.polygon((a, h, b, h, b + n * 0.1, n * 0.9, a - n * 0.1, n * 0.9), fill=_rgb(bed, 0.6, 0.8))
    draw.rectangle((a + 4, h - n * 0.06, b - 4, h + n * 0.04), fill=(245, 245, 240))
    return _photograph(rng, image, 5), {}


def _rgb(hue, saturation, value):
    return tuple(round(255 * c) for c in colorsys.hsv_to_rgb(hue % 1, saturation, value))


def _photograph(rng, image, grain):
    pixels = np.asarray(image.filter(ImageFilter.GaussianBlur(1.5)).reduce(_FINE), float)
    noise = np.random.default_rng(rng.getrandbits(32)).normal(0, grain, pixels.shape)
    return np.clip(pixels + noise, 0, 255).astype(np.uint8)


def _sample(split):
    """Return Fashion-MNIST's sample: 1,600 of its training pictures, or 400 others of them for testing."""
    stem = {"train": "train", "test": "t10k"}[split]
    return readers.read_idx([files.data() / "fashion_sample" / f"{stem}-{what}-ubyte.gz"
                             for what in ("images-idx3", "labels-idx1")])


def _digits(split):
    """Return scikit-learn's handwritten digits, 8x8, as large as MNIST's; every sixth is for testing."""
    from sklearn.datasets import load_digits

    small, labels = load_digits(return_X_y=True)
    chosen = (np.arange(len(labels)) % 6 == 5) == (split == "test")
    small = np.minimum(small[chosen].reshape(-1, 8, 8, 1) * 16, 255).astype(np.uint8)
    return np.pad(readers.resize(small, (20, 20)), ((0, 0), (4, 4), (4, 4), (0, 0))), labels[chosen].astype(np.int64)


# name → function that draws one picture, its side, number of classes
_SETS = {"cifar10": (_thing, 32, 10), "svhn": (housenumbers.picture, 32, 10), "bedrooms": (_room, 128, 0)}
_REAL = {"fashion_mnist": _sample, "mnist": _digits}
