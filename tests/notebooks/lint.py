"""What a notebook of this collection must look like; each problem names the notebook, the cell and the way to mend it.

    python tests/notebooks/lint.py notebooks/*.ipynb

Cells are counted from 1, markdown ones included, as one meets them on the way down.
"""

import ast
import json
import re
import socket
import statistics
import sys
from collections import namedtuple
from pathlib import Path

import nbformat
from bs4 import BeautifulSoup

from labkit import datasets, exercises
from labkit.notebooks import RANGE

#: The parameters that notebooks may have, with their types: one name for one thing in the whole collection.
PARAMETERS = {
    "PROFILE": "str",  # quick | laptop | full
    "SEED": "int",
    "STEPS": "int",  # minibatches to train; 0: the profile's
    "EPOCHS": "int",  # passes over the set; 0: the profile's
    "BATCH": "int",  # images in a minibatch; 0: the profile's
    "IMAGES": "int",  # images taken from the set; 0: the profile's
    "SAMPLES": "int",  # images generated to look at or to score; 0: the profile's
    "LEARNING_RATE": "float",  # 0.0: the profile's
    "PRECISION": "str",  # float32 | bfloat16 | auto
    "DATASET": "str",  # another set, or a folder of images
    "GENERATOR": "str",  # a key of models.weights
    "TRIALS": "int",  # of a hyperparameter search
    "DEVICES": "int",
    "PORT": "int",
}
FIXED = {"PROFILE": '"quick"', "SEED": "0"}
TAGS = {"parameters", "setup", "nbval-ignore-output", "nbval-check-output",
        "define"}  # imports and definitions only: benchmarks/lesson.py takes them from the notebook
HEADER = ("Learning objectives", "Prerequisites", "Data and licence", "Time and memory")
#: The last sections, in order. A notebook about no report, or with ``ledger: false`` in its metadata, has no ledger.
CLOSING = ("The ledger", "Exercises", "Summary", "References")
LINES, MEDIAN_LINES, SETUP_LINES = 40, 12, 8
HIDDEN = {"collapsed": True, "jupyter": {"outputs_hidden": True}}  # of an outcome, which a prediction precedes
DEFINITIONS = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef, ast.Assign)
NOTEBOOK_BYTES = 3_000_000
_SECTION = re.compile(r"^## +(.+?)\s*$", re.MULTILINE)

OUTPUT_BYTES = 300_000  # of one cell, as JSON; a grid of 64 CIFAR-10 pictures takes 260 kB
ALT_WORDS = 3
#: A path of two or more parts from the root; not the second half of a URL, a fraction or a closing tag.
_PATH = re.compile(r"(?<![\w:/.<>~*\\$-])/(?:[A-Za-z][\w.+-]*/)+[\w.+-]*|\b[A-Za-z]:\\\w+")
_ANYWHERE = ("/usr/share/", "/api/", "/dev/", "/proc/")  # the same on every machine
_DATA = re.compile(r"data:[\w/+.-]+;base64,[A-Za-z0-9+/=\s]+")
_PICTURE = re.compile(r"!\[([^\]]*)\]\(([^)\s]*)[^)]*\)")
WIDGET = "application/vnd.jupyter.widget-view+json"


class Problem(namedtuple("Problem", "notebook cell text")):
    """One thing to mend; ``cell`` is its number from 1, or 0 for the notebook as a whole."""

    def __str__(self):
        return f"{self.notebook}, {f'cell {self.cell}' if self.cell else 'whole notebook'}: {self.text}"


class Book:
    """A notebook under the lint, with what several rules ask for."""

    def __init__(self, path):
        self.path = Path(path)
        self.number = (re.match(r"(\d\d)_", self.path.name) or [None, None])[1]
        self.raw = self.path.read_bytes()
        content = json.loads(self.raw.decode("utf-8"))
        if not isinstance(content, dict) or content.get("nbformat") != 4 or not isinstance(content.get("cells"), list):
            raise ValueError("not a notebook of format 4")
        nbformat.validate(nbformat.from_dict(content))
        self.node = nbformat.reads(self.raw.decode("utf-8"), as_version=4)
        self.cells = list(enumerate(self.node.cells, 1))
        self.code = [(n, cell) for n, cell in self.cells if cell.cell_type == "code"]
        self.markdown = [(n, cell) for n, cell in self.cells if cell.cell_type == "markdown"]
        #: (cell number, heading) of the level-2 headings, code blocks inside markdown left out.
        self.sections = [(n, heading) for n, cell in self.markdown
                         for heading in _SECTION.findall(_unfenced(cell.source))]
        self.about = self.node.metadata.get("labkit")

    def tagged(self, tag):
        return [(n, cell) for n, cell in self.cells if tag in cell.metadata.get("tags", [])]


def _unfenced(source):
    return re.sub(r"^(```|~~~).*?^\1", "", source, flags=re.MULTILINE | re.DOTALL)


