"""labkit.training.classifiers: the plan, shifting and mirroring, a training that learns, and what ships."""

import dataclasses

import numpy as np
import pytest
from click.testing import CliRunner

from labkit import datasets
from labkit.cli.verbs import extractor as command
from labkit.errors import LabkitError
from labkit.models import extractors
from labkit.training import classifiers


@pytest.fixture
def squares(monkeypatch, tmp_path):
    """Dark, bright, and with stripes across or upright: a set that is learnt in seconds."""
    monkeypatch.setenv("LABKIT_HOME", str(tmp_path))

    def load(name, split, limit=None, stand_in="allow", quiet=False):
        if stand_in == "refuse" and name == "mnist":
            raise LabkitError("MNIST is not here")
        random = np.random.default_rng(len(split))
        labels = random.integers(0, 4, limit or 320)
        images = random.integers(0, 90, (len(labels), 28, 28, 1), dtype=np.uint8)
        images[labels == 1] += 150
        images[labels == 2, ::4] += 150
        images[labels == 3, :, ::4] += 150
        return datasets.ImageSet(images, labels, None, name, split, "made here", "none", False,
                                 ("a", "b", "c", "d"), "squares")

    monkeypatch.setattr(classifiers.datasets, "load", load)


def tiny(**changes):
    quick = {"epochs": 6, "batch_size": 16, "learning_rate": 0.01, "flip": False}
    plan = classifiers.plan("fashion_mnist", seed=1, **(quick | changes))
    return dataclasses.replace(plan, stages=((8,), (16,)), precision="float32")


def test_a_training_learns_is_repeatable_and_ships(squares):
    trained = classifiers.train(tiny(), say=lambda line: None)
    assert trained.facts["accuracy"] > 0.9
    again = classifiers.train(tiny(), say=lambda line: None)
    assert all(np.array_equal(a, b) for a, b in zip(trained.network.get_weights(), again.network.get_weights(),
                                                    strict=True))
    card = classifiers.ship(trained)
    assert card["accuracy"] == pytest.approx(trained.facts["accuracy"], abs=0.02)
    extractor = extractors.load("fashion_mnist")
    test = classifiers.datasets.load("fashion_mnist", "test")
    assert (extractor.predict(test.images) == test.labels).mean() == pytest.approx(card["accuracy"], abs=1e-3)


def test_unknown_sets_and_missing_sets_are_said(squares):
    with pytest.raises(LabkitError, match="Did you mean cifar10"):
        classifiers.plan("cifar-10")
    result = CliRunner().invoke(command, ["train", "mnist"])
    assert isinstance(result.exception, LabkitError)
    assert "MNIST is not here" in str(result.exception)
