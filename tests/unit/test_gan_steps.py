"""Each step of a GAN moves its own network, in every kind of step; the networks of the first GAN."""

import keras
import numpy as np
import pytest

from labkit import models, training
from labkit.errors import LabkitError
from tests.unit.test_training_gan import PICTURES, small_pair


def stepped(batch_norm_in_d, g_rate, d_rate):
    """Do one step; return which trainable weights of G and of D it moved."""
    pair = small_pair(batch_norm_in_d=batch_norm_in_d)
    gan = training.GAN(*pair)
    gan.compile(keras.optimizers.Adam(g_rate), keras.optimizers.Adam(d_rate))
    before = [[weight.numpy() for weight in net.trainable_variables] for net in pair]
    gan.fit(PICTURES, 8, steps_per_epoch=1)
    return [[not np.array_equal(old, new.numpy()) for old, new in zip(olds, net.trainable_variables, strict=True)]
            for olds, net in zip(before, pair, strict=True)]


@pytest.mark.parametrize("batch_norm_in_d", [False, True])
def test_a_d_step_moves_only_d_and_a_g_step_only_g(batch_norm_in_d):
    of_g, of_d = stepped(batch_norm_in_d, 0.0, 1e-2)
    assert not any(of_g)
    assert sum(of_d) >= len(of_d) - 1  # a bias before batch norm gets no gradient
    of_g, of_d = stepped(batch_norm_in_d, 1e-2, 0.0)
    assert all(of_g)
    assert not any(of_d)


def test_each_network_has_an_optimizer_state_of_its_own():
    pair = small_pair()
    gan = training.GAN(*pair)
    gan.compile(keras.optimizers.Adam(1e-3), keras.optimizers.Adam(1e-3))
    for optimizer, net in ((gan.g_optimizer, pair[0]), (gan.d_optimizer, pair[1])):
        # Adam: two moments for each weight, the number of steps, the learning rate.
        assert len(optimizer.variables) == 2 * len(net.trainable_variables) + 2


# --- the networks


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


def test_points_have_networks_of_their_own():
    generator, discriminator = models.build("vanilla-gan", data="points", width=9)
    assert (generator.input_shape, generator.output_shape) == ((None, 2), (None, 2))
    assert discriminator.count_params() == 2 * 9 + 9 + 9 * 9 + 9 + 9 + 1
    with pytest.raises(LabkitError, match='data="digits"'):
        models.build("vanilla-gan", data="letters")
