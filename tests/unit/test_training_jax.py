"""The GAN under Keras' JAX backend: the same gradients, steps and pictures as under TensorFlow.

Each computes in a process of its own, this module as a program, and leaves its numbers in a folder. JAX is no part of
the usual environment: `make test-jax` makes one that has both (build/jax) and runs these tests, about a minute.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from labkit.errors import LabkitError
from tests.unit import small

pytestmark = pytest.mark.jax
PICTURES, STEPS, BATCH, LATENT = small.PICTURES[:24], 4, 8, 5  # an epoch and the first step of the next
RECIPE = {"steps": 4, "batch_size": 8, "steps_per_execution": 2, "checkpoint_every": 4}


def small_gan(batch_norm_in_d=False, dropout=0.0, kind=None, **options):
    """Return a small compiled GAN whose weights are the same in every backend."""
    import keras

    from labkit import training

    generator, discriminator = small.pair(dropout, batch_norm_in_d)
    rng = np.random.default_rng(0)
    for weight in [*generator.weights, *discriminator.weights]:
        value = 0.3 * rng.standard_normal(weight.shape)
        weight.assign(value + 1.0 if weight.name in ("gamma", "moving_variance") else value)
    gan = (kind or training.GAN)(generator, discriminator, seed=3)
    gan.compile(keras.optimizers.Adam(0.01, beta_1=0.5, epsilon=0.01, use_ema=True, ema_momentum=0.9),
                keras.optimizers.Adam(0.01, beta_1=0.5, epsilon=0.01), **options)
    return gan


def gradients():
    """Return D's and G's gradients and the logs of one minibatch: float32 arrays by name, "shared" and "separate"."""
    import keras

    gan = small_gan(label_smoothing=0.1)
    rng = np.random.default_rng(2)
    real = rng.uniform(-1, 1, (16, 8, 8, 3)).astype(np.float32)
    latent = rng.standard_normal((16, LATENT), dtype=np.float32)

    def both_ways():
        return {"shared": gan.shared_gradients(real, latent), "separate": gan.separate_gradients(real, latent)}

    if keras.backend.backend() == "jax":
        import jax

        both_ways = jax.jit(both_ways)
    found = {}
    for way, (for_d, for_g, logs) in both_ways().items():
        for name, values in {"d": for_d, "g": for_g}.items():
            found |= {f"{way} {name} {index}": np.asarray(value) for index, value in enumerate(values)}
        found |= {f"{way} {name}": np.asarray(value) for name, value in logs.items()}
    return found


def fitted():
    """Fit for a few steps on given noise; return every variable, the steps' logs and the history."""
    from keras import ops

    from labkit import training

    table = np.random.default_rng(4).standard_normal((STEPS, BATCH, LATENT)).astype(np.float32)

    class Given(training.GAN):
        def noise(self, step, rows, batch_size):
            return ops.take(ops.take(ops.convert_to_tensor(table), step, axis=0), rows, axis=0)

    gan, log = small_gan(kind=Given, batch_norm_in_d=True, steps_per_execution=2), training.StepLog()
    history = gan.fit(PICTURES, batch_size=BATCH, steps_per_epoch=STEPS, callbacks=[log])
    found = {f"log {name}": values for name, values in log.arrays().items()}
    found |= {f"history {name}": np.float32(values) for name, values in history.history.items()}
    for part in ("generator", "discriminator", "g_optimizer", "d_optimizer"):
        found |= {f"{part} {index}": np.asarray(variable, dtype=np.float32)
                  for index, variable in enumerate(getattr(gan, part).variables)
                  if "seed_generator" not in variable.path}
    return found


def part(folder, steps):
    """Go on from ``folder``, with all that a checkpoint must hold; return every variable, too."""
    from labkit import training

    gan = small_gan(dropout=0.3, flip=True, steps_per_execution=2)
    log = training.StepLog(training.checkpoints.restore(folder, gan, {}))
    gan.fit(PICTURES, BATCH, steps_per_epoch=steps, callbacks=[log, training.Checkpoints(folder, 2, log, {})])
    return log, small.state(gan)


