"""``labkit score``: a generator against the real pictures."""

from pathlib import Path

import click

from labkit import device, files, models
from labkit.errors import LabkitError


@click.command("score")
@click.argument("keys", nargs=-1, metavar="[KEY]...")
@click.option("--generator", type=click.Path(path_type=Path),
              help="A generator.npz, or the folder (--out of labkit train) that holds one.  [default: the pretrained]")
@click.option("--pictures", type=click.IntRange(min=2),
              help="How many pictures it draws.  [default: 10,000; 2,000 where EfficientNet looks at them]")
@click.option("--extractor", "name", help="See `labkit extractor list`.  [default: the set's classifier, or "
                                          "EfficientNet-Lite0 at 128 pixels, block6d]")
@click.option("--size", type=click.IntRange(min=32), help="With --extractor efficientnet_lite0: its input's side.")
@click.option("--layer", help="With --extractor efficientnet_lite0: the layer whose mean is the feature vector.")
@click.option("--real", type=click.Choice(["auto", "set", "shipped"]), default="auto", show_default=True,
              help="shipped: the statistics in data/pretrained; set: the pictures in data/cache; auto: what is there.")
@click.option("--memorisation", is_flag=True, help="Also compare with the training pictures.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Of the latents.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path),
              help="A results file to write.  [default: data/results/score-KEY.json for pretrained generators, else "
                   "scores.json beside the generator]")
@click.option("--ship", is_flag=True, help="Write the scores into the pretrained generator's card, too.")
def command(keys, generator, pictures, name, size, layer, real, memorisation, seed, out, ship):
    """Score the generator KEY: every score with its error bar, N, extractor and time.

    Without KEY, all pretrained generators are scored one after the other.
    """
    from labkit.models import weights
    from labkit.training import results

    keys = keys or weights.available()
    for key in keys:
        models.spec(key)
    if not keys:
        raise LabkitError("There are no pretrained generators to score. Train one: labkit train cifar-dcgan --ship")
    if len(keys) > 1 and (generator or out):
        raise click.UsageError("--generator and --out take one KEY.")
    if generator and ship:
        raise click.UsageError("--ship is for the pretrained generator; --generator names another one.")
    if (size or layer) and name is None:
        name = "efficientnet_lite0"
    device.setup(strategy="none", quiet=True)
    from labkit.models import extractors
    from labkit.training import scoring

    extractor = extractors.load(name, size, layer) if name else None
    for key in keys:
        network = weights.load(key, generator) if generator else None
        scored = scoring.score(key, network, extractor=extractor, pictures=pictures, real=real, seed=seed,
                               memorisation=memorisation)
        click.echo(str(scored))
        path = out or _home(key, generator)
        results.write(path, {"key": key, "generator": _named(generator), **scored.as_dict()})
        click.echo(f"Wrote {path}")
        if ship:
            scoring.ship_scores(scored)
            click.echo(f"Wrote the scores into data/pretrained/{key}/card.json")


def _home(key, generator):
    if generator is None:
        return files.results() / f"score-{key}.json"
    return (generator if generator.is_dir() else generator.parent) / "scores.json"


def _named(generator):
    return "pretrained" if generator is None else generator.name
