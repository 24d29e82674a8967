"""Networks that turn pictures into features and class logits, for the scores.

>>> from labkit import metrics
>>> from labkit.models import extractors
>>> scores = metrics.evaluate(real, fake, extractor=extractors.load("fashion_mnist"))      # doctest: +SKIP

``names``, ``available`` and ``default`` cost nothing; TensorFlow is imported by the first ``load``. Every extractor's
``name`` holds the first digits of its weights' SHA-256: features of other weights are never compared unawares. Only
Inception's numbers are called FID and KID.
"""

import dataclasses
import difflib
import os
from pathlib import Path

import numpy as np

from labkit import device
from labkit.errors import LabkitError
from labkit.models import weights

CLASSIFIERS = ("fashion_mnist", "mnist", "cifar10", "svhn")
NETWORKS = ("efficientnet_lite0", "inception_v3")
PIXELS = 400_000  # pixels that go through a network together: about a hundred megabytes
# What scores a set without a classifier of its own: (extractor, side that pictures are resized to, layer). A few
# hundred pictures cannot fill a covariance of 1280 features; 192 they can.
COLOUR = ("efficientnet_lite0", 128, "block6d")
INCEPTION = "inception_v3_weights_tf_dim_ordering_tf_kernels.h5"


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Extractor:
    """A callable from pictures to (features, logits), as ``metrics.extract`` and ``metrics.evaluate`` take one.

    ``model`` is the Keras network, with a dict of ``features`` and ``logits``; ``image_shape`` the pictures that it
    takes, None for any; ``size`` the side they are resized to; ``classes`` the names of the logits, where known;
    ``card`` where the weights come from.
    """

    name: str
    model: object
    image_shape: tuple[int, int, int] | None
    size: int | None
    classes: tuple[str, ...]
    card: dict

    def __call__(self, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return features (N, D) and logits (N, classes), float32, of pictures uint8 (N, H, W, C).

        Raises LabkitError for pictures of another type, or of another shape than ``image_shape``.
        """
        images = self._checked(images)
        height, width = (self.size, self.size) if self.size else images.shape[1:3]
        step = max(1, PIXELS // (height * width))
        features, logits = [], []
        for start in range(0, len(images), step):
            found = self.model(self._prepared(images[start:start + step]), training=False)
            features.append(np.asarray(found["features"], dtype=np.float32))
            logits.append(np.asarray(found["logits"], dtype=np.float32))
        return np.concatenate(features), np.concatenate(logits)

    def predict(self, images: np.ndarray) -> np.ndarray:
        """Return the most probable class of each picture, int64 (N,)."""
        return self(images)[1].argmax(axis=1)

    def __str__(self):
        right = self.card.get("accuracy")
        what = "drawn test pictures" if self.card.get("is_stand_in") else "test pictures"
        told = f", {right:.1%} of the {what} of {self.card['dataset']} right" if right else ""
        return f"{self.name}: {self.model.output['features'].shape[-1]} features{told}"

    __repr__ = __str__

    def _checked(self, images):
        images = np.asarray(images)
        if images.dtype != np.uint8 or images.ndim != 4 or images.shape[3] not in (1, 3) or not len(images):
            raise LabkitError(f"{self.name} takes pictures uint8 (N, height, width, 1 or 3), at least one, not "
                              f"{images.dtype} {images.shape}. training.to_uint8 makes them of a generator's output.")
        if self.image_shape is not None and images.shape[1:] != tuple(self.image_shape):
            wanted = "x".join(map(str, self.image_shape))
            raise LabkitError(f"{self.name} takes pictures of {wanted}, not {'x'.join(map(str, images.shape[1:]))}. "
                              'Load them in its size (datasets.load(…, size=…)), or take an extractor of any size: '
                              'extractors.load("efficientnet_lite0").')
        return images

    def _prepared(self, images):
        if self.image_shape is not None:
            return images
        import keras

        values = np.repeat(images, 3, axis=3) if images.shape[3] == 1 else images
        values = values.astype(np.float32)
        if self.size and values.shape[1:3] != (self.size, self.size):
            values = keras.ops.image.resize(values, (self.size, self.size), "bicubic", antialias=True)
            values = keras.ops.clip(values, 0.0, 255.0)
        return values


def names() -> tuple[str, ...]:
    """Return the names that ``load`` knows."""
    return CLASSIFIERS + NETWORKS


def available() -> tuple[str, ...]:
    """Return those whose weights are in ``data/pretrained``; Inception's are fetched when it is loaded."""
    return tuple(name for name in names() if (weights.folder(_folder(name)) / "card.json").is_file())


def load_default(data: str) -> Extractor:
    """Return the extractor that scores a set: its classifier, or EfficientNet-Lite0 as the constant COLOUR says."""
    return load(data) if data in CLASSIFIERS else load(*COLOUR)


def card(name: str) -> dict:
    """Return where an extractor's weights come from: set, accuracy on its test pictures, recipe, licence, SHA-256."""
    return weights.card(_known(name))


def load(name: str, size: int | None = None, layer: str | None = None) -> Extractor:
    """Return an extractor: a set's classifier, "efficientnet_lite0" or "inception_v3".

    Of EfficientNet, ``size`` is the side that pictures are resized to (bicubic, antialiased; default 224; a smaller one
    is faster and sees less), and ``layer`` the one whose mean over the picture is the feature vector, for instance
    "block6d" (192 wide); default "features" (1280). Both become part of the extractor's name.

    Raises LabkitError for an unknown name, weights that are missing or damaged, or (Inception) cannot be fetched.
    """
    folder = _known(name)
    if name != "efficientnet_lite0" and (size is not None or layer is not None):
        raise LabkitError(f"{name} takes pictures and gives features in one way only; leave size and layer out.")
    device.quiet_tensorflow()
    if name == "inception_v3":
        return _inception()
    facts = weights.card(folder)
    digest = facts["sha256"][:8]
    if name == "efficientnet_lite0":
        if size is not None and (isinstance(size, bool) or not isinstance(size, int) or size < 32):
            raise LabkitError(f"size is {size!r}; a whole number of pixels of at least 32 is needed.")
        size, layer = size or 224, layer or "features"
        label = f"efficientnet-lite0 {digest}" + (f" {layer}" if layer != "features" else "")
        return Extractor(label + (f" at {size}" if size != 224 else ""), _pooled(layer), None, size, (), facts)
    from labkit.models import classifiers

    recipe = facts["recipe"]
    with weights.float32():
        network = classifiers.build(tuple(facts["image_shape"]), len(facts["classes"]), recipe["stages"],
                                    facts["features"], recipe["dropout"])
    weights.restore(folder, network)
    return Extractor(f"{name} classifier {digest}", network, tuple(facts["image_shape"]), None,
                     tuple(facts["classes"]), facts)


def _pooled(layer):
    """Return EfficientNet-Lite0 with the mean of one layer over the picture as "features", and its logits."""
    import keras

    if layer == "features":
        return efficientnet_lite0()
    network = efficientnet_lite0((layer, "logits"))
    if len(network.output[layer].shape) != 4:
        raise LabkitError(f"layer={layer!r} is no layer with features; take one such as block6d, or leave layer out.")
    with weights.float32():
        mean = keras.layers.GlobalAveragePooling2D(name="mean")(network.output[layer])
    return keras.Model(network.input, {"features": mean, "logits": network.output["logits"]}, name=network.name)


def efficientnet_lite0(outputs=("features", "logits"), size: int | None = None):
    """Return EfficientNet-Lite0 with its ImageNet weights as a Keras model: pictures float32 (batch, height, width, 3),
    0 to 255 -> {name: tensor} for the names in ``outputs``; see ``labkit.models.efficientnet.build``. What the rounding
    of its weights to float16 changed is on its card."""
    device.quiet_tensorflow()
    from labkit.models import efficientnet

    with weights.float32():
        whole = efficientnet.build(("logits",), size)
        weights.restore(_folder("efficientnet_lite0"), whole)
        asked = efficientnet.build(outputs, size)
    for layer in asked.layers:
        layer.set_weights(whole.get_layer(layer.name).get_weights())
    asked.trainable = False
    return asked


def _inception():
    """Return Keras' Inception-v3: features (batch, 2048), the mean over the last layer's picture, and logits.

    These are Keras' weights; published FIDs come from the 2015 TensorFlow graph and cannot be compared with ours.
    """
    import keras

    home = Path(os.environ.get("KERAS_HOME", "~/.keras")).expanduser()
    refusal = ("Inception-v3's weights are not here and cannot be fetched: {}. Connect this machine and try again (96 "
               f"MB), or put {INCEPTION} into ~/.keras/models. Without them no score is called FID; take "
               'extractors.load("efficientnet_lite0") instead.')
    if os.environ.get("LABKIT_OFFLINE") == "1" and not (home / "models" / INCEPTION).is_file():
        raise LabkitError(refusal.format("LABKIT_OFFLINE=1 forbids downloads"))
    with weights.float32():
        try:
            inner = keras.applications.InceptionV3(weights="imagenet", include_top=True, classifier_activation=None)
        except Exception as error:  # Keras raises a bare Exception for every failed download
            if isinstance(error, KeyError | TypeError | AttributeError):
                raise
            raise LabkitError(refusal.format(str(error).splitlines()[0][:120])) from error
        pictures = keras.Input((299, 299, 3), name="pictures")
        middle = keras.Model(inner.input, {"features": inner.layers[-2].output, "logits": inner.output})
        network = keras.Model(pictures, middle(keras.layers.Rescaling(1 / 127.5, -1.0)(pictures)), name="inception-v3")
    network.trainable = False
    return Extractor("inception-v3 (Keras)", network, None, 299, (),
                     {"name": "inception_v3", "dataset": "ImageNet (ILSVRC 2012)",
                      "source": "keras.applications.InceptionV3", "licence": "Apache-2.0"})


def _known(name):
    if name not in names():
        near = difflib.get_close_matches(str(name).replace("-", "_"), names(), n=1, cutoff=0.5)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        raise LabkitError(f"There is no extractor {name!r}.{hint} There are: {', '.join(names())}.")
    folder = _folder(name)
    if name in CLASSIFIERS and not (weights.folder(folder) / "card.json").is_file():
        raise LabkitError(f"{weights.folder(folder)} is missing: the classifier of {name} has not been trained here. "
                          "Restore it with git checkout -- data/pretrained, or train it: "
                          f"labkit extractor train {name} --ship")
    return folder


def _folder(name):
    return f"classifier-{name}" if name in CLASSIFIERS else name.replace("_", "-")
