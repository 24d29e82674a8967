"""The generators that a training of svhn-gan kept, scored: what notebook 07 says of "after a while".

    labkit train svhn-gan --profile laptop --keep 100,200,400,800,1600,3200
    python benchmarks/svhn.py [--folder build/train/svhn-gan-laptop] [--pictures 600]

Writes data/results/svhn-clarity.json: per kept step, for the weights of the moment and for their running average, the
share of pictures in which the set's classifier is sure of a digit ("sure"), and in which notebook 07's judge with an
eleventh answer is ("clear"), and the scores of ``labkit.metrics`` against the test pictures.
``benchmarks/film.py`` shows what they drew.
"""

import argparse
from pathlib import Path

import lesson
import numpy as np

from labkit import datasets, device, files, metrics, models, training
from labkit.training import results

RESULTS = files.results() / "svhn-clarity.json"
KEY, SURE = "svhn-gan", 0.9


def sure(logits):
    """Return the share of pictures whose most probable class has a probability above SURE."""
    top = logits - logits.max(1, keepdims=True)
    return float((1 / np.exp(top).sum(1) > SURE).mean())


def row(images, real, extractor, mended):
    """Return the scores of one generator's pictures; ``mended``: returns which of their features show a digit."""
    found = metrics.extract(images, extractor, name="generated")
    scores = metrics.evaluate(real, found, groups=0)
    return {"sure": sure(found.logits), "clear": float(mended(found.values).mean()),
            **{name: float(scores[name]) for name in ("frechet", "inception", "precision", "recall")}}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, default=files.home() / "build" / "train" / f"{KEY}-laptop")
    parser.add_argument("--pictures", type=int, default=600)
    asked = parser.parse_args()
    device.setup(quiet=True)
    from labkit.models import extractors

    extractor = extractors.load("svhn")
    test = datasets.load("svhn", "test", quiet=True)
    other = datasets.load("svhn", "train", limit=asked.pictures, quiet=True)
    real = metrics.extract(test.images, extractor, name="real")
    mend = lesson.load(7)
    model = mend.eleven(extractor, datasets.load("svhn", limit=3000, stand_in="only", quiet=True))

    def mended(features):
        return mend.read(model, features, SURE)[1]

    latents = training.latent(asked.pictures, 100, seed=1)
    kept = asked.folder / "generators"
    found = {"what": "svhn-gan's generators of several moments against the test pictures; 'sure': the share of "
                     f"pictures with a digit of probability above {SURE}, 'clear': by the judge with eleven answers",
             "extractor": str(extractor), "against": test.title, "test_pictures": len(test), "pictures": asked.pictures,
             "real": row(other.images, real, extractor, mended)}
    trained = results.read(asked.folder / "results.json") if (asked.folder / "results.json").is_file() else {}
    found["batch_size"] = trained.get("recipe", {}).get("batch_size")
    found["pictures_an_epoch"] = trained.get("dataset", {}).get("pictures")
    found["rows"], steps = [], sorted(int(path.name[5:13]) for path in kept.glob("step-*-moment.npz"))
    for step in steps:
        for kind in ("average", "moment"):
            made = training.generate(models.weights.load(KEY, kept / f"step-{step:08d}-{kind}.npz"), latents)
            scores = row(made, real, extractor, mended)
            found["rows"].append({"step": step, "kind": kind,
                                  **{name: round(value, 4) for name, value in scores.items()}})
            print(found["rows"][-1], flush=True)
    results.write(RESULTS, found)


if __name__ == "__main__":
    main()
