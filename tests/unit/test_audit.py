"""The audit: what agrees, what differs, what the reports contradict, and how it is shown."""

import json
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner

from labkit import models, reports
from labkit.commands.audit import command
from labkit.errors import LabkitError
from labkit.reports import audit
from labkit.reports.audit import remarks as module
from labkit.reports.audit.tables import kernel, problems

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
    rows = [row for network in one.networks for row in network.rows if row.stated]
    assert [row.verdict for row in rows] == ["agrees"] * TABLES[key]
    assert one.ok
    assert one.agreeing == one.stated


def test_all_parameters_of_a_complete_table_are_accounted_for(audits):
    for one in audits.values():
        for network in one.networks:
            if network.complete:
                assert all(row.stated and row.built for row in network.rows)
            built = sum(row.built.params for row in network.rows)
            assert built == next(count.built for count in network.counts if count.what == "total")


def test_numbers_from_prose(audits):
    counts = {(key, count.what): count for key in ("fashion-gan", "bedroom-gan", "cifar-dcgan")
              for network in audits[key].networks for count in network.counts}
    assert counts["fashion-gan", "MiB"].built == 8.22
    assert counts["fashion-gan", "reshape"].built == "7x7x128"
    assert counts["fashion-gan", "output_channels"].built == 1
    assert counts["bedroom-gan", "generator_filters"].built == "128, 64, 32"
    assert counts["bedroom-gan", "discriminator_filters"].built == "32, 128, 256"
    assert counts["bedroom-gan", "dense_units"].built == 16384
    assert counts["cifar-dcgan", "latent_dim"].built == 100


def test_a_wrong_network_is_caught():
    one = audit.audit("cnn-lstm", dense=(512,))
    assert not one.ok
    assert [count.verdict for count in one.networks[0].counts] == ["differs", "differs", "agrees"]
    assert all(row.ok for row in one.networks[0].rows), "the printed rows are still right"
    assert "✗ differs" in str(one)


def test_a_wrong_layer_is_caught():
    one = audit.audit("cnn-lstm", filters=(64, 128, 64, 64))
    row = one.networks[0].rows[4]
    assert row.differences == ("shape", "params")
    assert not row.ok
    assert "differs: shape, params" in str(one)
    assert "built shape: (None, 64, 64, 64)" in str(one)
    assert "built shape: (None, 64, 64, 64)" in one._repr_html_()


def test_a_missing_layer_is_caught(audits):
    network = audits["plain-lstm"].networks[0]
    gone = replace(network.rows[0], built=None)
    assert gone.verdict == "not built"
    assert not replace(network, rows=(gone, *network.rows[1:])).ok


def test_a_rival_passes():
    assert audit.audit("cnn-lstm-tuned", steps=2, lstm=(512,), dense=(1024, 512, 256)).ok


def texts(key, kind):
    return " ".join(one.text for one in audit.findings(key) if one.kind == kind)


@pytest.mark.parametrize(("key", "kind", "words"), [
    ("plain-lstm", "contradiction", "one time step alone"),
    ("plain-lstm", "derived", "a step is a whole image"),
    ("plain-lstm", "derived", "50,594,048 of the LSTM's 201,589,760"),
    ("cnn-lstm", "derived", "0.2792, is below its training loss, 0.2811"),
    ("cnn-lstm-tuned", "contradiction", "the same 4 convolutions"),
    ("cnn-lstm-tuned", "derived", "did not add LSTM layers"),
    ("cnn-lstm-tuned", "derived", "all with model 2 but batch_size"),
    ("cnn-lstm-l2", "derived", "The same total as model 3's"),
    ("svhn-gan", "derived", "its rows sum to 3,143,616"),
    ("svhn-gan", "derived", "a noise vector of 100 without bias (or one of 99 with)"),
    ("svhn-gan", "derived", "1 BatchNormalization, 2 LeakyReLU, 1 Conv2DTranspose, 1 Conv2D, 1 Dropout"),
    ("fashion-gan", "contradiction", "nothing would bound the pixels"),
    ("fashion-gan", "derived", "8.62"),
    ("fashion-gan", "open", "strided"),
    ("cifar-dense-gan", "contradiction", "Two alphas: LeakyReLU has 0.2"),
    ("cifar-dense-gan", "contradiction", "25.6 epochs"),
    ("cifar-dcgan", "contradiction", "shape of the noise"),
    ("cifar-dcgan", "derived", "5x5 and has no bias"),
    ("cifar-dcgan", "open", "is a sigmoid; labkit's gives logits"),
    ("cifar-dcgan", "open", "A dropout rate is not stated; labkit takes 0.3"),
    ("bedroom-gan", "open", "labkit starts from a side of 8"),
    ("bedroom-gan", "open", "A dropout rate is not stated; labkit takes none"),
])
def test_findings(key, kind, words):
    assert words in texts(key, kind)


def test_idle_parameters_really_get_no_gradient():
    """The formula of the finding, on a small twin: count the entries of the LSTM's gradient that are exactly zero."""
    import numpy as np
    import tensorflow as tf

    units, size = 4, 8 * 8 * 3
    network = models.build("plain-lstm", seed=0, image_size=8, units=units, dense=8)
    images = tf.random.stateless_uniform((16, 1, size), (1, 2))
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((network(images) - images[:, 0]) ** 2)
    gradients = tape.gradient(loss, network.layers[0].trainable_weights)
    assert sum(int(np.sum(np.asarray(one) == 0)) for one in gradients) == 4 * units * units + units * (size + 1)


