"""Weights that ship: ``weights.npz`` beside its card, ``card.json``, in a folder of ``data/pretrained``.

float16 halves the size; batch-norm statistics stay float32, since a rounding error there moves every picture.
"""

import json
import zipfile
from pathlib import Path

import numpy as np

from labkit import files
from labkit.errors import LabkitError

LARGEST = 60_000  # float16 ends at 65,504


def card(folder) -> dict:
    """Return the card in ``folder``. Raises LabkitError when it is missing or no JSON."""
    path = Path(folder) / "card.json"
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise LabkitError(f"{path} is missing. {repair(folder)}") from error
    except json.JSONDecodeError as error:
        raise LabkitError(f"{path} is no JSON: line {error.lineno}: {error.msg}. {repair(folder)}") from error


def repair(folder) -> str:
    """Return the sentence that says how to get a shipped folder back."""
    return f"Restore it with: git checkout -- data/pretrained/{Path(folder).name}"


def read(folder, network, verify: bool = True) -> None:
    """Set the weights of ``network`` (a built Keras model) from ``folder``; they become float32.

    ``verify`` compares the file's SHA-256 with the card's. Raises LabkitError for missing, damaged or other weights.
    """
    folder = Path(folder)
    path = folder / "weights.npz"
    facts = card(folder)
    if not path.is_file():
        raise LabkitError(f"{path} is missing although its card is there. {repair(folder)}")
    if verify and files.sha256(path) != facts["sha256"]:
        raise LabkitError(f"{path} is not the file its card describes (SHA-256 differs). {repair(folder)}")
    try:
        with open(path, "rb") as file, np.load(file, allow_pickle=False) as stored:
            values = [stored[name].astype(np.float32) for name in sorted(stored.files)]
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        raise LabkitError(f"{path} cannot be read: {error}. {repair(folder)}") from error
    if [value.shape for value in values] != [tuple(weight.shape) for weight in network.weights]:
        raise LabkitError(f"{path} holds weights for another {folder.name} than labkit builds now. {repair(folder)}")
    network.set_weights(values)


def write(folder, network, limit: int) -> str:
    """Write ``weights.npz`` of a Keras model into ``folder``; return its SHA-256. The card is the caller's.

    Raises LabkitError for a weight that float16 cannot hold, or a file over ``limit`` bytes.
    """
    path = Path(folder) / "weights.npz"
    arrays = {}
    for index, weight in enumerate(network.weights):
        value = np.asarray(weight, dtype=np.float32)
        if not np.isfinite(value).all() or np.abs(value).max(initial=0.0) > LARGEST:
            raise LabkitError(f"{weight.path} has values that float16 cannot hold: these weights cannot be shipped.")
        exact = "moving_" in weight.path
        arrays[f"{index:03d}.{weight.path.replace('/', '.')}"] = value if exact else value.astype(np.float16)
    with files.atomic(path) as file:
        np.savez_compressed(file, **arrays)
    if path.stat().st_size > limit:
        size = path.stat().st_size
        path.unlink()
        raise LabkitError(f"The weights of {Path(folder).name} take {size / 1e6:.1f} MB; {limit / 1e6:.0f} MB is the "
                          "limit.")
    return files.sha256(path)
