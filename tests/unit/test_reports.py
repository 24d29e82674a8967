"""labkit.reports: what the files state, and that malformed ones are refused with the line."""

import dataclasses
import subprocess
import sys

import pytest

from labkit import reports
from labkit.errors import LabkitError
from labkit.reports.lines import Located

KEYS = ("plain-lstm", "cnn-lstm", "cnn-lstm-tuned", "cnn-lstm-l2", "svhn-gan", "fashion-gan", "face-gan",
        "cifar-dense-gan", "cifar-dcgan", "bedroom-gan")
NOTEBOOKS = ("00_start_here", "01_an_image_as_one_step", "02_cnn_lstm", "03_tuning", "04_adversarial_nets",
             "05_cifar_dense_gan", "06_cifar_dcgan", "07_svhn_gan", "08_fashion_gan", "09_bedroom_gan",
             "10_scoring_images", "11_noise_studio", "12_domain_transfer", "13_style_transfer", "14_many_devices",
             "15_deployment")
SYSTEMS = [system for report in reports.all_reports() for system in report.systems]
NETWORKS = [pytest.param(system, network, id=f"{system.key}-{network.role}")
            for system in SYSTEMS for network in system.networks]
CLAIMS = [claim for report in reports.all_reports() for claim in report.claims]

# The numbers as the reports print them: (system, role) -> total, trainable, non-trainable.
STATED = {
    ("plain-lstm", "network"): (252_183_808, 252_183_808, 0),
    ("cnn-lstm", "network"): (68_487_904, 68_487_904, 0),
    ("cnn-lstm-tuned", "network"): (69_668_576, 69_668_576, 0),
    ("cnn-lstm-l2", "network"): (69_668_576, 69_668_576, 0),
    ("svhn-gan", "generator"): (None, None, 33_408),
    ("svhn-gan", "discriminator"): (627_713, 627_713, 0),
    ("fashion-gan", "generator"): (2_155_137, 2_155_137, None),
    ("cifar-dense-gan", "generator"): (3_838_720, 3_835_136, 3_584),
    ("cifar-dense-gan", "discriminator"): (1_704_961, 1_704_961, 0),
    ("cifar-dcgan", "generator"): (1_439_168, 1_438_784, 384),
    ("cifar-dcgan", "discriminator"): (1_033_345, 1_033_345, 0),
}


def test_the_ten_systems_are_there_under_their_public_names():
    assert tuple(system.key for system in SYSTEMS) == KEYS
    for key in KEYS:
        assert reports.system(key).key == key


@pytest.mark.parametrize(("system", "network"), NETWORKS)
def test_stated_totals_are_those_of_the_reports(system, network):
    stated = STATED.get((system.key, network.role), (None, None, None))
    assert (network.total, network.trainable, network.non_trainable) == stated


@pytest.mark.parametrize(("system", "network"), NETWORKS)
def test_tables_add_up_to_their_totals(system, network):
    rows = sum(layer.params for layer in network.layers)
    if network.complete and network.total is not None:
        assert rows == network.total
    elif network.total is not None:
        assert rows < network.total  # the rest is hidden in the "..." or never was in a table
    if None not in (network.total, network.trainable, network.non_trainable):
        assert network.trainable + network.non_trainable == network.total


def test_the_total_that_report_2_leaves_out():
    generator = reports.system("svhn-gan").network("generator")
    assert generator.total is None
    assert sum(layer.params for layer in generator.layers) == 3_143_616
    moving = sum(layer.params for layer in generator.layers if layer.kind == "BatchNormalization") // 2
    assert moving == generator.non_trainable


@pytest.mark.parametrize(("system", "network"), NETWORKS)
def test_names_that_the_printout_cuts_are_whole(system, network):
    kinds = {"LSTM", "Dense", "Reshape", "Conv2D", "MaxPooling2D", "Flatten", "InputLayer", "BatchNormalization",
             "LeakyReLU", "Conv2DTranspose", "Dropout"}
    for layer in network.layers:
        assert layer.kind in kinds
        assert layer.shape[0] is None


