"""The verbs of ``labkit`` that train and judge: train, ship, score, extractor, grade."""

import json
import math
import os
import re
from pathlib import Path

import click

from labkit import files
from labkit.errors import LabkitError


class Number(click.FloatRange):
    """A number in a range; no comparison refuses "nan"."""

    def convert(self, value, param, ctx):
        number = super().convert(value, param, ctx)
        return number if math.isfinite(number) else self.fail(f"{value} is no finite number.", param, ctx)


@click.command(short_help="Train a model, with checkpoints.")
@click.argument("key")
@click.option("--profile", type=click.Choice(["quick", "laptop", "full"]), default="quick", show_default=True,
              help="quick: half a minute; laptop: hours on two cores; full: the report's own settings.")
@click.option("--resume", is_flag=True, help="Go on from the newest checkpoint in --out.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path),
              help="Folder for checkpoints, samples and results.  [default: build/train/KEY-PROFILE]")
@click.option("--set", "settings", multiple=True, metavar="NAME=VALUE",
              help="Change a value of the recipe, for instance --set batch_size=64. May be repeated.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True)
@click.option("--limit", type=click.IntRange(min=1), help="Use only so many pictures.")
@click.option("--minutes", type=Number(0, min_open=True), help="Stop after so long, with a checkpoint.")
@click.option("--keep", metavar="STEPS", default="",
              help="Keep the generator after these steps, for instance --keep 100,1000, in --out/generators.")
@click.option("--start", type=click.Path(file_okay=False, exists=True, path_type=Path), metavar="FOLDER",
              help="Begin with the weights of the training in FOLDER; narrower networks are widened.")
@click.option("--stand-in", type=click.Choice(["allow", "refuse"]), default=None,
              help="Whether a stand-in may take the place of a missing set.  [default: refuse for full, else allow]")
@click.option("--ship", is_flag=True, help="Afterwards, write the generator to data/pretrained/KEY with its card.")
@click.option("--mirrored", is_flag=True, help="Share each minibatch out among this machine's GPUs (none: two CPUs).")
@click.option("--workers", metavar="HOST:PORT,…", help="Train on these machines; --out is a folder that they share.")
@click.option("--worker-index", type=click.IntRange(min=0), help="Which of --workers this process is, from 0.")
@click.option("--recipe", "only_show", is_flag=True, help="Print the recipe and where each value comes from, and stop.")
def train(key, profile, out, settings, seed, keep, stand_in, ship, mirrored, workers, worker_index, only_show,
          **options):
    """Train the GAN called KEY.

    A killed training goes on with --resume, to the same bits as an undisturbed one.
    """
    from labkit import device, models
    from labkit.training import recipes

    together = _strategy(workers, worker_index, mirrored)
    if not re.fullmatch(r"([1-9]\d*(, *|$))*", keep):
        raise LabkitError(f"--keep takes steps with commas between them, not {keep!r}; for instance --keep 100,1000.")
    if models.spec(key).kind == "transfer":
        raise LabkitError("The domain transfer is trained by the loop that notebook 12 writes out: labkit run 12 "
                          "--profile laptop. Its section 5 says how its networks come into data/pretrained.")
    for text in settings:
        if not re.match(r"[^=]+=", text):
            raise LabkitError(f"--set takes NAME=VALUE, not {text!r}; for instance --set batch_size=64.")
    recipe = recipes.get(key, profile).changed(**{"seed": seed} | dict(text.split("=", 1) for text in settings))
    if only_show:
        for name, value in vars(recipe).items():
            if name != "why":
                click.echo(f"{name:20} {value!s:18} {recipe.why.get(name, '')}".rstrip())
        return
    out = out or files.home() / "build" / "train" / f"{key}-{profile}"
    device.quiet_tensorflow()
    from labkit.training import run

    trained = run.train(recipe, out=out, stand_in=stand_in or ("refuse" if profile == "full" else "allow"),
                        keep=tuple(map(int, re.findall(r"\d+", keep))), say=click.echo, strategy=together, **options)
    if worker_index:  # the first worker writes and ships
        return
    summary = trained.summary
    click.echo(f"{summary['steps']:,} of {summary['steps_planned']:,} steps, {summary['images_per_second']:,.0f} "
               f"images/s; samples and results in {out}")
    if ship:
        from labkit.training import shipping

        card = shipping.ship(key, out)
        click.echo(f"Wrote data/pretrained/{key}: SHA-256 {card['sha256'][:12]}…")


def _strategy(workers, index, mirrored):
    if workers is None and index is None:
        return "mirrored" if mirrored else "none"
    from labkit.training import devices

    if workers is None or index is None or mirrored:
        raise LabkitError("--workers and --worker-index belong together: all workers' addresses, and which of them "
                          f"this one is. For instance {devices.EXAMPLE} --mirrored is for one machine.")
    os.environ["TF_CONFIG"] = json.dumps(devices.tf_config(workers, index))
    return "workers"


@click.command(short_help="A finished training becomes weights that ship.")
@click.argument("key")
@click.argument("folder", type=click.Path(file_okay=False, exists=True, path_type=Path))
@click.option("--notes", default="", help="A sentence for the card.")
def ship(key, folder, notes):
    """Write the generator of the finished training in FOLDER to data/pretrained/KEY with its card, and score it.

    FOLDER is what labkit train KEY --out FOLDER leaves. The card says how it was trained; of a set that may not be
    passed on, the pictures are first compared with those trained on. A refused generator leaves the old one alone.
    """
    from labkit import device, models

    models.spec(key)
    device.setup(strategy="none", quiet=True)
    from labkit.training import shipping

    card = shipping.ship(key, folder, notes)
    done = f"SHA-256 {card['sha256'][:12]}…, {card['minutes']} minutes on {card['device']}"
    click.echo("\n  ".join([f"Wrote data/pretrained/{key}: {done}", *card["disclosure"]]))


@click.command(short_help="Score a generator against real pictures.")
@click.argument("keys", nargs=-1, metavar="[KEY]...")
@click.option("--generator", type=click.Path(path_type=Path),
              help="A generator.npz, or the folder (--out of labkit train) that holds one.  [default: the pretrained]")
@click.option("--pictures", type=click.IntRange(min=2),
              help="How many pictures it draws.  [default: 10,000; 2,000 where EfficientNet looks at them]")
@click.option("--extractor", "name", help="See `labkit extractor list`.  [default: the one that scores the set]")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path),
              help="A results file.  [default: data/results/score-KEY.json, or scores.json beside --generator]")