def lint(path) -> list[Problem]:
    """Return everything that is wrong with a notebook, in the order of its cells; nothing for a clean one."""
    name = Path(path).name
    try:
        book = Book(path)
    except (ValueError, nbformat.ValidationError) as error:
        reason = str(error).splitlines()[0]
        return [Problem(name, 0, f"is no valid notebook ({reason}). Save it in JupyterLab, or restore it from git.")]
    found = [Problem(name, n, text) for rule in RULES for n, text in rule(book)]
    return sorted(found, key=lambda problem: problem.cell)


def header(book):
    """Title, and what one must know before reading on."""
    first = book.markdown[0][1].source if book.markdown else ""
    if book.code[:1] == book.cells[:1] or not first.startswith("# "):
        yield 1, "the notebook must begin with a markdown cell whose first line is its title: # 06 · A DCGAN for …."
        return
    if book.number and not first.startswith(f"# {book.number}"):
        yield 1, f"the title must begin with the notebook's number: # {book.number} · …."
    before = book.tagged("parameters")[0][0] if book.tagged("parameters") else 2
    head = "\n".join(cell.source for n, cell in book.markdown if n < max(before, 2))
    for words in HEADER:
        if f"**{words}" not in head:
            yield 1, f"the header lacks **{words}.** Put it above the parameters."
    time = re.search(r"\*\*Time and memory.*", head)
    if time and not (re.search(r"\d\s*(s|min|minutes?|seconds?)\b", time[0]) and re.search(r"\d\s*(MB|GB)\b", time[0])):
        yield 1, "\"Time and memory\" must give measured numbers with units, for instance 24 s and 1.1 GB on 2 cores."


def parameters(book):
    """One cell of parameters, each line typed, explained, and named as everywhere."""
    cells = book.tagged("parameters")
    if len(cells) != 1:
        yield 0, f"{len(cells)} cells are tagged \"parameters\"; exactly one must be (papermill looks for the tag)."
        return
    n, cell = cells[0]
    if book.code[0][0] != n:
        yield n, "the parameters must be the first code cell."
    seen = {}
    for line in cell.source.splitlines():
        match = re.fullmatch(r"""(\w+): (\w+) = ("[^"]*"|[\w.+-]+) +# (.{3,})""", line)
        if not match:
            yield n, f"\"{line}\" is no typed, explained parameter. Write NAME: type = value  # what it is."
            continue
        name, kind, seen[match[1]], words = match.groups()
        if name not in PARAMETERS:
            yield n, (f"{name} is none of the agreed parameters ({', '.join(PARAMETERS)}). Use one of them, or add it "
                      "to PARAMETERS in tests/notebooks/lint.py when no other notebook has a word for it.")
        elif kind != PARAMETERS[name] or type(ast.literal_eval(match[3])).__name__ != kind:
            yield n, f"{name} must be {PARAMETERS[name]} in type and in value: {name}: {PARAMETERS[name]} = …."
        if name == "PROFILE" and not words.startswith("quick | laptop | full"):
            yield n, "the comment of PROFILE must begin with \"quick | laptop | full\": labkit run reads it."
        if kind in ("int", "float") and not RANGE.search(words):
            yield n, f"the comment of {name} must say its range, as \"2 to 16\" or \"0 or more\": labkit holds it."
    for name, value in FIXED.items():
        if seen.get(name) != value:
            yield n, f"{name}: {PARAMETERS[name]} = {value} is missing: the file holds it as it is opened."


def setup(book):
    """One short set-up cell, the second code cell."""
    cells = book.tagged("setup")
    if len(cells) != 1:
        yield 0, f"{len(cells)} cells are tagged \"setup\"; exactly one must be, right after the parameters."
        return
    n, cell = cells[0]
    if len(book.code) < 2 or book.code[1][0] != n:
        yield n, "the set-up cell must be the second code cell."
    if len([line for line in cell.source.splitlines() if line.strip()]) > SETUP_LINES:
        yield n, f"the set-up cell has more than {SETUP_LINES} lines; what several notebooks need belongs into labkit."
    if "device.setup(" not in cell.source:
        yield n, "the set-up cell must call device.setup(seed=SEED)."
    if "nbval-ignore-output" not in cell.metadata.get("tags", []):
        yield n, "the set-up cell prints the machine's name: tag it \"nbval-ignore-output\", too."
    for other, cell in book.code:
        match = re.search(r"^\s*((?!%%writefile )[!%][\w%].*|device\.setup\(.*)", cell.source, re.MULTILINE)
        if other != n and match:
            yield other, f"\"{match[1][:50]}\" belongs into the set-up cell."


def sections(book):
    """The closing sections, present and in order."""
    about = book.about if isinstance(book.about, dict) else {}
    wanted = [words for words in CLOSING
              if words != "The ledger" or (about.get("report") and about.get("ledger", True))]
    names = [heading for _, heading in book.sections]
    if names[-len(wanted):] != wanted or [name for name in names if name in wanted] != wanted:
        yield 0, f"the last sections must be {', '.join(wanted)}, each once, not {', '.join(names[-len(wanted):])}."


