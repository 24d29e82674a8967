"""``labkit``: thin, over the rest of the package, which each verb imports only when it is called."""

import importlib.util
import os
import signal
import sys
from pathlib import Path

import click

import labkit
from labkit import files
from labkit.cli import verbs
from labkit.errors import LabkitError


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(labkit.__version__, prog_name="labkit")
def cli():
    """Image Generation Labs: notebooks that draw pictures and measure whether they are any good."""


def main(arguments=None):
    """Run the command line; exit with 0, 1 (something failed), 2 (bad input, said in one sentence) or 130 (Ctrl-C)."""
    for stream in (sys.stdout, sys.stderr):  # where a terminal lacks a sign, something else stands in its place
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    try:
        if "" in (sys.argv[1:] if arguments is None else arguments):
            raise LabkitError("one of the arguments is empty. Leave it out, or write something.")
        backend = os.environ.get("KERAS_BACKEND")
        if backend and (backend not in ("tensorflow", "jax") or importlib.util.find_spec(backend) is None):
            raise LabkitError(f"KERAS_BACKEND is {backend!r}, which is not supported or not installed here; it can be "
                              "tensorflow or jax. For the usual one: unset KERAS_BACKEND")
        code = cli.main(arguments, standalone_mode=False)
    except (click.exceptions.Abort, KeyboardInterrupt) as error:
        click.echo(str(error.__cause__ or error) or "Stopped.", err=True)  # click makes an Abort of an interrupt
        sys.exit(130)
    except BrokenPipeError:
        sys.exit(0)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except (LabkitError, OSError) as error:
        if isinstance(error, OSError):
            error = files.disk_error(error, error.filename or "A file", "used")
        click.echo(f"labkit: {error}", err=True)
        sys.exit(2)
    sys.exit(code if isinstance(code, int) else 0)


@cli.command(short_help="Check this machine and the installation.")
def doctor():
    """Check this machine and the installation; each line says ok, warn or fail, and what to type.

    Exit status: 0 when nothing fails, 1 otherwise.
    """
    from labkit.cli import health

    failed = False
    for check in health.checks():
        failed |= check.status == "fail"
        colour = {"ok": "green", "warn": "yellow", "fail": "red"}[check.status]
        click.echo(click.style(f"{check.status:<5}", fg=colour) + f"{check.name:<11}{check.found}"
                   + f"\n{'':<16}-> {check.advice}" * bool(check.advice))
    return int(failed)


@cli.command(short_help="Compare the networks with the reports' tables.")
@click.argument("keys", nargs=-1, metavar="[KEY]…")
def audit(keys):
    """Compare the networks with the reports' tables, number by number.

    Without a KEY all systems are compared. The exit code is 1 when a stated number does not come out.
    """
    from labkit import models
    from labkit.reports import audit as auditing

    audits = [auditing.audit(key) for key in keys or models.keys()]
    for each in audits:
        click.echo(each.summary())
        for network in each.networks:
            click.echo()
            network.table().show()
        click.echo(f"\n{each.notes()}\n")
    stated, agreeing = sum(each.stated for each in audits), sum(each.agreeing for each in audits)
    click.echo(f"{agreeing} of {stated} stated rows and numbers come out exactly.")
    return int(agreeing < stated)


@cli.command(short_help="The reports' claims and their verdicts, the surprising ones first.")
@click.option("--report", type=click.IntRange(1, 5), help="Only this report, 1 to 5.")
@click.option("--notebook", metavar="STEM", help="Only what this notebook shows, for example 06_cifar_dcgan.")
@click.option("--system", metavar="KEY", help="Only this system, for example cifar-dcgan.")
@click.option("--all", "every", is_flag=True, help="Every claim, not only those worth reading first.")
@click.option("--markdown", "as_markdown", is_flag=True, help="Print a Markdown page, as docs/ledger.md is.")
def ledger(report, notebook, system, every, as_markdown):
    """Print the claims of the five reports with verdict, our number and reason, the surprising ones first."""
    from labkit.reports import ledger as books

    rows = books.rows(report=report, notebook=notebook and notebook.removesuffix(".ipynb"), system=system)
    if as_markdown:
        click.echo(books.markdown(rows), nl=False)
    else:
        books.tabulate(rows, "Ledger", every).show()
        for sentence in books.stale():
            click.echo(f"Out of date: {sentence}")


