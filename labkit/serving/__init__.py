"""A pretrained generator behind HTTP, as in report 4, section 7 — without TensorFlow in the process that serves.

From a terminal: ``labkit serve cifar-dcgan``. In a notebook::

    with serving.start("cifar-dcgan") as server:
        pictures = server.get("api/v1/images", n=4, seed=1).content

A generator is exported to ONNX once (``export``), by a process of its own; ONNX Runtime draws and waitress listens
(``server``), Flask answers (``app``).
"""

from labkit.serving.app import latent
from labkit.serving.export import check, convert
from labkit.serving.server import start, warning

__all__ = ["check", "convert", "latent", "start", "warning"]
