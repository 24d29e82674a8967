"""Scoring and shipping: statistics, generators, cards; what is refused leaves the old in place."""

import json

import numpy as np
import pytest

from labkit import datasets, files, metrics, models
from labkit.errors import LabkitError
from labkit.models import extractors, weights
from labkit.training import recipes, scoring, shipping


@pytest.fixture
def home(classifier_home, monkeypatch):
    """A home with a tiny classifier, a fashion-gan with its first weights, and no real set."""
    def load(name, split="train", limit=None, size=None, stand_in="allow", max_download=None, quiet=False):
        assert max_download == 0
        if stand_in == "refuse":
            raise LabkitError("Fashion-MNIST is not here")
        count = min(limit or 120, 1200)
        images = np.random.default_rng(len(split)).integers(0, 256, (count, 28, 28, 1), dtype=np.uint8)
        return datasets.ImageSet(images, np.arange(len(images)) % 10, None, name, split, "drawn", "MIT", True, None,
                                 "drawn clothes")

    monkeypatch.setattr(scoring.datasets, "load", load)
    weights.save("fashion-gan", small_generator(), {"scores": {"memorisation": {"value": 0.5}}})
    return classifier_home


def small_generator(seed=0):
    return models.build("fashion-gan", seed=seed).generator


def test_statistics_stand_in_for_the_set(home):
    extractor = extractors.load("fashion_mnist")
    card = scoring.make_reference("fashion_mnist", extractor, stand_in="only", say=lambda line: None)
    assert card["pictures"] == 120
    assert card["split"] == "test"
    assert list(card["floor"]) == ["500", "1000"]
    assert 0 <= card["floor"]["500"]["recall"]["value"] <= 1
    side = scoring.load_reference("fashion_mnist", (28, 28, 1), extractor)
    images, _ = scoring.real_pictures("fashion_mnist", (28, 28, 1), stand_in="allow")
    assert np.allclose(side.features.mean, metrics.extract(images, extractor).values.mean(0), rtol=1e-6)
    found = scoring.real_side("fashion_mnist", (28, 28, 1), extractor)
    assert found.stored
    assert str(found) == "shipped statistics of 120 pictures of drawn clothes (test)"


def test_statistics_of_other_weights_are_refused(home):
    extractor = extractors.load("fashion_mnist")
    scoring.make_reference("fashion_mnist", extractor, stand_in="only", say=lambda line: None)
    there = scoring.reference_folder("fashion_mnist", (28, 28, 1), extractor.name)
    assert there.name == "reference-fashion_mnist-28x28x1-classifier"
    card = weights.card(there.name)
    files.write_json(there / "card.json", card | {"extractor": "fashion_mnist classifier 00000000"})
    with pytest.raises(LabkitError, match="was made by fashion_mnist classifier 00000000, not by"):
        scoring.real_side("fashion_mnist", (28, 28, 1), extractor, "shipped")
    files.write_json(there / "card.json", card)
    (there / "statistics.npz").write_bytes(b"nothing")
    with pytest.raises(LabkitError, match="not the file its card describes"):
        scoring.load_reference("fashion_mnist", (28, 28, 1), extractor)


def test_a_generator_is_scored_repeatably(home):
    one = scoring.score("fashion-gan", pictures=60, seed=3)
    again = scoring.score("fashion-gan", weights.load("fashion-gan"), pictures=60, seed=3, real=one.real)
    assert one.scores.as_dict()["scores"]["frechet"]["value"] == again.scores.as_dict()["scores"]["frechet"]["value"]
    assert one.scores.n_fake == 60
    other = scoring.score("fashion-gan", small_generator(5), pictures=60, seed=3, real=one.real)
    assert float(other.scores["frechet"]) != float(one.scores["frechet"])
    assert json.loads(json.dumps(one.as_dict(), allow_nan=False))["latents"] == {
        "count": 60, "seed": 3, "distribution": "standard normal"}


