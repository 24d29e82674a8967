"""The audit and the search for unprinted layers: what agrees, what differs, what fits a total."""

from itertools import product

import pytest
from click.testing import CliRunner

from labkit import models, reports
from labkit.cli import audit as command
from labkit.errors import LabkitError
from labkit.reports import audit
from labkit.reports.recovery import recover

KEYS = models.keys()
TABLES = {  # key -> how many rows the report prints
    "plain-lstm": 4, "cnn-lstm": 9, "cnn-lstm-tuned": 9, "cnn-lstm-l2": 9, "svhn-gan": 25, "fashion-gan": 0,
    "face-gan": 0, "cifar-dense-gan": 12, "cifar-dcgan": 20, "bedroom-gan": 0,
}


@pytest.fixture(scope="module")
def audits():
    return {key: audit.audit(key) for key in KEYS}


@pytest.mark.parametrize("key", KEYS)
def test_every_stated_number_comes_out(key, audits):
    one = audits[key]
    verdicts = [row.verdict for network in one.networks for row in network.rows]
    assert verdicts.count("agrees") == TABLES[key]
    assert set(verdicts) <= {"agrees", "not stated"}
    assert one.ok
    for network in one.networks:
        assert not network.complete or all(row.verdict == "agrees" for row in network.rows)
        assert sum(row.built for row in network.rows) == network.counts[0].built


def test_a_wrong_network_is_caught_and_a_rival_passes():
    assert audit.audit("cnn-lstm-tuned", steps=2, lstm=(512,), dense=(1024, 512, 256)).ok
    one = audit.audit("cnn-lstm", dense=(512,))
    assert not one.ok
    assert [count.verdict for count in one.networks[0].counts] == ["differs", "differs", "agrees"]
    assert "with dense=(512,)" in one.summary()
    row = audit.audit("cnn-lstm", filters=(64, 128, 64, 64)).networks[0].rows[4]
    assert row.cells() == ("conv2d_2", "Conv2D", (None, 64, 64, 32), "36,896", "73,792",
                           "✗ differs: built with shape (None, 64, 64, 64), params 73792")
    assert audit._row(reports.system("cnn-lstm").networks[0].layers[0], None).verdict == "not built"


def run(*arguments):
    return CliRunner().invoke(command, arguments, standalone_mode=False)


def test_the_command_fails_where_a_number_does_not_come_out(monkeypatch):
    done = run("svhn-gan")
    assert done.return_value == 0
    assert "29 of 29 stated rows and numbers come out exactly" in done.output
    assert "derived: The total of the generator is not stated" in done.output
    wrong = audit.audit("cnn-lstm", dense=(512,))
    monkeypatch.setattr(audit, "audit", lambda key: wrong)
    assert run("cnn-lstm").return_value == 1


def chains(recovery):
    return [(chain.steps, chain.lstm, chain.dense) for chain in recovery]


def cost(inputs, lstm, dense, outputs):
    """The formulas once more, one weight matrix at a time."""
    total = 0
    for units in lstm:
        kernel, recurrent, bias = inputs * 4 * units, units * 4 * units, 4 * units
        total += kernel + recurrent + bias
        inputs = units
    for units in (*dense, outputs):
        total += inputs * units + units
        inputs = units
    return total


@pytest.mark.parametrize(("key", "lstm"), [
    ("cnn-lstm", (256, 256)), ("cnn-lstm-tuned", (256, 512)), ("cnn-lstm-l2", (256, 512)),
])
def test_base_assumptions_leave_one_chain(key, lstm):
    found = recover(key)
    assert chains(found) == [(1, lstm, (512, 256))]
    assert str(found).startswith(f"Exactly one candidate fits {found.total:,} parameters, if\n")


def test_the_search_is_complete():
    """Hide a chain, and search all of its kind, against plain loops over everything."""
    sizes, frozen = (1, 2, 3, 5), 131_040  # what the printed rows of model 2 have
    target = frozen + cost(16_384 // 2, (2, 3), (5,), 196_608)
    brute = sorted(
        (steps, lstm, dense) for steps in (1, 2)
        for n in (1, 2) for lstm in product(sizes, repeat=n)
        for m in (0, 1, 2) for dense in product(sizes, repeat=m)
        if frozen + cost(16_384 // steps, lstm, dense, 196_608) == target)
    assert sorted(chains(recover(total=target, sizes=sizes, steps=(1, 2), lstm=(1, 2), dense=(1, 3)))) == brute


@pytest.mark.parametrize(("arguments", "message"), [
    ({"key": "plain-lstm"}, "no table that breaks off"),
    ({"key": "fashion-gan"}, "recover_fashion_generator"),
    ({"steps": (3,)}, "steps are divisors of 16384"),
    ({"sizes": range(1, 1025)}, "Allow fewer sizes"),
])
def test_bad_arguments(arguments, message):
    with pytest.raises(LabkitError, match=message):
        recover(**arguments)
