"""``labkit``: thin, over the rest of the package, which each verb imports only when it is called."""

import dataclasses
import importlib.util
import json
import os
import sys
from pathlib import Path

import click

import labkit
from labkit import files
from labkit.cli import verbs
from labkit.errors import LabkitError

BACKENDS = ("tensorflow", "jax")


class Verbs(click.Group):
    """Lists the verbs in the order in which they are defined."""

    def list_commands(self, context):
        return [*self.commands, "run"]

    def get_command(self, context, name):
        if name == "run":
            return importlib.import_module("labkit.commands.run").command
        return super().get_command(context, name)


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(labkit.__version__, prog_name="labkit")
def cli():
    """Image Generation Labs: notebooks that draw pictures and measure whether they are any good."""


def main(arguments=None):
    """Run the command line; exit with 0, 1 (something failed), 2 (bad input) or 130 (Ctrl-C).

    Bad input of every verb ends here, as one sentence without a traceback.
    """
    for stream in (sys.stdout, sys.stderr):  # where a terminal lacks a sign, something else stands in its place
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    try:
        _check(sys.argv[1:] if arguments is None else arguments)
        code = cli.main(arguments, standalone_mode=False)
    except (click.exceptions.Abort, KeyboardInterrupt):
        sys.exit(130)
    except BrokenPipeError:
        sys.exit(0)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except (LabkitError, OSError) as error:
        if isinstance(error, OSError):
            error = files.readable(error, error.filename or "A file", "used")
        click.echo(f"labkit: {error}", err=True)
        sys.exit(2)
    sys.exit(code if isinstance(code, int) else 0)


def _check(arguments) -> None:
    if "" in arguments:
        raise LabkitError("one of the arguments is empty. Leave it out, or write something.")
    backend = os.environ.get("KERAS_BACKEND")
    if backend and (backend not in BACKENDS or importlib.util.find_spec(backend) is None):
        raise LabkitError(f"KERAS_BACKEND is {backend!r}, which is not supported or not installed here; it can be "
                          f"{' or '.join(BACKENDS)}. For the usual one: unset KERAS_BACKEND")


@cli.command(short_help="Check this machine and the installation.")
@click.option("--json", "as_json", is_flag=True, help="Print the checks as JSON.")
def doctor(as_json):
    """Check this machine and the installation; each line says ok, warn or fail, and what to type.

    Exit status: 0 when nothing fails, 1 otherwise.
    """
    from labkit.cli import health

    done = []
    for check in health.checks():
        done.append(check)
        if not as_json:
            colour = {"ok": "green", "warn": "yellow", "fail": "red"}[check.status]
            click.echo(click.style(f"{check.status:<5}", fg=colour) + f"{check.name:<11}{check.found}")
            if check.advice:
                click.echo(f"{'':<16}-> {check.advice}")
    if as_json:
        click.echo(json.dumps([dataclasses.asdict(check) for check in done], indent=2, ensure_ascii=False))
    return 1 if any(check.status == "fail" for check in done) else 0


@cli.command(short_help="Compare the networks with the reports' tables.")
@click.argument("keys", nargs=-1, metavar="[KEY]…")
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON.")
def audit(keys, as_json):
    """Compare the networks with the reports' tables, number by number.

    Without a KEY all systems are compared. The exit code is 1 when a stated number does not come out.
    """
    from labkit import models
    from labkit.reports import audit as auditing

    for key in keys:
        models.spec(key)
    audits = [auditing.audit(key) for key in keys or models.keys()]
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


