"""From a finished training to weights that ship: the card is filled from the run, never by hand."""

from labkit import files
from labkit.training import pretrained, results


def ship(trained, notes: str = "") -> dict:
    """Write the averaged generator of a ``TrainedRun`` to ``data/pretrained/KEY``; return the card.

    What the training measured goes to ``data/results/train-KEY.json``, where ledger and notebooks find it.
    ``scores`` stays null until the generator has been scored (``labkit.metrics``).
    """
    summary, recipe = trained.summary, trained.recipe
    origin = results.provenance()
    results.write(files.results() / f"train-{recipe.key}.json", {
        name: summary[name] for name in ("device", "precision", "steps", "images_seen", "seconds", "images_per_second",
                                         "diagnoses", "final")})
    per_epoch = summary["dataset"]["pictures"] // recipe.batch_size
    return pretrained.save(recipe.key, trained.generator, {
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
        "scores": None,
        "notes": notes,
    })
