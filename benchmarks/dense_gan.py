"""Report 4's dense GAN: what its normalisation and its batch norm do, and what its loss curves tell of its pictures.

    python benchmarks/dense_gan.py arms [--seeds 1 --steps 200]    # two minutes of one processor core
    python benchmarks/dense_gan.py curve                            # a minute, after the training named below

``arms`` trains the report's GAN for its first steps with one thing changed and scores the pictures. ``curve`` scores
the generators that the training of the pretrained weights kept on its way, and thins out its losses:

    labkit train cifar-dense-gan --profile laptop \\
        --keep 100,300,500,1000,2000,3500,5000,7500,10000,12500,15000,17500,20000

Results: data/results/cifar-dense-arms.json and data/results/cifar-dense-curve.json.
"""


import arms as engine
import numpy as np
from bedrooms import thumbnails

from labkit import datasets, device, files, metrics
from labkit.training import results

CURVE = files.results() / "cifar-dense-curve.json"
TRAINED = files.home() / "build" / "train" / "cifar-dense-gan-laptop"
PICTURES = 2000  # real and generated, for every score
#: What is changed: the networks' options, and what the discriminator sees of a value x in [-1, 1]: scale * x + offset.
CHANGES = {
    "as the report": ({}, 1.0, 0.0),
    "no batch norm": ({"batch_norm": False}, 1.0, 0.0),
    "pictures in [0, 1]": ({}, 0.5, 0.5),
    "pictures in [0, 255]": ({}, 127.5, 127.5),
}


def speckle(images):
    """How far a pixel lies from the mean of its four neighbours, in grey levels, on average over all pictures."""
    x = images.astype(np.float32)
    inside = x[:, 1:-1, 1:-1]
    return float(np.abs(inside - (x[:, :-2, 1:-1] + x[:, 2:, 1:-1] + x[:, 1:-1, :-2] + x[:, 1:-1, 2:]) / 4).mean())


def scored(real, fake):
    """The scores of generated pictures: two distances of thumbnails, variety as a share of the real one, speckle."""
    from labkit import training

    near, far = metrics.extract(real, thumbnails), metrics.extract(fake, thumbnails)
    return {"kernel": round(float(metrics.kernel_distance(near, far)), 5),
            "frechet": round(float(metrics.frechet_distance(near, far)), 4),
            "variety": round(training.variety(fake) / training.variety(real), 3), "speckle": round(speckle(fake), 2)}


def compiled(change, seed):
    """The changed GAN, with the settings that report 4 states."""
    import keras

    from labkit import models, training

    options, scale, offset = CHANGES[change]
    generator, discriminator = models.build("cifar-dense-gan", seed=seed, **options)
    if scale != 1.0:
        seen = keras.layers.Rescaling(scale, offset)
        discriminator = keras.Sequential([keras.Input((3072,)), seen, *discriminator.layers[1:]])
    gan = training.GAN(generator, discriminator, seed=seed)
    gan.compile(keras.optimizers.Adam(2e-4, beta_1=0.5), keras.optimizers.Adam(2e-4, beta_1=0.5), jit_compile=True,
                steps_per_execution=20)
    return gan


def arms(seeds=1, steps=200):
    """Train every arm with every seed; score after half of the steps and after all of them."""
    from labkit import training

    device.setup(quiet=True)
    data = datasets.load("cifar10", stand_in="refuse", quiet=True).images
    real, latents = data[:PICTURES], training.latent(PICTURES, 100, seed=1)

    def train(change, seed):
        gan, log, rows = compiled(change, seed), training.StepLog(), []
        for half in (steps // 2, steps - steps // 2):
            gan.fit(data, 64, steps_per_epoch=half, callbacks=[log])
            fake = training.generate(training.settled(gan.generator), latents)
            logs = {name: float(np.mean(values[-5:])) for name, values in log.arrays().items() if name != "step"}
            rows.append({"steps": gan.steps_done, **scored(real, fake), **logs})
        return rows

    engine.run("cifar-dense-arms", CHANGES, seeds, train, {"steps": steps},
               f"cifar-dense-gan with one thing changed, batch 64; {PICTURES} generated pictures against as many real "
               "ones, 8x8 thumbnails; losses: mean of the last five that were logged",
               seeds=seeds, floor=scored(real, data[PICTURES:2 * PICTURES]))


def curve():
    """Score the generators kept by the training of the pretrained weights, beside its losses."""
    from labkit import models, training
    from labkit.training import checkpoints

    device.setup(quiet=True)
    data = datasets.load("cifar10", stand_in="refuse", quiet=True).images
    real, latents, rows = data[:PICTURES], training.latent(PICTURES, 100, seed=1), []
    arrays, _ = checkpoints.load(checkpoints.found(TRAINED)[-1])
    log = {name.removeprefix("log/"): values for name, values in arrays.items() if name.startswith("log/")}
    for step in sorted(int(path.name[5:13]) for path in (TRAINED / "generators").glob("*-moment.npz")):
        row = {"step": step}
        for kind in ("moment", "average"):
            generator = models.weights.load("cifar-dense-gan", TRAINED / "generators" / f"step-{step:08d}-{kind}.npz")
            row[kind] = scored(real, training.generate(generator, latents))
        near = np.abs(log["step"] - step) <= max(100, step // 20)
        row["losses"] = {name: round(float(values[near].mean()), 4) for name, values in log.items() if name != "step"}
        rows.append(row)
        print(row, flush=True)
    spans = np.array_split(np.arange(len(log["step"])), 200)
    results.write(CURVE, {
        "what": "the training of the pretrained cifar-dense-gan: losses as means of 200 spans, and the generators kept "
                f"on the way; {PICTURES} generated pictures against as many real ones, 8x8 thumbnails",
        "floor": scored(real, data[PICTURES:2 * PICTURES]), "scores": rows,
        "losses": {name: [round(float(log[name][span].mean()), 4) for span in spans]
                   for name in ("step", "d_loss", "g_loss", "d_real", "d_fake")},
    })


if __name__ == "__main__":
    engine.command_line(__doc__, arms, curve)
