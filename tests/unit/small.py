"""A GAN of 8x8 colour pictures from 5 numbers, small enough for tests, under any backend."""

import numpy as np

PICTURES = np.random.default_rng(1).integers(0, 256, (40, 8, 8, 3), dtype=np.uint8)


def pair(dropout=0.0, batch_norm_in_d=False, seed=0, norm=None):
    """Return generator and discriminator; ``norm``: options of the generator's batch norm, False: it has none."""
    import keras
    from keras import layers

    keras.utils.set_random_seed(seed)
    generator = keras.Sequential([
        keras.Input((5,)), layers.Dense(4 * 4 * 6, use_bias=False), layers.Reshape((4, 4, 6)),
        *([] if norm is False else [layers.BatchNormalization(**norm or {})]), layers.LeakyReLU(0.2),
        layers.Conv2DTranspose(3, 5, strides=2, padding="same", activation="tanh"),
    ])
    discriminator = keras.Sequential([
        keras.Input((8, 8, 3)), layers.Conv2D(6, 5, 2, "same", use_bias=not batch_norm_in_d),
        *([layers.BatchNormalization()] if batch_norm_in_d else []),
        layers.LeakyReLU(0.2), layers.Dropout(dropout), layers.Flatten(), layers.Dense(1),
    ])
    return generator, discriminator


def state(gan) -> list[bytes]:
    """Return every variable of a GAN, bit by bit."""
    parts = (gan.generator, gan.discriminator, gan.g_optimizer, gan.d_optimizer)
    return [np.asarray(variable).tobytes() for part in parts for variable in part.variables]
