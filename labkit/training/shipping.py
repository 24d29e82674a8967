"""From a finished training to weights that ship: the card is filled from the run, never by hand."""

from labkit import datasets, files
from labkit.errors import LabkitError
from labkit.models import weights
from labkit.training import copying, results

#: Sets whose pictures may not be passed on: their generators ship only after a memorisation check.
CHECKED = ("bedrooms", "faces")


def ship(trained, notes: str = "") -> dict:
    """Write the averaged generator of a ``TrainedRun`` to ``data/pretrained/KEY``; return the card.

    What the training measured goes to ``data/results/train-KEY.json``, where ledger and notebooks find it.
    ``scores`` comes from ``scored``, or stays null where no extractor is at hand, but for the memorisation check of the
    sets in ``CHECKED``, whose result is there and, in words, in the notes. Raises LabkitError when that check finds
    copies of training pictures.
    """
    summary, recipe = trained.summary, trained.recipe
    notes = f"{notes} {summary.get('start') or ''}".strip()
    scores = None
    if recipe.dataset in CHECKED and not trained.data.is_stand_in:
        scores = {"memorisation": memorisation(trained)}
        copying.refuse(scores["memorisation"], recipe.key)
        notes = f"{notes} {copying.sentence(scores['memorisation'])}".strip()
    origin = results.provenance()
    results.write(files.results() / f"train-{recipe.key}.json", {
        name: summary[name] for name in ("device", "precision", "steps", "images_seen", "seconds", "images_per_second",
                                         "diagnoses", "final")})
    per_epoch = summary["dataset"]["pictures"] // recipe.batch_size
    card = weights.save(recipe.key, trained.generator, {
        "dataset": summary["dataset"]["title"],
        "source": summary["dataset"]["source"],
        "licence": summary["dataset"]["licence"],
        "is_stand_in": summary["dataset"]["is_stand_in"],
        "images_seen": summary["images_seen"],
        "steps": summary["steps"],
        "epochs": round(summary["steps"] / per_epoch, 2),
        "recipe": {name: value for name, value in summary["recipe"].items() if name != "why"},
        "seed": recipe.seed,
        "device": summary["device"],
        "minutes": round(summary["seconds"] / 60, 1),
        "precision": summary["precision"],
        "versions": {"labkit": origin["labkit"], "commit": origin["commit"], **origin["versions"]},
        "command": origin["command"],
        "scores": scores,
        "notes": notes,
    })
    return scored(recipe.key) or card


def scored(key: str, say=print) -> dict | None:
    """Score the generator that was just shipped and return its card with the scores; None where nothing can judge it.

    The extractor is the set's own (``extractors.load_default``); ``labkit score KEY --ship`` does the same later.
    """
    from labkit.training import scoring

    try:
        return scoring.ship_scores(scoring.score(key))
    except LabkitError as error:  # the weights are shipped all the same
        say(f"{key} is not scored: {error} Later: labkit score {key} --ship")
        return None


def memorisation(trained) -> dict:
    """Return ``copying.check`` for a ``TrainedRun``: its pictures against those of its set's test split."""
    from labkit.models import extractors
    from labkit.training.run import prepare

    recipe = trained.recipe
    test = datasets.load(recipe.dataset, "test", size=recipe.image_shape[0], stand_in="refuse", quiet=True)
    train, held_out = (prepare(data, recipe.image_shape) for data in (trained.data, test))
    network = None
    if "efficientnet_lite0" in extractors.available():
        network = extractors.load("efficientnet_lite0", size=128)
    return copying.check(trained.generator, train, held_out, recipe.flip, network)
