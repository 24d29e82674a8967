"""The networks of the first GAN."""

import keras
import numpy as np

from labkit import models, training


def test_the_first_gan_has_the_papers_shapes():
    generator, discriminator = models.build("vanilla-gan", seed=1)
    assert generator.output_shape == (None, 28, 28, 1)
    assert generator.count_params() == 100 * 512 + 512 + 512 * 512 + 512 + 512 * 784 + 784
    pictures = generator(training.latent(5, 100)).numpy()
    assert np.abs(pictures).max() <= 1
    assert discriminator(pictures).shape == (5, 1)
    again, _ = models.build("vanilla-gan", seed=1)
    assert all((a == b).all() for a, b in zip(generator.get_weights(), again.get_weights(), strict=True))
    probability = models.build("vanilla-gan", output="probability").discriminator(pictures).numpy()
    assert 0 < probability.min() <= probability.max() < 1


def test_a_maxout_unit_is_the_largest_of_five_linear_functions():
    _, discriminator = models.build("vanilla-gan", seed=1)
    pictures = np.random.default_rng(0).uniform(-1, 1, (3, 28, 28, 1)).astype("float32")
    kernel, bias = discriminator.get_layer("linear_1").get_weights()
    linear = (pictures.reshape(3, -1) @ kernel + bias).reshape(3, 5, 240)
    inner = keras.Model(discriminator.inputs[0], discriminator.get_layer("maxout_1").output)
    np.testing.assert_allclose(inner(pictures), linear.max(1), atol=1e-5)
