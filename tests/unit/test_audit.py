"""The audit: what agrees, what differs, what the reports contradict, and how it is shown."""


import numpy as np
import pytest
import tensorflow as tf
from click.testing import CliRunner

from labkit import models, reports
from labkit.cli import audit as command
from labkit.reports import audit

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


def test_idle_parameters_really_get_no_gradient():
    """The formula of the finding, on a small twin: count the entries of the LSTM's gradient that are exactly zero."""
    units, size = 4, 8 * 8 * 3
    network = models.build("plain-lstm", seed=0, image_size=8, units=units, dense=8)
    images = tf.random.stateless_uniform((16, 1, size), (1, 2))
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((network(images) - images[:, 0]) ** 2)
    gradients = tape.gradient(loss, network.layers[0].trainable_weights)
    assert sum(int(np.sum(np.asarray(one) == 0)) for one in gradients) == 4 * units * units + units * (size + 1)


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
