"""Figures: exact pixels, words that fit, descriptions that arrive, and errors that say what to do."""

import base64
import io
import math
import re
import subprocess
import sys

import matplotlib
import nbformat
import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.backends.backend_agg import FigureCanvasAgg
from PIL import Image

from labkit import plotting
from labkit.errors import LabkitError
from labkit.plotting import curves
from labkit.plotting import images as sheet
from labkit.plotting.output import png

RNG = np.random.default_rng(0)
COLOUR = RNG.integers(0, 256, (10, 8, 8, 3), dtype=np.uint8)
GREY = RNG.integers(0, 256, (10, 6, 5), dtype=np.uint8)


def pixels(figure) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(png(figure))).convert("RGB"))


def words(figure) -> list[str]:
    return figure.text


def inside(figure) -> bool:
    """Tell whether every word lies on the paper."""
    if isinstance(figure, sheet.Sheet):
        height, width = figure.array().shape[:2]
        return all(x >= 0 and y >= 0 and x + part.shape[1] <= width + 2 and y + part.shape[0] <= height
                   for x, y, part in figure._parts)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    drawn = figure.get_tightbbox(canvas.get_renderer())  # inches
    return drawn.x0 >= 0 and drawn.y0 >= 0 and drawn.x1 <= figure.get_figwidth() and drawn.y1 <= figure.get_figheight()


def test_every_pixel_of_a_picture_is_one_square():
    paper = pixels(plotting.image_grid(COLOUR[:3], scale=4))
    for i in range(3):
        x = sheet.MARGIN + i * (32 + sheet.GAP)
        shown = paper[sheet.MARGIN:sheet.MARGIN + 32, x:x + 32]
        assert np.array_equal(shown, COLOUR[i].repeat(4, 0).repeat(4, 1))


def test_grey_pictures_are_grey():
    for images in (GREY, GREY[..., None]):
        paper = pixels(plotting.image_grid(images, scale=1))
        assert np.array_equal(paper[8:14, 8:13], GREY[0][..., None].repeat(3, -1))


def test_the_paper_is_white_and_opaque():
    picture = Image.open(io.BytesIO(png(plotting.image_grid(COLOUR))))
    assert picture.mode in ("RGB", "P")
    assert "transparency" not in picture.info
    assert np.asarray(picture.convert("RGB"))[0, 0].tolist() == [255, 255, 255]


@pytest.mark.parametrize("count", [1, 5, 8, 9, 10, 12, 16, 25, 64, 100])
def test_grids_fit_a_notebook_and_hold_all(count):
    images = np.zeros((count, 32, 32, 3), np.uint8)
    paper = pixels(plotting.image_grid(images, titles=["a frog"] * count))
    assert paper.shape[1] <= 820
    black = (paper == 0).all(-1).sum()
    side = 32 * max(1, round(math.sqrt(black / count) / 32))
    assert black >= count * side * side


def test_large_pictures_are_averaged_down_to_fit():
    stripes = np.zeros((6, 256, 256, 3), np.uint8)
    stripes[:, :, ::2] = 255
    paper = pixels(plotting.image_grid(stripes))
    assert paper.shape[1] <= 820
    middle = paper[20:60, 20:60]
    assert 100 < middle.mean() < 155


def test_any_paper_size_is_exact():
    for width in range(30, 200, 7):
        assert pixels(plotting.image_grid(np.zeros((1, 9, width, 1), np.uint8), scale=1)).shape == (25, width + 16, 3)


def test_titles_and_captions_stay_on_the_paper():
    figure = plotting.image_grid(COLOUR, titles=["a title that is far too long for a picture as small as this is"] * 10,
                                 caption="word " * 80)
    assert inside(figure)
    assert any(word.endswith("…") for word in words(figure))
    short = plotting.image_grid(COLOUR, titles=["cat $x_1$"] * 10)
    assert words(short) == ["cat $x_1$"] * 10
    assert inside(short)


def test_before_and_after_stand_above_each_other():
    after = 255 - COLOUR[:4].repeat(2, 1).repeat(2, 2)
    figure = plotting.before_after(COLOUR[:4], after, ("raw", "negative"), scale=4)
    paper = pixels(figure)
    assert words(figure) == ["raw", "negative"]
    tops = np.flatnonzero((paper[:, 8:40] == COLOUR[0].repeat(4, 0).repeat(4, 1)[0]).all((1, 2)))
    below = np.flatnonzero((paper[:, 8:40] == 255 - COLOUR[0].repeat(4, 0).repeat(4, 1)[0]).all((1, 2)))
    assert len(tops) == len(below) == 4
    assert below[0] > tops[0] + 32
    assert inside(figure)


