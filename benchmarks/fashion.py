"""Report 3's challenges as experiments: arms × seeds with the networks and the loop of notebook 08, 16 channels wide.

    python benchmarks/fashion.py rates      # which pairs of learning rates end in black; batch normalisation
    python benchmarks/fashion.py schedules  # a constant rate, half of it, and one that falls to 0
    python benchmarks/fashion.py few        # 50 pictures: dropout, weight decay, moved pictures

Each writes data/results/fashion-VERB.json after every run and does not repeat runs that stand there: more seeds can be
added later (--seeds). A run takes some 20 seconds of one core.
"""

import functools
import os

import arms as engine
import keras
import lesson
import numpy as np

from labkit import datasets, device, metrics, training
from labkit.models import extractors

PICTURES, HELD_OUT = 1000, 3000
FEW = 50  # pictures of the study of overfitting


@functools.cache
def course():
    return lesson.load(8)


@functools.cache
def clothes():
    """The training pictures, others, and the classifier's features of the others."""
    sets = [datasets.load("fashion_mnist", split, stand_in="refuse", quiet=True).images for split in ("train", "test")]
    extractor = extractors.load("fashion_mnist")
    return *sets, extractor, metrics.extract(sets[1][:HELD_OUT], extractor)


def scores(generator):
    images, _, extractor, real = clothes()
    made = training.generate(generator, training.latent(PICTURES, 128, 1000))
    features = metrics.extract(made, extractor)
    precision, recall = metrics.precision_recall(real, features, k=5)
    values = {"level": made.mean(), "variety": training.variety(made) / training.variety(images[:PICTURES]),
              "frechet": metrics.frechet_distance(real, features), "precision": precision, "recall": recall}
    return {name: round(float(value), 3) for name, value in values.items()}


def logits(network, images):
    parts = np.array_split(images.astype("float32") / 127.5 - 1, -(-len(images) // 500))
    return np.concatenate([np.asarray(network(part, training=False))[:, 0] for part in parts])


def study(verb, steps, seeds, table, few=0, **facts):
    """table: arm -> (options of ``networks``, changes of ``train``)."""
    images, others, extractor, _ = clothes()

    def one(arm, seed):
        options, changes = table[arm]
        g, d = course().networks(seed=seed, **options)
        average, losses, _ = course().train((g, d), images[:few or None], steps, seed=seed, **changes)
        found = {"average": scores(average), "moment": scores(g),
                 "d_loss": round(float(losses[-100:, 0].mean()), 3), "g_loss": round(float(losses[-100:, 1].mean()), 3)}
        if few:  # how often D gives a picture that it was trained on the higher logit: 0.5 if it knows nothing by heart
            known, unknown = logits(d, images[:few]), logits(d, others[5000:6000])
            found["d_knows"] = round(float((known[:, None] > unknown).mean()), 3)
        return {"looks": [{"step": steps, **found}]}

    engine.run(f"fashion-{verb}", table, seeds, one, {"steps": steps, "batch_size": 16},
               "report 3's layers, 16 channels in place of 128; notebook 08's loop", pictures=few or len(images),
               judge={"extractor": extractor.name, "held_out": HELD_OUT, "generated": PICTURES}, **facts)


def rates(steps=500, seeds=3):
    plain = {"norm": False}
    study("rates", steps, seeds, {
        "equal, 1e-3": (plain, {}), "equal, 2e-4": (plain, {"rates": (2e-4, 2e-4)}),
        "G slower: 2e-4, 1e-3": (plain, {"rates": (2e-4, 1e-3)}),
        "D slower: 1e-3, 1e-4": (plain, {"rates": (1e-3, 1e-4)}),
        "the tutorial's: 1e-4, 1e-5": (plain, {"rates": (1e-4, 1e-5)}),
        "equal, 1e-3, batch norm": ({}, {}),
    })


def schedules(steps=1000, seeds=3):
    rate = course().RATE
    falling = keras.optimizers.schedules.CosineDecay(rate, steps)
    study("schedules", steps, seeds, {"constant": ({}, {}), "half": ({}, {"rates": (rate / 2, rate / 2)}),
                                      "cosine": ({}, {"rates": (falling, falling)})})


def few(steps=500, seeds=3):
    study("few", steps, seeds, {
        "neither": ({}, {}), "dropout 0.4": ({"dropout": 0.4}, {}), "weight decay": ({}, {"decay": course().DECAY}),
        "moved, both sides": ({}, {"see": course().moved}),
    }, few=FEW)


if __name__ == "__main__":
    os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")
    os.environ.setdefault("TF_NUM_INTEROP_THREADS", "1")
    device.setup(quiet=True)
    engine.command_line(__doc__, rates, schedules, few)
