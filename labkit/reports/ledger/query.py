"""Claims joined with their verdicts, and which of them one asks for."""

import collections
import difflib
from dataclasses import dataclass

from labkit import reports
from labkit.errors import LabkitError
from labkit.reports import Claim
from labkit.reports.ledger.store import VERDICTS, Verdict, verdicts

OPEN = "open"


@dataclass(frozen=True, slots=True)
class Row:
    """A claim with its verdict (None: open); ``live`` is a number computed just now, shown instead of ours."""

    report: int
    claim: Claim
    verdict: Verdict | None
    live: int | float | str | None = None

    @property
    def state(self) -> str:
        """The verdict in a word or three, or "open"."""
        return self.verdict.verdict if self.verdict else OPEN

    @property
    def stated(self) -> str:
        """What the report says, with its unit; empty where it is no number or word."""
        return number(self.claim.value, self.claim.unit)

    @property
    def ours(self) -> str:
        """Our number, with the unit; the live one first where there is one, the recorded one too if it differs."""
        recorded = number(self.verdict.ours, self.claim.unit) if self.verdict else ""
        if self.live is None:
            return recorded
        live = number(self.live, self.claim.unit)
        return live if recorded in ("", live) else f"{live} (recorded: {recorded})"

    @property
    def reason(self) -> str:
        """Why the verdict is what it is; empty while the claim is open."""
        return self.verdict.reason if self.verdict else ""

    @property
    def source(self) -> str:
        """Where our number comes from."""
        return self.verdict.source if self.verdict else ""

    @property
    def notebook(self) -> str:
        """The stem of the notebook that shows it."""
        return self.verdict.notebook if self.verdict else self.claim.notebook


def number(value, unit: str | None) -> str:
    """Write a value for people: thousands separated, four significant digits, its unit behind it."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    text = format(value, ",.0f" if isinstance(value, int) or abs(value) >= 10_000 else ",.4g")
    return f"{text} {unit}" if unit else text


def rows(report: int | None = None, notebook: str | None = None, system: str | None = None) -> tuple[Row, ...]:
    """Return the claims, in the reports' order, of that report (1 to 5), notebook (file stem) and system (key).

    Raises LabkitError, with the nearest names, for a report, notebook or system of which there is no claim.
    """
    numbers = reports.NUMBERS if report is None else (reports.load(report).number,)
    every = [Row(each, claim, verdicts().get(claim.id)) for each in reports.NUMBERS
             for claim in reports.load(each).claims]
    if notebook is not None:
        _known(notebook, {name for row in every for name in (row.claim.notebook, row.notebook)}, "notebook")
    if system is not None:
        _known(system, {row.claim.system for row in every if row.claim.system}, "system")
    return tuple(row for row in every if row.report in numbers
                 and notebook in (None, row.claim.notebook, row.notebook) and system in (None, row.claim.system))


def summary(chosen) -> str:
    """Return one line that counts the rows by verdict."""
    counted = counts(chosen)
    parts = [f"{number} {'differ' if state == 'differs' and number > 1 else state}"
             for state, number in counted.items() if number]
    total = sum(counted.values())
    return f"{total} claim{'' if total == 1 else 's'}" + (": " + ", ".join(parts) if parts else "") + "."


def counts(chosen) -> dict[str, int]:
    """Return how many rows have each verdict, "open" last; all five keys are always there."""
    found = collections.Counter(row.state for row in chosen)
    return {state: found[state] for state in (*VERDICTS, OPEN)}


def _known(name, names, what: str) -> None:
    if name not in names:
        near = difflib.get_close_matches(str(name), names, n=3, cutoff=0.4) or sorted(names)
        raise LabkitError(f"No claim belongs to the {what} {name!r}. The nearest: {', '.join(near)}.")
