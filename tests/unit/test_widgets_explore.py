"""Interpolator, DirectionExplorer, animations, inversion: the mathematics, and what they show."""

import io

import numpy as np
import pytest
from PIL import Image

from labkit import widgets
from labkit.errors import LabkitError
from labkit.widgets import animation, noise


def test_directions_of_a_linear_layer_are_its_singular_vectors(generator):
    kernel = generator.layers[0].get_weights()[0]
    left, stretch, _ = np.linalg.svd(kernel, full_matrices=False)
    for seed in (0, 1):
        found = widgets.principal_directions(generator, count=4, samples=200, seed=seed)
        assert np.allclose(np.abs(np.sum(found.vectors * left[:, :4].T, axis=1)), 1, atol=1e-4)
        assert np.allclose(found.shares, stretch[:4] ** 2 / (stretch ** 2).sum(), rtol=1e-3)
        assert (found.vectors[np.arange(4), np.abs(found.vectors).argmax(1)] > 0).all()


def test_directions_are_checked(generator):
    with pytest.raises(LabkitError, match="at most 12 directions"):
        widgets.principal_directions(generator, count=13)
    with pytest.raises(LabkitError, match="too few"):
        widgets.principal_directions(generator, count=2, samples=12)
    with pytest.raises(LabkitError, match="1 to 8"):
        widgets.DirectionExplorer(generator, count=9)
    with pytest.raises(LabkitError, match="vectors of 12 numbers"):
        widgets.DirectionExplorer(generator, directions=np.eye(5))


def test_the_explorer_moves_along_its_directions(generator):
    explorer = widgets.DirectionExplorer(generator, seed=3, count=2)
    start = noise.sample(1, 12, 3)[0]
    moved = explorer.set(d1=2.0, d2=-1.5).latent()
    assert np.allclose(moved - start, 2 * explorer.vectors[0] - 1.5 * explorer.vectors[1], atol=1e-5)
    assert "direction 1 by 2, direction 2 by -1.5" in explorer.drawing().alt
    explorer.reset()
    assert np.array_equal(explorer.latent(), start)
    with pytest.raises(LabkitError, match="d1 is 7"):
        explorer.set(d1=7)


def test_pins_add_up(generator, monkeypatch):
    monkeypatch.setenv("LABKIT_HEADLESS", "0")
    explorer = widgets.DirectionExplorer(generator, seed=1, count=2)
    assert explorer.box
    with pytest.raises(LabkitError, match="none yet: press Pin"):
        explorer.set(plus="A")
    for value in (0.0, 3.0, -3.0):
        explorer.set(d1=value).pin()
    explorer.set(plus="A", minus="B", and_plus="C")
    a, b, c = explorer.pins
    total = a - b + c
    wanted = np.mean([np.linalg.norm(pin) for pin in explorer.pins])
    assert np.allclose(explorer.answer(), total / np.linalg.norm(total) * wanted, atol=1e-4)
    assert explorer.settle()
    assert explorer.drawing().alt.endswith("the pinned pictures and A - B + C.")
    assert [label for label, _ in explorer._controls["plus"].options] == ["none", "A", "B", "C"]
    explorer.set(d1=0.0).pin()
    with pytest.raises(LabkitError, match="Four pictures"):
        explorer.pin()
    explorer.unpin()
    assert explorer.pins == []
    assert explorer.answer() is None
    assert explorer.settle()
    assert explorer.error is None


def test_combined_keeps_the_length():
    a, b, c = noise.sample(3, 100, 0)
    total = widgets.combined([a, b, c], [1, -1, 1])
    assert np.isclose(np.linalg.norm(total), np.mean([np.linalg.norm(v) for v in (a, b, c)]), rtol=1e-5)
    assert np.isclose(np.linalg.norm(widgets.combined([a, b], [1, 1], length=3.0)), 3, rtol=1e-5)
    with pytest.raises(LabkitError, match="add up to nothing"):
        widgets.combined([a, a], [1, -1])


def test_the_interpolator_walks_from_end_to_end(generator):
    walk = widgets.Interpolator(generator, seeds=(4, 5))
    ends = [noise.sample(1, 12, seed)[0] for seed in (4, 5)]
    assert np.allclose(walk.set(across=0.0).here(), [ends[0]] * 2, atol=1e-5)
    assert np.allclose(walk.set(across=1.0).here(), [ends[1]] * 2, atol=1e-5)
    assert walk.images(7).shape == (7, 8, 8, 3)
    assert "linear and spherical" in walk.drawing().alt
    assert walk.set(way="linear").here().shape == (1, 12)
    four = widgets.Interpolator(generator, latents=noise.sample(4, 12, 1), across=1.0, down=1.0)
    assert np.allclose(four.here()[0], four.ends[3], atol=1e-5)
    assert "square between noise 1, noise 2, noise 3, noise 4" in four.drawing().alt


