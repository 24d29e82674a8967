"""The game on points in the plane: small enough to train in seconds and to look at whole.

``labkit.training.GAN`` is for pictures; here the data are drawn fresh at every step from a mixture
(``labkit.training.toy``), and each player's pace can be chosen, which is how one makes a GAN collapse.
"""

import dataclasses

import keras
import numpy as np
import tensorflow as tf

from labkit import models
from labkit.errors import LabkitError
from labkit.training import losses, toy
from labkit.training.adapters import latent, latent_dim


@dataclasses.dataclass(frozen=True, kw_only=True)
class Rules:
    """How the two play: ``loss`` a name of ``labkit.training.losses``; Adam's rates and its ``beta_1``.

    d_steps, g_steps: updates of each in one round. ``penalty``: weight gamma of the R1 penalty, gamma/2 times the mean
    of |grad D|² at real points (Mescheder et al. 2018, equation 9); 0 for none.
    """

    loss: str = "non-saturating"
    learning_rate_g: float = 1e-3
    learning_rate_d: float = 1e-3
    beta_1: float = 0.5
    d_steps: int = 1
    g_steps: int = 1
    penalty: float = 0.0
    batch_size: int = 256
    width: int = 64


@dataclasses.dataclass(frozen=True)
class Frame:
    """A moment: the round, what the generator makes of ``SHOWN`` fixed latents, and D's logits on ``plane``'s grid."""

    round: int
    samples: np.ndarray
    logits: np.ndarray


SHOWN = 1000
SIDE = 41  # points of the grid in each direction


class PointGan:
    """A generator and a discriminator of points, and the mixture that they play for.

    seed: decides weights, noise and data; a round's draws depend on (seed, round) alone.
    """

    def __init__(self, mixture: toy.Mixture, rules: Rules | None = None, seed: int = 0):
        self.mixture, self.rules, self.seed = mixture, rules or Rules(), seed
        if self.rules.d_steps < 0 or self.rules.g_steps < 0 or self.rules.penalty < 0 or self.rules.batch_size < 1:
            raise LabkitError(f"{self.rules} cannot be played: steps and penalty begin at 0, a minibatch at 1.")
        self.generator, self.discriminator = models.build("vanilla-gan", data="points", width=self.rules.width,
                                                          seed=seed)
        self.g_optimizer = keras.optimizers.Adam(self.rules.learning_rate_g, beta_1=self.rules.beta_1)
        self.d_optimizer = keras.optimizers.Adam(self.rules.learning_rate_d, beta_1=self.rules.beta_1)
        self.g_optimizer.build(self.generator.trainable_variables)
        self.d_optimizer.build(self.discriminator.trainable_variables)
        self.loss = losses.get(self.rules.loss)
        self.round = 0
        self._centres = tf.constant(mixture.centres, tf.float32)

        def rounds(first, count):
            self._play(first, count)

        # A concrete function: TensorFlow takes one that is traced anew for each game for a mistake, and warns.
        # Not compiled by XLA, which takes longer than it saves here.
        number = tf.TensorSpec([], tf.int32)
        self._rounds = tf.function(rounds).get_concrete_function(number, number)

    def fit(self, rounds: int, every: int | None = None) -> list[Frame]:
        """Play ``rounds`` more rounds; return a frame before the first, after every ``every``-th, and at the end."""
        every = every or rounds
        frames = [self.frame()]
        last = self.round + rounds
        while self.round < last:
            count = min(every, last - self.round)
            self._rounds(tf.constant(self.round, tf.int32), tf.constant(count, tf.int32))
            self.round += count
            frames.append(self.frame())
        return frames

    def sample(self, count: int, seed: int = 1) -> np.ndarray:
        """Return ``count`` generated points, float32 (count, 2)."""
        return self.generator(latent(count, latent_dim(self.generator), seed)).numpy()

    def frame(self) -> Frame:
        """Return the moment, to be drawn."""
        return Frame(self.round, self.sample(SHOWN), self.discriminator(self.plane().reshape(-1, 2)).numpy()
                     .reshape(SIDE, SIDE))

    def plane(self) -> np.ndarray:
        """Return the points at which frames hold D's logits: float32 (SIDE, SIDE, 2), rows from low y to high."""
        line = np.linspace(-1.35, 1.35, SIDE, dtype=np.float32) * np.float32(self.mixture.extent)
        return np.stack(np.meshgrid(line, line), axis=-1)

    def _play(self, first, count):
        for turn in tf.range(first, first + count):
            for k in range(self.rules.d_steps):
                self._d_step(self._real(turn, 3 * k), self._noise(turn, 3 * k + 1))
            for k in range(self.rules.g_steps):
                self._g_step(self._noise(turn, 1000 + k))

    def _seeds(self, turn, stream):
        return tf.stack([tf.constant(self.seed * 4096, tf.int32) + stream, turn])

    def _noise(self, turn, stream):
        shape = [self.rules.batch_size, latent_dim(self.generator)]
        return tf.random.stateless_normal(shape, self._seeds(turn, stream))

    def _real(self, turn, stream):
        seeds = self._seeds(turn, stream)
        modes, batch = len(self.mixture), self.rules.batch_size
        which = tf.random.stateless_uniform([batch], seeds, 0, modes, tf.int32)
        around = tf.random.stateless_normal([batch, 2], seeds + 2048)
        return tf.gather(self._centres, which) + self.mixture.deviation * around

    def _d_step(self, real, noise):
        fake = self.generator(noise)
        with tf.GradientTape() as tape:
            if self.rules.penalty:
                with tf.GradientTape() as inner:
                    inner.watch(real)
                    on_real = self.discriminator(real)
                slopes = inner.gradient(on_real, real)
                cost = self.rules.penalty / 2 * tf.reduce_mean(tf.reduce_sum(slopes**2, axis=1))
            else:
                on_real, cost = self.discriminator(real), 0.0
            cost += tf.reduce_mean(self.loss.real(on_real, 1.0))
            cost += tf.reduce_mean(self.loss.fake(self.discriminator(fake)))
        variables = self.discriminator.trainable_variables
        self.d_optimizer.apply(tape.gradient(cost, variables), variables)

    def _g_step(self, noise):
        with tf.GradientTape() as tape:
            cost = tf.reduce_mean(self.loss.generator(self.discriminator(self.generator(noise))))
        variables = self.generator.trainable_variables
        self.g_optimizer.apply(tape.gradient(cost, variables), variables)
