"""Between uint8 pictures and what the networks take and give."""

import keras
import numpy as np
from keras import ops

from labkit.errors import LabkitError


def latent_dim(generator) -> int:
    """Return the size of the generator's latent vector."""
    shape = generator.input_shape
    if not isinstance(shape, tuple) or len(shape) != 2 or shape[1] is None:
        raise LabkitError(f"A generator takes latents (batch, latent_dim); {generator.name!r} takes {shape}.")
    return shape[1]


def batch_norm_layers(network) -> list:
    """Return the batch-normalisation layers of a network, at any depth."""
    return [layer for layer in network._flatten_layers() if isinstance(layer, keras.layers.BatchNormalization)]


def normalise(images, input_shape):
    """Scale uint8 (batch, H, W, C) to float32 in [-1, 1] and give it the network's shape.

    (x - 127.5) / 127.5, report 4 "Data normalization". A dense network (batch, D) gets flattened pictures.
    """
    scaled = ops.cast(images, "float32") / 127.5 - 1.0
    return ops.reshape(scaled, (-1, *input_shape[1:]))


def to_uint8(images, image_shape=None) -> np.ndarray:
    """Turn generated float images in [-1, 1] into uint8 pictures, rounding to the nearest level.

    images: (N, H, W, C), or (N, D) together with ``image_shape`` (H, W, C). Values outside are clipped.
    """
    images = np.asarray(ops.convert_to_numpy(images), dtype=np.float32)
    if images.ndim == 2:
        if image_shape is None:
            side = round((images.shape[1] / 3) ** 0.5)
            image_shape = (side, side, 3)
        if int(np.prod(image_shape)) != images.shape[1]:
            raise LabkitError(f"Vectors of {images.shape[1]} values are no pictures of {image_shape}.")
        images = images.reshape(-1, *image_shape)
    return np.clip(np.rint((images + 1.0) * 127.5), 0, 255).astype(np.uint8)


def latent(count: int, dim: int, seed: int = 0) -> np.ndarray:
    """Return ``count`` standard normal latents, float32 (count, dim), the same for the same seed.

    A longer draw starts with the shorter one: ``latent(16, d, s)[:4]`` equals ``latent(4, d, s)``.
    """
    return np.random.default_rng(seed).standard_normal((count, dim), dtype=np.float32)


def generate(generator, latents, batch_size: int = 256, image_shape=None) -> np.ndarray:
    """Return uint8 pictures (N, H, W, C) for latents (N, latent_dim) float32, in inference mode."""
    latents = np.asarray(latents, dtype=np.float32)
    if latents.ndim != 2 or latents.shape[1] != latent_dim(generator):
        raise LabkitError(
            f"{generator.name} takes latents of shape (n, {latent_dim(generator)}), not {latents.shape}. "
            f"training.latent(16, {latent_dim(generator)}, seed=0) makes sixteen."
        )
    batches = [
        to_uint8(generator(latents[i : i + batch_size], training=False), image_shape)
        for i in range(0, len(latents), batch_size)
    ]
    if not batches:
        raise LabkitError("No latents were given: there is nothing to generate.")
    return np.concatenate(batches)
