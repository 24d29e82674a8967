"""What a training leaves on the way: checkpoints, from which it goes on as if it had never stopped, bit for bit, and
generators kept for later comparison.

A checkpoint holds every variable of both networks (dropout's random state among them) and of both optimizers, the
number of steps done and the losses. Data order and noise follow from (seed, step), see ``labkit.training.batches``.
"""

import json
import re
import zipfile
from pathlib import Path

import keras
import numpy as np

from labkit import files, models
from labkit.errors import LabkitError
from labkit.training.generators import averaged_weights, recalibrate

PATTERN = re.compile(r"step-(\d{8})\.npz")
KEPT = 2  # the newest, and one more should the newest be damaged
PARTS = ("generator", "discriminator", "g_optimizer", "d_optimizer")
KINDS = ("average", "moment")  # of a kept generator


def _write(folder, step, arrays) -> Path:
    path = Path(folder) / f"step-{step:08d}.npz"
    with files.atomic(path) as file:
        np.savez(file, **arrays)
    return path


def _read(path) -> dict[str, np.ndarray]:
    with open(path, "rb") as opened, np.load(opened, allow_pickle=False) as file:
        return {name: file[name] for name in file.files}


def assign(variables, arrays, part) -> bool:
    """Set variables to the arrays "part/…"; return False, with nothing set, where their shapes differ."""
    stored = [arrays[name] for name in sorted(arrays) if name.startswith(f"{part}/")]
    if [value.shape for value in stored] != [tuple(variable.shape) for variable in variables]:
        return False
    for variable, value in zip(variables, stored, strict=True):
        variable.assign(value)
    return True


def save(folder, gan, log: dict[str, np.ndarray], fingerprint: dict, seconds: float = 0.0) -> Path:
    """Write ``folder/step-NNNNNNNN.npz`` for a compiled GAN and drop all but the newest two.

    log: name → float32 (steps,), the losses so far. ``fingerprint``: what must be equal when it is read again.
    ``seconds``: of training so far. Raises LabkitError for a full disk; older checkpoints are then still there.
    """
    arrays = {f"{part}/{index:03d}": np.asarray(variable)
              for part in PARTS for index, variable in enumerate(getattr(gan, part).variables)}
    arrays |= {f"log/{name}": values for name, values in log.items()}
    meta = {"steps_done": gan.steps_done, "seconds": round(seconds, 1), "fingerprint": fingerprint}
    arrays["meta"] = np.frombuffer(json.dumps(meta, sort_keys=True).encode(), dtype=np.uint8)
    path = _write(folder, gan.steps_done, arrays)
    for old in found(folder)[:-KEPT]:
        old.unlink(missing_ok=True)
    return path


def found(folder) -> list[Path]:
    """Return the checkpoints, or kept generators, in ``folder``, oldest first."""
    folder = Path(folder)
    return sorted(path for path in folder.iterdir() if PATTERN.fullmatch(path.name)) if folder.is_dir() else []


def step_of(path) -> int:
    """Return the step in a file's name."""
    return int(PATTERN.fullmatch(Path(path).name)[1])


def load(path) -> tuple[dict[str, np.ndarray], dict]:
    """Return a checkpoint's arrays and what it says of itself: "steps_done", "seconds", "fingerprint"."""
    arrays = _read(path)
    return arrays, json.loads(bytes(arrays.pop("meta")))


def restore(folder, gan, fingerprint: dict) -> dict[str, np.ndarray] | None:
    """Load the newest readable checkpoint into a compiled GAN; return its log, or None when there is none.

    Raises LabkitError when the checkpoint was made with another recipe or for other networks.
    """
    damaged = []
    for path in reversed(found(folder)):
        try:
            arrays, meta = load(path)
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            damaged.append(f"{path} ({error})")
            continue
        for line in damaged:
            print(f"Passing over a damaged checkpoint: {line}")
        then = meta["fingerprint"]
        for name in sorted(set(then) | set(fingerprint)):
            if then.get(name) != fingerprint.get(name):
                raise LabkitError(f"{path} was made with {name}={then.get(name)}, this training has "
                                  f"{name}={fingerprint.get(name)}. Resume with the same settings, or train into "
                                  "another folder with --out.")
        for part in PARTS:
            if not assign(getattr(gan, part).variables, arrays, part):
                raise LabkitError(f"{path} holds another {part} than this one. Train into another folder with --out.")
        gan.steps_done, gan.seconds_done = meta["steps_done"], meta.get("seconds", 0.0)
        return {name.removeprefix("log/"): values for name, values in arrays.items() if name.startswith("log/")}
    if damaged:
        raise LabkitError(f"No checkpoint can be read: {'; '.join(damaged)}. Delete that folder and train without "
                          "--resume.")
    return None


class KeptGenerators(keras.callbacks.Callback):
    """Write the generator's weights of the moment and their running average after each of the given steps.

    folder: gets ``step-NNNNNNNN.npz`` with float16 arrays. steps: positive integers. Batch-norm statistics are not
    kept: ``kept_generator`` takes them anew, as every look at a generator in training does.
    """

    def __init__(self, folder, steps):
        super().__init__()
        self.folder, self.steps = Path(folder), frozenset(int(step) for step in steps)
        if any(step < 1 for step in self.steps):
            raise LabkitError(f"Generators are kept after steps 1, 2, …, not after step {min(self.steps)}.")

    def on_train_batch_end(self, batch, logs=None):
        if self.model.steps_done in self.steps:
            sources = {"moment": self.model.generator.trainable_variables, "average": averaged_weights(self.model)}
            _write(self.folder, self.model.steps_done, {
                f"{kind}/{index:03d}": np.asarray(value).astype(np.float16)
                for kind, values in sources.items() for index, value in enumerate(values)})


def kept_steps(folder) -> tuple[int, ...]:
    """Return the steps whose generators lie in ``folder``, in order."""
    return tuple(step_of(path) for path in found(folder))


def kept_generator(folder, step: int, key: str, kind: str = "average", batches: int = 4,
                   **options) -> keras.Model:
    """Return the generator of system ``key`` as it was after ``step`` steps, ready to make pictures.

    kind: "average" (the optimizer's running average, what ships) or "moment" (the weights as trained).
    batches: how many minibatches of 256 latents its batch-norm statistics are taken from. options: the builder's, such
    as ``channels``.

    Raises LabkitError for a step that was not kept, another kind, or another system's weights.
    """
    if kind not in KINDS:
        raise LabkitError(f"A kept generator has the kinds {' and '.join(KINDS)}, not {kind!r}.")
    path = Path(folder) / f"step-{step:08d}.npz"
    if not path.is_file():
        there = ", ".join(f"{one:,}" for one in kept_steps(folder)) or "none"
        raise LabkitError(f"{folder} has no generator of step {step:,}. Kept steps: {there}. "
                          "Train with --keep to keep more.")
    generator = models.build(key, **options).generator
    if not assign(generator.trainable_variables, _read(path), kind):
        raise LabkitError(f"{path} holds the weights of another network than {key}'s generator.")
    recalibrate(generator, batches)
    return generator