@cli.command(short_help="Pretrained generators behind a web page.")
@click.argument("key", required=False)
@click.option("--host", default="127.0.0.1", show_default=True,
              help="Where to listen. The default is reached from this machine alone; 0.0.0.0 is everywhere.")
@click.option("--port", type=click.IntRange(0, 65535), default=8080, show_default=True, help="0: a free one.")
@click.option("--only", is_flag=True, help="Serve KEY alone, not all pretrained generators.")
@click.option("--framed", is_flag=True, help="Let pages of this machine, such as JupyterLab, show it in a frame.")
@click.option("--prepare", "only_prepare", is_flag=True, help="Export the generators to ONNX, and stop.")
@click.option("--until-stdin-ends", is_flag=True, hidden=True)
def serve(key, host, port, only, framed, only_prepare, until_stdin_ends):
    """Serve the pretrained generators: a page at /, an API at /api/v1/.

    KEY is the generator that the page begins with. They are exported to ONNX the first time (some seconds, by a
    process that needs TensorFlow); the server itself needs a tenth of TensorFlow's memory.
    """
    from labkit.serving import export, server

    if only and not key:
        raise click.UsageError("--only needs a KEY, for instance: labkit serve cifar-dcgan --only")
    models = export.prepare(key, click.echo, only, every=only_prepare)
    if not only_prepare:
        server.serve(models, host, port, framed, until_stdin_ends)


@cli.command(short_help="Execute notebooks headlessly.")
@click.argument("notebooks", nargs=-1, metavar="[NOTEBOOK]…")
@click.option("--profile", type=click.Choice(["quick", "laptop", "full"]), default="quick", show_default=True,
              help="quick: about a minute a notebook; laptop: up to half an hour; full: the reports' own settings.")
@click.option("-p", "--parameter", "parameters", multiple=True, metavar="NAME=VALUE",
              help="Change a parameter, for instance -p SEED=1. May be repeated; --list shows what there is.")
@click.option("--jobs", type=click.IntRange(min=1), default=1, show_default=True, help="Notebooks at once.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path),
              help="Folder for executed notebooks, pages and the summary.  [default: build/ of the clone]")
@click.option("--timeout", type=verbs.Number(min=0), metavar="SECONDS",
              help="Longest time for one cell; 0: none.  [default: quick 10 min, laptop 2 h, full 168 h]")
@click.option("--list", "only_list", is_flag=True, help="Show the notebooks and their parameters, and stop.")
def run(notebooks, profile, parameters, jobs, out, timeout, only_list):
    """Execute notebooks: by path, by name (06_cifar_dcgan) or by number (6); all of them when none is named.

    The results go to --out: the executed notebooks, a page for each, index.html and summary.json. A notebook that
    fails does not stop the others, and does not replace its last good result. Exit status: 0 when all ended well,
    1 when one did not, 2 for wrong arguments, 130 after Ctrl-C.
    """
    from labkit import run as runs

    if only_list:
        for notebook in runs.find(notebooks):
            click.echo(f"{notebook.name}: {notebook.title}")
            for name, entry in notebook.parameters.items():
                click.echo(f"    {f'{name} = ' + entry['default']:<32}  # {entry['help']}")
            sets = "not said" if notebook.datasets is None else ", ".join(notebook.datasets) or "none"
            click.echo(f"    images: {sets}")
        return 0
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    summary = runs.run(notebooks, out := out or files.home() / "build", profile, parameters, jobs, timeout)
    good = sum(row["status"] == "ok" for row in summary["notebooks"])
    click.echo(f"{good} of {len(summary['notebooks'])} notebooks ended well. Open {out / 'index.html'}")
    return 130 if summary["run"]["interrupted"] else 0 if summary["run"]["ok"] else 1


@cli.group()
def data():
    """List, fetch, verify and show the image sets."""


