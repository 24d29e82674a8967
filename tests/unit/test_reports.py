"""labkit.reports: what the files state. That the rows are right shows in test_audit: a network has them all."""

import re
from pathlib import Path

import pytest

from labkit import models, reports
from labkit.errors import LabkitError
from labkit.reports import claims

KEYS = models.keys()
KINDS = {"numeric", "checkable", "contestable", "description"}
NOTEBOOKS = {path.stem for path in Path(__file__).parents[2].joinpath("notebooks").glob("[0-9]*.ipynb")}
REPORTS = tuple(map(reports.load, reports.NUMBERS))
SYSTEMS = [system for report in REPORTS for system in report.systems]
NETWORKS = [pytest.param(system, network, id=f"{system.key}-{network.role}")
            for system in SYSTEMS for network in system.networks]
CLAIMS = [claim for report in REPORTS for claim in report.claims]

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


def unique(values):
    values = list(values)
    return len(set(values)) == len(values)


def test_every_entry_of_the_files_has_what_it_needs():
    assert tuple(system.key for system in SYSTEMS) == KEYS
    settings = {each.id: each for system in SYSTEMS for each in system.settings}
    assert len(settings) == sum(len(system.settings) for system in SYSTEMS)
    assert unique(claim.id for claim in CLAIMS)
    for report in REPORTS:
        assert report.about
        for claim in report.claims:
            assert re.fullmatch(rf"r{report.number}(-[a-z0-9]+)+", claim.id)
            assert all((claim.text, claim.place))
            assert claim.kind in KINDS
            assert claim.system in (None, *(system.key for system in report.systems), *models.papers(),
                                    "style-transfer")
            assert claim.notebook in NOTEBOOKS, claim.id
            assert claim.kind != "numeric" or isinstance(claim.value, int | float), claim.id
            if claim.id in settings:  # what is said twice is said alike
                assert (claim.value, claim.unit) == (settings[claim.id].value, settings[claim.id].unit)
    for system in SYSTEMS:
        assert len(system.image_shape) == 3
        assert unique(network.role for network in system.networks)
        assert unique(setting.name for setting in system.settings)
        for setting in system.settings:
            assert setting.place
            assert setting.name not in ("loss", "val_loss", "training_time") or setting.id in {c.id for c in CLAIMS}


@pytest.mark.parametrize(("system", "network"), NETWORKS)
def test_stated_totals_are_those_of_the_reports_and_of_the_rows(system, network):
    stated = STATED.get((system.key, network.role), (None, None, None))
    assert (network.total, network.trainable, network.non_trainable) == stated
    rows = sum(layer.params for layer in network.layers)
    if network.total is not None:
        assert rows == network.total if network.complete else rows < network.total
    if None not in stated:
        assert network.trainable + network.non_trainable == network.total
    if network.complete and network.non_trainable is not None:  # batch norm's moving means and variances
        assert sum(x.params for x in network.layers if x.kind == "BatchNormalization") == 2 * network.non_trainable


def test_a_malformed_file_is_named_with_the_line(tmp_path, monkeypatch):
    (tmp_path / "report1.toml").write_text("number = 1\ntitle =\n", encoding="utf-8")
    monkeypatch.setattr(claims, "__file__", str(tmp_path / "claims.py"))
    with pytest.raises(LabkitError, match=r"report1\.toml is not valid TOML: .*line 2"):
        reports.load.__wrapped__(1)
