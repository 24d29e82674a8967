"""The audit: what agrees, what differs, what the reports contradict, and how it is shown."""

import importlib
import inspect
from dataclasses import replace
from math import prod
from xml.etree import ElementTree

import numpy as np
import pytest
import tensorflow as tf
from click.testing import CliRunner

from labkit import models, reports
from labkit.cli import audit as command
from labkit.reports import audit, recovery

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


def said(key, kind, *words):
    text = " ".join(one.text for one in audit.findings(key) if one.kind == kind)
    missing = [word for word in words if word not in text]
    assert not missing, text


def test_report_1s_findings_follow_from_its_numbers():
    plain, cnn, tuned, l2 = (reports.system(key) for key in KEYS[:4])
    lstm = plain.network("network").layers[0]
    inputs = lstm.params // (4 * 256) - 256 - 1
    assert inputs == prod(plain.image_shape)
    said("plain-lstm", "derived", f"{lstm.params:,} parameters ask for {inputs:,} values",
         f"{4 * 256 * 256 + 256 * (inputs + 1):,} of the LSTM's")
    said("plain-lstm", "contradiction", "for one time step alone")
    said("cnn-lstm", "derived", f"{cnn.setting('val_loss').value}, is below its training loss")
    convolutions = [[(row.shape, row.params) for row in one.network("network").layers if row.kind == "Conv2D"]
                    for one in (cnn, tuned)]
    assert convolutions[0] == convolutions[1]
    said("cnn-lstm-tuned", "contradiction", f"the same {len(convolutions[0])} convolutions")
    assert not recovery.recover("cnn-lstm-tuned", lstm=(3, 4), dense=(1, 4)).found
    said("cnn-lstm-tuned", "derived", "did not add LSTM layers")
    assert tuned.network("network").total == l2.network("network").total
    said("cnn-lstm-l2", "derived", "The same total as model 3's")
    for one in (cnn, tuned, l2):
        (chain,) = recovery.recover(one.key)
        said(one.key, "open", f"after {one.network('network').layers[-1].name} are", f"builds {chain}, the only chain")


def test_report_3s_findings_follow_from_its_numbers():
    system = reports.system("fashion-gan")
    total = system.network("generator").total
    (only,) = recovery.recover_fashion_generator(total)
    wide = recovery.recover_fashion_generator(total, kernels=range(1, 10), channels=(64, 128, 256))
    said("fashion-gan", "derived", f"128 channels 1 ({only})", f"256 channels {len(wide)} (")
    assert round(4 * total / 2**20, 2) == system.setting("generator_size").value
    said("fashion-gan", "derived", f'{system.setting("generator_size").value} "megabytes" are MiB',
         f"they are {4 * total / 1e6:.2f}.")
    said("fashion-gan", "contradiction", f"{system.setting('activation').value} is said to follow each convolution")


@pytest.mark.parametrize("key", KEYS)
def test_what_is_open_is_answered_as_the_builders_do(key):
    system, known = reports.system(key), {setting.name for setting in reports.system(key).settings}
    module = importlib.import_module(f"labkit.models.{models.spec(key).module}")
    options = {name: one.default for name, one in
               inspect.signature(getattr(module, key.replace("-", "_"))).parameters.items()}
    said(key, "open")
    for option, setting, sentence in (
            ("slope", "leaky_relu_slope", "LeakyReLU is not stated; labkit takes {}."),
            ("dropout", "dropout", "A dropout rate is not stated; labkit takes {}."),
            ("l2", "l2", "labkit puts {} on every kernel"), ("base", "reshape", "labkit starts from a side of {}."),
            ("discriminator", "discriminator_filters", "labkit builds a {} one (option discriminator)")):
        if option in options and setting not in known:
            said(key, "open", sentence.format(options[option] or "none"))
    for network in system.networks:
        if not network.layers and network.total is None:
            said(key, "open", f"neither a table nor a total for the {network.role}")
    if "output" in options:
        stated = "a sigmoid" if "discriminator_output_activation" in known else "not stated"
        said(key, "open", f"The discriminator's last activation is {stated}; labkit's gives logits")


def test_idle_parameters_really_get_no_gradient():
    """The formula of the finding, on a small twin: count the entries of the LSTM's gradient that are exactly zero."""
    units, size = 4, 8 * 8 * 3
    network = models.build("plain-lstm", seed=0, image_size=8, units=units, dense=8)
    images = tf.random.stateless_uniform((16, 1, size), (1, 2))
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((network(images) - images[:, 0]) ** 2)
    gradients = tape.gradient(loss, network.layers[0].trainable_weights)
    assert sum(int(np.sum(np.asarray(one) == 0)) for one in gradients) == 4 * units * units + units * (size + 1)


@pytest.mark.parametrize("key", ["plain-lstm", "bedroom-gan"])
def test_a_notebook_shows_a_table_for_each_network_and_the_findings(key, audits):
    tree = ElementTree.fromstring(f"<div>{replace(audits[key], title='<b>')._repr_html_()}</div>")
    assert len(tree.findall(".//table")) == len(audits[key].networks)
    assert [item.text for item in tree.findall(".//li/em")] == [one.kind for one in audits[key].findings]


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
