"""Training a network to repeat its input: report 1's four networks, which take an image and return an image.

The report names neither target nor loss; repeating the input under the mean squared error is our reading of it."""

import math

import keras
import numpy as np

from labkit import models
from labkit.errors import LabkitError, lookup
from labkit.training import recipes


def plan(key: str, profile: str = "quick", **changes) -> recipes.Recipe:
    """Return how a network is trained in a profile, with ``changes`` applied (``Recipe.changed``; ``options`` are those
    of ``models.build``). ``full`` is the report's own: 256x256 pixels, its batch size, epochs and, where it states one,
    learning rate. Raises LabkitError for another key or profile."""
    lookup(key, dict.fromkeys(recipes.keys("autoencoders")), "network that is trained to repeat its input,")
    values, why = recipes.values_of("autoencoders", key, profile)
    if profile == "full":
        same = {name: [name] for name in ("batch_size", "epochs", "learning_rate")}
        stated, places = recipes.report_settings(key, same)
        values, why = values | stated, why | places
    return recipes.Recipe(key=key, profile=profile, **values, why=why).changed(**changes)


def build(plan: recipes.Recipe) -> keras.Model:
    """Build and compile a plan's network. ``mse`` is the pictures' error; ``loss`` holds the layers' penalties, too."""
    network = models.build(plan.key, seed=plan.seed, image_size=plan.image_size, **plan.options)
    network.compile(keras.optimizers.Adam(plan.learning_rate), loss=plan.loss, metrics=["mse"])
    network.optimizer.build(network.trainable_variables)  # else Keras traces the first step twice
    return network


def as_input(network: keras.Model, images) -> np.ndarray:
    """Return pictures as the network takes them: float32 in [0, 1], (N, 1, values) for model 1, else NHWC. images:
    uint8 (N, size, size, 3), or floats that are in [0, 1] already. Raises LabkitError for another size."""
    images, shape = np.asarray(images), network.input_shape[1:]
    values = images.astype(np.float32) / np.float32(255 if images.dtype == np.uint8 else 1)
    side = math.isqrt(shape[-1] // 3) if len(shape) == 2 else shape[0]
    if values.shape[1:] != (side, side, 3):
        raise LabkitError(f"The network takes pictures of {side}x{side}x3, and these are "
                          f"{'x'.join(map(str, values.shape[1:]))}. Load them in its size: "
                          f"datasets.load(\"photos\", size={side}).")
    return values.reshape(len(values), 1, -1) if len(shape) == 2 else values


def fit(network: keras.Model, plan: recipes.Recipe, images, held_out=None, callbacks=()) -> dict[str, list[float]]:
    """Train a network to repeat ``images``, uint8 (N, size, size, 3); return Keras' history, one value an epoch.
    held_out: pictures for ``val_loss`` and ``val_mse``. Keras' global random numbers are seeded anew by ``plan.seed``.
    """
    def pairs(pictures):
        given = as_input(network, pictures)
        return given, given.reshape(len(given), -1)

    keras.utils.set_random_seed(plan.seed)
    history = network.fit(*pairs(images), batch_size=min(plan.batch_size, len(images)), epochs=plan.epochs,
                          validation_data=None if held_out is None else pairs(held_out), callbacks=list(callbacks),
                          verbose=0)
    return {name: [float(value) for value in values] for name, values in history.history.items()}


def repeat(network: keras.Model, images, batch_size: int = 64) -> np.ndarray:
    """Return what the network makes of pictures: float32 in [0, 1], (N, size, size, 3). Dropout is off."""
    inputs = as_input(network, images)
    size = math.isqrt(inputs[0].size // 3)
    return np.concatenate([np.asarray(network(inputs[start:start + batch_size], training=False))
                           for start in range(0, len(inputs), batch_size)]).reshape(-1, size, size, 3)


def as_pictures(values) -> np.ndarray:
    """Return values in [0, 1] as uint8 pictures of the same shape; what lies outside is cut off."""
    return np.rint(np.clip(np.asarray(values, np.float32), 0, 1) * 255).astype(np.uint8)
