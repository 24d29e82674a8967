"""Domain transfer with and without each of its losses: what notebook 12 quotes.

    python benchmarks/transfer.py train [--steps 300 --seeds 3]      # about 15 minutes on one free core
    python benchmarks/transfer.py score                              # seconds: means, and the pretrained networks

A classifier of MNIST names what every arm made of the test set. Results: data/results/transfer-ablation.json.
"""

import dataclasses

import arms as engine
import lesson
import numpy as np

from labkit import device, files, models
from labkit.models import extractors, weights
from labkit.training import results

notebook = lesson.load(12)
#: Every arm is the laptop plan with these changes.
ARMS = {
    "all": {},
    "neither": {"alpha": 0.0, "beta": 0.0},
    "no L_CONST": {"alpha": 0.0},
    "no L_TID": {"beta": 0.0},
    "no L_GANG": {"adversarial": 0.0},
    "G without f": {"composed": False},
    "with L_TV": {"gamma": 2.0},
    "G without f, neither": {"composed": False, "alpha": 0.0, "beta": 0.0},
}


def train(steps=300, seeds=3):
    """Train f once a seed, then every arm; name what each makes of the source's and of the target's test pictures."""
    device.setup(precision="auto", quiet=True)
    judge, (asked, other), taught = extractors.load("mnist"), notebook.load("test", quiet=True), {}

    def once(arm, seed):
        device.setup(precision="auto", seed=seed, quiet=True)
        plan = dataclasses.replace(notebook.PLANS["laptop"], seed=seed, steps=steps, ema=0.99, **ARMS[arm])
        source, target = notebook.load(target_limit=plan.target_limit, quiet=True)
        networks = models.build("domain-transfer", seed=seed)
        if seed not in taught:
            notebook.learn(networks, plan, source)
            taught[seed] = [part.get_weights() for part in (networks.f, networks.head)]
        for part, values in zip((networks.f, networks.head), taught[seed], strict=True):
            part.set_weights(values)
        state, log = notebook.train(plan, networks, source, target)
        final = {f"final/{name}": round(float(values[-100:].mean()), 4) for name, values in log.items()}
        return {**named(judge, notebook.settled(state), asked, other, state.encoder), "steps": steps, **final}

    engine.run("transfer-ablation", ARMS, seeds, once, {},
               "share of pictures made of the source's test pictures in which a classifier of the target sees the "
               "source's label; 'again': of the target's test pictures, with their own labels; 'within': how much "
               "made pictures of one digit differ, as a share of how much the target's own do",
               judge=str(judge), source=asked.title, target=other.title, pictures=len(asked))


def score():
    """Add each arm's means, what the judge says of the sets themselves, and the pretrained networks' scores."""
    device.setup(quiet=True)
    judge, (asked, other), found = extractors.load("mnist"), notebook.load("test", quiet=True), {}
    content = results.read("transfer-ablation")
    for arm in ARMS:
        mine = [run for run in content["runs"] if run["arm"] == arm]
        found[arm] = {what: round(float(np.mean([run[what] for run in mine])), 4)
                      for what in ("accuracy", "again", "within")} | {"seeds": [run["accuracy"] for run in mine]}
    grey = np.rint(asked.images @ np.array([0.299, 0.587, 0.114])).astype(np.uint8)[..., None]
    networks = weights.load("domain-transfer")
    pretrained = named(judge, networks, asked, other)
    weights.change_card("domain-transfer", scores={"judge": judge.name, **pretrained})
    results.write(files.results() / "transfer-ablation.json", {
        **content, "provenance": results.provenance(), "arms": ARMS, "summary": found, "pretrained": pretrained,
        "as_they_are": notebook.accuracy(judge, grey, asked.labels),
        "target_itself": notebook.accuracy(judge, notebook.framed(other.images), other.labels),
        "f": {"source": notebook.named(networks, asked.images, asked.labels),
              "target": notebook.named(networks, notebook.framed(other.images), other.labels)}})


def named(judge, networks, asked, other, *encoder):
    """Return how often the judge sees the digit in what the networks make of both sets, and how much it varies."""
    made, again = (notebook.translate(networks, one.images, *encoder) for one in (asked, other))
    found = {"accuracy": notebook.accuracy(judge, made, asked.labels),
             "again": notebook.accuracy(judge, again, other.labels),
             "within": within(made, asked.labels) / within(notebook.framed(other.images), other.labels)}
    return {name: round(value, 4) for name, value in found.items()}


def within(images, labels):
    """Return the mean absolute difference of two pictures of the same digit, averaged over the digits."""
    each = []
    for label in range(10):
        mine = images[labels == label].astype(np.int16)
        half = len(mine) // 2
        each.append(np.abs(mine[:half] - mine[half:2 * half]).mean())
    return float(np.mean(each))


if __name__ == "__main__":
    engine.command_line(__doc__, train, score)
