"""Style transfer: the losses against NumPy, both canvases, both optimizers, and what is refused."""

import numpy as np
import pytest
import tensorflow as tf

from labkit.datasets import drawn
from labkit.errors import LabkitError
from labkit.training import canvas, style

SIZE = 48
PAINTING = style.square(drawn.draw("style", 1, 0, "train")[0][0], SIZE)
PHOTO = style.square(drawn.draw("faces", 1, 3, "train")[0][0], SIZE)
FEW = {"steps": 8, "layers": ("stem", "block1a"), "content_layer": "block2b"}


def test_the_gram_matrix_is_the_mean_of_products_and_forgets_places():
    features = np.random.default_rng(0).normal(size=(1, 5, 7, 4)).astype(np.float32)
    flat = features.reshape(-1, 4)
    np.testing.assert_allclose(style.gram(tf.constant(features)), flat.T @ flat / 35, rtol=1e-5)
    shuffled = np.random.default_rng(1).permutation(flat).reshape(features.shape)
    np.testing.assert_allclose(style.gram(tf.constant(shuffled)), flat.T @ flat / 35, rtol=1e-5)


def test_relative_and_variation():
    one = tf.constant([[3.0, 4.0]])
    assert float(style.relative(one, one)) == 0
    assert float(style.relative(tf.zeros_like(one), one)) == pytest.approx(1)
    board = np.indices((6, 6)).sum(0) % 2
    assert float(style.variation(tf.constant(np.repeat(board[..., None], 3, -1), tf.float32))) == pytest.approx(2)
    assert float(style.variation(tf.ones((6, 6, 3)))) == 0


@pytest.mark.parametrize("name", sorted(canvas.KINDS))
@pytest.mark.parametrize("shape", [(32, 32, 3), (33, 46, 3)])
def test_a_canvas_begins_with_its_picture(name, shape):
    picture = np.random.default_rng(0).integers(10, 246, shape).astype(np.uint8)
    held = canvas.make(name, picture)
    painted = held.paint(tf.constant(held.start)).numpy()
    assert painted.shape == shape
    assert np.abs(painted - picture).max() < 0.5
    assert held.start.dtype == np.float32


def test_fourier_numbers_have_the_mean_size_one_and_pixels_do_not():
    start = canvas.make("fourier", PHOTO).start
    assert np.hypot(*start).mean() == pytest.approx(1, abs=1e-4)
    with pytest.raises(LabkitError, match="no canvas 'oil'"):
        canvas.make("oil", PHOTO)


@pytest.mark.parametrize("kind", sorted(canvas.KINDS))
@pytest.mark.parametrize("optimizer", ["adam", "lbfgs"])
def test_the_loss_falls(kind, optimizer):
    result = style.transfer(PHOTO, PAINTING, canvas=kind, optimizer=optimizer, jitter=0, **FEW)
    assert result.image.shape == (SIZE, SIZE, 3)
    assert result.image.dtype == np.uint8
    assert result.history["total"].min() < 0.8 * result.history["total"][0]
    assert set(result.layers) == {"stem", "block1a"}
    for name in ("total", "content", "style", "variation"):
        assert len(result.history[name]) >= 8


def test_the_total_is_the_weighted_sum():
    result = style.transfer(PHOTO, PAINTING, content_weight=0.3, style_weight=2.0, variation_weight=0.7, **FEW)
    history = result.history
    np.testing.assert_allclose(history["total"], 0.3 * history["content"] + 2 * history["style"]
                               + 0.7 * history["variation"], rtol=1e-5)
    assert history["content"][0] < 1e-3, "it begins with the content"


def test_content_alone_stays_and_jitter_is_seeded():
    still = style.transfer(PHOTO, PAINTING, style_weight=0.0, content_weight=1.0, **FEW)
    assert np.abs(still.image.astype(int) - PHOTO).mean() < 12
    one, two, three = (style.transfer(PHOTO, PAINTING, seed=seed, **FEW).history["total"] for seed in (1, 1, 2))
    np.testing.assert_allclose(one, two, rtol=1e-3)
    assert not np.allclose(one, three, rtol=1e-3)


def test_noise_comes_to_look_like_the_style():
    result = style.transfer(PHOTO, PAINTING, start="noise", content_weight=0.0, optimizer="lbfgs",
                            **(FEW | {"steps": 25}))
    assert result.history["style"].min() < 0.3 * result.history["style"][0]
    mean = result.image.reshape(-1, 3).mean(0), PAINTING.reshape(-1, 3).mean(0)
    assert np.abs(mean[0] - mean[1]).max() < 40


def test_weights_choose_layers():
    result = style.transfer(PHOTO, PAINTING, steps=1, layers={"stem": 1.0, "block1a": 0.0}, content_layer="block2b")
    assert list(result.layers) == ["stem"]


@pytest.mark.parametrize(("options", "words"), [
    ({"optimizer": "sgd"}, "adam, lbfgs"), ({"optimizer": "lbfgs", "jitter": 4}, "jitter=0"),
    ({"model": "vgg"}, "vgg19"), ({"layers": {"stem": 0.0}}, "weight 0"), ({"layers": ("stem", "block9")}, "block9"),
])
def test_what_cannot_be_is_refused(options, words):
    with pytest.raises(LabkitError, match=words):
        style.transfer(PHOTO, PAINTING, steps=1, **options)


def test_pictures_that_are_none_are_refused():
    with pytest.raises(LabkitError, match="uint8"):
        style.square(PHOTO / 255, 64)
    with pytest.raises(LabkitError, match="too small"):
        style.square(PHOTO, 16)
    wide = np.zeros((40, 90, 3), np.uint8)
    wide[:, 25:65] = 200
    assert (style.square(wide, 40) == 200).all()


def test_vgg_has_average_pooling_and_its_own_preprocessing():
    net = style.vgg19(("block1_conv1", "block2_conv1"), weights=None)
    kinds = [type(layer).__name__ for layer in net.layers]
    assert "AveragePooling2D" in kinds
    assert "MaxPooling2D" not in kinds
    picture = np.zeros((1, 32, 32, 3), np.float32) + np.float32([123.68, 116.779, 103.939])
    found = net(picture)
    assert found["block2_conv1"].shape == (1, 16, 16, 128)
    assert float(np.abs(found["block1_conv1"]).max()) < 1e-4, "ImageNet's mean colour is zero for it"


def test_vgg_is_not_fetched_offline(monkeypatch, tmp_path):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setenv("LABKIT_OFFLINE", "1")
    with pytest.raises(LabkitError, match="LABKIT_OFFLINE"):
        style.network("vgg19", ("block1_conv1",))
    with pytest.raises(LabkitError, match="no network 'vgg'"):
        style.network("vgg")


def test_the_widget_paints_and_refuses():
    from labkit import widgets

    panel = widgets.StylePainter(PHOTO, PAINTING, size=32, steps=2)
    drawing = panel.drawing()
    assert drawing.board.shape[1] > 3 * drawing.board.shape[0] * 0.8
    assert "content 0.15" in drawing.alt
    before = panel.image()
    assert not np.array_equal(panel.set(content_weight=0.0, steps=5).image(), before)
    for wrong in ({"fine": 0.0, "middle": 0.0, "coarse": 0.0}, {"steps": 0}, {"content_weight": -1}):
        with pytest.raises(LabkitError):
            panel.set(**wrong)
