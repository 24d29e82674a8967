"""``labkit run``: notebooks executed headlessly."""

from pathlib import Path

import click

from labkit.runner.jobs import PROFILES, TIMEOUTS


@click.command("run")
@click.argument("notebooks", nargs=-1, metavar="[NOTEBOOK]…")
@click.option("--profile", type=click.Choice(PROFILES), default="quick", show_default=True,
              help="quick: about a minute a notebook; laptop: up to half an hour; full: the reports' own settings.")
@click.option("-p", "--parameter", "parameters", multiple=True, metavar="NAME=VALUE",
              help="Change a parameter, for instance -p SEED=1. May be repeated; --list shows what there is.")
@click.option("--jobs", type=click.IntRange(min=1), default=1, show_default=True, help="Notebooks at once.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path),
              help="Folder for executed notebooks, pages and the summary.  [default: build/ of the clone]")
@click.option("--timeout", type=click.FloatRange(min=0), metavar="SECONDS",
              help="Longest time for one cell; 0: none.  [default: "
                   + ", ".join(f"{name} {limit / 3600:g} h" if limit >= 3600 else f"{name} {limit / 60:g} min"
                               for name, limit in TIMEOUTS.items()) + "]")
@click.option("--fail-fast", is_flag=True, help="Start no further notebook after one has failed.")
@click.option("--no-fetch", is_flag=True, help="Do not fetch image sets first, and leave the notebooks online.")
@click.option("--list", "only_list", is_flag=True, help="Show the notebooks and their parameters, and stop.")
def command(notebooks, profile, parameters, jobs, out, timeout, fail_fast, no_fetch, only_list):
    """Execute notebooks: by path, by name (06_cifar_dcgan) or by number (6); all of them when none is named.

    The results go to --out: the executed notebooks, a page for each, index.html and summary.json. A notebook that
    fails does not stop the others, and does not replace its last good result. Exit status: 0 when all ended well,
    1 when one did not, 2 for wrong arguments, 130 after Ctrl-C.
    """
    from labkit import runner
    from labkit.runner import screen

    if only_list:
        _list(runner, notebooks)
        return 0
    listener = screen.choose()
    try:
        report = runner.run(notebooks, profile, parameters, out, jobs, timeout, fail_fast, not no_fetch, listener)
    finally:
        listener.close()
    if report.interrupted:
        return 130
    return 0 if report.ok else 1


def _list(runner, names) -> None:
    for notebook in runner.find(names):
        click.echo(f"{notebook.name}: {notebook.title}")
        for parameter in runner.inspect(notebook).values():
            text = f"    {parameter.name}: {parameter.type} = {parameter.default}"
            click.echo(f"{text:<36}  # {parameter.help}" if parameter.help else text)
        if notebook.datasets:
            click.echo(f"    images: {', '.join(notebook.datasets)}")
