"""Notebooks that can be run: found by name, read, and what they are called with.

What a parameter may be is said by its comment: for whoever edits the cell, for ``labkit run`` and ``device.setup``.
"""

import ast
import difflib
import os
import re
import sys
import warnings
from collections import namedtuple
from pathlib import Path

from labkit import files
from labkit.errors import LabkitError

#: A notebook that can be run; ``parameters`` as papermill reads them, ``{NAME: {"default", "help", …}}``; ``datasets``:
#: None where its metadata do not say what it loads.
Notebook = namedtuple("Notebook", "path name title datasets parameters")

KINDS = {int: "a whole number", float: "a number", bool: "true or false", str: "text",
         type(None): "Python, with quotes around text"}  # of a default that says nothing
LINE = re.compile(r"^([A-Z_]+): (int|float|bool|str) = .*?# (.+)$", re.MULTILINE)  # of the parameters' cell
CHOICES = re.compile(r"(?:[\w.-]+ \| )+[\w.-]+")  # quick | laptop | full
RANGE = re.compile(r"(\d[\d,.]*) (?:or more|to (\d[\d,]*\.?\d*))")  # 2 to 16; 0 or more
SPECIAL = re.compile(r"; (\d+): ")  # 0: the profile's own number
MOST = 2**32 - 1


def find(names=()) -> list[Notebook]:
    """Return notebooks by path, stem or number, each once, in the order given; for no names the numbered ones. Raises
    LabkitError for an unknown name (with the nearest) or one of several, and for no notebook."""
    folder = files.home() / "notebooks"
    numbered = {path.stem: path for path in sorted(folder.glob("*.ipynb")) if re.match(r"\d\d_", path.name)}
    paths = []
    for name in map(str, names or numbered or [""]):
        if name.endswith(".ipynb") and Path(name).is_file():
            paths.append(Path(name).resolve())
            continue
        if not numbered:
            raise LabkitError(f"{folder} holds no numbered notebooks (NN_name.ipynb). Name one by its path, "
                              "for example: labkit run path/to/notebook.ipynb")
        fits = [stem for stem in numbered if name in (stem, stem[3:], stem[:2], f"{int(stem[:2])}")]
        if len(fits) != 1:
            near = difflib.get_close_matches(Path(name).stem, numbered, 3, 0.4) or [stem[:2] for stem in numbered]
            raise LabkitError(f"There is {'more than one' if fits else 'no'} notebook {name}. Type "
                              f"{' or '.join(fits or near)}, or a path. `labkit run --list` shows them all.")
        paths.append(numbered[fits[0]].resolve())
    paths = list(dict.fromkeys(paths))
    if len({path.stem for path in paths}) < len(paths):
        raise LabkitError("Two of these notebooks have one name, and so would their results: run them one by one, each "
                          "with its own --out.")
    return [_read(path) for path in paths]


def _read(path: Path) -> Notebook:
    import nbformat
    import papermill

    try:
        with warnings.catch_warnings(action="ignore"):  # cells without an id
            content = nbformat.reads(path.read_text(encoding="utf-8"), as_version=4)
            nbformat.validate(content)
        nbformat.writes(content).encode()
        about = content.metadata
        about.setdefault("kernelspec", {"name": "python3", "language": "python", "display_name": "Python 3"})
        about.setdefault("language_info", {"name": "python"})
        for language in (about.kernelspec.get("language", "python"), about.language_info.get("name", "python")):
            if language != "python":
                raise ValueError(f"it is for {language}")
        words = "\n".join(cell.source for cell in content.cells if cell.cell_type == "markdown")
        title = re.search(r"^# +(.+?) *$", words, re.MULTILINE)
        sets = about.get("labkit", {}).get("datasets")
        return Notebook(path, path.stem, title[1] if title else path.stem, sets if sets is None else tuple(sets),
                        papermill.inspect_notebook(content))
    except Exception as error:  # nbformat and papermill meet what is no notebook with a dozen kinds
        reason = (str(error) or type(error).__name__).splitlines()[0][:200]
        raise LabkitError(f"{path} is no Python notebook that can be run: {reason}. "
                          "Open it in JupyterLab and save it, or restore it from git.") from error


