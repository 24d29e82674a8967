"""Image Generation Labs: what the notebooks stand on.

Importing this package is cheap: TensorFlow is imported only by the modules that use it
(``labkit.device``, ``labkit.models``, ``labkit.training``).
"""

__version__ = "0.1.0"
