"""Networks that turn pictures into features and class logits, for the scores.

    scores = metrics.evaluate(real, fake, extractor=extractors.load("fashion_mnist"))

TensorFlow is imported by the first ``load``. Every extractor's ``name`` holds the first digits of its weights' SHA-256:
features of other weights are never compared unawares. Only Inception's numbers are called FID and KID.
"""

import os
from collections import namedtuple
from pathlib import Path

import numpy as np

from labkit import device
from labkit.datasets import catalogue
from labkit.errors import LabkitError, lookup
from labkit.models import weights

CLASSIFIERS = ("fashion_mnist", "mnist", "cifar10", "svhn")
PIXELS = 400_000  # pixels that go through a network together: about a hundred megabytes
# What scores a set without a classifier of its own: (extractor, side that pictures are resized to, layer). A few
# hundred pictures cannot fill a covariance of 1280 features; 192 they can.
COLOUR = ("efficientnet_lite0", 128, "block6d")
INCEPTION = "inception_v3_weights_tf_dim_ordering_tf_kernels.h5"
REFUSAL = ("Inception-v3's weights are not here and cannot be fetched: {}. Connect this machine and try again (96 MB), "
           f"or put {INCEPTION} into ~/.keras/models. Without them no score is called FID; take "
           'extractors.load("efficientnet_lite0") instead.')


