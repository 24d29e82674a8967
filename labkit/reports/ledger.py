"""The ledger: every claim of the reports with its verdict, our number, the reason and the source.

The claims stand in ``reportN.toml``, the verdicts in ``verdicts/reportN.toml``; how to add one: README.md beside them.
"""

import collections
import functools
import json
import re
from collections import namedtuple
from pathlib import Path

from labkit import files, reports
from labkit.errors import LabkitError, lookup
from labkit.reports import make, read
from labkit.tables import Table

SIGNS = {"confirmed": "✓", "differs": "≠", "refuted": "✗", "cannot be told": "?", "open": "…"}

#: What became of the claim of that id; README.md beside the verdicts explains the fields.
Verdict = namedtuple("Verdict", "claim verdict reason source ours notebook first compare",
                     defaults=[None, "", False, ()])
OPEN = Verdict(claim="", verdict="open", reason="", source="")


class Row(namedtuple("Row", "report claim verdict live", defaults=[None])):
    """A claim with its verdict; ``live`` is a number computed just now."""

    @property
    def state(self) -> str:
        return self.verdict.verdict

    @property
    def notebook(self) -> str:
        return self.verdict.notebook or self.claim.notebook

    @property
    def ours(self) -> str:
        """Our number, with the unit: the live one, and the recorded one if that is another."""
        recorded = number(self.verdict.ours, self.claim.unit)
        live = number(self.live, self.claim.unit)
        return f"{live} (recorded: {recorded})" if live and recorded not in ("", live) else live or recorded

    def cells(self) -> tuple[str, ...]:
        why = f"{self.verdict.reason}\nSource: {self.verdict.source}" if self.verdict is not OPEN else ""
        return (f"{self.claim.text}\nreport {self.report}, {self.claim.place} ({self.claim.id})",
                number(self.claim.value, self.claim.unit), self.ours, f"{SIGNS[self.state]} {self.state}", why)


ORDER = ("refuted", "differs", "open", "cannot be told", "confirmed")
HEAD = ("Claim", "The report", "Ours", "Verdict", "Why")


@functools.cache
def verdicts() -> dict[str, Verdict]:
    """Return all verdicts by the id of their claim."""
    files = [read(f"verdicts/report{number}.toml") for number in reports.NUMBERS]
    return {row["claim"]: make(Verdict, row) for file in files for row in file["verdicts"]}


def rows(report: int | None = None, notebook: str | None = None, system: str | None = None) -> tuple[Row, ...]:
    """Return the claims of that report (1 to 5), notebook (file stem) and system (key), in the reports' order. Raises
    LabkitError, with the nearest names, where there is none."""
    number = report if report is None else reports.load(report).number
    every = [Row(each, claim, verdicts().get(claim.id, OPEN)) for each in reports.NUMBERS
             for claim in reports.load(each).claims]
    if notebook is not None:
        lookup(notebook, {name: name for row in every for name in (row.claim.notebook, row.notebook)},
              "notebook with claims")
    if system is not None:
        lookup(system, {row.claim.system: row for row in every if row.claim.system}, "system with claims")
    return tuple(row for row in every if number in (None, row.report)
                 and notebook in (None, row.claim.notebook, row.notebook) and system in (None, row.claim.system))


def summary(chosen) -> str:
    """Return one line that counts the rows by verdict."""
    found = collections.Counter(row.state for row in chosen)
    parts = [f"{found[state]} {'differ' if state == 'differs' and found[state] > 1 else state}"
             for state in SIGNS if found[state]]
    total = found.total()
    return f"{total} claim{'s' * (total != 1)}{': ' * bool(parts)}{', '.join(parts)}."


class Folded(namedtuple("Folded", "shown rest")):
    """Two tables: the second is folded in HTML, and only counted elsewhere."""

    def __repr__(self):
        return f"{self.shown}\n\n{self.rest.caption}"

    def _repr_html_(self):
        return (f"{self.shown._repr_html_()}\n<details><summary>{self.rest.caption}</summary>\n"
                f"{self.rest._repr_html_()}\n</details>")

    def show(self) -> None:
        """Print the first table as wide as the terminal, and how many more rows there are."""
        self.shown.show()
        print(f"\n{self.rest.caption}")


