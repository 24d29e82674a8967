"""Goodfellow et al. 2014, "Generative adversarial nets": the first GAN, on digits.

Report 2 analyses the paper ("Analysis of Research Papers"); it has no table to be compared with.
"""

import keras
from keras import layers

from labkit.models.registry import GanPair, last_activation

PIECES = 5  # linear pieces of a maxout unit, as in the authors' settings for digits


def vanilla_gan(latent_dim: int = 100, width: int = 512, dropout: float = 0.3, output: str = "logits") -> GanPair:
    """The paper's kind of networks: rectifiers in the generator, maxout and dropout in the discriminator (section 5).

    Latents (batch, 100) float32 -> pictures (batch, 28, 28, 1) in [-1, 1]; two hidden layers of ``width`` rectifiers; a
    discriminator of two layers of 240 maxout units with ``dropout`` before each layer but the first. The authors have
    1200 rectifiers, a sigmoid in place of tanh, initial weights of their own and a dropout of 0.5. The discriminator
    gives logits (batch, 1), or probabilities with ``output="probability"``.
    """
    generator = keras.Sequential([
        keras.Input((latent_dim,)),                                              # (batch, 100)
        layers.Dense(width, activation="relu", name="hidden_1"),
        layers.Dense(width, activation="relu", name="hidden_2"),
        layers.Dense(28 * 28, activation="tanh", dtype="float32", name="pixels"),
        layers.Reshape((28, 28, 1), dtype="float32", name="picture"),            # (batch, 28, 28, 1)
    ], name="generator")
    image = keras.Input((28, 28, 1))                                             # (batch, 28, 28, 1)
    x = layers.Flatten(name="flatten")(image)                                    # (batch, 784)
    x = _maxout(x, 240, "1")                                                     # (batch, 240)
    x = layers.Dropout(dropout, name="dropout_1")(x)
    x = _maxout(x, 240, "2")
    x = layers.Dropout(dropout, name="dropout_2")(x)
    x = layers.Dense(1, activation=last_activation(output), dtype="float32", name="verdict")(x)
    return GanPair(generator, keras.Model(image, x, name="discriminator"))


def _maxout(x, units, name):
    """The largest of ``PIECES`` linear functions, for each unit (Goodfellow et al. 2013, "Maxout networks")."""
    x = layers.Dense(PIECES * units, name=f"linear_{name}")(x)
    x = layers.Reshape((PIECES, units), name=f"pieces_{name}")(x)
    return layers.GlobalMaxPooling1D(name=f"maxout_{name}")(x)
