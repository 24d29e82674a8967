"""A pretrained generator behind HTTP, as in report 4, section 7, without TensorFlow in the serving process: exported
to ONNX once, by a process of its own (``export``); ONNX Runtime draws, waitress listens (``server``), Flask answers.

    with serving.start("cifar-dcgan") as server:
        pictures = server.get("api/v1/images", n=4, seed=1).content
"""

from labkit.plotting.images import latent
from labkit.serving.export import check, convert
from labkit.serving.server import start, warning

__all__ = ["check", "convert", "latent", "start", "warning"]
