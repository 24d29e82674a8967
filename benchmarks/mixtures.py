"""Modes covered and share of high-quality samples of GANs on mixtures in the plane, over several seeds (notebook 04).

    python benchmarks/mixtures.py [--rounds 4000] [--seeds 3] [--out data/results/mixtures.json]

The mixtures have the widths of the literature: eight Gaussians of 0.02 on a circle of radius 2 (Metz et al. 2017),
twenty-five of 0.05 on a grid with spacing 2 (Lin et al. 2018). A row is written as soon as it is known, and a row that
is there already is not computed again, so that the program may be stopped and started.
"""

import argparse
import statistics

import lesson
import numpy as np

from labkit import device, files
from labkit.errors import LabkitError

device.quiet_tensorflow()

from labkit import training  # noqa: E402

notebook = lesson.load(4)
LINE = 2.0 * np.arange(-2, 3)

PLAYERS = {
    "balanced": {},
    "saturating loss": {"loss": "minimax"},
    "slow discriminator": {"learning_rate_d": 1e-4},
    "slow generator": {"learning_rate_g": 1e-4},
    "R1 penalty": {"penalty": 0.1},
}
MIXTURES = {"ring": notebook.on_a_ring(),
            "grid": notebook.Mixture(np.stack(np.meshgrid(LINE, LINE), axis=-1).reshape(-1, 2), 0.05)}
COUNT = 2500  # samples that are judged


def play(mixture, rules, rounds, seed):
    """Train one pair; return its coverage as a row."""
    gan = notebook.PointGan(mixture, notebook.Rules(width=128, **rules), seed)
    gan.fit(rounds)
    covered, high_quality = notebook.coverage(gan.sample(COUNT), mixture)
    return {"seed": seed, "covered": covered, "high_quality": round(high_quality, 4)}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--rounds", type=int, default=4000)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--out", default=files.results() / "mixtures.json")
    given = parser.parse_args()
    device.setup(quiet=True)
    try:
        runs = training.results.read(given.out)["runs"]
    except LabkitError:
        runs = {}
    for seed in range(given.seeds):
        for name, mixture in MIXTURES.items():
            for player, rules in PLAYERS.items():
                rows = runs.setdefault(name, {}).setdefault(player, {"rules": rules, "rows": []})["rows"]
                if any(row["seed"] == seed for row in rows):
                    continue
                rows.append(play(mixture, rules, given.rounds, seed))
                print(name, player, rows[-1], flush=True)
                training.results.write(given.out, {"rounds": given.rounds, "samples": COUNT, "runs": runs,
                                                   "median": summary(runs)})


def summary(runs):
    """Return the medians over the seeds: mixture -> player -> covered, high_quality."""
    return {name: {player: {what: statistics.median(row[what] for row in found["rows"])
                            for what in ("covered", "high_quality")} for player, found in players.items()
                   if found["rows"]} for name, players in runs.items()}


if __name__ == "__main__":
    main()
