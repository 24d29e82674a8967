"""The networks of the five reports and of the papers they analyse: one module per family, one key per system. ``keys``,
``papers`` and ``spec`` cost nothing; TensorFlow is imported by the first ``build``.

>>> generator, discriminator = models.build("cifar-dcgan", seed=0)
"""

from labkit.models import weights
from labkit.models.registry import GanPair, Spec, build, keys, papers, spec

__all__ = ["GanPair", "Spec", "build", "keys", "papers", "spec", "weights"]