def test_noise_is_drawn_number_by_number():
    from labkit.plotting.images import noise_picture

    latent = np.zeros(100, np.float32)
    latent[[0, 15, 99]] = -3, 3, 50
    picture = noise_picture(latent)
    assert picture.shape == (10, 10, 3)
    white = (picture >= 240).all(-1)
    assert np.argwhere(~white).tolist() == [[0, 0], [1, 5], [9, 9]]
    assert picture[1, 5].tolist() == picture[9, 9].tolist() != picture[0, 0].tolist()


@pytest.mark.parametrize(("length", "shape"), [(1, (1, 1)), (100, (10, 10)), (128, (8, 16)), (37, (7, 6)), (2, (1, 2))])
def test_noise_of_any_length_is_nearly_square(length, shape):
    from labkit.plotting.images import noise_picture

    assert noise_picture(np.zeros(length)).shape == (*shape, 3)


@pytest.mark.parametrize("count", [1, 8, 16])
def test_the_noise_stands_beside_its_picture(count):
    images = RNG.integers(0, 256, (count, 32, 32, 3), dtype=np.uint8)
    figure = plotting.latent_strip(images, RNG.standard_normal((count, 100)).astype("float32"), caption="noise")
    assert inside(figure)
    assert pixels(figure).shape[1] <= 820


def test_an_interpolation_frames_its_ends():
    steps = np.full((7, 16, 16, 3), 128, np.uint8)
    figure = plotting.interpolation_strip(np.stack([steps, steps]), labels=["linear", "spherical"])
    paper = pixels(figure)
    for name in ("blue", "vermilion"):
        colour = plotting.OKABE_ITO[name]
        rgb = [int(colour[i:i + 2], 16) for i in (1, 3, 5)]
        assert (paper == rgb).all(-1).sum() > 2 * 4 * 3 * 16
    assert words(figure)[-7:] == ["0.00", "0.17", "0.33", "0.50", "0.67", "0.83", "1.00"]
    assert inside(figure)


LOSSES = {"g_loss": RNG.normal(1, 0.2, 300), "d_loss": RNG.normal(1.3, 0.1, 300)}


def legend(figure):
    return [text.get_text() for text in figure.legends[0].get_texts()]


@pytest.mark.parametrize(("options", "label", "first", "last"), [
    ({"x": "step"}, "training step", 1, 300),
    ({"x": "step", "every": 10, "batch_size": 64}, "training step (one minibatch of 64 images each)", 10, 3000),
    ({"x": "epoch"}, "epoch", 1, 300),
    ({"x": "images", "batch_size": 256}, "images seen", 256, 76800),
    ({"x": "images", "batch_size": 256, "every": 2}, "images seen", 512, 153600),
    ({"x": "step", "start": 0}, "training step", 0, 299),
])
def test_axes_say_what_they_are(options, label, first, last):
    figure = plotting.loss_curves(LOSSES, **options)
    axes = figure.axes[0]
    assert axes.get_xlabel() == label
    assert axes.get_ylabel() == "loss (nats)"
    places = axes.lines[0].get_xdata()
    assert (places[0], places[-1]) == (first, last)
    assert inside(figure)


def test_the_smoothed_line_stands_beside_the_values():
    figure = plotting.loss_curves(LOSSES, smooth=21, labels={"g_loss": "generator"}, references="gan", title="A GAN")
    lines = figure.axes[0].lines
    assert len(lines) == 4
    assert np.array_equal(lines[0].get_ydata(), LOSSES["g_loss"])
    assert lines[0].get_alpha() < 0.5
    smooth = lines[1].get_ydata()
    assert smooth[100] == pytest.approx(LOSSES["g_loss"][90:111].mean())
    assert [line.get_ydata()[0] for line in lines[2:]] == pytest.approx([math.log(2), 2 * math.log(2)])
    assert legend(figure)[0] == "generator, mean of 21 (pale: each)"
    assert "log 2 ≈ 0.69" in legend(figure)[1]
    assert "2·log 2 ≈ 1.39" in legend(figure)[2]
    assert inside(figure)


def test_long_words_are_wrapped():
    figure = plotting.loss_curves(LOSSES, references={"a long story " * 12: 1.0}, title="a long title " * 12,
                                  caption="a long caption " * 20)
    assert inside(figure)
    assert any("\n" in text for text in legend(figure))


def test_the_moving_mean_uses_what_there_is():
    values = np.array([1.0, 2, 3, np.nan, 5])
    mean = curves.moving_mean(values, 3)
    assert mean[[0, 1, 2, 4]] == pytest.approx([1.5, 2, 2.5, 5])
    assert np.isnan(mean[3])
    assert curves.moving_mean(np.arange(4.0), 99) == pytest.approx(np.convolve(np.arange(4.0), np.ones(4), "same")
                                                                  / np.convolve(np.ones(4), np.ones(4), "same"))