class Extractor(namedtuple("Extractor", "name model image_shape size card")):
    """A callable from pictures to (features, logits), as ``metrics.extract`` and ``metrics.evaluate`` take one.
    ``model`` is the Keras network, with a dict of ``features`` and ``logits``; ``image_shape`` the pictures that it
    takes, None for any; ``size`` the side they are resized to; ``card`` where the weights come from."""

    def __call__(self, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return features (N, D) and logits (N, classes), float32, of pictures uint8 (N, H, W, C). Raises LabkitError
        for pictures of another type, or of another shape than ``image_shape``."""
        images = np.asarray(images)
        if images.dtype != np.uint8 or images.ndim != 4 or images.shape[3] not in (1, 3) or not len(images):
            raise LabkitError(f"{self.name} takes pictures uint8 (N, height, width, 1 or 3), at least one, not "
                              f"{images.dtype} {images.shape}. training.to_uint8 makes them of a generator's output.")
        if self.image_shape is not None and images.shape[1:] != self.image_shape:
            wanted, given = ("x".join(map(str, shape)) for shape in (self.image_shape, images.shape[1:]))
            raise LabkitError(f"{self.name} takes pictures of {wanted}, not {given}. "
                              'Load them in its size (datasets.load(…, size=…)), or take an extractor of any size: '
                              'extractors.load("efficientnet_lite0").')
        height, width = (self.size, self.size) if self.size else images.shape[1:3]
        step = max(1, PIXELS // (height * width))
        parts = [self.model(self._prepared(images[start:start + step]), training=False)
                 for start in range(0, len(images), step)]
        return tuple(np.concatenate([np.asarray(part[name], dtype=np.float32) for part in parts])
                     for name in ("features", "logits"))

    def predict(self, images: np.ndarray) -> np.ndarray:
        """Return the most probable class of each picture, int64 (N,)."""
        return self(images)[1].argmax(axis=1)

    def __str__(self):
        right = self.card.get("accuracy")
        what = "drawn test pictures" if self.card.get("is_stand_in") else "test pictures"
        told = f", {right:.1%} of the {what} of {self.card['dataset']} right" if right else ""
        return f"{self.name}: {self.model.output['features'].shape[-1]} features{told}"

    __repr__ = __str__

    def _prepared(self, images):
        if self.image_shape is not None:
            return images
        import keras

        values = np.repeat(images, 3 // images.shape[3], axis=3).astype(np.float32)
        if values.shape[1:3] != (self.size, self.size):
            values = keras.ops.image.resize(values, (self.size, self.size), "bicubic", antialias=True)
            values = keras.ops.clip(values, 0.0, 255.0)
        return values


def names() -> tuple[str, ...]:
    """Return the names that ``load`` knows."""
    return (*CLASSIFIERS, "efficientnet_lite0", "inception_v3")


def available() -> tuple[str, ...]:
    """Return those whose weights are in ``data/pretrained``; Inception's are fetched when it is loaded."""
    return tuple(name for name in names() if (weights.folder(_folder(name)) / "card.json").is_file())


def load_default(data: str) -> Extractor:
    """Return the extractor that scores a set: its classifier, or EfficientNet-Lite0 as the constant COLOUR says."""
    return load(data) if data in CLASSIFIERS else load(*COLOUR)


def card(name: str) -> dict:
    """Return where an extractor's weights come from: set, accuracy on its test pictures, recipe, licence, SHA-256.
    Raises LabkitError for an unknown name, or weights that are not here."""
    return weights.card(lookup(name, {each: _folder(each) for each in names()}, "extractor"))


def load(name: str, size: int | None = None, layer: str | None = None) -> Extractor:
    """Return an extractor: a set's classifier, "efficientnet_lite0" or "inception_v3".

    Of EfficientNet, ``size`` is the side that pictures are resized to (bicubic, antialiased; default 224; a smaller one
    is faster and sees less), and ``layer`` the one whose mean over the picture is the feature vector, for instance
    "block6d" (192 wide); default "features" (1280). Both become part of the extractor's name.

    Raises LabkitError for an unknown name, weights that are missing or damaged, or (Inception) cannot be fetched.
    """
    if name != "efficientnet_lite0" and (size is not None or layer is not None):
        raise LabkitError(f"{name} takes pictures and gives features in one way only; leave size and layer out.")
    device.quiet_tensorflow()
    if name == "inception_v3":
        return _inception()
    facts = card(name)
    digest = facts["sha256"][:8]
    if name == "efficientnet_lite0":
        size, layer = size or 224, layer or "features"
        label = f"efficientnet-lite0 {digest}" + f" {layer}" * (layer != "features") + f" at {size}" * (size != 224)
        return Extractor(label, _pooled(layer), None, size, facts)
    from labkit.models import classifiers

    recipe, shape = facts["recipe"], tuple(facts["image_shape"])
    with weights.float32():
        network = classifiers.build(shape, len(facts["classes"]), recipe["stages"], facts["features"],
                                    recipe["dropout"])
    weights.restore(_folder(name), network)
    return Extractor(f"{name} classifier {digest}", network, shape, None, facts)


def _pooled(layer):
    """Return EfficientNet-Lite0 with the mean of one layer over the picture as "features", and its logits."""
    import keras

    network = efficientnet_lite0((layer, "logits"))
    found = network.output[layer]
    if layer != "features":
        with weights.float32():
            found = keras.layers.GlobalAveragePooling2D(name="mean")(found)
    return keras.Model(network.input, {"features": found, "logits": network.output["logits"]}, name=network.name)


def efficientnet_lite0(outputs=("features", "logits")):
    """Return EfficientNet-Lite0 with its ImageNet weights, frozen: pictures float32 (batch, height, width, 3), 0 to 255
    -> {name: tensor} for the names in ``outputs``; see ``labkit.models.efficientnet.build``."""
    device.quiet_tensorflow()
    import keras

    from labkit.models import efficientnet

    with weights.float32():
        whole = efficientnet.build()
    weights.restore("efficientnet-lite0", whole)
    whole.trainable = False
    found = {name: lookup(name, whole.output, "output of EfficientNet-Lite0") for name in outputs}
    return keras.Model(whole.input, found, name=whole.name)


def _inception():
    """Return Keras' Inception-v3: features (batch, 2048), the mean over the last layer's picture, and logits. These are
    Keras' weights; published FIDs come from the 2015 TensorFlow graph and cannot be compared with ours."""
    import keras

    home = Path(os.environ.get("KERAS_HOME", "~/.keras")).expanduser()
    if catalogue.offline() and not (home / "models" / INCEPTION).is_file():
        raise LabkitError(REFUSAL.format("LABKIT_OFFLINE forbids downloads"))
    with weights.float32():
        try:
            inner = keras.applications.InceptionV3(weights="imagenet", include_top=True, classifier_activation=None)
        except Exception as error:  # Keras raises a bare Exception for every failed download
            raise LabkitError(REFUSAL.format(str(error).splitlines()[0][:120])) from error
        pictures = keras.Input((299, 299, 3), name="pictures")
        middle = keras.Model(inner.input, {"features": inner.layers[-2].output, "logits": inner.output})
        network = keras.Model(pictures, middle(keras.layers.Rescaling(1 / 127.5, -1.0)(pictures)), name="inception-v3")
    network.trainable = False
    return Extractor("inception-v3 (Keras)", network, None, 299,
                     {"name": "inception_v3", "dataset": "ImageNet (ILSVRC 2012)",
                      "source": "keras.applications.InceptionV3", "licence": "Apache-2.0"})


def _folder(name):
    return f"classifier-{name}" if name in CLASSIFIERS else name.replace("_", "-")