def table(notebook: str, ours=None) -> Table | Folded:
    """Return the ledger of a notebook (file stem): the claims worth reading first, the others folded. ``ours``: id of a
    claim -> number (or words) computed just now, in the claim's unit. Raises LabkitError for unknown names."""
    chosen = {row.claim.id: row for row in rows(notebook=notebook)}
    for id, value in (ours or {}).items():
        row = lookup(id, chosen, "claim in this table")
        value = value.numpy() if hasattr(value, "numpy") else value
        value = value.item() if getattr(value, "size", 0) == 1 else value
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            raise LabkitError(f"ours[{id!r}] must be a number or a text, not {value!r}.")
        chosen[id] = row._replace(live=value)
    return tabulate(chosen.values(), f"Ledger of {notebook}")


def tabulate(chosen, caption: str, every: bool = False) -> Table | Folded:
    """Return rows as one table with a caption, or, unless ``every``, those worth reading first before the others."""
    first, rest = split(chosen)
    if every or not first or not rest:
        first, rest = list(chosen), []
    shown = Table(f"{caption}. {summary(chosen)}", HEAD, tuple(row.cells() for row in first))
    others = f"The others stand in docs/ledger.md: {summary(rest)}"
    return Folded(shown, Table(others, HEAD, tuple(row.cells() for row in rest))) if rest else shown


def split(chosen) -> tuple[list[Row], list[Row]]:
    """Return the rows to be read first and the others, both in ORDER."""
    ranked = sorted(chosen, key=lambda row: ORDER.index(row.state))
    first = [row for row in ranked if row.verdict.first]
    return first, [row for row in ranked if row not in first]


def markdown(chosen) -> str:
    """Return rows as a page (docs/ledger.md) by report and verdict, with links; less surprising rows are folded."""
    _, _, rules = (Path(__file__).parent / "verdicts" / "README.md").read_text("utf-8").partition("## The rules\n\n")
    parts = ["# The ledger\n", "Every claim of the five reports that can be checked or discussed, and what became of "
             "it here. Written by `labkit ledger --markdown`.\n", rules, f"{summary(chosen)}\n"]
    for report in dict.fromkeys(row.report for row in chosen):
        mine = [row for row in chosen if row.report == report]
        parts += [f"## Report {report}: {reports.load(report).title}\n", f"{summary(mine)}\n"]
        for state in sorted({row.state for row in mine}, key=ORDER.index):
            first, rest = split(row for row in mine if row.state == state)
            if state in ("refuted", "differs"):
                first, rest = first + rest, []
            parts += [f"### Report {report}, {state}\n", *([_page_rows(first)] if first else [])]
            if rest:
                parts += [f"<details><summary>{'The others' if first else 'All'}: {len(rest)}</summary>\n",
                          _page_rows(rest), "</details>\n"]
    return "\n".join(parts)


def _page_rows(chosen) -> str:
    cells = ((*row.cells(), f"[{row.notebook[:2]}](../notebooks/{row.notebook}.ipynb)") for row in chosen)
    text = Table("", (*HEAD, "Notebook"), tuple(cells)).markdown()
    return re.sub(r"(?<![\w/(])(?:data|notebooks|tests)/[\w./-]+\.(?:json|ipynb|py)\b", r"[\g<0>](../\g<0>)", text)


def stale() -> tuple[str, ...]:
    """Return a sentence for each verdict whose source under data/results is gone or says another number."""
    found = []
    for verdict in verdicts().values():
        file, _, keys = verdict.source.partition("#")
        if not re.fullmatch(r"data/results/\S+\.json", file):
            continue
        try:
            value = json.loads((files.home() / file).read_text(encoding="utf-8"))
            for key in filter(None, re.split(r"(?<!\d)\.|\.(?!\d)", keys)):  # "dropout 0.4" is one key
                value = value[int(key)] if isinstance(value, list) else value[key]
        except (OSError, ValueError, LookupError, TypeError) as error:
            found.append(f"{verdict.claim}: {verdict.source} cannot be read: {error!r}.")
            continue
        if isinstance(value, int | float) and "e" not in (digits := repr(verdict.ours)):  # those it is written with
            value = round(float(value), len(digits.partition(".")[2]))
        if keys and verdict.ours != value:
            found.append(f"{verdict.claim}: the ledger says {verdict.ours!r}, {verdict.source} says {value!r}.")
    return tuple(found)


def number(value, unit: str | None) -> str:
    """Write a value for people: thousands separated, four significant digits, its unit behind it."""
    if value is None or isinstance(value, str):
        return value or ""
    text = format(value, ",.0f" if isinstance(value, int) or abs(value) >= 10_000 else ",.4g")
    return f"{text} {unit}" if unit else text
