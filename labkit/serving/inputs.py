"""What a request may ask for, checked before anything is computed. One table serves the checks and the description."""

import difflib
import re
from dataclasses import dataclass

MOST = 16  # pictures in one request: report 4's page takes 1 to 16 noises
SEEDS = 2**32  # seeds are 0 … 2**32 - 1
FORMATS = ("png", "json")
COUNT, SEED = 8, 0  # what is taken when n or seed is left out


class Invalid(Exception):
    """A query that cannot be answered: the message says why, ``parameter`` names the one to mend."""

    def __init__(self, parameter: str, reason: str):
        super().__init__(reason)
        self.parameter, self.reason = parameter, reason


@dataclass(frozen=True, slots=True)
class Wanted:
    """A checked request: ``n`` pictures by ``model`` from the noise of ``seed``, as ``format``."""

    n: int
    seed: int
    model: str
    format: str = "png"


def schemas(models) -> dict[str, dict]:
    """Return the JSON schema of each query parameter of ``/api/v1/images``; models: the keys that are served."""
    return {
        "n": {"type": "integer", "minimum": 1, "maximum": MOST, "default": COUNT},
        "seed": {"type": "integer", "minimum": 0, "maximum": SEEDS - 1, "default": SEED},
        "model": {"type": "string", "enum": list(models), "default": next(iter(models))},
        "format": {"type": "string", "enum": list(FORMATS), "default": FORMATS[0]},
    }


def read(query, models) -> Wanted:
    """Check a query, a werkzeug MultiDict of strings; models: the keys that are served, the default first.

    Raises Invalid for a parameter that is unknown, given twice, no whole number, or out of range.
    """
    allowed = schemas(models)
    values = {}
    for name in query:
        if name not in allowed:
            near = difflib.get_close_matches(name, allowed, n=1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            raise Invalid(shown(name), f"There is no parameter {shown(name)!r}.{hint} There are {', '.join(allowed)}.")
        if len(query.getlist(name)) > 1:
            raise Invalid(name, f"{name} is given {len(query.getlist(name))} times. Give it once.")
    for name, schema in allowed.items():
        text = query.get(name)
        values[name] = schema["default"] if text is None else _value(name, text, schema)
    return Wanted(**values)


def _value(name, text, schema):
    if "enum" in schema:
        if text not in schema["enum"]:
            raise Invalid(name, f"{name} is one of {', '.join(schema['enum'])}, not {shown(text)!r}.")
        return text
    low, high = schema["minimum"], schema["maximum"]
    # Not int(): it also takes " 7", "+7", "1_0" and the digits of other scripts, and a million digits.
    if not re.fullmatch(r"[0-9]{1,20}", text, re.ASCII):
        raise Invalid(name, f"{name} is a whole number from {low} to {high}, not {shown(text)!r}.")
    if not low <= int(text) <= high:
        raise Invalid(name, f"{name} is a whole number from {low} to {high}; {int(text)} is out of range.")
    return int(text)


def shown(text: str, most: int = 40) -> str:
    """Return a stranger's text short and printable, fit for an error message."""
    text = "".join(c if c.isprintable() else "·" for c in text[: most + 1])
    return text if len(text) <= most else text[:most] + "…"
