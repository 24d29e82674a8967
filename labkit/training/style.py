"""Neural style transfer: a picture with the content of one and the style of another, found by optimising its pixels.

>>> from labkit.training import style
>>> result = style.transfer(photograph, painting, steps=150)                      # doctest: +SKIP
>>> result.image, result.history["style"]                                         # doctest: +SKIP

No network is trained: a frozen ImageNet classifier says how far the picture is from the photograph (features, place
by place) and from the painting (Gram matrices: which features occur together, wherever). Source: L. Gatys, A. Ecker,
M. Bethge, "Image style transfer using convolutional neural networks", CVPR 2016, with three changes that a network
other than VGG needs (and that notebook 13 measures): losses relative to their targets, a Fourier canvas, and jitter.
"""

from __future__ import annotations

import dataclasses
import functools
import os
import time
from pathlib import Path

import keras
import numpy as np
import scipy.optimize
import tensorflow as tf
from PIL import Image

from labkit.datasets import hosts
from labkit.errors import LabkitError
from labkit.models import extractors
from labkit.training import canvas as canvases

#: network → layers whose Gram matrices are compared, layer whose features are compared.
LAYERS = {
    "efficientnet_lite0": (("stem", "block1a", "block2b", "block3b", "block4c", "block5c"), "block4c"),
    "vgg19": (("block1_conv1", "block2_conv1", "block3_conv1", "block4_conv1", "block5_conv1"), "block4_conv2"),
}
_VGG_MEAN = (103.939, 116.779, 123.68)  # of ImageNet's blue, green, red, which VGG's weights expect to be taken off
_VGG_FILE = "vgg19_weights_tf_dim_ordering_tf_kernels_notop.h5"  # Keras' name of it
_SHIFTS = 16  # jittered content features are computed once for so many shifts, instead of in every step


@dataclasses.dataclass(frozen=True)
class Result:
    """A picture and how it came about.

    image: uint8 (height, width, 3). history: "total", "content", "style", "variation", each float64 (steps,); content
    and style before they are weighted. layers: name → style loss of that layer at the end. seconds: without set-up.
    """

    image: np.ndarray
    history: dict[str, np.ndarray]
    layers: dict[str, float]
    seconds: float


def square(image, size: int) -> np.ndarray:
    """Return the middle square of a picture, resized: uint8 (size, size, 3). Raises LabkitError for no colours."""
    image = np.asarray(image)
    if image.ndim != 3 or image.shape[-1] not in (3, 4) or image.dtype != np.uint8:
        raise LabkitError(f"A picture is uint8 of the shape (height, width, 3), and this is {image.dtype} "
                          f"{image.shape}.")
    if size < 32:
        raise LabkitError(f"A picture of {size} pixels is too small for the deeper layers: take 32 or more.")
    height, width = image.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    middle = Image.fromarray(np.ascontiguousarray(image[top:top + side, left:left + side, :3]))
    return np.asarray(middle.resize((size, size), Image.Resampling.LANCZOS))


@functools.lru_cache(maxsize=8)
def network(name: str = "efficientnet_lite0", layers: tuple[str, ...] | None = None) -> keras.Model:
    """Return a frozen ImageNet network: float32 (1, height, width, 3) from 0 to 255 -> dict of the layers' features.

    name: "efficientnet_lite0", whose weights come with this project, or "vgg19", which Keras downloads (80 MB). Its max
    poolings are made averages, as the paper advises. Raises LabkitError for another name, and when it cannot be had.
    """
    if name not in LAYERS:
        raise LabkitError(f"There is no network {name!r} for styles. There are: {', '.join(LAYERS)}.")
    layers = layers or tuple(dict.fromkeys((*LAYERS[name][0], LAYERS[name][1])))
    if name == "efficientnet_lite0":
        found = extractors.efficientnet_lite0(outputs=list(layers))
    else:
        home = Path(os.environ.get("KERAS_HOME") or "~/.keras").expanduser()
        if hosts.offline() and not (home / "models" / _VGG_FILE).is_file():
            raise LabkitError("VGG19's weights are not on this machine, and LABKIT_OFFLINE forbids fetching them.")
        try:
            found = vgg19(layers, weights="imagenet")
        except (OSError, ValueError) as error:  # Keras raises a bare Exception's kin for each way a download fails
            raise LabkitError("VGG19's weights are not on this machine, and could not be fetched: "
                              f"{' '.join(str(error).split()):.120}") from error
    found.trainable = False
    return found