def test_the_command_writes_results_and_card(home, labkit):
    status, output, error = labkit("score", "fashion-gan", "--pictures", "40", "--ship")
    assert (status, "Fréchet distance" in output) == (0, True), error
    written = json.loads((files.results() / "score-fashion-gan.json").read_text(encoding="utf-8"))
    assert written["generator"] == "pretrained"
    assert "command" in written["provenance"]
    card = weights.card("fashion-gan")
    assert card["scores"]["scores"]["frechet"]["value"] == written["scores"]["frechet"]["value"]
    assert card["scores"]["memorisation"] == {"value": 0.5}  # kept from the check before it shipped


def test_the_command_scores_a_training_in_its_folder(home, labkit):
    out = home / "run"
    weights.write(out / "generator.npz", small_generator(7))
    assert labkit("score", "fashion-gan", "--generator", str(out), "--pictures", "40")[0] == 0
    assert json.loads((out / "scores.json").read_text(encoding="utf-8"))["latents"]["count"] == 40
    with pytest.raises(LabkitError, match="does not hold the weights of cifar-dcgan"):
        weights.load("cifar-dcgan", out)


def test_shipped_statistics_fit_their_extractors():
    for path in sorted(files.pretrained().glob("reference-*/card.json")):
        card = weights.card(path.parent.name)
        assert path.with_name("statistics.npz").stat().st_size <= 1_000_000
        assert card["sample"] <= scoring.SAMPLE
        name = card["extractor"].split(" classifier ")[0]
        digest = extractors.card(name if " classifier " in card["extractor"] else "efficientnet_lite0")["sha256"][:8]
        assert digest in card["extractor"]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A finished training of vanilla-gan, in a home without anything else."""
    monkeypatch.setenv("LABKIT_HOME", str(tmp_path))
    recipe = recipes.get("vanilla-gan", "laptop", learning_rate_d=4e-4, flip=True)
    files.write_json(tmp_path / "run" / "results.json", {
        "provenance": {"command": "labkit train vanilla-gan --profile laptop", "labkit": "0.1.0", "commit": "abc",
                       "versions": {"keras": "3"}},
        "recipe": vars(recipe),
        "start": "Began with the weights of another.",
        "dataset": {"name": "mnist", "title": "MNIST", "source": "real pictures (train)", "licence": "MIT",
                    "is_stand_in": False, "pictures": 1000},
        "device": "a GPU", "precision": "bfloat16", "steps": 500, "steps_planned": 600, "images_seen": 50_000,
        "seconds": 90.0, "images_per_second": 5.0, "diagnoses": [], "final": {"d_loss": 1.0}})
    weights.write(tmp_path / "run" / "generator.npz", models.build("vanilla-gan", seed=1).generator)
    return tmp_path / "run"


def test_the_card_says_how_it_was_trained_and_what_is_not_the_reports(folder, labkit):
    output = labkit("ship", "vanilla-gan", str(folder), "--notes", "Tried twice.")[1]
    assert "1.5 minutes on a GPU" in output
    assert "Later: labkit score vanilla-gan --ship" in output
    card = weights.card("vanilla-gan")
    assert (card["minutes"], card["epochs"], card["device"], card["notes"]) == (1.5, 50.0, "a GPU", "Tried twice.")
    assert (card["command"], card["versions"]["commit"]) == ("labkit train vanilla-gan --profile laptop", "abc")
    for words in ("EMA, momentum 0.999", "label smoothing of 0.1", "mirrored at random", "0.0002 for the generator",
                  "0.0004 for the discriminator", "Began with the weights", "stopped after 500 of 600 steps"):
        assert any(words in line for line in card["disclosure"]), words
        assert words in output
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
    assert shipping.memorisation(None, recipe, count=10)["copies"] == 0
    monkeypatch.setattr(shipping.scoring, "draw", lambda *_, **__: made[:10, :, ::-1] // 2)
    assert shipping.memorisation(None, recipe, count=10)["copies"] == 10
