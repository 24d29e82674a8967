"""Fitting: the GAN model, recipes, checkpoints, results.

>>> from labkit import training
>>> run = training.train(training.recipes.get("cifar-dcgan", "quick"))

Names are imported when they are first used, so that looking at a recipe does not start TensorFlow.
"""

import importlib

from labkit import device

_HOMES = {
    "TrainedRun": "run", "train": "run", "prepare": "run", "compiled": "run",
    "latent": "adapters", "latent_dim": "adapters", "generate": "adapters", "normalise": "adapters",
    "to_uint8": "adapters", "averaged_generator": "averaging", "settled": "averaging",
    "StepLog": "callbacks", "Checkpoints": "callbacks", "SampleGrid": "callbacks", "Diagnostics": "callbacks",
    "Progress": "callbacks", "variety": "callbacks",
}
_MODULES = ("adapters", "augment", "averaging", "callbacks", "checkpoints", "classifiers", "gan", "keeping",
            "launch", "losses", "order", "recipes", "references", "results", "run", "scoring",
            "widen")
# These need no TensorFlow; the others start it, quietly.
_LIGHT = ("launch", "order", "recipes", "results")
_STEPS = {"tensorflow": ("gan", "GAN"), "jax": ("jax_gan", "JaxGAN")}  # Keras' backend -> the class that trains

__all__ = ["GAN", *_HOMES, *_MODULES]


def _gan():
    import keras

    backend = keras.backend.backend()
    if backend not in _STEPS:
        from labkit.errors import LabkitError

        raise LabkitError(f"GANs are trained with TensorFlow or JAX, not with KERAS_BACKEND={backend}. "
                          "Set it to tensorflow or jax and restart Python.")
    module, name = _STEPS[backend]
    return getattr(importlib.import_module(f"labkit.training.{module}"), name)


def __getattr__(name):
    if name in _HOMES or (name in _MODULES and name not in _LIGHT) or name == "GAN":
        device.quiet_tensorflow()
    if name == "GAN":
        return _gan()
    if name in _HOMES:
        return getattr(importlib.import_module(f"labkit.training.{_HOMES[name]}"), name)
    if name in _MODULES:
        return importlib.import_module(f"labkit.training.{name}")
    raise AttributeError(f"module 'labkit.training' has no attribute {name!r}")


def __dir__():
    return sorted(__all__)
