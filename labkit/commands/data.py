"""``labkit data``: list, fetch, verify and show the image sets."""

import sys
from pathlib import Path

import click

from labkit import datasets, files
from labkit.datasets import download, places
from labkit.errors import LabkitError


@click.group(invoke_without_command=False)
def command():
    """List, fetch, verify and show the image sets."""


@command.command("list")
def list_sets():
    """List every image set: what it is, its terms, where it was found."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for heading in ("name", "what", "images", "licence", "here?", "in its place"):
        table.add_column(heading, overflow="fold", no_wrap=heading == "name")
    for name in datasets.names():
        entry = datasets.entry(name)
        counts = " + ".join(f"{entry.counts[split]:,}" for split in ("train", "test") if entry.counts.get(split))
        shape = "x".join(map(str, entry.shape))
        table.add_row(name, entry.about, f"{counts} {shape}".strip(), entry.licence, _here(entry), entry.stand_in)
    console = Console(width=None if sys.stdout.isatty() else 160)
    console.print(table)
    click.echo(f"Folder: {files.cache()}\n`labkit data fetch NAME` downloads a set, `labkit data show NAME` makes a "
               "picture of it, `labkit data verify` checks all.")


def _here(entry):
    found = [(split, places.find(entry, split)) for split in entry.splits if split not in ("all", "extra")]
    if there := [place for _, place in found if place]:
        lacking = [split for split, place in found if not place]
        return places.shown(entry, there[0]) + (f" (without {', '.join(lacking)})" if lacking else "")
    todo = [file for file in entry.files if {"train", "test"} & set(file.splits)
            and (file.size or 0) < 2_000_000_000]
    if not todo:
        return "no; a folder that you fill"
    size = sum(file.size for file in todo) if all(file.size for file in todo) else None
    return f"no; {download.megabytes(size)} to fetch" if size else "no; to fetch"


@command.command()
@click.argument("names", nargs=-1, required=True, metavar="NAME…")
@click.option("--force", is_flag=True, help="Fetch again what is there; it is replaced when the new files are whole.")
@click.option("--split", "splits", multiple=True, help="Only this split, for instance extra; may be repeated.")
@click.option("--max-size", type=click.IntRange(1), metavar="MB", help="Fetch files of up to so many megabytes [2000].")
def fetch(names, force, splits, max_size):
    """Download image sets from their publishers, checked before they are used."""
    for name in names:  # a misspelt name is said before anything is downloaded
        datasets.entry(name)
    failed = []
    for name in names:
        entry = datasets.entry(name)
        wanted = splits or entry.usual_splits
        found = [places.find(entry, split) for split in wanted if split in entry.counts]
        if not force and len(found) == len(wanted) and all(found):
            click.echo(f"{name}: already here, {places.shown(entry, found[0])} (--force fetches it again)")
            continue
        try:
            paths = datasets.fetch(name, splits or None, force, max_size and max_size * 1_000_000)
        except LabkitError as error:
            failed.append(error)
            click.echo(f"{name}: {error}", err=True)
            continue
        words = ", ".join(sorted({places.readable(path) for path in paths})) or "nothing to do"
        click.echo(f"{name}: {words}. Licence: {entry.licence}.")
    return 2 if failed else 0


@command.command()
@click.argument("names", nargs=-1, metavar="[NAME…]")
def verify(names):
    """Check what is here against what was published (default: every set that is here)."""
    from labkit.datasets import verify as checking

    for name in names:
        datasets.entry(name)
    chosen = names or [name for name in datasets.names() if _any(datasets.entry(name))]
    if not chosen:
        click.echo(f"No image set lies in {files.cache()}. To get one: labkit data fetch fashion_mnist")
        return 0
    bad = 0
    for name in chosen:
        result = checking.verify(name)
        bad += not result.ok
        verdict = "not here" if result.where is None else "right" if result.ok else "WRONG"
        click.echo(f"{name}: {verdict}" + (f" ({result.where})" if result.where else ""))
        for finding in result.contents:
            click.echo(f"  {finding.about}: {finding.note}")
        for words in _checksums(result):
            click.echo(f"  {words}")
        if result.where and not result.ok and datasets.entry(name).files:
            click.echo(f"  To fetch it again: labkit data fetch {name} --force")
    return 1 if bad else 0


def _checksums(result):
    """Say in a line or two what the checksums are worth beside the content."""
    same = [finding.about for finding in result.checksums if finding.ok]
    other = [finding.about for finding in result.checksums if not finding.ok]
    if same:
        yield f"checksums as published: {', '.join(same)}"
    if other and result.contents and all(finding.ok for finding in result.contents):
        yield f"packed again, hence another checksum with the same content: {', '.join(other)}"
    elif other:
        yield from (f"{finding.about}: {finding.note}" for finding in result.checksums if not finding.ok)


def _any(entry):
    return any(places.find(entry, split) or places.missing(entry, split) for split in entry.splits)


@command.command()
@click.argument("name")
@click.option("--out", type=click.Path(dir_okay=False), metavar="PNG", help="Where to write it [build/data/NAME.png].")
@click.option("--n", "count", type=click.IntRange(1, 10_000), default=64, show_default=True, help="How many images.")
@click.option("--split", default="train", show_default=True, help="Which split.")
@click.option("--stand-in", is_flag=True, help="Show what is drawn in its place, although the set itself is here.")
def show(name, out, count, split, stand_in):
    """Write a contact sheet of a set, or of a folder of pictures, and print its path."""
    from labkit.plotting import grids
    from labkit.plotting import images as pictures

    # Some more than are shown, so that every class has enough for its row.
    images = datasets.load(name, split, limit=max(40 * count, 500) if _labelled(name) else count,
                           stand_in="only" if stand_in else "allow")
    stem = Path(images.name).name + ("-drawn" if images.is_stand_in else "")
    path = Path(out) if out else files.home() / "build" / "data" / f"{stem}-{split}.png"
    pictures.save(path, grids.contact_sheet(images, count).array())
    click.echo(f"Licence: {images.licence}")
    click.echo(path)


def _labelled(name):
    return name in datasets.names() and datasets.entry(name).class_names is not None
