"""The networks of the five reports: one module per family, one key per system.

>>> from labkit import models
>>> generator, discriminator = models.build("cifar-dcgan", seed=0)

``keys`` and ``spec`` cost nothing; TensorFlow is imported by the first ``build``.
"""

from labkit.models.registry import GanPair, Spec, build, keys, spec

__all__ = ["GanPair", "Spec", "build", "keys", "spec"]
