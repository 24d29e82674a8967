"""Widgets without a browser: noise, boards, PNGs that carry noise, settings, errors, and what a headless run shows."""

import base64
import io
import os
import re
import subprocess
import sys
import threading

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from labkit import widgets
from labkit.errors import LabkitError
from labkit.plotting.images import GAP, png
from labkit.widgets import board, noise, notes
from labkit.widgets.painter import Painter
from labkit.widgets.surroundings import interactive


@pytest.fixture
def live(monkeypatch):
    monkeypatch.setenv("LABKIT_HEADLESS", "0")


def pixels(png) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(bytes(png))).convert("RGBA"))


# Noise


def test_a_longer_draw_starts_with_the_shorter_one():
    assert np.array_equal(noise.sample(16, 100, 4)[:5], noise.sample(5, 100, 4))
    assert not np.array_equal(noise.sample(5, 100, 4), noise.sample(5, 100, 5))
    assert noise.sample(3, 7).dtype == np.float32


@pytest.mark.parametrize("cut", [0.25, 1.0, 2.0])
def test_truncated_noise_has_the_truncated_normal_distribution(cut):
    from scipy.stats import kstest, truncnorm

    values = noise.sample(400, 50, 1, cut=cut).ravel()
    assert np.abs(values).max() <= cut + 1e-6
    assert kstest(values, truncnorm(-cut, cut).cdf).pvalue > 0.01
    untouched = noise.sample(400, 50, 1).ravel()
    assert (np.diff(values[np.argsort(untouched)]) >= 0).all(), "the order of the numbers must stay"


def test_scale_and_cut_are_checked():
    assert np.array_equal(noise.sample(2, 5, scale=0.0), np.zeros((2, 5)))
    with pytest.raises(LabkitError, match="cut is 0"):
        noise.sample(2, 5, cut=0.0)


def test_the_arc_keeps_the_length_and_walks_evenly():
    a, b = np.eye(6)[:2] * 4
    way = noise.between(a, b, np.linspace(0, 1, 7))
    assert np.allclose(np.linalg.norm(way, axis=1), 4, atol=1e-5)
    steps = [way[i] @ way[i + 1] / 16 for i in range(6)]
    assert np.allclose(steps, np.cos(np.pi / 12), atol=1e-5)
    assert np.allclose(way[[0, -1]], [a, b], atol=1e-5)
    assert np.allclose(noise.between(a, b, [0.5], "linear"), (a + b) / 2)
    assert np.allclose(noise.between(a, 2 * a, [0.5]), 1.5 * a, atol=1e-5)
    assert np.allclose(noise.between(a * 0, b, [0.5]), b / 2)


@pytest.mark.parametrize(("a", "b", "way", "words"), [
    (np.ones(3), -np.ones(3), "spherical", "opposite directions"),
    (np.ones(3), np.ones(4), "linear", "one length"),
    (np.ones(3), np.ones(3), "round", "way is 'round'"),
])
def test_impossible_ways_are_refused(a, b, way, words):
    with pytest.raises(LabkitError, match=words):
        noise.between(a, b, [0.5], way)


def test_the_corners_of_the_square_are_met():
    corners = noise.sample(4, 10, 2)
    for i, (across, down) in enumerate([(0, 0), (1, 0), (0, 1), (1, 1)]):
        assert np.allclose(noise.among(corners, across, down), corners[i], atol=1e-5)


# Who is there


@pytest.mark.parametrize(("value", "answer"), [("1", False), ("true", False), ("0", True), ("no", True)])
def test_the_variable_decides(value, answer, monkeypatch):
    monkeypatch.setenv("LABKIT_HEADLESS", value)
    assert interactive() is answer


