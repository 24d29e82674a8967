"""From a finished training to weights that ship: the card is filled from the training's folder, never by hand."""

import io
from pathlib import Path

from labkit import datasets, files, metrics
from labkit.errors import LabkitError
from labkit.models import extractors, weights
from labkit.training import recipes, results, scoring
from labkit.training.run import prepare

CHECKED = ("bedrooms", "faces")  # may not be passed on: their generators ship only after a check for copies
TOGETHER = 32_000_000  # bytes of all generators
ALL = 44_000_000  # bytes of data/pretrained


def ship(key: str, folder, notes: str = "") -> dict:
    """Write the generator of a finished training to ``data/pretrained/KEY``, scored where it can be; return its card.

    folder: what ``labkit train KEY --out FOLDER`` leaves, ``generator.npz`` and ``results.json``. The card says how it
    was trained, and what differs from the report (``disclosure``); what the training measured goes to
    ``data/results/train-KEY.json``. Raises LabkitError for a folder without these files or of another key, for copies
    of training pictures, and for more bytes than may ship; what shipped before is untouched then.
    """
    folder = Path(folder)
    summary = results.read(folder / "results.json") if (folder / "results.json").is_file() else {}
    recipe, data, origin = (summary.get(name) for name in ("recipe", "dataset", "provenance"))
    if not (recipe and data and origin):
        raise LabkitError(f"{folder} holds no finished training: its results.json is missing or another's. "
                          f"labkit train {key} --out FOLDER leaves one.")
    if recipe["key"] != key:
        raise LabkitError(f"{folder} holds a training of {recipe['key']}, not of {key}.")
    generator = weights.load(key, folder)
    _room(key, generator)
    scores = None
    if recipe["dataset"] in CHECKED and not data["is_stand_in"]:
        found = memorisation(generator, recipe)
        if found["copies"] / found["generated"] > found["copies_held_out"] / found["held_out"]:
            raise LabkitError(f"{found['copies']} of {found['generated']} pictures of {key} are copies of training "
                              "pictures, which may not be passed on: these weights do not ship. Train for a shorter "
                              "time, or with --set augment=both.")
        scores = {"memorisation": found}
        notes = (f"{notes} Memorisation check: {found['copies']} of {found['generated']} generated pictures are copies "
                 f"of one of {found['training_pictures']} training pictures, moved, mirrored or darkened ones "
                 "included.").strip()
    steps, of = summary["steps"], summary["steps_planned"]
    card = weights.save(key, generator, {
        "dataset": data["title"], "source": data["source"], "licence": data["licence"],
        "is_stand_in": data["is_stand_in"], "images_seen": summary["images_seen"], "steps": steps,
        "epochs": round(steps / (data["pictures"] // recipe["batch_size"]), 2),
        "recipe": {name: value for name, value in recipe.items() if name != "why"},
        "disclosure": disclosure(recipe, summary["start"]) + ([f"stopped after {steps:,} of {of:,} steps"]
                                                              if steps < of else []),
        "seed": recipe["seed"], "device": summary["device"], "minutes": round(summary["seconds"] / 60, 1),
        "precision": summary["precision"],
        "scores": scores, "notes": notes, **results.card_facts(origin=origin),
    })
    measured = ("device", "precision", "steps", "images_seen", "seconds", "images_per_second", "diagnoses", "final")
    files.write_json(files.results() / f"train-{key}.json",
                     {"provenance": origin, **{name: summary[name] for name in measured}})
    try:
        return scoring.ship_scores(scoring.score(key))
    except LabkitError as error:  # the weights are shipped all the same
        print(f"{key} is not scored: {error} Later: labkit score {key} --ship")
        return card


def disclosure(recipe: dict, start: str | None = None) -> list[str]:
    """Return in words what a training did that its report does not state, or states otherwise: EMA, smoothing, …"""
    both = "real and generated" if recipe.get("augment") == "both" else "real"
    words = {
        "ema": "weights averaged over the steps (EMA, momentum {})",
        "label_smoothing": "one-sided label smoothing of {}",
        "flip": f"{both} pictures mirrored at random",
        "shift": f"{both} pictures moved by up to {{}} pixels",
        "weight_decay": "weight decay of {}",
        "channels": "{} channels",
    }
    found = [text.format(recipe[name]) for name, text in words.items() if recipe.get(name)]
    if recipe.get("schedule", "constant") != "constant":
        found.append(f"{recipe['schedule']} learning rates")
    if recipe["learning_rate_g"] != recipe["learning_rate_d"]:
        found.append(f"learning rates of its own: {recipe['learning_rate_g']:g} for the generator, "
                     f"{recipe['learning_rate_d']:g} for the discriminator")
    full = recipes.get(recipe["key"], "full")
    for name in ("batch_size", "epochs", "steps", "learning_rate_g", "learning_rate_d", "beta_1"):
        if full.why.get(name, "").startswith("report") and recipe[name] and getattr(full, name) != recipe[name]:
            found.append(f"{name} {recipe[name]:g} instead of the report's {getattr(full, name):g}")
    return [*found, *filter(None, [start])]


def _room(key, generator):
    """Raise LabkitError where the generator's file would be one too many."""
    buffer, mine = io.BytesIO(), weights.folder(key) / "weights.npz"
    weights.write(buffer, generator)
    generators = [weights.folder(name) / "weights.npz" for name in weights.available()]
    everything = [path for path in files.pretrained().rglob("*") if path.is_file()]
    for what, paths, limit in (("all generators", generators, TOGETHER), ("data/pretrained", everything, ALL)):
        size = buffer.tell() + sum(path.stat().st_size for path in paths if path != mine)
        if size > limit:
            raise LabkitError(f"With these weights of {key}, {what} would take {size / 1e6:.1f} MB; "
                              f"{limit / 1e6:.0f} MB is the limit.")


def memorisation(generator, recipe: dict, count: int = 500) -> dict:
    """Return what a card says of copies, as plain numbers: ``count`` generated pictures against the training pictures,
    by pixels and, where EfficientNet is at hand, by its features; the set's test split calibrates both."""
    train, held_out = (prepare(datasets.load(recipe["dataset"], split, size=recipe["image_shape"][0],
                                             stand_in="refuse", quiet=True), recipe["image_shape"])
                       for split in ("train", "test"))
    fake = scoring.draw(generator, train.shape[1:], count, seed=1)
    near, usual = (metrics.closeness(pictures, train) for pictures in (fake, held_out))
    found = {"generated": count, "training_pictures": len(train), "held_out": len(held_out), "seed": 1,
             "method": f"moved by up to 4 pixels, mirrored, closeness below {metrics.COPY}",
             "copies": int((near < metrics.COPY).sum()), "copies_held_out": int((usual < metrics.COPY).sum()),
             "closeness": round(float(near.min()), 3), "closeness_held_out": round(float(usual.min()), 3)}
    if "efficientnet_lite0" in extractors.available():
        network = extractors.load("efficientnet_lite0", size=128)
        memory = metrics.memorisation(*(metrics.extract(images, network) for images in (fake, train, held_out)))
        found["features"] = {"extractor": memory.extractor, "value": round(float(memory), 3),
                             "nearer_than_any_held_out": len(memory.suspects)}
    return found
