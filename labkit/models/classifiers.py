"""Small classifiers of the labelled sets: what turns pictures into features and class logits for the scores.

Convolutions of 3x3, each with batch normalisation and ReLU; a stage ends in max pooling; then the mean over the
picture, a dense layer whose output is the feature vector, and one logit a class. Source of the shape: Simonyan and
Zisserman, "Very Deep Convolutional Networks", 2015, made small.
"""

import keras
from keras import layers

FEATURES, LOGITS = "features", "logits"


def build(image_shape: tuple[int, int, int], classes: int, stages: tuple[tuple[int, ...], ...], features: int,
          dropout: float = 0.0) -> keras.Model:
    """Return a classifier: pictures uint8 (batch, *image_shape) -> {"features": float32 (batch, features), 0 or more,
    "logits": float32 (batch, classes)}. ``stages``: the filters of each stage's convolutions, for instance ((32, 32),
    (64, 64)). ``dropout``: the rate before the logits, in training only."""
    pictures = keras.Input(image_shape, dtype="uint8", name="pictures")
    x = layers.Rescaling(1 / 127.5, -1.0, name="rescaling")(pictures)                 # [-1, 1]
    for number, filters in enumerate(stages, start=1):
        for place, width in enumerate(filters):
            name = f"{number}{'abcdef'[place]}"
            x = layers.Conv2D(width, 3, padding="same", use_bias=False, name=f"conv{name}")(x)
            x = layers.BatchNormalization(momentum=0.95, name=f"norm{name}")(x)
            x = layers.ReLU(name=f"relu{name}")(x)
        if number < len(stages):
            x = layers.MaxPooling2D(name=f"pool{number}")(x)
    x = layers.GlobalAveragePooling2D(name="mean")(x)
    found = layers.Dense(features, activation="relu", dtype="float32", name=FEATURES)(x)
    x = layers.Dropout(dropout, name="dropout")(found)
    logits = layers.Dense(classes, dtype="float32", name=LOGITS)(x)
    return keras.Model(pictures, {FEATURES: found, LOGITS: logits}, name="classifier")
