"""Weights and their cards: the one place that writes them and reads them.

What ships lies in ``data/pretrained/NAME``: ``weights.npz`` beside ``card.json``, which says what it was trained on and
how. Arrays of more than 4,096 values are stored as float16, half the size; batch-norm statistics stay float32, since a
rounding error there moves every picture.
"""

import contextlib
import hashlib
import io
import json
import math
from pathlib import Path

import numpy as np

from labkit import device, files
from labkit.errors import LabkitError
from labkit.models import registry

LARGE = 4096  # values; what has more is stored as float16
LARGEST = 60_000  # float16 ends at 65,504
LIMIT = 10_000_000  # bytes of one weights file


def available() -> tuple[str, ...]:
    """Return the keys that have a pretrained generator here."""
    # A domain transfer starts from pictures, not from noise, and a flow goes a long way: no generators among others.
    known = [key for key in (*registry.keys(), *registry.papers()) if registry.spec(key).kind in ("gan", "network")]
    return tuple(sorted(key for key in known if (folder(key) / "card.json").is_file()))


def folder(name: str) -> Path:
    """Return ``data/pretrained/NAME``."""
    return files.pretrained() / name


def card(name: str) -> dict:
    """Return the card of ``name``, a model's key or another folder of ``data/pretrained``: data, recipe, scores. Raises
    LabkitError when nothing ships under that name, or the card is damaged."""
    path = folder(name) / "card.json"
    try:
        found = json.loads(path.read_bytes())
        if isinstance(found["sha256"], str):
            return found
        raise TypeError("no SHA-256")
    except FileNotFoundError as error:
        if name not in (*registry.keys(), *registry.papers()):
            raise LabkitError(f"{path} is missing. {_repair(name)}") from error
        there = ", ".join(available()) or "none"
        raise LabkitError(f"No pretrained weights for {name!r} in {files.pretrained()}; there are {there}. "
                          f"Train your own with: labkit train {name} --profile laptop") from error
    except (ValueError, KeyError, TypeError) as error:
        raise LabkitError(f"{path} is damaged ({error}). {_repair(name)}") from error


def _repair(name):
    return f"Restore it with: git checkout -- data/pretrained/{name}"


def load(key: str, path=None):
    """Return the generator of ``key`` as a built Keras model, float32: the pretrained one, or that in ``path``, the
    ``generator.npz`` that ``labkit train`` leaves (or the folder that holds it). "domain-transfer": all its networks;
    the discriminator stays untrained. Raises LabkitError for weights that are missing, damaged, or another model's."""
    if path is None:
        card(key)
    with float32():
        built = registry.build(key)
    network = getattr(built, "generator", built)
    if path is not None:
        path = Path(path) / "generator.npz" if Path(path).is_dir() else Path(path)
        if not path.is_file():
            raise LabkitError(f"{path} does not exist. labkit train {key} --out FOLDER leaves a generator.npz in "
                              "FOLDER.")
        read(path, network, f"does not hold the weights of {key}: is it another model's? Train again, or choose "
             "another file.")
        return network
    from labkit.models.domain_transfer import together

    restore(key, together(built) if registry.spec(key).kind == "transfer" else network)
    return network


def restore(name: str, network) -> None:
    """Set the weights of a built Keras model from ``data/pretrained/NAME``; they become float32. Raises LabkitError for
    a file that is missing, is not the one its card describes, or is another network's."""
    read(verified(name, "weights.npz"), network,
         f"holds weights for another {name} than labkit builds now. {_repair(name)}")


def verified(name: str, file: str) -> Path:
    """Return the path of a shipped file whose SHA-256 is the one on its card. Raises LabkitError otherwise."""
    path, digest = folder(name) / file, card(name)["sha256"]
    if not path.is_file():
        raise LabkitError(f"{path} is missing although its card is there. {_repair(name)}")
    if files.sha256(path) != digest:
        raise LabkitError(f"{path} is not the file its card describes (SHA-256 differs). {_repair(name)}")
    return path


def read(path, network, otherwise="holds another network's weights."):
    """Set a network's weights from what ``write`` wrote; ``otherwise`` says what is wrong where the shapes differ."""
    shapes = [tuple(weight.shape) for weight in network.weights]
    try:
        with open(path, "rb") as file, np.load(file, allow_pickle=False) as stored:
            size = sum(part.file_size for part in stored.zip.infolist())  # a few bytes may unpack to any number
            fits = size <= sum(4 * math.prod(shape) + 4096 for shape in shapes)
            values = [stored[name].astype(np.float32) for name in sorted(stored.files)] if fits else []
    except Exception as error:  # NumPy and zipfile meet damaged bytes with a dozen kinds
        reason = getattr(error, "strerror", None) or "damaged, or no file of weights"  # not NumPy's advice to trust it
        raise LabkitError(f"{path} cannot be read: {reason}. Train again, or choose another file.") from error
    if [value.shape for value in values] != shapes:
        raise LabkitError(f"{path} {otherwise}")
    network.set_weights(values)


def write(path, network) -> None:
    """Write the weights of a Keras model into ``path``, an .npz; ``path`` may be an open binary file. Raises
    LabkitError for a weight that float16 cannot hold; what was there is untouched then."""
    arrays = {}
    for index, weight in enumerate(network.weights):
        value = np.asarray(weight, dtype=np.float32)
        if not np.isfinite(value).all() or np.abs(value).max(initial=0.0) > LARGEST:
            raise LabkitError(f"{weight.path} has values that float16 cannot hold: these weights cannot be shipped.")
        exact = "moving_" in weight.path or value.size <= LARGE
        arrays[f"{index:03d}.{weight.path.replace('/', '.')}"] = value if exact else value.astype(np.float16)
    with contextlib.nullcontext(path) if hasattr(path, "write") else files.atomic(path) as file:
        np.savez_compressed(file, **arrays)


def save(name: str, network, card: dict, limit: int = LIMIT) -> dict:
    """Put a network's weights and their card into ``data/pretrained/NAME``; return the card, with their ``sha256``.
    Raises LabkitError for weights that float16 cannot hold or over ``limit`` bytes; the old ones are untouched then."""
    buffer = io.BytesIO()
    write(buffer, network)
    if (size := buffer.tell()) > limit:
        raise LabkitError(f"The weights of {name} take {size / 1e6:.1f} MB; {limit / 1e6:.0f} MB is the limit.")
    card = {"key": name, **card, "sha256": hashlib.sha256(buffer.getvalue()).hexdigest()}
    json.dumps(card, allow_nan=False)  # a card that cannot be written must not cost the old weights
    with files.atomic(folder(name) / "weights.npz") as opened:
        opened.write(buffer.getvalue())
    files.write_json(folder(name) / "card.json", card)
    return card


def change_card(name: str, **facts) -> dict:
    """Write ``facts``, for instance ``scores``, into the card of ``name``; return the card."""
    changed = card(name) | facts
    files.write_json(folder(name) / "card.json", changed)
    return changed


@contextlib.contextmanager
def float32():
    """Build the layers of this block in float32, whatever precision a training has set."""
    device.quiet_tensorflow()
    import keras

    policy = keras.config.dtype_policy()
    keras.config.set_dtype_policy("float32")
    try:
        yield
    finally:
        keras.config.set_dtype_policy(policy)
