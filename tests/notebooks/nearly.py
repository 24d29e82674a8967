"""How notebooks are tested: `labkit run` executes each once with papermill, nbval compares every cell's outputs.

conftest.py at the root loads this plugin, so that ``make test``, ``pytest notebooks/06_cifar_dcgan.ipynb`` and ``pytest
--nbval notebooks/`` judge alike; build/test holds the executed notebooks and their pages. Where a notebook's real image
sets lie, its outputs are compared; elsewhere it must run, and its outputs, from drawn pictures, may differ.

Processors differ in the last digits that are printed. A number with a decimal point or an exponent may differ by one in
its last digit or by 2 %, whichever is more. Nothing else may: not words, not how many numbers there are, not a sign
beyond that.

A number without a point must be equal. Most whole numbers here are counts: 2 % of a network's 3,670,016 parameters
would hide a whole layer, and one in the last digit a step too many. Alt texts, HTML tags (sizes of pictures) and
versions (2.21.0) are compared as words.
"""

import json
import os
import re
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import nbformat
from nbval import plugin

ROOT = Path(__file__).parents[2]
CELL_SECONDS = 590
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


def _keep_to_one_core():
    """Several workers, each with as many threads as there are cores, would wait for each other."""
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {cores[int(os.environ["PYTEST_XDIST_WORKER"][2:]) % len(cores)]})


class Executed:
    """A notebook that papermill has executed: to nbval a kernel that answers each cell with the outputs it had."""

    def __init__(self, path):
        out = ROOT / "build" / "test" / path.stem
        command = [sys.executable, "-m", "labkit.cli", "run", str(path), "--out", str(out),
                   "--timeout", str(CELL_SECONDS)]
        shared = "PYTEST_XDIST_WORKER" in os.environ and hasattr(os, "sched_setaffinity")  # Linux
        done = subprocess.run(command, env=os.environ | {"LABKIT_OFFLINE": "1"}, capture_output=True, text=True,
                              preexec_fn=_keep_to_one_core if shared else None)
        if not done.stdout:
            raise RuntimeError(done.stderr)
        [row] = json.loads((out / "summary.json").read_text(encoding="utf-8"))["notebooks"]
        cells = nbformat.read(out / row["output"], as_version=4).cells
        self.error, self.messages = row["error"], []
        self.cells = [cell for cell in cells if cell.cell_type == "code"
                      and "injected-parameters" not in cell.metadata.get("tags", [])]

    def execute_cell_input(self, source, allow_stdin=None):
        cell = self.cells.pop(0)
        outputs = list(cell.outputs)
        if source.strip() and cell.metadata.papermill.status != "completed" and not any(
                output.output_type == "error" for output in outputs):
            outputs.append(nbformat.v4.new_output("error", ename="Stopped", evalue="", traceback=[self.error]))
        self.messages = [{"msg_type": output.output_type, "content": output, "parent_header": {"msg_id": cell.id}}
                         for output in outputs]
        self.messages.append({"msg_type": "status", "content": {"execution_state": "idle"},
                              "parent_header": {"msg_id": cell.id}})
        return cell.id

    def get_message(self, stream, timeout=None):
        return self.messages.pop(0)

    def await_reply(self, msg_id, timeout=None):
        """The cell has run."""

    def stop(self):
        """There is nothing to stop."""

    def is_alive(self):
        return True

    await_idle = await_reply


def setup(notebook):
    """Execute a notebook; ask which of its image sets are drawn here."""
    from labkit import datasets

    notebook.kernel = Executed(Path(notebook.fspath))
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