def vgg19(layers: tuple[str, ...], weights: str | None = None) -> keras.Model:
    """Return VGG19 with average pooling and its preprocessing inside; weights: "imagenet", or None for random ones."""
    try:
        whole = keras.applications.VGG19(include_top=False, weights=weights)
    except Exception as error:  # Keras wraps whatever a download raises in a plain Exception
        raise OSError(str(error)) from error
    pictures = keras.Input((None, None, 3))
    x = pictures[..., ::-1] - np.array(_VGG_MEAN, np.float32)
    found = {}
    for layer in whole.layers[1:]:
        pooling = isinstance(layer, keras.layers.MaxPooling2D)
        found[layer.name] = x = keras.layers.AveragePooling2D(2, name=layer.name)(x) if pooling else layer(x)
        if len(set(layers) - set(found)) == 0:
            break
    return keras.Model(pictures, {name: found[name] for name in layers}, name="vgg19")


def gram(features):
    """Return the Gram matrix of a layer: (1, height, width, C) -> (C, C), sums over places divided by their number."""
    channels = features.shape[-1]
    flat = tf.reshape(features, (-1, channels))
    return tf.matmul(flat, flat, transpose_a=True) / tf.cast(tf.shape(flat)[0], flat.dtype)


def relative(found, target):
    """Return the squared distance of two tensors divided by the squared size of the second: 0 equal, 1 nothing."""
    return tf.reduce_sum((found - target) ** 2) / (tf.reduce_sum(target**2) + 1e-8)


def variation(picture):
    """Return the total variation of a picture (height, width, 3): the mean squared step to the neighbouring pixels."""
    return (tf.reduce_mean((picture[1:] - picture[:-1]) ** 2) + tf.reduce_mean((picture[:, 1:] - picture[:, :-1]) ** 2))


