"""A search for report 1's hyperparameters with Optuna, in a journal that survives its process and that several share.

>>> from labkit.training import tuning
>>> study = tuning.open_study("build/tuning/journal.log", task=tuning.Task(epochs=20))     # doctest: +SKIP
>>> tuning.work(study, trials=10)                                                         # doctest: +SKIP

A second process joins in, or a later one goes on: ``python -m labkit.training.tuning build/tuning/journal.log
--trials 10``. The network is the twin of ``cnn-lstm-tuned`` (report 1, model 3: "hyperparameter tuning"), trained to
repeat photographs; a trial's value is its mean squared error on photographs that it has not seen.
"""

from __future__ import annotations

import argparse
import dataclasses
import os
import sys
import time
from pathlib import Path

import keras
import numpy as np
import optuna
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend, JournalFileOpenLock
from optuna.trial import TrialState

from labkit import datasets, device
from labkit.errors import LabkitError
from labkit.training import autoencoder

NAME = "cnn-lstm-tuned"
#: Model 3's own settings for the twin; a study tries them first, so that its best is never worse.
STATED = {"learning_rate": 1e-3, "batch_size": 32, "dropout": 0.4, "lstm": 128, "dense": 64}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Task:
    """What all trials of a study have in common; it is kept in the study, where every process finds it.

    profile: of ``autoencoder.plan``. epochs: that every trial may take. share: of the training photographs' tiles,
    about, that are held out for validation. seed: of that split; the split of the photographs is part of the task.
    """

    profile: str = "quick"
    epochs: int = 20
    share: float = 0.25
    seed: int = 0


def suggest(trial) -> dict:
    """Ask a trial for the five hyperparameters: the search space.

    A learning rate and a width are worth trying in factors, not in steps: from 0.001 to 0.002 is as far as from 0.01
    to 0.02. So these are searched on a logarithmic scale.
    """
    return {
        "learning_rate": trial.suggest_float("learning_rate", 1e-4, 3e-2, log=True),
        "batch_size": trial.suggest_categorical("batch_size", [8, 16, 32, 64]),
        "dropout": trial.suggest_float("dropout", 0.0, 0.6),
        "lstm": trial.suggest_int("lstm", 16, 256, log=True),     # units of the second LSTM, which model 3 widened
        "dense": trial.suggest_int("dense", 16, 256, log=True),   # units of the last hidden layer
    }


def plan(task: Task, settings: dict, seed: int = 0) -> autoencoder.Plan:
    """Return how the network of some settings (``suggest``) is trained: an ``autoencoder.Plan``."""
    base = autoencoder.plan(NAME, task.profile)
    first, *_ = base.options["lstm"]
    wide, *_ = base.options["dense"]
    options = {"lstm": (first, settings["lstm"]), "dense": (wide, settings["dense"]), "dropout": settings["dropout"]}
    return base.changed(epochs=task.epochs, learning_rate=settings["learning_rate"],
                        batch_size=settings["batch_size"], seed=seed, options=options)


def split_by_photo(images: datasets.ImageSet, share: float = 0.25, seed: int = 0):
    """Divide a set of tiles so that no photograph is on both sides; return (to train on, to validate on).

    share: of the tiles that the second part has, about (at least one photograph on either side). Tiles of one
    photograph are so alike that a random split of tiles would let the network see what it is tested on.
    Raises LabkitError for a set of fewer than two photographs.
    """
    names = (images.factors or {}).get("photograph")
    if names is None or len(set(names)) < 2:
        raise LabkitError("Only a set of tiles from two or more photographs can be divided by photograph: "
                          "datasets.load(\"photos\").")
    if not 0 < share < 1:
        raise LabkitError(f"share is a part of the tiles, between 0 and 1, not {share!r}.")
    photos = np.random.default_rng(seed).permutation(np.unique(names))
    held, wanted = [], share * len(images)
    for photo in photos[:-1]:
        if np.isin(names, [*held, photo]).sum() <= wanted or not held:
            held.append(photo)
    apart = np.isin(names, held)
    return images.take(~apart), images.take(apart)


