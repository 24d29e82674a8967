"""The way back: from a picture to the noise that a generator would need for it (Zhu et al. 2016, section 3.1)."""

import dataclasses
import math

import numpy as np
import tensorflow as tf

from labkit.errors import LabkitError
from labkit.training.adapters import generate, latent, latent_dim, normalise


@dataclasses.dataclass(frozen=True)
class Inversion:
    """What was found for n pictures.

    latents: float32 (n, dim). images: what the generator makes of them, uint8 (n, h, w, c).
    errors: float (n,), the root mean square of the pixel differences, in shades (0 to 255).
    history: float (steps, n), the same after each step.
    """

    latents: np.ndarray
    images: np.ndarray
    errors: np.ndarray
    history: np.ndarray


def invert(generator, images, steps: int = 150, learning_rate: float = 0.2, penalty: float = 0.0, starts: int = 256,
           seed: int = 0) -> Inversion:
    """Search, by gradient descent on the noise, for what a generator makes most like each picture.

    generator: latents (batch, dim) -> images in [-1, 1]; its weights stay as they are. images: uint8 (n, h, w, c).
    steps: of Adam, with a learning rate that falls to 0 along a cosine. The search for each picture starts at the
    nearest of ``starts`` random draws. penalty: what a mean square of 1 in the noise costs, in mean squared pixel
    differences on [-1, 1]; it keeps the noise near 0, where 0.02 is a lot and 0 leaves it free.

    Raises LabkitError for pictures of another shape than the generator's.
    """
    images = np.asarray(images)
    shape = tuple(generator.output_shape[1:])
    if images.dtype != np.uint8 or images.ndim != 4 or math.prod(images.shape[1:]) != math.prod(shape):
        raise LabkitError(f"The pictures are {images.dtype} {images.shape}; {generator.name} makes {shape}. "
                          "Give uint8 pictures of that size: datasets.load(name, size=…).images.")
    target = normalise(images, generator.output_shape)
    noise = tf.Variable(_starts(generator, images, starts, seed))
    moments = [tf.Variable(tf.zeros_like(noise)) for _ in range(2)]
    step = _step(generator, target, noise, moments, penalty)
    history = np.empty((steps, len(images)))
    for t in range(1, steps + 1):
        rate = learning_rate * 0.5 * (1 + math.cos(math.pi * (t - 1) / steps))
        history[t - 1] = step(tf.constant(rate, tf.float32), tf.constant(float(t)))
    found = noise.numpy()
    made = generate(generator, found, image_shape=images.shape[1:])
    errors = np.sqrt(((made.astype(np.float64) - images) ** 2).mean((1, 2, 3)))
    return Inversion(found, made, errors, np.sqrt(history) * 127.5)


def _starts(generator, images, starts, seed):
    draws = latent(starts, latent_dim(generator), seed)
    made = generate(generator, draws, image_shape=images.shape[1:]).reshape(starts, -1).astype(np.float32)
    wanted = images.reshape(len(images), -1).astype(np.float32)
    distances = (made ** 2).sum(1) - 2 * wanted @ made.T  # |wanted|² is the same for all of a row
    return draws[distances.argmin(1)]


def _step(generator, target, noise, moments, penalty):
    """Return one step of Adam as a graph; every picture has its own noise, so their sums do not mix."""

    @tf.function
    def step(rate, t):
        with tf.GradientTape() as tape:
            errors = tf.reduce_mean((generator(noise, training=False) - target) ** 2,
                                    axis=list(range(1, len(target.shape))))
            loss = tf.reduce_sum(errors) + penalty * tf.reduce_sum(tf.reduce_mean(noise ** 2, axis=1))
        gradient = tape.gradient(loss, noise)
        moments[0].assign(0.9 * moments[0] + 0.1 * gradient)
        moments[1].assign(0.999 * moments[1] + 0.001 * gradient ** 2)
        size = tf.sqrt(moments[1] / (1 - 0.999 ** t)) + 1e-8
        noise.assign_sub(rate * moments[0] / (1 - 0.9 ** t) / size)
        return errors

    return step


def pca_errors(train, images, count: int) -> np.ndarray:
    """Return what is left of pictures when they are rebuilt from ``count`` principal components of others.

    train, images: uint8 (m, h, w, c) and (n, h, w, c). Returns root mean squares in shades, float (n,): the least
    that any flat space of ``count`` dimensions leaves on average. Raises LabkitError for count >= m.
    """
    if not 0 < count < len(train):
        raise LabkitError(f"count is {count}: {len(train)} pictures have 1 to {len(train) - 1} components.")
    from sklearn.utils.extmath import randomized_svd

    flat = train.reshape(len(train), -1).astype(np.float32)
    mean = flat.mean(0)
    components = randomized_svd(flat - mean, count, n_iter=3, random_state=0)[2]
    wanted = images.reshape(len(images), -1).astype(np.float32) - mean
    rest = wanted - (wanted @ components.T) @ components
    return np.sqrt((rest.astype(np.float64) ** 2).mean(1))
