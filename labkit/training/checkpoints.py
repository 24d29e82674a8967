"""Checkpoints from which a training goes on as if it had never stopped, bit for bit.

A checkpoint holds every variable of both networks (batch-norm statistics and the random state of dropout among
them) and of both optimizers (moments, averaged weights), the number of steps done and the losses so far. Data
order and noise need no room: they follow from (seed, step), see ``labkit.training.order``.
"""

import json
import re
import zipfile
from pathlib import Path

import numpy as np

from labkit.errors import LabkitError
from labkit.files import atomic

PATTERN = re.compile(r"step-(\d{8})\.npz")
KEPT = 2  # the newest, and one more should the newest be damaged


def _parts(gan) -> dict:
    return {
        "generator": gan.generator.variables,
        "discriminator": gan.discriminator.variables,
        "g_optimizer": gan.g_optimizer.variables,
        "d_optimizer": gan.d_optimizer.variables,
    }


def save(folder, gan, log: dict[str, np.ndarray], fingerprint: dict, seconds: float = 0.0) -> Path:
    """Write ``folder/step-NNNNNNNN.npz`` for a compiled GAN and drop all but the newest two.

    log: name → float32 (steps,), the losses so far. ``fingerprint`` names what must be equal when it is read
    again (the recipe). ``seconds``: how long the training has taken so far. Raises LabkitError when the disk is
    full; older checkpoints are then still there.
    """
    folder = Path(folder)
    arrays = {
        f"{part}/{index:03d}": np.asarray(variable)
        for part, variables in _parts(gan).items()
        for index, variable in enumerate(variables)
    }
    arrays |= {f"log/{name}": values for name, values in log.items()}
    meta = {"steps_done": gan.steps_done, "seconds": round(seconds, 1), "fingerprint": fingerprint}
    arrays["meta"] = np.frombuffer(json.dumps(meta, sort_keys=True).encode(), dtype=np.uint8)
    path = folder / f"step-{gan.steps_done:08d}.npz"
    with atomic(path) as file:
        np.savez(file, **arrays)
    for old in found(folder)[:-KEPT]:
        old.unlink(missing_ok=True)
    return path


def found(folder) -> list[Path]:
    """Return the checkpoints in ``folder``, oldest first."""
    folder = Path(folder)
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if PATTERN.fullmatch(path.name))


def restore(folder, gan, fingerprint: dict) -> dict[str, np.ndarray] | None:
    """Load the newest readable checkpoint into a compiled GAN; return its log, or None when there is none.

    Raises LabkitError when the checkpoint was made with another recipe or for other networks.
    """
    damaged = []
    for path in reversed(found(folder)):
        try:
            with open(path, "rb") as opened, np.load(opened, allow_pickle=False) as file:
                arrays = {name: file[name] for name in file.files}
            meta = json.loads(bytes(arrays.pop("meta")))
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            damaged.append(f"{path} ({error})")
            continue
        for line in damaged:
            print(f"Passing over a damaged checkpoint: {line}")
        return _apply(path, arrays, meta, gan, fingerprint)
    if damaged:
        raise LabkitError(
            f"No checkpoint can be read: {'; '.join(damaged)}. Delete that folder and train without --resume."
        )
    return None


def _apply(path, arrays, meta, gan, fingerprint):
    then = meta["fingerprint"]
    for name in sorted(set(then) | set(fingerprint)):
        if then.get(name) != fingerprint.get(name):
            raise LabkitError(
                f"{path} was made with {name}={then.get(name)}, this training has {name}={fingerprint.get(name)}. "
                "Resume with the same settings, or train into another folder with --out."
            )
    for part, variables in _parts(gan).items():
        stored = [arrays[name] for name in sorted(arrays) if name.startswith(f"{part}/")]
        if [value.shape for value in stored] != [tuple(variable.shape) for variable in variables]:
            raise LabkitError(f"{path} holds another {part} than this one. Train into another folder with --out.")
        for variable, value in zip(variables, stored, strict=True):
            variable.assign(value)
    gan.steps_done, gan.seconds_done = meta["steps_done"], meta.get("seconds", 0.0)
    return {name.removeprefix("log/"): values for name, values in arrays.items() if name.startswith("log/")}
