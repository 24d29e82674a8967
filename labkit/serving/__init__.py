"""A pretrained generator behind HTTP, as in report 4, section 7 — without TensorFlow in the process that serves.

From a terminal: ``labkit serve cifar-dcgan``. In a notebook::

    from labkit import serving
    with serving.start("cifar-dcgan") as server:
        pictures = server.get("api/v1/images", n=4, seed=1).content

A generator is exported to ONNX once, by a process of its own (``serving.export``, ``serving.store``); ONNX Runtime
computes the pictures (``serving.engine``), Flask answers (``serving.app``), waitress listens (``serving.listen``).
Names are imported when they are first used: none of them imports TensorFlow, except ``write`` and ``convert``, which
export.
"""

import importlib

_HOMES = {
    "write": "export", "convert": "export", "check": "export", "TOLERANCE": "export",
    "keys": "store", "prepared": "store", "prepare": "store",
    "OnnxEngine": "engine", "Busy": "engine",
    "create_app": "app", "description": "openapi", "latent": "pictures",
    "start": "process", "Server": "process",
}

__all__ = list(_HOMES)


def __getattr__(name):
    if name in _HOMES:
        return getattr(importlib.import_module(f"labkit.serving.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'labkit.serving' has no attribute {name!r}; it has {', '.join(__all__)}")


def __dir__():
    return sorted({*globals(), *__all__})
