"""Widgets without a browser: noise, PNGs that carry noise, settings, errors, the monitor, what a headless run shows."""

import base64
import io
import json
import re
import threading

import IPython
import ipywidgets
import keras
import numpy as np
import pytest
from PIL import Image, PngImagePlugin
from scipy.stats import kstest, truncnorm

from labkit import training, widgets
from labkit.errors import LabkitError
from labkit.widgets import base, noise, saved
from labkit.widgets.base import interactive
from tests.unit.small import PICTURES
from tests.unit.test_training_gan import compiled


@pytest.fixture
def live(monkeypatch):
    monkeypatch.setenv("LABKIT_HEADLESS", "0")


def settle() -> None:
    """Wait until what was asked for is painted."""
    base.PAINTER.submit(int).result(30)


def pixels(png) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(bytes(png))).convert("RGBA"))


@pytest.mark.parametrize("cut", [0.25, 2.0])
def test_truncated_noise_has_the_truncated_normal_distribution(cut):
    values, untouched = noise.sample(400, 50, 1, cut=cut).ravel(), noise.sample(400, 50, 1)
    assert np.abs(values).max() <= cut + 1e-6
    assert kstest(values, truncnorm(-cut, cut).cdf).pvalue > 0.01
    assert (np.diff(values[np.argsort(untouched.ravel())]) >= 0).all(), "the order of the numbers must stay"
    assert np.array_equal(noise.sample(5, 50, 1), untouched[:5]), "a longer draw starts with the shorter one"


def test_the_arc_keeps_the_length_and_walks_evenly():
    a, b = np.eye(6)[:2] * 4
    way = noise.between(a, b, np.linspace(0, 1, 7))
    assert np.allclose(np.linalg.norm(way, axis=1), 4, atol=1e-5)
    assert np.allclose((way[:-1] * way[1:]).sum(1) / 16, np.cos(np.pi / 12), atol=1e-5)
    assert np.allclose(way[[0, -1]], [a, b], atol=1e-5)
    assert np.allclose(noise.between(a, b, [0.5], "linear"), (a + b) / 2)


def test_the_variable_decides_and_without_it_the_front_end(monkeypatch):
    monkeypatch.delenv("LABKIT_HEADLESS", raising=False)
    assert interactive() is False, "no kernel here"
    for asks in (True, False):
        kernel = type("Kernel", (), {"_allow_stdin": asks})()
        monkeypatch.setattr(IPython, "get_ipython", lambda kernel=kernel: type("Shell", (), {"kernel": kernel})())
        assert interactive() is asks
    monkeypatch.setenv("LABKIT_HEADLESS", "0")
    assert interactive()


@pytest.mark.parametrize(("count", "channels"), [(1, 3), (11, 1)])
def test_noise_survives_in_a_png(count, channels, tmp_path):
    images = np.random.default_rng(1).integers(0, 256, (count, 6, 5, channels), np.uint8)
    path = saved.write(tmp_path / "x.png", images, noise.sample(count, 12, 7), generator="little")
    found, facts = saved.read(path)
    assert np.array_equal(found, np.asarray(saved.grid(images)))
    assert np.array_equal(facts["latents"], noise.sample(count, 12, 7))
    assert facts["generator"] == "little"
    with Image.open(path) as picture:
        content = json.loads(picture.text["labkit"])
        for changes, words in ((None, "carries no noise"), ({"latents": "?"}, "cannot be"),
                               ({"dim": 10**9}, "cannot be read")):
            chunks = PngImagePlugin.PngInfo()
            if changes:
                chunks.add_itxt("labkit", json.dumps({**content, **changes}))
            picture.save(tmp_path / "changed.png", pnginfo=chunks)
            with pytest.raises(LabkitError, match=words):
                saved.read(tmp_path / "changed.png")
    with pytest.raises(LabkitError, match="no PNG picture"):
        saved.read(b"GIF89a" + path.read_bytes()[6:])


def test_the_sampler_shows_what_the_generator_makes(generator):
    sampler = widgets.NoiseSampler(generator, count=4, seed=5)
    expected = training.generate(generator, training.latent(4, 12, 5))
    assert np.abs(sampler.images().astype(int) - expected).max() <= 1
    assert np.array_equal(sampler.set(seed=9).set(seed=5).images(), widgets.NoiseSampler(generator, 4, 5).images())
    assert not np.array_equal(sampler.set(cut=0.5).images(), expected)
    assert sampler.set(count=16, cut=0.0).latents().shape == (16, 12)


def test_headless_shows_the_same_pixels_and_makes_no_widget(generator, shown, monkeypatch):
    made = []
    monkeypatch.setattr(ipywidgets.Widget, "open", lambda self: made.append(self))
    sampler = widgets.NoiseSampler(generator, count=3, seed=2)
    sampler._ipython_display_()
    [data] = shown
    assert made == []
    assert 'alt="3 pictures made by little' in data["text/html"]
    figure = pixels(base64.b64decode(re.search(r'base64,([^"]+)', data["text/html"])[1]))[8:, 8:, :3]
    board = sampler.drawing().board.array()
    opaque = board[..., 3] == 255
    assert np.array_equal(figure[:len(board), :board.shape[1]][opaque], board[..., :3][opaque])


