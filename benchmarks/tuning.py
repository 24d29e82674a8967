"""What notebook 03 quotes: searches over the hyperparameters of report 1's model 3, and what their winners are worth.

    python benchmarks/tuning.py search     # three random ones, three of TPE, on a twin: 6 minutes of one core
    python benchmarks/tuning.py retrain    # the six winners and their rivals with new seeds: 3 minutes

Both go on where they were stopped. A search sees the training and the validation photographs; what its networks make of
the test photographs is measured too, but chooses nothing.
"""

import arms
import lesson
import numpy as np
import optuna

from labkit import datasets, device
from labkit.training import results

tuning = lesson.load(3)
SAMPLERS = {"random": optuna.samplers.RandomSampler,
            "TPE": lambda seed: optuna.samplers.TPESampler(seed=seed, n_startup_trials=5)}
EPOCHS, TRIALS, SEEDS = 18, 12, 3
#: Model 2 of the report, as a twin at the twins' learning rate; the notebook has model 3.
MODEL_2 = tuning.STATED | {"batch_size": 64, "dropout": 0.0, "lstm": 64}


def photographs():
    """Return the tiles to train on, to validate on and to test on: three sets of photographs."""
    train, test = (datasets.load("photos", split, size=32, stand_in="refuse", quiet=True)
                   for split in ("train", "test"))
    return *tuning.split_by_photo(train), test


def search():
    """Run the searches: nobody is pruned, and no two of them share a seed."""
    fit_on, validate_on, test = photographs()

    def trials(arm, seed):
        offset = 100 * (1 + seed + SEEDS * (arm == "TPE"))
        study = optuna.create_study(sampler=SAMPLERS[arm](seed=offset), pruner=optuna.pruners.NopPruner())

        def value(trial):
            settings = tuning.suggest(trial)
            network = tuning.train(settings, EPOCHS, fit_on, validate_on, offset + trial.number, [tuning.Report(trial)])
            trial.set_user_attr("test", round(float(tuning.squared_error(network, test).mean()), 5))
            return round(float(tuning.squared_error(network, validate_on).mean()), 5)

        study.optimize(value, n_trials=TRIALS)
        return [{"number": trial.number, "value": trial.value, "params": trial.params, **trial.user_attrs,
                 "curve": [round(error, 5) for _, error in sorted(trial.intermediate_values.items())]}
                for trial in study.trials]

    arms.run("report1-searches", SAMPLERS, SEEDS, trials, {"epochs": EPOCHS, "trials": TRIALS},
             "validation and test error of the twin of cnn-lstm-tuned (autoencoders.toml, quick) on photos of 32x32")


def retrain():
    """Train what each search has chosen, and what it is compared with, with seeds that no trial has had."""
    fit_on, validate_on, test = photographs()
    found = results.read("report1-searches")["runs"]
    plans = {"model 2": (MODEL_2, EPOCHS), "model 2, twice the epochs": (MODEL_2, 2 * EPOCHS),
             "model 3": (tuning.STATED, EPOCHS), "model 3, four times the epochs": (tuning.STATED, 4 * EPOCHS),
             "model 3, minibatches of 8": (tuning.STATED | {"batch_size": 8}, EPOCHS)}
    for arm in SAMPLERS:
        for seed in range(SEEDS):
            rows = [row for row in found if (row["arm"], row["seed"]) == (arm, seed)]
            plans[f"{arm} {seed + 1}"] = min(rows, key=lambda row: row["value"])["params"], EPOCHS
    plans["convolutions"] = tuning.DEFAULT, EPOCHS

    def errors(arm, seed):
        settings, epochs = plans[arm]
        if arm == "convolutions":
            network = tuning.convolutional(settings, 1000 + seed)
            inputs = fit_on.images / np.float32(255)
            network.fit(inputs, inputs, batch_size=settings["batch_size"], epochs=epochs, verbose=0)
        else:
            network = tuning.train(settings, epochs, fit_on, validate_on, 1000 + seed)
        test_errors, names = tuning.squared_error(network, test), test.factors["photograph"]
        return {"validation": round(float(tuning.squared_error(network, validate_on).mean()), 5),
                "test": round(float(test_errors.mean()), 5),
                "photographs": {str(name): round(float(test_errors[names == name].mean()), 5)
                                for name in np.unique(names)}}

    arms.run("report1-tuning", plans, SEEDS, errors, {"epochs": EPOCHS},
             "squared errors of the winners of report1-searches.json and of their rivals, on photos of 32x32",
             plans={arm: {"settings": settings, "epochs": epochs} for arm, (settings, epochs) in plans.items()})


if __name__ == "__main__":
    device.setup(quiet=True)
    arms.command_line(__doc__, search, retrain)
