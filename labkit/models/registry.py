"""The registry of keys. Nothing here imports TensorFlow until a network is built."""

from __future__ import annotations

import importlib
import inspect
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

from labkit import device
from labkit.errors import LabkitError, known

if TYPE_CHECKING:
    import keras


class GanPair(NamedTuple):
    """Two networks that play against each other.

    ``generator``: latents (batch, latent_dim) float32 -> images in [-1, 1]; ``discriminator``: such images -> one logit
    each, (batch, 1) float32, above 0 for "real".
    """

    generator: keras.Model
    discriminator: keras.Model


@dataclass(frozen=True, slots=True)
class Spec:
    """What is known of a system before it is built.

    ``image_shape`` is (height, width, channels); ``data`` is a name that ``labkit.datasets.load`` knows;
    ``latent_dim`` is the length of the noise vector, None for a network without noise.
    """

    key: str
    report: int
    kind: Literal["gan", "network", "transfer"]
    data: str
    image_shape: tuple[int, int, int]
    latent_dim: int | None
    summary: str
    module: str


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
)}
# Systems of the papers that report 2 analyses: no report has a table of theirs.
_PAPERS = {spec.key: spec for spec in (
    Spec("vanilla-gan", 2, "gan", "mnist", (28, 28, 1), 100,
         "The first GAN (Goodfellow et al. 2014): dense layers, for digits and for points.", "vanilla"),
    Spec("domain-transfer", 2, "transfer", "svhn", (32, 32, 3), None,
         "House numbers become handwritten digits (Taigman et al. 2016): f, g and a ternary discriminator.",
         "domain_transfer"),
)}


def keys() -> tuple[str, ...]:
    """Return the keys of the reports' own systems, in the order of the reports."""
    return tuple(_SPECS)


def papers() -> tuple[str, ...]:
    """Return the keys of the systems that report 2's papers describe; ``spec`` and ``build`` know them, too."""
    return tuple(_PAPERS)


def spec(key: str) -> Spec:
    """Return what is known of the system ``key``. Raises LabkitError with the nearest names when there is none."""
    return known(key, _SPECS | _PAPERS, "model")


def build(key: str, *, seed: int | None = None, **options) -> GanPair | keras.Model:
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

    Logits are the default because the loss then stays exact where the sigmoid has rounded to 0 or 1.
    """
    if output not in ("logits", "probability"):
        raise LabkitError(f'A discriminator gives output="logits" or output="probability", not {output!r}.')
    return "linear" if output == "logits" else "sigmoid"


def numbered(kind: str, number: int) -> str:
    """Return Keras' name of layer ``number`` of its kind: conv2d, conv2d_1, conv2d_2, …"""
    return f"{kind}_{number}" if number else kind
