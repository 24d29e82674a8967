"""The study that notebook 03 shows: a random and a TPE search over model 3's hyperparameters, and their honest test.

    python benchmarks/tuning.py [--trials 16 --epochs 20 --seeds 3]     # about 6 minutes of one core

Both searches keep a journal in ``build/tuning``, so that a killed run goes on where it was; the results go into
``data/results/report1-tuning.json``. Test photographs are looked at once, after each search has chosen; the errors of
all random trials on them are measured too, but choose nothing.
"""

import argparse
import time
from pathlib import Path

import lesson
import numpy as np
import optuna
from optuna.trial import TrialState

from labkit import datasets, device, files
from labkit.training import autoencoder, results

tuning = lesson.load(3)
RESULTS = files.results() / "report1-tuning.json"
#: Models 2 and 3 of the report, as twins with one quarter of the units and at one learning rate (the report's 1e-4
#: would take a twin five times the epochs).
ARMS = {
    "model 2": {"learning_rate": 1e-3, "batch_size": 64, "dropout": 0.0, "lstm": 64, "dense": 64},
    "model 3": tuning.STATED,
}


def sets():
    """Return the tiles to train on, to validate on and to test on: three sets of photographs."""
    size = autoencoder.plan(tuning.NAME).image_size
    train, test = (datasets.load("photos", split, size=size, stand_in="refuse", quiet=True)
                   for split in ("train", "test"))
    return *tuning.split_by_photo(train), test


def fools(fit_on, **others):
    """Return the error of the mean training picture on each set."""
    mean = (fit_on.images / np.float32(255)).mean(0)
    return {name: round(float(((images.images / np.float32(255) - mean) ** 2).mean()), 5)
            for name, images in {"train": fit_on, **others}.items()}


def rows(study):
    """Return the finished trials in plain values, as they are kept in the results file."""
    return [{"number": trial.number, "state": trial.state.name.lower(), "value": trial.value, "params": trial.params,
             "curve": [round(value, 5) for _, value in sorted(trial.intermediate_values.items())], **trial.user_attrs}
            for trial in study.get_trials(deepcopy=False, states=(TrialState.COMPLETE, TrialState.PRUNED))]


def search(name, trials, epochs, images, test):
    """Run, or finish, one search; return its rows. "random" is never pruned, and tests all its networks."""
    fit_on, validate_on = tuning.split_by_photo(images)
    journal = Path("build/tuning") / f"{name}-{epochs}.log"
    journal.parent.mkdir(parents=True, exist_ok=True)
    study = tuning.open_study(journal, None, optuna.pruners.NopPruner() if name == "random" else
                              optuna.pruners.MedianPruner(n_startup_trials=5, n_warmup_steps=8))
    tuning.give_up(study)
    begun = len(study.trials)  # a sampler with the same seed would draw the first trials again
    study.sampler = (optuna.samplers.RandomSampler(seed=begun) if name == "random" else
                     optuna.samplers.TPESampler(seed=begun, n_startup_trials=6))

    def value(trial):
        began = time.perf_counter()
        network = tuning.train(tuning.suggest(trial), epochs, fit_on, validate_on, trial.number, [tuning.Report(trial)])
        if name == "random":
            trial.set_user_attr("test", round(tuning.error(network, test), 5))
        trial.set_user_attr("seconds", round(time.perf_counter() - began, 1))
        return round(tuning.error(network, validate_on), 5)

    def say(study, trial):
        print(f"{name} {trial.number}: {trial.state.name.lower()} {trial.value} {trial.params} "
              f"{trial.user_attrs.get('seconds')}", flush=True)

    study.optimize(value, n_trials=max(0, trials - len(rows(study))), callbacks=[say])
    return rows(study)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=16)
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    device.setup(quiet=True)
    fit_on, validate_on, test = sets()
    images = datasets.load("photos", "train", size=fit_on.shape[0], stand_in="refuse", quiet=True)
    found = {name: search(name, options.trials, options.epochs, images, test) for name in ("random", "tpe")}
    arms = dict(ARMS)
    for name, kept in found.items():
        best = min((row for row in kept if row["state"] == "complete"), key=lambda row: row["value"])
        arms[f"best of {name}"] = best["params"]
    content = {
        "what": "the twin of cnn-lstm-tuned (autoencoders.toml, quick) on photos of 32x32, divided by photograph",
        "epochs": options.epochs,
        "tiles": {"train": len(fit_on), "validation": len(validate_on), "test": len(test)},
        "photographs": {"train": len(set(fit_on.factors["photograph"])),
                        "validation": len(set(validate_on.factors["photograph"])),
                        "test": len(set(test.factors["photograph"]))},
        "constant_picture": fools(fit_on, validation=validate_on, test=test),
        "searches": found, "arms": arms, "runs": [],
    }
    for seed in range(1000, 1000 + options.seeds):  # seeds that no trial had
        for name, settings in arms.items():
            network = tuning.train(settings, options.epochs, fit_on, validate_on, seed)
            content["runs"].append({"arm": name, "seed": seed,
                                    "validation": round(tuning.error(network, validate_on), 5),
                                    "test": round(tuning.error(network, test), 5)})
            print(content["runs"][-1], flush=True)
    results.write(RESULTS, content)


if __name__ == "__main__":
    main()
