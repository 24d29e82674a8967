"""The generators that a training of svhn-gan kept, scored: what notebook 07 says of "after a while".

    labkit train svhn-gan --profile laptop --keep 100,200,400,800,1600,3200
    python benchmarks/svhn.py score [--folder build/train/svhn-gan-laptop] [--pictures 600]

Writes data/results/svhn-clarity.json: per kept step, for the weights of the moment and for their running average, the
share of pictures in which the set's classifier is sure of a digit ("sure"), and in which notebook 07's judge with an
eleventh answer is ("clear"), and the scores of ``labkit.metrics`` against the test pictures.
``benchmarks/film.py`` shows what they drew.
"""

from pathlib import Path

import arms
import lesson
from scipy import special

from labkit import datasets, device, files, metrics, models, training
from labkit.models import extractors
from labkit.training import results

KEY, SURE = "svhn-gan", 0.9


def score(folder="build/train/svhn-gan-laptop", pictures=600):
    """Score every generator kept in the folder of the training."""
    device.setup(quiet=True)
    extractor, folder = extractors.load("svhn"), Path(folder)
    test = datasets.load("svhn", "test", quiet=True)
    other = datasets.load("svhn", "train", limit=pictures, quiet=True)
    real, mend = metrics.extract(test.images, extractor, name="real"), lesson.load(7)
    learn = datasets.load("svhn", limit=3000, stand_in="only", quiet=True)
    model = mend.eleven(mend.features_of(extractor, learn), learn.labels)

    def row(images):
        found = metrics.extract(images, extractor, name="generated")
        scores = metrics.evaluate(real, found, groups=0)
        values = {"sure": (special.softmax(found.logits, axis=1).max(1) > SURE).mean(),
                  "clear": mend.read(model, found.values, SURE)[1].mean(),
                  **{name: scores[name] for name in ("frechet", "inception", "precision", "recall")}}
        return {name: round(float(value), 4) for name, value in values.items()}

    latents, rows = training.latent(pictures, 100, seed=1), []
    for path in sorted((folder / "generators").glob("step-*.npz")):
        _, step, kind = path.stem.split("-")
        generator = models.weights.load(KEY, path)
        rows.append({"step": int(step), "kind": kind, **row(training.generate(generator, latents))})
        print(rows[-1], flush=True)
    trained = results.read(folder / "results.json")
    results.write(files.results() / "svhn-clarity.json", {
        "what": "svhn-gan's generators of several moments against the test pictures; 'sure': the share of "
                f"pictures with a digit of probability above {SURE}, 'clear': by the judge with eleven answers",
        "extractor": str(extractor), "against": test.title, "test_pictures": len(test), "pictures": pictures,
        "real": row(other.images), "batch_size": trained["recipe"]["batch_size"],
        "pictures_an_epoch": trained["dataset"]["pictures"], "rows": rows})


if __name__ == "__main__":
    arms.command_line(__doc__, score)
