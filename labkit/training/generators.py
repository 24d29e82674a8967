"""Generators: from latents to uint8 pictures and back, and the averaged copy that one shows and ships."""

import keras
import numpy as np
from keras import ops

from labkit.errors import LabkitError
from labkit.plotting.images import latent, to_levels

BATCH = 256  # pictures that a generator makes together


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
    """Scale uint8 (batch, H, W, C) to float32 in [-1, 1] and give it the network's shape. (x - 127.5) / 127.5, report 4
    "Data normalization". A dense network (batch, D) gets flattened pictures."""
    return ops.reshape(ops.cast(images, "float32") / 127.5 - 1.0, (-1, *input_shape[1:]))


def to_uint8(images, image_shape=None) -> np.ndarray:
    """Turn generated float images in [-1, 1] into uint8 pictures, rounding to the nearest level. images: (N, H, W, C),
    or (N, D) together with ``image_shape`` (H, W, C). Values outside are clipped."""
    images = np.asarray(ops.convert_to_numpy(images), dtype=np.float32)
    if images.ndim == 2:
        side = round((images.shape[1] / 3) ** 0.5)
        images = images.reshape(-1, *(image_shape or (side, side, 3)))
    return to_levels(images)


def generate(generator, latents, image_shape=None) -> np.ndarray:
    """Return uint8 pictures (N, H, W, C) for latents (N, latent_dim) float32, N >= 1, in inference mode.
    image_shape: (H, W, C), for a dense generator. Raises LabkitError for latents of another shape."""
    latents, dim = np.asarray(latents, dtype=np.float32), latent_dim(generator)
    if latents.ndim != 2 or latents.shape[1] != dim or not len(latents):
        raise LabkitError(f"{generator.name} takes latents of shape (n, {dim}), not {latents.shape}. "
                          f"training.latent(16, {dim}, seed=0) makes sixteen.")
    return np.concatenate([to_uint8(generator(latents[i : i + BATCH], training=False), image_shape)
                           for i in range(0, len(latents), BATCH)])


def averaged_weights(gan) -> list[np.ndarray]:
    """Return the averages (EMA, Yazici et al. 2019) of the generator's trainable weights; without EMA, the weights."""
    variables = gan.generator.trainable_variables
    now = [np.asarray(variable).copy() for variable in variables]
    if not getattr(gan.g_optimizer, "use_ema", False):
        return now
    try:
        gan.g_optimizer.finalize_variable_values(variables)
        return [np.asarray(variable).copy() for variable in variables]
    finally:
        for variable, value in zip(variables, now, strict=True):
            variable.assign(value)


def averaged_generator(gan, batches: int = 20):
    """Return a copy of the generator with ``averaged_weights``, settled; the GAN is left as it is."""
    return settled(gan.generator, batches, averaged_weights(gan))


def settled(generator, batches: int = 2, trainable=None):
    """Return a copy of a generator, with the ``trainable`` weights if given, whose batch-norm statistics are estimated
    anew: the mean over ``batches`` minibatches of 256 latents. Keras' moving averages lag some hundred steps behind;
    until then inference shows grey."""
    copy = keras.models.clone_model(generator)
    copy.set_weights(generator.get_weights())
    for variable, value in zip(copy.trainable_variables, trainable or (), strict=trainable is not None):
        variable.assign(value)
    norms = batch_norm_layers(copy)
    momenta = [norm.momentum for norm in norms]
    for i, batch in enumerate(np.split(latent(batches * BATCH, latent_dim(copy)), batches) if norms else ()):
        for norm in norms:
            norm.momentum = i / (i + 1)  # a running mean of everything so far
        copy(batch, training=True)
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum
    return copy
