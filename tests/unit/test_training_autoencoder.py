"""Networks trained to repeat their input: plans, shapes, learning, and the penalty that is no error of the pictures."""

import numpy as np
import pytest

from labkit import reports
from labkit.errors import LabkitError
from labkit.training import autoencoder, recipes

KEYS = recipes.keys("autoencoders")
PICTURES = np.random.default_rng(0).integers(0, 256, (12, 16, 16, 3), dtype=np.uint8)
TINY = {key: {"units": 8, "dense": 8} if key == "plain-lstm" else
        {"filters": (4, 4, 4, 4), "lstm": (8, 8), "dense": (8, 8)} for key in KEYS}


def tiny(key, **changes):
    options = TINY[key] | changes.pop("options", {})
    return autoencoder.plan(key, image_size=16, epochs=2, batch_size=4, options=options, **changes)


@pytest.mark.parametrize("key", KEYS)
def test_full_is_the_reports_own(key):
    plan, system = autoencoder.plan(key, "full"), reports.system(key)
    assert (plan.image_size, plan.options) == (system.image_shape[0], {})
    stated = {setting.name: setting.value for setting in system.settings}
    for name in ("batch_size", "epochs", "learning_rate"):
        if name in stated:
            assert getattr(plan, name) == stated[name]
            assert plan.why[name].startswith("report 1, Model")


def test_the_metric_leaves_the_penalty_out():
    plan = tiny("cnn-lstm-l2", options={"l2": 0.01, "dropout": 0.0})
    network = autoencoder.build(plan)
    inputs = autoencoder.as_input(network, PICTURES)
    loss, mse = network.evaluate(inputs, inputs.reshape(len(inputs), -1), verbose=0)
    kernels = [w.numpy() for layer in network.layers for w in layer.weights if w.name == "kernel"]
    assert loss - mse == pytest.approx(0.01 * sum(float((kernel**2).sum()) for kernel in kernels), rel=1e-4)
    assert mse == pytest.approx(np.mean((autoencoder.repeat(network, PICTURES) - inputs) ** 2), rel=1e-4)


def test_errors_say_what_to_do():
    with pytest.raises(LabkitError, match="plain-lstm"):
        autoencoder.plan("cifar-dcgan")
    with pytest.raises(LabkitError, match="size=16"):
        autoencoder.as_input(autoencoder.build(tiny("cnn-lstm")), np.zeros((2, 32, 32, 3), np.uint8))
