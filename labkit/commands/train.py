"""``labkit train``: a model from a recipe, with checkpoints."""

import json
import os
from pathlib import Path

import click

from labkit import device, files, models
from labkit.errors import LabkitError


@click.command("train")
@click.argument("key")
@click.option("--profile", type=click.Choice(["quick", "laptop", "full"]), default="quick", show_default=True,
              help="quick: half a minute; laptop: hours on two cores, what the pretrained weights come from; "
                   "full: the report's own settings.")
@click.option("--resume", is_flag=True, help="Go on from the newest checkpoint in --out.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path),
              help="Folder for checkpoints, samples and results.  [default: build/train/KEY-PROFILE]")
@click.option("--set", "settings", multiple=True, metavar="NAME=VALUE",
              help="Change a value of the recipe, for instance --set batch_size=64. May be repeated.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True)
@click.option("--limit", type=click.IntRange(min=1), help="Use only so many pictures.")
@click.option("--minutes", type=click.FloatRange(min=0, min_open=True), help="Stop after so long, with a checkpoint.")
@click.option("--keep", metavar="STEPS", default="",
              help="Keep the generator after these steps, for instance --keep 100,1000, in --out/generators.")
@click.option("--start", type=click.Path(file_okay=False, exists=True, path_type=Path), metavar="FOLDER",
              help="Begin with the weights of the training in FOLDER; narrower networks are widened.")
@click.option("--stand-in", type=click.Choice(["allow", "refuse"]), default=None,
              help="Whether drawn pictures may stand in for a missing set.  [default: refuse for full, else allow]")
@click.option("--ship", is_flag=True, help="Afterwards, write the generator to data/pretrained/KEY with its card.")
@click.option("--mirrored", is_flag=True, help="Share each minibatch out among this machine's GPUs (without one: two "
              "logical devices of the processor).")
@click.option("--workers", metavar="HOST:PORT,…", help="Train on several machines: all their addresses, the same list "
              "for each. --out must be a folder that they share.")
@click.option("--worker-index", type=click.IntRange(min=0), help="Which of --workers this process is, from 0.")
@click.option("--recipe", "only_show", is_flag=True, help="Print the recipe and where each value comes from, and stop.")
def command(key, profile, resume, out, settings, seed, limit, minutes, keep, start, stand_in, ship, mirrored,
            workers, worker_index, only_show):
    """Train the GAN called KEY.

    A killed training goes on with --resume, to the same bits as an undisturbed one.
    """
    together = _strategy(workers, worker_index, mirrored)
    if models.spec(key).kind == "transfer":
        raise LabkitError("The domain transfer is trained by the loop that notebook 12 writes out: labkit run 12 "
                          "--profile laptop. Its section 5 says how its networks come into data/pretrained.")
    from labkit.training import recipes

    recipe = recipes.get(key, profile, **_pairs(settings), seed=seed)
    if only_show:
        _show(recipe)
        return
    stand_in = stand_in or ("refuse" if profile == "full" else "allow")
    out = out or files.home() / "build" / "train" / f"{key}-{profile}"
    device.quiet_tensorflow()
    from labkit.training import run

    trained = run.train(recipe, out=out, resume=resume, stand_in=stand_in, limit=limit, minutes=minutes,
                        keep=_steps(keep), say=click.echo, strategy=together, start=start)
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

    if workers is None or index is None:
        raise LabkitError("--workers and --worker-index belong together: all workers' addresses, and which of them "
                          f"this one is. For instance {devices.EXAMPLE}")
    if mirrored:
        raise LabkitError("--mirrored is for one machine; each of several --workers uses all of its GPUs anyway.")
    os.environ["TF_CONFIG"] = json.dumps(devices.tf_config(workers, index))
    return "workers"


def _steps(text) -> tuple[int, ...]:
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if not all(part.isdecimal() and int(part) for part in parts):
        raise LabkitError(f"--keep takes steps with commas between them, not {text!r}; for instance --keep 100,1000.")
    return tuple(int(part) for part in parts)


def _pairs(settings) -> dict[str, str]:
    pairs = {}
    for text in settings:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise LabkitError(f"--set takes NAME=VALUE, not {text!r}; for instance --set batch_size=64.")
        pairs[name.replace("-", "_")] = value
    if "seed" in pairs:
        raise LabkitError("Use --seed for the seed.")
    return pairs


def _show(recipe):
    import dataclasses

    for field in dataclasses.fields(recipe):
        if field.name != "why":
            reason = recipe.why.get(field.name, "")
            click.echo(f"{field.name:20} {getattr(recipe, field.name)!s:18} {reason}".rstrip())
