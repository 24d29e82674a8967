"""labkit.models.weights: what is written comes back; what is refused or damaged is said and leaves the old in place."""

import numpy as np
import pytest

from labkit import models
from labkit.errors import LabkitError
from labkit.models import weights

KEY = "vanilla-gan"


@pytest.fixture
def facts(tmp_path, monkeypatch):
    monkeypatch.setenv("LABKIT_HOME", str(tmp_path))
    return {name: None for name in weights.FIELDS if name not in ("key", "sha256")}


@pytest.fixture(scope="module")
def generator():
    return models.build(KEY, seed=1).generator


def test_what_ships_comes_back_rounded_to_float16_where_it_is_large(facts, generator, tmp_path):
    card = weights.save(KEY, generator, facts)
    assert weights.available() == (KEY,)
    assert weights.card(KEY) == card
    assert tuple(card) == weights.FIELDS
    again = weights.load(KEY)
    assert again.dtype == "float32"
    for one, other, weight in zip(generator.get_weights(), again.get_weights(), generator.weights, strict=True):
        rounded = one.size > 4096 and "moving_" not in weight.path
        assert np.array_equal(other, one.astype(np.float16).astype(np.float32) if rounded else one)
    weights.write(tmp_path / "run" / "generator.npz", generator)
    assert np.array_equal(weights.load(KEY, tmp_path / "run").get_weights()[0], again.get_weights()[0])
    assert weights.change_card(KEY, scores={"x": 1})["scores"] == weights.card(KEY)["scores"] == {"x": 1}


def test_damaged_or_missing_weights_are_said(facts, generator, tmp_path):
    with pytest.raises(LabkitError, match=f"No pretrained weights for '{KEY}'.*labkit train {KEY}"):
        weights.load(KEY)
    with pytest.raises(LabkitError, match=r"reference-x/card\.json is missing\. Restore it with: git checkout"):
        weights.card("reference-x")
    weights.save(KEY, generator, facts)
    path = weights.folder(KEY) / "weights.npz"
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(LabkitError, match="SHA-256 differs"):
        weights.load(KEY)
    with pytest.raises(LabkitError, match=r"cannot be read.*choose another file"):
        weights.load(KEY, path)
    path.unlink()
    with pytest.raises(LabkitError, match="is missing although its card is there"):
        weights.load(KEY)
    with pytest.raises(LabkitError, match=r"leaves a generator\.npz"):
        weights.load(KEY, tmp_path / "nowhere.npz")
    (weights.folder(KEY) / "card.json").write_text("{", encoding="utf-8")
    with pytest.raises(LabkitError, match="is no JSON: line 1"):
        weights.load(KEY)


def test_what_is_refused_leaves_the_old(facts, generator):
    card = weights.save(KEY, generator, facts)
    path = weights.folder(KEY) / "weights.npz"
    before = path.read_bytes()
    broken = models.build(KEY, seed=2).generator
    for refused, words in (
        (lambda: weights.save(KEY, broken, {name: facts[name] for name in facts if name != "minutes"}), "minutes"),
        (lambda: weights.ship(KEY, broken, card, limit=1000), r"weights of vanilla-gan take \d\.\d MB"),
        (lambda: weights.load("svhn-gan", path), "does not hold the weights of svhn-gan"),
    ):
        with pytest.raises(LabkitError, match=words):
            refused()
    broken.weights[0].assign(broken.weights[0] * np.nan)
    with pytest.raises(LabkitError, match="float16 cannot hold"):
        weights.save(KEY, broken, facts)
    assert path.read_bytes() == before
    assert weights.card(KEY) == card


def test_the_domain_transfers_networks_load_together():
    networks = weights.load("domain-transfer")
    said = networks.f(np.zeros((2, 32, 32, 3), np.float32))
    assert (said.shape, networks.head(said).shape, networks.g(said).shape) == ((2, 64), (2, 10), (2, 32, 32, 1))
    assert networks.discriminator(networks.g(said)).shape == (2, 3)
    assert np.abs(said).max() > 0
