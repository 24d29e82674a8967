"""``labkit data``: the image sets."""

from pathlib import Path

import click

from labkit import files
from labkit.errors import LabkitError


@click.group(short_help="List, fetch, verify and show the image sets.")
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
            return catalogue.shown(entry, there[0][1][0]) + (f" (without {', '.join(lacking)})" if lacking else "")
        todo = [file for file in entry.files if set(entry.usual_splits) & set(file.splits) and (file.size or 0) < 2e9]
        if not todo:
            return "no; a folder that you fill"
        size = sum(file.size for file in todo) if all(file.size for file in todo) else 0
        return f"no; {download.megabytes(size)} to fetch" if size else "no; to fetch"

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
@click.option("--max-size", type=click.IntRange(1), metavar="MB", default=2000, show_default=True,
              help="Fetch files of up to so many megabytes.")
def fetch(names, force, splits, max_size):
    """Download image sets from their publishers, checked before they are used."""
    from labkit import datasets
    from labkit.datasets import catalogue

    failed = False
    for entry in [datasets.entry(name) for name in names]:  # a misspelt name is said before anything is downloaded
        try:
            paths = datasets.fetch(entry.name, splits, force, max_size * 1_000_000)
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
