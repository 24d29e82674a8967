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
        todo = [file for file in entry.files if set(entry.usual_splits) & set(file.splits)]
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

    images = datasets.load(name, split, limit=count, stand_in="only" if stand_in else "allow")
    stem = Path(images.name).name + ("-stand-in" if images.is_stand_in else "")
    path = Path(out) if out else files.home() / "build" / "data" / f"{stem}-{split}.png"
    figure = plotting.image_grid(images.images, caption=f"{images.title}, {split}: {len(images)} images")
    with files.atomic(path) as file:
        file.write(figure._repr_png_())
    click.echo(f"Licence: {images.licence}\n{path}")