@click.option("--ship", is_flag=True, help="Write the scores into the pretrained generator's card, too.")
def score(keys, generator, pictures, name, out, ship):
    """Score the generator KEY: every score with its error bar, N, extractor and time.

    Without KEY, all pretrained generators are scored one after the other.
    """
    from labkit import device, models
    from labkit.models import weights
    from labkit.training import results

    keys = keys or weights.available()
    for key in keys:
        models.spec(key)
    if not keys:
        raise LabkitError("There are no pretrained generators to score. Train one: labkit train cifar-dcgan --ship")
    if (len(keys) > 1 and (generator or out)) or (generator and ship):
        raise click.UsageError("--generator and --out take one KEY; --ship is for the pretrained generator.")
    device.setup(strategy="none", quiet=True)
    from labkit.models import extractors
    from labkit.training import scoring

    extractor = extractors.load(name) if name else None
    for key in keys:
        network = weights.load(key, generator) if generator else None
        scored = scoring.score(key, network, extractor=extractor, pictures=pictures)
        click.echo(str(scored))
        home = generator if generator is None or generator.is_dir() else generator.parent
        path = out or (home / "scores.json" if home else files.results() / f"score-{key}.json")
        results.write(path, {"key": key, "generator": generator.name if home else "pretrained", **scored.as_dict()})
        click.echo(f"Wrote {path}")
        if ship:
            scoring.ship_scores(scored)
            click.echo(f"Wrote the scores into data/pretrained/{key}/card.json")


@click.group(short_help="The networks behind the scores.")
def extractor():
    """List, train and describe the networks that turn pictures into features."""


@extractor.command("list")
def list_extractors():
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


@extractor.command("reference")
@click.argument("data")
@click.option("--key", help="Make the pictures as this generator's: its size and channels.  [default: the set's own]")
@click.option("--extractor", "name", help="See `labkit extractor list`.  [default: the one that scores the set]")
@click.option("--stand-in", type=click.Choice(["refuse", "only"]), default="refuse", show_default=True,
              help="only: of the stand-in, although the real one may be here.")
def write_reference(data, key, name, stand_in):
    """Write the statistics of the real set DATA, so that it can be scored against where it is missing.

    Mean, covariance and at most 2,000 feature vectors, never pictures: data/pretrained/reference-….
    """
    from labkit import datasets, device, models

    datasets.entry(data)
    shape = models.spec(key).image_shape if key else None
    device.setup(strategy="none", quiet=True)
    from labkit.models import extractors
    from labkit.training import scoring

    extractor = extractors.load(name) if name else extractors.load_default(data)
    card = scoring.make_reference(data, extractor, shape, stand_in, say=click.echo)
    click.echo(f"Wrote {scoring.reference_folder(data, card['image_shape'], extractor.name).name}: {card['features']} "
               f"features, a sample of {card['sample']:,}")


@extractor.command("train")
@click.argument("name")
@click.option("--stand-in", type=click.Choice(["allow", "refuse", "only"]), default="refuse", show_default=True,
              help="Whether a stand-in may, may not or shall take the place of the real set.")
@click.option("--ship", is_flag=True, help="Afterwards, write it to data/pretrained/classifier-NAME with its card.")
@click.option("--notes", default="", help="A sentence for the card.")
def train_extractor(name, stand_in, ship, notes):
    """Train the classifier of the labelled set NAME; minutes on one processor core."""
    from labkit import device

    device.quiet_tensorflow()
    from labkit.training import classifiers

    network, facts = classifiers.train(classifiers.plan(name), stand_in, say=click.echo)
    if ship:
        card = classifiers.ship(network, facts, notes)
        click.echo(f"Wrote data/pretrained/classifier-{name}: {card['accuracy']:.2%} of the test pictures right, "
                   f"SHA-256 {card['sha256'][:12]}…")


@click.command(short_help="Grade a folder of submitted notebooks.")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--jobs", type=click.IntRange(min=1), default=1, show_default=True, help="Submissions at once.")
@click.option("--timeout", type=Number(min=1), default=600, show_default=True, help="Seconds for each.")
@click.option("--memory", type=Number(min=1), default=6, show_default=True, help="Gigabytes for each.")
def grade(folder, jobs, timeout, memory):
    """Run every notebook in FOLDER and below it; say, and write into grades.csv there, which exercises are solved.

    Each runs at quick in a box of its own: no network, nothing to write but a copy of its folder, no solutions, an end.
    """
    from labkit import grade as grades

    grades.grade(folder, jobs, timeout, memory * 1e9, click.echo).show()
