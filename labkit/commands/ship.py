"""``labkit ship``: a finished training becomes weights that ship."""

from pathlib import Path

import click

from labkit import device, models


@click.command("ship")
@click.argument("key")
@click.argument("folder", type=click.Path(file_okay=False, exists=True, path_type=Path))
@click.option("--notes", default="", help="A sentence for the card.")
def command(key, folder, notes):
    """Write the generator of the finished training in FOLDER to data/pretrained/KEY with its card, and score it.

    FOLDER is what labkit train KEY --out FOLDER leaves. The card says how it was trained; of a set that may not be
    passed on, the pictures are first compared with those trained on. A refused generator leaves the old one alone.
    """
    models.spec(key)
    device.setup(strategy="none", quiet=True)
    from labkit.training import shipping

    card = shipping.ship(key, folder, notes)
    click.echo(f"Wrote data/pretrained/{key}: SHA-256 {card['sha256'][:12]}…, {card['minutes']} minutes on "
               f"{card['device']}")
    for line in card["disclosure"]:
        click.echo(f"  {line}")
