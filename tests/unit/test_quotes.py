"""Quotation marks mean quotation: what stands in them stands in a report, word for word, or in a list of exceptions.

The reports do not ship. ``report-trigrams.bin`` holds 32 bits of a hash of every three words in a row of them, made by
``python tests/unit/test_quotes.py FOLDER_OF_THE_REPORTS``; a passage occurs where all its trigrams do.
"""

import hashlib
import json
import re
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TRIGRAMS = Path(__file__).with_name("report-trigrams.bin")
# Passages of others than the reports: papers, programs' messages, titles.
OTHERS = {
    "early in learning, when is poor, can reject samples with high confidence",  # Goodfellow et al. 2014, section 3
    "the starry night", "the great wave off kanagawa",
}


def words(text) -> list[str]:
    """Return the words of a text, in small letters, without marks, formulas and emphasis."""
    text = re.sub(r"\$[^$]*\$|[*`_\\]", "", text.replace("’", "'"))
    return re.findall(r"[a-z0-9']+(?:[-.,][a-z0-9]+)*", text.lower())


def trigrams(text) -> set[bytes]:
    row = words(text)
    return {hashlib.sha256(" ".join(row[at:at + 3]).encode()).digest()[:4] for at in range(len(row) - 2)}


def known() -> set[bytes]:
    data = TRIGRAMS.read_bytes()
    return {data[at:at + 4] for at in range(0, len(data), 4)}


def invented(text) -> list[str]:
    """Return the quoted passages of three words or more that no report holds; "…" and [words] may stand for others."""
    text = re.sub(r"```.*?```|`[^`]*`", " ", text, flags=re.S)
    found = []
    for passage in re.findall(r'["“]([^"“”\n]+)["”]', text):  # short ones, too: marks come in pairs
        parts = [part for part in re.split(r"\.\.\.|…|\[[^\]]*\]", passage) if len(words(part)) >= 3]
        told = re.sub(r"\s+", " ", re.sub(r"\$[^$]*\$", "", passage)).strip(" .,;:!?").lower()
        if told not in OTHERS and any(not trigrams(part) <= known() for part in parts):
            found.append(passage)
    return found


def strings(value):
    """Yield every text of a TOML document."""
    if isinstance(value, str):
        yield value
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from strings(item)


PROSE = [*sorted(ROOT.glob("notebooks/*.ipynb")), *sorted(ROOT.glob("labkit/**/report*.toml")), ROOT / "README.md"]


@pytest.mark.parametrize("path", PROSE, ids=lambda path: str(path.relative_to(ROOT)))
def test_what_stands_in_quotation_marks_stands_in_a_report(path):
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".ipynb":
        cells = [cell for cell in json.loads(text)["cells"] if cell["cell_type"] == "markdown"]
        texts = ["".join(cell["source"]).split("## References")[0] for cell in cells]
    else:
        texts = list(strings(tomllib.loads(text))) if path.suffix == ".toml" else [text]
    assert [passage for text in texts for passage in invented(text)] == []


def test_an_invented_quotation_is_found():
    assert invented('The report: "The first convolution layer draws purple giraffes".')
    assert not invented('Our "loss" is no quotation.')


if __name__ == "__main__":
    found = set().union(*(trigrams(path.read_text(encoding="utf-8", errors="ignore"))
                          for path in Path(sys.argv[1]).glob("report-*.txt")))
    TRIGRAMS.write_bytes(b"".join(sorted(found)))