def test_without_the_variable_the_front_end_decides(monkeypatch):
    import IPython

    monkeypatch.delenv("LABKIT_HEADLESS", raising=False)
    assert interactive() is False, "no kernel here"
    for asks in (True, False):
        kernel = type("Kernel", (), {"_allow_stdin": asks})()
        monkeypatch.setattr(IPython, "get_ipython", lambda kernel=kernel: type("Shell", (), {"kernel": kernel})())
        assert interactive() is asks
    monkeypatch.setenv("LABKIT_HEADLESS", "perhaps")
    with pytest.raises(LabkitError, match="LABKIT_HEADLESS is 'perhaps'"):
        interactive()


@pytest.mark.parametrize("program", ["nbclient", "nbval"])
def test_programs_that_run_notebooks_are_headless_by_themselves(program, tmp_path, monkeypatch):
    """papermill and ``jupyter nbconvert --execute`` are nbclient's, too."""
    import nbclient
    import nbformat
    from nbformat.v4 import new_code_cell, new_notebook

    monkeypatch.delenv("LABKIT_HEADLESS", raising=False)
    monkeypatch.setenv("JUPYTER_PREFER_ENV_PATH", "1")
    cell = new_code_cell("from labkit import widgets\nassert not widgets.interactive()")
    book = new_notebook(cells=[cell], metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}})
    if program == "nbclient":
        nbclient.NotebookClient(book, timeout=300, kernel_name="python3").execute()
        return
    nbformat.write(book, tmp_path / "x.ipynb")
    command = [sys.executable, "-m", "pytest", "--nbval-lax", "--nbval-current-env", "-q", "-p", "no:cacheprovider",
               "-o", "timeout=300", "-c", os.devnull, "--rootdir", str(tmp_path), str(tmp_path / "x.ipynb")]
    result = subprocess.run(command, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout + result.stderr


# The painter


def test_the_painter_skips_what_is_out_of_date():
    painter, began, free, painted, state = Painter(), threading.Event(), threading.Event(), [], {"value": 0}

    def paint():
        painted.append(state["value"])
        began.set()
        free.wait(10)

    painter.ask(paint)
    began.wait(10)
    for value in range(1, 100):
        state["value"] = value
        painter.ask(paint)
    free.set()
    assert painter.settle(10)
    assert painted == [0, 99], "of a hundred moves only the first and the last are painted"


def test_settle_gives_up():
    painter, free = Painter(), threading.Event()
    painter.ask(lambda: free.wait(10))
    assert painter.settle(0.05) is False
    free.set()
    assert painter.settle(10)


# Boards


def test_a_board_holds_the_pictures_pixel_for_pixel():
    images = np.random.default_rng(0).integers(0, 256, (3, 8, 8, 3), np.uint8)
    sheet = board.pairs(images, numbers=False)
    scale = board.zoom(8, 3)
    for i, image in enumerate(images):
        x = 2 + i * (8 * scale + GAP)
        assert np.array_equal(sheet[2:2 + 8 * scale:scale, x:x + 8 * scale:scale, :3], image)
    assert np.array_equal(pixels(png(sheet)), sheet)
    assert (board.on_white(np.zeros((2, 2, 4), np.uint8)) == 255).all()


@pytest.mark.parametrize(("count", "side"), [(1, 28), (5, 32), (8, 64), (16, 32), (16, 64)])
def test_boards_fit_the_notebook(count, side):
    images = np.zeros((count, side, side, 1), np.uint8)
    assert board.pairs(images, noise.sample(count, 128)).shape[1] <= board.WIDTH


# PNGs that carry their noise


@pytest.fixture
def note():
    images = np.random.default_rng(1).integers(0, 256, (11, 6, 5, 3), np.uint8)
    return notes.Note(noise.sample(11, 12, 7), images, "little", "ab" * 32, {"seed": 7, "scale": 1.0, "cut": 0.0})


@pytest.mark.parametrize(("count", "channels"), [(1, 3), (11, 3), (11, 1)])
def test_noise_survives_in_a_png(note, count, channels, tmp_path):
    note = notes.Note(note.latents[:count], np.ascontiguousarray(note.images[:count, ..., :channels]), *(
        note.generator, note.weights, note.settings))
    found = notes.load(notes.save(tmp_path / "x.png", note))
    assert np.array_equal(found.latents, note.latents)
    assert np.array_equal(found.images, note.images)
    assert (found.generator, found.weights, found.settings) == (note.generator, note.weights, note.settings)


def changed(data: bytes, **changes) -> bytes:
    """Return the PNG with entries of its chunk changed, or taken away with None."""
    import json

    with Image.open(io.BytesIO(data)) as picture:
        content = {**json.loads(picture.text["labkit"]), **changes}
        chunks = PngImagePlugin.PngInfo()
        chunks.add_itxt("labkit", json.dumps({key: value for key, value in content.items() if value is not None}))
        file = io.BytesIO()
        picture.save(file, "png", pnginfo=chunks)
    return file.getvalue()


def plain() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (4, 4)).save(file, "png")
    return file.getvalue()


