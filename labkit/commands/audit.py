"""``labkit audit``: the networks against the reports' tables."""

import json

import click

from labkit import models
from labkit.reports import audit


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
        for each in audits:
            click.echo(each.summary())
            for network in each.networks:
                click.echo()
                network.table(kinds=False).show()
            click.echo(f"\n{each.notes()}\n")
        stated, agreeing = sum(each.stated for each in audits), sum(each.agreeing for each in audits)
        click.echo(f"{agreeing} of {stated} stated rows and numbers come out exactly.")
    return 0 if all(each.ok for each in audits) else 1
