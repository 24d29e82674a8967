"""The GAN model: its losses, its gradients, and that each step moves what it should."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from labkit.errors import LabkitError
from labkit.training import GAN, batches, generators


def small_pair(dropout=0.0, batch_norm_in_d=False, seed=0):
    keras.utils.set_random_seed(seed)
    generator = keras.Sequential([
        keras.Input((5,)), keras.layers.Dense(4 * 4 * 6, use_bias=False), keras.layers.Reshape((4, 4, 6)),
        keras.layers.BatchNormalization(), keras.layers.LeakyReLU(0.2),
        keras.layers.Conv2DTranspose(3, 5, strides=2, padding="same", activation="tanh"),
    ])
    discriminator = keras.Sequential([
        keras.Input((8, 8, 3)), keras.layers.Conv2D(6, 5, strides=2, padding="same"),
        *([keras.layers.BatchNormalization()] if batch_norm_in_d else []),
        keras.layers.LeakyReLU(0.2), keras.layers.Dropout(dropout), keras.layers.Flatten(), keras.layers.Dense(1),
    ])
    return generator, discriminator


def compiled(pair=None, rate=1e-3, **options):
    gan = GAN(*(pair or small_pair()), seed=0)
    gan.compile(keras.optimizers.Adam(rate, beta_1=0.5), keras.optimizers.Adam(rate, beta_1=0.5), **options)
    return gan


def batch(count=16, seed=0):
    rng = np.random.default_rng(seed)
    real = rng.uniform(-1, 1, (count, 8, 8, 3)).astype(np.float32)
    return tf.constant(real), tf.constant(generators.latent(count, 5, seed))


PICTURES = np.random.default_rng(1).integers(0, 256, (40, 8, 8, 3), dtype=np.uint8)


@pytest.mark.parametrize("augmented", [False, True])
def test_one_backward_pass_gives_the_gradients_of_two(augmented):
    gan, see = compiled(label_smoothing=0.1), None
    if augmented:
        draws = tf.random.stateless_uniform([batches.DRAWS, 16], [3, 4])
        see = batches.views(draws, (8, 8, 3), 2, True, "both")[1]
    shared, separate = gan.shared_gradients(*batch(), see), gan.separate_gradients(*batch(), see)
    plain = gan.shared_gradients(*batch())
    assert augmented == any(not np.allclose(a, b, atol=1e-4) for a, b in zip(shared[1], plain[1], strict=True))
    for ours, theirs in zip(shared[0] + shared[1], separate[0] + separate[1], strict=True):
        scale = max(1.0, float(tf.reduce_max(tf.abs(theirs))))
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6 * scale)
    for key in shared[2]:
        assert float(shared[2][key]) == pytest.approx(float(separate[2][key]), abs=1e-6)


@pytest.mark.parametrize("shift", [-60.0, 60.0])
def test_one_backward_pass_survives_a_discriminator_that_is_sure(shift):
    gan = compiled()
    bias = gan.discriminator.layers[-1].bias
    bias.assign(bias + shift)
    for ours, theirs in zip(gan.shared_gradients(*batch())[1], gan.separate_gradients(*batch())[1], strict=True):
        assert np.isfinite(ours).all()
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-9)


def test_losses_against_their_definitions():
    real, fake = np.array([[-3.0], [0.5]], np.float32), np.array([[1.0], [2.5]], np.float32)
    on_real, on_fake = (1 / (1 + np.exp(-logits)) for logits in (real, fake))
    gan = compiled(label_smoothing=0.1)
    expected = np.mean(-0.9 * np.log(on_real) - 0.1 * np.log(1 - on_real)) + np.mean(-np.log(1 - on_fake))
    np.testing.assert_allclose(gan._d_loss(real, fake), expected, rtol=1e-5)
    np.testing.assert_allclose(gan._g_loss(fake), np.mean(-np.log(on_fake)), rtol=1e-5)
    far = np.array([[-200.0], [200.0]], np.float32)
    assert np.isfinite([gan._d_loss(far, far), gan._g_loss(far)]).all()


def weights(network):
    return [weight.numpy().copy() for weight in network.trainable_variables]


def test_fit_reports_means_and_an_execution_never_runs_past_the_steps_asked_for():
    history = compiled().fit(PICTURES, batch_size=8, epochs=3).history
    assert {name: len(values) for name, values in history.items()} == dict.fromkeys(
        ("d_loss", "g_loss", "d_real", "d_fake"), 3)
    gan = compiled(steps_per_execution=4)
    for steps in (6, 4):
        gan.fit(PICTURES, batch_size=8, steps_per_epoch=steps)
    assert gan.steps_done == int(gan.g_optimizer.iterations) == 10


def test_a_second_fit_learns_from_its_own_pictures():
    # The traced step keeps what it captured: other pictures must not be answered with the first ones.
    one, other = compiled(pair=small_pair()), compiled(pair=small_pair())
    one.fit(PICTURES, batch_size=8, steps_per_epoch=1)
    other.fit(PICTURES, batch_size=8, steps_per_epoch=1)
    one.fit(PICTURES, batch_size=8, steps_per_epoch=1)
    other.fit(255 - PICTURES, batch_size=8, steps_per_epoch=1)
    assert any((a != b).any() for a, b in zip(weights(one.discriminator), weights(other.discriminator), strict=True))


def test_bad_input_is_refused_with_a_sentence():
    gan = compiled()
    with pytest.raises(LabkitError, match="uint8"):
        gan.fit(PICTURES.astype(np.float32))
    with pytest.raises(LabkitError, match="minibatch of 64"):
        gan.fit(PICTURES, batch_size=64)
    with pytest.raises(LabkitError, match="label_smoothing"):
        compiled(label_smoothing=0.7)
    with pytest.raises(LabkitError, match="latents of shape"):
        generators.generate(gan.generator, np.zeros((3, 4), np.float32))


@pytest.mark.parametrize(("g_rate", "d_rate"), [(0.0, 1e-2), (1e-2, 0.0)])
def test_a_d_step_moves_only_d_and_a_g_step_only_g(g_rate, d_rate):
    pair = small_pair(batch_norm_in_d=True)
    gan = GAN(*pair)
    gan.compile(keras.optimizers.Adam(g_rate), keras.optimizers.Adam(d_rate))
    before = [weights(network) for network in pair]
    gan.fit(PICTURES, 8, steps_per_epoch=1)
    moved = [[not np.array_equal(*each) for each in zip(olds, weights(network), strict=True)]
             for olds, network in zip(before, pair, strict=True)]
    assert (all(moved[0]), any(moved[0])) == (g_rate > 0, g_rate > 0)
    assert (sum(moved[1]) >= len(moved[1]) - 1, any(moved[1])) == (d_rate > 0, d_rate > 0)  # a bias before batch norm
