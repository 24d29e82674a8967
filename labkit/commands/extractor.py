"""``labkit extractor``: the networks behind the scores."""

import click

from labkit import datasets, device, files, models
from labkit.commands.train import _pairs


@click.group("extractor")
def command():
    """List, train and describe the networks that turn pictures into features."""


@command.command("list")
def listed():
    """Say which extractors there are, what they are worth, and which real sets have shipped statistics."""
    from labkit.models import extractors, weights

    for name in extractors.names():
        if name not in extractors.available():
            click.echo(f"{name:20} " + ("fetched when it is first used" if name == "inception_v3" else "not here"))
            continue
        card = extractors.card(name)
        right = f", {card['accuracy']:.2%} of the test pictures right" if "accuracy" in card else ""
        click.echo(f"{name:20} {card['dataset']}{right}; {card['parameters']:,} parameters, SHA-256 "
                   f"{card['sha256'][:8]}")
    for path in sorted(files.pretrained().glob("reference-*/card.json")):
        card = weights.card(path.parent.name)
        click.echo(f"statistics of {card['pictures']:,} pictures of {card['dataset']} ({card['split']}) by "
                   f"{card['extractor']}")


@command.command("reference")
@click.argument("data")
@click.option("--key", help="Make the pictures as this generator's: its size and channels.  [default: the set's own]")
@click.option("--extractor", "name", help="See `labkit extractor list`.  [default: the one that scores the set]")
@click.option("--size", type=click.IntRange(min=32), help="With --extractor efficientnet_lite0: its input's side.")
@click.option("--layer", help="With --extractor efficientnet_lite0: the layer whose mean is the feature vector.")
@click.option("--stand-in", type=click.Choice(["refuse", "only"]), default="refuse", show_default=True,
              help="only: of the drawn set, although the real one may be here.")
def reference(data, key, name, size, layer, stand_in):
    """Write the statistics of the real set DATA, so that it can be scored against where it is missing.

    Mean, covariance and at most 2,000 feature vectors, never pictures: data/pretrained/reference-….
    """
    datasets.entry(data)
    shape = models.spec(key).image_shape if key else None
    if (size or layer) and name is None:
        name = "efficientnet_lite0"
    device.setup(strategy="none", quiet=True)
    from labkit.models import extractors
    from labkit.training import scoring

    extractor = extractors.load(name, size, layer) if name else extractors.load_default(data)
    card = scoring.make_reference(data, extractor, shape, stand_in, say=click.echo)
    click.echo(f"Wrote {scoring.reference_folder(data, card['image_shape'], extractor.name).name}: {card['features']} "
               f"features, a sample of {card['sample']:,}")


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
