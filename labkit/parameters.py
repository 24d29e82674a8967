"""What a notebook's parameter may be is said by its comment: for whoever edits the cell, and to ``labkit run``."""

import re
import sys

from labkit.errors import LabkitError

KINDS = {int: "a whole number", float: "a number", bool: "true or false", str: "text",
         type(None): "Python, with quotes around text"}  # of a default that says nothing
LINE = re.compile(r"^([A-Z_]+): (int|float|bool|str) = .*?# (.+)$", re.MULTILINE)  # of the parameters' cell
CHOICES = re.compile(r"(?:[\w.-]+ \| )+[\w.-]+")  # quick | laptop | full
RANGE = re.compile(r"(\d[\d,.]*) (?:or more|to (\d[\d,]*\.?\d*))")  # 2 to 16; 0 or more
SPECIAL = re.compile(r"; (\d+): ")  # 0: the profile's own number
MOST = 2**32 - 1


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


def check() -> None:
    """Look at the parameters of the notebook that this kernel runs. Raises LabkitError for one that cannot be."""
    shell = "IPython" in sys.modules and sys.modules["IPython"].get_ipython()
    cells = [source for source in (shell.user_ns.get("In", ()) if shell else ()) if LINE.match(source)]
    for name, kind, comment in LINE.findall(cells[-1]) if cells else ():
        value = shell.user_ns[name]
        if words := expected(value, next(each for each in KINDS if each.__name__ == kind), comment):
            raise LabkitError(f"{name} = {value!r}: {name} is {words}. Change it, and run that cell again.")
