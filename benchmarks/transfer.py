"""Domain transfer with and without each of its losses: what notebook 12 quotes.

    python benchmarks/transfer.py train [--steps 300 --seeds 3]      # about 15 minutes on one free core
    python benchmarks/transfer.py score                              # seconds; also scores the pretrained networks

``train`` keeps the pictures that every arm makes of the test set under build/transfer; ``score`` has a classifier of
MNIST name them, and writes data/results/transfer-ablation.json.
"""

import dataclasses
import time

import arms as engine
import lesson
import numpy as np

from labkit import device, files, models
from labkit.models import extractors, weights
from labkit.training import results

notebook = lesson.load(12)
FOLDER = files.home() / "build" / "transfer"
RESULTS = files.results() / "transfer-ablation.json"
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


def train(steps=300, seeds=3, arms=tuple(ARMS)):
    """Train f once a seed, then every arm; keep what each makes of the source's and of the target's test pictures."""
    for seed in range(seeds):
        device.setup(precision="auto", seed=seed, quiet=True)
        first = None
        for name in arms:
            kept = FOLDER / f"{name.replace(' ', '-')}-{seed}.npz"
            if kept.is_file():
                print(f"{kept} is there already", flush=True)
                continue
            plan = dataclasses.replace(notebook.PLANS["laptop"], seed=seed, steps=steps, ema=0.99, **ARMS[name])
            source, target = notebook.load(target_limit=plan.target_limit, quiet=True)
            asked, other = notebook.load("test", quiet=True)
            began = time.perf_counter()
            networks = models.build("domain-transfer", seed=seed)
            if first is None:
                notebook.learn(networks, plan, source)
                first = [part.get_weights() for part in (networks.f, networks.head)]
            for part, values in zip((networks.f, networks.head), first, strict=True):
                part.set_weights(values)
            state, log = notebook.train(plan, networks, source, target)
            networks = notebook.settled(state)
            arrays = {"made": notebook.translate(networks, asked.images, state.encoder),
                      "again": notebook.translate(networks, other.images, state.encoder), "steps": steps,
                      "pictures": len(source), "target": target.title, "source": source.title}
            final = {name: round(float(values[-100:].mean()), 4) for name, values in log.items()}
            with files.atomic(kept) as file:
                np.savez_compressed(file, **arrays, **{f"final/{loss}": value for loss, value in final.items()})
            print(f"seed {seed}, {name}: {final}, {time.perf_counter() - began:.0f} s", flush=True)


def score():
    """Let the classifier of MNIST name what every arm made; write the table."""
    device.setup(quiet=True)
    judge = extractors.load("mnist")
    asked, other = notebook.load("test", quiet=True)
    runs = []
    for seed in range(10):
        for name in ARMS:
            kept = FOLDER / f"{name.replace(' ', '-')}-{seed}.npz"
            if kept.is_file():
                runs.append({"arm": name, "seed": seed, **_row(judge, np.load(kept), asked, other)})
    found = {
        "what": "share of pictures made of the source's test pictures in which a classifier of the target sees the "
                "source's label; 'again': of the target's test pictures, with their own labels; 'within': how much "
                "made pictures of one digit differ, as a share of how much the target's own do",
        "judge": str(judge), "source": asked.title, "target": other.title, "pictures": len(asked), "arms": ARMS,
        "as_they_are": notebook.accuracy(judge, _grey(asked.images), asked.labels),
        "target_itself": notebook.accuracy(judge, notebook.framed(other.images), other.labels),
        "summary": summary(runs), "runs": runs,
    }
    networks = weights.load("domain-transfer")
    made, again = (notebook.translate(networks, one.images) for one in (asked, other))
    found["pretrained"] = _row(judge, {"made": made, "again": again}, asked, other)
    found["f"] = {"source": notebook.named(networks, asked.images, asked.labels),
                  "target": notebook.named(networks, notebook.framed(other.images), other.labels)}
    weights.change_card("domain-transfer", scores={"judge": judge.name, **found["pretrained"]})
    results.write(RESULTS, found)
    for name, row in found["summary"].items():
        print(f"{name:22} {row}")
    print({name: found[name] for name in ("as_they_are", "target_itself", "pretrained", "f")})


def _grey(images):
    return np.rint(images @ np.array([0.299, 0.587, 0.114])).astype(np.uint8)[..., None]


def _row(judge, kept, asked, other):
    row = {"accuracy": notebook.accuracy(judge, kept["made"], asked.labels),
           "again": notebook.accuracy(judge, kept["again"], other.labels),
           "within": within(kept["made"], asked.labels) / within(notebook.framed(other.images), other.labels)}
    if "steps" in kept:
        row["steps"] = int(kept["steps"])
    names = kept.files if hasattr(kept, "files") else ()
    return {name: round(value, 4) for name, value in row.items()} | {
        name: float(kept[name]) for name in names if name.startswith("final/")}


def within(images, labels):
    """Return the mean absolute difference of two pictures of the same digit, averaged over the digits."""
    each = []
    for label in range(10):
        mine = images[labels == label].astype(np.int16)
        half = len(mine) // 2
        each.append(np.abs(mine[:half] - mine[half:2 * half]).mean())
    return float(np.mean(each))


def summary(runs):
    """Return each arm's mean over its seeds, with the seeds' own values of the accuracy."""
    found = {}
    for name in ARMS:
        mine = [run for run in runs if run["arm"] == name]
        if mine:
            found[name] = {what: round(float(np.mean([run[what] for run in mine])), 4)
                           for what in ("accuracy", "again", "within")} | {"seeds": [run["accuracy"] for run in mine]}
    return found


if __name__ == "__main__":
    engine.command_line(__doc__, train, score)
