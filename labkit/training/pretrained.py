"""Small weights that ship with the labs: ``data/pretrained/KEY/weights.npz`` and its card, ``card.json``.

float16 halves the size; batch-norm statistics stay float32, since a rounding error there moves every picture.
"""

import json
import zipfile

import numpy as np

from labkit import files, models
from labkit.errors import LabkitError

LIMIT = 10_000_000  # bytes of one weights file
FIELDS = (
    "key", "dataset", "source", "licence", "is_stand_in", "images_seen", "steps", "epochs", "recipe", "seed", "device",
    "minutes", "precision", "versions", "command", "sha256", "scores", "notes",
)


def available() -> tuple[str, ...]:
    """Return the keys that have pretrained weights here."""
    folder = files.pretrained()
    return tuple(sorted(path.parent.name for path in folder.glob("*/card.json"))) if folder.is_dir() else ()


def card(key: str) -> dict:
    """Return the card of ``key``: what it was trained on, how, for how long, and with which scores.

    Raises LabkitError when no weights ship for it.
    """
    path = files.pretrained() / key / "card.json"
    if not path.is_file():
        raise LabkitError(
            f"No pretrained weights for {key!r} in {files.pretrained()}; there are {', '.join(available()) or 'none'}. "
            f"Train your own with: labkit train {key} --profile laptop"
        )
    return json.loads(path.read_text(encoding="utf-8"))


def load(key: str, verify: bool = True):
    """Return the pretrained generator of ``key`` as a built Keras model, float32.

    ``verify`` compares the file's SHA-256 with the card's. Raises LabkitError for missing or damaged weights.
    """
    facts = card(key)
    path = files.pretrained() / key / "weights.npz"
    repair = f"Restore it with: git checkout -- data/pretrained/{key}"
    if not path.is_file():
        raise LabkitError(f"{path} is missing although its card is there. {repair}")
    if verify and files.sha256(path) != facts["sha256"]:
        raise LabkitError(f"{path} is not the file its card describes (SHA-256 differs). {repair}")
    built = models.build(key)
    network = getattr(built, "generator", built)
    try:
        with open(path, "rb") as file, np.load(file, allow_pickle=False) as stored:
            values = [stored[name].astype(np.float32) for name in sorted(stored.files)]
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        raise LabkitError(f"{path} cannot be read: {error}. {repair}") from error
    if [value.shape for value in values] != [tuple(weight.shape) for weight in network.weights]:
        raise LabkitError(f"{path} holds weights for another {key} than labkit builds now. {repair}")
    network.set_weights(values)
    return network


def save(key: str, network, facts: dict) -> dict:
    """Write weights and card of ``key``; return the card.

    facts: the card's fields apart from ``key`` and ``sha256`` (module constant FIELDS); ``scores`` may be None.
    Raises LabkitError for a missing or unknown field, a weight that is no number, or a file over 10 MB.
    """
    facts = {"key": key, **facts}
    wrong = sorted(set(FIELDS) - {"sha256"} ^ set(facts))
    if wrong:
        raise LabkitError(f"The card of {key} has missing or unknown fields: {', '.join(wrong)}.")
    arrays = {}
    for index, weight in enumerate(network.weights):
        value = np.asarray(weight, dtype=np.float32)
        if not np.isfinite(value).all() or np.abs(value).max(initial=0.0) > 60_000:
            raise LabkitError(f"{weight.path} has values that float16 cannot hold: these weights cannot be shipped.")
        exact = "moving_" in weight.path
        arrays[f"{index:03d}.{weight.path.replace('/', '.')}"] = value if exact else value.astype(np.float16)
    path = files.pretrained() / key / "weights.npz"
    with files.atomic(path) as file:
        np.savez(file, **arrays)
    if path.stat().st_size > LIMIT:
        size = path.stat().st_size
        path.unlink()
        raise LabkitError(f"The weights of {key} take {size / 1e6:.1f} MB; {LIMIT / 1e6:.0f} MB is the limit.")
    facts["sha256"] = files.sha256(path)
    files.write_json(path.with_name("card.json"), {name: facts[name] for name in FIELDS})
    return facts
