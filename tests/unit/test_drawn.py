"""The drawn stand-ins: what they promise about seeds, shapes, balance, factors and variety."""

import numpy as np
import pytest

from labkit.datasets import drawn
from labkit.errors import LabkitError

FEW = {"bedrooms": 4, "rooms": 4, "faces": 6, "style": 3}


@pytest.mark.parametrize("name", drawn.names())
def test_the_first_pictures_do_not_depend_on_how_many_are_drawn(name):
    more = FEW.get(name, 20)
    images, labels, factors = drawn.draw(name, more, seed=3)
    first, first_labels, first_factors = drawn.draw(name, more // 2, seed=3)
    assert images.shape == (more, *drawn.shape(name))
    assert images.dtype == np.uint8
    np.testing.assert_array_equal(images[:more // 2], first)
    if labels is not None:
        assert labels.dtype == np.int64
        np.testing.assert_array_equal(labels[:more // 2], first_labels)
    for key, values in factors.items():
        assert len(values) == more
        np.testing.assert_array_equal(values[:more // 2], first_factors[key])


@pytest.mark.parametrize("name", drawn.names())
def test_splits_and_seeds_differ_and_no_two_pictures_are_alike(name):
    few = FEW.get(name, 20) // 2
    pictures = [picture.tobytes() for split in ("train", "test") for seed in (0, 1)
                for picture in drawn.draw(name, few, seed, split)[0]]
    assert len(set(pictures)) == len(pictures)


@pytest.mark.parametrize("call", [("cifar", 1), ("mnist", -1), ("mnist", 1, 0, "valid")])
def test_bad_arguments_are_explained(call):
    with pytest.raises(LabkitError, match=r"choose|There are"):
        drawn.draw(*call)