@pytest.mark.parametrize(("options", "words"), [
    ({"seeds": (1, 2, 3)}, "two or four"), ({"latents": np.zeros((2, 5))}, "two or four noise vectors of 12"),
    ({"way": "bent"}, "way is 'bent'"), ({"across": 1.5}, "across is 1.5"),
])
def test_impossible_walks_are_refused(generator, options, words):
    with pytest.raises(LabkitError, match=words):
        widgets.Interpolator(generator, **options)


def test_playing_moves_the_slider(generator, monkeypatch):
    monkeypatch.setenv("LABKIT_HEADLESS", "0")
    walk = widgets.Interpolator(generator)
    play = walk.box.children[1].children[1]
    play.value = 20
    assert walk.settle()
    assert walk.settings["across"] == walk._controls["across"].value == 0.2


def test_animations_hold_every_frame(generator, tmp_path):
    walk = widgets.Interpolator(generator, seeds=(4, 5), folder=tmp_path)
    images = walk.images(6)
    for name in ("x.gif", "x.apng"):
        with Image.open(walk.save(tmp_path / name, steps=6, zoom=2, milliseconds=100)) as file:
            assert file.n_frames == 10, "six there, four back"
            assert file.size == (16, 16)
            assert file.info["duration"] == 100
            file.seek(3)
            shown = np.asarray(file.convert("RGB"))[::2, ::2].astype(int)
        assert np.abs(shown - images[3]).max() <= (0 if name == "x.apng" else 40)
    assert walk.save().name == "little-walk.gif"


@pytest.mark.parametrize(("options", "words"), [
    ({"kind": "webm"}, "kind is 'webm'"), ({"milliseconds": 5}, "20 to 10,000"), ({"images": "one"}, "two pictures"),
])
def test_impossible_animations_are_refused(options, words):
    images = np.zeros((1 if options.pop("images", None) else 3, 4, 4, 1), np.uint8)
    with pytest.raises(LabkitError, match=words):
        animation.animation(images, **options)


def test_the_ending_says_the_kind(tmp_path):
    with pytest.raises(LabkitError, match=r"\.gif or \.apng"):
        animation.save(tmp_path / "x.mp4", np.zeros((3, 4, 4, 1), np.uint8))
    data = animation.animation(np.zeros((2, 4, 4, 1), np.uint8), "gif")
    with Image.open(io.BytesIO(data)) as file:
        assert file.format == "GIF"


def test_inversion_finds_the_noise_of_what_was_generated(generator):
    from labkit import training
    from labkit.training.inversion import invert

    wanted = noise.sample(3, 12, 9) * 0.5
    images = training.generate(generator, wanted)
    found = invert(generator, images, steps=300, learning_rate=0.1)
    assert found.errors.max() < 2, "a picture that the generator made is met within two shades"
    assert np.abs(found.latents - wanted).max() < 0.2
    assert found.history.shape == (300, 3)
    assert (found.history[-1] < found.history[0]).all()
    static = np.random.default_rng(0).integers(0, 256, (2, 8, 8, 3), np.uint8)
    assert invert(generator, static, steps=50).errors.min() > 20
    shorter = invert(generator, images, steps=100, penalty=0.5)
    assert np.linalg.norm(shorter.latents) < np.linalg.norm(found.latents)
    with pytest.raises(LabkitError, match="little makes"):
        invert(generator, images[:, :4])


def test_components_leave_nothing_of_a_flat_set():
    from labkit.training.inversion import pca_errors

    rng = np.random.default_rng(0)
    basis, weights = rng.normal(size=(3, 48)), rng.normal(size=(60, 3))
    images = np.clip(128 + 12 * weights @ basis, 0, 255).round().astype(np.uint8).reshape(60, 4, 4, 3)
    assert pca_errors(images[:50], images[50:], 3).max() < 1.5
    assert pca_errors(images[:50], images[50:], 1).mean() > 5
    with pytest.raises(LabkitError, match="1 to 49"):
        pca_errors(images[:50], images, 50)


def test_the_style_painter_paints_and_refuses():
    photo, painting = np.random.default_rng(0).integers(0, 256, (2, 32, 32, 3), np.uint8)
    asked = []

    def paint(**settings):
        asked.append(settings)
        return np.uint8(photo * settings["content_weight"]), "Content loss 0.10, style loss 0.20."

    panel = widgets.StylePainter(photo, painting, paint, steps=2)
    drawing = panel.drawing()
    assert drawing.board.shape[1] > 3 * drawing.board.shape[0] * 0.8
    assert "content 0.15; style fine 1, middle 1, coarse 1; 2 evaluations" in drawing.alt
    assert "style loss 0.20" in drawing.words
    assert np.array_equal(panel.set(content_weight=1.0, steps=5).image(), photo)
    assert asked[-1] == {"content_weight": 1.0, "fine": 1.0, "middle": 1.0, "coarse": 1.0, "steps": 5}
    for wrong in ({"fine": 0.0, "middle": 0.0, "coarse": 0.0}, {"steps": 0}, {"content_weight": -1}):
        with pytest.raises(LabkitError):
            panel.set(**wrong)
