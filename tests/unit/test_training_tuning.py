"""The search for hyperparameters: the split by photograph, the journal, several processes, and what is kept."""

import dataclasses
import subprocess
import sys

import numpy as np
import optuna
import pytest
from optuna.trial import TrialState

from labkit import datasets
from labkit.errors import LabkitError
from labkit.training import tuning


def tiles(counts=(4, 6, 1, 5), size=32, seed=0):
    names = np.repeat([f"photo {i}" for i in range(len(counts))], counts)
    images = np.random.default_rng(seed).integers(0, 256, (len(names), size, size, 3), dtype=np.uint8)
    return datasets.ImageSet(images, None, {"photograph": names}, "photos", "train", "made up", "none", True)


@pytest.fixture
def cheap(monkeypatch):
    """Trials without a network: the value says how far the learning rate is from 0.003."""
    def objective(task, images=None):
        def value(trial):
            settings = tuning.suggest(trial)
            trial.report(1.0, step=0)
            return abs(np.log10(settings["learning_rate"] / 3e-3)) + task.epochs / 1000
        return value
    monkeypatch.setattr(tuning, "objective", objective)


def test_no_photograph_is_on_both_sides():
    for seed in range(5):
        ours = tiles()
        one, other = tuning.split_by_photo(ours, 0.3, seed)
        assert not set(one.factors["photograph"]) & set(other.factors["photograph"])
        assert len(one) + len(other) == len(ours)
        assert len(other) >= 1
    assert {len(tuning.split_by_photo(tiles(), 0.3, seed)[1]) for seed in range(9)} != {len(other)}, "seeds differ"


def test_a_set_that_cannot_be_split_says_so():
    with pytest.raises(LabkitError, match="two or more photographs"):
        tuning.split_by_photo(tiles((5,)))
    with pytest.raises(LabkitError, match="between 0 and 1"):
        tuning.split_by_photo(tiles(), 25)


def test_the_stated_settings_are_model_3s_twin():
    from labkit.training import autoencoder

    found = tuning.plan(tuning.Task(epochs=40), tuning.STATED)
    twin = autoencoder.plan("cnn-lstm-tuned")
    assert (found.learning_rate, found.batch_size, found.epochs) == (twin.learning_rate, twin.batch_size, 40)
    assert found.options == twin.options | {"dropout": 0.4}


def test_the_error_of_all_tiles_is_the_mean_of_the_photographs_weighted():
    ours = tiles((2, 6))
    found = tuning.plan(tuning.Task(), tuning.STATED)
    from labkit.training import autoencoder

    network = autoencoder.build(found)
    each = tuning.errors(network, ours)
    assert each["photo 0"] * 2 / 8 + each["photo 1"] * 6 / 8 == pytest.approx(tuning.error(network, ours), rel=1e-5)


def test_a_study_goes_on_where_its_journal_ends(tmp_path, cheap):
    journal = tmp_path / "new" / "journal.log"
    tuning.work(tuning.open_study(journal, tuning.Task(epochs=3)), 3)
    again = tuning.open_study(journal)
    assert tuning.task_of(again) == tuning.Task(epochs=3)
    tuning.work(again, 2)
    assert [trial.number for trial in again.trials] == [0, 1, 2, 3, 4]
    assert again.trials[0].params == tuning.STATED, "model 3's own settings are the first trial"
    assert again.best_value == min(trial.value for trial in again.trials)


def test_another_task_is_refused_and_a_missing_journal_named(tmp_path):
    tuning.open_study(tmp_path / "j.log", tuning.Task(epochs=3))
    with pytest.raises(LabkitError, match="another task"):
        tuning.open_study(tmp_path / "j.log", tuning.Task(epochs=4))
    with pytest.raises(LabkitError, match=r"no journal .*none\.log"):
        tuning.open_study(tmp_path / "none.log")


def test_a_trial_whose_process_died_is_given_up(tmp_path, cheap):
    study = tuning.open_study(tmp_path / "j.log", tuning.Task())
    study.ask()
    again = tuning.open_study(tmp_path / "j.log")
    assert tuning.give_up(again) == 1
    assert tuning.give_up(again) == 0
    assert again.trials[0].state == TrialState.FAIL
    tuning.work(again, 1)
    assert len(tuning.rows(again)) == 1, "a failed trial is no result"


def test_what_is_kept_makes_the_same_study_again(tmp_path, cheap):
    study = tuning.open_study(tmp_path / "j.log", tuning.Task(), sampler=optuna.samplers.RandomSampler(seed=0))
    tuning.work(study, 6)
    kept = tuning.rows(study)
    twin = tuning.rebuild(kept)
    assert twin.best_params == study.best_params
    assert twin.best_value == study.best_value
    assert [trial.distributions for trial in twin.trials] == [trial.distributions for trial in study.trials]
    assert [row["curve"] for row in tuning.rows(twin)] == [row["curve"] for row in kept]


def test_a_hopeless_trial_is_pruned_and_one_that_is_no_number():
    study = optuna.create_study(pruner=optuna.pruners.MedianPruner(n_startup_trials=1, n_warmup_steps=1))
    for value, pruned_at in ((0.1, None), (0.5, 2), (float("nan"), 1)):  # the second epoch is the first that counts
        trial = study.ask()
        report, stopped = tuning.Report(trial), None
        for epoch in range(3):
            try:
                report.on_epoch_end(epoch, {"val_mse": value})
            except optuna.TrialPruned:
                stopped = epoch + 1
                break
        assert stopped == pruned_at
        study.tell(trial, value) if stopped is None else study.tell(trial, state=TrialState.PRUNED)


@pytest.mark.slow
def test_two_processes_share_a_journal(tmp_path):
    journal, task = tmp_path / "j.log", tuning.Task(epochs=1)
    study = tuning.open_study(journal, task)
    other = subprocess.Popen([sys.executable, "-m", "labkit.training.tuning", str(journal), "--trials", "1"])
    tuning.work(study, 1)
    assert other.wait(300) == 0
    numbers = [trial.number for trial in tuning.open_study(journal).trials]
    processes = {trial.user_attrs["process"] for trial in study.trials}
    assert numbers == [0, 1]
    assert len(processes) == 2


def test_a_task_is_plain_values():
    assert tuning.Task(**dataclasses.asdict(tuning.Task(epochs=7))) == tuning.Task(epochs=7)
