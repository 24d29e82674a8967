"""Report 5's GAN on real bedrooms, compared with itself: batches, learning rates, what helps with few pictures.

    python benchmarks/bedrooms.py train [--seeds 3] [--arms plain "batch 256" …]   # half an hour of one core
    python benchmarks/bedrooms.py judges                                           # two minutes: notebook 09, 3 and 8

Every arm is a twin of the report's GAN for 32x32 pixels with a quarter of its channels (``SIZE``, ``WIDTH``): at full
size one arm alone would take as long as all of them do here. ``train`` leaves out what data/results/bedroom-twins.json
holds already, and draws the sheet beside it when it has trained the first seed of all arms in one go.
"""

import time

import arms as engine
import keras
import lesson
import numpy as np
from scipy.spatial.distance import cdist

from labkit import datasets, device, files, metrics, models, training
from labkit.models import extractors
from labkit.plotting.images import save, tiled
from labkit.training import results

SHEET = files.results() / "bedroom-twins.png"
thumbnails = lesson.load(9).thumbnails
SIZE, WIDTH = 32, 0.25
SNAPSHOTS = (12_800, 25_600, 51_200)  # pictures seen; 51,200 are 107 epochs of the 478
LONGER = (102_400, 204_800)  # 428 epochs: the report says 400
PICTURES = 478  # generated and scored at each snapshot: as many as there are real ones


#: One way to train. ``keep``: how many of the real pictures, 0 for all; ``longer``: on to the LONGER snapshots.
PLAIN = {"batch": 32, "learning_rate_g": 2e-4, "learning_rate_d": 2e-4, "augment": False, "spectral_norm": False,
         "r1": 0.0, "keep": 0, "longer": False}
SLOW = {"learning_rate_g": 1e-4, "learning_rate_d": 1e-4}
ARMS = {name: PLAIN | changes for name, changes in {
    # The report's learning rates, its two batch sizes, and the smaller one that it advises.
    "batch 256": {"batch": 256, **SLOW}, "batch 128": {"batch": 128, **SLOW}, "batch 32": SLOW,
    # What may help, against "plain".
    "plain": {"longer": True}, "slower D": {"learning_rate_d": 5e-5}, "augmentation": {"augment": True},
    "spectral norm": {"spectral_norm": True}, "gradient penalty": {"r1": 1.0},
    "a quarter of the pictures": {"keep": 120},
}.items()}


def pictures(keep=0):
    """The real pictures, or so many of them, uint8 (N, SIZE, SIZE, 3)."""
    images = datasets.load("bedrooms", size=SIZE, stand_in="refuse", quiet=True).images
    return images[np.random.default_rng(0).permutation(len(images))[:keep]] if keep else images


def penalise(gan, r1):
    """Let D pay r1/2 · mean |∇_x D(x)|² for its slope at real pictures (Mescheder et al. 2018, equation 9).

    ∇_x D is the slope of a picture's own logit. ``d_loss`` in the logs stays without it, to be comparable.
    """
    import tensorflow as tf

    gradients = gan.shared_gradients

    def penalised(real, latent, see=None):
        d_grads, g_grads, logs = gradients(real, latent, see)
        with tf.GradientTape() as outer:
            with tf.GradientTape(watch_accessed_variables=False) as inner:
                inner.watch(real)
                logits = gan._judge(real)
            slopes = tf.reshape(inner.gradient(logits, real), [tf.shape(real)[0], -1])
            penalty = r1 / 2 * tf.reduce_mean(tf.reduce_sum(slopes**2, axis=1))
        more = outer.gradient(penalty, gan.discriminator.trainable_variables)
        # The last bias shifts every logit by the same amount: no slope depends on it, and its gradient is None.
        return [a if b is None else a + b for a, b in zip(d_grads, more, strict=True)], g_grads, logs

    gan.shared_gradients = penalised


def compiled(arm, seed):
    """The arm's GAN, ready to be fitted."""
    pair = models.build("bedroom-gan", seed=seed, size=SIZE, width=WIDTH, spectral_norm=arm["spectral_norm"])
    gan = training.GAN(*pair, seed=seed)
    if arm["r1"]:
        penalise(gan, arm["r1"])
    more = {"flip": True, "shift": 4, "augment": "both"} if arm["augment"] else {}
    gan.compile(keras.optimizers.Adam(arm["learning_rate_g"], beta_1=0.5),
                keras.optimizers.Adam(arm["learning_rate_d"], beta_1=0.5), **more)
    return gan


def scores(known, fake, judges):
    """The scores of one set of pictures by every judge; ``known``: name -> features of real and held-out ones."""
    found = {}
    for name, judge in judges.items():
        real, held_out = known[name]
        far = metrics.extract(fake, judge, batch_size=64)
        values = metrics.manifold_scores(real, far)._asdict()
        values |= {"frechet": metrics.frechet_distance(real, far), "kernel": metrics.kernel_distance(real, far)}
        memory = metrics.memorisation(far, real, held_out)
        found[name] = {key: round(float(value), 6) for key, value in values.items()} | {
            "memorisation": round(float(memory), 4), "suspects": len(memory.suspects)}
    return found


