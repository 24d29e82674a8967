"""The flow beside the GAN (notebook 16): small ones trained alike, the shipped one by steps and guidance, the ring.

    python benchmarks/flow.py small [--seeds 3]        # 15 minutes of one processor core
    python benchmarks/flow.py curves                   # 5 minutes
    python benchmarks/flow.py ring [--seeds 8]         # 2 minutes
"""

import time

import arms
import lesson
import numpy as np

from labkit import device, files

device.quiet_tensorflow()

from labkit import datasets, metrics  # noqa: E402
from labkit.models import extractors, flow, weights  # noqa: E402
from labkit.training import generators, recipes, results, run, scoring  # noqa: E402

SHORT = {"precision": "float32", "ema": 0.99, "epochs": 100}  # an average over few steps, for short trainings
ARMS = {"GAN": recipes.get("fashion-gan", "laptop", **SHORT),
        "flow": recipes.get("fashion-flow", "laptop", batch_size=32, **SHORT)}
SECONDS, PICTURES, COUNT = (30, 60), (8000, 16_000), 2000
FEW = 1000  # pictures of each dot of the curves
STEPS, GUIDANCE = (1, 2, 5, 10, 20, 50), (0.0, 1.0, 1.5, 2.0, 3.0, 5.0)


def judge():
    """Return a function: pictures, uint8, to four scores by the classifier of clothes against shipped statistics."""
    reader = extractors.load_default("fashion_mnist")
    real = scoring.load_reference("fashion_mnist", (28, 28, 1), reader).features

    def scores(pictures):
        found = metrics.evaluate(real, pictures, reader, groups=0)
        return {name: round(float(found[name]), 4) for name in ("frechet", "kernel", "precision", "recall")}

    return scores, reader


def small(seeds=3):
    """Train a narrow GAN of report 3 (286,881 parameters in its generator) and the flow (302,593), without labels."""
    scores, _ = judge()
    images = datasets.load("fashion_mnist", stand_in="refuse", quiet=True).images

    def train(arm, seed):
        recipe = ARMS[arm].changed(seed=seed)
        model, rows, spent = run.compiled(recipe), [], 0.0
        left = {f"{mark} s": mark for mark in SECONDS} | {f"{mark:,} pictures": mark for mark in PICTURES}
        model.fit(images, recipe.batch_size, steps_per_epoch=1)  # the first step is traced: no part of the time
        while left:
            began = time.process_time()
            model.fit(images, recipe.batch_size, steps_per_epoch=800 // recipe.batch_size)
            spent += time.process_time() - began
            seen = model.steps_done * recipe.batch_size
            due = [words for words, mark in left.items() if mark <= (spent if words.endswith(" s") else seen)]
            if due:
                shown = generators.averaged_generator(model)
                if arm == "flow":  # which was told no class, and is asked for none
                    shown = flow.sampler(shown.get_layer("velocity"), guidance=0.0)
                made = scores(generators.generate(shown, generators.latent(COUNT, model.latent_dim, seed)))
                rows += [{"at": words, "pictures": seen, "seconds": round(spent, 1), **made} for words in due]
                left = {words: mark for words, mark in left.items() if words not in due}
        return rows

    arms.run("flow-small", ARMS, seeds, train, {"seconds": SECONDS[-1], "count": COUNT},
             "a narrow GAN and a flow of as many parameters, no labels told; seconds of one core, tracing left out")


def curves():
    """Score the shipped flow by Euler steps and by guidance, and the shipped GAN; 2,000 pictures each."""
    scores, reader = judge()
    network = weights.load("fashion-flow").get_layer("velocity")

    def row(generator, latents, **facts):
        generators.generate(generator, latents[:256])  # the first call is not timed
        began = time.process_time()
        pictures = generators.generate(generator, latents)
        facts["milliseconds"] = round((time.process_time() - began) / len(latents) * 1000, 3)
        if latents.shape[1] > 784:
            facts["as_asked"] = float(np.mean(reader.predict(pictures) == latents[:, 784:].argmax(axis=1)))
        print(facts | scores(pictures), flush=True)
        return facts | scores(pictures)

    latents = generators.latent(FEW, 794, 0)
    test = datasets.load("fashion_mnist", "test", quiet=True)
    found = {
        "gan": row(weights.load("fashion-gan"), generators.latent(FEW, 128, 0)),
        "steps": [row(flow.sampler(network, steps), latents, steps=steps) for steps in STEPS],
        "guidance": [row(flow.sampler(network, 10, weight), latents, guidance=weight) for weight in GUIDANCE],
        "as_asked_real": float(np.mean(reader.predict(test.images[:COUNT]) == test.labels[:COUNT])),
    }
    results.write(files.results() / "flow-curves.json", {
        "what": f"{FEW} pictures each, seed 0; milliseconds of one core a picture; guidance with 10 steps", **found})


def ring(seeds=8):
    """Train the flow of notebook 16 on the ring; count modes and good samples as notebook 04 does."""
    notebook, arms_of = lesson.load(16), {"2,000 steps": 2000, "4,000 steps": 4000}

    def train(arm, seed):
        network, began = notebook.arrow(seed), time.process_time()
        notebook.learn(network, notebook.ring, arms_of[arm], seed=seed)
        seconds = time.process_time() - began
        samples = notebook.euler(network, generators.latent(2500, 2, 1), 20)[-1]
        covered, good = notebook.coverage(np.asarray(samples))
        return {"covered": covered, "good": round(good, 3), "seconds": round(seconds, 1)}

    arms.run("flow-ring", arms_of, seeds, train, {"euler": 20},
             "modes covered and share of samples within three deviations, of 2,500")


if __name__ == "__main__":
    arms.command_line(__doc__, small, curves, ring)
