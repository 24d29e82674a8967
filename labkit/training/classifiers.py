"""Training the classifiers behind the scores: recipe from ``classifiers.toml``, minutes on one processor core.

>>> from labkit.training import classifiers
>>> trained = classifiers.train("mnist")            # doctest: +SKIP
>>> classifiers.ship(trained)                       # data/pretrained/classifier-mnist    # doctest: +SKIP
"""

from __future__ import annotations

import dataclasses
import difflib
import functools
import time
import tomllib
import typing
from pathlib import Path

import keras
import numpy as np

from labkit import datasets, device
from labkit.errors import LabkitError
from labkit.models import classifiers as networks
from labkit.models import weights
from labkit.training import order, results
from labkit.training.recipes import converted

LIMIT = 700_000  # bytes of one weights file


@dataclasses.dataclass(frozen=True, kw_only=True)
class Plan:
    """Everything that decides the training of a classifier, apart from the pictures.

    ``stages`` and ``features`` as in ``labkit.models.classifiers.build``; ``shift``: real pictures move by up to so
    many pixels to each side; ``flip``: they are mirrored at random; ``why``: field → where its value comes from.
    """

    name: str
    stages: tuple[tuple[int, ...], ...]
    features: int
    epochs: int
    batch_size: int
    learning_rate: float
    weight_decay: float
    label_smoothing: float
    dropout: float
    flip: bool
    shift: int
    precision: str
    seed: int = 0
    why: dict[str, str] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class Trained:
    """What a training left: the network, its plan, its share of right answers on the test set, and the facts."""

    network: keras.Model
    plan: Plan
    accuracy: float
    facts: dict


@functools.cache
def _table() -> dict:
    return tomllib.loads(Path(__file__).with_name("classifiers.toml").read_text(encoding="utf-8"))


def names() -> tuple[str, ...]:
    """Return the sets that have a classifier."""
    return tuple(name for name in _table() if name != "defaults")


def plan(name: str, **changes) -> Plan:
    """Return how the classifier of a set is trained, with ``changes`` (numbers or their text) applied.

    Raises LabkitError for a set without one, and for a value that no plan has or of the wrong type.
    """
    if name not in names():
        near = difflib.get_close_matches(str(name), names(), n=1)
        hint = f" Did you mean {near[0]}?" if near else ""
        raise LabkitError(f"There is no classifier of {name!r} to train.{hint} There are: {', '.join(names())}.")
    defaults, own = dict(_table()["defaults"]), dict(_table()[name])
    why = defaults.pop("why") | own.pop("why", {})
    kinds = {field: kind for field, kind in typing.get_type_hints(Plan).items() if kind in (int, float, bool)}
    for field, value in changes.items():
        if field not in kinds:
            raise LabkitError(f"A classifier's plan has no value {field!r} to set. There are: {', '.join(kinds)}.")
        changes[field] = converted(kinds[field], value, field)
    values = {"name": name, "why": why | dict.fromkeys(changes, "set by the caller")} | defaults | own | changes
    values["stages"] = tuple(tuple(stage) for stage in values["stages"])
    made = Plan(**values)
    if min(made.epochs, made.batch_size, made.features, made.learning_rate) <= 0 or made.shift < 0 or made.seed < 0:
        raise LabkitError("epochs, batch_size, features and learning_rate must be above 0, shift and seed not below.")
    return made


def train(name_or_plan, stand_in: str = "refuse", limit: int | None = None, say=print) -> Trained:
    """Train the classifier of a set and test it on the set's own test pictures.

    Takes a set's name or a ``Plan``. ``stand_in`` as in ``datasets.load``: "only" trains on the drawn set. ``limit``
    takes at most so many pictures of either split. Repeatable on one machine: pictures, their order and their shifts
    follow from the plan's seed. Raises LabkitError when the set is not at hand or has no labels.
    """
    recipe = name_or_plan if isinstance(name_or_plan, Plan) else plan(name_or_plan)
    train_set, test_set = (datasets.load(recipe.name, split, limit=limit, stand_in=stand_in)
                           for split in ("train", "test"))
    if train_set.labels is None:
        raise LabkitError(f"{train_set.title} has no labels: there is nothing to learn.")
    began = time.monotonic()
    before = keras.config.dtype_policy()
    machine = device.setup(precision=recipe.precision, seed=recipe.seed, strategy="none", quiet=True)
    try:
        network = networks.build(train_set.shape, len(train_set.class_names), recipe.stages, recipe.features,
                                 recipe.dropout)
        batches = Batches(train_set.images, train_set.labels, recipe)
        learner = keras.Model(network.input, network.output[networks.LOGITS])  # the same layers, one output
        _compile(learner, recipe, len(batches) * recipe.epochs)
        learner.fit(batches, epochs=recipe.epochs, verbose=0, shuffle=False,
                    callbacks=[_Lines(recipe.epochs, say)])
    finally:
        keras.config.set_dtype_policy(before)
    minutes = (time.monotonic() - began) / 60
    settled = _float32_copy(network, recipe, train_set)
    accuracy = accuracy_of(settled, test_set)
    say(f"{accuracy:.2%} of {len(test_set):,} test pictures right, {minutes:.1f} minutes")
    facts = {
        "name": recipe.name, "dataset": train_set.title, "classes": list(train_set.class_names),
        "image_shape": list(train_set.shape), "features": recipe.features, "licence": train_set.licence,
        "is_stand_in": train_set.is_stand_in, "train_pictures": len(train_set), "test_pictures": len(test_set),
        "accuracy": round(accuracy, 4), "parameters": settled.count_params(),
        "recipe": {field.name: getattr(recipe, field.name) for field in dataclasses.fields(recipe)
                   if field.name != "why"} | {"stages": [list(stage) for stage in recipe.stages]},
        "device": machine.name, "precision": machine.precision, "minutes": round(minutes, 1),
    }
    return Trained(settled, recipe, accuracy, facts)