@data.command("list")
def list_sets():
    """List every image set: what it is, its terms, where it was found."""
    from labkit import datasets
    from labkit.datasets import catalogue
    from labkit.tables import Table

    def here(entry):
        found = {split: datasets.find(entry, split) for split in entry.usual_splits}
        if there := [place for place in found.values() if place]:
            lacking = [split for split, place in found.items() if not place]
            return catalogue.shown(entry, there[0][1][0]) + (f" (without {', '.join(lacking)})" if lacking else "")
        todo = [file for file in entry.files if set(entry.usual_splits) & set(file.splits)]
        if not todo:
            return "no; a folder that you fill"
        size = sum(file.size for file in todo) if all(file.size for file in todo) else 0
        return f"no; {catalogue.megabytes(size)} to fetch" if size else "no; to fetch"

    rows = []
    for entry in map(datasets.entry, datasets.names()):
        counts = " + ".join(f"{entry.counts[split]:,}" for split in entry.usual_splits if entry.counts[split])
        rows.append((entry.name, entry.about, f"{counts} {'x'.join(map(str, entry.shape))}".strip(), entry.licence,
                     here(entry), entry.stand_in or "nothing" + ": it ships" * (files.data() / entry.name).is_dir()))
    Table("", ("name", "what", "images", "licence", "here?", "in its place"), tuple(rows)).show()
    click.echo(f"Folder: {files.cache()}\n`labkit data fetch NAME` downloads a set, `labkit data show NAME` makes a "
               "picture of it, `labkit data verify` checks all.")


@data.command()
@click.argument("names", nargs=-1, required=True, metavar="NAME…")
@click.option("--force", is_flag=True, help="Fetch again what is there; it is replaced when the new files are whole.")
@click.option("--split", "splits", multiple=True, help="Only this split, for instance extra; may be repeated.")
def fetch(names, force, splits):
    """Download image sets from their publishers, checked before they are used."""
    from labkit import datasets
    from labkit.datasets import catalogue

    failed = False
    for entry in [datasets.entry(name) for name in names]:  # a misspelt name is said before anything is downloaded
        try:
            paths = datasets.fetch(entry.name, splits, force)
        except LabkitError as error:
            failed = True
            click.echo(f"{entry.name}: {error}", err=True)
            continue
        words = ", ".join(sorted({catalogue.readable(path) for path in paths}))
        there = f"already here, {catalogue.readable(entry.home)} (--force fetches it again)"
        click.echo(f"{entry.name}: {words or there}. Licence: {entry.licence}.")
    return 2 if failed else 0


@data.command("verify")
@click.argument("names", nargs=-1, metavar="[NAME…]")
def verify_sets(names):
    """Read all that is here of the sets (default: of every set), and count it."""
    from labkit import datasets
    from labkit.datasets import catalogue

    bad = False
    for entry in [datasets.entry(name) for name in names or datasets.names()]:
        splits = [split for split in (entry.counts if entry.format != "images" else ("all",))
                  if catalogue.find(entry, split) or catalogue.missing(entry, split)]
        for split in splits:
            try:
                images = datasets.load(entry.name, split, size=8, stand_in="refuse", max_download=0, quiet=True)
                right, words = entry.counts[split] in (None, len(images)), f"{len(images):,} images, all readable"
                words += "" if right else f"; WRONG: {entry.counts[split]:,} are published"
            except LabkitError as error:
                right, words = False, f"WRONG: {error}"
            bad |= not right
            click.echo(f"{entry.name}, {split}: {words}")
        if names and not splits:
            bad = True
            click.echo(f"{entry.name}: not here")
    return int(bad)


@data.command("show")
@click.argument("name")
@click.option("--out", type=click.Path(dir_okay=False), metavar="PNG", help="Where to write it [build/data/NAME.png].")
@click.option("--n", "count", type=click.IntRange(1, 10_000), default=64, show_default=True, help="How many images.")
@click.option("--split", default="train", show_default=True, help="Which split.")
@click.option("--stand-in", is_flag=True, help="Show what is shown in its place, although the set itself is here.")
def show_set(name, out, count, split, stand_in):
    """Write a picture of a set, or of a folder of pictures, and print its path."""
    from labkit import datasets, plotting
    from labkit.plotting.images import save

    images = datasets.load(name, split, limit=count, stand_in="only" if stand_in else "allow")
    stem = Path(images.name).name + ("-stand-in" if images.is_stand_in else "")
    path = Path(out) if out else files.home() / "build" / "data" / f"{stem}-{split}.png"
    figure = plotting.image_grid(images.images, caption=f"{images.title}, {split}: {len(images)} images")
    save(path, figure.array())
    click.echo(f"Licence: {images.licence}\n{path}")


for verb in (verbs.train, verbs.ship, verbs.extractor, verbs.score, verbs.grade):
    cli.add_command(verb)
