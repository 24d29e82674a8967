"""Report 2: a GAN for house numbers (SVHN), a tutorial's network with one more layer on each side.

Layers bear the names, shapes and parameter counts of the report's two tables ("Overview of the GAN utilized in
step 2"). The kernels (5x5), the strides and the missing biases follow from the counts.
"""

import keras
from keras import layers

from labkit.models.registry import GanPair, critic


def svhn_gan(latent_dim: int = 100, slope: float = 0.3, dropout: float = 0.3, output: str = "logits") -> GanPair:
    """Report 2's GAN; 3,143,616 (33,408 of them not trainable) and 627,713 parameters.

    Generator: (batch, latent_dim) float32 -> (batch, 32, 32, 3) in [-1, 1].
    Discriminator: (batch, 32, 32, 3) -> (batch, 1), logits, or probabilities with ``output="probability"``.
    The report does not state the slope of its LeakyReLU, the dropout rate and the last activations: 0.3 (Keras'
    own default), 0.3 and tanh are our choice. ``latent_dim=100`` follows from its count: 16384 x 100 = 1,638,400.
    """
    generator = keras.Sequential([
        keras.Input((latent_dim,)),                                                              # (batch, 100)
        layers.Dense(8 * 8 * 256, use_bias=False, name="dense_2"),                               # (batch, 16384)
        layers.BatchNormalization(name="batch_normalization_3"),
        layers.LeakyReLU(slope, name="leaky_re_lu_5"),
        layers.Reshape((8, 8, 256), name="reshape_1"),                                           # (batch, 8, 8, 256)
        layers.Conv2DTranspose(128, 5, 1, "same", use_bias=False, name="conv2d_transpose_3"),    # (batch, 8, 8, 128)
        layers.BatchNormalization(name="batch_normalization_4"),
        layers.LeakyReLU(slope, name="leaky_re_lu_6"),
        layers.Conv2DTranspose(128, 5, 1, "same", use_bias=False, name="conv2d_transpose_4"),    # (batch, 8, 8, 128)
        layers.BatchNormalization(name="batch_normalization_5"),
        layers.LeakyReLU(slope, name="leaky_re_lu_7"),
        layers.Conv2DTranspose(64, 5, 2, "same", use_bias=False, name="conv2d_transpose_5"),     # (batch, 16, 16, 64)
        layers.BatchNormalization(name="batch_normalization_6"),
        layers.LeakyReLU(slope, name="leaky_re_lu_8"),
        layers.Conv2DTranspose(3, 5, 2, "same", use_bias=False, activation="tanh", dtype="float32",
                               name="conv2d_transpose_6"),                                       # (batch, 32, 32, 3)
    ], name="generator")

    # 16x16x64, 16x16x128, 8x8x128, 8192
    return GanPair(generator, critic((32, 32, 3), (64, 128, 128), (2, 1, 2), slope, dropout, output, (2, 9, 2, 1, 3)))
