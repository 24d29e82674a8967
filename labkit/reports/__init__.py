"""The five reports as data: layer tables, totals, hyperparameters and claims, as the reports state them.

Each report is one TOML file beside this module. Nothing in them is computed or corrected: what we found when we
rebuilt the systems stands in ``reports.ledger``. A table's row is ["name", "KerasClass", "(None, 16, 16, 64)", params].

    reports.load(4).title
    reports.system("cifar-dcgan").network("generator").total      # 1439168
    reports.system("cifar-dcgan").setting("batch_size").value     # 256
    reports.claim("r4-m2-g-total").text
"""

import difflib
import functools
from pathlib import Path

from labkit.errors import LabkitError
from labkit.reports.loader import parse
from labkit.reports.schema import KINDS, PAPERS, ROLES, Claim, Layer, Network, Report, Setting, System

__all__ = ["KINDS", "NUMBERS", "PAPERS", "ROLES", "Claim", "Layer", "Network", "Report", "Setting", "System",
           "all_reports", "claim", "load", "parse", "system"]

NUMBERS = (1, 2, 3, 4, 5)


@functools.cache
def load(number: int) -> Report:
    """Return report ``number``, 1 to 5. Raises LabkitError for another number or a malformed file."""
    if number not in NUMBERS:
        raise LabkitError(f"There is no report {number!r}; the reports are {', '.join(map(str, NUMBERS))}.")
    path = Path(__file__).with_name(f"report{number}.toml")
    raw = path.read_bytes()
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise LabkitError(f"{path.name}, line {line}: this is not UTF-8; save the file as UTF-8.") from error
    report = parse(text, path.name)
    if report.number != number:
        raise LabkitError(f"{path.name}, line 1: the file says it is report {report.number}; write number = {number}.")
    return report


def all_reports() -> tuple[Report, ...]:
    """Return the five reports in order."""
    return tuple(load(number) for number in NUMBERS)


def system(key: str) -> System:
    """Return the system of that key ("cifar-dcgan"). Raises LabkitError with the nearest keys."""
    systems = {each.key: each for report in all_reports() for each in report.systems}
    return systems[_known(key, systems, "system of a report")]


def claim(id: str) -> Claim:
    """Return the claim of that id ("r4-m2-g-total"). Raises LabkitError with the nearest ids."""
    claims = {each.id: each for report in all_reports() for each in report.claims}
    return claims[_known(id, claims, "claim")]


def _known(name: str, names, what: str) -> str:
    if name in names:
        return name
    near = difflib.get_close_matches(str(name), names, n=3, cutoff=0.4) or sorted(names)[:10]
    raise LabkitError(f"There is no {what} called {name!r}. The nearest: {', '.join(near)}.")