def test_weights_follow_from_the_neighbours_in_every_complete_dense_or_convolution_row():
    """A typing error in a table would break the arithmetic: 5x5 kernels, with or without bias."""
    checked = 0
    for system in SYSTEMS:
        for network in system.networks:
            width = {"svhn-gan": 100, "cifar-dcgan": 100}.get(system.key, 3) if network.role == "generator" else 3
            for layer in network.layers:
                out = layer.shape[-1]
                kernel = 9 if network.role == "network" else 25
                with_bias = network.role != "generator" or system.key == "cifar-dense-gan"
                if layer.kind in ("Conv2D", "Conv2DTranspose"):
                    assert layer.params == kernel * width * out + with_bias * out, layer
                    checked += 1
                elif layer.kind == "Dense":
                    assert layer.params == width * out + with_bias * out, layer
                    checked += 1
                elif layer.kind == "BatchNormalization":
                    assert layer.params == 4 * out, layer
                elif layer.kind == "LSTM":
                    assert layer.params == 4 * out * (256 * 256 * 3 + out + 1), layer
                width = out
    assert checked == 3 * 4 + 2 + (5 + 4) + (4 + 3) + (4 + 4)


def test_every_claim_has_an_id_a_place_a_kind_and_a_notebook():
    ids = [claim.id for claim in CLAIMS]
    assert len(set(ids)) == len(ids)
    for report in reports.all_reports():
        for claim in report.claims:
            assert claim.id.startswith(f"r{report.number}-")
            assert claim.text
            assert claim.place
            assert claim.kind in reports.KINDS
            assert claim.notebook in NOTEBOOKS


def test_every_stated_total_is_a_claim_with_its_value():
    stated = {claim.value for claim in CLAIMS if claim.unit == "parameters" and claim.kind == "numeric"}
    for total, trainable, non_trainable in STATED.values():
        assert {total, non_trainable or None, trainable} - {None} <= stated | {total}


def test_every_loss_and_every_training_time_is_a_claim():
    claims = {claim.id for claim in CLAIMS}
    for system in SYSTEMS:
        for setting in system.settings:
            if setting.name in ("loss", "val_loss", "training_time"):
                assert setting.id in claims


def test_claims_name_systems_that_exist():
    for claim in CLAIMS:
        assert claim.system in (None, *KEYS, *reports.PAPERS)
    for key in reports.PAPERS:
        assert any(claim.system == key for claim in CLAIMS)


def test_settings_are_found_by_their_standard_names():
    dcgan = reports.system("cifar-dcgan")
    assert dcgan.setting("batch_size").value == 256
    assert dcgan.setting("epochs").value == 1000
    assert dcgan.setting("learning_rate").value == 0.0001
    assert dcgan.setting("training_time").value == 5 * 60 + 35
    assert reports.system("cifar-dense-gan").setting("training_time").value == 75
    assert reports.system("cnn-lstm").setting("val_loss").value == 0.2792


def test_what_is_not_there_is_refused_with_what_is():
    with pytest.raises(LabkitError, match="cifar-dcgan"):
        reports.system("cifar-dcgn")
    with pytest.raises(LabkitError, match="r4-m2-g-total"):
        reports.claim("r4-m2-g-totl")
    with pytest.raises(LabkitError, match="generator, discriminator"):
        reports.system("cifar-dcgan").network("network")
    with pytest.raises(LabkitError, match="batch_size"):
        reports.system("cifar-dcgan").setting("dropout")
    with pytest.raises(LabkitError, match="1, 2, 3, 4, 5"):
        reports.load(6)


def test_facts_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        reports.claim("r4-m2-g-total").value = 1
    assert isinstance(reports.system("cifar-dcgan").networks[0].layers[0].shape, tuple)


def test_reading_the_reports_imports_neither_numpy_nor_tensorflow():
    code = ("import sys; from labkit import reports; reports.all_reports(); "
            "print([name for name in ('numpy', 'tensorflow', 'keras') if name in sys.modules])")
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


GOOD = """\
number = 4
title = "A report"
about = '''
Two
lines'''

[[systems]]
key = "small-gan"
title = "A system"
data = "pictures"
image_shape = [8, 8, 3]

[[systems.networks]]
role = "generator"
complete = true
total = 30
place = "Model"
layers = [
  # a comment with a ] in it
  ["dense", "Dense", "(None, 8)", 24],
  ["act", "LeakyReLU", "(None, 8)"],
]

[[systems.settings]]
id = "r4-epochs"
name = "epochs"
value = 10
unit = "epochs"
place = "Training"

[[claims]]
id = "r4-epochs"
text = "It ran for [10] epochs."
place = "Training"
kind = "numeric"
system = "small-gan"
value = 10
unit = "epochs"
notebook = "06_cifar_dcgan"

[[claims]]
id = "r4-good"
text = "The pictures are good."
place = "Conclusion"
kind = "contestable"
notebook = "06_cifar_dcgan"
"""


