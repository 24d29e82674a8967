"""Checkpoints, from which a training goes on as if it had never stopped, bit for bit.

They hold every variable of both networks (dropout's random state among them) and of both optimizers, the number of
steps done and the losses. Data order and noise follow from (seed, step), see ``labkit.training.batches``.
"""

import json
import re
from pathlib import Path

import numpy as np

from labkit import files
from labkit.errors import LabkitError

PATTERN = re.compile(r"step-(\d{8})\.npz")
KEPT = 2  # the newest, and one more should the newest be damaged
DIVERGED = "The last checkpoint is from before it. Lower the learning rates or train in float32."


def assign(variables, arrays, part) -> bool:
    """Set variables to the arrays "part/…"; return False, with nothing set, where their shapes differ."""
    stored = [arrays[name] for name in sorted(arrays) if name.startswith(f"{part}/")]
    if [value.shape for value in stored] != [tuple(variable.shape) for variable in variables]:
        return False
    for variable, value in zip(variables, stored, strict=True):
        variable.assign(value)
    return True


def save(folder, gan, log: dict[str, np.ndarray], fingerprint: dict, seconds: float = 0.0) -> Path:
    """Write ``folder/step-NNNNNNNN.npz`` for a compiled GAN and drop all but the newest two. log: name → float32
    (steps,). fingerprint: what must be equal when it is read again. seconds: of training so far. Raises LabkitError for
    weights that are no numbers and a full disk; older checkpoints are then still there."""
    arrays = {f"{part}/{index:03d}": np.asarray(variable)
              for part in gan.parts for index, variable in enumerate(getattr(gan, part).variables)}
    arrays |= {f"log/{name}": values for name, values in log.items()}
    if not all(np.isfinite(values).all() for values in arrays.values()):
        raise LabkitError(f"Step {gan.steps_done}: a weight is no longer a number, and is not saved. {DIVERGED}")
    meta = {"steps_done": gan.steps_done, "seconds": round(seconds, 1), "fingerprint": fingerprint}
    arrays["meta"] = np.frombuffer(json.dumps(meta, sort_keys=True).encode(), dtype=np.uint8)
    path = Path(folder) / f"step-{gan.steps_done:08d}.npz"
    with files.atomic(path) as file:
        np.savez(file, **arrays)
    for old in found(folder)[:-KEPT]:
        old.unlink(missing_ok=True)
    return path


def found(folder) -> list[Path]:
    """Return the checkpoints in ``folder``, oldest first."""
    folder = Path(folder)
    return sorted(path for path in folder.iterdir() if PATTERN.fullmatch(path.name)) if folder.is_dir() else []


def step_of(path) -> int:
    """Return the step in a file's name."""
    return int(PATTERN.fullmatch(Path(path).name)[1])


def load(path) -> tuple[dict[str, np.ndarray], dict]:
    """Return a checkpoint's arrays and what it says of itself: "steps_done", "seconds", "fingerprint"."""
    with open(path, "rb") as opened, np.load(opened, allow_pickle=False) as file:
        arrays = {name: file[name] for name in file.files}
    return arrays, json.loads(bytes(arrays.pop("meta")))


def restore(folder, gan, fingerprint: dict) -> dict[str, np.ndarray] | None:
    """Load the newest readable checkpoint into a compiled GAN; return its log, or None when there is none. Raises
    LabkitError when the checkpoint was made with another recipe, or none can be used."""
    damaged = []
    for path in reversed(found(folder)):
        try:
            arrays, meta = load(path)
            then = meta["fingerprint"]
            if wrong := [name for name in sorted({*then, *fingerprint}) if then.get(name) != fingerprint.get(name)]:
                raise LabkitError(f"{path} was made with {wrong[0]}={then.get(wrong[0])}, this training has {wrong[0]}="
                                  f"{fingerprint.get(wrong[0])}. Resume with the same settings, or train into another "
                                  "folder with --out.")
            if other := [part for part in gan.parts if not assign(getattr(gan, part).variables, arrays, part)]:
                raise ValueError(f"it holds another {other[0]} than this one")
            if gan.steps_done != step_of(path):
                raise ValueError(f"it holds step {gan.steps_done:,}")
            gan.seconds_done = float(meta.get("seconds", 0.0))
            return {name.removeprefix("log/"): values for name, values in arrays.items() if name.startswith("log/")}
        except LabkitError:
            raise
        except Exception as error:  # noqa: BLE001  damaged bytes meet readers with a dozen kinds
            damaged.append(f"{path} ({error})")
            print(f"Passing over a damaged checkpoint: {damaged[-1]}")
    if damaged:
        raise LabkitError(f"No checkpoint can be used: {'; '.join(damaged)}. Delete that folder and train without "
                          "--resume, or train into another one with --out.")
    return None
