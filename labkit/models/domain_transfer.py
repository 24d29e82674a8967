"""Report 2's second paper: Taigman, Polyak and Wolf, "Unsupervised cross-domain image generation", 2016.

Four networks. ``f`` sees a picture of either domain and says what is in it; ``head`` is needed only to train it; ``g``
draws a picture of the target domain from what ``f`` said; the discriminator knows three kinds of pictures. The
generator of the paper is the composition G = g o f.

The kind of each layer is the paper's (section 5.1); the networks are several times narrower than usual for it, so that
they train on a processor. What else is ours stands beside its line.
"""

from typing import NamedTuple

import keras
from keras import layers

SLOPE = 0.2


class TransferNetworks(NamedTuple):
    """The networks of a domain transfer.

    ``f``: (batch, 32, 32, 3) in [-1, 1] → (batch, features) float32, unit variance on the source once trained;
    ``head``: (batch, features) → (batch, 10) class logits; ``g``: (batch, features) → (batch, 32, 32, 1) in [-1, 1];
    ``discriminator``: (batch, 32, 32, 1) → (batch, 3) logits: made from the source, made from the target, real target.
    """

    f: keras.Model
    head: keras.Model
    g: keras.Model
    discriminator: keras.Model


def domain_transfer(f_filters: tuple = (24, 48, 96, 64), g_filters: tuple = (128, 64, 32),
                    d_filters: tuple = (32, 64, 128), classes: int = 10) -> TransferNetworks:
    """Return the networks for house numbers → digits; 404,905 parameters in f and g together.

    f_filters: four numbers; the last is the length of what f says. g_filters: of 4x4, 8x8 and 16x16 pixels.
    d_filters: of 16x16, 8x8 and 4x4 pixels.
    """
    features = f_filters[-1]
    return TransferNetworks(content(f_filters), classifier(features, classes), drawer(features, g_filters),
                            three_way(d_filters))


def content(filters=(24, 48, 96, 64)) -> keras.Model:
    """Return f: four convolutions with pooling, the last by 4, before its ReLU.

    Batch normalisation is ours: with a few thousand pictures f learns much faster. The last one has neither scale nor
    offset, so that every feature has unit variance and the weight of L_CONST means the same for every f.
    """
    stack = [keras.Input((32, 32, 3))]
    for number, (width, pool) in enumerate(zip(filters, (2, 2, 2, 4), strict=True), start=1):
        last = number == len(filters)
        stack += [
            layers.Conv2D(width, 3, padding="same", use_bias=False, name=f"conv{number}"),
            layers.MaxPooling2D(pool, name=f"pool{number}"),                       # 16x16, 8x8, 4x4, 1x1
            layers.BatchNormalization(momentum=0.95, center=not last, scale=not last, name=f"norm{number}"),
        ]
        stack += [] if last else [layers.ReLU(name=f"relu{number}")]
    return keras.Sequential([*stack, layers.Flatten(dtype="float32", name="features")], name="f")


def classifier(features: int = 64, classes: int = 10) -> keras.Model:
    """Return the layers that turn what f says into class logits; after the training of f nobody needs them."""
    return keras.Sequential([keras.Input((features,)), layers.ReLU(name="relu"),
                             layers.Dense(classes, dtype="float32", name="logits")], name="head")


def drawer(features: int = 64, filters=(128, 64, 32)) -> keras.Model:
    """Return g: from one vector to 4x4, 8x8, 16x16 and 32x32 pixels, as a generator does from noise."""
    stack = [keras.Input((features,)), layers.Dense(4 * 4 * filters[0], use_bias=False, name="dense"),
             layers.Reshape((4, 4, filters[0]), name="reshape")]
    for number, width in enumerate((*filters[1:], 1), start=1):
        stack += [
            layers.BatchNormalization(momentum=0.9, name=f"norm{number}"),
            layers.ReLU(name=f"relu{number}"),
            # 4x4 kernels with stride 2 leave no chequered pattern: notebook 06.
            layers.Conv2DTranspose(width, 4, 2, "same", use_bias=width == 1, name=f"up{number}"),
        ]
    return keras.Sequential([*stack, layers.Activation("tanh", dtype="float32", name="tanh")], name="g")


def three_way(filters=(32, 64, 128)) -> keras.Model:
    """Return the ternary discriminator. Without batch normalisation: three kinds of pictures pass it together."""
    stack = [keras.Input((32, 32, 1))]
    for number, width in enumerate(filters, start=1):
        stack += [layers.Conv2D(width, 4, 2, "same", name=f"conv{number}"),        # 16x16, 8x8, 4x4
                  layers.LeakyReLU(SLOPE, name=f"leaky{number}")]
    return keras.Sequential([*stack, layers.Flatten(name="flatten"),
                             layers.Dense(3, dtype="float32", name="logits")], name="discriminator")


def together(networks: TransferNetworks) -> keras.Model:
    """Return f, its head and g as one model, whose weights go into one file."""
    pictures = keras.Input((32, 32, 3))
    said = networks.f(pictures)
    return keras.Model(pictures, [networks.head(said), networks.g(said)], name="domain-transfer")