@pytest.mark.parametrize(("break_it", "words"), [
    (lambda data: b"GIF89a" + data[6:], "no PNG picture"),
    (lambda data: data[:len(data) // 2], "no PNG picture"),
    (lambda data: plain(), "carries no noise"),
    (lambda data: changed(data, format=9), "format 9"),
    (lambda data: changed(data, latents=None), "cannot be read"),
    (lambda data: changed(data, latents="AAAA"), "cannot be read"),
    (lambda data: changed(data, latents="?"), "cannot be read"),
    (lambda data: changed(data, dim=10**9), "cannot be read"),
    (lambda data: changed(data, shape=[10**6, 6, 5, 3]), "cannot be read"),
    (lambda data: changed(data, columns=4), "cannot be read"),
    (lambda data: changed(data, latents=base64.b64encode(np.full((11, 12), np.nan, "<f4").tobytes()).decode()),
     "no number"),
])
def test_damaged_files_are_refused(note, break_it, words):
    with pytest.raises(LabkitError, match=words):
        notes.loads(break_it(notes.dumps(note)), "x.png")


def test_missing_files_are_said(tmp_path):
    with pytest.raises(LabkitError, match="There is no file"):
        notes.load(tmp_path / "x.png")


# The sampler


def test_the_sampler_shows_what_the_generator_makes(generator, keras):
    from labkit import training

    sampler = widgets.NoiseSampler(generator, count=4, seed=5)
    expected = training.generate(generator, training.latent(4, 12, 5))
    assert np.abs(sampler.images().astype(int) - expected).max() <= 1
    assert np.array_equal(sampler.set(seed=9).set(seed=5).images(), widgets.NoiseSampler(generator, 4, 5).images())
    assert not np.array_equal(sampler.set(cut=0.5).images(), expected)
    assert sampler.set(count=16, cut=None).latents().shape == (16, 12)


def test_headless_shows_the_same_pixels_and_makes_no_widget(generator, shown, monkeypatch):
    import ipywidgets

    made = []
    monkeypatch.setattr(ipywidgets.Widget, "open", lambda self: made.append(self))
    sampler = widgets.NoiseSampler(generator, count=3, seed=2)
    sampler._ipython_display_()
    [data] = shown
    assert made == []
    assert 'alt="3 pictures made by little' in data["text/html"]
    figure = pixels(base64.b64decode(re.search(r'base64,([^"]+)', data["text/html"])[1]))[..., :3]
    inside = board.on_white(sampler.drawing().board)
    height, width = inside.shape[:2]
    assert any(np.array_equal(figure[y:y + height, x:x + width], inside)
               for y in range(figure.shape[0] - height + 1) for x in range(figure.shape[1] - width + 1))


@pytest.mark.parametrize(("settings", "words"), [
    ({"count": 0}, "1 to 16"), ({"count": 17}, "1 to 16"), ({"count": 2.5}, "1 to 16"), ({"seed": -1}, "seed is -1"),
    ({"scale": -0.1}, "scale is"), ({"cut": -1.0}, "cut is"), ({"picture": 1}, "data="), ({"sead": 1}, "has no sead"),
])
def test_impossible_settings_are_refused_and_change_nothing(generator, settings, words):
    sampler = widgets.NoiseSampler(generator)
    before = dict(sampler.settings)
    with pytest.raises(LabkitError, match=words):
        sampler.set(**settings)
    assert sampler.settings == before


def test_what_is_no_generator_is_refused(keras):
    with pytest.raises(LabkitError, match="Expected a generator"):
        widgets.NoiseSampler(lambda z: z)
    with pytest.raises(LabkitError, match="A generator takes latents"):
        widgets.NoiseSampler(keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Flatten()]))


