"""The networks and their weights: what they take and give, what is written comes back, what they refuse."""

import random

import keras
import numpy as np
import pytest

from labkit import models
from labkit.errors import LabkitError
from labkit.models import weights
from labkit.models.outline import outline

KEYS = models.keys()
GANS = [key for key in KEYS if models.spec(key).kind == "gan"]
SMALL = {"image_size": 32, "filters": (8, 8, 4, 8), "lstm": (16, 8), "dense": (16,)}


@pytest.fixture(scope="module")
def pairs():
    return {key: models.build(key, seed=3) for key in GANS}


def noise(key, n=2, seed=0):
    return np.random.default_rng(seed).standard_normal((n, models.spec(key).latent_dim), dtype="float32")


@pytest.mark.parametrize("key", GANS)
def test_generator_and_discriminator_fit_each_other(key, pairs):
    generator, discriminator = pairs[key]
    images = generator(noise(key), training=False)
    shape = models.spec(key).image_shape
    assert images.shape == ((2, 3072) if key == "cifar-dense-gan" else (2, *shape))
    assert images.dtype == "float32"
    far = np.asarray(generator(1000 * noise(key), training=False))  # saturates tanh on both sides
    assert -1 <= far.min() < -0.9 < 0.9 < far.max() <= 1
    logits = discriminator(images, training=False)
    assert (logits.shape, logits.dtype) == ((2, 1), "float32")
    other = models.build(key, seed=3, output="probability").discriminator
    np.testing.assert_allclose(other(images, training=False), keras.ops.sigmoid(logits), rtol=1e-5)


@pytest.mark.parametrize("key", GANS)
def test_last_layers_stay_float32(key, policy):
    policy("mixed_bfloat16")
    generator, discriminator = models.build(key)
    policy("float32")
    assert generator.layers[-1].compute_dtype == discriminator.layers[-1].compute_dtype == "float32"
    assert next(layer for layer in generator.layers if layer.weights).compute_dtype == "bfloat16"
    images = generator(noise(key), training=False)
    assert images.dtype == discriminator(images, training=False).dtype == "float32"


def test_regularisation_of_report_1():
    for key, rates in (("cnn-lstm", []), ("cnn-lstm-tuned", [0.4, 0.4]), ("cnn-lstm-l2", [0.3, 0.3])):
        network = models.build(key, **SMALL)
        assert [layer.rate for layer in network.layers if type(layer).__name__ == "Dropout"] == rates
        assert bool(network.losses) == (key == "cnn-lstm-l2")


def test_options_and_stated_constants_reach_their_layers(pairs):
    def slopes(network):
        return {round(float(layer.negative_slope), 6) for layer in network.layers if hasattr(layer, "negative_slope")}

    assert [slopes(network) for network in models.build("cifar-dcgan", slope=0.0)] == [{0.0}, {0.0}]
    assert [slopes(network) for network in models.build("cifar-dcgan", discriminator_slope=0.3)] == [{0.2}, {0.3}]
    momenta = {layer.momentum for layer in pairs["cifar-dense-gan"].generator.layers if hasattr(layer, "momentum")}
    assert momenta == {0.7}
    discriminator = models.build("vanilla-gan", seed=1).discriminator
    pictures = np.random.default_rng(0).uniform(-1, 1, (3, 28, 28, 1)).astype("float32")
    kernel, bias = discriminator.get_layer("linear_1").get_weights()  # a maxout unit is the largest of five
    inner = keras.Model(discriminator.inputs[0], discriminator.get_layer("maxout_1").output)
    np.testing.assert_allclose(inner(pictures), (pictures.reshape(3, -1) @ kernel + bias).reshape(3, 5, 240).max(1),
                               atol=1e-5)


def test_outline_is_what_build_builds(pairs):
    for key in ("svhn-gan", "cifar-dense-gan"):
        for built, told in zip(pairs[key], outline(key), strict=True):
            assert told.total == built.count_params()
            assert [row.name for row in told.layers] == [layer.name for layer in built.layers]
            assert [row.shape for row in told.layers] == [tuple(layer.output.shape) for layer in built.layers]


@pytest.mark.parametrize(("key", "options", "message"), [
    ("cifar-dcgan", {"latent": 50}, r"no option 'latent'.*seed, latent_dim, dropout, output"),
    ("plain-lstm", {"output": "probability"}, "no option 'output'"),
    ("svhn-gan", {"output": "sigmoid"}, 'output="logits" or output="probability"'),
    ("fashion-gan", {"channels": 30}, "multiple of 4"),
    ("bedroom-gan", {"size": 48}, "16, 32 or 64"),
    ("cnn-lstm", {"image_size": 40}, "multiple of 16"),
    ("cnn-lstm", {"image_size": 32, "steps": 3}, "steps is 3"),
])
def test_bad_options(key, options, message):
    with pytest.raises(LabkitError, match=message):
        models.build(key, **options)