def jax_side(folder):
    """Write the numbers; resume a training, and train a recipe from beginning to end."""
    sys.modules["tensorflow"] = None  # from here on, importing it fails
    from labkit import device, training

    device.setup()
    np.savez(folder / "jax.npz", **gradients(), **fitted())
    log, straight = part(folder / "straight", 5)
    part(folder / "broken", 2)
    resumed = part(folder / "broken", 3)[1]
    recipe = training.recipes.get("cifar-dense-gan", "quick", **RECIPE)
    trained = training.train(recipe, out=folder / "recipe", limit=16)
    np.savez(folder / "more.npz", steps=log.arrays()["step"], same=resumed == straight,
             recipe=training.generate(trained.generator, training.latent(16, 100, 9)))


def tensorflow_side(folder):
    """Write the numbers, and the pictures of what was trained under JAX."""
    from labkit import device, models, training

    device.setup(quiet=True)
    np.savez(folder / "tensorflow.npz", **gradients(), **fitted())
    generator = models.weights.load("cifar-dense-gan", folder / "recipe")
    try:
        training.train(training.recipes.get("cifar-dense-gan", "quick", **RECIPE), out=folder / "recipe", limit=16,
                       resume=True)
    except LabkitError as error:
        said = str(error)
    np.savez(folder / "loaded.npz", said=said, recipe=training.generate(generator, training.latent(16, 100, 9)))


@pytest.fixture(scope="module")
def sides(tmp_path_factory):
    """Run JAX, then TensorFlow; return the folder with what they wrote."""
    pytest.importorskip("jax", reason="not installed; this file's head says how to")
    folder = tmp_path_factory.mktemp("sides")
    for backend in ("jax", "tensorflow"):
        done = subprocess.run(
            [sys.executable, "-m", "tests.unit.test_training_jax", backend, str(folder)], cwd=Path(__file__).parents[2],
            env={**os.environ, "KERAS_BACKEND": backend}, capture_output=True, text=True, timeout=500)
        assert done.returncode == 0, f"{backend}:\n{done.stdout}\n{done.stderr}"
        (folder / f"{backend}.txt").write_text(done.stdout)
    return folder


def test_gradients_losses_and_a_fit_are_those_of_tensorflow(sides):
    """The same names and, to 1e-5 of a tensor's largest value, the same values."""
    with np.load(sides / "jax.npz") as ours, np.load(sides / "tensorflow.npz") as theirs:
        assert set(ours.files) == set(theirs.files)
        for name in ours.files:
            scale = np.abs(theirs[name]).max()
            np.testing.assert_allclose(ours[name], theirs[name], rtol=0, atol=1e-5 * scale, err_msg=name)
        assert {"history d_loss", "generator 0", "discriminator 0", "g_optimizer 0"} < set(ours.files)
        assert list(ours["log step"]) == [2, 4]
        for index in range(5):
            one, two = ours[f"shared g {index}"], ours[f"separate g {index}"]
            np.testing.assert_allclose(one, two, rtol=0, atol=1e-5 * np.abs(two).max())
            assert np.abs(one).max() > 0


def test_a_resumed_training_ends_with_the_same_bits(sides):
    with np.load(sides / "more.npz") as file:
        assert file["same"]
        assert list(file["steps"]) == [2, 4, 5]  # an execution may be shorter than the others


def test_weights_trained_under_jax_draw_the_same_pictures_under_tensorflow(sides):
    with np.load(sides / "loaded.npz") as theirs, np.load(sides / "more.npz") as ours:
        assert np.abs(ours["recipe"].astype(int) - theirs["recipe"]).max() <= 2  # float16 on the way
        assert ours["recipe"].std() > 1
        assert "backend=jax" in str(theirs["said"])  # a checkpoint is the backend's own


def test_a_recipe_is_trained_where_tensorflow_cannot_be_imported(sides):
    results = json.loads((sides / "recipe" / "results.json").read_text())
    assert (results["steps"], results["backend"]) == (4, "jax")
    assert np.isfinite(list(results["final"].values())).all()
    line, *_ = (sides / "jax.txt").read_text().splitlines()
    assert ("JAX " in line, "TensorFlow" in line) == (True, False)


if __name__ == "__main__":
    {"jax": jax_side, "tensorflow": tensorflow_side}[sys.argv[1]](Path(sys.argv[2]))