def test_what_is_not_a_number_is_marked():
    values = LOSSES["g_loss"].copy()
    values[200:] = np.nan
    figure = plotting.loss_curves({"generator": values})
    assert "generator: not a number from 201" in legend(figure)
    assert inside(figure)


def test_lines_differ_in_more_than_colour():
    figure = plotting.loss_curves({str(i): [i, i + 1.0] for i in range(7)})
    looks = {(line.get_color(), line.get_linestyle(), str(line._dash_pattern)) for line in figure.axes[0].lines}
    assert len({look[0] for look in looks}) == len({look[2] for look in looks}) == 7
    assert {look[0] for look in looks} <= set(plotting.OKABE_ITO.values())


def test_keras_histories_are_taken():
    class History:
        history: dict = {"loss": [3.0, 2.0]}  # noqa: RUF012  as Keras has it

    assert legend(plotting.loss_curves(History(), x="epoch", log=True, caption="c")) == ["loss"]


def shown(figure, alt, monkeypatch):
    bundles = []
    monkeypatch.setattr("labkit.plotting.output.display", lambda data, raw: bundles.append(data))
    plotting.show(figure, alt=alt)
    return bundles[0]


def test_a_figure_is_shown_with_its_description(monkeypatch):
    bundle = shown(plotting.image_grid(COLOUR), 'Ten "noisy" squares,\n  a < b & c.', monkeypatch)
    assert bundle["text/plain"] == '[figure: Ten "noisy" squares, a < b & c.]'
    match = re.fullmatch(r'<img alt="([^"]*)" src="data:image/png;base64,([^"]*)" width="(\d+)">', bundle["text/html"])
    assert match[1] == "Ten &quot;noisy&quot; squares, a &lt; b &amp; c."
    assert Image.open(io.BytesIO(base64.b64decode(match[2]))).width == int(match[3])


def test_figures_of_pyplot_are_shown_whole_and_closed(monkeypatch):
    figure, axes = plt.subplots(figsize=(2, 2))
    axes.set_ylabel("a label outside a small canvas", fontsize=30)
    data = shown(axes, "An empty plot.", monkeypatch)["text/html"]
    assert not plt.fignum_exists(figure.number)
    picture = Image.open(io.BytesIO(base64.b64decode(re.search("base64,([^\"]*)", data)[1])))
    assert picture.height > 2 * 110
    assert plt.get_fignums() == []


def test_the_description_reaches_the_page(tmp_path):
    """Through a kernel's display machinery into nbconvert's default page."""
    from IPython.core.interactiveshell import InteractiveShell
    from IPython.utils.capture import capture_output
    from nbconvert import HTMLExporter

    InteractiveShell.instance()
    try:
        with capture_output() as captured:
            plotting.show(plotting.image_grid(COLOUR), alt="Ten noisy squares.")
    finally:
        InteractiveShell.clear_instance()
    [output] = captured.outputs
    cell = nbformat.v4.new_code_cell("", outputs=[nbformat.v4.new_output("display_data", dict(output.data))])
    page, _ = HTMLExporter().from_notebook_node(nbformat.v4.new_notebook(cells=[cell]))
    assert '<img alt="Ten noisy squares." src="data:image/png;base64,' in page
    assert "No description has been provided" not in page


