"""Recipes: what the reports state arrives in ``full``, and wrong values are refused before anything starts."""

import dataclasses
import re

import pytest
from click.testing import CliRunner

from labkit import models, reports
from labkit.cli.verbs import train as command
from labkit.errors import LabkitError
from labkit.training import recipes


@pytest.mark.parametrize("profile", recipes.PROFILES)
@pytest.mark.parametrize("key", recipes.keys())
def test_every_gan_has_a_sound_recipe_for_every_profile(key, profile):
    recipe = recipes.get(key, profile)
    assert recipe.image_shape == models.spec(key).image_shape
    assert recipe.total_steps(60_000) > 0
    assert set(recipe.why) <= {field.name for field in dataclasses.fields(recipe)}
    # XLA makes convolutions on a CPU many times slower: only the dense GAN may ask for it.
    assert not recipe.jit_compile or key == "cifar-dense-gan"


def test_full_is_the_reports_own():
    system, recipe = reports.system("cifar-dcgan"), recipes.get("cifar-dcgan", "full")
    assert recipe.batch_size == system.setting("batch_size").value
    assert recipe.epochs == system.setting("epochs").value
    assert recipe.learning_rate_g == recipe.learning_rate_d == system.setting("learning_rate").value
    assert recipe.why["batch_size"].startswith("report 4")
    bedroom = recipes.get("bedroom-gan", "full")
    assert bedroom.learning_rate_g == reports.system("bedroom-gan").setting("generator_learning_rate").value


    recipe = recipes.get("cifar-dense-gan", "full")
    assert recipe.steps == reports.system("cifar-dense-gan").setting("epochs").value
    assert recipe.epochs == 0
    assert recipe.total_steps(50_000) == recipe.steps
    assert recipe.beta_1 == reports.system("cifar-dense-gan").setting("alpha").value


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
        ({"batch_size": 0}, "above 0"),
        ({"flip": "perhaps"}, "type bool"),
        ({"ema": 1.0}, "[0, 1)"),
        ({"steps": 0}, "either epochs or steps"),
        ({"steps_per_execution": 3}, "multiple of steps_per_execution"),
        ({"key": "svhn-gan"}, "no value 'key'"),
    ]:
        with pytest.raises(LabkitError, match=re.escape(message)):
            recipe.changed(**values)


def test_the_command_shows_a_recipe():
    shown = CliRunner().invoke(command, ["cifar-dcgan", "--profile", "full", "--recipe"])
    assert re.search(r"batch_size +256 +report 4", shown.output)