def test_a_good_file_is_read():
    report = reports.parse(GOOD, "good.toml")
    assert report.about == "Two lines"
    assert report.systems[0].report == 4
    assert report.systems[0].network("generator").layers == (
        reports.Layer("dense", "Dense", (None, 8), 24), reports.Layer("act", "LeakyReLU", (None, 8), None))
    assert report.claims[1] == reports.Claim("r4-good", "The pictures are good.", "Conclusion", "contestable", None,
                                             None, None, "06_cifar_dcgan")


BAD = [
    # what is replaced, by what, the line of the error, words of its message
    ('title = "A report"', "title = ", 2, "not valid TOML"),
    ('title = "A report"', 'title = "A report', 2, "not valid TOML"),
    ("lines'''", "lines", 46, "opened further up is not closed"),
    ('title = "A report"', "", 1, "lacks 'title'"),
    ('title = "A report"', "title = 5", 2, "a text in quotes"),
    ('title = "A report"', 'title = " "', 2, "empty"),
    ("number = 4", "number = true", 1, "whole number"),
    ("number = 4", "number = -4", 1, "negative"),
    ("number = 4", "number = 4\nextra = 1", 2, "does not know 'extra'"),
    ('key = "small-gan"', 'key = "Small GAN"', 8, "must look like"),
    ('key = "small-gan"', 'key = "small-gan"\nimage = 1', 9, "does not know 'image'"),
    ("image_shape = [8, 8, 3]", "image_shape = [8, 8]", 11, "height, width, channels"),
    ("image_shape = [8, 8, 3]", "image_shape = [8, 8, 0]", 11, "height, width, channels"),
    ('role = "generator"', 'role = "critic"', 14, "generator, discriminator"),
    ("complete = true", 'complete = "yes"', 15, "true or false"),
    ("complete = true", "", 13, "lacks 'complete'"),
    ("total = 30", "total = 30.0", 16, "whole number"),
    ('["act", "LeakyReLU", "(None, 8)"],', '["dense", "LeakyReLU", "(None, 8)"],', 21, "stands twice"),
    ('["act", "LeakyReLU", "(None, 8)"],', '["act", "LeakyReLU"],', 21, "is no layer"),
    ('["act", "LeakyReLU", "(None, 8)"],', '["act", "LeakyReLU", "(8, 8)"],', 21, "no shape"),
    ('["act", "LeakyReLU", "(None, 8)"],', '["act", "LeakyReLU", "(None, 0)"],', 21, "no shape"),
    ('["act", "LeakyReLU", "(None, 8)"],', '["act", "LeakyReLU", "None, 8"],', 21, "no shape"),
    ('["act", "LeakyReLU", "(None, 8)"],', '["act", "leaky", "(None, 8)"],', 21, "name and class"),
    ('["dense", "Dense", "(None, 8)", 24],', '["dense", "Dense", "(None, 8)", "24"],', 20, "number of parameters"),
    ('["dense", "Dense", "(None, 8)", 24],', '["dense", "Dense", "(None, 8)", true],', 20, "number of parameters"),
    ('["dense", "Dense", "(None, 8)", 24],', '"dense",', 20, "is no layer"),
    ('id = "r4-epochs"\nname', 'id = "r3-epochs"\nname', 25, "must look like"),
    ("value = 10\nunit", "value = nan\nunit", 27, "finite"),
    ("value = 10\nunit", "value = [10]\nunit", 27, "a whole number or a number or a text"),
    ('text = "It ran for [10] epochs."', "", 31, "lacks 'text'"),
    ('kind = "numeric"', 'kind = "number"', 35, "numeric, checkable, contestable, description"),
    ('system = "small-gan"', 'system = "big-gan"', 36, "small-gan"),
    ('kind = "contestable"', 'kind = "numeric"', 41, "needs a number"),
    ('id = "r4-good"', 'id = "r4-epochs"', 42, "used twice"),
    ('notebook = "06_cifar_dcgan"\n\n', 'notebook = "cifar"\n\n', 39, "must look like"),
    ("[[claims]]\nid = \"r4-good\"", "[claims]\nid = \"r4-good\"", 41, "not valid TOML"),
    ("[[systems.settings]]", "[[systems.setting]]", 24, "does not know 'setting'"),
    ('system = "small-gan"\nvalue = 10', 'system = "small-gan"\nvalue = 11', 37, "make them agree"),
]


