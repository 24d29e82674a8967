"""Keras' Inception-v3 as an extractor, when its weights can be fetched (96 MB, from Keras' own server)."""

import os

import keras
from keras import layers

from labkit.errors import LabkitError
from labkit.models import precision

NAME = "inception-v3 (Keras)"
SIDE = 299
_FILE = "inception_v3_weights_tf_dim_ordering_tf_kernels.h5"


def load():
    """Return the fields of an ``Extractor``: its name, the network, no fixed shape, 299, no class names, the card.

    Features: (batch, 2048), the mean over the last layer's picture; logits: (batch, 1000), ImageNet's classes. These
    are Keras' weights; published FIDs come from the 2015 TensorFlow graph and cannot be compared with ours.
    Raises LabkitError when the weights are neither here nor to be had.
    """
    if os.environ.get("LABKIT_OFFLINE") == "1" and not cached():
        raise LabkitError(_refusal("LABKIT_OFFLINE=1 forbids downloads"))
    try:
        with precision.float32():
            inner = keras.applications.InceptionV3(weights="imagenet", include_top=True, classifier_activation=None)
    except Exception as error:  # Keras raises a bare Exception for every failed download
        if isinstance(error, KeyError | TypeError | AttributeError):
            raise
        raise LabkitError(_refusal(str(error).splitlines()[0][:120])) from error
    with precision.float32():
        pictures = keras.Input((SIDE, SIDE, 3), name="pictures")
        middle = keras.Model(inner.input, {"features": inner.layers[-2].output, "logits": inner.output})
        network = keras.Model(pictures, middle(layers.Rescaling(1 / 127.5, -1.0)(pictures)), name="inception-v3")
    network.trainable = False
    return NAME, network, None, SIDE, (), {"name": "inception_v3", "dataset": "ImageNet (ILSVRC 2012)",
                                           "source": "keras.applications.InceptionV3", "licence": "Apache-2.0"}


def cached() -> bool:
    """Tell whether Keras has the weights already."""
    return os.path.isfile(os.path.join(os.path.expanduser(os.environ.get("KERAS_HOME", "~/.keras")), "models", _FILE))


def _refusal(reason) -> str:
    return (f"Inception-v3's weights are not here and cannot be fetched: {reason}. Connect this machine and try again "
            f"(96 MB), or put {_FILE} into ~/.keras/models. Without them no score is called FID; take "
            'extractors.load("efficientnet_lite0") instead.')
