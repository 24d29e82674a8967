"""A flow for Fashion-MNIST (Lipman et al. 2023, "Flow matching for generative modeling"): no report's, for comparison.

One network gives the velocity with which a point on its way from noise to a picture moves; Euler's rule follows it.
"""

import keras
import numpy as np
from keras import layers, ops

SHAPE, CLASSES = (28, 28, 1), 10
NONE = CLASSES  # the label that says nothing of the class


def fashion_flow(channels: int = 32, steps: int = 10, guidance: float = 2.0) -> keras.Model:
    """Return the ``sampler`` around ``velocity(channels)``; its parameters are the velocity network's, 302,593."""
    return sampler(velocity(channels), steps, guidance)


def velocity(channels: int = 32) -> keras.Model:
    """Return the network (point (n, 28, 28, 1), time (n,) from 0, noise, to 1, picture, label (n,) integers, 0 to 9 or
    ``NONE``) -> velocity (n, 28, 28, 1): a small U-Net without normalisation, which costs a third of the time of a step
    on a processor, and without layers at the full resolution."""
    x, time, label = keras.Input(SHAPE), keras.Input(()), keras.Input((), dtype="int32")
    angles = ops.expand_dims(time, -1) * np.exp(np.linspace(0, 5, 32, dtype="float32"))
    about = layers.Dense(128)(ops.concatenate([ops.sin(angles), ops.cos(angles)], axis=-1))
    about = about + layers.Dense(128, use_bias=False)(ops.one_hot(label, CLASSES + 1))
    about = layers.Dense(128, "silu")(ops.silu(about))

    def block(h):
        """Two convolutions beside the straight way; time and class scale and shift what is between them."""
        width = h.shape[-1]
        inner = layers.Conv2D(width, 3, padding="same")(ops.silu(h))
        scale, shift = ops.split(layers.Reshape((1, 1, 2 * width))(layers.Dense(2 * width)(about)), 2, axis=-1)
        inner = ops.silu(inner * (1 + scale) + shift)
        return h + layers.Conv2D(width, 3, padding="same", kernel_initializer="zeros")(inner)

    fine = block(layers.Conv2D(channels, 4, 2, padding="same")(x))                               # (14, 14, 32)
    coarse = block(block(layers.Conv2D(2 * channels, 4, 2, padding="same")(fine)))               # (7, 7, 64)
    fine = block(fine + layers.Conv2DTranspose(channels, 2, 2)(coarse))                          # (14, 14, 32)
    v = layers.Conv2DTranspose(1, 4, 2, padding="same", dtype="float32")(ops.silu(fine))         # (28, 28, 1)
    return keras.Model([x, time, label], v, name="velocity")


def sampler(network: keras.Model, steps: int = 10, guidance: float = 1.0) -> keras.Model:
    """Return the generator, latents (n, 794) -> pictures (n, 28, 28, 1) in about [-1, 1], that goes ``steps`` equal
    steps of Euler's rule along a ``velocity`` network. 784 of the numbers are the noise; the largest of the last ten
    says which class is drawn, so that standard normal latents give all classes alike. guidance: w in v = v_none +
    w (v_class - v_none); with 0 or 1 the network is asked once a step, else twice (Ho and Salimans 2022)."""
    size = SHAPE[0] * SHAPE[1] * SHAPE[2]
    z = keras.Input((size + CLASSES,))
    x, last = layers.Reshape(SHAPE)(z[:, :size]), z[:, size:]
    largest = ops.cast(last >= ops.max(last, axis=-1, keepdims=True), "int32")  # argmax does not export to ONNX
    label = ops.sum(largest * np.arange(CLASSES, dtype="int32"), axis=-1)
    none = ops.zeros_like(label) + NONE
    for step in range(steps):
        time = ops.zeros_like(z[:, 0]) + step / steps
        v = network([x, time, label if guidance else none])
        if guidance not in (0, 1):
            plain = network([x, time, none])
            v = plain + guidance * (v - plain)
        x = x + v / steps
    return keras.Model(z, x, name="generator")
