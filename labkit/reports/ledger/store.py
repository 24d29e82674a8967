"""Verdicts: their file format, their checks, and whether their sources still say the same."""

import functools
import json
import re
from dataclasses import dataclass
from pathlib import Path

from labkit import files, reports
from labkit.errors import LabkitError
from labkit.reports.lines import Located
from labkit.reports.loader import Entry

VERDICTS = ("confirmed", "differs", "refuted", "cannot be told")
RESULTS = re.compile(r"(data/results/[^#\s]+\.json)(?:#(\S+))?")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a claim. ``claim`` is its id, ``verdict`` one of VERDICTS.

    ``ours`` is our number in the claim's unit, a few words, or None; ``notebook`` the stem of the file that shows
    it, ``source`` the results file, code, paper or page that it comes from.
    """

    claim: str
    verdict: str
    ours: int | float | str | None
    reason: str
    notebook: str
    source: str


def parse(text: str, filename: str, number: int) -> dict[str, Verdict]:
    """Read the verdicts on report ``number`` from the text of their TOML file; keys are the claims' ids.

    Raises LabkitError with file name and line for anything malformed: bad TOML, unknown or missing keys, a claim
    that the report does not make, two verdicts on one claim, an unknown verdict.
    """
    located = Located(text, filename)
    entry = Entry(located, (), located.table)
    claims = {claim.id: claim for claim in reports.load(number).claims}
    found: dict[str, Verdict] = {}
    for each in entry.entries("verdicts"):
        id = each.get("claim", str)
        if id not in claims:
            raise each.error(f"report {number} makes no claim {id!r}; the ids stand in labkit/reports/"
                             f"report{number}.toml.", "claim")
        if id in found:
            raise each.error(f"there is a verdict on {id!r} already; keep one of the two.", "claim")
        found[id] = Verdict(
            claim=id,
            verdict=each.one_of("verdict", VERDICTS),
            ours=each.get("ours", int, float, str, default=None),
            reason=each.text("reason"),
            notebook=(each.matching("notebook", r"\d\d_[a-z0-9_]+", "06_cifar_dcgan") if "notebook" in each.table
                      else claims[id].notebook),
            source=each.text("source"),
        )
        each.asked.add("notebook")
        each.done()
    entry.done()
    return found


@functools.cache
def verdicts() -> dict[str, Verdict]:
    """Return all verdicts by the id of their claim. Raises LabkitError when a file is malformed."""
    found = {}
    for number in reports.NUMBERS:
        path = Path(__file__).parent.parent / "verdicts" / f"report{number}.toml"
        found |= parse(path.read_text(encoding="utf-8"), f"verdicts/{path.name}", number)
    return found


def stale() -> tuple[str, ...]:
    """Return a sentence for each verdict whose source under data/results is gone or says another number."""
    return tuple(filter(None, map(_stale, verdicts().values())))


def _stale(verdict: Verdict) -> str | None:
    found = RESULTS.fullmatch(verdict.source)
    if not found:
        return None
    path = files.home() / found[1]
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
        for key in found[2].split(".") if found[2] else ():
            value = value[int(key)] if isinstance(value, list) else value[key]
    except FileNotFoundError:
        return f"{verdict.claim}: its source {found[1]} does not exist."
    except json.JSONDecodeError as error:
        raise LabkitError(f"{path}, line {error.lineno}: this is not valid JSON: {error.msg}.") from error
    except (KeyError, IndexError, ValueError, TypeError):
        return f"{verdict.claim}: {found[1]} has no {found[2]!r}."
    if found[2] and not _same(verdict.ours, value):
        return f"{verdict.claim}: the ledger says {verdict.ours!r}, {verdict.source} says {value!r}."
    return None


def _same(ours, value) -> bool:
    """Whether ``value``, rounded to the digits that ``ours`` is written with, is ``ours``."""
    if isinstance(ours, str) or isinstance(value, str) or ours is None or value is None:
        return ours == value
    _, _, decimals = repr(ours).partition(".")
    return round(float(value), len(decimals)) == ours if "e" not in repr(ours) else float(value) == ours
