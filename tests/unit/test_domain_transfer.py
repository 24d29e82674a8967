"""Domain transfer: shapes, losses against NumPy, what is frozen, resuming, what ships."""

import dataclasses

import numpy as np
import pytest
from click.testing import CliRunner

from labkit import datasets, models
from labkit.commands.train import command
from labkit.errors import LabkitError
from labkit.training import content, transfer, transfer_losses, transfer_plan, transfer_shipping

SMALL = {"steps": 3, "batch_size": 4, "f_epochs": 1, "f_batch_size": 8, "source_limit": 20, "target_limit": 20,
         "checkpoint_every": 2, "precision": "float32"}


@pytest.fixture(scope="module")
def pair():
    return tuple(datasets.load(name, limit=20, stand_in="only", quiet=True) for name in ("svhn", "mnist"))


@pytest.fixture(scope="module")
def plan():
    return transfer_plan.plan("quick", **SMALL)


@pytest.fixture(scope="module")
def run(plan, pair):
    return transfer.train(plan, *pair, say=lambda text: None)


def weights_of(*networks):
    return [np.asarray(weight).copy() for network in networks for weight in network.weights]


def same(one, other):
    return all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


def test_the_networks_fit_each_other():
    networks = models.build("domain-transfer", seed=0)
    pictures = np.zeros((2, 32, 32, 3), np.float32)
    said = networks.f(pictures)
    made = networks.g(said)
    assert (said.shape, made.shape) == ((2, 64), (2, 32, 32, 1))
    assert networks.head(said).shape == (2, 10)
    assert networks.discriminator(made).shape == (2, 3)
    assert networks.f.count_params() + networks.g.count_params() == 404_905


def test_a_seed_gives_the_same_first_weights():
    one, other, third = (models.build("domain-transfer", seed=seed) for seed in (1, 1, 2))
    assert same(weights_of(*one), weights_of(*other))
    assert not same(weights_of(one.g), weights_of(third.g))


def minus_log(logits, kind):
    odds = np.exp(logits - logits.max(1, keepdims=True))
    return -np.log(odds[:, kind] / odds.sum(1)).mean()


def test_the_losses_are_those_of_the_paper():
    random = np.random.default_rng(0)
    s, t, r = random.normal(0, 2, (3, 7, 3)).astype(np.float32)
    assert float(transfer_losses.discriminator(s, t, r)) == pytest.approx(
        minus_log(s, 0) + minus_log(t, 1) + minus_log(r, 2), rel=1e-5)
    assert float(transfer_losses.generator(s, t)) == pytest.approx(minus_log(s, 2) + minus_log(t, 2), rel=1e-5)
    equal = np.zeros((5, 3), np.float32)
    assert float(transfer_losses.discriminator(equal, equal, equal)) == pytest.approx(3 * np.log(3), rel=1e-6)
    x, y = random.normal(size=(2, 3, 4, 4, 1)).astype(np.float32)
    assert float(transfer_losses.identity(x, y)) == pytest.approx(((x - y) ** 2).mean(), rel=1e-5)
    right, down = x[:, :-1, 1:] - x[:, :-1, :-1], x[:, 1:, :-1] - x[:, :-1, :-1]
    assert float(transfer_losses.total_variation(x)) == pytest.approx(np.hypot(right, down).mean(), rel=1e-4)
    assert float(transfer_losses.total_variation(np.ones((1, 5, 5, 1), np.float32))) < 1e-3


def test_f_stands_still_and_g_and_d_move(plan, pair):
    built = models.build("domain-transfer", seed=0)
    moved = transfer.Transfer(plan, built, pair[0].images, pair[1].images)
    before = [weights_of(network) for network in (built.f, built.g, built.discriminator)]
    losses = moved.step(*next(moved.batches()))
    after = [weights_of(network) for network in (built.f, built.g, built.discriminator)]
    assert same(before[0], after[0])
    assert not same(before[1], after[1])
    assert not same(before[2], after[2])
    assert set(losses) == set(transfer.LOSSES)
    assert losses["d_loss"] == pytest.approx(3 * np.log(3), rel=0.15)


def test_left_out_losses_have_no_gradient(plan, pair):
    """With every weight at 0, g stays as it is; its batch-norm statistics alone move."""
    built = models.build("domain-transfer", seed=0)
    idle = plan.changed(adversarial=0, alpha=0, beta=0, gamma=0)
    moved = transfer.Transfer(idle, built, pair[0].images, pair[1].images)
    before = [np.asarray(one).copy() for one in built.g.trainable_variables]
    moved.step(*next(moved.batches()))
    assert same(before, [np.asarray(one).copy() for one in built.g.trainable_variables])


