"""``labkit ledger``: every claim of the reports with its verdict."""

import dataclasses
import json

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from labkit.reports import ledger

STYLES = {"confirmed": "green", "differs": "yellow", "refuted": "red", "cannot be told": "cyan", "open": "bold"}


@click.command(short_help="Every claim of the reports with its verdict.")
@click.option("--report", type=click.IntRange(1, 5), help="Only this report, 1 to 5.")
@click.option("--notebook", metavar="STEM", help="Only what this notebook shows, for example 06_cifar_dcgan.")
@click.option("--system", metavar="KEY", help="Only this system, for example cifar-dcgan.")
@click.option("--open", "only_open", is_flag=True, help="Only claims without a verdict.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
@click.option("--markdown", "as_markdown", is_flag=True, help="Print a Markdown page, as docs/ledger.md is.")
def command(report, notebook, system, only_open, as_json, as_markdown):
    """Print every claim of the five reports with its verdict, our number and the reason."""
    if as_json and as_markdown:
        raise click.UsageError("--json and --markdown are two formats: choose one.")
    notebook = notebook.removesuffix(".ipynb") if notebook else None
    rows = ledger.rows(report=report, notebook=notebook, system=system)
    if only_open:
        rows = tuple(row for row in rows if row.state == "open")
    if as_json:
        click.echo(json.dumps({"counts": ledger.counts(rows), "rows": [_plain(row) for row in rows]}, indent=2))
        return
    if as_markdown:
        click.echo(ledger.markdown(rows), nl=False)
        return
    console = Console()
    if not console.is_terminal:
        console = Console(width=140)  # a pipe or a file has no width of its own
    if rows:
        console.print(_table(rows))
    console.print(ledger.summary(rows), highlight=False)
    for sentence in ledger.stale():
        console.print(Text(f"Out of date: {sentence}"))


def _plain(row) -> dict:
    verdict = dataclasses.asdict(row.verdict) if row.verdict else None
    return {"report": row.report, "state": row.state, "claim": dataclasses.asdict(row.claim), "verdict": verdict}


def _table(rows) -> Table:
    table = Table(show_lines=True)
    table.add_column("Claim", ratio=5)
    table.add_column("The report", ratio=2)
    table.add_column("Ours", ratio=2)
    table.add_column("Verdict", no_wrap=True)
    table.add_column("Why", ratio=6)
    for row in rows:
        # Text, not str: quotations contain square brackets, which rich would read as markup.
        claim = Text(row.claim.text).append(f"\n{row.claim.id}", style="dim")
        verdict = Text(row.state, style=STYLES[row.state])
        why = Text(row.reason).append(f"\n{row.notebook}" if row.reason else row.notebook, style="dim")
        table.add_row(claim, Text(row.stated), Text(row.ours), verdict, why)
    return table
