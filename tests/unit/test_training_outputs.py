"""What a training leaves behind: averaged weights, kept generators, logs, diagnoses, results with their provenance."""

import json
import subprocess

import keras
import numpy as np
import pytest

from labkit import files, models, training
from labkit.errors import LabkitError
from labkit.training import callbacks, generators, recipes, results, run
from labkit.training.generators import averaged_weights
from tests.unit.test_training_gan import PICTURES, compiled


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


def test_what_differs_from_the_commit_stands_in_the_provenance(tmp_path, monkeypatch):
    monkeypatch.setenv("LABKIT_HOME", str(tmp_path))
    (tmp_path / "labkit").mkdir()
    (tmp_path / "labkit" / "a.py").write_text("1")
    for words in ("init -q", "add .", "-c user.name=a -c user.email=a@example.org commit -qm a"):
        subprocess.run(["git", *words.split()], cwd=tmp_path, check=True)
    assert results.provenance("x")["commit"][-1] != "+"
    (tmp_path / "labkit" / "a.py").write_text("2")
    monkeypatch.setattr("sys.argv", ["benchmarks/film.py", "fashion-gan", str(tmp_path / "clothes"), "channels=32"])
    found = results.provenance()
    assert found["commit"][-1] == "+"
    assert found["command"].endswith("film.py fashion-gan clothes channels=32"), "no folder of this machine"


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
