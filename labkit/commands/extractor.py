"""``labkit extractor``: the networks behind the scores."""

import click

from labkit import device
from labkit.commands.train import _pairs


@click.group("extractor")
def command():
    """List, train and describe the networks that turn pictures into features."""


@command.command("train")
@click.argument("name")
@click.option("--set", "settings", multiple=True, metavar="NAME=VALUE",
              help="Change a value of the plan, for instance --set epochs=2. May be repeated.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True)
@click.option("--limit", type=click.IntRange(min=100), help="Use only so many pictures.")
@click.option("--stand-in", type=click.Choice(["allow", "refuse", "only"]), default="refuse", show_default=True,
              help="Whether drawn pictures may, may not or shall take the place of the real set.")
@click.option("--ship", is_flag=True, help="Afterwards, write it to data/pretrained/classifier-NAME with its card.")
@click.option("--notes", default="", help="A sentence for the card.")
def train(name, settings, seed, limit, stand_in, ship, notes):
    """Train the classifier of the labelled set NAME; minutes on one processor core."""
    device.quiet_tensorflow()
    from labkit.training import classifiers

    trained = classifiers.train(classifiers.plan(name, **_pairs(settings), seed=seed), stand_in, limit, click.echo)
    if ship:
        card = classifiers.ship(trained, notes=notes)
        click.echo(f"Wrote data/pretrained/classifier-{name}: {card['accuracy']:.2%} of the test pictures right, "
                   f"SHA-256 {card['sha256'][:12]}…")
