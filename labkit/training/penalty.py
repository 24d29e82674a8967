"""A GAN whose discriminator pays for being steep at real pictures: the R1 penalty (TensorFlow backend)."""

import keras
import tensorflow as tf

from labkit.errors import LabkitError
from labkit.training.gan import GAN


@keras.saving.register_keras_serializable("labkit")
class PenalisedGAN(GAN):
    """``GAN`` with γ/2 · mean |∇_x D(x)|² over the real pictures x of a minibatch added to the discriminator's loss.

    ∇_x D is the slope of a picture's own logit, summed over its pixels in [-1, 1]; r1 is γ, above 0. The penalty is
    felt by the discriminator's gradients only; ``d_loss`` in the logs stays without it, to be comparable.
    Raises LabkitError for an r1 of 0 or less.

    Source: Mescheder et al. 2018, "Which training methods for GANs do actually converge?", equation 9.
    """

    def __init__(self, generator, discriminator, seed=0, r1=1.0, **kwargs):
        super().__init__(generator, discriminator, seed, **kwargs)
        if not r1 > 0:
            raise LabkitError(f"r1={r1!r} is no weight of a penalty: it is above 0. Without one use training.GAN.")
        self.r1 = float(r1)

    def shared_gradients(self, real, latent, see=None):
        """Return ``GAN.shared_gradients`` with the penalty's gradients added to the discriminator's."""
        return self._with_penalty(real, *super().shared_gradients(real, latent, see))

    def separate_gradients(self, real, latent, see=None):
        """Return ``GAN.separate_gradients`` with the penalty's gradients added to the discriminator's."""
        return self._with_penalty(real, *super().separate_gradients(real, latent, see))

    def _alternating_step(self, *arguments):
        raise LabkitError('The penalty is written for updates="simultaneous"; compile the GAN so.')

    def penalty(self, real):
        """Return γ/2 · mean |∇_x D(x)|², float32, for images (batch, …) in [-1, 1] as the discriminator sees them."""
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(real)
            logits = self._judge(real)
        # Each logit depends on its own picture alone, so the gradient of their sum holds every picture's own slope.
        slopes = tf.reshape(tf.cast(tape.gradient(logits, real), tf.float32), [tf.shape(real)[0], -1])
        return self.r1 / 2 * tf.reduce_mean(tf.reduce_sum(slopes**2, axis=1))

    def _with_penalty(self, real, d_grads, g_grads, logs):
        with tf.GradientTape() as tape:
            penalty = self.penalty(real)
        more = tape.gradient(penalty, self.discriminator.trainable_variables)
        # The last bias shifts every logit by the same amount: no slope depends on it, and its gradient is None.
        d_grads = [grad if extra is None else grad + extra for grad, extra in zip(d_grads, more, strict=True)]
        return d_grads, g_grads, logs

    def get_config(self):
        """Return what ``from_config`` needs."""
        return {**super().get_config(), "r1": self.r1}

    @classmethod
    def from_config(cls, config):
        """Build the model from ``get_config``'s dictionary."""
        parts = {name: keras.saving.deserialize_keras_object(config[name]) for name in ("generator", "discriminator")}
        return cls(**parts, seed=config["seed"], r1=config["r1"])
