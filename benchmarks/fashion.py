"""Report 3's challenges as experiments, on narrow twins of its networks (32 channels in place of 128).

    python benchmarks/fashion.py convergence [--steps 1000 --seeds 2]   # learning-rate schedules
    python benchmarks/fashion.py rates --steps 300                      # which pairs of learning rates end in black
    python benchmarks/fashion.py overfitting                            # 50 pictures; dropout, decay, augmentation
    python benchmarks/fashion.py domains                                # faces: from scratch, fine-tuned, augmented
    python benchmarks/fashion.py upsampling                             # UpSampling2D + Conv2D against Conv2DTranspose
    python benchmarks/fashion.py computing                              # speed by width, precision and order of work

Each writes data/results/fashion-VERB.json after every run, and does not repeat runs that stand there already: more
seeds can be added later. One run takes about a minute of one core.
"""

import dataclasses
import os
import sys
import time

import arms as engine
import numpy as np

from labkit import datasets, device, files, metrics

CHANNELS = 32
#: What all arms share unless they say otherwise. The averages reach back some 100 steps.
BASE = {"batch_size": 16, "learning_rate_g": 5e-5, "learning_rate_d": 2e-4, "ema": 0.99, "precision": "float32",
        "label_smoothing": 0.1, "flip": False}


@dataclasses.dataclass
class Arm:
    """One way of training: changes of the recipe, options of the builder, and weights to begin with."""

    name: str
    recipe: dict = dataclasses.field(default_factory=dict)
    options: dict = dataclasses.field(default_factory=dict)
    start: str | None = None


class Judge:
    """Scores pictures against held-out real ones; the real ones' features are extracted once."""

    def __init__(self, held_out, extractor, count):
        self.extractor, self.count = extractor, count
        self.real = metrics.extract(held_out, extractor)

    def __call__(self, images):
        """Return the Fréchet distance, precision and recall (k = 5) of pictures, and their chequered power."""
        fake = metrics.extract(images, self.extractor)
        precision, recall = metrics.precision_recall(self.real, fake, k=5)
        return {"frechet": round(float(metrics.frechet_distance(self.real, fake)), 3),
                "precision": round(float(precision), 3), "recall": round(float(recall), 3),
                "chequers": round(chequers(images), 3)}