@pytest.mark.parametrize(("old", "new", "line", "words"), BAD, ids=[f"{bad[2]}-{bad[3]}" for bad in BAD])
def test_malformed_files_are_refused_with_name_and_line(old, new, line, words):
    text = GOOD.replace(old, new, 1)
    assert text != GOOD
    with pytest.raises(LabkitError) as caught:
        reports.parse(text, "report4.toml")
    assert str(caught.value).startswith(f"report4.toml, line {line}: ")
    assert words in str(caught.value)


def test_tables_where_lists_of_tables_belong_are_refused():
    with pytest.raises(LabkitError, match=r"x\.toml, line 4: 'claims' in the file must be a list"):
        reports.parse('number = 1\ntitle = "t"\nabout = "a"\nclaims = "none"\n', "x.toml")
    with pytest.raises(LabkitError, match=r"x\.toml, line 4: \[\[claims\]\] must be a table"):
        reports.parse('number = 1\ntitle = "t"\nabout = "a"\nclaims = [1]\n', "x.toml")


def test_two_settings_may_not_share_an_id_or_a_name():
    setting = GOOD[GOOD.index("[[systems.settings]]"):GOOD.index("[[claims]]")]
    with pytest.raises(LabkitError, match=r"line 33: name 'epochs' is used twice"):
        reports.parse(GOOD.replace(setting, setting * 2), "x.toml")
    with pytest.raises(LabkitError, match=r"line 32: id 'r4-epochs' is used twice"):
        reports.parse(GOOD.replace(setting, setting + setting.replace('"epochs"\nvalue', '"rounds"\nvalue')), "x.toml")


def test_an_empty_file_is_refused():
    with pytest.raises(LabkitError, match=r"x\.toml, line 1: the file lacks 'number'"):
        reports.parse("", "x.toml")


def test_a_file_that_is_not_utf8_is_refused_with_the_line(tmp_path, monkeypatch):
    (tmp_path / "report1.toml").write_bytes(b'number = 1\ntitle = "Fr\xe9chet"\n')
    monkeypatch.setattr(reports, "__file__", str(tmp_path / "__init__.py"))
    with pytest.raises(LabkitError, match=r"report1\.toml, line 2: this is not UTF-8"):
        reports.load.__wrapped__(1)


def test_a_file_that_is_another_report_is_refused(tmp_path, monkeypatch):
    (tmp_path / "report1.toml").write_text(GOOD)
    monkeypatch.setattr(reports, "__file__", str(tmp_path / "__init__.py"))
    with pytest.raises(LabkitError, match="write number = 1"):
        reports.load.__wrapped__(1)


TRICKY = '''\
a = "# no comment, [no] table" # a comment = [
"quoted key" = 1
b = { c = 1, d = { e = [1, 2] } }
dotted.key = """
[[not.a.table]]
""" # after
list = [
  [1, 2], # one
  "],",
  { f = 3 },

  \'\'\'
[x]
\'\'\',
]
when = 1979-05-27 07:32:00
[table]
g = 'it''s'
[[many]]
h = 1
[[many]] # second
h = 2
[[many.inner]]
i = 3
[many.inner.deep]
j = 4
'''.replace("'it''s'", "'its'")


def test_lines_are_found_in_every_kind_of_toml():
    located = Located(TRICKY, "tricky.toml")
    wanted = {
        ("a",): 1, ("quoted key",): 2, ("b", "c"): 3, ("b", "d", "e", 1): 3, ("dotted", "key"): 4, ("list",): 7,
        ("list", 0): 8, ("list", 0, 1): 8, ("list", 1): 9, ("list", 2, "f"): 10, ("list", 3): 12, ("when",): 16,
        ("table",): 17, ("table", "g"): 18, ("many", 0, "h"): 20, ("many", 1): 21, ("many", 1, "h"): 22,
        ("many", 1, "inner", 0, "i"): 24, ("many", 1, "inner", 0, "deep", "j"): 26,
    }
    assert {path: located.line(path) for path in wanted} == wanted
    assert located.line(("many", 1, "absent")) == 21
    assert located.line(("absent",)) == 1
