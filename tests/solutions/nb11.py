"""Solutions of 11_noise_studio."""

import keras
import numpy as np
import tensorflow as tf

from labkit import models, training
from labkit.models import extractors


def without(direction, others):
    basis = np.linalg.qr(np.transpose(others))[0]  # (d, k), orthonormal
    rest = direction - basis @ (basis.T @ direction)
    return rest / np.linalg.norm(rest)


def my_noise(steps=100, weight=10.0):
    """What should fall: -log p(ship). What should stay: the picture."""
    generator, classifier = models.weights.load("cifar-dcgan"), extractors.load_default("cifar10").model
    logits = keras.Model(classifier.get_layer("rescaling").output, classifier.output["logits"])
    noise = tf.Variable(training.latent(1, 100, 11))
    deer = generator(noise)
    adam = keras.optimizers.Adam(0.05)
    adam.build([noise])
    for _ in range(steps):
        with tf.GradientTape() as tape:
            picture = generator(noise)
            loss = weight * tf.reduce_mean((picture - deer) ** 2) - tf.nn.log_softmax(logits(picture))[0, 8]
        adam.apply([tape.gradient(loss, noise)], [noise])
    return noise.numpy()


class Noise:
    """In the notebook: my_noise(). Here searched for when it is first read."""

    def __array__(self, dtype=None, copy=None):
        return my_noise()


ANSWERS = {"11.1": (without,), "11.2": (Noise(),), "11.3": ("bc",)}
