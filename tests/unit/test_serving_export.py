"""labkit.serving: ONNX graphs against the Keras networks that they were made from."""

import json

import keras
import numpy as np
import onnx
import pytest
import tensorflow as tf

from labkit import files, models, training
from labkit.errors import LabkitError
from labkit.serving import engine, export, pictures, store

GANS = [key for key in sorted(models.keys()) if models.spec(key).kind == "gan" and models.spec(key).latent_dim]


def lively(network, seed=0):
    """Give a network weights and statistics as a training would: none of them 0 or 1."""
    chance = np.random.default_rng(seed)
    for weight in network.weights:
        value = weight.numpy()
        if "variance" in weight.path or "gamma" in weight.path:
            weight.assign(chance.uniform(0.5, 2, value.shape))
        elif value.ndim == 1:
            weight.assign(chance.normal(0, 0.3, value.shape))
    return network


@pytest.mark.parametrize("key", GANS)
def test_every_generator_draws_the_same_pictures_as_in_keras(key):
    shape = models.spec(key).image_shape
    network = lively(models.build(key, seed=1).generator)
    content = export.convert(network, shape).SerializeToString()
    assert export.check(content, network, shape, count=8) <= 1e-5
    noise = training.latent(64, network.input_shape[-1], 0)
    assert network(noise).numpy().std() > 0.05, "the comparison is of pictures, not of grey"


def test_layers_and_paddings_beyond_the_reports():
    for size, stride, side in ((4, 2, 5), (5, 1, 4), (7, 4, 3), (3, 2, 6)):
        network = lively(keras.Sequential([
            keras.Input((6,)), keras.layers.Dense(side * side * 3), keras.layers.ReLU(), keras.layers.Dropout(0.5),
            keras.layers.Reshape((side, side, 3)),
            keras.layers.Conv2DTranspose(4, size, stride, "same", activation="leaky_relu"),
            keras.layers.BatchNormalization(scale=False), keras.layers.UpSampling2D((1, 2)),
            keras.layers.Conv2D(2, size, stride, "same", activation="relu"), keras.layers.Flatten(),
            keras.layers.Dense(8, activation="sigmoid"),
        ]))
        content = export.convert(network, (2, 2, 2)).SerializeToString()
        assert export.check(content, network, (2, 2, 2), count=5) <= 1e-5, (size, stride)


def test_what_onnx_has_no_words_for_is_refused():
    class Odd(keras.layers.Layer):
        def call(self, values):
            return tf.linalg.svd(tf.reshape(values, (-1, 2, 2)), compute_uv=False)

    network = keras.Sequential([keras.Input((4,)), Odd(), keras.layers.Dense(4)], name="oddity")
    with pytest.raises(LabkitError, match="oddity cannot be exported to ONNX"):
        export.convert(network, (2, 2, 1))
    gaps = keras.Sequential([keras.Input((16,)), keras.layers.Reshape((4, 4, 1)),
                             keras.layers.Conv2DTranspose(1, 2, 3, "same")], name="gaps")
    with pytest.raises(LabkitError, match="gaps cannot be exported to ONNX"):  # a kernel smaller than its stride
        export.convert(gaps, (12, 12, 1))


def test_other_pictures_are_refused():
    network = models.build("cifar-dense-gan", seed=1).generator
    content = export.convert(network, (32, 32, 3)).SerializeToString()
    network.layers[1].bias.assign_add(np.full(256, 0.01, np.float32))
    with pytest.raises(LabkitError, match="draws other pictures than Keras"):
        export.check(content, network, (32, 32, 3), count=4)
    network.layers[1].bias.assign(np.full(256, np.nan, np.float32))
    with pytest.raises(LabkitError, match="nan"):
        export.check(content, network, (32, 32, 3), count=4)


@pytest.fixture
def shipped(tmp_path, monkeypatch):
    """A home with one generator, saved as ``labkit train --ship`` does."""
    monkeypatch.setenv("LABKIT_HOME", str(tmp_path))
    facts = dict.fromkeys(models.weights.FIELDS[1:-3], 1)
    facts |= {"dataset": "tests", "is_stand_in": True, "scores": None, "notes": ""}
    network = lively(models.build("cifar-dense-gan", seed=2).generator)
    models.weights.save("cifar-dense-gan", network, facts)
    return models.weights.load("cifar-dense-gan")


def test_an_exported_file_draws_what_training_generate_draws(shipped, capsys):
    found = store.model("cifar-dense-gan")
    assert export.main(["cifar-dense-gan", str(found.path)]) == 0
    assert "of Keras" in capsys.readouterr().out
    assert store.prepared() == {"cifar-dense-gan": found}
    noise = training.latent(16, 100, 5)
    np.testing.assert_array_equal(pictures.latent(16, 100, 5), noise)
    drawn = pictures.to_uint8(engine.OnnxEngine({"x": found.path})("x", noise))
    difference = drawn.astype(int) - training.generate(shipped, noise)
    assert abs(difference).max() <= 1, "a shade apart where rounding decides, no more"
    assert (difference == 0).mean() > 0.999
    facts = {item.key: item.value for item in onnx.load(str(found.path)).metadata_props}
    assert facts["weights"] == models.weights.card("cifar-dense-gan")["sha256"]
    assert float(facts["difference"]) <= export.TOLERANCE


def test_a_key_without_weights_fails_and_leaves_no_file(shipped, tmp_path, capsys):
    assert export.main(["svhn-gan", str(tmp_path / "x.onnx")]) == 1
    assert "No pretrained weights" in capsys.readouterr().err
    assert not (tmp_path / "x.onnx").exists()


def test_new_weights_get_a_new_file(shipped):
    before = store.model("cifar-dense-gan").path
    card = files.pretrained() / "cifar-dense-gan" / "card.json"
    facts = json.loads(card.read_text()) | {"sha256": "f" * 64}
    card.write_text(json.dumps(facts))
    assert store.model("cifar-dense-gan").path != before


def test_pixels_are_rounded_as_in_training():
    values = np.linspace(-1.4, 1.4, 1000, dtype=np.float32).reshape(1, 1000, 1, 1)
    np.testing.assert_array_equal(pictures.to_uint8(values), training.to_uint8(values))
    for count, dim, seed in ((16, 100, 0), (3, 128, 2**32 - 1)):
        np.testing.assert_array_equal(pictures.latent(count, dim, seed), training.latent(count, dim, seed))


@pytest.mark.slow
def test_the_exporter_runs_in_a_process_of_its_own(shipped):
    said = []
    found = store.prepare("cifar-dense-gan", said.append)
    assert found["cifar-dense-gan"].path.is_file()
    assert any("exported, within" in line for line in said)
