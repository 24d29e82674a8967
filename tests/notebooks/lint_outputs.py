"""The rules for what a notebook shows: outputs in order, described, small, and telling nothing about this machine."""

import json
import re
import socket
from pathlib import Path

OUTPUT_BYTES = 300_000  # of one cell, as JSON; a grid of 64 CIFAR-10 pictures takes 260 kB
ALT_WORDS = 3
#: A path of two or more parts from the root; not the second half of a URL, a fraction or a closing tag.
_PATH = re.compile(r"(?<![\w:/.<>~*\\$-])/(?:[A-Za-z][\w.+-]*/)+[\w.+-]*|\b[A-Za-z]:\\\w+")
_ANYWHERE = ("/usr/share/", "/api/", "/dev/", "/proc/")  # the same on every machine
_DATA = re.compile(r"data:[\w/+.-]+;base64,[A-Za-z0-9+/=\s]+")
_PICTURE = re.compile(r"!\[([^\]]*)\]\(([^)\s]*)[^)]*\)")
WIDGET = "application/vnd.jupyter.widget-view+json"


def _pictures(text):
    """Return (description, source) of the pictures of a piece of HTML; None for what is not given."""
    found = []
    for tag, attributes in re.findall(r"<(img|svg|canvas|video)\b([^>]*)", text):
        words = re.search(rf"""{'alt' if tag == 'img' else 'aria-label'}=(["'])(.*?)\1""", attributes)
        source = re.search(r"""src=(["'])(.*?)\1""", attributes)
        found.append((words and words[2], source[2] if source else ""))
    return found


def _described(words) -> bool:
    return len((words or "").split()) >= ALT_WORDS


def run(book):
    """Every code cell was run, from top to bottom, in a fresh kernel."""
    for count, (n, cell) in enumerate(book.code, 1):
        if cell.execution_count != count:
            was = "was not run" if cell.execution_count is None else f"was run as number {cell.execution_count}"
            yield n, f"the cell {was}, expected {count}: run the notebook from the top with tools/store.py."
            return


def clean(book):
    """No stderr, no errors, no widgets, nothing too large."""
    for n, cell in book.code:
        size = len(json.dumps(cell.outputs, ensure_ascii=False).encode())
        if size > OUTPUT_BYTES:
            yield n, f"its output takes {size / 1e3:.0f} kB of {OUTPUT_BYTES / 1e3:.0f} allowed. Show fewer pictures."
        for output in cell.outputs:
            if output.output_type == "error":
                yield n, f"the cell ended with {output.ename}. Mend it and run tools/store.py."
            elif output.output_type == "stream" and output.name == "stderr":
                yield n, f"the cell wrote to stderr (\"{output.text.strip()[:60]}\"). Mend what it warns about."
            elif output.output_type == "stream" and "\r" in output.text:
                yield n, "a progress bar is stored; bars must be quiet when headless (LABKIT_HEADLESS)."
            elif WIDGET in output.get("data", {}):
                yield n, "a widget is stored without its state, and shows an error when opened. Show a picture instead."


def described_outputs(book):
    """Every figure can be read by those who do not see it."""
    for n, cell in book.code:
        for output in cell.outputs:
            data = output.get("data", {})
            if "text/html" not in data and any(kind.startswith("image/") for kind in data):
                yield n, "a figure without a description. Show it with plotting.show(figure, alt=\"…\")."
            for words, _ in _pictures(data.get("text/html", "")):
                if not _described(words):
                    yield n, f"a picture with the description {words!r}. Say in a few words what it shows (alt=)."


def described_markdown(book):
    """Pictures in the prose: described, and part of the collection."""
    for n, cell in book.markdown:
        for words, source in _PICTURE.findall(cell.source) + _pictures(cell.source):
            if not _described(words):
                yield n, f"the picture {source[:40]} has the description {words!r}: ![say what it shows](…)."
            if re.match(r"\w+://|//", source):
                yield n, f"the picture {source[:60]} is linked from the web; labs work offline. Draw it, or ship it."
            elif source and not re.match("data:|attachment:", source) and not (book.path.parent / source).is_file():
                yield n, f"there is no picture {source} beside the notebook."


def no_machine(book):
    """No path and no name of the machine on which the notebook was run."""
    names = [name for name in {socket.gethostname(), socket.getfqdn()} if len(name) > 3 and name != "localhost"]
    own = [str(Path.home())] if len(Path.home().parts) > 2 else []
    for n, cell in book.cells:
        for text, where in [(cell.source, "source"), *((text, "output") for text in _texts(cell))]:
            text = _DATA.sub("", text)
            paths = [path for path in _PATH.findall(text) if not path.startswith(_ANYWHERE)]
            for word in dict.fromkeys([*paths, *(name for name in names + own if name in text)]):
                yield n, f"its {where} names this machine: {word}. Use relative paths, and print names, not folders."


def _texts(cell):
    for output in cell.get("outputs", []):
        yield output.get("text", "")
        for kind, value in output.get("data", {}).items():
            if kind.startswith("text/"):
                yield value
        yield "\n".join(output.get("traceback", []))


RULES = (run, clean, described_outputs, described_markdown, no_machine)