def test_controls_and_settings_follow_each_other(generator, live):
    sampler = widgets.NoiseSampler(generator, count=2)
    box, controls = sampler.box, sampler._controls
    first = pixels(sampler._view.value)
    controls["scale"].value = 2.0
    assert sampler.settle()
    assert sampler.settings["scale"] == 2.0
    assert not np.array_equal(pixels(sampler._view.value), first)
    sampler.set(scale=1.0)
    assert sampler.settle()
    assert controls["scale"].value == 1.0
    assert np.array_equal(pixels(sampler._view.value), first), "the same settings give the same pixels"
    assert sampler._view.tooltip == sampler.drawing().alt
    assert "labkit" in box._dom_classes


def test_code_may_ask_for_what_the_controls_do_not_offer(generator, live):
    sampler = widgets.NoiseSampler(generator, count=2, cut=0.8, scale=4.0)
    assert sampler.box
    assert (sampler._controls["cut"].value, sampler._controls["scale"].value) == (0.8, 4.0)
    sampler.set(cut=0.9, scale=5.0)
    assert sampler.settle()
    assert (sampler._controls["cut"].value, sampler._controls["scale"].value) == (0.9, 5.0)
    assert (sampler.settings["cut"], sampler.settings["scale"]) == (0.9, 5.0)
    assert sampler.error is None


def test_an_error_is_shown_and_goes_away(generator, live, monkeypatch):
    sampler = widgets.NoiseSampler(generator, count=2)
    assert sampler.box
    monkeypatch.setattr(sampler, "draw", lambda settings: 1 / 0)
    sampler.set(seed=1)
    assert sampler.settle()
    assert "ZeroDivisionError" in sampler._alarm.value
    assert 'role="alert"' in sampler._alarm.value
    assert isinstance(sampler.error, ZeroDivisionError)
    monkeypatch.undo()
    monkeypatch.setenv("LABKIT_HEADLESS", "0")
    sampler.set(seed=2)
    assert sampler.settle()
    assert (sampler.error, sampler._alarm.value) == (None, "")


def test_a_refused_value_goes_back_with_a_message(generator, live):
    sampler = widgets.NoiseSampler(generator, count=2)
    assert sampler.box
    sampler.moved("count", 99)
    assert "1 to 16" in sampler._alarm.value
    assert sampler._controls["count"].value == sampler.settings["count"] == 2


def test_resample_and_back(generator, live):
    sampler = widgets.NoiseSampler(generator, count=2, seed=3)
    assert sampler.box
    sampler.resample()
    other = sampler.settings["seed"]
    sampler.resample()
    sampler.back()
    assert sampler.settings["seed"] == other != 3
    sampler.back()
    assert sampler.settings["seed"] == 3
    sampler.back()
    assert sampler.settle()
    assert "no earlier seed" in sampler._words.value