def test_controls_and_settings_follow_each_other(generator, shown, live):
    sampler = widgets.NoiseSampler(generator, count=2)
    sampler._ipython_display_()  # behind it lies its picture, for who opens the notebook without a kernel
    assert shown[-1]["text/html"].startswith('<img class="labkit-still" alt="2 pictures made by little')
    assert "labkit" in sampler.box._dom_classes
    controls, first = sampler._controls, pixels(sampler._view.value)
    controls["scale"].value = 2.0
    settle()
    assert sampler.settings["scale"] == 2.0
    assert not np.array_equal(pixels(sampler._view.value), first)
    sampler.set(scale=1.0)
    settle()
    assert controls["scale"].value == 1.0
    assert np.array_equal(pixels(sampler._view.value), first), "the same settings give the same pixels"
    assert sampler._view.tooltip == sampler.drawing().alt
    sampler.set(cut=0.9, scale=5.0)  # code may ask for what the controls do not offer
    settle()
    assert (controls["cut"].value, controls["scale"].value, sampler._alarm.value) == (0.9, 5.0, "")


def test_of_fast_moves_only_the_newest_is_painted(generator, live):
    sampler, began, free, painted = widgets.NoiseSampler(generator, count=2), threading.Event(), threading.Event(), []
    assert sampler.box
    draw = sampler.draw

    def slow(settings):
        painted.append(settings["seed"])
        began.set()
        free.wait(10)
        return draw(settings)

    sampler.draw = slow
    for seed in range(1, 100):
        sampler.set(seed=seed)
        began.wait(10)
    free.set()
    settle()
    assert painted == [1, 99], "of a hundred moves only the first and the last are painted"


def test_an_error_is_shown_and_goes_away(generator, live, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "little-seed0-2.png").mkdir()
    sampler = widgets.NoiseSampler(generator, count=2)
    buttons = [each for row in sampler.box.children for each in getattr(row, "children", ())
               if getattr(each, "description", "") == "Save PNG"]
    buttons[0].click()
    assert "cannot be written" in sampler._alarm.value
    draw = sampler.draw
    sampler.draw = lambda settings: 1 / 0
    sampler.set(seed=1)
    settle()
    assert 'role="alert">ZeroDivisionError' in sampler._alarm.value
    sampler.draw = draw
    sampler.set(seed=2)
    settle()
    assert sampler._alarm.value == ""


def test_a_saved_picture_comes_back(generator, live, tmp_path, monkeypatch):
    sampler = widgets.NoiseSampler(generator, count=5, seed=8, cut=1.0)
    monkeypatch.chdir(tmp_path)
    path = sampler.save()
    assert path.name == "little-seed8-5.png"
    other = widgets.NoiseSampler(generator, count=2)
    assert "every pixel is the same" in other.load(path)
    assert np.array_equal(other.images(), sampler.images())
    assert (other.settings["seed"], other.settings["cut"], other.settings["count"]) == (8, 1.0, 5)
    other.set(seed=1)
    assert np.array_equal(other.latents(), noise.sample(5, 12, 1, cut=1.0)), "a new seed lets go of the loaded noise"
    assert "other weights" in widgets.NoiseSampler(keras.models.clone_model(generator)).load(path)
    with pytest.raises(LabkitError, match="from 12 numbers; wide takes 13"):
        widgets.NoiseSampler(keras.Sequential([
            keras.Input((13,)), keras.layers.Dense(192), keras.layers.Reshape((8, 8, 3))], name="wide")).load(path)
    with pytest.raises(LabkitError, match="There is no file"):
        other.load(tmp_path / "x.png")


def test_the_explorer_moves_along_its_directions_and_pins_add_up(generator):
    explorer = widgets.DirectionExplorer(generator, seed=3, count=2)
    start = noise.sample(1, 12, 3)[0]
    moved = explorer.set(d1=2.0, d2=-1.5).latent()
    assert np.allclose(moved - start, 2 * explorer.vectors[0] - 1.5 * explorer.vectors[1], atol=1e-5)
    assert "direction 1 by 2, direction 2 by -1.5" in explorer.drawing().alt
    explorer.reset()
    assert np.array_equal(explorer.latent(), start)
    with pytest.raises(LabkitError, match="none yet: press Pin"):
        explorer.set(plus="A")
    for value in (0.0, 3.0, -3.0):
        explorer.set(d1=value).pin()
    explorer.set(plus="A", minus="B", and_plus="C")
    assert explorer.drawing().alt.endswith("the pinned pictures and A - B + C.")
    explorer.set(d1=0.0).pin()
    with pytest.raises(LabkitError, match="Four pictures"):
        explorer.pin()


