"""The registry of keys. Nothing here imports TensorFlow until a network is built."""

import importlib
import inspect
import random
from collections import namedtuple

from labkit import device
from labkit.errors import LabkitError, lookup

#: Two networks that play against each other. generator: latents (batch, latent_dim) float32 -> images in [-1, 1];
#: discriminator: such images -> one logit each, (batch, 1) float32, above 0 for "real".
GanPair = namedtuple("GanPair", "generator discriminator")

#: What is known of a system before it is built: its report, kind ("gan", "network", "transfer" or "flow"), the name of
#: its data for ``datasets.load``, image_shape (height, width, channels), the length of its noise (None: it takes none).
Spec = namedtuple("Spec", "key report kind data image_shape latent_dim summary module")

_SPECS = {spec.key: spec for spec in (
    Spec("plain-lstm", 1, "network", "photos", (256, 256, 3), None,
         "A whole image as one step of a sequence: one LSTM and two dense layers.", "lstm"),
    Spec("cnn-lstm", 1, "network", "photos", (256, 256, 3), None,
         "Four convolutions, then LSTMs over a sequence of one step, then dense layers.", "lstm"),
    Spec("cnn-lstm-tuned", 1, "network", "photos", (256, 256, 3), None,
         "The same with a wider second LSTM and dropout 0.4.", "lstm"),
    Spec("cnn-lstm-l2", 1, "network", "photos", (256, 256, 3), None,
         "The same as a functional model, with L2 and dropout 0.3.", "lstm"),
    Spec("svhn-gan", 2, "gan", "svhn", (32, 32, 3), 100,
         "A convolutional GAN with one extra layer on each side, for house numbers.", "svhn"),
    Spec("fashion-gan", 3, "gan", "fashion_mnist", (28, 28, 1), 128,
         "A GAN that upsamples and convolves, for pictures of clothes.", "fashion"),
    Spec("face-gan", 3, "gan", "faces", (28, 28, 1), 128,
         "The same architecture on grey pictures of faces.", "fashion"),
    Spec("cifar-dense-gan", 4, "gan", "cifar10", (32, 32, 3), 100,
         "A GAN of dense layers alone: an image is a vector of 3072 numbers.", "cifar"),
    Spec("cifar-dcgan", 4, "gan", "cifar10", (32, 32, 3), 100,
         "A deep convolutional GAN: 4x4 -> 8x8 -> 16x16 -> 32x32.", "cifar"),
    Spec("bedroom-gan", 5, "gan", "bedrooms", (64, 64, 3), 100,
         "A deep convolutional GAN for bedrooms of 64x64.", "bedroom"),
    Spec("vanilla-gan", 2, "gan", "mnist", (28, 28, 1), 100,
         "The first GAN (Goodfellow et al. 2014): dense layers, for digits and for points.", "vanilla"),
    Spec("fashion-flow", None, "flow", "fashion_mnist", (28, 28, 1), 794,
         "A flow for clothes: one network, asked ten times, turns noise into a picture.", "flow"),
    Spec("domain-transfer", 2, "transfer", "svhn", (32, 32, 3), None,
         "House numbers become handwritten digits (Taigman et al. 2016): f, g and a ternary discriminator.",
         "domain_transfer"),
)}
_PAPERS = ("vanilla-gan", "domain-transfer", "fashion-flow")  # no report has a table of theirs


def keys() -> tuple[str, ...]:
    """Return the keys of the reports' own systems, in the order of the reports."""
    return tuple(key for key in _SPECS if key not in _PAPERS)


def papers() -> tuple[str, ...]:
    """Return the keys of the systems that are a paper's, not a report's; ``spec`` and ``build`` know them, too."""
    return _PAPERS


def spec(key: str) -> Spec:
    """Return what is known of the system ``key``. Raises LabkitError with the nearest names when there is none."""
    return _SPECS[key] if key in _SPECS else lookup(key, _SPECS, "model")


def build(key: str, *, seed: int | None = None, **options):
    """Build the networks of the system ``key``: a ``GanPair`` for a GAN, a ``keras.Model`` for a single network, four
    networks (``labkit.models.domain_transfer.TransferNetworks``) for "domain-transfer".

    ``seed`` makes the initial weights (and the dropout masks) repeatable. ``options`` are those of the family's
    function, e.g. ``build("cifar-dcgan", dropout=0.5)``; every GAN takes ``output="logits" | "probability"`` for its
    discriminator. Raises LabkitError for a key or an option that does not exist.
    """
    module = spec(key).module
    device.quiet_tensorflow()
    function = getattr(importlib.import_module(f"labkit.models.{module}"), key.replace("-", "_"))
    there = inspect.signature(function).parameters
    if wrong := [name for name in options if name not in there]:
        raise LabkitError(f"{key} takes no option {wrong[0]!r}. Its options are: {', '.join(('seed', *there))}.")
    if seed is None:
        return function(**options)
    # Keras gives a layer without a seed of its own a number from Python's ``random``: each layer another one.
    state = random.getstate()
    random.seed(seed)
    try:
        return function(**options)
    finally:
        random.setstate(state)


def last_activation(output: str) -> str:
    """Return "linear" for a discriminator that gives logits, the reports' "sigmoid" for one that gives probabilities.
    Logits are the default because the loss then stays exact where the sigmoid has rounded to 0 or 1."""
    if output not in ("logits", "probability"):
        raise LabkitError(f'A discriminator gives output="logits" or output="probability", not {output!r}.')
    return "linear" if output == "logits" else "sigmoid"


def numbered(kind: str, number: int) -> str:
    """Return Keras' name of layer ``number`` of its kind: conv2d, conv2d_1, conv2d_2, …"""
    return f"{kind}_{number}" if number else kind


def convolutional_discriminator(shape, filters, strides, slope, dropout, output, first=(0, 0, 0, 0, 0),
                                name="discriminator", bounded=lambda layer, name: layer):
    """Return the discriminator of several families: convolutions of 5x5, each with LeakyReLU and dropout, then a dense
    layer, (batch, *shape) -> (batch, 1). ``bounded`` wraps the layers that have weights. first: the numbers with which
    the names of convolutions, LeakyReLUs, dropouts, Flatten and Dense begin."""
    import keras
    from keras import layers

    convolution, leaky, drop, flatten, dense = first
    stack = [keras.Input(shape)]
    for i, (width, stride) in enumerate(zip(filters, strides, strict=True)):
        layer = layers.Conv2D(width, 5, stride, "same", name=numbered("conv2d", convolution + i))
        stack += [bounded(layer, name=numbered("sn_conv2d", i)),
                  layers.LeakyReLU(slope, name=numbered("leaky_re_lu", leaky + i)),
                  layers.Dropout(dropout, name=numbered("dropout", drop + i))]
    score = layers.Dense(1, activation=last_activation(output), dtype="float32", name=numbered("dense", dense))
    stack += [layers.Flatten(name=numbered("flatten", flatten)), bounded(score, name="sn_dense")]
    return keras.Sequential(stack, name=name)
