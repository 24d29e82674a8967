"""Names and types of ``-p NAME=VALUE``, checked against the notebooks before anything starts."""

import ast
import dataclasses
import difflib
import logging
import math
import re

from labkit.errors import LabkitError
from labkit.runner.discover import Notebook

# `quick | laptop | full`, perhaps quoted, at the beginning of a parameter's comment and closed by its end or a stop.
CHOICES = re.compile(r"""\s*(?P<all>[\w.+"'-]+(?:\s*\|\s*[\w.+"'-]+)+)\s*(?:$|[:;,(–—])""")
TRUE, FALSE = ("true", "yes", "on", "1"), ("false", "no", "off", "0")
ARTICLES = {"int": "a whole number", "float": "a number", "bool": "true or false", "str": "text"}


@dataclasses.dataclass(frozen=True, slots=True)
class Parameter:
    """One line of a notebook's cell tagged ``parameters``: ``NAME: type = default  # help``.

    Attributes:
        name: the variable.
        type: its annotation ("int", "float", "bool", "str", "list[int]", …), or the type of its default.
        default: the value that the file holds, as Python source.
        help: the comment.
        choices: the allowed values when the comment begins with ``a | b | c``, else empty.
    """

    name: str
    type: str
    default: str
    help: str
    choices: tuple = ()

    def parse(self, text: str):
        """Return ``text`` as a value of this parameter's type. Raises LabkitError saying what is expected."""
        try:
            value = _convert(text, self.type)
        except (ValueError, SyntaxError, TypeError) as error:
            expected = ARTICLES.get(self.type, f"Python of type {self.type}")
            hint = _whole_number_hint(text) if self.type == "int" else ""
            raise LabkitError(f"-p {self.name}={text}: {self.name} is {expected}, "
                              f"for example {self.name}={self._example()}.{hint}") from error
        if self.choices and value not in self.choices:
            allowed = ", ".join(map(str, self.choices))
            near = difflib.get_close_matches(str(value), map(str, self.choices), 1)
            raise LabkitError(f"-p {self.name}={text}: {self.name} is one of {allowed}."
                              + (f" Did you mean {near[0]}?" if near else ""))
        return value

    def _example(self):
        try:
            return ast.literal_eval(self.default)
        except (ValueError, SyntaxError):
            return self.default


def _convert(text: str, kind: str):
    if kind == "str":
        return text
    if kind == "int":
        return int(text)
    if kind == "float":
        value = float(text)
        if not math.isfinite(value):
            raise ValueError("not finite")
        return value
    if kind == "bool":
        if text.lower() in TRUE + FALSE:
            return text.lower() in TRUE
        raise ValueError("neither true nor false")
    value = ast.literal_eval(text)
    base = re.match(r"\w+", kind)
    known = {"list": list, "tuple": tuple, "dict": dict, "set": set}.get(base[0].lower() if base else "")
    if known and not isinstance(value, known):
        raise TypeError(f"not a {known.__name__}")
    return value


def _whole_number_hint(text: str) -> str:
    try:
        value = float(text)
    except ValueError:
        return ""
    return f" Write {int(value)}." if math.isfinite(value) and value == int(value) else ""


