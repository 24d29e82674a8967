"""Report 5: a GAN for bedrooms of 64x64. The report has no table; its section "Parameters" gives the layers below."""

import keras
from keras import layers

from labkit.errors import LabkitError
from labkit.models.registry import GanPair, convolutional_discriminator, numbered

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

    Not in the report, and our choice: ``base``, the side after the reshape (8, 8x8x256: each of three transposed
    convolutions doubles it; with 4 the output layer does, too; with 16 the first one has no stride), kernels of 5x5, no
    bias before a batch norm, slope, tanh and no dropout.

    For experiments that cannot wait: ``size`` is the pictures' side, 16, 32 or 64, ``width`` a factor on all channels.
    ``spectral_norm`` divides each kernel of the discriminator by its largest singular value (Miyato et al. 2018).
    Raises LabkitError for another base or size.
    """
    if base not in STRIDES or size not in (16, 32, 64):
        raise LabkitError("base is 4, 8 or 16, the side of the first feature map, and size is 16, 32 or 64, that of "
                          f"the pictures; here they are {base!r} and {size!r}.")
    *strides, last = STRIDES[base]
    side, channels = base * size // 64, round(16384 / base**2 * width)

    generator = [
        keras.Input((latent_dim,)),                                             # (batch, 100)
        layers.Dense(side**2 * channels, name="dense"),                         # (batch, 16384)
        layers.Reshape((side, side, channels), name="reshape"),                 # (batch, 8, 8, 256)
    ]
    for i, filters in enumerate((128, 64, 32)):                                 # 16x16x128, 32x32x64, 64x64x32
        generator += [
            layers.Conv2DTranspose(max(1, round(filters * width)), 5, strides[i], "same", use_bias=False,
                                   name=numbered("conv2d_transpose", i)),
            layers.BatchNormalization(name=numbered("batch_normalization", i)),
            layers.LeakyReLU(slope, name=numbered("leaky_re_lu", i)),
        ]
    generator.append(layers.Conv2DTranspose(3, 5, last, "same", activation="tanh", dtype="float32",
                                            name="conv2d_transpose_3"))         # (batch, 64, 64, 3)

    filters = [max(1, round(filters * width)) for filters in (32, 128, 256)]    # 32x32x32, 16x16x128, 8x8x256
    more = {"bounded": layers.SpectralNormalization} if spectral_norm else {}
    discriminator = convolutional_discriminator((size, size, 3), filters, (2, 2, 2), slope, dropout, output, **more)
    return GanPair(keras.Sequential(generator, name="generator"), discriminator)
