"""The engine of the comparisons: arms × seeds, paired by seed, resumable, in one format of results.

    runs = arms.run("dcgan-parts", CHANGES, seeds, train, {"steps": 1500}, "what was measured")
    arms.compare(runs, "frechet", "no batch norm", "as the report")     # {"mean": …, "low": …, "high": …, "seeds": …}
"""

import argparse
import inspect
import time

import numpy as np

from labkit import files, metrics
from labkit.training import results


def run(name, arms, seeds, train, settings, what, **facts):
    """Train every arm with every seed that data/results/NAME.json does not hold yet; return all runs.

    ``train(arm, seed)`` gives one dictionary of plain numbers, or a list of them: what was seen on the way. The file is
    written after every run: "what", ``settings`` (a file with others is begun anew), ``facts``, and "runs", each with
    its "arm" and "seed". So more seeds can be added later, and what was interrupted goes on.
    """
    path = files.results() / f"{name}.json"
    there = results.read(path) if path.is_file() else {}
    runs = there.get("runs", []) if all(there.get(one) == value for one, value in settings.items()) else []
    done = {(row["arm"], row["seed"]) for row in runs}
    for seed in range(seeds):
        for arm in (arm for arm in arms if (arm, seed) not in done):
            began = time.process_time()
            rows = train(arm, seed)
            runs += [{"arm": arm, "seed": seed, **row} for row in ([rows] if isinstance(rows, dict) else rows)]
            print(f"{time.process_time() - began:.0f} s", runs[-1], flush=True)
            results.write(path, {"what": what, **settings, **facts, "runs": runs})
    return runs


def command_line(words, *verbs):
    """Run the one of these functions that the command line names; a parameter with a default is an option, one without
    takes words."""
    parser = argparse.ArgumentParser(description=words, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    for verb in verbs:
        command = commands.add_parser(verb.__name__.replace("_", "-"))
        command.set_defaults(verb=verb)
        for name, parameter in inspect.signature(verb).parameters.items():
            if parameter.default is parameter.empty:
                command.add_argument(name, nargs="+")
            else:
                many = {"nargs": "+"} if isinstance(parameter.default, tuple) else {"type": type(parameter.default)}
                command.add_argument(f"--{name}", default=parameter.default, **many)
    given = vars(parser.parse_args())
    given.pop("verb")(**given)


def compare(runs, score, arm, against):
    """Return how much higher ``score`` is in ``arm`` than ``against`` (``metrics.compare``), as JSON can hold it; "low"
    and "high" are None for a single seed. ``score``: a name, or a function of a run; of several rows of one seed the
    last one counts."""
    value = score if callable(score) else lambda row: row[score]
    sides = [{row["seed"]: value(row) for row in runs if row["arm"] == name} for name in (arm, against)]
    seeds = len(sides[0].keys() & sides[1].keys())
    mean, *ends, _ = metrics.compare(*sides) if seeds else (None, np.nan, np.nan, "an arm is not trained yet")
    low, high = (end if np.isfinite(end) else None for end in ends)
    return {"mean": mean, "low": low, "high": high, "seeds": seeds}
