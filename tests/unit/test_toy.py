"""Points in the plane: mixtures, what is counted on them, and the game that is played for them."""

import keras
import numpy as np
import pytest

from labkit import models, training
from labkit.errors import LabkitError
from labkit.training import points, toy
from tests.unit.test_training_gan import PICTURES, small_pair


def test_mixtures_have_the_modes_of_the_literature():
    ring, grid = toy.ring(), toy.grid()
    assert (len(ring), len(grid)) == (8, 25)
    np.testing.assert_allclose(np.linalg.norm(ring.centres, axis=1), 2)
    assert (ring.deviation, grid.deviation) == (0.02, 0.05)
    assert sorted(set(grid.centres.ravel())) == [-4, -2, 0, 2, 4]


def test_samples_are_repeatable_and_come_from_all_modes():
    ring = toy.ring(deviation=0.1)
    samples = ring.sample(4000, seed=3)
    assert (samples == ring.sample(4000, seed=3)).all()
    assert samples.dtype == np.float32
    nearest = np.linalg.norm(samples[:, None] - ring.centres, axis=2)
    counts = np.bincount(nearest.argmin(1), minlength=8)
    assert counts.min() > 400
    assert np.sqrt((nearest.min(1) ** 2).mean() / 2) == pytest.approx(0.1, rel=0.05)


def test_the_density_integrates_to_one():
    mixture = toy.Mixture("two", np.array([[0.0, 0.0], [1.0, 0.5]]), 0.3)
    line = np.linspace(-3, 4, 281)
    cell = (line[1] - line[0]) ** 2
    assert mixture.density(np.stack(np.meshgrid(line, line), -1)).sum() * cell == pytest.approx(1, abs=1e-3)


def test_coverage_counts_within_three_deviations_in_a_circle():
    mixture = toy.Mixture("two", np.array([[0.0, 0.0], [4.0, 0.0]]), 0.2)
    samples = [[0.59, 0], [0, -0.61], [0.5, 0.5], [4, 0], [4, 0.1], [np.nan, 0], [2, 0], [0, 0], [0, 0], [9, 9]]
    found = toy.coverage(samples, mixture)
    assert (found.modes, found.covered, found.high_quality) == (2, 2, 0.5)
    assert found.counts.tolist() == [3, 2]
    assert toy.coverage(samples[:3], mixture).covered == 1
    assert toy.coverage([[9, 9]], mixture).high_quality == 0
    assert "2 of 2 modes" in str(found)


def test_real_samples_are_of_high_quality_as_often_as_the_docstring_says():
    ring = toy.ring()
    assert toy.coverage(ring.sample(20_000), ring).high_quality == pytest.approx(1 - np.exp(-4.5), abs=0.003)


@pytest.mark.parametrize(("make", "message"), [
    (lambda: toy.Mixture("m", np.zeros((3, 3)), 1), "a point"),
    (lambda: toy.Mixture("m", np.zeros((3, 2)), 0), "no width"),
    (lambda: toy.ring(modes=0), "shape"),
    (lambda: toy.coverage(np.zeros((0, 2)), toy.ring()), r"n at least 1"),
    (lambda: toy.coverage(np.zeros((5, 3)), toy.ring()), r"\(n, 2\)"),
    (lambda: points.PointGan(toy.ring(), points.Rules(penalty=-1)), "cannot be played"),
    (lambda: points.PointGan(toy.ring(), points.Rules(loss="hing")), "hing"),
])
def test_what_cannot_be_is_refused(make, message):
    with pytest.raises(LabkitError, match=message):
        make()


@pytest.fixture(scope="module")
def played():
    """Ten rounds with a frame every four, in one go and in two."""
    mixture = toy.ring(deviation=0.05)
    rules = points.Rules(batch_size=32, width=8, penalty=0.1)
    whole, halves = points.PointGan(mixture, rules, seed=5), points.PointGan(mixture, rules, seed=5)
    frames = whole.fit(10, every=4)
    halves.fit(3)
    halves.fit(7)
    return whole, halves, frames


def test_frames_are_the_moments_asked_for(played):
    _, _, frames = played
    assert [frame.round for frame in frames] == [0, 4, 8, 10]
    assert frames[0].samples.shape == (points.SHOWN, 2)
    assert frames[0].logits.shape == (points.SIDE, points.SIDE)
    assert np.abs(frames[0].samples - frames[-1].samples).max() > 0


def test_a_game_does_not_depend_on_how_it_is_cut(played):
    whole, halves, _ = played
    assert (whole.sample(50) == halves.sample(50)).all()


def test_a_player_without_steps_stands_still():
    gan = points.PointGan(toy.ring(), points.Rules(batch_size=16, width=8, g_steps=0))
    before = [[weight.copy() for weight in net.get_weights()] for net in (gan.generator, gan.discriminator)]
    gan.fit(3)
    moved = [[not np.array_equal(a, b) for a, b in zip(old, net.get_weights(), strict=True)]
             for old, net in zip(before, (gan.generator, gan.discriminator), strict=True)]
    assert not any(moved[0])
    assert all(moved[1])


def test_the_penalty_flattens_the_discriminator_at_real_points():
    def steepness(penalty):
        gan = points.PointGan(toy.ring(deviation=0.05), points.Rules(width=16, g_steps=0, penalty=penalty,
                                                                     learning_rate_d=1e-2))
        gan.fit(150)
        import tensorflow as tf

        real = tf.constant(gan.mixture.sample(200))
        with tf.GradientTape() as tape:
            tape.watch(real)
            logits = gan.discriminator(real)
        return float(tf.reduce_mean(tf.norm(tape.gradient(logits, real), axis=1)))

    assert steepness(10.0) < steepness(0.0) / 3


# --- each step moves its own network, in every kind of step of labkit.training.GAN


def stepped(updates, batch_norm_in_d, g_rate, d_rate):
    """Do one step; return which trainable weights of G and of D it moved."""
    pair = small_pair(batch_norm_in_d=batch_norm_in_d)
    gan = training.GAN(*pair)
    gan.compile(keras.optimizers.Adam(g_rate), keras.optimizers.Adam(d_rate), updates=updates)
    before = [[weight.numpy() for weight in net.trainable_variables] for net in pair]
    gan.fit(PICTURES, 8, steps_per_epoch=1)
    return [[not np.array_equal(old, new.numpy()) for old, new in zip(olds, net.trainable_variables, strict=True)]
            for olds, net in zip(before, pair, strict=True)]


@pytest.mark.parametrize(("updates", "batch_norm_in_d"), [("simultaneous", False), ("simultaneous", True),
                                                          ("alternating", False), ("alternating", True)])
def test_a_d_step_moves_only_d_and_a_g_step_only_g(updates, batch_norm_in_d):
    of_g, of_d = stepped(updates, batch_norm_in_d, 0.0, 1e-2)
    assert not any(of_g)
    assert sum(of_d) >= len(of_d) - 1  # a bias before batch norm gets no gradient
    of_g, of_d = stepped(updates, batch_norm_in_d, 1e-2, 0.0)
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