def errors(network, images: datasets.ImageSet) -> dict[str, float]:
    """Return photograph → mean squared error of its tiles, for values in [0, 1]; dropout is off."""
    answers = autoencoder.repeat(network, images.images)
    each = ((answers - images.images / np.float32(255)) ** 2).mean((1, 2, 3))
    names = images.factors["photograph"]
    return {str(name): float(each[names == name].mean()) for name in np.unique(names)}


def error(network, images: datasets.ImageSet) -> float:
    """Return the mean squared error of all tiles, for values in [0, 1]; dropout is off."""
    return float(np.mean((autoencoder.repeat(network, images.images) - images.images / np.float32(255)) ** 2))


class Report(keras.callbacks.Callback):
    """Tell a trial its validation error after each epoch, and end the training when the pruner says so.

    The error is Keras' ``val_mse``. Raises optuna.TrialPruned, also when it is no longer a number.
    """

    def __init__(self, trial):
        super().__init__()
        self.trial = trial

    def on_epoch_end(self, epoch, logs=None):
        value = float(logs["val_mse"])
        self.trial.report(value, step=epoch)  # from 0, as pruners count their warm-up
        if not np.isfinite(value) or self.trial.should_prune():
            raise optuna.TrialPruned()


def train(task: Task, settings: dict, fit_on, validate_on, seed: int = 0, callbacks=()) -> keras.Model:
    """Build and train the network of some settings; return it."""
    found = plan(task, settings, seed)
    network = autoencoder.build(found)
    autoencoder.fit(network, found, fit_on.images, held_out=validate_on.images, callbacks=callbacks)
    return network


def objective(task: Task, images: datasets.ImageSet | None = None):
    """Return the function that a study minimises: trial → error on the validation photographs.

    images: the training photographs; None loads them. The seed of a trial is its number. Notes each trial's process
    and seconds (``trial.user_attrs``).
    """
    size = autoencoder.plan(NAME, task.profile).image_size
    images = images if images is not None else datasets.load("photos", "train", size=size, quiet=True)
    fit_on, validate_on = split_by_photo(images, task.share, task.seed)

    def value(trial):
        began = time.perf_counter()
        keras.backend.clear_session()
        trial.set_user_attr("process", os.getpid())
        try:
            network = train(task, suggest(trial), fit_on, validate_on, trial.number, [Report(trial)])
        finally:
            trial.set_user_attr("seconds", round(time.perf_counter() - began, 2))
        return error(network, validate_on)

    return value


def open_study(journal, task: Task | None = None, sampler=None, pruner=None) -> optuna.Study:
    """Open the study that a journal file holds, or begin one there.

    task: of a new study; an old one has its own, and another task is refused. sampler, pruner: of this process only,
    the journal does not keep them; by default TPE, unseeded, and the median pruner after 5 trials and 8 epochs.
    Raises LabkitError for a missing journal without a task, and for a task that is not the study's.
    """
    journal = Path(journal)
    if task is None and not journal.is_file():
        raise LabkitError(f"There is no journal {journal}. Begin a study there: tuning.open_study(path, task=Task()).")
    journal.parent.mkdir(parents=True, exist_ok=True)
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    # The lock by an exclusively created file also works on Windows and on network drives.
    backend = JournalFileBackend(str(journal), lock_obj=JournalFileOpenLock(str(journal)))
    study = optuna.create_study(
        storage=JournalStorage(backend), study_name=NAME, load_if_exists=True, direction="minimize",
        sampler=sampler or optuna.samplers.TPESampler(),
        pruner=pruner or optuna.pruners.MedianPruner(n_startup_trials=5, n_warmup_steps=8))
    kept = study.user_attrs.get("task")
    if kept is None:
        study.set_user_attr("task", dataclasses.asdict(task or Task()))
        study.enqueue_trial(STATED)
    elif task is not None and dataclasses.asdict(task) != kept:
        raise LabkitError(f"{journal} holds a study with another task, {kept}. Trials of different tasks cannot be "
                          "compared: take another file, or open it without a task.")
    return study


def task_of(study) -> Task:
    """Return the task that a study keeps."""
    return Task(**study.user_attrs["task"])


def work(study, trials: int, images=None, callbacks=()) -> None:
    """Run so many more trials in this process; others may work on the same journal at the same time."""
    study.optimize(objective(task_of(study), images), n_trials=trials, callbacks=list(callbacks))