def ship(trained: Trained, command: str | None = None, notes: str = "") -> dict:
    """Write a trained classifier to ``data/pretrained/classifier-NAME``; return its card.

    The card's accuracy is measured on the weights as they were written (float16). Raises LabkitError over 700 kB.
    """
    name = f"classifier-{trained.plan.name}"
    test_set = datasets.load(trained.plan.name, "test", limit=trained.facts["test_pictures"], quiet=True,
                             stand_in="only" if trained.facts["is_stand_in"] else "refuse")
    origin = results.provenance(command)
    card = trained.facts | {"accuracy_float32": trained.facts["accuracy"], "sha256": None, "notes": notes,
                            "versions": {"labkit": origin["labkit"], "commit": origin["commit"], **origin["versions"]},
                            "command": origin["command"]}
    weights.ship(name, trained.network, card, LIMIT)
    weights.restore(name, trained.network)
    return weights.change_card(name, accuracy=round(accuracy_of(trained.network, test_set), 4))


def accuracy_of(network, data, batch_size: int = 512) -> float:
    """Return the share of a set's pictures whose largest logit is their label's."""
    right = 0
    for start in range(0, len(data), batch_size):
        logits = np.asarray(network(data.images[start:start + batch_size], training=False)[networks.LOGITS])
        right += int((logits.argmax(axis=1) == data.labels[start:start + batch_size]).sum())
    return right / len(data)


class Batches(keras.utils.PyDataset):
    """Minibatches of one epoch after the other, shifted and mirrored; a function of the seed alone."""

    def __init__(self, images, labels, recipe: Plan):
        super().__init__(workers=1, use_multiprocessing=False)
        self.images, self.labels, self.recipe, self.epoch = images, labels, recipe, 0
        self.order = order.epoch_order(len(images), recipe.seed, 0)

    def __len__(self):
        return order.steps_per_epoch(len(self.images), self.recipe.batch_size)

    def __getitem__(self, index):
        size = self.recipe.batch_size
        chosen = self.order[index * size:(index + 1) * size]
        random = np.random.default_rng([self.recipe.seed, self.epoch, index])
        pictures = moved(self.images[chosen], self.recipe.shift, random)
        if self.recipe.flip:
            mirrored = random.random(len(pictures)) < 0.5
            pictures[mirrored] = pictures[mirrored, :, ::-1]
        return pictures, self.labels[chosen]

    def on_epoch_end(self):
        self.epoch += 1
        self.order = order.epoch_order(len(self.images), self.recipe.seed, self.epoch)


def moved(images: np.ndarray, shift: int, random: np.random.Generator) -> np.ndarray:
    """Return pictures uint8 (N, H, W, C), each moved by up to ``shift`` pixels down or up and to a side.

    What moves in from outside repeats the edge.
    """
    if not shift:
        return images.copy()
    count, height, width = images.shape[:3]
    padded = np.pad(images, ((0, 0), (shift, shift), (shift, shift), (0, 0)), mode="edge")
    down, right = random.integers(0, 2 * shift + 1, size=(2, count))
    rows = down[:, None, None] + np.arange(height)[None, :, None]
    columns = right[:, None, None] + np.arange(width)[None, None, :]
    return padded[np.arange(count)[:, None, None], rows, columns]


def _compile(network, recipe, steps):
    warm = max(1, steps // 10)
    rate = keras.optimizers.schedules.CosineDecay(recipe.learning_rate / 25, max(1, steps - warm), alpha=0.0,
                                                  warmup_target=recipe.learning_rate, warmup_steps=warm)
    network.compile(keras.optimizers.AdamW(rate, weight_decay=recipe.weight_decay),
                    loss=_cross_entropy(recipe.label_smoothing), metrics=["accuracy"])


def _cross_entropy(smoothing):
    if not smoothing:
        return keras.losses.SparseCategoricalCrossentropy(from_logits=True)

    def smoothed(labels, logits):
        hot = keras.ops.one_hot(keras.ops.reshape(keras.ops.cast(labels, "int32"), (-1,)), logits.shape[-1])
        return keras.losses.categorical_crossentropy(hot, logits, from_logits=True, label_smoothing=smoothing)

    return smoothed


def _float32_copy(network, recipe, data):
    """Return the network in float32: what ships computes in it, whatever the training did."""
    with weights.float32():
        copy = networks.build(data.shape, len(data.class_names), recipe.stages, recipe.features, recipe.dropout)
    copy.set_weights(network.get_weights())
    return copy


class _Lines(keras.callbacks.Callback):
    """Say one line an epoch."""

    def __init__(self, epochs, say):
        super().__init__()
        self.epochs, self.say = epochs, say

    def on_epoch_end(self, epoch, logs=None):
        self.say(f"epoch {epoch + 1} of {self.epochs}: {logs['accuracy']:.1%} of the training pictures right")
