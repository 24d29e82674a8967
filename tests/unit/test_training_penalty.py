"""PenalisedGAN: the R1 penalty is the slope's square, and its gradients reach the discriminator alone."""

import numpy as np
import pytest

from labkit import models, training
from labkit.errors import LabkitError

R1 = 3.0


@pytest.fixture
def pair():
    import keras

    def dense(name, width, inputs):
        return keras.Sequential([keras.Input((inputs,)), keras.layers.Dense(width)], name=name)

    keras.utils.set_random_seed(0)
    return dense("generator", 4, 2), dense("discriminator", 1, 4)


def test_a_linear_discriminator_pays_for_the_square_of_its_weights(pair):
    import tensorflow as tf

    from labkit.training.penalty import PenalisedGAN

    real, latent = np.ones((6, 4), "float32"), training.latent(6, 2, 0)
    found = {}
    for name, gan in (("plain", training.GAN(*pair)), ("penalised", PenalisedGAN(*pair, r1=R1))):
        gan.compile(*_adams())
        found[name] = gan.shared_gradients(tf.constant(real), tf.constant(latent))
    weights = pair[1].layers[0].kernel.numpy()
    gan = PenalisedGAN(*pair, r1=R1)
    assert float(gan.penalty(tf.constant(real))) == pytest.approx(R1 / 2 * (weights**2).sum(), rel=1e-5)
    (kernel, bias), (kernel_too, bias_too) = found["plain"][0], found["penalised"][0]
    np.testing.assert_allclose(kernel_too - kernel, R1 * weights, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(bias_too, bias)
    for one, other in zip(found["plain"][1], found["penalised"][1], strict=True):
        np.testing.assert_allclose(one, other)


def _adams():
    import keras

    return keras.optimizers.Adam(), keras.optimizers.Adam()


def test_it_trains_convolutions_and_refuses_no_penalty(pair):
    import keras

    from labkit.training.penalty import PenalisedGAN

    gan = PenalisedGAN(*models.build("bedroom-gan", seed=0, size=16, width=0.1), r1=R1)
    gan.compile(keras.optimizers.Adam(1e-3), keras.optimizers.Adam(1e-3))
    images = np.random.default_rng(0).integers(0, 256, (8, 16, 16, 3), dtype=np.uint8)
    before = gan.discriminator.get_weights()
    gan.fit(images, 4, steps_per_epoch=2)
    assert gan.steps_done == 2
    assert all(np.isfinite(weight).all() for weight in gan.discriminator.get_weights())
    assert any((a != b).any() for a, b in zip(before, gan.discriminator.get_weights(), strict=True))
    with pytest.raises(LabkitError, match="above 0"):
        PenalisedGAN(*pair, r1=0.0)
    gan.compile(keras.optimizers.Adam(1e-3), keras.optimizers.Adam(1e-3), updates="alternating")
    with pytest.raises(LabkitError, match="simultaneous"):
        gan.fit(images, 4, steps_per_epoch=1)
