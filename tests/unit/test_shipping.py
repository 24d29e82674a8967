"""labkit ship: a folder of a finished training becomes weights with a card, or leaves what was there alone."""

import json

import numpy as np
import pytest
from click.testing import CliRunner

from labkit import files, models
from labkit.cli import verbs
from labkit.errors import LabkitError
from labkit.models import weights
from labkit.training import recipes, shipping


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A finished training of vanilla-gan, in a home without anything else."""
    monkeypatch.setenv("LABKIT_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(shipping, "scored", lambda key: None)
    recipe = recipes.get("vanilla-gan", "laptop", learning_rate_d=4e-4, flip=True)
    files.write_json(tmp_path / "run" / "results.json", {
        "provenance": {"command": "labkit train vanilla-gan --profile laptop", "labkit": "0.1.0", "commit": "abc",
                       "versions": {"keras": "3"}},
        "recipe": {name: getattr(recipe, name) for name in recipe.__dataclass_fields__},
        "start": "Began with the weights of another.",
        "dataset": {"name": "mnist", "title": "MNIST", "source": "real pictures (train)", "licence": "MIT",
                    "is_stand_in": False, "pictures": 1000},
        "device": "a GPU", "precision": "bfloat16", "steps": 500, "steps_planned": 600, "images_seen": 50_000,
        "seconds": 90.0, "images_per_second": 5.0, "diagnoses": [], "final": {"d_loss": 1.0}})
    weights.write(tmp_path / "run" / "generator.npz", models.build("vanilla-gan", seed=1).generator)
    return tmp_path / "run"


def test_the_card_says_how_it_was_trained_and_what_is_not_the_reports(folder):
    words = ["vanilla-gan", str(folder), "--notes", "Tried twice."]
    done = CliRunner().invoke(verbs.ship, words, catch_exceptions=False)
    assert "1.5 minutes on a GPU" in done.output
    card = weights.card("vanilla-gan")
    assert (card["minutes"], card["epochs"], card["device"], card["notes"]) == (1.5, 50.0, "a GPU", "Tried twice.")
    assert (card["command"], card["versions"]["commit"]) == ("labkit train vanilla-gan --profile laptop", "abc")
    for words in ("EMA, momentum 0.999", "label smoothing of 0.1", "mirrored at random", "0.0002 for the generator",
                  "0.0004 for the discriminator", "Began with the weights", "stopped after 500 of 600 steps"):
        assert any(words in line for line in card["disclosure"]), words
        assert words in done.output
    measured = json.loads((files.results() / "train-vanilla-gan.json").read_text())
    assert measured["provenance"]["command"] == card["command"]
    said = " ".join(shipping.disclosure(vars(recipes.get("bedroom-gan", "laptop"))))
    assert "real and generated pictures moved by up to 4 pixels" in said
    assert "batch_size 16 instead of the report's" in said
    assert "learning_rate_g 0.0002 instead of the report's 0.0001" in said
    assert shipping.disclosure(vars(recipes.get("cifar-dcgan", "full"))) == []


def test_a_refused_generator_leaves_the_old_one(folder, tmp_path, monkeypatch):
    shipping.ship("vanilla-gan", folder)
    before = {path: path.read_bytes() for path in files.data().rglob("*") if path.is_file()}
    weights.write(folder / "generator.npz", models.build("vanilla-gan", seed=2).generator)
    with pytest.raises(LabkitError, match="holds a training of vanilla-gan"):
        shipping.ship("cifar-dcgan", folder)
    monkeypatch.setattr(shipping, "TOGETHER", 1000)
    with pytest.raises(LabkitError, match="all generators would take"):
        shipping.ship("vanilla-gan", folder)
    monkeypatch.setattr(shipping, "TOGETHER", 10**9)
    monkeypatch.setattr(shipping, "CHECKED", ("mnist",))
    monkeypatch.setattr(shipping, "memorisation", lambda *_: {"copies": 3, "generated": 500,
                                                              "copies_held_out": 0, "held_out": 50})
    with pytest.raises(LabkitError, match="3 of 500 pictures"):
        shipping.ship("vanilla-gan", folder)
    assert before == {path: path.read_bytes() for path in files.data().rglob("*") if path.is_file()}


def test_copies_are_looked_for_before_photographs_ship(monkeypatch):
    made = np.random.default_rng(0).integers(0, 256, (80, 28, 28, 1), dtype=np.uint8)
    sets = {"train": made[:50], "test": made[50:]}
    monkeypatch.setattr(shipping.datasets, "load", lambda name, split, **_: sets[split])
    monkeypatch.setattr(shipping, "prepare", lambda images, shape: images)
    monkeypatch.setattr(shipping.extractors, "available", lambda: ())
    recipe = {"dataset": "faces", "image_shape": (28, 28, 1)}
    monkeypatch.setattr(shipping.scoring, "draw", lambda *_, **__: made[50:60, ::-1])
    said = shipping.sentence(shipping.memorisation(None, recipe, count=10), "face-gan")
    assert "of 10 generated pictures, 0 are copies of one of 50 training pictures" in said
    monkeypatch.setattr(shipping.scoring, "draw", lambda *_, **__: made[:10, :, ::-1] // 2)
    with pytest.raises(LabkitError, match="10 of 10 pictures of face-gan are copies"):
        shipping.sentence(shipping.memorisation(None, recipe, count=10), "face-gan")
