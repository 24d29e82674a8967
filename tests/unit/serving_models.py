"""Generators small enough for tests, as ONNX files with their cards: no TensorFlow, no training."""

import hashlib
import json

import numpy as np
from onnx import TensorProto, helper, numpy_helper

from labkit import models
from labkit.serving import export as store


def tiny(key, path):
    """Write an ONNX generator with the shapes of ``key``: a dense layer and tanh."""
    spec = models.spec(key)
    kernel = np.random.default_rng(0).normal(0, 0.1, (spec.latent_dim, int(np.prod(spec.image_shape))))
    weights = [numpy_helper.from_array(kernel.astype(np.float32), "kernel"),
               numpy_helper.from_array(np.array([-1, *spec.image_shape], np.int64), "shape")]
    nodes = [helper.make_node("MatMul", ["latent", "kernel"], ["flat"]), helper.make_node("Tanh", ["flat"], ["tanh"]),
             helper.make_node("Reshape", ["tanh", "shape"], ["images"])]
    inputs = [helper.make_tensor_value_info("latent", TensorProto.FLOAT, ["n", spec.latent_dim])]
    outputs = [helper.make_tensor_value_info("images", TensorProto.FLOAT, ["n", *spec.image_shape])]
    model = helper.make_model(helper.make_graph(nodes, "tiny", inputs, outputs, weights),
                              opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(model.SerializeToString())


def home(folder, *keys):
    """Make a ``LABKIT_HOME`` with tiny generators, cards and all; return it."""
    for key in keys:
        card = {"key": key, "dataset": "a set <of> tests", "is_stand_in": key != keys[0], "images_seen": 1_203_776,
                "sha256": hashlib.sha256(key.encode()).hexdigest()}
        path = folder / "data" / "pretrained" / key / "card.json"
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(card), encoding="utf-8")
        tiny(key, folder / "build" / "onnx" / f"{key}-{card['sha256'][:12]}-{store.FORMAT}.onnx")
    return folder