@cli.command(short_help="Every claim of the reports with its verdict.")
@click.option("--report", type=click.IntRange(1, 5), help="Only this report, 1 to 5.")
@click.option("--notebook", metavar="STEM", help="Only what this notebook shows, for example 06_cifar_dcgan.")
@click.option("--system", metavar="KEY", help="Only this system, for example cifar-dcgan.")
@click.option("--open", "only_open", is_flag=True, help="Only claims without a verdict.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
@click.option("--markdown", "as_markdown", is_flag=True, help="Print a Markdown page, as docs/ledger.md is.")
def ledger(report, notebook, system, only_open, as_json, as_markdown):
    """Print every claim of the five reports with its verdict, our number and the reason."""
    from labkit.reports import ledger as books

    if as_json and as_markdown:
        raise click.UsageError("--json and --markdown are two formats: choose one.")
    rows = books.rows(report=report, notebook=notebook and notebook.removesuffix(".ipynb"), system=system)
    rows = tuple(row for row in rows if row.state == "open" or not only_open)
    if as_json:
        plain = [{"report": row.report, "state": row.state, "claim": dataclasses.asdict(row.claim),
                  "verdict": dataclasses.asdict(row.verdict) if row.verdict else None} for row in rows]
        click.echo(json.dumps({"counts": books.counts(rows), "rows": plain}, indent=2))
    elif as_markdown:
        click.echo(books.markdown(rows), nl=False)
    else:
        books.tabulate(rows, "Ledger").show()
        for sentence in books.stale():
            click.echo(f"Out of date: {sentence}")


@cli.group()
def data():
    """List, fetch, verify and show the image sets."""


@data.command("list")
def list_sets():
    """List every image set: what it is, its terms, where it was found."""
    from labkit import datasets
    from labkit.datasets import catalogue, download
    from labkit.tables import Table

    def here(entry):
        found = {split: datasets.find(entry, split) for split in entry.usual_splits}
        if there := [place for place in found.values() if place]:
            lacking = [split for split, place in found.items() if not place]
            return catalogue.shown(entry, there[0]) + (f" (without {', '.join(lacking)})" if lacking else "")
        todo = [file for file in entry.files if set(entry.usual_splits) & set(file.splits) and (file.size or 0) < 2e9]
        if not todo:
            return "no; a folder that you fill"
        size = sum(file.size for file in todo) if all(file.size for file in todo) else 0
        return f"no; {download.megabytes(size)} to fetch" if size else "no; to fetch"

    rows = []
    for entry in map(datasets.entry, datasets.names()):
        counts = " + ".join(f"{entry.counts[split]:,}" for split in entry.usual_splits if entry.counts[split])
        rows.append((entry.name, entry.about, f"{counts} {'x'.join(map(str, entry.shape))}".strip(), entry.licence,
                     here(entry), entry.stand_in or "nothing: it ships"))
    Table("", ("name", "what", "images", "licence", "here?", "in its place"), tuple(rows)).show()
    click.echo(f"Folder: {files.cache()}\n`labkit data fetch NAME` downloads a set, `labkit data show NAME` makes a "
               "picture of it, `labkit data verify` checks all.")


@data.command()
@click.argument("names", nargs=-1, required=True, metavar="NAME…")
@click.option("--force", is_flag=True, help="Fetch again what is there; it is replaced when the new files are whole.")
@click.option("--split", "splits", multiple=True, help="Only this split, for instance extra; may be repeated.")
@click.option("--max-size", type=click.IntRange(1), metavar="MB", help="Fetch files of up to so many megabytes [2000].")
def fetch(names, force, splits, max_size):
    """Download image sets from their publishers, checked before they are used."""
    from labkit import datasets
    from labkit.datasets import catalogue

    failed = False
    for entry in [datasets.entry(name) for name in names]:  # a misspelt name is said before anything is downloaded
        found = [datasets.find(entry, split) for split in splits or entry.usual_splits if split in entry.counts]
        if not force and found and all(found):
            click.echo(f"{entry.name}: already here, {catalogue.shown(entry, found[0])} (--force fetches it again)")
            continue
        try:
            paths = datasets.fetch(entry.name, splits or None, force, max_size and max_size * 1_000_000)
        except LabkitError as error:
            failed = True
            click.echo(f"{entry.name}: {error}", err=True)
            continue
        words = ", ".join(sorted({catalogue.readable(path) for path in paths})) or "nothing to do"
        click.echo(f"{entry.name}: {words}. Licence: {entry.licence}.")
    return 2 if failed else 0


@data.command("verify")
@click.argument("names", nargs=-1, metavar="[NAME…]")
def verify_sets(names):
    """Check what is here against what was published (default: every set that is here)."""
    from labkit import datasets
    from labkit.datasets import verify

    verdicts = {datasets.entry(name).name: verify.verify(name) for name in names or datasets.names()}
    bad = False
    for name, (right, said) in verdicts.items():
        if names or right is not None:
            verdict = {None: "not here", True: "right", False: "WRONG"}[right]
            click.echo("\n  ".join([f"{name}: {verdict}", *said]))
            if right is False and datasets.entry(name).files:
                click.echo(f"  To fetch it again: labkit data fetch {name} --force")
        bad |= right is False or (bool(names) and right is None)
    return 1 if bad else 0


@data.command("show")
@click.argument("name")
@click.option("--out", type=click.Path(dir_okay=False), metavar="PNG", help="Where to write it [build/data/NAME.png].")
@click.option("--n", "count", type=click.IntRange(1, 10_000), default=64, show_default=True, help="How many images.")
@click.option("--split", default="train", show_default=True, help="Which split.")
@click.option("--stand-in", is_flag=True, help="Show what is shown in its place, although the set itself is here.")
def show_set(name, out, count, split, stand_in):
    """Write a picture of a set, or of a folder of pictures, and print its path."""
    from labkit import datasets, plotting

    images = datasets.load(name, split, limit=count, stand_in="only" if stand_in else "allow")
    stem = Path(images.name).name + ("-stand-in" if images.is_stand_in else "")
    path = Path(out) if out else files.home() / "build" / "data" / f"{stem}-{split}.png"
    figure = plotting.image_grid(images.images, caption=f"{images.title}, {split}: {len(images)} images")
    with files.atomic(path) as file:
        file.write(figure._repr_png_())
    click.echo(f"Licence: {images.licence}\n{path}")


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
    if not host.strip():
        raise LabkitError("--host is empty. Leave it out to be reached from this machine alone.")
    from labkit.serving import export, server

    if only and not key:
        raise click.UsageError("--only needs a KEY, for instance: labkit serve cifar-dcgan --only")
    models = export.prepare(key, click.echo, only)
    if not only_prepare:
        server.serve(models, host, port, framed, until_stdin_ends, click.echo, lambda text: click.echo(text, err=True))


for verb in (verbs.train, verbs.ship, verbs.extractor, verbs.score):
    cli.add_command(verb)
