"""``labkit ledger``: every claim of the reports with its verdict."""

import dataclasses
import json

import click

from labkit.reports import ledger


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
    ledger.tabulate(rows, "Ledger").show()
    for sentence in ledger.stale():
        click.echo(f"Out of date: {sentence}")


def _plain(row) -> dict:
    verdict = dataclasses.asdict(row.verdict) if row.verdict else None
    return {"report": row.report, "state": row.state, "claim": dataclasses.asdict(row.claim), "verdict": verdict}