def chequers(images) -> float:
    """Return how far the power at a period of two pixels stands above its neighbourhood: log10 of a ratio, 0 for none.

    images: uint8 (N, H, W, 1), H and W even. The three places (H/2, 0), (0, W/2) and (H/2, W/2) of the mean power
    spectrum are each compared with the median of the places within three steps of them.
    """
    values = images[..., 0].astype(np.float64)
    power = (np.abs(np.fft.fft2(values)) ** 2).mean(0)
    height, width = power.shape
    found = []
    for row, column in ((height // 2, 0), (0, width // 2), (height // 2, width // 2)):
        near = [power[(row + i) % height, (column + j) % width] for i in range(-3, 4) for j in range(-3, 4)
                if (i or j) and ((row + i) % height or (column + j) % width)]
        found.append(power[row, column] / np.median(near))
    return float(np.log10(np.exp(np.mean(np.log(found)))))


def train(key, arm, images, steps, seed, judge, look, watch=None):
    """Train one arm; return its run as a dictionary, and the GAN."""
    from labkit import models, training

    recipe = training.recipes.get(key, "quick", steps=steps, seed=seed, **{**BASE, **arm.recipe})
    pair = models.build(key, seed=seed, channels=CHANNELS, **arm.options)
    if arm.start:
        with np.load(arm.start) as stored:
            for name, network in zip(("generator", "discriminator"), pair, strict=True):
                network.set_weights([stored[part] for part in sorted(stored.files) if part.startswith(name)])
    gan, log = training.compiled(recipe, total=steps, pair=pair), training.StepLog()
    latents, looks, began = training.latent(judge.count, 128, 1000), [], time.process_time()
    for end in sorted(look):
        gan.fit(images, recipe.batch_size, steps_per_epoch=end - gan.steps_done, callbacks=[log])
        seconds = time.process_time() - began
        average = training.averaged_generator(gan)
        looks.append({"step": end, "seconds": round(seconds, 1),
                      "average": judge(training.generate(average, latents)),
                      "moment": judge(training.generate(gan.generator, latents)),
                      **(watch(gan, training.generate(average, latents)) if watch else {})})
    losses = {name: [round(float(part.mean()), 3) for part in np.array_split(values, 10)]
              for name, values in log.arrays().items() if name != "step"}
    return {"recipe": {**BASE, **arm.recipe}, "options": arm.options, "looks": looks, "tenths": losses}, gan


def study(verb, judge, arms, steps, seeds, one, **facts):
    """Run ``one(arm, seed)`` for every arm and seed that data/results/fashion-VERB.json does not hold yet."""
    arms = {arm.name: arm for arm in arms}
    engine.run(f"fashion-{verb}", arms, seeds, lambda name, seed: one(arms[name], seed), {"steps": steps, "base": BASE},
               f"report 3's networks, narrow: {CHANNELS} channels in place of 128",
               **facts, judge={"extractor": judge.extractor.name, "held_out": len(judge.real),
                               "generated": judge.count})


def fashion(generated=1000, held_out=3000):
    """Return the training pictures, other real ones, and the judge of Fashion-MNIST."""
    from labkit.models import extractors

    test = datasets.load("fashion_mnist", "test", stand_in="refuse", quiet=True).images
    return (datasets.load("fashion_mnist", stand_in="refuse", quiet=True).images, test,
            Judge(test[:held_out], extractors.load("fashion_mnist"), generated))


def convergence(steps=1000, seeds=2):
    """Compare a constant learning rate, half of it, and one that falls to 0."""
    images, test, judge = fashion()
    rates = {name: BASE[f"learning_rate_{name}"] for name in "gd"}
    arms = [Arm("constant"), Arm("half", {f"learning_rate_{name}": rate / 2 for name, rate in rates.items()}),
            Arm("cosine", {"schedule": "cosine"})]
    look = [steps * part // 10 for part in (5, 8, 9, 10)]
    floor = float(metrics.frechet_distance(judge.real, metrics.extract(test[5000:6000], judge.extractor)))

    def one(arm, seed):
        run, gan = train("fashion-gan", arm, images, steps, seed, judge, look)
        if arm.name == "constant" and not seed:
            keep(gan)
        return run

    study("convergence", judge, arms, steps, seeds, one, real_against_real=round(floor, 3))


def rates(steps=1000, seeds=2):
    """Pairs of learning rates: what the pictures look like, and how much slope the last tanh has left."""
    from labkit import models, training

    images = datasets.load("fashion_mnist", stand_in="refuse", quiet=True).images
    latents = training.latent(64, 128, 0)
    pairs = {f"{g:g} {d:g}": (g, d) for g, d in ((2e-4, 2e-4), (2e-4, 2e-5), (5e-5, 5e-5), (5e-5, 2e-4), (1e-5, 2e-4))}

    def one(arm, seed):
        rates = dict(zip(("learning_rate_g", "learning_rate_d"), pairs[arm], strict=True))
        recipe = training.recipes.get("fashion-gan", "quick", steps=steps, seed=seed, **{**BASE, **rates})
        pair, log = models.build("fashion-gan", seed=seed, channels=CHANNELS), training.StepLog()
        gan = training.compiled(recipe, total=steps, pair=pair)
        gan.fit(images, recipe.batch_size, steps_per_epoch=steps, callbacks=[log])
        values = np.asarray(gan.generator(latents))
        made = training.to_uint8(values)
        last = {name: round(float(part[-50:].mean()), 3) for name, part in log.arrays().items() if name != "step"}
        return {**rates, "level": round(float(made.mean()), 1),
                "variety": round(training.variety(made) / training.variety(images[:64]), 3),
                "slope": round(float((1 - values**2).mean()), 4), "last": last}

    engine.run("fashion-rates", pairs, seeds, one, {"steps": steps, "base": BASE},
               f"report 3's networks, narrow: {CHANNELS} channels in place of 128",
               real_level=round(float(images[:10000].mean()), 1))


def keep(gan):
    """Keep the weights of both networks: ``domains`` begins with them."""
    path = files.home() / "build" / "fashion" / "start.npz"
    with files.atomic(path) as file:
        np.savez(file, **{f"{name}/{i:03d}": value for name in ("generator", "discriminator")
                          for i, value in enumerate(getattr(gan, name).get_weights())})


def overfitting(steps=1000, seeds=2):
    """Train on 50 pictures: does the discriminator know them by heart, and what helps?"""
    images, test, judge = fashion()
    few, others = images[:50], test[5000:6000]
    arms = [Arm("neither", {}, {"dropout": 0.0}), Arm("dropout 0.4", {}, {"dropout": 0.4}),
            Arm("weight decay 10", {"weight_decay": 10.0}, {"dropout": 0.0}),
            Arm("shifts of both sides", {"shift": 3, "augment": "both"}, {"dropout": 0.0}),
            Arm("60,000 pictures", {}, {"dropout": 0.0}),
            Arm("dropout and decay", {"weight_decay": 10.0}, {"dropout": 0.4})]

    def watch(gan, made):
        known, unknown = (logits(gan.discriminator, part) for part in (few, others))
        copied = metrics.memorisation(made[:500], few, others)
        return {"d_logit": {"known": round(float(known.mean()), 3), "unknown": round(float(unknown.mean()), 3)},
                # How often a picture that D was trained on gets the higher logit of the two: 0.5 knows nothing.
                "d_knows": round(float((known[:, None] > unknown[None]).mean()), 3),
                "memorisation": round(float(copied), 3), "nearest": round(float(copied.fake), 1),
                "nearest_held_out": round(float(copied.held_out), 1)}

    def one(arm, seed):
        return train("fashion-gan", arm, images if arm.name == "60,000 pictures" else few, steps, seed, judge,
                     [steps // 2, steps], watch)[0]

    study("overfitting", judge, arms, steps, seeds, one, pictures=len(few), unknown=len(others))


def logits(network, images):
    """Return a network's logits (N,) for uint8 pictures."""
    from labkit import training

    return np.concatenate([np.asarray(network(training.normalise(part, network.input_shape), training=False))[:, 0]
                           for part in np.array_split(images, max(1, len(images) // 500))])


def domains(steps=1000, seeds=2):
    """Faces with the same architecture: from scratch, from the weights for clothes, with changed pictures."""
    from labkit import training
    from labkit.models import extractors

    start = files.home() / "build" / "fashion" / "start.npz"
    if not start.is_file():
        sys.exit(f"{start} is missing: run `python benchmarks/fashion.py convergence` first.")
    train_set, test = (training.prepare(datasets.load("faces", split, size=28, stand_in="refuse", quiet=True),
                                        (28, 28, 1)) for split in ("train", "test"))
    judge = Judge(test[:1000], extractors.load("efficientnet_lite0", size=64, layer="block6d"), 1000)
    changed = {"flip": True, "shift": 2, "augment": "both"}
    arms = [Arm("from scratch"), Arm("fine-tuned", start=str(start)), Arm("from scratch, augmented", changed),
            Arm("fine-tuned, augmented", changed, start=str(start))]
    look = [steps * part // 20 for part in (2, 6, 20)]

    def one(arm, seed):
        run, _ = train("face-gan", arm, train_set, steps, seed, judge, look)
        return run | {"options": {**arm.options, "start": "convergence, constant, seed 0" if arm.start else None}}

    study("domains", judge, arms, steps, seeds, one, faces=len(train_set))


def upsampling(steps=1000, seeds=2):
    """The two ways of doubling a picture: scores and chequers on the way."""
    images, test, judge = fashion()
    arms = [Arm(kind, {}, {"upsampling": kind}) for kind in ("nearest", "transposed")]
    look = [steps // 4, steps // 2, steps]
    study("upsampling", judge, arms, steps, seeds, real_chequers=round(chequers(test[:2000]), 3),
          one=lambda arm, seed: train("fashion-gan", arm, images, steps, seed, judge, look)[0])


def computing():
    """Pictures per second of processor time, one thread, by width and precision."""
    from labkit import models, training
    from labkit.training import results

    images = np.random.default_rng(0).integers(0, 256, (512, 28, 28, 1), dtype=np.uint8)
    rows = []
    for precision in ("float32", "bfloat16"):
        device.setup(precision=precision, quiet=True)
        for channels, batch, count in ((128, 16, 8), (128, 64, 2), (32, 16, 60), (32, 64, 15)):
            recipe = training.recipes.get("fashion-gan", "laptop", batch_size=batch, steps=count)
            gan = training.compiled(recipe, pair=models.build("fashion-gan", channels=channels))
            gan.fit(images, batch, steps_per_epoch=2)
            began = time.process_time()
            gan.fit(images, batch, steps_per_epoch=count)
            rate = count * batch / (time.process_time() - began)
            rows.append({"precision": precision, "channels": channels, "batch_size": batch, "steps": count,
                         "generator_parameters": gan.generator.count_params(), "pictures_per_second": round(rate, 1)})
            print(rows[-1], flush=True)
    results.write(files.results() / "fashion-computing.json", {
        "what": "training steps of both networks, processor seconds (not wall clock) of one thread", "rows": rows})


if __name__ == "__main__":
    os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")  # processor time is then the time of one core
    os.environ.setdefault("TF_NUM_INTEROP_THREADS", "1")
    device.setup(quiet=True)
    engine.command_line(__doc__, convergence, rates, overfitting, domains, upsampling, computing)