def inspect(notebook: Notebook) -> dict[str, Parameter]:
    """Return the parameters of a notebook, in the order of its cell tagged ``parameters``; empty without one.

    papermill reads the cell; what it cannot name a type for takes the type of its default.
    """
    import nbformat
    import papermill

    logging.getLogger("papermill").setLevel(logging.ERROR)  # it tells at INFO which file it reads
    try:
        content = nbformat.read(notebook.path, as_version=4)
        # A notebook without a kernel name is a Python notebook here; papermill would refuse to look into it.
        content.metadata.setdefault("kernelspec", {"name": "python3", "language": "python", "display_name": "Python 3"})
        content.metadata.setdefault("language_info", {"name": "python"})
        content.metadata.language_info.setdefault("name", "python")
        found = papermill.inspect_notebook(content)
    except (nbformat.ValidationError, nbformat.reader.NotJSONError, AttributeError, KeyError, ValueError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise LabkitError(f"{notebook.path} is not a valid notebook: {reason}. "
                          "Open it in JupyterLab and save it, or restore it from git.") from error
    return {name: _parameter(entry) for name, entry in found.items()}


def _parameter(entry: dict) -> Parameter:
    kind, default, comment = entry["inferred_type_name"].strip(), entry["default"], entry["help"].strip()
    if kind == "None":
        try:
            kind = type(ast.literal_eval(default)).__name__
        except (ValueError, SyntaxError):
            kind = "str"
    choices: tuple = ()
    if match := CHOICES.match(comment):
        words = [word.strip().strip("\"'") for word in match["all"].split("|")]
        try:
            values = tuple(_convert(word, kind) for word in words)
            # A comment whose alternatives leave out the default explains something else than the allowed values.
            choices = values if ast.literal_eval(default) in values else ()
        except (ValueError, SyntaxError, TypeError):
            choices = ()
    return Parameter(entry["name"], kind, default, comment, choices)


def split(pairs) -> dict[str, str]:
    """Split ``NAME=VALUE`` strings. Raises LabkitError for a missing name or =, and for a name given twice."""
    given: dict[str, str] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        name = name.strip()
        if not equals or not name.isidentifier():
            raise LabkitError(f"-p {pair}: write a parameter as NAME=VALUE, for example -p SEED=1")
        if name in given and given[name] != value:
            raise LabkitError(f"-p {name} is given twice, as {given[name]} and as {value}. Give it once.")
        given[name] = value
    return given


def assign(notebooks, pairs, profile: str, named: bool) -> tuple[dict[str, dict], list[str]]:
    """Decide what each notebook is called with.

    Args:
        notebooks: the notebooks that will run.
        pairs: strings ``NAME=VALUE``.
        profile: the value of PROFILE for the notebooks that have it.
        named: whether the notebooks were named one by one. Then every parameter must exist in each of them;
            otherwise in at least one, and it is passed to those that have it.

    Returns ``{name: {parameter: value}}`` and sentences for the reader (which notebooks get a parameter).
    Raises LabkitError naming the parameters there are and the nearest, or the type that was expected.
    """
    given = split(pairs)
    if (chosen := given.pop("PROFILE", profile)) != profile:
        raise LabkitError(f"-p PROFILE={chosen} and --profile {profile} disagree. Give --profile {chosen} alone.")
    known = {notebook.name: inspect(notebook) for notebook in notebooks}
    assigned: dict[str, dict] = {name: {} for name in known}
    notes = []
    for parameter, text in given.items():
        having = [name for name, parameters in known.items() if parameter in parameters]
        lacking = [name for name in known if name not in having]
        if not having or (named and lacking):
            raise _unknown(parameter, lacking, known)
        for name in having:
            assigned[name][parameter] = _told(name, known[name][parameter], text)
        if lacking:
            notes.append(f"{parameter}={text} goes to {', '.join(having)}; the other notebooks do not have it.")
    for name, parameters in known.items():
        if "PROFILE" in parameters:
            assigned[name]["PROFILE"] = _told(name, parameters["PROFILE"], profile)
        elif profile != "quick":
            notes.append(f"{name} has no parameter PROFILE: it runs the same in every profile.")
    return assigned, notes


def _told(name: str, parameter: Parameter, text: str):
    try:
        return parameter.parse(text)
    except LabkitError as error:
        raise LabkitError(f"{name}: {error}") from error


def _unknown(parameter: str, lacking: list[str], known: dict[str, dict]) -> LabkitError:
    name = lacking[0]
    own = known[name]
    if len(lacking) > 1 and len(lacking) == len(known):
        every = sorted({key for parameters in known.values() for key in parameters})
        who, there = "None of these notebooks has", f"They have {', '.join(every)}." if every else ""
    else:
        every = list(own)
        who = f"{', '.join(lacking)} {'does' if len(lacking) == 1 else 'do'} not have"
        there = f"{name} has {', '.join(own)}." if own else f"{name} has no cell tagged `parameters`."
    near = difflib.get_close_matches(parameter.upper(), every, 1, 0.5)
    return LabkitError(f"{who} the parameter {parameter}. {there}" + (f" Did you mean {near[0]}?" if near else ""))
