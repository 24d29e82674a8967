"""Report 4's convolutional GAN: what its batch norm, its dropout and its LeakyReLU do.

    python benchmarks/dcgan_parts.py parts [--seeds 3 --steps 900 --arms ReLU …]    # 3 minutes of one core each
    python benchmarks/dcgan_parts.py few [--seeds 3 --steps 900]                    # 4 minutes each
    python benchmarks/dcgan_parts.py copies                                         # two minutes

``parts`` trains cifar-dcgan with one thing changed, otherwise by its laptop recipe, and scores the pictures.
``few`` trains it on 2,000 pictures, with and without dropout, so that each is seen dozens of times, and compares what
the discriminator says of those pictures with what it says of pictures that it has never seen.
``copies`` searches all training pictures for copies among those of the shipped generator.

Results: data/results/dcgan-parts.json, dcgan-few.json and dcgan-copies.json. A second call with as many steps
goes on where the first ended.
"""

import arms as engine
import fashion
import keras
import numpy as np

from labkit import datasets, device, metrics, models, training
from labkit.models import extractors
from labkit.training import results

PICTURES = 2000  # generated, and real ones of the test split, for every score
SEEN = 2000  # training pictures of ``few``
EMA = 0.99  # averages over some 100 steps: the weights of one moment score up and down
CHANGES = {
    "as the report": {},
    "no batch norm": {"batch_norm": False},
    "ReLU": {"slope": 0.0},
    "no dropout": {"dropout": 0.0},
}


def opening():
    """The recipe, the training pictures, the classifier that judges, and its features of the test pictures."""
    recipe = training.recipes.get("cifar-dcgan", "laptop", ema=EMA)
    device.setup(quiet=True, precision=recipe.precision)
    train, test = (datasets.load("cifar10", split, stand_in="refuse", quiet=True).images for split in ("train", "test"))
    judge = extractors.load("cifar10")
    return recipe, train, judge, metrics.extract(test[:PICTURES], judge)


def silent(network, inputs):
    """The share of a network's rectified units that are never above 0, for any of the inputs.

    A unit is one channel of a convolution at one place. Under ReLU it is dead for these inputs: no gradient passes.
    """
    outputs = [layer.output for layer in network.layers if isinstance(layer, keras.layers.LeakyReLU)]
    values = keras.Model(network.inputs[0], outputs)(inputs, training=False)
    dead = [np.max(np.asarray(value, "float32"), axis=0).ravel() <= 0 for value in values]
    return float(np.concatenate(dead).mean())


def study(name, arms, images, seeds, steps, recipe, look, what, **facts):
    """Train every arm with every seed on the images; look after a third, two thirds and all of the steps.

    look: called with the GAN, returns what it saw as plain numbers.
    """
    def train(arm, seed):
        pair = models.build(recipe.key, seed=seed, **CHANGES[arm])
        gan, log, rows = training.compiled(recipe.changed(seed=seed), pair=pair), training.StepLog(), []
        for end in (steps // 3, 2 * steps // 3, steps):
            gan.fit(images, recipe.batch_size, steps_per_epoch=end - gan.steps_done, callbacks=[log])
            logs = {what: round(float(np.mean(values[-100:])), 3) for what, values in log.arrays().items()
                    if what != "step"}
            rows.append({"steps": gan.steps_done, **look(gan), **logs})
        return rows

    engine.run(name, arms, seeds, train, {"steps": steps}, what, **facts)


def parts(seeds=3, steps=900, arms=tuple(CHANGES)):
    """Take one part out at a time; score the pictures, and count the silent units."""
    recipe, data, judge, real = opening()
    latents = training.latent(PICTURES, 100, seed=1)
    scaled = training.normalise(data[:500], (None, 32, 32, 3))
    usual = training.variety(data[:PICTURES])

    def look(gan):
        fake = training.generate(training.averaged_generator(gan), latents)
        return {**against(real, fake, judge), "variety": round(training.variety(fake) / usual, 3),
                "silent_g": round(silent(gan.generator, latents[:500]), 4),
                "silent_d": round(silent(gan.discriminator, scaled), 4)}

    study("dcgan-parts", arms, data, seeds, steps, recipe, look,
          what=f"cifar-dcgan with one thing changed, laptop recipe, batch {recipe.batch_size}, weights averaged over "
               f"100 steps; {PICTURES} generated pictures against as many real ones of the test split, features of the "
               "classifier trained here; silent: the share of rectified units that are never above 0 on 500 inputs; "
               "losses: mean of the last 100 steps")


def few(seeds=3, steps=900):
    """Train on few pictures, with and without dropout; ask the discriminator about seen and unseen ones."""
    recipe, data, judge, real = opening()
    latents = training.latent(PICTURES, 100, seed=1)

    def look(gan):
        fake = training.generate(training.averaged_generator(gan), latents)
        sides = {"seen": data[:SEEN], "unseen": data[SEEN:2 * SEEN], "fake": fake}
        says = {name: fashion.logits(gan.discriminator, pictures) for name, pictures in sides.items()}
        return {**against(real, fake, judge),
                **{f"logit_{name}": round(float(value.mean()), 3) for name, value in says.items()},
                **{f"real_{name}": round(float((value > 0).mean()), 3) for name, value in says.items()}}

    study("dcgan-few", ("as the report", "no dropout"), data[:SEEN], seeds, steps, recipe, look, pictures=SEEN,
          what=f"cifar-dcgan on {SEEN} pictures, laptop recipe, weights averaged over 100 steps; logit_ and real_: the "
               "discriminator's mean logit and the share it calls real, of the training pictures, of as many that it "
               "has never seen, and of generated ones")


def copies(pictures=100, shift=2):
    """Search all training pictures, mirrored and moved, for generated ones, unseen ones, and copies that we made."""
    train, test = (datasets.load("cifar10", split, stand_in="refuse", quiet=True).images for split in ("train", "test"))
    planted = (np.roll(train[1000:1000 + pictures, :, ::-1], (2, -1), axis=(1, 2)) * 0.8).astype("uint8")
    kinds = {"planted copies": planted, "test pictures": test[:pictures],
             "generated": training.generate(models.weights.load("cifar-dcgan"), training.latent(pictures, 100, seed=1))}
    found = metrics.closeness(np.concatenate(list(kinds.values())), train, shift).reshape(len(kinds), -1)
    results.write(engine.files.results() / "dcgan-copies.json", {
        "what": "closeness of pictures to the nearest training picture (labkit.metrics.closeness); planted: training "
                "pictures, mirrored, moved by 2 and 1 pixels, a fifth darker",
        "generated": pictures, "training_pictures": len(train), "shift": shift,
        "kinds": {name: {"smallest": round(float(row.min()), 3), "median": round(float(np.median(row)), 3),
                         "copies": int((row < metrics.COPY).sum())} for name, row in zip(kinds, found, strict=True)}})


def against(real, fake, judge):
    near = metrics.extract(fake, judge)
    precision, recall = metrics.precision_recall(real, near)
    return {"frechet": round(float(metrics.frechet_distance(real, near)), 3),
            "kernel": round(float(metrics.kernel_distance(real, near)), 5),
            "precision": round(float(precision), 3), "recall": round(float(recall), 3)}


if __name__ == "__main__":
    engine.command_line(__doc__, parts, few, copies)