def assign(notebooks, pairs, profile="quick", named=True, say=print) -> dict[str, dict]:
    """Return what each notebook is called with, ``{notebook: {NAME: value}}``, from strings ``NAME=VALUE``. Notebooks
    that were ``named`` must all have a parameter, of others one. Raises LabkitError with what there is."""
    given = dict(pair.partition("=")[::2] for pair in pairs)
    if len(given) < len(pairs) or "PROFILE" in given or not all(re.match(r"[^\W\d]\w*=", pair) for pair in pairs):
        raise LabkitError(f"-p {' -p '.join(pairs)}: write each parameter once and as NAME=VALUE, for example "
                          "-p SEED=1, and the profile as --profile.")
    values = {notebook.name: {} for notebook in notebooks}
    for name, text in [("PROFILE", profile), *given.items()]:
        lacking = [notebook.name for notebook in notebooks if name not in notebook.parameters]
        if lacking and name != "PROFILE" and (named or len(lacking) == len(notebooks)):
            there = list(dict.fromkeys(known for notebook in notebooks for known in notebook.parameters))
            near = difflib.get_close_matches(name.upper(), there, 1, 0.5)
            raise LabkitError(f"{', '.join(lacking)}: there is no parameter {name}. There are {', '.join(there)}."
                              + (f" Did you mean {near[0]}?" if near else ""))
        if lacking and (name, text) != ("PROFILE", "quick"):
            say(f"{name}={text} changes nothing in {', '.join(lacking)}: there is no such parameter.")
        for notebook in notebooks:
            if name in notebook.parameters:
                values[notebook.name][name] = _value(notebook, name, text)
    return values


def _value(notebook: Notebook, name: str, text: str):
    entry = notebook.parameters[name]
    default = _literal(entry["default"])
    kind = float if entry["inferred_type_name"].strip() == "float" else type(default)
    value = text if kind is str else _literal(text.title() if kind is bool else text)
    if words := expected(value, kind, entry["help"]):
        raise LabkitError(f"{notebook.name}: -p {name}={text}: {name} is {words}, for example {name}={default}.")
    return float(value) if kind is float else value


def _literal(text: str):
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):  # the last two: ((((((…
        return None


def expected(value, kind, comment: str) -> str:
    """Say what a parameter must be, in words, when ``value`` is something else; "" when it is right."""
    if choices := CHOICES.match(comment):
        choices = choices[0].split(" | ")
        return "" if str(value) in choices else f"one of {', '.join(choices)}"
    words = KINDS.get(kind, f"Python of type {kind.__name__}")
    if kind is type(None):
        return words if value is None else ""
    if type(value) is not kind and not (kind is float and type(value) is int):
        return words
    if kind in (int, float) and (found := RANGE.search(comment)):
        least, most = (float((end or str(MOST)).replace(",", "")) for end in found.groups())
        others = SPECIAL.findall(comment)
        return "" if least <= value <= most or str(value) in others else ", or ".join([f"{words}, {found[0]}", *others])
    return ""


def headless() -> bool:
    """Tell whether nobody watches what runs here, so that papermill, nbval and logs get no progress bars:
    ``LABKIT_HEADLESS`` says so (1; 0: somebody does), or there is neither a kernel nor a terminal."""
    if said := os.environ.get("LABKIT_HEADLESS", "").strip():
        return said != "0"
    return "ipykernel" not in sys.modules and not sys.stderr.isatty()


def check_parameters() -> None:
    """Look at the parameters of the notebook that this kernel runs. Raises LabkitError for one that cannot be."""
    shell = "IPython" in sys.modules and sys.modules["IPython"].get_ipython()
    cells = [source for source in (shell.user_ns.get("In", ()) if shell else ()) if LINE.match(source)]
    for name, kind, comment in LINE.findall(cells[-1]) if cells else ():
        value = shell.user_ns[name]
        if words := expected(value, next(each for each in KINDS if each.__name__ == kind), comment):
            raise LabkitError(f"{name} = {value!r}: {name} is {words}. Change it, and run that cell again.")
