"""labkit's EfficientNet-Lite0 gives what the published torch module gives, on real photographs.

Keras runs on its PyTorch backend here, so that both networks live in one environment; ``tools/efficientnet.py ship``
makes the same comparison under TensorFlow, and its result is in the card.
"""

import importlib.util
import os
import pathlib

import numpy as np
import pytest

# Asked first: where PyTorch is missing, no other test may find Keras on a backend that is not there.
pytest.importorskip("torch", reason="PyTorch is not installed in this environment")
pytest.importorskip("efficientnet_lite_pytorch", reason="the published network is not installed")
os.environ.setdefault("KERAS_BACKEND", "torch")
keras = pytest.importorskip("keras", reason="Keras is not installed in this environment")

from labkit.models import efficientnet, weights  # noqa: E402

HERE = pathlib.Path(__file__).parent.parent.parent
NAMES = (*efficientnet.BLOCKS, "features", "logits")


def tool():
    spec = importlib.util.spec_from_file_location("efficientnet_tool", HERE / "tools" / "efficientnet.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def both():
    """The torch module's state and answers, the photographs, and the tool that compares."""
    program = tool()
    module, pictures = program.published(), program.photographs()
    state = {name: value.numpy() for name, value in module.state_dict().items()}
    return program, state, pictures, program.answers(module, pictures)


def differences(program, network, pictures, answers):
    found = network(pictures, training=False)
    order = [*sorted(name for name in answers if name.startswith("block ")), "features", "logits"]
    return {name: program.distance(keras.ops.convert_to_numpy(found[name]), answers[there])
            for name, there in zip(NAMES, order, strict=True)}


def test_float32_equals_the_torch_module(both):
    program, state, pictures, answers = both
    network = efficientnet.build()
    network.set_weights(program.keras_weights(state, network))
    found = differences(program, network, pictures, answers)
    assert found["features"][0] <= 1e-4
    assert found["logits"][0] <= 1e-4
    assert max(relative for _, relative in found.values()) <= 1e-4


def test_what_ships_differs_by_its_rounding_alone(both):
    program, state, pictures, answers = both
    network = efficientnet.build()
    weights.restore("efficientnet-lite0", network)
    stated = weights.card("efficientnet-lite0")["float16"]
    found = differences(program, network, pictures, answers)
    assert found["features"][1] == pytest.approx(stated["features_relative_rms"], rel=0.05)
    assert found["logits"][1] == pytest.approx(stated["logits_relative_rms"], rel=0.05)
    exact = program.keras_weights(state, network)
    for weight, published in zip(network.get_weights(), exact, strict=True):
        assert np.allclose(weight, published, rtol=2 ** -11, atol=2 ** -24)
