"""Report 3: a GAN that upsamples and convolves, for Fashion-MNIST and for faces.

The report has no table. Its prose (section "Model") gives Dense 6272, the reshape to 7x7x128, UpSampling2D and
Conv2D layers with LeakyReLU, one output channel and the total, 2,155,137. Notebook 08
finds the networks that fit; the one built by default is the only one with kernels from 3 to 7.
"""

import keras
from keras import layers

from labkit.errors import LabkitError, lookup
from labkit.models.registry import GanPair, convolutional_discriminator, numbered


def fashion_gan(latent_dim: int = 128, kernels: tuple[int, ...] = (5, 5, 4, 4, 4), dropout: float = 0.3,
                output: str = "logits", channels: int = 128, upsampling: str = "nearest") -> GanPair:
    """Report 3's GAN; 2,155,137 parameters in the generator, 8.22 MiB of float32.

    Generator: (batch, latent_dim) float32 -> (batch, 28, 28, 1) in [-1, 1].
    Discriminator: (batch, 28, 28, 1) -> (batch, 1), logits, or probabilities with ``output="probability"``.

    ``kernels`` of the five convolutions: (7, 4, 4, 1, 4) has the same total. The report says nothing of its
    discriminator: 64, 128, 256 filters, 5x5, stride 2 (1,030,145 parameters) are our choice, as are the slope 0.2, the
    rate of the dropout that it mentions, and tanh at the end.

    Not the report's: ``channels`` makes both networks narrower or wider (a multiple of 4), ``upsampling="transposed"``
    has a Conv2DTranspose with stride 2 in the place of each UpSampling2D and the convolution behind it: the same
    kernel, the same number of parameters. Raises LabkitError for other values of any of these.
    """
    if len(kernels) != 5 or min(kernels) < 1 or channels < 4 or channels % 4:
        raise LabkitError("kernels are five sizes of at least 1, one for each convolution, and channels is a multiple "
                          f"of 4, for example 32; here they are {kernels!r} and {channels!r}.")
    lookup(upsampling, dict.fromkeys(("nearest", "transposed")), "upsampling")

    def doubled(number):
        """The layers that double height and width."""
        if upsampling == "nearest":
            return [layers.UpSampling2D(name=numbered("up_sampling2d", number)),
                    layers.Conv2D(channels, kernels[number], padding="same", name=numbered("conv2d", number))]
        return [layers.Conv2DTranspose(channels, kernels[number], strides=2, padding="same",
                                       name=numbered("conv2d_transpose", number))]

    generator = keras.Sequential([
        keras.Input((latent_dim,)),                                                            # (batch, 128)
        layers.Dense(7 * 7 * channels, name="dense"),                                          # (batch, 6272)
        layers.LeakyReLU(0.2, name="leaky_re_lu"),
        layers.Reshape((7, 7, channels), name="reshape"),                                      # (batch, 7, 7, 128)
        *doubled(0),                                                                           # (batch, 14, 14, 128)
        layers.LeakyReLU(0.2, name="leaky_re_lu_1"),
        *doubled(1),                                                                           # (batch, 28, 28, 128)
        layers.LeakyReLU(0.2, name="leaky_re_lu_2"),
        layers.Conv2D(channels, kernels[2], padding="same", name="conv2d_2"),                  # (batch, 28, 28, 128)
        layers.LeakyReLU(0.2, name="leaky_re_lu_3"),
        layers.Conv2D(channels, kernels[3], padding="same", name="conv2d_3"),                  # (batch, 28, 28, 128)
        layers.LeakyReLU(0.2, name="leaky_re_lu_4"),
        layers.Conv2D(1, kernels[4], padding="same", activation="tanh", dtype="float32",
                      name="conv2d_4"),                                                        # (batch, 28, 28, 1)
    ], name="generator")

    filters = (channels // 2, channels, 2 * channels)                                  # 14x14x64, 7x7x128, 4x4x256
    return GanPair(generator, convolutional_discriminator((28, 28, 1), filters, (2, 2, 2), 0.2, dropout, output))


# The report's "same architecture" for faces, of which it says neither which nor how large: it can only mean 28x28x1.
face_gan = fashion_gan