def give_up(study) -> int:
    """Mark as failed the trials that are still "running", and return how many; only when no other process runs.

    A process that is killed cannot say so: its trial stays in the journal, running for ever.
    """
    left = study.get_trials(deepcopy=False, states=(TrialState.RUNNING,))
    for trial in left:
        study.tell(trial.number, state=TrialState.FAIL)
    return len(left)


class Live:
    """A callback of ``work``: a bar that says how far the study is, also by other processes, and its best trial.

    total: trials that are wanted; done: that the bar begins with. Silent where nobody watches.
    """

    def __init__(self, total: int, done: int = 0):
        from labkit.training.callbacks import headless

        self.bar = None
        if not headless():
            from tqdm import tqdm  # the text bar: a widget bar would leave its state in the notebook

            self.bar = tqdm(total=total, initial=done, unit="trial", file=sys.stdout)

    def __call__(self, study, trial):
        if self.bar is None:
            return
        states = [each.state for each in study.get_trials(deepcopy=False)]
        ended = sum(state in (TrialState.COMPLETE, TrialState.PRUNED) for state in states)
        self.bar.update(ended - self.bar.n)
        notes = {"running": states.count(TrialState.RUNNING), "pruned": states.count(TrialState.PRUNED)}
        if TrialState.COMPLETE in states:
            notes["best"] = f"{study.best_value:.4f} in trial {study.best_trial.number}"
        self.bar.set_postfix(notes)
        if ended >= self.bar.total:
            self.bar.close()


def table(study) -> str:
    """Return the finished trials as lines of text: state, error, epochs, settings."""
    lines = ["trial  state     error   epochs  learning_rate  batch  dropout  lstm  dense"]
    for row in rows(study):
        settings = row["params"]
        shown = "   –   " if row["value"] is None else f"{row['value']:.4f} "
        lines.append(f"{row['number']:5}  {row['state']:8}  {shown} {len(row['curve']):5}  "
                     f"{settings['learning_rate']:13.5f}  {settings['batch_size']:5}  {settings['dropout']:7.2f}  "
                     f"{settings['lstm']:4}  {settings['dense']:5}")
    return "\n".join(lines)


def rows(study) -> list[dict]:
    """Return the finished trials in plain values, as they are kept in a results file."""
    states = (TrialState.COMPLETE, TrialState.PRUNED)
    return [{"number": trial.number, "state": trial.state.name.lower(), "value": trial.value, "params": trial.params,
             "curve": [round(value, 5) for _, value in sorted(trial.intermediate_values.items())],
             **trial.user_attrs}
            for trial in study.get_trials(deepcopy=False, states=states)]


def rebuild(kept: list[dict]) -> optuna.Study:
    """Return ``rows`` as a study in memory, for plots and importances. Its sampler is not that of the search."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(direction="minimize")
    for row in kept:
        fixed = optuna.trial.FixedTrial(row["params"])
        suggest(fixed)  # gives the parameters their distributions
        study.add_trial(optuna.trial.create_trial(
            state=TrialState[row["state"].upper()], value=row["value"], params=row["params"],
            distributions=fixed.distributions,
            intermediate_values=dict(enumerate(row["curve"]))))
    return study


def main(words=None) -> None:
    """Work on a journal from the command line: ``python -m labkit.training.tuning JOURNAL --trials 10``."""
    parser = argparse.ArgumentParser(prog="python -m labkit.training.tuning", description=main.__doc__)
    parser.add_argument("journal", help="the journal file of a study that has been begun")
    parser.add_argument("--trials", type=int, default=1, help="trials to run in this process (default 1)")
    parser.add_argument("--seed", type=int, help="of this process' sampler; two processes need two seeds, or none")
    options = parser.parse_args(words)
    device.setup(quiet=True)
    study = open_study(options.journal, sampler=optuna.samplers.TPESampler(seed=options.seed))

    def say(study, trial):
        shown = f"{trial.value:.4f}" if trial.state == TrialState.COMPLETE else trial.state.name.lower()
        print(f"trial {trial.number}: {shown}", flush=True)

    work(study, options.trials, callbacks=[say])


if __name__ == "__main__":
    main()