def transfer(content, style, *, steps: int = 150, canvas: str = "fourier", optimizer: str = "adam",
             learning_rate: float | None = None, content_weight: float = 0.15, style_weight: float = 1.0,
             variation_weight: float = 0.0, layers: dict[str, float] | tuple[str, ...] | None = None,
             content_layer: str | None = None, start=None, jitter: int | None = None, power: float = 0.75,
             model: str = "efficientnet_lite0", seed: int = 0, watch=None) -> Result:
    """Paint ``content`` in the style of ``style``.

    content, style: uint8 (height, width, 3), at least 32 pixels (``square``). steps: of Adam, or evaluations of L-BFGS
    (SciPy's, which stops earlier when it cannot go on). canvas: ``canvas.NAMES``. learning_rate: Adam's; None: 0.3 for
    "fourier", 0.02 for "pixels". layers: style layers, or layer → weight (they are divided by their sum); None: LAYERS.
    start: the first picture; None: the content; "noise". jitter: up to how many pixels the picture is shifted around
    in each step, so that no pattern fits the network's strides; None: 8 for Adam, and 0 for L-BFGS, which needs a loss
    that stays the same. watch: called with (step, losses) after each step. Raises LabkitError for names and sizes.
    """
    if optimizer not in ("adam", "lbfgs"):
        raise LabkitError(f"There is no optimizer {optimizer!r} for pictures. There are: adam, lbfgs.")
    if optimizer == "lbfgs" and jitter:
        raise LabkitError("L-BFGS compares losses of successive steps, so it needs jitter=0.")
    if model not in LAYERS:
        raise LabkitError(f"There is no network {model!r} for styles. There are: {', '.join(LAYERS)}.")
    jitter = (8 if optimizer == "adam" else 0) if jitter is None else jitter
    layers = layers or LAYERS[model][0]
    shares = dict(layers) if isinstance(layers, dict) else dict.fromkeys(layers, 1.0)
    shares = {name: weight for name, weight in shares.items() if weight}
    if not shares:
        raise LabkitError("All style layers have the weight 0: give one of them another.")
    content_layer = content_layer or LAYERS[model][1]
    content, style = square(content, len(content)), square(style, len(style))
    rng = np.random.default_rng(seed)
    first = content if start is None else start
    if isinstance(start, str):
        first = np.clip(rng.normal(128, 20, content.shape), 0, 255)
    held = canvases.make(canvas, first, colours=(content, style), power=power)
    net = network(model, tuple(sorted({*shares, content_layer})))
    shifts = rng.integers(-jitter, jitter + 1, (_SHIFTS if jitter else 1, 2)).astype(np.int32)
    kept = [net(np.roll(np.float32(content), shift, (0, 1))[None])[content_layer] for shift in shifts]
    wanted = net(np.float32(style)[None])
    graph = _graph(net, canvas, held.size, tuple(shares), content_layer)
    weights = tf.constant([content_weight, style_weight, variation_weight], tf.float32)
    parts = tf.constant([weight / sum(shares.values()) for weight in shares.values()], tf.float32)
    constants = [tf.constant(one) for one in held.constants]
    grams, rows, last = [gram(wanted[name]) for name in shares], [], [None]

    def value(numbers):
        which = rng.integers(len(shifts))
        losses, last[0], gradient = graph(tf.convert_to_tensor(numbers), tf.constant(shifts[which]), kept[which], grams,
                                          weights, parts, constants)
        rows.append(losses.numpy())
        if watch:
            watch(len(rows), dict(zip(("total", "content", "style", "variation"), map(float, rows[-1]), strict=True)))
        return gradient

    began = time.perf_counter()
    rate = learning_rate or {"fourier": 0.3, "pixels": 0.02}[canvas]
    numbers = _adam(value, held.start, steps, rate) if optimizer == "adam" else _lbfgs(value, rows, held.start, steps)
    image = np.rint(held.paint(tf.constant(numbers)).numpy()).astype(np.uint8)
    history = {name: np.array([row[i] for row in rows], np.float64) for i, name in
               enumerate(("total", "content", "style", "variation"))}
    return Result(image, history, dict(zip(shares, map(float, last[0]), strict=True)), time.perf_counter() - began)


@functools.lru_cache(maxsize=16)
def _graph(net, canvas, size, layers, content_layer):
    """Return the compiled losses and gradient of one network, canvas, size and choice of layers."""
    draw = canvases.KINDS[canvas].draw

    @tf.function(reduce_retracing=True)
    def losses(numbers, shift, kept, grams, weights, parts, constants):
        with tf.GradientTape() as tape:
            tape.watch(numbers)
            picture = draw(size, numbers, *constants)
            found = net(tf.roll(picture, shift, (0, 1))[None])
            each = tf.stack([relative(gram(found[name]), wanted) for name, wanted in zip(layers, grams, strict=True)])
            three = tf.stack([relative(found[content_layer], kept), tf.reduce_sum(parts * each),
                              variation(picture / 255.0)])
            total = tf.reduce_sum(weights * three)
        return tf.concat([[total], three], 0), each, tape.gradient(total, numbers)

    return losses


def _adam(value, start, steps, rate):
    numbers = tf.Variable(start)
    adam = keras.optimizers.Adam(rate)
    for _ in range(steps):
        adam.apply([value(numbers)], [numbers])
    return numbers.numpy()


def _lbfgs(value, rows, start, steps):
    def of(vector):
        gradient = value(vector.reshape(start.shape).astype(np.float32))
        return float(rows[-1][0]), gradient.numpy().astype(np.float64).ravel()

    found = scipy.optimize.minimize(of, start.astype(np.float64).ravel(), jac=True, method="L-BFGS-B",
                                    options={"maxiter": steps, "maxfun": steps, "maxcor": 10})
    return found.x.reshape(start.shape).astype(np.float32)