def test_the_run_translates_both_domains(run, pair):
    for images in (pair[0].images, pair[1].images):
        made = transfer.translate(run.networks, images)
        assert made.shape == (20, 32, 32, 1)
        assert made.dtype == np.uint8
    assert 0 <= run.f_accuracy <= 1
    assert len(run.log["d_loss"]) == 3
    assert np.array_equal(transfer.framed(pair[1].images)[:, 2:-2, 2:-2], pair[1].images)


def test_an_interrupted_run_ends_with_the_same_bits(run, plan, pair, tmp_path):
    quiet = {"say": lambda text: None}
    transfer.train(plan.changed(steps=2), *pair, out=tmp_path, **quiet)
    with pytest.raises(LabkitError, match="earlier training"):
        transfer.train(plan, *pair, out=tmp_path, **quiet)
    resumed = transfer.train(plan, *pair, out=tmp_path, resume=True, **quiet)
    for name in ("f", "g", "discriminator"):
        assert same(weights_of(getattr(resumed.networks, name)), weights_of(getattr(run.networks, name))), name
    assert np.array_equal(resumed.log["d_loss"], run.log["d_loss"])
    with pytest.raises(LabkitError, match="alpha"):
        transfer.train(plan.changed(alpha=1), *pair, out=tmp_path, resume=True, **quiet)


def test_without_the_composition_an_encoder_learns(run, plan, pair):
    free = transfer.train(plan.changed(composed="false"), *pair, run.networks, say=lambda text: None)
    assert free.f_accuracy is None
    assert free.encoder is not free.networks.f
    assert not same(weights_of(free.encoder), weights_of(free.networks.f))
    assert transfer.translate(free.networks, pair[0].images, free.encoder).shape == (20, 32, 32, 1)


def test_what_ships_draws_the_same(run, pair, tmp_path, monkeypatch):
    monkeypatch.setattr("labkit.files.pretrained", lambda: tmp_path)
    assert not transfer_shipping.available()
    card = transfer_shipping.ship(run, notes="a test")
    assert transfer_shipping.available()
    assert card["steps"] == 3
    assert card["is_stand_in"]
    again = transfer.translate(transfer_shipping.load(), pair[0].images)
    assert np.abs(again.astype(int) - transfer.translate(run.networks, pair[0].images)).max() <= 3  # float16 on disk
    transfer_shipping.note_scores({"accuracy": 0.5})
    assert (tmp_path / "domain-transfer" / "card.json").read_text().count('"accuracy": 0.5') == 1


class _Judge:
    def predict(self, images):
        assert images.shape[1:] == (28, 28, 1)
        return np.arange(len(images)) % 10


def test_accuracy_counts_the_surviving_labels():
    made = np.zeros((20, 32, 32, 1), np.uint8)
    labels = np.arange(20) % 10
    labels[:5] = 9 - labels[:5]
    assert transfer.accuracy(_Judge(), made, labels) == 0.75
    with pytest.raises(LabkitError, match="label"):
        transfer.accuracy(_Judge(), made, labels[:3])


@pytest.mark.parametrize(("changes", "words"), [
    ({"alfa": 1}, "alpha"), ({"steps": 0}, "above 0"), ({"steps": 2.5}, "whole"), ({"beta": -1}, "below 0"),
    ({"composed": "perhaps"}, "true or false"), ({"ema": 1}, "ema"), ({"gamma": "much"}, "type float")])
def test_plans_refuse_what_cannot_be(changes, words):
    with pytest.raises(LabkitError, match=words):
        transfer_plan.plan("quick", **changes)


def test_plans_say_where_values_come_from():
    plan = transfer_plan.plan("laptop", alpha="3")
    assert plan.alpha == 3.0
    assert plan.why["alpha"] == "set by the caller"
    assert "laptop" in plan.why["steps"]
    assert {field.name for field in dataclasses.fields(plan)} - {"profile", "seed", "why", "source", "target"} <= (
        set(plan.why) | {"adversarial", "composed", "f_batch_size", "f_learning_rate", "f_shift", "source_limit",
                         "checkpoint_every", "precision", "f_epochs", "target_limit", "ema"})
    with pytest.raises(LabkitError, match="profile"):
        transfer_plan.plan("huge")


def test_pictures_of_other_sizes_are_refused(run):
    with pytest.raises(LabkitError, match="32, 32"):
        content.as_input(np.zeros((1, 28, 28, 1), np.uint8))
    with pytest.raises(LabkitError, match="at most 32x32"):
        transfer.framed(np.zeros((1, 64, 64, 1), np.uint8))


def test_the_command_line_shows_the_plan_and_refuses_what_does_not_fit():
    runner = CliRunner()
    shown = runner.invoke(command, ["domain-transfer", "--recipe", "--set", "alpha=3"])
    assert shown.exit_code == 0, shown.output
    assert "alpha                3.0" in shown.output
    refused = runner.invoke(command, ["domain-transfer", "--keep", "10"])
    assert isinstance(refused.exception, LabkitError)
    assert "one device" in str(refused.exception)
