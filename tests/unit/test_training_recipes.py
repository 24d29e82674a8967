"""Recipes and plans: what the reports state arrives in full, and wrong values are refused before anything starts."""

import re

import numpy as np
import pytest

from labkit import models, reports
from labkit.errors import LabkitError
from labkit.training import autoencoder, recipes


@pytest.mark.parametrize("profile", recipes.PROFILES)
@pytest.mark.parametrize("key", recipes.keys())
def test_every_gan_has_a_sound_recipe_for_every_profile(key, profile):
    recipe = recipes.get(key, profile)
    assert recipe.image_shape == models.spec(key).image_shape
    assert recipe.total_steps(60_000) > 0
    assert set(recipe.why) <= set(vars(recipe))
    # XLA makes convolutions on a CPU many times slower: only the dense GAN may ask for it.
    assert not recipe.jit_compile or key == "cifar-dense-gan"


@pytest.mark.parametrize(("key", "stated"), [
    ("cifar-dcgan", {"batch_size": "batch_size", "epochs": "epochs", "learning_rate_g": "learning_rate",
                     "learning_rate_d": "learning_rate"}),
    ("bedroom-gan", {"learning_rate_g": "generator_learning_rate"}),
    ("cifar-dense-gan", {"steps": "epochs", "beta_1": "alpha"})])  # that report's epochs are minibatches
def test_full_is_the_reports_own(key, stated):
    system, recipe = reports.system(key), recipes.get(key, "full")
    for ours, theirs in stated.items():
        assert getattr(recipe, ours) == system.setting(theirs).value
        assert recipe.why[ours].startswith(f"report {system.report}"), ours
    assert recipe.steps == 0 or recipe.total_steps(50_000) == recipe.steps


def test_changes_are_checked():
    recipe = recipes.get("cifar-dcgan", "quick", batch_size="32", flip="true", learning_rate_g="1e-3")
    assert (recipe.batch_size, recipe.flip, recipe.learning_rate_g) == (32, True, 1e-3)
    assert recipe.why["batch_size"] == "set by the caller"
    longer = recipe.changed(epochs=2)
    assert (longer.epochs, longer.steps) == (2.0, 0)
    assert recipe.changed(steps=7).epochs == 0
    for values, message in [
        ({"bach_size": 3}, "Did you mean batch_size"),
        ({"batch_size": "many"}, "type int"),
        ({"batch_size": 0}, "batch_size from 1 to 65,536, not 0"),
        ({"batch_size": 10**11}, "batch_size from 1 to 65,536"),
        ({"epochs": "inf"}, "epochs from 0 to 1,000,000,000, not inf"),
        ({"learning_rate_g": "nan"}, "learning_rate_g from 1e-09 to 1"),
        ({"learning_rate_d": "inf"}, "learning_rate_d from 1e-09 to 1"),
        ({"precision": "int8"}, "precision=float32 or bfloat16"),
        ({"flip": "perhaps"}, "type bool"),
        ({"ema": 1.0}, "ema from 0 to 0.999999"),
        ({"steps": 0}, "either epochs or steps"),
        ({"steps_per_execution": 3}, "multiple of steps_per_execution"),
        ({"key": "svhn-gan"}, "no value of a recipe 'key'"),
        ({"self": "x"}, "no value of a recipe 'self'"),
    ]:
        with pytest.raises(LabkitError, match=re.escape(message)):
            recipe.changed(**values)
    numbers = {name for name, value in vars(recipe).items() if type(value) in (int, float)}
    assert numbers <= {name for names in recipes.RANGES.values() for name in names}


KEYS = recipes.keys("autoencoders")
PICTURES = np.random.default_rng(0).integers(0, 256, (12, 16, 16, 3), dtype=np.uint8)
TINY = {"filters": (4, 4, 4, 4), "lstm": (8, 8), "dense": (8, 8)}


def tiny(key, **options):
    return autoencoder.plan(key, image_size=16, epochs=2, batch_size=4, options=TINY | options)


@pytest.mark.parametrize("key", KEYS)
def test_a_full_plan_is_the_reports_own(key):
    plan, system = autoencoder.plan(key, "full"), reports.system(key)
    assert (plan.image_size, plan.options) == (system.image_shape[0], {})
    stated = {setting.name: setting.value for setting in system.settings}
    for name in ("batch_size", "epochs", "learning_rate"):
        if name in stated:
            assert getattr(plan, name) == stated[name]
            assert plan.why[name].startswith("report 1, Model")


def test_the_metric_leaves_the_penalty_out():
    plan = tiny("cnn-lstm-l2", l2=0.01, dropout=0.0)
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
