"""The drawn stand-ins: what they promise about seeds, shapes, balance, factors and variety."""

import random

import numpy as np
import pytest
from skimage.feature import hog

from labkit.datasets import drawn
from labkit.errors import LabkitError

FEW = {"bedrooms": 4, "rooms": 4, "faces": 6, "style": 2}
LABELLED = [name for name in drawn.names() if drawn.classes(name)]


@pytest.fixture(scope="module")
def sets():
    """A hundred pictures of each labelled set, fewer of rooms: drawn once for all tests."""
    return {name: drawn.draw(name, 8 if name == "rooms" else 100, seed=7) for name in LABELLED}


@pytest.mark.parametrize("name", drawn.names())
def test_the_first_pictures_do_not_depend_on_how_many_are_drawn(name):
    more = FEW.get(name, 20)
    images, labels, factors = drawn.draw(name, more, seed=3)
    first, first_labels, first_factors = drawn.draw(name, more // 2, seed=3)
    assert images.shape == (more, *drawn.shape(name))
    assert images.dtype == np.uint8
    np.testing.assert_array_equal(images[: more // 2], first)
    assert (labels is None) == (drawn.classes(name) is None)
    if labels is not None:
        assert labels.dtype == np.int64
        np.testing.assert_array_equal(labels[: more // 2], first_labels)
    assert list(factors) == list(first_factors)
    for key, values in factors.items():
        assert len(values) == more
        np.testing.assert_array_equal(values[: more // 2], first_factors[key])


@pytest.mark.parametrize("name", drawn.names())
def test_splits_and_seeds_differ_and_no_two_pictures_are_alike(name):
    few = FEW.get(name, 20) // 2
    pictures = [
        picture.tobytes()
        for split in ("train", "test")
        for seed in ((0, 1) if name != "style" else (0,))
        for picture in drawn.draw(name, few, seed, split)[0]
    ]
    assert len(set(pictures)) == len(pictures)


@pytest.mark.parametrize("name", drawn.names())
def test_no_pictures_still_name_the_factors(name):
    images, labels, factors = drawn.draw(name, 0)
    one = drawn.draw(name, 1)[2]
    assert images.shape == (0, *drawn.shape(name))
    assert labels is None or labels.shape == (0,)
    assert list(factors) == list(one)
    for key, values in factors.items():
        assert values.shape == (0,)
        assert values.dtype.kind == one[key].dtype.kind, key


@pytest.mark.parametrize("call", [("cifar", 1), ("mnist", -1), ("mnist", 1, 0, "valid")])
def test_bad_arguments_are_explained(call):
    with pytest.raises(LabkitError, match=r"choose|There are"):
        drawn.draw(*call)


def test_drawing_leaves_other_random_numbers_alone():
    random.seed(5)
    np.random.seed(5)
    before = random.getstate(), np.random.get_state()[1].tolist()
    drawn.draw("svhn", 3)
    drawn.draw("faces", 1)
    assert (random.getstate(), np.random.get_state()[1].tolist()) == before


@pytest.mark.parametrize("name", LABELLED)
def test_classes_are_balanced_and_shuffled(sets, name):
    _, labels, _ = sets[name]
    count = len(drawn.classes(name))
    assert np.bincount(labels, minlength=count).tolist() == [len(labels) // count] * count
    if count == 10:
        assert len({tuple(block) for block in labels.reshape(-1, count)}) > 1


@pytest.mark.parametrize("name", drawn.names())
def test_factors_are_plain_and_finite(sets, name):
    images, _, factors = sets[name] if name in sets else drawn.draw(name, FEW[name])
    assert len(factors) >= 3
    for key, values in factors.items():
        assert values.shape == (len(images),)
        assert values.dtype.kind in "ifU", key
        if values.dtype.kind == "f":
            assert np.isfinite(values).all(), key


def test_factors_say_what_was_drawn(sets):
    labels, factors = sets["svhn"][1:]
    np.testing.assert_array_equal(factors["digit"], labels)
    for side in ("left", "right"):
        assert factors[side].min() == -1
        assert factors[side].max() <= 9
    assert ((factors["left"] == -1) == (factors["position"] == 0)).all()
    assert ((factors["right"] == -1) == (factors["position"] == factors["length"] - 1)).all()
    assert set(np.unique(factors["length"])) <= {1, 2, 3, 4, 5}
    np.testing.assert_array_equal(sets["mnist"][2]["digit"], sets["mnist"][1])
    names = np.array(drawn.classes("cifar10"))
    np.testing.assert_array_equal(sets["cifar10"][2]["class"], names[sets["cifar10"][1]])
    np.testing.assert_array_equal(sets["rooms"][2]["room"], np.array(drawn.classes("rooms"))[sets["rooms"][1]])


def test_the_digit_has_the_colour_that_its_factors_name(sets):
    """The middle of a 1 is ink: its brightness relative to the corners follows the factor ``contrast``."""
    images, labels, factors = drawn.draw("svhn", 300, seed=1)
    plain = (labels == 1) & (factors["blur"] < 0.8) & (factors["cast_shadow"] == 0) & (factors["plate"] == "none")
    middle = images[plain][:, 13:19, 13:19].astype(float).mean(-1)
    border = images[plain][:, [0, 1, 30, 31]].astype(float).mean((1, 2, 3))
    bright = np.where(factors["contrast"][plain] > 0, middle.max((1, 2)) - border, border - middle.min((1, 2)))
    assert plain.sum() >= 8
    assert np.mean(bright > 15) > 0.8


def test_house_numbers_cover_letterings_walls_plates_and_finishes():
    """Six hundred pictures hold every one of the named modes."""
    _, _, factors = drawn.draw("svhn", 600)
    for key, least in (("lettering", 21), ("wall", 8), ("plate", 5), ("finish", 4), ("length", 4)):
        assert len(np.unique(factors[key])) >= least, key


@pytest.mark.parametrize("name", ["fashion_mnist", "mnist", "cifar10"])
def test_classes_differ_more_between_than_within(sets, name):
    """The means of two halves of a class are closer to each other than to the other classes' means, mostly."""
    images, labels, _ = sets[name]
    flat = images.reshape(len(images), -1).astype(float)
    halves = [np.stack([flat[labels == c][half::2].mean(0) for c in range(10)]) for half in (0, 1)]
    distance = np.linalg.norm(halves[0][:, None] - halves[1][None], axis=-1)
    assert np.mean(distance.argmin(1) == np.arange(10)) >= (0.4 if name == "cifar10" else 0.7)


@pytest.mark.parametrize(
    ("name", "train", "least"), [("mnist", 500, 0.85), ("fashion_mnist", 500, 0.7), ("svhn", 700, 0.6)]
)
def test_a_simple_classifier_reads_the_pictures(name, train, least):
    """Edges and a linear classifier reach far more than chance (0.1) on pictures of the other split."""

    def features(count, split):
        images, labels, _ = drawn.draw(name, count, split=split)
        cell = images.shape[1] // 4
        cells = {"orientations": 8, "pixels_per_cell": (cell, cell), "cells_per_block": (2, 2)}
        return np.stack([hog(image.mean(-1), **cells) for image in images]), labels

    x, y = features(train, "train")
    other, truth = features(150, "test")
    weights = np.linalg.solve(
        x.T @ x + 0.3 * np.eye(x.shape[1]), x.T @ np.eye(10)[y]
    )  # ridge regression on one-hot labels
    assert np.mean((other @ weights).argmax(1) == truth) > least


@pytest.mark.parametrize(
    ("name", "mean", "spread"),
    [
        ("fashion_mnist", 73, 82),
        ("mnist", 33, 77),
        ("svhn", 115, 35),
        ("cifar10", 121, 51),
        ("bedrooms", 137, 51),
        ("faces", 110, 52),
    ],
)
def test_brightness_and_contrast_are_those_of_the_real_set(sets, name, mean, spread):
    """Mean and spread within a picture lie near those measured on the real sets (SVHN: on the published mean)."""
    images = (sets[name] if name in sets else drawn.draw(name, 12))[0].astype(float)
    assert images.mean() == pytest.approx(mean, abs=22)
    assert images.std((1, 2)).mean() == pytest.approx(spread, abs=14)
