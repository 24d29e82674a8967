"""Report 4's dense GAN: what its normalisation and its batch norm do, two rules of update, and what its losses tell.

    python benchmarks/dense_gan.py arms [--seeds 3 --steps 200]    # six minutes of one processor core
    python benchmarks/dense_gan.py rules [--seeds 3 --steps 300]   # five minutes
    python benchmarks/dense_gan.py curve                           # two minutes, after the training named below

``arms`` trains the report's GAN for its first steps with one thing changed and scores the pictures. ``rules`` trains it
with the step that notebook 05 writes out and with that of the report's code. ``curve`` scores the generators that the
training of the pretrained weights kept on its way, draws pictures of 24 fixed noises with each, thins out its losses,
and measures what 1,024 fixed pictures can redraw:

    labkit train cifar-dense-gan --profile laptop --keep 200,500,1000,2000,4000,7000,10000,13000,16000,20000

Results: data/results/cifar-dense-arms.json, -rules.json and -curve.json with its -curve.png.
"""

import arms as engine
import keras
import lesson
import numpy as np
from bedrooms import thumbnails
from PIL import Image

from labkit import datasets, device, files, metrics, models, training
from labkit.models import extractors
from labkit.plotting.images import quantized, tiled
from labkit.training import checkpoints, results

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
    near, far = metrics.extract(real, thumbnails), metrics.extract(fake, thumbnails)
    return {"kernel": round(float(metrics.kernel_distance(near, far)), 5),
            "frechet": round(float(metrics.frechet_distance(near, far)), 4),
            "variety": round(training.variety(fake) / training.variety(real), 3), "speckle": round(speckle(fake), 2)}


def compiled(change, seed):
    """The changed GAN, with the settings that report 4 states."""
    options, scale, offset = CHANGES[change]
    generator, discriminator = models.build("cifar-dense-gan", seed=seed, **options)
    if scale != 1.0:
        seen = keras.layers.Rescaling(scale, offset)
        discriminator = keras.Sequential([keras.Input((3072,)), seen, *discriminator.layers[1:]])
    gan = training.GAN(generator, discriminator, seed=seed)
    gan.compile(keras.optimizers.Adam(2e-4, beta_1=0.5), keras.optimizers.Adam(2e-4, beta_1=0.5), jit_compile=True,
                steps_per_execution=20)
    return gan


def arms(seeds=3, steps=200):
    """Train every arm with every seed; score after half of the steps and after all of them."""
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
               floor=scored(real, data[PICTURES:2 * PICTURES]))


def rules(seeds=3, steps=300):
    """Train with each rule of notebook 05 and every seed: the same minibatches, the same first weights."""
    device.setup(quiet=True)
    taught, net = lesson.load(5), extractors.load("cifar10")
    data = datasets.load("cifar10", stand_in="refuse", quiet=True).images
    real, latents = data[:PICTURES], training.latent(PICTURES, 100, seed=1)
    near = net(real)[0]

    def train(rule, seed):
        pair, log, rows = taught.Pair(getattr(taught, rule), seed), [], []
        for half in (steps // 2, steps - steps // 2):
            log += pair.train(data, half)
            fake = training.generate(training.settled(pair.generator), latents)
            d_loss, g_loss = np.mean(log[-20:], axis=0)
            features = float(metrics.frechet_distance(near, net(fake)[0]))
            rows.append({"steps": len(log), **scored(real, fake), "features": round(features, 2),
                         "d_loss": round(float(d_loss), 3), "g_loss": round(float(g_loss), 3)})
        return rows

    engine.run("cifar-dense-rules", ("our_step", "report_step"), seeds, train, {"steps": steps},
               f"cifar-dense-gan with the two steps of notebook 05, batch 64; {PICTURES} generated pictures against as "
               "many real ones: 8x8 thumbnails, and features of the CIFAR-10 classifier; losses: mean of the last 20 "
               "steps")


def redrawn(pictures, data):
    """Return what is left (1 - R²) of unseen pictures when fixed ones, principal components of others, redraw them."""
    import scipy.linalg

    known, unseen = (x.reshape(len(x), -1) / 127.5 - 1 for x in (data[:20000], pictures))
    mean = known.mean(0)
    vectors = scipy.linalg.eigh(np.cov(known, rowvar=False), subset_by_index=(3072 - 1024, 3071))[1][:, ::-1]
    rest, found = unseen - mean, {}
    for count in (10, 40, 100, 1024):
        left = rest - rest @ vectors[:, :count] @ vectors[:, :count].T
        found[str(count)] = round(float((left**2).sum() / ((unseen - unseen.mean(0)) ** 2).sum()), 5)
    return found


def curve():
    """Score the generators kept by the training of the pretrained weights, beside its losses; draw with each."""
    device.setup(quiet=True)
    data = datasets.load("cifar10", stand_in="refuse", quiet=True).images
    net, shown, rows = extractors.load("cifar10"), [], []
    real, latents = data[:PICTURES], training.latent(PICTURES, 100, seed=1)
    near, floor = net(real)[0], scored(real, data[PICTURES:2 * PICTURES])
    floor["features"] = round(float(metrics.frechet_distance(near, net(data[PICTURES:2 * PICTURES])[0])), 2)
    arrays, _ = checkpoints.load(checkpoints.found(TRAINED)[-1])
    log = {name.removeprefix("log/"): values for name, values in arrays.items() if name.startswith("log/")}
    for step in sorted(int(path.name[5:13]) for path in (TRAINED / "generators").glob("*-moment.npz")):
        row = {"step": step}
        for kind in ("moment", "average"):
            generator = models.weights.load("cifar-dense-gan", TRAINED / "generators" / f"step-{step:08d}-{kind}.npz")
            fake = training.generate(generator, latents)
            row[kind] = scored(real, fake) | {
                "features": round(float(metrics.frechet_distance(near, net(fake)[0])), 2)}
        shown.append(training.generate(generator, training.latent(24, 100, seed=0)))
        around = np.abs(log["step"] - step) <= max(100, step // 20)
        row["losses"] = {name: round(float(values[around].mean()), 4) for name, values in log.items() if name != "step"}
        rows.append(row)
        print(row, flush=True)
    sheet = tiled(np.concatenate(shown), 24)
    [sheet] = quantized([Image.fromarray(sheet)], 256)
    with files.atomic(CURVE.with_suffix(".png")) as file:
        sheet.save(file, "png", optimize=True)
    spans = np.array_split(np.arange(len(log["step"])), 200)
    unseen = datasets.load("cifar10", "test", stand_in="refuse", quiet=True)
    results.write(CURVE, {
        "what": "the training of the pretrained cifar-dense-gan: losses as means of 200 spans, and the generators kept "
                f"on the way; {PICTURES} generated pictures against as many real ones: 8x8 thumbnails, and features of "
                "the CIFAR-10 classifier. The PNG: pictures of 24 noises (seed 0), 32x32 each, a row for each of these "
                "generators (averaged weights), 256 colours. redrawn: 1 - R² of 200 unseen trucks, given so many "
                "principal components of 20,000 training pictures of all classes",
        "floor": floor, "scores": rows, "redrawn": redrawn(unseen.images[unseen.labels == 9][:200], data),
        "losses": {name: [round(float(log[name][span].mean()), 4) for span in spans]
                   for name in ("step", "d_loss", "g_loss", "d_real", "d_fake")},
    })


if __name__ == "__main__":
    engine.command_line(__doc__, arms, rules, curve)
