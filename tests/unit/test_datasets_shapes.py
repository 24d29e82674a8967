"""The drawings: what they promise about seeds, shapes, balance and factors; the house numbers to the last bit."""

import hashlib

import numpy as np
import pytest

from labkit.datasets import shapes

DRAWN = {"cifar10": 20, "svhn": 20, "bedrooms": 6}


def digest(values) -> str:
    return hashlib.sha256(values).hexdigest()[:16]


@pytest.mark.parametrize(("split", "seed", "labels", "causes", "pixels", "sums"), [
    ("train", 0, "569ab99305cf4350", "14eddfda8a6c6d84", "1c82574a889e163d", (17131452, 17192446)),
    ("test", 0, "a63dfc37b182791e", "28ac503c962d86aa", "3a1141526fa8ad4d", (16724701, 16783102)),
    ("train", 3, "9493ad41be5a7852", "dc914ed6ef73b5c2", "40835c4e1a0a056d", (16875347, 16934600))])
def test_house_numbers_are_the_ones_that_the_shipped_weights_learnt(split, seed, labels, causes, pixels, sums):
    images, digits, factors = shapes.draw("svhn", 100, seed, split)
    assert digest(digits.tobytes()) == labels
    rounded = {key: values.round(6) if values.dtype.kind == "f" else values for key, values in factors.items()}
    assert digest(repr([(key, values.tolist()) for key, values in rounded.items()]).encode()) == causes
    # Another processor's exp may differ in its last bit, and so a few pixels by one grey level, but no more.
    weights = np.random.default_rng(0).random((2, images.size))
    assert digest(images.tobytes()) == pixels or weights @ images.ravel() == pytest.approx(sums, abs=300)


@pytest.mark.parametrize("name", DRAWN)
def test_the_first_pictures_do_not_depend_on_how_many_are_drawn(name):
    images, labels, factors = shapes.draw(name, DRAWN[name], 3)
    first, first_labels, first_factors = shapes.draw(name, DRAWN[name] // 2, 3)
    half = len(first)
    assert np.array_equal(images[:half], first)
    assert labels is None or np.array_equal(labels[:half], first_labels)
    assert list(factors) == list(first_factors)
    for key, values in factors.items():
        assert np.array_equal(values[:half], first_factors[key])
    if labels is not None:
        assert len(set(np.bincount(labels))) == 1
    others = [*shapes.draw(name, half, 3, "test")[0], *shapes.draw(name, half, 4)[0]]
    assert len({picture.tobytes() for picture in (*images, *others)}) == len(images) + len(others)
