"""Generators of several moments of one training, kept so that they can be compared afterwards.

>>> keeper = KeptGenerators("build/train/svhn-gan-laptop/generators", steps=(100, 1000))   # a callback for GAN.fit
>>> steps("build/train/svhn-gan-laptop/generators")                                        # doctest: +SKIP
(100, 1000)
>>> generator = load("build/train/svhn-gan-laptop/generators", 1000, "svhn-gan")           # doctest: +SKIP

Checkpoints hold everything that a training needs to go on, and only the newest two stay; these files hold what a
picture needs and all of them stay.
"""

import re
from pathlib import Path

import keras
import numpy as np

from labkit import files, models
from labkit.errors import LabkitError
from labkit.training.averaging import averaged_weights, recalibrate

PATTERN = re.compile(r"step-(\d{8})\.npz")
KINDS = ("average", "moment")


class KeptGenerators(keras.callbacks.Callback):
    """Write the generator's weights of the moment and their running average after each of the given steps.

    folder: gets ``step-NNNNNNNN.npz`` with float16 arrays. steps: positive integers. Batch-norm statistics are not
    kept: ``load`` takes them anew, as every look at a generator in training does.
    """

    def __init__(self, folder, steps):
        super().__init__()
        self.folder, self.steps = Path(folder), frozenset(int(step) for step in steps)
        if any(step < 1 for step in self.steps):
            raise LabkitError(f"Generators are kept after steps 1, 2, …, not after step {min(self.steps)}.")

    def on_train_batch_end(self, batch, logs=None):
        if self.model.steps_done in self.steps:
            self.write()

    def write(self):
        """Write the generator of this moment."""
        sources = {"moment": [np.asarray(value) for value in self.model.generator.trainable_variables],
                   "average": averaged_weights(self.model)}
        arrays = {f"{kind}/{index:03d}": value.astype(np.float16)
                  for kind, values in sources.items() for index, value in enumerate(values)}
        with files.atomic(self.folder / f"step-{self.model.steps_done:08d}.npz") as file:
            np.savez(file, **arrays)


def steps(folder) -> tuple[int, ...]:
    """Return the steps whose generators lie in ``folder``, in order."""
    found = (PATTERN.fullmatch(path.name) for path in Path(folder).glob("step-*.npz"))
    return tuple(sorted(int(match.group(1)) for match in found if match))


def load(folder, step: int, key: str, kind: str = "average", batches: int = 4) -> keras.Model:
    """Return the generator of system ``key`` as it was after ``step`` steps, ready to make pictures.

    kind: "average" (the optimizer's running average, what ships) or "moment" (the weights as trained).
    batches: how many minibatches of 256 latents its batch-norm statistics are taken from.

    Raises LabkitError for a step that was not kept, another kind, or another system's weights.
    """
    if kind not in KINDS:
        raise LabkitError(f"A kept generator has the kinds {' and '.join(KINDS)}, not {kind!r}.")
    path = Path(folder) / f"step-{step:08d}.npz"
    if not path.is_file():
        there = ", ".join(f"{one:,}" for one in steps(folder)) or "none"
        raise LabkitError(f"{folder} has no generator of step {step:,}. Kept steps: {there}. "
                          "Train with --keep to keep more.")
    generator = models.build(key).generator
    with np.load(path, allow_pickle=False) as file:
        values = [file[name].astype(np.float32) for name in sorted(file.files) if name.startswith(f"{kind}/")]
    if [value.shape for value in values] != [tuple(one.shape) for one in generator.trainable_variables]:
        raise LabkitError(f"{path} holds the weights of another network than {key}'s generator.")
    for variable, value in zip(generator.trainable_variables, values, strict=True):
        variable.assign(value)
    recalibrate(generator, batches)
    return generator
