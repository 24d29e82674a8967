"""labkit.serving: ONNX graphs against the Keras networks that they were made from."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from labkit import models, training
from labkit.errors import LabkitError
from labkit.serving import app, export, server


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


def test_a_generator_draws_the_same_pictures_as_in_keras():  # the export itself checks each that ships
    shape = models.spec("fashion-gan").image_shape
    network = lively(models.build("fashion-gan", seed=1).generator)
    content = export.convert(network, shape).SerializeToString()
    assert export.check(content, network, shape, count=8) <= 1e-5
    noise = training.latent(64, network.input_shape[-1], 0)
    assert network(noise).numpy().std() > 0.05, "the comparison is of pictures, not of grey"


def test_what_onnx_has_no_words_for_is_refused():
    class Odd(keras.layers.Layer):
        def call(self, values):
            return tf.linalg.svd(tf.reshape(values, (-1, 2, 2)), compute_uv=False)

    network = keras.Sequential([keras.Input((4,)), Odd(), keras.layers.Dense(4)], name="oddity")
    with pytest.raises(LabkitError, match="oddity cannot be exported to ONNX"):
        export.convert(network, (2, 2, 1))


def test_other_pictures_are_refused():
    network = models.build("cifar-dense-gan", seed=1).generator
    content = export.convert(network, (32, 32, 3)).SerializeToString()
    for bias, words in ((0.01, "draws other pictures than Keras"), (np.nan, "nan")):
        network.layers[1].bias.assign(np.full(256, bias, np.float32))
        with pytest.raises(LabkitError, match=words):
            export.check(content, network, (32, 32, 3), count=4)


@pytest.mark.slow
def test_a_shipped_generator_is_exported_once_by_a_process_of_its_own(tmp_path, monkeypatch):
    monkeypatch.setenv("LABKIT_HOME", str(tmp_path))
    facts = dict.fromkeys(models.weights.FIELDS[1:-3], 1)
    facts |= {"dataset": "tests", "is_stand_in": True, "scores": None, "notes": ""}
    models.weights.save("cifar-dense-gan", lively(models.build("cifar-dense-gan", seed=2).generator), facts)
    said = []
    path = export.prepare("cifar-dense-gan", said.append)["cifar-dense-gan"].path
    assert any("exported, within" in line for line in said)
    noise = training.latent(16, 100, 5)
    drawn = app.to_uint8(server.onnx_engine({"x": path})("x", noise))
    difference = drawn.astype(int) - training.generate(models.weights.load("cifar-dense-gan"), noise)
    assert abs(difference).max() <= 1, "a shade apart where rounding decides, no more"
    export.prepare("cifar-dense-gan", said.append)
    assert sum("Exporting" in line for line in said) == 1