def train(seeds=3, arms=tuple(ARMS)):
    """Train the arms; score what they draw at every snapshot by thumbnails, at two by CIFAR-10's classifier, too."""
    device.setup(quiet=True)
    latents, real, shown = training.latent(PICTURES, 100, seed=1), pictures(), []
    test = datasets.load("bedrooms", "test", size=SIZE, stand_in="refuse", quiet=True).images
    judges = {"thumbnails": thumbnails, "classifier": extractors.load("cifar10")}
    known = {name: [metrics.extract(each, judge) for each in (real, test)] for name, judge in judges.items()}

    def once(name, seed):
        arm, rows, spent = ARMS[name], [], 0.0
        images, gan, log = pictures(arm["keep"]), compiled(arm, seed), training.StepLog()
        snapshots = SNAPSHOTS + (LONGER if arm["longer"] else ())
        for seen in snapshots:
            first, began = gan.steps_done, time.process_time()
            gan.fit(images, arm["batch"], steps_per_epoch=seen // arm["batch"] - first, callbacks=[log])
            spent += time.process_time() - began
            fake = training.generate(training.settled(gan.generator), latents)
            logs = {what: float(np.mean(values[first:])) for what, values in log.arrays().items() if what != "step"}
            asked = judges if seen in (SNAPSHOTS[-1], snapshots[-1]) else {"thumbnails": thumbnails}
            rows.append({"images_seen": seen, "steps": gan.steps_done, **logs, "processor_seconds": round(spent, 1),
                         "scores": scores(known, fake, asked),
                         "variety": round(training.variety(fake) / training.variety(real), 3)})
            if seed == 0 and seen == SNAPSHOTS[-1]:
                shown.append(fake[:10])
        return {"real_pictures": len(images), "settings": arm, "rows": rows}

    halves = np.array_split(np.random.default_rng(0).permutation(len(real)), 2)
    engine.run(
        "bedroom-twins", arms, seeds, once, {},
        f"twins of bedroom-gan ({SIZE}x{SIZE}, channels x {WIDTH}) trained on real bedrooms in different ways; "
        f"{PICTURES} generated pictures against {len(real)} real ones of the training split; held out: {len(test)}; "
        "k = 5; kernel_floor: two halves of the real ones",
        extractors={name: features.extractor for name, (features, _) in known.items()},
        sheet={"file": SHEET.name, "rows": list(ARMS), "columns": 10, "images_seen": SNAPSHOTS[-1], "seed": 0},
        kernel_floor={name: round(float(metrics.kernel_distance(*(features.values[half] for half in halves))), 6)
                      for name, (features, _) in known.items()})
    if len(shown) == len(ARMS):
        save(SHEET, tiled(np.concatenate(shown), 10))


def judges(seeds=3):
    """What two judges say of sets of known worth, and of the shipped generator with its noise turned up and down."""
    device.setup(quiet=True)
    course, images = lesson.load(9), datasets.load("bedrooms", size=64, stand_in="refuse", quiet=True).images
    half, other = images[0::2], images[1::2]
    both = {"thumbnails": course.thumbnails, "EfficientNet": extractors.load("efficientnet_lite0", size=96)}
    known = {name: metrics.extract(half, judge) for name, judge in both.items()}
    generator = models.weights.load("bedroom-gan")

    def drawn(scale, seed, network=generator):
        return training.generate(network, scale * training.latent(len(half), 100, seed))

    def judged(fake):
        found = {name: metrics.manifold_scores(known[name], metrics.extract(fake, judge), k=5)._asdict()
                 for name, judge in both.items()}
        return {name: {key: round(float(value), 4) for key, value in values.items()} for name, values in found.items()}

    sets = {**course.impostors(half, other), "the pretrained generator": drawn(1, 1),
            "the same network, untrained": drawn(1, 1, models.build("bedroom-gan", seed=0).generator)}
    real, more, made = (metrics.extract(each, both["EfficientNet"]).values for each in (half, other, drawn(1, 1)))
    radii = {"a real picture, its fifth nearest real one": np.sort(cdist(real, real))[:, 5],
             "a generated picture, its fifth nearest generated one": np.sort(cdist(made, made))[:, 5],
             "a real picture, the nearest other real one": cdist(real, more).min(1),
             "a real picture, the nearest generated one": cdist(real, made).min(1),
             "a generated picture, the nearest real one": cdist(made, real).min(1)}
    results.write(files.results() / "bedroom-judges.json", {
        "what": "precision, recall, density and coverage (k = 5) of sets against every second of the real bedrooms",
        "pictures": len(half), "extractor": known["EfficientNet"].extractor,
        "sets": {name: judged(fake) for name, fake in sets.items()},
        "knob": [{"scale": scale, "seed": seed, **judged(drawn(scale, seed))}
                 for scale in (0.25, 0.5, 0.75, 1.0, 1.5, 2.0) for seed in range(1, seeds + 1)],
        "radii": {name: round(float(np.median(each)), 2) for name, each in radii.items()},
    })


if __name__ == "__main__":
    engine.command_line(__doc__, train, judges)
