"""The ledger in a notebook: an HTML table for eyes and screen readers, the same as text elsewhere."""

import dataclasses
import html
import textwrap

from labkit import reports
from labkit.errors import LabkitError
from labkit.reports.ledger.query import OPEN, Row, rows, summary

# A sign beside the word, so that the column can be scanned; never a colour, which themes and eyes differ in.
SIGNS = {"confirmed": "✓", "differs": "≠", "refuted": "✗", "cannot be told": "?", OPEN: "…"}
CELL = ' style="text-align:left;vertical-align:top;white-space:normal"'
HEADS = ("Claim", "The report", "Ours", "Verdict", "Why")


@dataclasses.dataclass(frozen=True)
class Table:
    """Rows of the ledger that show themselves in a notebook and print as text."""

    caption: str
    rows: tuple[Row, ...]

    def __len__(self):
        return len(self.rows)

    def _repr_html_(self) -> str:
        """Return an HTML table with caption and scoped headers, in the colours of the page it stands in."""
        heads = "".join(f'<th scope="col"{CELL}>{head}</th>' for head in HEADS)
        body = "\n".join(self._html_row(row) for row in self.rows)
        caption = html.escape(f"{self.caption}. {summary(self.rows)}")
        return ('<div style="overflow-x:auto">\n<table style="table-layout:auto;width:100%">\n'
                f'<caption style="text-align:left;font-weight:bold;padding:0.5em 0">{caption}</caption>\n'
                f"<thead><tr>{heads}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table>\n</div>")

    @staticmethod
    def _html_row(row: Row) -> str:
        claim = (f'{html.escape(row.claim.text)}<br><small>report {row.report}, {html.escape(row.claim.place)} '
                 f"(<code>{html.escape(row.claim.id)}</code>)</small>")
        why = html.escape(row.reason) + (f"<br><small>Source: {html.escape(row.source)}</small>" if row.source else "")
        verdict = f'<span aria-hidden="true">{SIGNS[row.state]}</span> {html.escape(row.state)}'
        cells = (html.escape(row.stated), html.escape(row.ours), verdict, why)
        # Headers of rows are bold by default, and a whole sentence in bold is hard to read.
        head = f'<th scope="row"{CELL[:-1]};font-weight:normal">{claim}</th>'
        return f"<tr>{head}" + "".join(f"<td{CELL}>{cell}</td>" for cell in cells) + "</tr>"

    def __str__(self) -> str:
        lines = [self.caption]
        for row in self.rows:
            lines += ["", f"{SIGNS[row.state]} {row.state}: {row.claim.id}"]
            sides = (("the report", row.stated), ("ours", row.ours))
            numbers = "; ".join(f"{who}: {what}" for who, what in sides if what)
            for text in (row.claim.text, numbers, row.reason, row.source and f"Source: {row.source}"):
                lines += textwrap.wrap(text, 98, initial_indent="  ", subsequent_indent="  ")
        return "\n".join([*lines, "", summary(self.rows)])

    __repr__ = __str__


def table(notebook: str | None = None, report: int | None = None, system: str | None = None, ours=None) -> Table:
    """Return the ledger of a notebook, a report or a system as a table that a notebook shows.

    ``ours`` maps ids of claims to numbers (or words) computed just now, in the claim's unit: they are shown in the
    place of the recorded ones, with both where they differ. Raises LabkitError for names that have no claims, and
    for an id in ``ours`` that is not among the rows.
    """
    chosen = rows(report=report, notebook=notebook, system=system)
    live = dict(ours or {})
    shown = []
    for row in chosen:
        value = live.pop(row.claim.id, None)
        shown.append(dataclasses.replace(row, live=_plain(row.claim.id, value)) if value is not None else row)
    if live:
        raise LabkitError(f"ours names {', '.join(map(repr, live))}, which this table does not show. "
                          f"Its claims are: {', '.join(row.claim.id for row in chosen)}.")
    where = [name for name in (report and f"report {report}", system, notebook) if name]
    return Table("Ledger" + (f" of {', '.join(where)}" if where else ""), tuple(shown))


def markdown(chosen) -> str:
    """Return rows as a Markdown page with a table for each report: ``labkit ledger --markdown``, docs/ledger.md."""
    parts = ["# The ledger", "", "Every claim of the five reports that can be checked or discussed, and what became of "
             "it here. Written by `labkit ledger --markdown`.", "", summary(chosen)]
    for number in dict.fromkeys(row.report for row in chosen):
        mine = [row for row in chosen if row.report == number]
        parts += ["", f"## Report {number}: {reports.load(number).title}", "", summary(mine), "",
                  f"| {' | '.join(HEADS)} |", "|---" * len(HEADS) + "|", *map(_markdown_row, mine)]
    return "\n".join(parts) + "\n"


def _markdown_row(row: Row) -> str:
    why = row.reason + (f" *Source: {row.source}*" if row.source else "") + f" *Notebook: {row.notebook}*"
    cells = (f"{row.claim.text} `{row.claim.id}`", row.stated, row.ours, f"{SIGNS[row.state]} {row.state}", why)
    # A bar would end the cell; an angle bracket would begin a tag.
    return "| " + " | ".join(" ".join(cell.split()).replace("|", "\\|").replace("<", "&lt;") for cell in cells) + " |"


def _plain(id: str, value):
    """Turn NumPy and TensorFlow scalars into Python's numbers."""
    if not isinstance(value, int | float | str):
        value = value.numpy() if hasattr(value, "numpy") else value
        value = value.item() if hasattr(value, "item") and getattr(value, "size", 1) == 1 else value
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise LabkitError(f"ours[{id!r}] must be a number or a text, not {value!r}.")
    return value
