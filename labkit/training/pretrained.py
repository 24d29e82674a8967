"""Small weights that ship with the labs: ``data/pretrained/KEY/weights.npz`` and its card, ``card.json``.

float16 halves the size; batch-norm statistics stay float32, since a rounding error there moves every picture.
"""

import zipfile
from pathlib import Path

import numpy as np

from labkit import files, models
from labkit.errors import LabkitError
from labkit.models import precision, weights

LIMIT = 10_000_000  # bytes of one weights file
FIELDS = (
    "key", "dataset", "source", "licence", "is_stand_in", "images_seen", "steps", "epochs", "recipe", "seed", "device",
    "minutes", "precision", "versions", "command", "sha256", "scores", "notes",
)


def available() -> tuple[str, ...]:
    """Return the keys that have pretrained weights here; extractors and statistics, which lie beside them, are none."""
    folder = files.pretrained()
    # A domain transfer starts from pictures, not from noise: labkit.training.transfer_shipping loads it.
    known = [key for key in (*models.keys(), *models.papers()) if models.spec(key).kind != "transfer"]
    found = (path.parent.name for path in folder.glob("*/card.json")) if folder.is_dir() else ()
    return tuple(sorted(key for key in found if key in known))


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
    return weights.card(path.parent)


def load(key: str, verify: bool = True):
    """Return the pretrained generator of ``key`` as a built Keras model, float32.

    ``verify`` compares the file's SHA-256 with the card's. Raises LabkitError for missing or damaged weights.
    """
    card(key)
    network = _untrained(key)
    weights.read(files.pretrained() / key, network, verify)
    return network


def load_file(key: str, path):
    """Return the generator that ``labkit train`` left as ``generator.npz`` (or in its --out folder), float32.

    Raises LabkitError when the file is missing, damaged, or of another model than ``key``.
    """
    path = Path(path)
    path = path / "generator.npz" if path.is_dir() else path
    network = _untrained(key)
    try:
        with open(path, "rb") as file, np.load(file, allow_pickle=False) as stored:
            values = [stored[name].astype(np.float32) for name in sorted(stored.files)]
    except FileNotFoundError as error:
        raise LabkitError(f"{path} does not exist. labkit train {key} --out FOLDER leaves a generator.npz in FOLDER.") \
            from error
    except (OSError, ValueError, TypeError, zipfile.BadZipFile) as error:
        raise LabkitError(f"{path} cannot be read: {error}. Train again, or choose another file.") from error
    if [value.shape for value in values] != [tuple(weight.shape) for weight in network.weights]:
        raise LabkitError(f"{path} does not hold the weights of {key}: is it another model's?")
    network.set_weights(values)
    return network


def set_scores(key: str, scores: dict | None) -> dict:
    """Write ``scores`` (as JSON can hold them) into the card of ``key``; return the card."""
    facts = card(key) | {"scores": scores}
    files.write_json(files.pretrained() / key / "card.json", facts)
    return facts


def _untrained(key):
    with precision.float32():
        built = models.build(key)
    return getattr(built, "generator", built)


def save(key: str, network, facts: dict) -> dict:
    """Write weights and card of ``key``; return the card.

    facts: the card's fields apart from ``key`` and ``sha256`` (module constant FIELDS); ``scores`` may be None.
    Raises LabkitError for a missing or unknown field, a weight that is no number, or a file over 10 MB.
    """
    facts = {"key": key, **facts}
    wrong = sorted(set(FIELDS) - {"sha256"} ^ set(facts))
    if wrong:
        raise LabkitError(f"The card of {key} has missing or unknown fields: {', '.join(wrong)}.")
    folder = files.pretrained() / key
    facts["sha256"] = weights.write(folder, network, LIMIT)
    files.write_json(folder / "card.json", {name: facts[name] for name in FIELDS})
    return facts
