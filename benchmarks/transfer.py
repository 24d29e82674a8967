"""Domain transfer with and without each of its losses: what notebook 12 quotes.

    python benchmarks/transfer.py train [--steps 300 --seeds 3]      # about 15 minutes on one free core
    python benchmarks/transfer.py score                              # seconds; also scores the pretrained networks

``train`` keeps the pictures that every arm makes of the test set under build/transfer; ``score`` has a classifier of
MNIST name them, and writes data/results/transfer-ablation.json.
"""

import argparse
import sys
import time

import numpy as np

from labkit import device, files
from labkit.training import results

FOLDER = files.home() / "build" / "transfer"
RESULTS = files.results() / "transfer-ablation.json"
COMMAND = " ".join(["python benchmarks/transfer.py", *sys.argv[1:]])
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


def train(steps, seeds, arms):
    """Train f once a seed, then every arm; keep what each makes of the source's and of the target's test pictures."""
    from labkit.training import transfer

    for seed in range(seeds):
        networks = None
        for name in arms:
            kept = FOLDER / f"{name.replace(' ', '-')}-{seed}.npz"
            if kept.is_file():
                print(f"{kept} is there already", flush=True)
                continue
            plan = transfer.plan("laptop", seed=seed, steps=steps, ema=0.99, **ARMS[name])
            source, target = transfer.sets(plan, quiet=True)
            asked, other = transfer.sets(plan.changed(target_limit=2000), "test", quiet=True)
            began = time.perf_counter()
            if networks is None:
                networks = _with_f(transfer, seed, source, target)
            run = transfer.train(plan, source, target, networks)
            encoder = None if plan.composed else run.encoder
            arrays = {"made": transfer.translate(run.networks, asked.images, encoder),
                      "again": transfer.translate(run.networks, other.images, encoder), "steps": steps,
                      "pictures": len(source), "target": target.title, "source": source.title}
            arrays |= {f"final/{loss}": value for loss, value in run.summary["final"].items()}
            with files.atomic(kept) as file:
                np.savez_compressed(file, **arrays)
            print(f"seed {seed}, {name}: {run.summary['final']}, {time.perf_counter() - began:.0f} s", flush=True)


def _with_f(transfer, seed, source, target):
    """Return networks whose f has been trained: every arm of a seed gets the same."""
    plan = transfer.plan("laptop", seed=seed, steps=1, checkpoint_every=1)
    return transfer.train(plan, source, target, out=FOLDER / f"f-{seed}", resume=True).networks


def score():
    """Let the classifier of MNIST name what every arm made; write the table."""
    from labkit.models import extractors
    from labkit.training import transfer, transfer_shipping

    device.setup(quiet=True)
    judge = extractors.load("mnist")
    plan = transfer.plan("laptop")
    asked, other = transfer.sets(plan.changed(target_limit=2000), "test", quiet=True)
    runs = []
    for seed in range(10):
        for name in ARMS:
            kept = FOLDER / f"{name.replace(' ', '-')}-{seed}.npz"
            if kept.is_file():
                runs.append({"arm": name, "seed": seed, **_row(transfer, judge, np.load(kept), asked, other)})
    found = {
        "what": "share of pictures made of the source's test pictures in which a classifier of the target sees the "
                "source's label; 'again': of the target's test pictures, with their own labels; 'within': how much "
                "made pictures of one digit differ, as a share of how much the target's own do",
        "judge": str(judge), "source": asked.title, "target": other.title, "pictures": len(asked), "arms": ARMS,
        "as_they_are": transfer.accuracy(judge, _grey(asked.images), asked.labels),
        "target_itself": transfer.accuracy(judge, transfer.framed(other.images), other.labels),
        "summary": summary(runs), "runs": runs,
    }
    if transfer_shipping.available():
        networks = transfer_shipping.load()
        made, again = (transfer.translate(networks, one.images) for one in (asked, other))
        found["pretrained"] = _row(transfer, judge, {"made": made, "again": again}, asked, other)
        from labkit.training import content

        found["f"] = {"source": content.accuracy(networks, asked.images, asked.labels),
                      "target": content.accuracy(networks, transfer.framed(other.images), other.labels)}
        transfer_shipping.note_scores({"judge": judge.name, **found["pretrained"]})
    results.write(RESULTS, found, command=COMMAND)
    for name, row in found["summary"].items():
        print(f"{name:22} {row}")
    print({name: found[name] for name in ("as_they_are", "target_itself", "pretrained", "f") if name in found})


def _grey(images):
    return np.rint(images @ np.array([0.299, 0.587, 0.114])).astype(np.uint8)[..., None]


def _row(transfer, judge, kept, asked, other):
    row = {"accuracy": transfer.accuracy(judge, kept["made"], asked.labels),
           "again": transfer.accuracy(judge, kept["again"], other.labels),
           "within": within(kept["made"], asked.labels) / within(transfer.framed(other.images), other.labels)}
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


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="what", required=True)
    one = commands.add_parser("train")
    one.add_argument("--steps", type=int, default=300)
    one.add_argument("--seeds", type=int, default=3)
    one.add_argument("--arms", nargs="+", choices=list(ARMS), default=list(ARMS))
    commands.add_parser("score")
    asked = parser.parse_args()
    if asked.what == "train":
        train(asked.steps, asked.seeds, asked.arms)
    else:
        score()


if __name__ == "__main__":
    main()
