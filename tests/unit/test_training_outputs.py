"""What a training does with its options, goes on from, and leaves behind: the same bits, results with provenance."""

import json
import subprocess

import keras
import numpy as np
import pytest
import tensorflow as tf

from labkit import datasets, files, models, training
from labkit.errors import LabkitError
from labkit.training import averaged_generator, callbacks, checkpoints, generators, latent, recipes, results, run, widen
from labkit.training.generators import averaged_weights
from tests.unit.small import PICTURES, pair, state
from tests.unit.test_training_gan import compiled


@pytest.mark.parametrize("options", [{"shift": 2}, {"shift": 1, "augment": "both", "flip": True}])
def test_each_changes_the_training_and_is_the_same_twice(options):
    def after(**more):
        gan = compiled(pair(), **more)
        gan.fit(PICTURES, 8, steps_per_epoch=3)
        return state(gan)

    assert after(**options) == after(**options)
    assert after(**options) != after()


def test_weight_decay_shrinks_kernels_and_spares_the_rest():
    recipe = recipes.get("fashion-gan", "quick", weight_decay=0.5, learning_rate_d=0.1)
    _, optimizer = run.optimizers(recipe)
    kernel, bias = keras.Variable(np.full((2, 2), 8.0), name="kernel"), keras.Variable(np.full(2, 8.0), name="bias")
    optimizer.build([kernel, bias])
    optimizer.apply([tf.zeros((2, 2)), tf.zeros(2)])
    np.testing.assert_allclose(kernel, 8.0 * (1 - 0.1 * 0.5), rtol=1e-6)
    np.testing.assert_allclose(bias, 8.0)


def test_a_checkpoint_fits_another_length_unless_the_rate_falls():
    recipe, data = recipes.get("cifar-dcgan", "laptop"), datasets.load("cifar10", limit=9, stand_in="only", quiet=True)
    falling = recipe.changed(schedule="cosine")
    short, long, falls, falls_later = (run._fingerprint(each, "float32", data, steps)
                                       for each in (recipe, falling) for steps in (50, 60))
    assert short == long
    assert falls != falls_later


def test_a_falling_rate_and_changed_pictures_resume_to_the_same_bits(tmp_path):
    recipe = recipes.get("fashion-gan", "quick", steps=4, batch_size=4, checkpoint_every=2, schedule="cosine", ema=0.9,
                         weight_decay=0.1, shift=2, flip=True, augment="both")
    images = np.random.default_rng(0).integers(0, 256, (12, 28, 28, 1), dtype=np.uint8)

    def part(steps, folder):
        gan = run.compiled(recipe, pair=models.build("fashion-gan", seed=0, channels=4))
        log = callbacks.StepLog(checkpoints.restore(folder, gan, {}))
        gan.fit(images, 4, steps_per_epoch=steps, callbacks=[log, callbacks.Checkpoints(folder, 2, log, {})])
        return state(gan), {name: values.tolist() for name, values in log.arrays().items()}

    straight = part(4, tmp_path / "straight")
    part(2, tmp_path / "broken")
    assert part(2, tmp_path / "broken") == straight


@pytest.fixture(scope="module")
def pairs():
    return {channels: models.build("fashion-gan", seed=channels, channels=channels) for channels in (4, 8, 12)}