def exercise_cells(book):
    """Two to four exercises, untouched, and one prediction made before its outcome."""
    calls = {"check": [], "predict": [], "outcome": []}
    for n, cell in book.code:
        for verb, id in re.findall(r"exercises\.(check|predict|outcome)\(\s*[\"']([\w.]+)", cell.source):
            calls[verb].append((n, id))
            if id not in exercises.known():
                yield n, f"there is no exercise {id} in labkit/exercises."
            elif book.number and not id.startswith(book.number):
                yield n, f"the exercise {id} belongs to another notebook."
    if not 2 <= len(calls["check"]) <= 4:
        yield 0, f"{len(calls['check'])} exercises are checked; there must be two to four (exercises.check)."
    where = [n for n, heading in book.sections if heading == "Exercises"]
    for n, id in calls["check"]:
        if where and n < where[0]:
            yield n, f"exercise {id} stands above the section \"## Exercises\"."
        stored = book.node.cells[n - 1]
        text = "".join(output.get("text", "") for output in stored.outputs)
        if stored.execution_count and f"○ Exercise {id}" not in text:
            yield n, f"exercise {id} is stored with an answer: put the stub back, and run tools/store.py."
    predicted, happened = (dict((id, n) for n, id in calls[verb]) for verb in ("predict", "outcome"))
    if not predicted or set(predicted) != set(happened):
        yield 0, "the notebook needs one prediction: exercises.predict(…) and, further down, exercises.outcome(…)."
    for id in set(predicted) & set(happened):
        if happened[id] <= predicted[id]:
            yield happened[id], f"the outcome of {id} is shown before it can be predicted."


def cells(book):
    """Cells of a readable size, with no leftovers of tools."""
    for n, cell in book.cells:
        for tag in cell.metadata.get("tags", []):
            if tag not in TAGS:
                yield n, f"the tag \"{tag}\" means nothing here. There are {', '.join(sorted(TAGS))}."
        for key in {key for key, value in cell.metadata.items() if value != HIDDEN.get(key)} - {"tags"}:
            yield n, f"the cell's metadata holds \"{key}\", a leftover of a tool: run tools/store.py."
    lengths = [len(cell.source.splitlines()) for _, cell in book.code]
    if statistics.median(lengths or [0]) > MEDIAN_LINES:
        yield 0, f"half of the code cells have more than {MEDIAN_LINES} lines; about 6 is right."
    for (n, cell), length in zip(book.code, lengths, strict=True):
        if length > LINES:
            yield n, f"{length} lines of code, {LINES} at most. Split the cell, or move what it does into labkit."
        if "define" in cell.metadata.get("tags", []) and not all(
                isinstance(line, DEFINITIONS) for line in ast.parse(cell.source).body):
            yield n, "a cell with the tag \"define\" does more than import and define: split it."


def metadata(book):
    """Kernel, no widget state, and what the runner must know."""
    node = book.node.metadata
    if node.get("kernelspec", {}).get("name") != "python3":
        yield 0, "the kernel must be \"python3\": run tools/store.py."
    for key in set(node) - {"kernelspec", "language_info", "labkit"}:
        yield 0, f"the metadata holds \"{key}\", a leftover of a tool: run tools/store.py."
    if set(node.get("language_info", {})) - {"name", "file_extension", "mimetype", "pygments_lexer"}:
        yield 0, "language_info names this machine's Python: run tools/store.py."
    if len(book.raw) > NOTEBOOK_BYTES:
        yield 0, f"{len(book.raw) / 1e6:.1f} MB; the limit is {NOTEBOOK_BYTES / 1e6:.0f} MB. Show fewer pictures."
    about = book.about
    if not isinstance(about, dict) or not isinstance(about.get("datasets"), list) or "report" not in about:
        yield 0, ("the metadata lack labkit = {\"datasets\": [\"cifar10\"], \"report\": 4}: the image sets that it "
                  "loads and the report it is about, or null.")
        return
    for name in about["datasets"]:
        if name not in datasets.names():
            yield 0, f"the metadata name an unknown image set, {name!r}. There are {', '.join(datasets.names())}."


def _pictures(text):
    """Return (description, source) of the pictures of a piece of HTML; None for what is not given."""
    return [(tag.get("alt" if tag.name == "img" else "aria-label"), tag.get("src", ""))
            for tag in BeautifulSoup(text, "html.parser").find_all(["img", "svg", "canvas", "video"])]


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


RULES = (header, parameters, setup, sections, exercise_cells, cells, metadata, run, clean, described_outputs,
         described_markdown, no_machine)


if __name__ == "__main__":
    problems = [problem for path in sys.argv[1:] for problem in lint(path)]
    sys.exit("\n".join(map(str, problems)) or None)