def test_findings_follow_from_the_facts():
    """Change a fact, and the finding is no longer made (or a new one is)."""
    dense, tuned = reports.system("cifar-dense-gan"), reports.system("cnn-lstm-tuned")

    def with_setting(system, name, value):
        return replace(system, settings=tuple(replace(each, value=value) if each.name == name else each
                                              for each in system.settings))

    made = [text for _, text in module._cifar_dense(with_setting(dense, "epochs", 25))]
    assert not any("epochs" in text for text in made)
    made = [text for _, text in module._cifar_dense(with_setting(dense, "alpha", 0.2))]
    assert not any("alphas" in text for text in made)
    network = tuned.networks[0]
    wider = replace(network, layers=(replace(network.layers[0], params=3584, shape=(None, 256, 256, 128)),
                                     *network.layers[1:]))
    made = [text for _, text in module._cnn_lstm_tuned(replace(tuned, networks=(wider,)))]
    assert not any("Added additional CNN layers" in text for text in made)


@pytest.mark.parametrize("key", KEYS)
def test_tables_hold_together(key):
    system = reports.system(key)
    assert not [text for network in system.networks for text in problems(network, module._entry(system, network))]


@pytest.mark.parametrize(("index", "change", "words"), [
    (0, {"params": 409_601}, "dense: 409,601 parameters"),
    (1, {"shape": (None, 4, 4, 128)}, "reshape: 0 parameters"),
    (2, {"params": 819_201}, "conv2d_transpose: 819,201 parameters"),
    (2, {"shape": (None, 9, 8, 128)}, "conv2d_transpose: 819,200 parameters"),
    (3, {"params": 256}, "batch_normalization: 256 parameters"),
    (4, {"params": 1}, "leaky_re_lu: 1 parameters"),
])
def test_a_table_that_does_not_hold_together(index, change, words):
    network = reports.system("cifar-dcgan").network("generator")
    assert not list(problems(network, (100,)))
    layers = list(network.layers)
    layers[index] = replace(layers[index], **change)
    assert words in " ".join(problems(replace(network, layers=tuple(layers)), (100,)))


def test_totals_that_do_not_add_up():
    network = reports.system("cifar-dcgan").network("generator")
    assert "the rows sum to 1,439,168" in " ".join(problems(replace(network, total=1_439_169)))
    assert "are not 1,439,168" in " ".join(problems(replace(network, trainable=1_438_785)))
    assert "batch norm's parameters are 384" in " ".join(problems(replace(network, non_trainable=385)))
    dcgan = reports.system("cifar-dcgan").network("discriminator")
    shrunk = replace(dcgan.layers[0], shape=(None, 33, 16, 64))
    assert "conv2d: 4,864" in " ".join(problems(replace(dcgan, layers=(shrunk, *dcgan.layers[1:])), (32, 32, 3)))


def test_kernel():
    def layer(params, filters):
        return reports.Layer("x", "Conv2D", (None, 8, 8, filters), params)

    assert kernel(layer(4864, 64), 3) == (5, True)
    assert kernel(layer(4800, 3), 64) == (5, False)
    assert kernel(layer(4801, 3), 64) is None


@pytest.mark.parametrize("key", ["plain-lstm", "cifar-dcgan", "bedroom-gan"])
def test_html_is_accessible_and_takes_the_theme(key, audits):
    page = audits[key]._repr_html_()
    tree = ElementTree.fromstring("<div>" + page.replace("scope=col", "scope='col'").replace("scope=row", "scope='row'")
                                  + "</div>")
    tables = tree.findall(".//table")
    assert len(tables) == len(audits[key].networks)
    for table in tables:
        assert table.find("caption").text
        assert [cell.tag for cell in table.find("thead/tr")] == ["th"] * 6
        assert {cell.get("scope") for cell in table.find("thead/tr")} == {"col"}
        assert all(row[0].get("scope") == "row" for row in (*table.find("tbody"), *table.find("tfoot")))
    assert "color" not in page
    assert "background" not in page


def test_html_escapes(audits):
    assert "<b>" not in replace(audits["plain-lstm"], title="<b>")._repr_html_()


def test_text(audits):
    text = str(audits["svhn-gan"])
    assert "29 of 29 stated rows and numbers come out exactly" in text
    assert "conv2d_transpose_4" in text
    assert "derived: The total of the generator is not stated" in text


def test_unknown_key_and_option():
    with pytest.raises(LabkitError, match="cifar-dcgan"):
        audit.audit("cifar-dcgn")
    with pytest.raises(LabkitError, match="no option"):
        audit.audit("cifar-dcgan", layers=3)


def run(*arguments):
    return CliRunner().invoke(command, arguments, standalone_mode=False)


def test_command(monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")
    done = run("cifar-dcgan", "plain-lstm")
    assert done.return_value == 0
    assert "conv2d_transpose_2" in done.output
    assert "252,183,808" in done.output
    assert "fashion-gan" not in done.output


def test_command_json():
    done = run("--json")
    assert done.return_value == 0
    read = json.loads(done.output)
    assert [one["key"] for one in read] == list(KEYS)
    assert all(one["ok"] for one in read)
    first = read[0]["networks"][0]
    assert first["rows"][0]["verdict"] == "agrees"
    assert first["counts"][0] == {"what": "total", "stated": 252_183_808, "built": 252_183_808, "verdict": "agrees"}


def test_command_fails_when_a_number_does_not_come_out(monkeypatch):
    wrong = audit.audit("cnn-lstm", dense=(512,))
    monkeypatch.setattr(audit, "audit", lambda key: wrong)
    done = run("cnn-lstm")
    assert done.return_value == 1
    assert "differs" in done.output


def test_command_names_the_nearest_key_before_it_prints():
    done = run("plain-lstm", "svhngan")
    assert isinstance(done.exception, LabkitError)
    assert "svhn-gan" in str(done.exception)
    assert not done.output
