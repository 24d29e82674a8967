"""A training as a film: the same noises through the generators that it kept, their scores, its losses, on one axis.

    labkit train fashion-gan --profile laptop --out FOLDER --keep 50,100,200,400,800,1500,3000,6000,10000,20000,40000
    .venv/bin/python benchmarks/film.py fashion-gan FOLDER channels=32

writes data/results/film-KEY.png, a row for each moment and a column for each noise, and film-KEY.json.
"""

import sys
from pathlib import Path

import numpy as np

from labkit import device, files, models
from labkit.plotting import images
from labkit.training import checkpoints, results, scoring
from labkit.training.generators import generate, latent

NOISES, PICTURES, POINTS = 24, 2000, 200


def main(key, folder, *options):
    device.setup(strategy="none", quiet=True)
    options = {name: int(value) for name, value in (option.split("=") for option in options)}
    spec, kept = models.spec(key), sorted((folder / "generators").glob("step-*-average.npz"))
    arrays, _ = checkpoints.load(checkpoints.found(folder)[-1])
    losses = {name: arrays[f"log/{name}"] for name in ("d_loss", "g_loss")}
    noises, real, rows, moments = latent(NOISES, spec.latent_dim, 0), None, [], []
    for path in kept:
        generator = models.build(key, **options).generator
        models.weights.read(path, generator)
        rows.append(generate(generator, noises))
        scored = scoring.score(key, generator, pictures=PICTURES, real=real or "auto")
        real = scored.real
        scores = {name: scored.scores[name].value for name in ("frechet", "precision", "recall")}
        moments.append({"step": int(path.name[5:13]), **scores})
        print(moments[-1], flush=True)
    count = len(losses["d_loss"])
    means = {name: [round(float(part.mean()), 4) for part in np.array_split(values, POINTS)]
             for name, values in losses.items()}
    images.save(files.results() / f"film-{key}.png", images.tiled(np.concatenate(rows), NOISES))
    results.write(files.results() / f"film-{key}.json", {
        "what": f"{NOISES} noises (seed 0) through the generators kept at these steps; scores of {PICTURES} pictures",
        "key": key, **options, "shape": list(spec.image_shape), "noises": NOISES, "moments": moments,
        "losses": {"every": max(1, count // POINTS), "steps": count, **means}})


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), *sys.argv[3:])