@pytest.mark.parametrize(("call", "message"), [
    (lambda: plotting.show(plotting.image_grid(COLOUR), alt=""), "needs a description"),
    (lambda: plotting.show(plotting.image_grid(COLOUR), alt="  \n"), "needs a description"),
    (lambda: plotting.show(plotting.image_grid(COLOUR), alt=None), "needs a description"),
    (lambda: plotting.show(COLOUR, alt="x"), "an? ndarray"),
    (lambda: plotting.image_grid(COLOUR[0]), r"images\[None\]"),
    (lambda: plotting.image_grid(GREY.reshape(10, -1)), r"reshape\(-1, height"),
    (lambda: plotting.image_grid(np.moveaxis(COLOUR, -1, 1)), "moveaxis"),
    (lambda: plotting.image_grid(COLOUR[..., :2]), "1 or 3 channels"),
    (lambda: plotting.image_grid(COLOUR[:0]), "no picture"),
    (lambda: plotting.image_grid([COLOUR[0], COLOUR[0][:4]]), "differ in size"),
    (lambda: plotting.image_grid(COLOUR / 255), r"\(images \* 255\)\.round"),
    (lambda: plotting.image_grid(COLOUR / 127.5 - 1), r"\(\(images \+ 1\) \* 127\.5\)"),
    (lambda: plotting.image_grid(COLOUR.astype(float)), r"images\.round\(\)\.astype"),
    (lambda: plotting.image_grid(COLOUR.astype(int)), r"images\.astype\('uint8'\)"),
    (lambda: plotting.image_grid(COLOUR.astype(int) * 9), "clip"),
    (lambda: plotting.image_grid(COLOUR * 9.0 - 100), "known range"),
    (lambda: plotting.image_grid(COLOUR * np.nan), "NaN"),
    (lambda: plotting.image_grid(COLOUR > 9), "True and False"),
    (lambda: plotting.image_grid(COLOUR.astype(str)), "not numbers"),
    (lambda: plotting.image_grid(COLOUR, titles=["a"]), "1 entries for 10"),
    (lambda: plotting.image_grid(COLOUR, titles="abcdefghij"), "one string"),
    (lambda: plotting.image_grid(COLOUR, columns=0), "columns is 0"),
    (lambda: plotting.image_grid(COLOUR, scale=0), "scale is 0"),
    (lambda: plotting.image_grid(COLOUR, scale="2"), "scale is '2'"),
    (lambda: plotting.before_after(COLOUR, COLOUR[:3]), "its partner"),
    (lambda: plotting.before_after(COLOUR, COLOUR / 255), "after is float64"),
    (lambda: plotting.latent_strip(COLOUR, np.zeros((9, 100))), "9 latents for 10"),
    (lambda: plotting.latent_strip(COLOUR, np.zeros((10, 100), int)), "training.latent"),
    (lambda: plotting.latent_strip(COLOUR, np.full((10, 100), np.nan)), "not finite"),
    (lambda: plotting.latent_strip(COLOUR.repeat(2, 0), np.zeros((20, 100))), "at most 16"),
    (lambda: plotting.interpolation_strip(COLOUR[:2]), "something between"),
    (lambda: plotting.interpolation_strip(COLOUR, weights=[0, 1]), "10 steps"),
    (lambda: plotting.interpolation_strip(COLOUR, labels=["a", "b"]), "2 entries for 1"),
    (lambda: plotting.loss_curves({}), "no losses"),
    (lambda: plotting.loss_curves([1, 2]), "history is a list"),
    (lambda: plotting.loss_curves({"g": "abc"}), "'g' is not a sequence"),
    (lambda: plotting.loss_curves({"g": [1.0]}), "at least two"),
    (lambda: plotting.loss_curves({"g": [np.nan] * 3}), "at least two"),
    (lambda: plotting.loss_curves(LOSSES, labels={"loss": "x"}), "has no 'loss'"),
    (lambda: plotting.loss_curves(LOSSES, x="hours"), "'epoch'"),
    (lambda: plotting.loss_curves(LOSSES, x="images"), "batch_size=256"),
    (lambda: plotting.loss_curves(LOSSES, smooth=0.5), "smooth is 0.5"),
    (lambda: plotting.loss_curves(LOSSES, references="log 2"), "references"),
    (lambda: plotting.loss_curves({"g": [-1.0, 1]}, log=True), "logarithmic"),
    (lambda: plotting.grid, "it has OKABE_ITO"),
])
def test_errors_say_what_to_do(call, message):
    with pytest.raises((LabkitError, AttributeError), match=message):
        call()


def test_a_whole_image_set_is_told_apart():
    class ImageSet:
        images = COLOUR

    with pytest.raises(LabkitError, match=r"images\.images\[:16\]"):
        plotting.image_grid(ImageSet())


def test_nothing_global_changes():
    before = dict(matplotlib.rcParams)
    figure = plotting.loss_curves(LOSSES)
    png(figure)
    plotting.image_grid(COLOUR)
    with plotting.context():
        assert matplotlib.rcParams["figure.dpi"] == 110
    assert dict(matplotlib.rcParams) == before
    assert plt.get_fignums() == []


def test_the_look_does_not_depend_on_what_was_set_before():
    usual = pixels(plotting.loss_curves(LOSSES))
    with plt.style.context("dark_background"):
        assert np.array_equal(pixels(plotting.loss_curves(LOSSES)), usual)


def test_the_import_is_cheap():
    code = ("import sys; from labkit import plotting; plotting.__all__; dir(plotting); "
            "assert not {'matplotlib', 'tensorflow', 'keras', 'IPython'} & set(sys.modules)")
    subprocess.run([sys.executable, "-c", code], check=True)


def test_making_figures_brings_no_pyplot():
    code = ("import sys, numpy; from labkit import plotting; "
            "plotting.show(plotting.image_grid(numpy.zeros((3, 4, 4), 'uint8')), alt='Black squares.'); "
            "assert not {'matplotlib.pyplot', 'tensorflow'} & set(sys.modules)")
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
