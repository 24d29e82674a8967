"""The registry of keys. Nothing here imports TensorFlow until a network is built."""

import importlib
import inspect
import random
import tomllib
from collections import namedtuple
from pathlib import Path

from labkit import device
from labkit.errors import LabkitError, lookup

#: Two networks that play against each other. generator: latents (batch, latent_dim) float32 -> images in [-1, 1];
#: discriminator: such images -> one logit each, (batch, 1) float32, above 0 for "real".
GanPair = namedtuple("GanPair", "generator discriminator")

#: What is known of a system before it is built (systems.toml): its report (None for a later paper's), kind ("gan",
#: "network", "transfer" or "flow"), the name of its data for ``datasets.load``, image_shape (height, width, channels),
#: the length of its noise (None: it takes none), a sentence, the module with its builder.
Spec = namedtuple("Spec", "key report kind data image_shape latent_dim summary module")

_SPECS = {key: Spec(key, **{"report": None, "latent_dim": None} | row | {"image_shape": tuple(row["image_shape"])})
          for key, row in tomllib.loads(Path(__file__).with_name("systems.toml").read_text(encoding="utf-8")).items()}
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
