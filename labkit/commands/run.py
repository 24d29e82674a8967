"""``labkit run``: notebooks executed headlessly."""

import signal
from pathlib import Path

import click

from labkit import files
from labkit import run as runs


@click.command("run")
@click.argument("notebooks", nargs=-1, metavar="[NOTEBOOK]…")
@click.option("--profile", type=click.Choice(list(runs.PROFILES)), default="quick", show_default=True,
              help="quick: about a minute a notebook; laptop: up to half an hour; full: the reports' own settings.")
@click.option("-p", "--parameter", "parameters", multiple=True, metavar="NAME=VALUE",
              help="Change a parameter, for instance -p SEED=1. May be repeated; --list shows what there is.")
@click.option("--jobs", type=click.IntRange(min=1), default=1, show_default=True, help="Notebooks at once.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path),
              help="Folder for executed notebooks, pages and the summary.  [default: build/ of the clone]")
@click.option("--timeout", type=click.FloatRange(min=0), metavar="SECONDS",
              help="Longest time for one cell; 0: none.  [default: quick 10 min, laptop 2 h, full 168 h]")
@click.option("--list", "only_list", is_flag=True, help="Show the notebooks and their parameters, and stop.")
def command(notebooks, profile, parameters, jobs, out, timeout, only_list):
    """Execute notebooks: by path, by name (06_cifar_dcgan) or by number (6); all of them when none is named.

    The results go to --out: the executed notebooks, a page for each, index.html and summary.json. A notebook that
    fails does not stop the others, and does not replace its last good result. Exit status: 0 when all ended well,
    1 when one did not, 2 for wrong arguments, 130 after Ctrl-C.
    """
    if only_list:
        for notebook in runs.find(notebooks):
            click.echo(f"{notebook.name}: {notebook.title}")
            for name, entry in notebook.parameters.items():
                click.echo(f"    {f'{name} = ' + entry['default']:<32}  # {entry['help']}")
            click.echo(f"    images: {', '.join(notebook.datasets or ['not said'])}")
        return 0
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    summary = runs.run(notebooks, out := out or files.home() / "build", profile, parameters, jobs, timeout)
    for row in summary["notebooks"]:
        if row["error"]:
            click.echo(f"\n{runs.problem(row)}")
    good = sum(row["status"] == "ok" for row in summary["notebooks"])
    click.echo(f"{good} of {len(summary['notebooks'])} notebooks ended well. Open {out / 'index.html'}")
    return 130 if summary["run"]["interrupted"] else 0 if summary["run"]["ok"] else 1
