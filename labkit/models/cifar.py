"""Report 4: two GANs for CIFAR-10, dense (its model 1) and convolutional (its model 2).

Layers bear the names, shapes and parameter counts of the report's tables (section 4, "Model design").
"""

import keras
from keras import layers

from labkit.models.registry import GanPair, convolutional_discriminator, last_activation, numbered


def cifar_dense_gan(latent_dim: int = 100, output: str = "logits", momentum: float = 0.7,
                    batch_norm: bool = True) -> GanPair:
    """Report 4, model 1: dense layers alone; 3,838,720 and 1,704,961 parameters.

    Generator: (batch, latent_dim) float32 -> (batch, 3072) in [-1, 1], an image of 32x32x3 laid out row by row.
    Discriminator: (batch, 3072) -> (batch, 1), logits, or probabilities with ``output="probability"``.
    LeakyReLU's slope 0.2 (that of Keras' "leaky_relu") and the batch norm's ``momentum`` 0.7 are the report's.
    ``batch_norm=False`` leaves its batch normalisation out, to see what it does.
    """
    def norm(name):
        return layers.BatchNormalization(momentum=momentum, name=name) if batch_norm else layers.Identity(name=name)

    noise = x = keras.Input((latent_dim,), name="input_2")                                   # (batch, 100)
    for i, units in enumerate((256, 512, 1024)):
        x = layers.Dense(units, activation="leaky_relu", name=f"dense_{i + 3}")(x)
        x = norm(numbered("batch_normalization", i))(x)
    x = layers.Dense(3072, activation="tanh", dtype="float32", name="dense_6")(x)            # (batch, 3072)
    generator = keras.Model(noise, x, name="model_1")

    image = keras.Input((3072,), name="input_1")                                             # (batch, 3072)
    y = layers.Dense(512, activation="leaky_relu", name="dense")(image)                      # (batch, 512)
    y = layers.Dense(256, activation="leaky_relu", name="dense_1")(y)                        # (batch, 256)
    y = layers.Dense(1, activation=last_activation(output), dtype="float32", name="dense_2")(y)  # (batch, 1)
    discriminator = keras.Model(image, y, name="model")

    return GanPair(generator, discriminator)


def cifar_dcgan(latent_dim: int = 100, dropout: float = 0.3, output: str = "logits", slope: float = 0.2,
                batch_norm: bool = True, discriminator_slope: float | None = None) -> GanPair:
    """Report 4, model 2: transposed convolutions; 1,439,168 and 1,033,345 parameters.

    Generator: (batch, latent_dim) float32 -> (batch, 32, 32, 3) in [-1, 1].
    Discriminator: (batch, 32, 32, 3) -> (batch, 1), logits, or probabilities with ``output="probability"``.
    The report's text states neither the rate of its dropout layers nor the slope of the discriminator's LeakyReLU; its
    own code has 0.3 for both. Here the slope is that of its generator, unless ``discriminator_slope`` gives another.
    Neither batch norm nor activation follows its first dense layer; so it is here. ``slope=0`` makes every LeakyReLU a
    ReLU, ``batch_norm=False`` leaves the batch normalisation out: to see what they do.
    """
    leak = slope if discriminator_slope is None else discriminator_slope

    def norm(name):
        return layers.BatchNormalization(name=name) if batch_norm else layers.Identity(name=name)

    generator = keras.Sequential([
        keras.Input((latent_dim,)),                                                                # (batch, 100)
        layers.Dense(4 * 4 * 256, use_bias=False, name="dense"),                                   # (batch, 4096)
        layers.Reshape((4, 4, 256), name="reshape"),                                               # (batch, 4, 4, 256)
        layers.Conv2DTranspose(128, 5, 2, "same", use_bias=False, name="conv2d_transpose"),        # (batch, 8, 8, 128)
        norm("batch_normalization"),
        layers.LeakyReLU(slope, name="leaky_re_lu"),
        layers.Conv2DTranspose(64, 5, 2, "same", use_bias=False, name="conv2d_transpose_1"),       # (batch, 16, 16, 64)
        norm("batch_normalization_1"),
        layers.LeakyReLU(slope, name="leaky_re_lu_1"),
        layers.Conv2DTranspose(3, 5, 2, "same", use_bias=False, activation="tanh", dtype="float32",
                               name="conv2d_transpose_2"),                                         # (batch, 32, 32, 3)
    ], name="sequential")

    # 16x16x64, 8x8x128, 4x4x256, 4096
    return GanPair(generator, convolutional_discriminator((32, 32, 3), (64, 128, 256), (2, 2, 2), leak, dropout, output,
                                                          first=(0, 2, 0, 0, 1), name="sequential_1"))