def test_a_saved_picture_comes_back(generator, live, tmp_path, keras):
    sampler = widgets.NoiseSampler(generator, count=5, seed=8, cut=1.0, folder=tmp_path)
    path = sampler.save()
    assert path.name == "little-seed8-5.png"
    other = widgets.NoiseSampler(generator, count=2)
    assert "every pixel is the same" in other.load(path)
    assert np.array_equal(other.images(), sampler.images())
    assert (other.settings["seed"], other.settings["cut"], other.settings["count"]) == (8, 1.0, 5)
    assert "every pixel" in other.load(path.read_bytes())
    notes.save(path, notes.Note(sampler.latents() * 2, sampler.source(sampler.latents() * 2), "little",
                                sampler.source.weights_hash(), {}))
    assert "every pixel is the same" in other.load(path)
    assert np.array_equal(other.latents(), sampler.latents() * 2), "noise that no seed gives is shown as it is"
    other.set(seed=1)
    assert np.array_equal(other.latents(), noise.sample(5, 12, 1, cut=1.0)), "a new seed lets go of the loaded noise"
    strange = keras.models.clone_model(generator)
    assert "other weights" in widgets.NoiseSampler(strange).load(path)
    with pytest.raises(LabkitError, match="from 12 numbers; wide takes 13"):
        widgets.NoiseSampler(keras.Sequential([
            keras.Input((13,)), keras.layers.Dense(192), keras.layers.Reshape((8, 8, 3))], name="wide")).load(path)


def test_buttons_show_their_errors(generator, live, tmp_path):
    (tmp_path / "file").write_text("")
    sampler = widgets.NoiseSampler(generator, folder=tmp_path / "file")
    buttons = [each for row in sampler.box.children for each in getattr(row, "children", ())
               if getattr(each, "description", "") == "Save PNG"]
    buttons[0].click()
    assert "cannot be written" in sampler._alarm.value


# Neighbours


def test_neighbours_are_the_nearest(generator, keras):
    data = np.random.default_rng(0).integers(0, 256, (3000, 8, 8, 3), np.uint8)
    sampler = widgets.NoiseSampler(generator, count=4, picture=2, data=data)
    picture = sampler.images()[1]
    data[1234] = picture
    found = widgets.Neighbours(data, (8, 8, 3)).find(picture[None], 3)
    indices, distances = found.results["pixels"]
    exact = np.sqrt(((data.astype(float) - picture) ** 2).sum((1, 2, 3)))
    assert list(indices[0]) == list(np.argsort(exact, kind="stable")[:3])
    assert indices[0, 0] == 1234
    assert np.allclose(distances[0], np.sort(exact)[:3])
    assert "picture 2 and its 5 nearest of the given pictures by pixels" in sampler.drawing().alt


def test_pictures_that_may_not_be_stored_are_left_out(monkeypatch):
    from labkit.datasets import ImageSet

    images = np.full((20, 8, 8, 3), 7, np.uint8)
    for name, stand_in, headless, hidden in [("svhn", False, "1", True), ("svhn", False, "0", False),
                                             ("svhn", True, "1", False), ("cifar10", False, "1", False)]:
        monkeypatch.setenv("LABKIT_HEADLESS", headless)
        data = ImageSet(images, None, None, name, "train", "", "", stand_in, None, name)
        neighbours = widgets.Neighbours(data, (8, 8, 3))
        sheet = neighbours.find(images[:1], 2).board(0, np.full((8, 8, 3), 200, np.uint8))
        assert (sheet[..., :3] == 7).all(2).any() is np.bool_(not hidden)
        assert ("distances only" in neighbours.credit) is hidden


def test_features_add_a_row(generator):
    data = np.random.default_rng(0).integers(0, 256, (50, 8, 8, 3), np.uint8)
    panel = widgets.NearestNeighbours(generator, data, features=lambda images: images.mean((1, 2)), count=3)
    assert "by pixels" in panel.drawing().alt
    assert "by features" in panel.drawing().alt
    with pytest.raises(LabkitError, match="count is 9"):
        panel.set(count=9)
    with pytest.raises(LabkitError, match="generated pictures are uint8"):
        widgets.NearestNeighbours(generator, data[:, :4])


def test_importing_the_widgets_does_not_start_tensorflow():
    code = "import sys, labkit.widgets as w; w.NoiseSampler, w.interactive(); print('tensorflow' in sys.modules)"
    environment = {**os.environ, "LABKIT_HEADLESS": "1"}
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True)
    assert out.stdout.strip() == "False"
