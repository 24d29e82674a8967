"""Tables and pages: text, HTML and Markdown that say the same; pages that stand alone, with no script."""

import re
import xml.etree.ElementTree as ElementTree

import nbformat
import pytest

from labkit import page
from labkit.tables import Table


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
