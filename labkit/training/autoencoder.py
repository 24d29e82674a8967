"""Training a network to repeat its input: report 1's four networks, which take an image and return an image.

>>> from labkit.training import autoencoder
>>> plan = autoencoder.plan("plain-lstm")                  # the settings, from autoencoders.toml
>>> model = autoencoder.build(plan)
>>> history = autoencoder.fit(model, plan, train.images, held_out=test.images)    # doctest: +SKIP
>>> answers = autoencoder.repeat(model, test.images[:8])                          # doctest: +SKIP

The report names neither target nor loss; repeating the input under the mean squared error is our reading of it.
"""

from __future__ import annotations

import dataclasses
import difflib
import functools
import math
import tomllib
from pathlib import Path

import keras
import numpy as np

from labkit import models, reports
from labkit.errors import LabkitError
from labkit.training.recipes import PROFILES

_STATED = ("batch_size", "epochs", "learning_rate")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Plan:
    """Everything that decides a training, apart from the pictures.

    ``image_size``: the side of the pictures in pixels. ``options``: what ``models.build(key, **options)`` gets besides
    it. ``epochs``: passes over the set. ``learning_rate``: Adam's. ``loss``: a name that Keras knows; values lie in
    [0, 1]. ``why``: field → where the value comes from.
    """

    key: str
    profile: str
    image_size: int
    epochs: int
    batch_size: int
    learning_rate: float
    loss: str
    seed: int = 0
    options: dict = dataclasses.field(default_factory=dict)
    why: dict[str, str] = dataclasses.field(default_factory=dict)

    def changed(self, **values) -> Plan:
        """Return the plan with other values; ``options`` are added to those there are. Raises LabkitError."""
        known = {field.name for field in dataclasses.fields(self)} - {"key", "profile", "why"}
        for name in values:
            if name not in known:
                near = difflib.get_close_matches(name, known, n=1)
                hint = f" Did you mean {near[0]}?" if near else ""
                raise LabkitError(f"A plan has no value {name!r} to set.{hint} There are: {', '.join(sorted(known))}.")
        for name in ("image_size", "epochs", "batch_size", "learning_rate"):
            if name in values and not values[name] > 0:
                raise LabkitError(f"{name} must be above 0, not {values[name]!r}.")
        if "options" in values:
            values["options"] = self.options | dict(values["options"])
        return dataclasses.replace(self, **values, why=self.why | dict.fromkeys(values, "set by the caller"))


@functools.cache
def _table() -> dict:
    return tomllib.loads(Path(__file__).with_name("autoencoders.toml").read_text(encoding="utf-8"))


def keys() -> tuple[str, ...]:
    """Return the keys of the networks that can be trained so."""
    return tuple(key for key in _table() if key != "defaults")


def plan(key: str, profile: str = "quick", **changes) -> Plan:
    """Return how a network is trained in a profile, with ``changes`` applied (``Plan.changed``).

    ``full`` is the report's own: 256x256 pixels, its batch size, epochs and, where it states one, learning rate.
    Raises LabkitError for another key or profile.
    """
    if key not in keys():
        raise LabkitError(f"{key!r} is not trained to repeat its input: that is for {', '.join(keys())}.")
    if profile not in PROFILES:
        raise LabkitError(f"There is no profile {profile!r}. Choose one of: {', '.join(PROFILES)}.")
    defaults, own = dict(_table()["defaults"]), dict(_table()[key][profile])
    why = defaults.pop("why") | own.pop("why", {})
    values = defaults | own
    if profile == "full":
        system = reports.system(key)
        for setting in system.settings:
            if setting.name in _STATED:
                values[setting.name], why[setting.name] = setting.value, f"report {system.report}, {setting.place}"
    values["options"] = {name: tuple(size) if isinstance(size, list) else size
                         for name, size in values.get("options", {}).items()}
    found = Plan(key=key, profile=profile, why=why, **values)
    return found.changed(**changes) if changes else found


def build(plan: Plan) -> keras.Model:
    """Build and compile the network of a plan; two plans with one seed begin with the same weights.

    Its metric ``mse`` is the error of the pictures alone; ``loss`` also holds the penalties of the layers, if any.
    """
    network = models.build(plan.key, seed=plan.seed, image_size=plan.image_size, **plan.options)
    network.compile(keras.optimizers.Adam(plan.learning_rate), loss=plan.loss, metrics=["mse"])
    return network


def as_input(network: keras.Model, images) -> np.ndarray:
    """Return pictures as the network takes them: float32 in [0, 1], (N, 1, values) for model 1, else NHWC.

    images: uint8 (N, size, size, 3), or floats that are in [0, 1] already. Raises LabkitError for another size.
    """
    images = np.asarray(images)
    values = images.astype(np.float32) / np.float32(255) if images.dtype == np.uint8 else images.astype(np.float32)
    shape = network.input_shape[1:]
    wanted = (math.isqrt(shape[-1] // 3),) * 2 + (3,) if len(shape) == 2 else shape
    if values.shape[1:] != wanted:
        raise LabkitError(f"The network takes pictures of {'x'.join(map(str, wanted))}, and these are "
                          f"{'x'.join(map(str, values.shape[1:]))}. Load them in its size: "
                          f"datasets.load(\"photos\", size={wanted[0]}).")
    return values.reshape(len(values), 1, -1) if len(shape) == 2 else values


def fit(network: keras.Model, plan: Plan, images, held_out=None, callbacks=(), bar=False) -> dict[str, list[float]]:
    """Train a network to repeat ``images``, uint8 (N, size, size, 3); return Keras' history, one value an epoch.

    held_out: pictures for ``val_loss`` and ``val_mse``. bar: Keras' own progress. The order of the pictures comes from
    ``plan.seed``, for which Keras' global random numbers are seeded anew.
    """
    keras.utils.set_random_seed(plan.seed)
    inputs = as_input(network, images)
    known = None
    if held_out is not None:
        other = as_input(network, held_out)
        known = (other, other.reshape(len(other), -1))
    history = network.fit(inputs, inputs.reshape(len(inputs), -1), batch_size=min(plan.batch_size, len(inputs)),
                          epochs=plan.epochs, validation_data=known, callbacks=list(callbacks), verbose=int(bar))
    return {name: [float(value) for value in values] for name, values in history.history.items()}


def repeat(network: keras.Model, images, batch_size: int = 64) -> np.ndarray:
    """Return what the network makes of pictures: float32 in [0, 1], (N, size, size, 3). Dropout is off."""
    inputs = as_input(network, images)
    answers = [np.asarray(network(inputs[start:start + batch_size], training=False))
               for start in range(0, len(inputs), batch_size)]
    size = math.isqrt(inputs[0].size // 3)
    return np.concatenate(answers).reshape(-1, size, size, 3)


def as_pictures(values) -> np.ndarray:
    """Return values in [0, 1] as uint8 pictures of the same shape; what lies outside is cut off."""
    return np.rint(np.clip(np.asarray(values, np.float32), 0, 1) * 255).astype(np.uint8)