@pytest.mark.parametrize("key", ["cifar-dcgan", "vanilla-gan"])
def test_a_seed_decides_the_weights_and_leaves_pythons_random_alone(key):
    random.seed(5)
    before = random.getstate()
    first, second, other = (models.build(key, seed=seed) for seed in (7, 7, 8))
    assert random.getstate() == before
    for role in ("generator", "discriminator"):
        weights = [getattr(pair, role).get_weights() for pair in (first, second, other)]
        assert all(np.array_equal(a, b) for a, b in zip(weights[0], weights[1], strict=True))
        assert not np.array_equal(weights[0][0], weights[2][0])
    twins = [layer.kernel for layer in models.build("cnn-lstm", seed=0, **SMALL | {"dense": (8, 8)}).layers
             if layer.name in ("dense", "dense_1")]
    assert not np.array_equal(*twins), "one seed for all layers would make two layers of a shape twins"


@pytest.mark.parametrize(("key", "options", "totals"), [
    ("bedroom-gan", {"size": 32, "width": 0.25}, (171_451, 59_329)),
    ("fashion-gan", {"upsampling": "transposed"}, (2_155_137, 1_030_145)),
    ("fashion-gan", {"kernels": (7, 4, 4, 1, 4)}, (2_155_137, 1_030_145)),
    ("cifar-dense-gan", {"batch_norm": False}, (3_838_720 - 4 * (256 + 512 + 1024), 1_704_961)),
])
def test_totals_that_neither_a_report_nor_a_notebook_states(key, options, totals):
    found = outline(key, **options)
    assert tuple(each.total for each in found) == totals


KEY, FACTS = "vanilla-gan", {"dataset": "tests", "scores": None}


@pytest.fixture(scope="module")
def generator():
    network = models.build(KEY, seed=1).generator
    for weight in network.weights:  # as after a training: biases are not 0
        weight.assign(weight + 0.1 * np.random.default_rng(0).standard_normal(weight.shape))
    return network


def test_what_ships_comes_back_rounded_to_float16_where_it_is_large(alone, generator, tmp_path):
    card = weights.save(KEY, generator, FACTS)
    assert weights.available() == (KEY,)
    assert weights.card(KEY) == card
    assert list(card) == ["key", "dataset", "scores", "sha256"]
    again = weights.load(KEY)
    assert again.dtype == "float32"
    for one, other, weight in zip(generator.get_weights(), again.get_weights(), generator.weights, strict=True):
        rounded = one.size > 4096 and "moving_" not in weight.path
        assert np.array_equal(other, one.astype(np.float16).astype(np.float32) if rounded else one)
    weights.write(tmp_path / "run" / "generator.npz", generator)
    assert np.array_equal(weights.load(KEY, tmp_path / "run").get_weights()[0], again.get_weights()[0])
    assert weights.change_card(KEY, scores={"x": 1})["scores"] == weights.card(KEY)["scores"] == {"x": 1}


def test_damaged_or_missing_weights_are_said(alone, generator, tmp_path):
    with pytest.raises(LabkitError, match=f"No pretrained weights for '{KEY}'.*labkit train {KEY}"):
        weights.load(KEY)
    with pytest.raises(LabkitError, match=r"reference-x/card\.json is missing\. Restore it with: git checkout"):
        weights.card("reference-x")
    weights.save(KEY, generator, FACTS)
    path = weights.folder(KEY) / "weights.npz"
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(LabkitError, match="SHA-256 differs"):
        weights.load(KEY)
    with pytest.raises(LabkitError, match=r"cannot be read: damaged, or no file of weights\. .*another"):
        weights.load(KEY, path)
    for damage in range(len(whole) // 3, len(whole), len(whole) // 7):  # zlib's errors, NumPy's and zipfile's
        path.write_bytes(whole[:damage] + bytes(9) + whole[damage + 9:])
        with pytest.raises(LabkitError):
            weights.load(KEY, path)
    np.savez_compressed(path, bomb=np.zeros(10**7))
    with pytest.raises(LabkitError, match="is it another model's"):
        weights.load(KEY, path)
    path.unlink()
    with pytest.raises(LabkitError, match="is missing although its card is there"):
        weights.load(KEY)
    with pytest.raises(LabkitError, match=r"leaves a generator\.npz"):
        weights.load(KEY, tmp_path / "nowhere.npz")
    for content in (b"{", b"{}", b"[]", b"null", b"\xff"):
        (weights.folder(KEY) / "card.json").write_bytes(content)
        with pytest.raises(LabkitError, match=r"card\.json is damaged .*git checkout"):
            weights.load(KEY)


def test_what_is_refused_leaves_the_old(alone, generator):
    card = weights.save(KEY, generator, FACTS)
    path = weights.folder(KEY) / "weights.npz"
    before = path.read_bytes()
    broken = models.build(KEY, seed=2).generator
    for refused, words in (
        (lambda: weights.save(KEY, broken, card, limit=1000), r"weights of vanilla-gan take \d\.\d MB"),
        (lambda: weights.load("svhn-gan", path), "does not hold the weights of svhn-gan"),
    ):
        with pytest.raises(LabkitError, match=words):
            refused()
    broken.weights[0].assign(broken.weights[0] * np.nan)
    with pytest.raises(LabkitError, match="float16 cannot hold"):
        weights.save(KEY, broken, FACTS)
    assert path.read_bytes() == before
    assert weights.card(KEY) == card
