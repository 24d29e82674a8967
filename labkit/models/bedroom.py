"""Report 5: a GAN for bedrooms of 64x64.

The report has no table; its section "Parameters" gives the layers below. What it leaves open (the reshape, kernels,
biases, slopes) is an argument or named as our choice.
"""

import keras
from keras import layers

from labkit.errors import LabkitError
from labkit.models.registry import GanPair, last_activation

# 16384 values become base x base x channels. Each stride of 2 doubles the side, the fourth is the output layer's.
STRIDES = {
    4: (2, 2, 2, 2),   # 4x4x1024 -> 8 -> 16 -> 32 -> 64
    8: (2, 2, 2, 1),   # 8x8x256 -> 16 -> 32 -> 64 -> 64
    16: (1, 2, 2, 1),  # 16x16x64 -> 16 -> 32 -> 64 -> 64
}


def bedroom_gan(latent_dim: int = 100, base: int = 8, slope: float = 0.2, dropout: float = 0.0,
                output: str = "logits", size: int = 64, width: float = 1.0, spectral_norm: bool = False) -> GanPair:
    """Report 5's GAN. The report states no total; with ``base=8`` there are 2,733,283 and 940,801 parameters.

    Generator: (batch, latent_dim) float32 -> (batch, 64, 64, 3) in [-1, 1].
    Discriminator: (batch, 64, 64, 3) -> (batch, 1), logits, or probabilities with ``output="probability"``.

    ``base`` is the side after the reshape, which the report does not give. 8 (8x8x256) is our choice: there each of
    the three transposed convolutions doubles the side and the output layer only mixes channels. 4 (4x4x1024) lets
    the output layer double it, too; 16 (16x16x64) leaves the first one without a stride. Kernels of 5x5, no bias
    before a batch norm, the slope and tanh at the end are our choice. The report names no dropout: 0.

    For experiments that cannot wait: ``size`` is the pictures' side, 16, 32 or 64 (every feature map shrinks with
    it), ``width`` a factor on all channels and on the dense layer. ``spectral_norm`` divides each of the
    discriminator's kernels by its largest singular value (Miyato et al. 2018). Raises LabkitError for another base
    or size, or a width that leaves no channel.
    """
    if base not in STRIDES:
        raise LabkitError(f"base is 4, 8 or 16, the side of the first feature map, not {base!r}.")
    if size not in (16, 32, 64):
        raise LabkitError(f"size is 16, 32 or 64, the side of the pictures, not {size!r}.")
    if not 0.05 <= width <= 4:
        raise LabkitError(f"width is a factor on the number of channels, 0.05 to 4, not {width!r}.")
    first, second, third, last = STRIDES[base]
    side, channels = base * size // 64, round(16384 / base**2 * width)
    g1, g2, g3, d1, d2, d3 = (max(1, round(filters * width)) for filters in (128, 64, 32, 32, 128, 256))
    bounded = layers.SpectralNormalization if spectral_norm else lambda layer, name: layer

    generator = keras.Sequential([
        keras.Input((latent_dim,)),                                                              # (batch, 100)
        layers.Dense(side**2 * channels, name="dense"),                                          # (batch, 16384)
        layers.Reshape((side, side, channels), name="reshape"),                                  # (batch, 8, 8, 256)
        layers.Conv2DTranspose(g1, 5, first, "same", use_bias=False, name="conv2d_transpose"),   # (batch, 16, 16, 128)
        layers.BatchNormalization(name="batch_normalization"),
        layers.LeakyReLU(slope, name="leaky_re_lu"),
        layers.Conv2DTranspose(g2, 5, second, "same", use_bias=False, name="conv2d_transpose_1"),  # (batch, 32, 32, 64)
        layers.BatchNormalization(name="batch_normalization_1"),
        layers.LeakyReLU(slope, name="leaky_re_lu_1"),
        layers.Conv2DTranspose(g3, 5, third, "same", use_bias=False, name="conv2d_transpose_2"),  # (batch, 64, 64, 32)
        layers.BatchNormalization(name="batch_normalization_2"),
        layers.LeakyReLU(slope, name="leaky_re_lu_2"),
        layers.Conv2DTranspose(3, 5, last, "same", activation="tanh", dtype="float32",
                               name="conv2d_transpose_3"),                                       # (batch, 64, 64, 3)
    ], name="generator")

    discriminator = keras.Sequential([
        keras.Input((size, size, 3)),                                                            # (batch, 64, 64, 3)
        bounded(layers.Conv2D(d1, 5, 2, "same", name="conv2d"), name="sn_conv2d"),               # (batch, 32, 32, 32)
        layers.LeakyReLU(slope, name="leaky_re_lu"),
        layers.Dropout(dropout, name="dropout"),
        bounded(layers.Conv2D(d2, 5, 2, "same", name="conv2d_1"), name="sn_conv2d_1"),           # (batch, 16, 16, 128)
        layers.LeakyReLU(slope, name="leaky_re_lu_1"),
        layers.Dropout(dropout, name="dropout_1"),
        bounded(layers.Conv2D(d3, 5, 2, "same", name="conv2d_2"), name="sn_conv2d_2"),           # (batch, 8, 8, 256)
        layers.LeakyReLU(slope, name="leaky_re_lu_2"),
        layers.Dropout(dropout, name="dropout_2"),
        layers.Flatten(name="flatten"),                                                          # (batch, 16384)
        bounded(layers.Dense(1, activation=last_activation(output), dtype="float32", name="dense"),
                name="sn_dense"),                                                                # (batch, 1)
    ], name="discriminator")

    return GanPair(generator, discriminator)
