"""Figures, tables and pages: exact pixels, descriptions that arrive, pages that stand alone, errors that help."""

import base64
import io
import re
import xml.etree.ElementTree as ElementTree
from types import SimpleNamespace

import matplotlib
import nbformat
import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.backends.backend_agg import FigureCanvasAgg
from PIL import Image

from labkit import page, plotting
from labkit.errors import LabkitError
from labkit.plotting.images import GAP, MARGIN, noise_picture
from labkit.plotting.output import png
from labkit.tables import Table

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


def test_before_stands_above_after_and_noise_is_drawn_number_by_number():
    figure = plotting.before_after(COLOUR[:4], 255 - COLOUR[:4], ("raw", "negative"))
    paper, scale = pixels(figure), 14
    rows = [np.flatnonzero((paper[:, 8:8 + 8 * scale] == picture[0].repeat(scale, 0)).all((1, 2)))
            for picture in (COLOUR[0], 255 - COLOUR[0])]
    assert figure.text == ["raw", "negative"]
    assert [len(row) for row in rows] == [scale, scale]
    assert rows[0].max() < rows[1].min()
    latent = np.zeros(100, np.float32)
    latent[[0, 15, 99]] = -3, 3, 50
    assert np.argwhere((noise_picture(latent) < 240).any(-1)).tolist() == [[0, 0], [1, 5], [9, 9]]


@pytest.mark.parametrize(("options", "label", "last"), [
    ({"batch_size": 64}, "training step (one minibatch of 64 images each)", 300),
    ({"xlabel": "epoch", "references": {"a long story " * 6: 1.0}}, "epoch", 300),
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
    (lambda: plotting.loss_curves({}), "was the model trained"),
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


def test_a_table_has_a_caption_scopes_and_escapes():
    table = Table("Two <networks>", ("layer", "weights", "verdict"),
                  (("dense\nof 4 | 5 units", 20, "✓ agrees"), ("conv", 1_000, "✗ differs")),
                  totals=(("total", 1_020, ""),), right=(1,))
    tree = ElementTree.fromstring(table._repr_html_())
    assert tree.find(".//caption").text == "Two <networks>"
    assert [each.get("scope") for each in tree.iter("th")] == ["col"] * 3 + ["row"] * 3
    assert tree.find(".//tbody//small").text == "of 4 | 5 units"
    assert tree.find(".//tfoot//td").text == "1020"
    assert [each.text for each in tree.findall(".//span[@aria-hidden='true']")] == ["✓", "✗"]
    assert "color" not in table._repr_html_()  # the page has its own, light or dark


PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
WORDS = r"""# Title

Inline $x^2 < 3$ and `$not = math$`.

$$\min_G\max_D \mathbb{E}_{x\sim p}[\log D(x)]$$

\begin{align}a &= b \\ c &= d\end{align}

$$\frac$$

```python
x = '$y$'
```"""


@pytest.fixture(scope="module")
def text(tmp_path_factory):
    v4 = nbformat.v4
    display = [
        v4.new_output("display_data", {"image/png": PNG}, metadata={"image/png": {"alt": "one red dot"}}),
        v4.new_output("display_data", {"text/html": "<b>bold</b><script>steal()</script>"
                                                    '<link rel="stylesheet" href="https://cdn.example/x.css">'}),
        v4.new_output("display_data", {"application/vnd.jupyter.widget-view+json": {"model_id": "a"},
                                       "text/plain": "NoiseSampler(4)"}),
        v4.new_output("display_data", {"application/javascript": "alert(1)", "text/plain": "a plot"}),
        v4.new_output("execute_result", {"text/latex": "$\\frac{1}{2}$", "text/plain": "1/2"}),
        v4.new_output("error", ename="E", evalue="v", traceback=["\x1b[31mE\x1b[0m: <v>"]),
    ]
    cells = [v4.new_code_cell("print('<hello>')", outputs=display, execution_count=1),
             v4.new_markdown_cell("papermill's own words", metadata={"tags": ["papermill-error-cell-tag"]})]
    path = tmp_path_factory.mktemp("page") / "01_t.html"
    page.write(cells, path, "T & T", WORDS)
    assert "<script>" in cells[0].outputs[1].data["text/html"]  # the notebook itself is left alone
    return path.read_text(encoding="utf-8")


def test_nothing_is_fetched_and_no_script_runs(text):
    assert "default-src 'none'" in text
    bad = r"""<script|<link|(?:src|href)=["'](?:https?:)?//|url\((?!data:)|alert|steal|own words"""
    assert re.findall(bad, text) == []


def test_images_equations_words_and_themes_are_there(text):
    assert re.search(r'<img alt="one red dot"[^>]* src="data:image/png;base64,', text)
    for part in ("<mfrac><mrow><mn>1</mn></mrow><mrow><mn>2</mn></mrow></mfrac>", "<code>$not = math$</code>",
                 r"<code>\frac</code>", "NoiseSampler(4)", "a plot", "<b>bold</b>", "<title>T &amp; T</title>",
                 'name="viewport" content="width=device-width', "prefers-color-scheme: dark"):
        assert part in text
    assert text.count("<math ") == 4  # inline, display, align, and the result 1/2
    assert text.count('display="block"') == 2
    assert "'$y$'" in re.sub("<[^>]+>", "", text)