@pytest.mark.parametrize("which", [0, 1])
def test_the_wider_network_computes_the_same(pairs, which):
    narrow, wide = pairs[4][which], models.build("fashion-gan", seed=1, channels=12)[which]
    for layer in narrow.layers:
        if layer.weights:
            layer.bias.assign(np.random.default_rng(0).normal(size=layer.bias.shape))
    given = np.random.default_rng(1).normal(size=(3, *narrow.input_shape[1:])).astype(np.float32)
    assert not np.allclose(narrow(given), wide(given), atol=1e-3)
    widen.widen(narrow, wide)
    np.testing.assert_allclose(wide(given), narrow(given), rtol=1e-4, atol=1e-5)
    widen.widen(narrow, wide, noise=0.1)
    assert not np.allclose(wide(given), narrow(given), atol=1e-4)
    kernel = np.asarray(wide.get_layer("conv2d_1").kernel)
    assert not np.allclose(kernel[:, :, 0], kernel[:, :, kernel.shape[2] // 3])


def test_networks_that_do_not_fit_are_refused(pairs):
    with pytest.raises(LabkitError, match="multiple"):
        widen.widen(pairs[8].generator, pairs[12].generator)
    with pytest.raises(LabkitError, match="same layers"):
        widen.widen(pairs[4].generator, pairs[4].discriminator)


def test_a_training_starts_from_a_narrower_one(tmp_path):
    narrow = recipes.get("fashion-gan", "quick", steps=2, batch_size=4, channels=4, ema=0.5)
    gan, log = run.compiled(narrow), callbacks.StepLog()
    gan.fit(np.random.default_rng(0).integers(0, 256, (8, 28, 28, 1), dtype=np.uint8), 4, steps_per_epoch=2,
            callbacks=[log])
    made = {"key": "fashion-gan", "channels": 4, "ema": 0.5, "batch_size": 4, "data": "clothes"}
    checkpoints.save(tmp_path, gan, log.arrays(), made)
    wider = run.compiled(narrow.changed(channels=8))
    text = widen.start(wider, tmp_path, noise=0.0)
    assert text == "Began with the weights of fashion-gan with 4 channels after 8 pictures of clothes."
    given = latent(3, 128)
    np.testing.assert_allclose(wider.generator(given), averaged_generator(gan)(given), rtol=1e-3, atol=1e-5)
    assert not np.allclose(wider.generator(given), gan.generator(given), atol=1e-6)
    # A training that is resumed still says what it began with.
    wider.g_optimizer.iterations.assign(0)
    assert run._begun(wider, tmp_path / "new", tmp_path).startswith("Began with the weights")
    wider.g_optimizer.iterations.assign(2)
    assert run._begun(wider, tmp_path / "new", tmp_path) == text


def test_diagnoses_a_discriminator_that_has_won_a_collapse_and_nan():
    gan, said = compiled(), []
    watch = callbacks.Diagnostics(generators.latent(8, 5), 0.001, every=2, say=said.append)
    watch.set_model(gan)
    sure = {"d_loss": 0.0, "g_loss": 9.0, "d_real": 1.0, "d_fake": 1.0}
    for step in range(1, 5):
        gan.g_optimizer.iterations.assign(step)
        watch.on_train_batch_end(0, sure)
        if step == 2:  # from now on all pictures are alike
            last = gan.generator.layers[-1]
            last.kernel.assign(last.kernel * 0.0)
    assert [note["kind"] for note in watch.found] == ["dead", "dead", "collapse"]
    assert len(said) == 2
    assert "learning_rate_d" in said[0]
    last.kernel.assign(last.kernel * np.nan)
    with pytest.raises(LabkitError, match="no longer a number"):
        gan.fit(PICTURES, 8, callbacks=[watch])


def test_a_training_leaves_results_with_their_provenance(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("LABKIT_HEADLESS", "1")
    recipe = recipes.get("vanilla-gan", "quick", steps=4, batch_size=8, checkpoint_every=3, ema=0.9)
    trained = run.train(recipe, out=tmp_path, limit=32)
    content = json.loads((tmp_path / "results.json").read_text())
    assert content["steps"] == content["steps_planned"] == 4
    assert content["images_seen"] == 32
    assert content["provenance"]["command"]
    assert content["provenance"]["versions"]["keras"] == keras.__version__
    assert str(tmp_path) not in json.dumps(content["dataset"])
    assert trained.log["step"].tolist() == [1, 2, 3, 4]
    assert generators.generate(trained.generator, generators.latent(2, 100)).shape == (2, 28, 28, 1)
    with pytest.raises(LabkitError, match="--resume"):
        run.train(recipe, out=tmp_path, limit=32)
    longer = run.train(recipe.changed(steps=5), out=tmp_path, limit=32, resume=True)
    assert longer.summary["steps"] == 5
    with pytest.raises(LabkitError, match="Ask for more steps"):
        run.train(recipe, out=tmp_path, limit=32, resume=True)
    assert "step 4" in capsys.readouterr().out


def test_grey_networks_get_grey_pictures():
    class Colour:
        images, title = np.full((3, 4, 4, 3), [255, 0, 0], np.uint8), "red"

    assert (run.prepare(Colour, (4, 4, 1)) == 76).all()
    with pytest.raises(LabkitError, match="red has pictures of"):
        run.prepare(Colour, (8, 8, 3))


def test_results_are_read_back_or_missed_in_words(tmp_path, monkeypatch):
    monkeypatch.setenv("LABKIT_HOME", str(tmp_path))
    results.write(files.results() / "one.json", {"value": 1.5}, command="labkit train x")
    assert results.read("one")["value"] == 1.5
    assert results.read("one")["provenance"]["command"] == "labkit train x"
    with pytest.raises(LabkitError, match="There are: one"):
        results.read("two")
    (files.results() / "one.json").write_text("{")
    with pytest.raises(LabkitError, match="line 1"):
        results.read("one")


def test_the_asked_steps_are_kept_as_they_were(tmp_path):
    seen, gan = {}, training.GAN(*models.build("vanilla-gan", seed=0), seed=0)
    gan.compile(keras.optimizers.Adam(1e-3, use_ema=True, ema_momentum=0.5), keras.optimizers.Adam(1e-3))

    def spy(batch, logs=None):
        now = [np.asarray(one).copy() for one in gan.generator.trainable_variables]
        seen[gan.steps_done] = {"moment": now, "average": averaged_weights(gan)}
        # Taking the averages leaves the weights of the moment alone.
        assert all(np.array_equal(a, b) for a, b in zip(now, gan.generator.trainable_variables, strict=True))

    images = np.random.default_rng(0).integers(0, 256, (16, 28, 28, 1), np.uint8)
    keep = callbacks.Checkpoints(tmp_path, 99, training.StepLog(), {}, keep=(2, 4, 9))
    gan.fit(images, 8, steps_per_epoch=4, callbacks=[keep, keras.callbacks.LambdaCallback(on_train_batch_end=spy)])
    assert len(list((tmp_path / "generators").iterdir())) == 4
    for step in (2, 4):
        for kind, then in seen[step].items():
            loaded = models.weights.load("vanilla-gan", tmp_path / "generators" / f"step-{step:08d}-{kind}.npz")
            for weight, value in zip(loaded.trainable_variables, then, strict=True):
                np.testing.assert_allclose(weight, value, rtol=2e-3, atol=1e-6)  # float16 on disk
    assert any(not np.allclose(a, b, rtol=1e-3) for a, b in zip(*seen[4].values(), strict=True))


def test_what_differs_from_the_commit_stands_in_the_provenance(tmp_path, monkeypatch):
    monkeypatch.setenv("LABKIT_HOME", str(tmp_path))
    (tmp_path / "labkit").mkdir()
    (tmp_path / "labkit" / "a.py").write_text("1")
    for words in ("init -q", "add .", "-c user.name=a -c user.email=a@example.org commit -qm a"):
        subprocess.run(["git", *words.split()], cwd=tmp_path, check=True)
    assert "changed" not in results.provenance("x")
    (tmp_path / "labkit" / "a.py").write_text("2")
    monkeypatch.setattr("sys.argv", ["benchmarks/film.py", "fashion-gan", str(tmp_path / "clothes"), "channels=32"])
    found = results.provenance()
    assert (found["commit"][-1], found["changed"]) == ("+", ["labkit/a.py"])
    assert found["command"].endswith("film.py fashion-gan clothes channels=32"), "no folder of this machine"
