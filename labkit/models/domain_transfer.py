"""Report 2's second paper: Taigman, Polyak and Wolf, "Unsupervised cross-domain image generation", 2016.

The kind of each layer is the paper's (section 5.1); the networks are several times narrower, so that they train on a
processor. What else is ours stands beside its line.
"""

from collections import namedtuple

import keras
from keras import layers

#: The networks of a domain transfer; the paper's generator is the composition G = g o f.
#: f: (batch, 32, 32, 3) in [-1, 1] → (batch, 64) float32, unit variance on the source once trained;
#: head: (batch, 64) → (batch, 10) class logits, needed only to train f; g: (batch, 64) → (batch, 32, 32, 1) in [-1, 1];
#: discriminator: (batch, 32, 32, 1) → (batch, 3) logits: made from the source, made from the target, real target.
TransferNetworks = namedtuple("TransferNetworks", "f head g discriminator")


def domain_transfer() -> TransferNetworks:
    """Return the networks for house numbers → digits; 404,905 parameters in f and g together."""
    # Batch normalisation is ours: with a few thousand pictures f learns much faster. The last one has neither scale nor
    # offset, so that every feature has unit variance and the weight of L_CONST means the same for every f.
    f = [keras.Input((32, 32, 3))]
    for number, (width, pool) in enumerate(((24, 2), (48, 2), (96, 2), (64, 4)), start=1):
        last = number == 4
        f += [
            layers.Conv2D(width, 3, padding="same", use_bias=False, name=f"conv{number}"),
            layers.MaxPooling2D(pool, name=f"pool{number}"),                       # 16x16, 8x8, 4x4, 1x1
            layers.BatchNormalization(momentum=0.95, center=not last, scale=not last, name=f"norm{number}"),
            layers.Flatten(dtype="float32", name="features") if last else layers.ReLU(name=f"relu{number}"),
        ]
    head = [keras.Input((64,)), layers.ReLU(name="relu"), layers.Dense(10, dtype="float32", name="logits")]

    g = [keras.Input((64,)), layers.Dense(4 * 4 * 128, use_bias=False, name="dense"),
         layers.Reshape((4, 4, 128), name="reshape")]
    for number, width in enumerate((64, 32, 1), start=1):                          # 8x8, 16x16, 32x32
        g += [
            layers.BatchNormalization(momentum=0.9, name=f"norm{number}"),
            layers.ReLU(name=f"relu{number}"),
            # 4x4 kernels with stride 2 leave no chequered pattern: notebook 06.
            layers.Conv2DTranspose(width, 4, 2, "same", use_bias=width == 1, name=f"up{number}"),
        ]
    g.append(layers.Activation("tanh", dtype="float32", name="tanh"))

    d = [keras.Input((32, 32, 1))]  # without batch normalisation: three kinds of pictures pass it together
    for number, width in enumerate((32, 64, 128), start=1):                        # 16x16, 8x8, 4x4
        d += [layers.Conv2D(width, 4, 2, "same", name=f"conv{number}"), layers.LeakyReLU(0.2, name=f"leaky{number}")]
    d += [layers.Flatten(name="flatten"), layers.Dense(3, dtype="float32", name="logits")]

    return TransferNetworks(keras.Sequential(f, name="f"), keras.Sequential(head, name="head"),
                            keras.Sequential(g, name="g"), keras.Sequential(d, name="discriminator"))


def together(networks: TransferNetworks) -> keras.Model:
    """Return f, its head and g as one model, whose weights go into one file."""
    pictures = keras.Input((32, 32, 3))
    said = networks.f(pictures)
    return keras.Model(pictures, [networks.head(said), networks.g(said)], name="domain-transfer")
