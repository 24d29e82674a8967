"""``labkit audit``: the networks against the reports' tables."""

import json

import click
from rich import box
from rich.console import Console
from rich.table import Table

from labkit import models
from labkit.reports import audit
from labkit.reports.audit import show


@click.command(name="audit", short_help="Compare the networks with the reports' tables.")
@click.argument("keys", nargs=-1, metavar="[KEY]…")
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON.")
def command(keys, as_json):
    """Compare the networks with the reports' tables, number by number.

    Without a KEY all systems are compared. The exit code is 1 when a stated number does not come out.
    """
    for key in keys:
        models.spec(key)
    audits = [audit.audit(key) for key in keys or models.keys()]
    if as_json:
        click.echo(json.dumps([each.to_dict() for each in audits], indent=2, ensure_ascii=False))
    else:
        console = Console(highlight=False)
        for each in audits:
            _print(console, each)
        stated, agreeing = sum(each.stated for each in audits), sum(each.agreeing for each in audits)
        console.print(f"{agreeing} of {stated} stated rows and numbers come out exactly.", style="bold")
    return 0 if all(each.ok for each in audits) else 1


def _print(console, audited):
    console.rule(audited.key)
    console.print(show.summary(audited), markup=False)
    for network in audited.networks:
        table = Table(title=show.caption(network), title_justify="left", title_style="bold",
                      box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1))
        for i, name in enumerate(show.HEADER):
            if name != "class":  # the layer's name tells it, and the table fits into 80 columns
                table.add_column(name, justify="right" if i in (3, 4) else "left", overflow="fold")
        for row in network.rows:
            name, _, *middle, verdict = show.cells(row)
            table.add_row(name, *middle, "; ".join(filter(None, [verdict, show.details(row)])),
                          style=_style(row.verdict))
        table.add_section()
        for count in network.counts:
            table.add_row(count.what, "", show.number(count.stated), show.number(count.built),
                          show.mark(count.verdict), style=_style(count.verdict))
        console.print(table)
    for finding in audited.findings:
        console.print(f"• {finding.kind}: {finding.text}", markup=False)
    console.print()


def _style(verdict):
    return {"agrees": None, "not stated": "dim"}.get(verdict, "bold red")
