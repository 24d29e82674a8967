"""Fitting: the GAN model, recipes, checkpoints, results, scores, shipping.

>>> from labkit import training
>>> run = training.train(training.recipes.get("cifar-dcgan", "quick"))

Names are imported when they are first used, so that looking at a recipe does not start TensorFlow.
"""

import importlib

from labkit import device
from labkit.errors import LabkitError

_HOMES = {
    "run": ("TrainedRun", "train", "prepare", "compiled"),
    "generators": ("latent", "latent_dim", "generate", "normalise", "to_uint8", "averaged_generator", "settled"),
    "callbacks": ("StepLog", "Checkpoints", "SampleGrid", "Diagnostics", "Progress", "variety"),
}
_HOME = {name: module for module, names in _HOMES.items() for name in names}
_LIGHT = ("recipes", "results", "devices")  # these need no TensorFlow
_GANS = {"tensorflow": ("gan", "GAN"), "jax": ("gan_jax", "JaxGAN")}  # Keras' backend -> the class that trains


def __getattr__(name):
    if name.startswith("_") or importlib.util.find_spec(f"labkit.training.{_HOME.get(name, name).lower()}") is None:
        raise AttributeError(f"module 'labkit.training' has no attribute {name!r}")
    if name not in _LIGHT:
        device.quiet_tensorflow()
    if name == "GAN":
        import keras

        backend = keras.backend.backend()
        if backend not in _GANS:
            raise LabkitError(f"GANs are trained with TensorFlow or JAX, not with KERAS_BACKEND={backend}. "
                              "Set it to tensorflow or jax and restart Python.")
        module, kind = _GANS[backend]
        globals()[name] = getattr(importlib.import_module(f"labkit.training.{module}"), kind)
    else:
        module = importlib.import_module(f"labkit.training.{_HOME.get(name, name)}")
        globals()[name] = getattr(module, name) if name in _HOME else module
    return globals()[name]


def __dir__():
    return sorted(["GAN", *_HOME])
