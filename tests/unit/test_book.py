"""The book's sources: the glossary, the hours, and the check of the links. The site itself: make book."""

import re
from pathlib import Path

import book
import check
import nbformat
import pytest

ROOT = Path(__file__).resolve().parents[2]


def test_the_glossary_is_sorted_without_doubles_and_leads_to_sections_that_exist():
    text = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    names = [name.lower().replace("é", "e") for name, _ in book.TERM.findall(text)]
    assert len(names) >= 80
    assert names == sorted(set(names), key=lambda name: re.sub(r"[^a-z0-9]", "", name))
    assert [line for line in text.splitlines() if line.startswith("- ") and not book.SECTION.search(line)] == []
    assert [title for title in map(book.title, book.SECTION.finditer(text)) if not title] == []


def test_every_notebook_says_its_hours_and_notebook_00_repeats_them():
    listed = {Path(path).stem: hours for path, _, hours, _ in book.contents()}
    assert sorted(listed) == sorted(path.stem for path in ROOT.glob("notebooks/*.ipynb"))
    guide = "".join(cell.source for cell in nbformat.read(ROOT / "notebooks" / "00_start_here.ipynb", 4).cells)
    table = dict(re.findall(r"^\| \[\d\d\]\((\w+)\.ipynb\) \|.*?\| (\d) \|", guide, re.MULTILINE))
    assert table == {name: str(["two", "three", "four", "five"].index(hours.split()[0]) + 2)
                     for name, hours in listed.items() if name != "00_start_here"}


@pytest.mark.parametrize(("body", "wrong"), [
    ('<a href="b.html#there">x</a><img src="data:," alt="A dot."><a href="https://example.org">x</a>', 0),
    ('<a href="c.html">x</a>', 1), ('<a href="b.html#gone">x</a>', 1), ('<a href="#gone">x</a>', 1),
    ('<script src="https://example.org/x.js"></script>', 1), ('<img src="data:,">', 1)])
def test_the_check_finds_dead_links_and_other_hosts(tmp_path, body, wrong):
    (tmp_path / "a.html").write_text(body, encoding="utf-8")
    (tmp_path / "b.html").write_text('<p id="there">', encoding="utf-8")
    assert len(check.problems(tmp_path)) == wrong
