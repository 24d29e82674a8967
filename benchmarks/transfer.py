"""Domain transfer with and without each of its losses, and with other weights: what notebook 12 quotes.

    python benchmarks/transfer.py train          # five arms, 2,000 steps, three seeds: an hour of one core
    python benchmarks/transfer.py sweep          # six arms, 300 steps, three seeds: a quarter of an hour
    python benchmarks/transfer.py score          # seconds: intervals, pictures, and the pretrained networks

A classifier of MNIST names what every arm made of the test set. Results: data/results/transfer-ablation and
transfer-alpha, .json and .png (ten pictures of each run).
"""

import dataclasses
import functools

import arms as engine
import lesson
import numpy as np

from labkit import device, files, models, plotting
from labkit.models import extractors, weights
from labkit.training import results

notebook = lesson.load(12)
#: Every arm is the laptop plan with these changes.
ARMS = {"all": {}, "no L_CONST": {"alpha": 0.0}, "no L_TID": {"beta": 0.0}, "neither": {"alpha": 0.0, "beta": 0.0},
        "alpha 15": {"alpha": 15.0}}
SWEEP = {f"alpha {alpha:g}": {"alpha": alpha} for alpha in (0.0, 0.1, 1.0, 3.0, 15.0)} | {
    "no L_GANG": {"adversarial": 0.0}}
WHAT = ("share of pictures made of the source's test pictures in which a classifier of the target sees the source's "
        "label; 'again': of the target's test pictures, with their own labels; 'within': how much made pictures of one "
        "digit differ, as a share of how much the target's own do; 'commonest': the share of the classifier's most "
        "frequent answer; 'speckle': the share of pixels brighter than 30 in a border of 4")
taught = {}
test = functools.cache(lambda: (extractors.load("mnist"), *notebook.load("test", quiet=True)))  # judge, source, target


def train(steps=2000, seeds=3):
    """Train f once a seed, then every arm; name what each makes of the source's and of the target's test pictures."""
    _run("transfer-ablation", ARMS, seeds, steps, 0.998)


def sweep(steps=300, seeds=3):
    """The same with other weights of L_CONST, and without L_GANG, for fewer steps."""
    _run("transfer-alpha", SWEEP, seeds, steps, 0.99)


def _run(name, arms, seeds, steps, ema):
    judge, asked, other = test()
    engine.run(name, arms, seeds, functools.partial(once, arms, steps, ema), {"steps": steps}, WHAT, judge=str(judge),
               source=asked.title, target=other.title, pictures=len(asked), arms=arms)


def once(arms, steps, ema, arm, seed):
    """Train one arm; return its row of results, and keep its pictures in build/transfer."""
    device.setup(precision="auto", seed=seed, quiet=True)
    plan = dataclasses.replace(notebook.PLANS["laptop"], seed=seed, steps=steps, ema=ema, **arms[arm])
    source, target = notebook.load(target_limit=plan.target_limit, quiet=True)
    networks = models.build("domain-transfer", seed=seed)
    if seed not in taught:
        notebook.learn(networks, plan, source)
        taught[seed] = [part.get_weights() for part in (networks.f, networks.head)]
    for part, values in zip((networks.f, networks.head), taught[seed], strict=True):
        part.set_weights(values)
    state, log = notebook.train(plan, networks, source, target)
    final = {f"final/{name}": round(float(values[-100:].mean()), 4) for name, values in log.items()}
    networks = notebook.settled(state)
    made, again = (notebook.translate(networks, one.images) for one in test()[1:])
    with files.atomic(_kept(arm, seed, steps)) as file:
        np.savez_compressed(file, made=made, again=again)
    return {**named(made, again), "steps": steps, **final}


def _kept(arm, seed, steps):
    return files.home() / "build" / "transfer" / f"{arm}-{steps}-{seed}.npz".replace(" ", "-")


def score():
    """Add the intervals, the pictures, what the judge says of the sets themselves, and the pretrained networks."""
    device.setup(quiet=True)
    judge, asked, other = test()
    grey = np.rint(asked.images @ np.array([0.299, 0.587, 0.114])).astype(np.uint8)[..., None]
    networks = weights.load("domain-transfer")
    pretrained = named(*(notebook.translate(networks, one.images) for one in (asked, other)))
    weights.change_card("domain-transfer", scores={"judge": judge.name, **pretrained})
    for name, base in (("transfer-ablation", "all"), ("transfer-alpha", "alpha 1")):
        content = results.read(name)
        runs, arms = content["runs"], content["arms"]
        content["against"] = {arm: {what: engine.compare(runs, what, arm, base) for what in ("accuracy", "within")}
                              for arm in arms if arm != base}
        if name == "transfer-ablation":
            content |= {"pretrained": pretrained, "as_they_are": notebook.accuracy(judge, grey, asked.labels),
                        "target_itself": notebook.accuracy(judge, notebook.framed(other.images), other.labels)}
        rows = [np.load(_kept(run["arm"], run["seed"], run["steps"]))["made"][:10] for run in runs]
        plotting.images.save(files.results() / f"{name}.png", plotting.images.tiled(np.concatenate(rows), 10))
        results.write(files.results() / f"{name}.json", {**content, "provenance": results.provenance()})


def named(made, again):
    """Return how often the judge sees the digit in what was made of both test sets, and how much that varies."""
    judge, asked, other = test()
    answers = np.bincount(judge.predict(made[:, 2:-2, 2:-2]), minlength=10)
    border = np.pad(np.zeros((24, 24), bool), 4, constant_values=True)
    found = {"accuracy": notebook.accuracy(judge, made, asked.labels),
             "again": notebook.accuracy(judge, again, other.labels),
             "within": within(made, asked.labels) / within(notebook.framed(other.images), other.labels),
             "commonest": answers.max() / len(made),
             "speckle": (made[:, border] > 30).mean()}
    return {name: round(float(value), 4) for name, value in found.items()}


def within(images, labels):
    """Return the mean absolute difference of two pictures of the same digit, averaged over the digits."""
    each = []
    for label in range(10):
        mine = images[labels == label].astype(np.int16)
        half = len(mine) // 2
        each.append(np.abs(mine[:half] - mine[half:2 * half]).mean())
    return float(np.mean(each))


if __name__ == "__main__":
    engine.command_line(__doc__, train, sweep, score)
