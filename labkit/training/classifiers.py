"""Training the classifiers behind the scores: recipe from ``classifiers.toml``, minutes on one processor core."""

import time

import keras
import numpy as np

from labkit import datasets, device
from labkit.errors import lookup
from labkit.models import classifiers as networks
from labkit.models import weights
from labkit.training import batches, recipes, results

LIMIT = 700_000  # bytes of one weights file


class Plan(recipes.Recipe):
    """``stages`` and ``features`` as in ``models.classifiers.build``; ``shift``: pictures move by up to so many pixels
    to each side; ``flip``: they are mirrored at random."""

    def network(self, data):
        """Build the untrained network for an ImageSet."""
        return networks.build(data.shape, len(data.class_names), self.stages, self.features, self.dropout)


def plan(name: str, **changes) -> Plan:
    """Return how the classifier of a set is trained, with ``changes`` (numbers or their text) applied. Raises
    LabkitError for a set without one, and for a value that no plan has or of the wrong type."""
    lookup(name, dict.fromkeys(recipes.keys("classifiers")), "classifier to train, of")
    values, why = recipes.values_of("classifiers", name)
    return Plan(name=name, **values, why=why).changed(**changes)


def train(recipe: Plan, stand_in: str = "refuse", limit: int | None = None, say=print) -> tuple[keras.Model, dict]:
    """Train the classifier of a set and test it on the set's own test pictures; return it, and what its card says.
    ``stand_in`` as in ``datasets.load``: "only" trains on the drawn set. ``limit``: at most so many pictures of either
    split. The plan's seed decides everything. Raises LabkitError when the set is not at hand."""
    train_set, test_set = (datasets.load(recipe.name, split, limit=limit, stand_in=stand_in)
                           for split in ("train", "test"))
    began = time.monotonic()
    with weights.float32():  # so that the precision set for the training ends with it
        machine = device.setup(precision=recipe.precision, seed=recipe.seed, strategy="none", quiet=True)
        trained = recipe.network(train_set)
        learner = keras.Model(trained.input, trained.output[networks.LOGITS])  # the same layers, one output
        per_epoch = batches.steps_per_epoch(len(train_set), recipe.batch_size)
        steps = per_epoch * recipe.epochs
        warm = max(1, steps // 10)
        rate = keras.optimizers.schedules.CosineDecay(recipe.learning_rate / 25, max(1, steps - warm), alpha=0.0,
                                                      warmup_target=recipe.learning_rate, warmup_steps=warm)
        loss = keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=recipe.label_smoothing)
        learner.compile(keras.optimizers.AdamW(rate, weight_decay=recipe.weight_decay), loss, metrics=["accuracy"])
        lines = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: say(
            f"epoch {epoch + 1} of {recipe.epochs}: {logs['accuracy']:.1%} of the training pictures right"))
        learner.fit(minibatches(train_set, recipe), epochs=recipe.epochs, steps_per_epoch=per_epoch, verbose=0,
                    shuffle=False, callbacks=[lines])
    minutes = (time.monotonic() - began) / 60
    with weights.float32():  # what ships computes in it, whatever the training did
        network = recipe.network(train_set)
    network.set_weights(trained.get_weights())
    logits = np.concatenate([network(test_set.images[start:start + 512], training=False)[networks.LOGITS]
                             for start in range(0, len(test_set), 512)])
    accuracy = float((logits.argmax(axis=1) == test_set.labels).mean())
    say(f"{accuracy:.2%} of {len(test_set):,} test pictures right, {minutes:.1f} minutes")
    kept = {name: value for name, value in vars(recipe).items() if name != "why"}
    return network, {
        "name": recipe.name, "dataset": train_set.title, "classes": list(train_set.class_names),
        "image_shape": list(train_set.shape), "features": recipe.features, "licence": train_set.licence,
        "is_stand_in": train_set.is_stand_in, "train_pictures": len(train_set), "test_pictures": len(test_set),
        "accuracy": round(accuracy, 4), "parameters": network.count_params(),
        "recipe": kept, "device": machine.name, "precision": machine.precision, "minutes": round(minutes, 1),
    }


def ship(network, facts: dict, notes: str = "") -> dict:
    """Write a trained classifier to ``data/pretrained/classifier-NAME``; return its card. LabkitError over 700 kB."""
    card = facts | {"notes": notes, **results.card_facts()}
    return weights.save(f"classifier-{facts['name']}", network, card, LIMIT)


def minibatches(data, recipe: Plan):
    """Yield minibatches without end, shifted and mirrored, (pictures, one-hot labels): a function of the seed alone."""
    per_epoch = len(data) // recipe.batch_size
    for plan in batches.minibatches(len(data), recipe.batch_size, recipe.seed, per_epoch):  # as those that ship
        epoch, index = divmod(int(plan[0, 0]), per_epoch)
        chosen, random = plan[:, 2], np.random.default_rng([recipe.seed, epoch, index])
        pictures = moved(data.images[chosen], recipe.shift, random)
        if recipe.flip:
            mirrored = random.random(len(pictures)) < 0.5
            pictures[mirrored] = pictures[mirrored, :, ::-1]
        yield pictures, np.eye(len(data.class_names), dtype=np.float32)[data.labels[chosen]]


def moved(images: np.ndarray, shift: int, random: np.random.Generator) -> np.ndarray:
    """Return pictures uint8 (N, H, W, C), each moved by up to ``shift`` pixels along both axes; edges are repeated.
    (``batches.moved`` passes gradients on, and is slower.)"""
    count, height, width = images.shape[:3]
    if not shift:
        return images.copy()
    down, right = random.integers(0, 2 * shift + 1, size=(2, count)) - shift
    rows = np.clip(down[:, None, None] + np.arange(height)[None, :, None], 0, height - 1)
    columns = np.clip(right[:, None, None] + np.arange(width)[None, None, :], 0, width - 1)
    return images[np.arange(count)[:, None, None], rows, columns]
