"""``labkit data``: the image sets."""

import zlib
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
    from labkit.datasets import catalogue

    bad = False
    for entry in [datasets.entry(name) for name in names or datasets.names()]:
        verdict, said = "not here", []
        for split in entry.counts if entry.format != "images" else ("all",):
            found, absent = catalogue.find(entry, split), catalogue.missing(entry, split)
            words, right = f"{', '.join(absent)} is missing" if absent else "not here", False
            try:
                if found:
                    words, right = _content(entry, *found, split)
            except LabkitError as error:
                words = str(error)
            said.append(f"\n  {split}: {words}")
            if found or absent:
                verdict = "right" if right and verdict != "WRONG" else "WRONG"
        if names or verdict != "not here":
            click.echo(f"{entry.name}: {verdict}{''.join(said)}")
        if verdict == "WRONG" and entry.files:
            click.echo(f"  To fetch it again: labkit data fetch {entry.name} --force")
        bad |= verdict == "WRONG" or (bool(names) and verdict == "not here")
    return int(bad)


def _content(entry, kind, paths, split):
    """Return a sentence about a split's content, and whether it is what was published. The content decides: a file that
    was packed again has another checksum."""
    from labkit.datasets import loading, readers

    if kind == "archive":
        return "not unpacked yet: `load` does that", True
    if entry.format == "images":
        number = len(loading.load(entry.name, split, size=8, stand_in="refuse", max_download=0, quiet=True))
        return f"{number:,} pictures, all readable; no checksums are published", True
    images, labels = loading.read_files(entry, kind, paths, split)
    note = f"{len(images):,} images {'x'.join(map(str, images.shape[1:]))}"
    if len(images) != entry.counts[split]:
        return f"{note}; {entry.counts[split]:,} are published", False
    known = {file.name: file for file in entry.files}
    if kind == "idx":
        right = all(zlib.crc32(readers.idx_content(path)) == known[path.name].crc32 for path in paths)
    elif kind == "svhn":
        right = files.sha256(paths[0]) == known[paths[0].name].sha256
    else:  # whatever the order of the images
        right = entry.content[split] == sum(
            zlib.crc32(image.tobytes() + bytes([label])) for image, label in zip(images, labels, strict=True))
    return f"{note}; " + ("every pixel and label is the published one" if right else
                          "other pixels or labels than the published ones"), right


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
