"""Fitting: the GAN model, recipes, checkpoints, results, scores, shipping. Names are imported when they are first used,
so that looking at a recipe does not start TensorFlow.

>>> run = training.train(training.recipes.get("cifar-dcgan", "quick"))
"""

import importlib

from labkit import device
from labkit.errors import lookup

_HOMES = {
    "gan": ("GAN",),
    "run": ("TrainedRun", "train", "prepare", "compiled"),
    "generators": ("latent", "latent_dim", "generate", "normalise", "to_uint8", "averaged_generator", "settled"),
    "callbacks": ("StepLog", "Checkpoints", "SampleGrid", "Diagnostics", "Progress", "variety"),
}
_HOME = {name: module for module, names in _HOMES.items() for name in names}


def __getattr__(name):
    home = _HOME.get(name, name)
    if name.startswith("_") or importlib.util.find_spec(f"labkit.training.{home}") is None:
        raise AttributeError(f"module 'labkit.training' has no attribute {name!r}")
    if home not in ("recipes", "results", "devices"):  # these need no TensorFlow
        device.quiet_tensorflow()
    if name == "GAN":
        import keras

        homes = {"tensorflow": "gan", "jax": "gan_jax"}
        home = lookup(keras.backend.backend(), homes, "training of GANs with the KERAS_BACKEND")
    module = importlib.import_module(f"labkit.training.{home}")
    globals()[name] = getattr(module, name) if name in _HOME else module
    return globals()[name]


def __dir__():
    return sorted(_HOME)
