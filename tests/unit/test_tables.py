"""labkit.tables: the same table as text, in a notebook and in Markdown."""

import xml.etree.ElementTree as ElementTree

import pytest

from labkit.tables import Link, Table


@pytest.fixture(scope="module")
def table():
    return Table("Two <networks>", ("layer", "weights", "verdict"),
                 (("dense\nof 4 | 5 units", 20, "✓ agrees"), (Link("conv", "c.html"), 1_000, "✗ differs")),
                 totals=(("total", 1_020, ""),), right=(1,))


def test_as_html_it_has_a_caption_scopes_links_and_escapes(table):
    tree = ElementTree.fromstring(table._repr_html_())
    assert tree.find(".//caption").text == "Two <networks>"
    assert [each.get("scope") for each in tree.iter("th")] == ["col"] * 3 + ["row"] * 3
    assert tree.find(".//tbody//small").text == "of 4 | 5 units"
    assert tree.find(".//a").get("href") == "c.html"
    assert tree.find(".//tfoot//td").text == "1020"
    assert [each.text for each in tree.findall(".//span[@aria-hidden='true']")] == ["✓", "✗"]
    assert "color" not in table._repr_html_()  # the page has its own, light or dark


def test_as_markdown_bars_and_brackets_stay_text(table):
    assert table.markdown().splitlines() == [
        "Two <networks>", "", "| layer | weights | verdict |", "| --- | ---: | --- |",
        "| dense *of 4 \\| 5 units* | 20 | ✓ agrees |", "| [conv](c.html) | 1000 | ✗ differs |", "| total | 1020 |  |"]