def test_the_interpolator_walks_from_end_to_end(generator):
    walk = widgets.Interpolator(generator, seeds=(4, 5))
    ends = [noise.sample(1, 12, seed)[0] for seed in (4, 5)]
    assert np.allclose(walk.set(across=0.0).here(), [ends[0]] * 2, atol=1e-5)
    assert np.allclose(walk.set(across=1.0).here(), [ends[1]] * 2, atol=1e-5)
    assert "linear and spherical" in walk.drawing().alt
    four = widgets.Interpolator(generator, seeds=(1, 2, 3, 4))
    for i, (across, down) in enumerate([(0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (1.0, 1.0)]):
        assert np.allclose(four.set(across=across, down=down).here()[0], four.ends[i], atol=1e-5)
    assert "square between seed 1, seed 2, seed 3, seed 4" in four.drawing().alt


def test_an_animation_holds_every_frame(generator, tmp_path):
    walk = widgets.Interpolator(generator, seeds=(4, 5))
    with Image.open(walk.save(tmp_path / "x.gif")) as file:
        assert (file.n_frames, file.size, file.info["duration"]) == (64, (32, 32), 80), "33 there, 31 back"
        file.seek(3)
        shown = np.asarray(file.convert("RGB"))[::4, ::4].astype(int)
    assert np.abs(shown - walk.images(33)[3]).max() <= 40


def test_a_film_shows_the_moment_that_was_asked_for():
    film = widgets.Film.kept("fashion-gan")
    first, last = film.set(moment=1).drawing(), film.set(moment=13).drawing()
    assert (first.alt[:22], last.alt[:26]) == ("24 pictures at step 50", "24 pictures at step 40,000")
    assert "recall 0," not in last.words + ","
    top = [drawing.board.array()[:56, :56, 0] for drawing in (first, last)]
    assert [np.array_equal(part[::2, ::2], film.pictures[k, 0, ..., 0]) for part, k in zip(top, (0, 12), strict=True)]


DATA = np.zeros((3, 8, 4, 3), np.uint8)


@pytest.mark.parametrize(("call", "words"), [
    (lambda make: noise.between(np.ones(3), -np.ones(3), [0.5]), "opposite directions"),
    (lambda make: widgets.combined(np.ones((2, 3)), [1, -1]), "add up to nothing"),
    (lambda make: widgets.NoiseSampler(lambda z: z), "Expected a generator"),
    (lambda make: widgets.NoiseSampler(make).set(count=17), "1 to 16"),
    (lambda make: widgets.NoiseSampler(make).set(count=2.5), "whole number"),
    (lambda make: widgets.NoiseSampler(make).set(sead=1), "has no sead"),
    (lambda make: widgets.DirectionExplorer(make).set(d1=7), "d1 is 7"),
    (lambda make: widgets.Interpolator(make, seeds=(1, 2, 3)), "Give two, or four"),
    (lambda make: widgets.Interpolator(make, across=1.5), "across is 1.5"),
    (lambda make: widgets.Interpolator(make).save("x.mp4"), r"saved as \.gif"),
    (lambda make: widgets.Film(DATA[None], [1, 2], {}, {}), "as many steps"),
    (lambda make: widgets.TrainingMonitor(0), "steps is 0"),
])
def test_errors_say_what_to_do(generator, call, words):
    with pytest.raises(LabkitError, match=words):
        call(generator)


STEPS = 6


def test_headless_shows_one_picture_at_the_end(shown):
    gan, monitor = compiled(), widgets.TrainingMonitor(STEPS)
    gan.fit(PICTURES, 8, steps_per_epoch=STEPS, callbacks=[monitor])
    [data] = shown
    assert "Training after step 6" in data["text/plain"]
    assert "8 pictures made from the same noise" in data["text/plain"]
    assert len(monitor.log.arrays()["d_loss"]) == STEPS
    with pytest.raises(LabkitError, match="There is no checkpoint"):
        monitor.restore(gan)


def test_stop_leaves_a_checkpoint_from_which_the_training_goes_on(shown, tmp_path):
    monitor = widgets.TrainingMonitor(STEPS)
    monitor.folder = tmp_path
    stopped = compiled()
    stop = keras.callbacks.LambdaCallback(
        on_train_batch_end=lambda *_, **__: stopped.steps_done == 2 and monitor.stop())
    stopped.fit(PICTURES, 8, steps_per_epoch=STEPS, callbacks=[stop, monitor])
    assert stopped.steps_done == 2
    assert monitor.checkpoint.name == "step-00000002.npz"
    assert "Stopped" in monitor.drawing().words

    whole, resumed = compiled(), compiled()
    whole.fit(PICTURES, 8, steps_per_epoch=STEPS)
    log = monitor.restore(resumed)
    assert (resumed.steps_done, len(log["g_loss"])) == (2, 2)
    resumed.fit(PICTURES, 8, steps_per_epoch=STEPS - 2)
    for ours, theirs in zip(resumed.generator.get_weights(), whole.generator.get_weights(), strict=True):
        assert np.array_equal(ours, theirs)
