"""The search for the layers that reports 1 and 3 do not print."""

from itertools import product

import pytest

from labkit.errors import LabkitError
from labkit.reports.recovery import recover


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
