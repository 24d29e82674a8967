"""Report 2: a GAN for house numbers (SVHN), a tutorial's network with one more layer on each side.

Layers bear the names, shapes and parameter counts of the report's two tables ("Overview of the GAN utilized in
step 2"). The kernels (5x5), the strides and the missing biases follow from the counts.
"""

import keras
from keras import layers

from labkit.models.registry import GanPair, convolutional_discriminator


def svhn_gan(latent_dim: int = 100, slope: float = 0.3, dropout: float = 0.3, output: str = "logits") -> GanPair:
    """Report 2's GAN; 3,143,616 (33,408 of them not trainable) and 627,713 parameters.

    Generator: (batch, latent_dim) float32 -> (batch, 32, 32, 3) in [-1, 1].
    Discriminator: (batch, 32, 32, 3) -> (batch, 1), logits, or probabilities with ``output="probability"``.
    The report does not state the slope of its LeakyReLU, the dropout rate and the last activations: 0.3 (Keras'
    own default), 0.3 and tanh are our choice. ``latent_dim=100`` follows from its count: 16384 x 100 = 1,638,400.
    """
    generator = [
        keras.Input((latent_dim,)),                                                              # (batch, 100)
        layers.Dense(8 * 8 * 256, use_bias=False, name="dense_2"),                               # (batch, 16384)
        layers.BatchNormalization(name="batch_normalization_3"),
        layers.LeakyReLU(slope, name="leaky_re_lu_5"),
        layers.Reshape((8, 8, 256), name="reshape_1"),                                           # (batch, 8, 8, 256)
    ]
    for i, (filters, stride) in enumerate(((128, 1), (128, 1), (64, 2)), start=3):               # 8x8, 8x8, 16x16
        generator += [
            layers.Conv2DTranspose(filters, 5, stride, "same", use_bias=False, name=f"conv2d_transpose_{i}"),
            layers.BatchNormalization(name=f"batch_normalization_{i + 1}"),
            layers.LeakyReLU(slope, name=f"leaky_re_lu_{i + 3}"),
        ]
    generator.append(layers.Conv2DTranspose(3, 5, 2, "same", use_bias=False, activation="tanh", dtype="float32",
                                            name="conv2d_transpose_6"))                          # (batch, 32, 32, 3)

    # 16x16x64, 16x16x128, 8x8x128, 8192
    discriminator = convolutional_discriminator((32, 32, 3), (64, 128, 128), (2, 1, 2), slope, dropout, output,
                                                first=(2, 9, 2, 1, 3))
    return GanPair(keras.Sequential(generator, name="generator"), discriminator)
