"""Figures: exact pixels, words that fit, descriptions that arrive, and errors that say what to do."""

import base64
import io
import re
from types import SimpleNamespace

import matplotlib
import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.backends.backend_agg import FigureCanvasAgg
from PIL import Image

from labkit import plotting
from labkit.errors import LabkitError
from labkit.plotting.images import GAP, MARGIN
from labkit.plotting.output import png

RNG = np.random.default_rng(0)
COLOUR = RNG.integers(0, 256, (10, 8, 8, 3), dtype=np.uint8)
GREY = RNG.integers(0, 256, (10, 6, 5), dtype=np.uint8)
LOSSES = {"g_loss": RNG.normal(1, 0.2, 300), "d_loss": RNG.normal(1.3, 0.1, 300)}


def pixels(figure) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(png(figure))).convert("RGB"))


def test_every_pixel_of_a_picture_is_one_square_on_white_opaque_paper():
    figure = plotting.image_grid(COLOUR[:3], scale=4)
    paper = pixels(figure)
    for i in range(3):
        x = MARGIN + i * (32 + GAP)
        assert np.array_equal(paper[MARGIN:MARGIN + 32, x:x + 32], COLOUR[i].repeat(4, 0).repeat(4, 1))
    assert "transparency" not in Image.open(io.BytesIO(png(figure))).info
    assert paper[0, 0].tolist() == [255, 255, 255]
    for images in (GREY, GREY[..., None]):
        paper = pixels(plotting.image_grid(images, scale=1))
        assert np.array_equal(paper[8:14, 8:13], GREY[0][..., None].repeat(3, -1))


def test_grids_fit_a_notebook_and_large_pictures_are_averaged_down():
    paper = pixels(plotting.image_grid(np.zeros((100, 32, 32, 3), np.uint8)))
    assert paper.shape[1] <= 820
    assert (paper == 0).all(-1).sum() in {100 * (32 * scale) ** 2 for scale in (1, 2, 3)}
    stripes = np.zeros((6, 256, 256, 3), np.uint8)
    stripes[:, :, ::2] = 255
    paper = pixels(plotting.image_grid(stripes))
    assert paper.shape[1] <= 820
    assert 100 < paper[20:60, 20:60].mean() < 155


def legend(figure):
    return [text.get_text() for text in figure.legends[0].get_texts()]


@pytest.mark.parametrize(("options", "label", "last"), [
    ({"batch_size": 64}, "training step (one minibatch of 64 images each)", 300),
    ({"x": "epoch", "references": {"a long story " * 6: 1.0}}, "epoch", 300),
])
def test_axes_say_what_they_are_and_nothing_is_clipped(options, label, last):
    figure = plotting.loss_curves(LOSSES, **options)
    axes = figure.axes[0]
    assert (axes.get_xlabel(), axes.get_ylabel()) == (label, "loss (nats)")
    assert axes.lines[0].get_xdata()[-1] == last
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    drawn = figure.get_tightbbox(canvas.get_renderer())  # inches
    assert min(drawn.x0, drawn.y0) >= 0
    assert (drawn.x1 <= figure.get_figwidth(), drawn.y1 <= figure.get_figheight()) == (True, True)


def test_a_figure_is_shown_with_its_description(shown):
    plotting.show(plotting.image_grid(COLOUR), alt='Ten "noisy" squares,\n  a < b & c.')
    assert shown[0]["text/plain"] == '[figure: Ten "noisy" squares, a < b & c.]'
    match = re.fullmatch('<img alt="([^"]*)" src="data:image/png;base64,([^"]*)" width="([0-9]+)">',
                         shown[0]["text/html"])
    assert match[1] == "Ten &quot;noisy&quot; squares, a &lt; b &amp; c."
    assert Image.open(io.BytesIO(base64.b64decode(match[2]))).width == int(match[3])


@pytest.mark.parametrize(("call", "message"), [
    (lambda: plotting.show(plotting.image_grid(COLOUR), alt="  \n"), "needs a description"),
    (lambda: plotting.show(COLOUR, alt="x"), "a ndarray"),
    (lambda: plotting.image_grid(SimpleNamespace(images=COLOUR)), r"images\.images\[:16\]"),
    (lambda: plotting.image_grid(COLOUR[0]), r"images\[None\]"),
    (lambda: plotting.image_grid(GREY.reshape(10, -1)), r"reshape\(-1, height"),
    (lambda: plotting.image_grid(COLOUR[:0]), "no picture"),
    (lambda: plotting.image_grid(COLOUR / 255), r"\(images \* 255\)\.round"),
    (lambda: plotting.image_grid(COLOUR / 127.5 - 1), r"\(\(images \+ 1\) \* 127\.5\)"),
    (lambda: plotting.image_grid(COLOUR, titles=["a"]), "a list of 10 strings"),
    (lambda: plotting.image_grid(COLOUR, columns=0), "columns is 0"),
    (lambda: plotting.before_after(COLOUR, COLOUR[:3]), "its partner"),
    (lambda: plotting.latent_strip(COLOUR, np.zeros((9, 100))), "9 latents for 10"),
    (lambda: plotting.interpolation_strip(COLOUR[:2]), "something between"),
    (lambda: plotting.loss_curves({}), "was the model trained"),
    (lambda: plotting.loss_curves({"g": "abc"}), "'g' is not a sequence"),
    (lambda: plotting.loss_curves(LOSSES, labels={"loss": "x"}), "has no 'loss'"),
    (lambda: plotting.loss_curves(LOSSES, x="hours"), "'epoch'"),
    (lambda: plotting.loss_curves(LOSSES, references="log 2"), "references"),
])
def test_errors_say_what_to_do(call, message):
    with pytest.raises(LabkitError, match=message):
        call()


def test_nothing_global_changes_and_nothing_global_matters():
    before = dict(matplotlib.rcParams)
    usual = pixels(plotting.loss_curves(LOSSES))
    with plotting.context():
        assert matplotlib.rcParams["figure.dpi"] == 110
    assert dict(matplotlib.rcParams) == before
    with plt.style.context("dark_background"):
        assert np.array_equal(pixels(plotting.loss_curves(LOSSES)), usual)
    assert plt.get_fignums() == []
