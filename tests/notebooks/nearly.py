"""How nbval runs a notebook and compares a stored output with a new one.

conftest.py at the root loads this plugin, so that ``make test``, ``pytest notebooks/06_cifar_dcgan.ipynb`` and ``pytest
--nbval --nbval-current-env notebooks/`` judge alike. Where a notebook's real image sets lie, its outputs are compared;
elsewhere it must run, and its outputs, from drawn pictures, may differ.

Processors differ in the last digits that are printed. A number with a decimal point or an exponent may differ by one in
its last digit or by 2 %, whichever is more. Nothing else may: not words, not how many numbers there are, not a sign
beyond that.

A number without a point must be equal. Most whole numbers here are counts: 2 % of a network's 3,670,016 parameters
would hide a whole layer, and one in the last digit a step too many. Alt texts, HTML tags (sizes of pictures) and
versions (2.21.0) are compared as words.
"""

import re
from decimal import Decimal
from pathlib import Path

import pytest
from nbval import plugin

CELL_SECONDS = 590
#: Of a kernel: no network, no bars, figures into the notebook, no start-up files of the user's.
SURROUNDINGS = {
    "LABKIT_OFFLINE": "1", "LABKIT_HEADLESS": "1", "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    "PYDEVD_DISABLE_FILE_VALIDATION": "1", "IPYTHONDIR": str(Path(__file__).parents[2] / "build" / "ipython"),
}
SHARE = Decimal("0.02")
#: Replaced on both sides before the comparison.
REPLACED = {
    # matplotlib, freetype and zlib may draw and pack pictures differently; their words and sizes are compared.
    r'src="data:image/png;base64,[^"]*"': 'src="PICTURE"',
    r"0x[0-9a-f]{6,16}": "ADDRESS",
    # What ships in data lies in data/cache as well, or in $LABKIT_DATA, where somebody put it there.
    r"images from (data/cache|data|\$LABKIT_DATA)/": "images from ",
    r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?(\.\d+)?(Z|[+-]\d\d:?\d\d)?": "TIME",
}
#: A tag or an alt text (its group stays empty), or a number with the blanks that align it; 1,234.5 is one number.
_PARTS = re.compile(r"<[^<>]*>|\[figure: [^\]]*\]| *(?<![\w.])([-+−]?(?:\d{1,3}(?:,\d{3})+|\d+)\.\d+(?:e[-+]?\d+)?"
                    r"|[-+−]?\d+e[-+]?\d+)(?!\.?\d)", re.IGNORECASE)


class Nearly(str):
    """A text that equals another one whose numbers are nearly its own."""

    def __eq__(self, other):
        return str.__eq__(self, other) or nearly(str(self), str(other))

    def __ne__(self, other):
        return not self == other

    __hash__ = str.__hash__


def nearly(stored: str, new: str) -> bool:
    """Tell whether two texts differ in nothing but the last digits of their decimal numbers."""
    words, numbers = _split(stored)
    new_words, new_numbers = _split(new)
    return words == new_words and all(map(_close, numbers, new_numbers))


def _split(text: str) -> tuple[list[str], list[Decimal]]:
    words, numbers, end = [], [], 0
    for match in _PARTS.finditer(text):
        if match[1]:
            words.append(text[end:match.start()])
            numbers.append(Decimal(match[1].replace(",", "").replace("−", "-")))
            end = match.end()
    return [*words, text[end:]], numbers


def _close(stored: Decimal, new: Decimal) -> bool:
    last_digit = Decimal(1).scaleb(max(stored.as_tuple().exponent, new.as_tuple().exponent))
    return abs(stored - new) <= max(last_digit, SHARE * abs(stored))


def sanitize(cell, text):
    """Return what nbval compares of an output (it hands over text, JSON as dictionaries, and file names)."""
    if not isinstance(text, str):
        return text
    for pattern, word in (cell.parent.sanitize_patterns | REPLACED).items():
        text = re.sub(pattern, word, text)
    return Nearly(text)


def setup(notebook, start=plugin.IPyNbFile.setup):
    """Start a notebook's kernel in its surroundings; ask which of its image sets are drawn here."""
    from labkit import datasets

    with pytest.MonkeyPatch.context() as patch:
        for name, value in SURROUNDINGS.items():
            patch.setenv(name, value)
        start(notebook)
        names = notebook.nb.metadata.get("labkit", {}).get("datasets", [])
        notebook.drawn = [name for name in names if datasets.load(name, limit=1, quiet=True).is_stand_in]


def compare_outputs(cell, *outputs, compare=plugin.IPyNbCell.compare_outputs):
    return bool(cell.parent.drawn) or compare(cell, *outputs)


def pytest_configure(config):
    # nbval has no hooks for these.
    plugin.IPyNbFile.setup = setup
    plugin.IPyNbCell.sanitize, plugin.IPyNbCell.compare_outputs = sanitize, compare_outputs
    config.option.nbval = not config.option.nbval_lax
    config.option.nbval_current_env, config.option.nbval_cell_timeout = True, CELL_SECONDS


def pytest_collection_modifyitems(items):
    for item in items:
        if isinstance(item, plugin.IPyNbCell):
            item.add_marker("notebook")
