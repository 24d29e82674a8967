"""The f of a domain transfer: trained to name the source's digits, then never changed again."""

from pathlib import Path

import keras
import numpy as np

from labkit import files
from labkit.errors import LabkitError
from labkit.training import order
from labkit.training.classifiers import moved

HELD_OUT = 10  # one picture in so many is kept to test f


class _Batches(keras.utils.PyDataset):
    """Minibatches of one epoch after the other, shifted; a function of the plan's seed alone."""

    def __init__(self, images, labels, plan):
        super().__init__(workers=1, use_multiprocessing=False)
        self.images, self.labels, self.plan, self.epoch = images, labels, plan, 0

    def __len__(self):
        return order.steps_per_epoch(len(self.images), self.plan.f_batch_size)

    def __getitem__(self, index):
        size = self.plan.f_batch_size
        chosen = order.epoch_order(len(self.images), self.plan.seed, self.epoch)[index * size:(index + 1) * size]
        random = np.random.default_rng([self.plan.seed, self.epoch, index])
        return as_input(moved(self.images[chosen], self.plan.f_shift, random)), self.labels[chosen]

    def on_epoch_end(self):
        self.epoch += 1


def as_input(images: np.ndarray) -> np.ndarray:
    """Return pictures uint8 (N, 32, 32, 1 or 3) as f takes them: float32 (N, 32, 32, 3) in [-1, 1]."""
    images = np.asarray(images)
    if images.dtype != np.uint8 or images.ndim != 4 or images.shape[1:3] != (32, 32) or images.shape[3] not in (1, 3):
        raise LabkitError(f"f takes pictures uint8 (N, 32, 32, 1 or 3), not {images.dtype} {images.shape}.")
    scaled = images.astype(np.float32) / np.float32(127.5) - np.float32(1)
    return np.repeat(scaled, 3, axis=3) if images.shape[3] == 1 else scaled


def say(f, images: np.ndarray, batch_size: int = 512) -> np.ndarray:
    """Return what f says of pictures uint8 (N, 32, 32, 1 or 3): float32 (N, features)."""
    return np.concatenate([np.asarray(f(as_input(images[start:start + batch_size]), training=False))
                           for start in range(0, len(images), batch_size)])


def learn(networks, plan, source, report=print) -> float:
    """Train f and its head on the labelled source, Adam with a cosine; return the share right of a held-out tenth."""
    asked = np.arange(len(source)) % HELD_OUT == 0
    batches = _Batches(source.images[~asked], source.labels[~asked], plan)
    learner = keras.Sequential([keras.Input((32, 32, 3)), networks.f, networks.head])
    rate = keras.optimizers.schedules.CosineDecay(plan.f_learning_rate, len(batches) * plan.f_epochs)
    learner.compile(keras.optimizers.Adam(rate), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    learner.fit(batches, epochs=plan.f_epochs, verbose=0, shuffle=False)
    right = accuracy(networks, source.images[asked], source.labels[asked])
    report(f"f names {right:.1%} of {int(asked.sum()):,} held-out pictures of {source.title} right.")
    return right


def accuracy(networks, images, labels) -> float:
    """Return the share of pictures, uint8 (N, 32, 32, 1 or 3), whose label f and its head name."""
    said = np.asarray(networks.head(say(networks.f, images), training=False))
    return float((said.argmax(axis=1) == labels).mean())


def prepare(built, plan, source, trained, folder, resume, report):
    """Give ``built`` a trained f: the one in ``trained``, that of an earlier run in ``folder``, or a new one.

    Returns its share of right answers on held-out pictures, None for an f that was brought along.
    """
    kept = Path(folder) / "f.npz" if folder else None
    if trained is not None:
        built.f.set_weights(trained.f.get_weights())
        built.head.set_weights(trained.head.get_weights())
        return None
    if resume and kept and kept.is_file():
        with np.load(kept, allow_pickle=False) as file:
            values = [file[f"{index:02d}"] for index in range(len(file.files) - 1)]
            right = float(file["right"])
        count = len(built.f.weights)
        built.f.set_weights(values[:count])
        built.head.set_weights(values[count:])
        return right
    right = learn(built, plan, source, report)
    if kept:
        arrays = {f"{i:02d}": np.asarray(one, np.float32) for i, one in enumerate([*built.f.weights,
                                                                                   *built.head.weights])}
        with files.atomic(kept) as file:
            np.savez(file, right=right, **arrays)
    return right
