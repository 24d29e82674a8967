"""What the GAN models of both backends share: two networks, their settings, and how they are saved."""

import keras
import numpy as np

from labkit.errors import LabkitError
from labkit.training import augment, losses
from labkit.training.adapters import batch_norm_layers, latent_dim


class Pair(keras.Model):
    """Generator and discriminator, their optimizers and the choices that a step needs; no step.

    ``labkit.training.gan.GAN`` adds the step for TensorFlow, ``labkit.training.jax_gan.JaxGAN`` the one for JAX.
    """

    def __init__(self, generator, discriminator, seed=0, **kwargs):
        super().__init__(**kwargs)
        self.generator = generator
        self.discriminator = discriminator
        self.seed = seed
        self.latent_dim = latent_dim(generator)
        self.steps_done = 0  # counted on the host; part of every checkpoint
        self.seconds_done = 0.0  # what these steps took before the last resume
        self.built = True  # both networks are; Keras' own check would call this model

    def _choose(self, g_optimizer, d_optimizer, loss, label_smoothing, updates, flip, shift=0, augment_whom="real"):
        """Check and keep what ``compile`` was given; build the optimizers' variables."""
        if not 0.0 <= label_smoothing < 0.5:
            raise LabkitError(f"label_smoothing={label_smoothing} is not in [0, 0.5). 0.1 is the usual value.")
        if updates not in ("simultaneous", "alternating"):
            raise LabkitError(f'updates={updates!r} is unknown. Choose "simultaneous" or "alternating".')
        augment.check(shift, augment_whom)
        self.adversarial_loss = losses.get(loss)
        self.real_target = 1.0 - label_smoothing
        self.updates = updates
        self.flip, self.shift, self.augment = flip, shift, augment_whom
        # One backward pass through D can serve both losses only if the samples of a minibatch do not mix in it.
        self.shared_backward = updates == "simultaneous" and not batch_norm_layers(self.discriminator)
        self.g_optimizer, self.d_optimizer = g_optimizer, d_optimizer
        self.g_optimizer.build(self.generator.trainable_variables)
        self.d_optimizer.build(self.discriminator.trainable_variables)

    @staticmethod
    def _pictures(x) -> np.ndarray:
        """Return ``x`` as an array; raises LabkitError unless it is uint8 (N, H, W, C)."""
        images = np.asarray(x)
        if images.dtype != np.uint8 or images.ndim != 4:
            raise LabkitError(
                f"GAN.fit takes images as uint8 (N, H, W, C), not {images.dtype} {images.shape}. "
                "datasets.load(...).images is such an array."
            )
        return images

    def call(self, latent, training=False):
        """Return generated images for latents (batch, latent_dim)."""
        return self.generator(latent, training=training)

    def get_config(self):
        """Return what ``from_config`` needs."""
        parts = {"generator": self.generator, "discriminator": self.discriminator}
        return {**{name: keras.saving.serialize_keras_object(part) for name, part in parts.items()}, "seed": self.seed}

    @classmethod
    def from_config(cls, config):
        """Build the model from ``get_config``'s dictionary."""
        parts = {name: keras.saving.deserialize_keras_object(config[name]) for name in ("generator", "discriminator")}
        return cls(**parts, seed=config["seed"])
