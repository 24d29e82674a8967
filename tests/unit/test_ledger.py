"""labkit.reports.ledger: the recorded verdicts, the tables that notebooks show, and ``labkit ledger``."""

import dataclasses
import html.parser
import json
import re
import subprocess
import sys

import numpy as np
import pytest
from click.testing import CliRunner

from labkit import files, reports
from labkit.commands.ledger import command
from labkit.errors import LabkitError
from labkit.reports import ledger
from labkit.reports.ledger.display import SIGNS
from labkit.reports.ledger.query import number

ROWS = ledger.rows()


def test_every_claim_has_exactly_one_row():
    assert [row.claim for row in ROWS] == [claim for report in reports.all_reports() for claim in report.claims]


def test_every_stated_number_of_parameters_has_a_verdict():
    rows = [row for row in ROWS if row.claim.unit == "parameters"]
    assert len(rows) >= 15
    for row in rows:
        assert row.state != "open", row.claim.id


def test_confirmed_counts_are_equal_to_the_claim():
    """A count of parameters, units or values is confirmed only when it is the very number."""
    for row in ROWS:
        if row.state == "confirmed" and row.claim.unit in ("parameters", "units", "values", "megabytes", "classes"):
            assert row.verdict.ours == row.claim.value, row.claim.id


def test_confirmed_totals_are_the_sums_of_the_tables():
    networks = {"generator": "g", "discriminator": "d", "network": None}
    prefixes = {"plain-lstm": "r1-m1", "svhn-gan": "r2", "cifar-dense-gan": "r4-m1", "cifar-dcgan": "r4-m2"}
    checked = 0
    for key, prefix in prefixes.items():
        for network in reports.system(key).networks:
            id = "-".join(filter(None, (prefix, networks[network.role], "total")))
            if network.total is not None:
                assert ledger.verdicts()[id].ours == sum(layer.params for layer in network.layers)
                checked += 1
    assert checked == 6


def test_arithmetic_that_reasons_rest_on():
    verdicts = ledger.verdicts()
    assert verdicts["r4-m1-epochs"].ours == 20_000 * 64 / 50_000
    assert verdicts["r3-g-size"].ours == round(2_155_137 * 4 / 2**20, 2)
    assert verdicts["r4-m1-simple"].ours == round(3_838_720 / 1_439_168, 2)
    # Model 1 with one step: neither the recurrent kernel nor the forget gate has a gradient.
    pixels, units = 256 * 256 * 3, 256
    silent = units * 4 * units + (pixels * units + units)
    assert silent == 50_594_048
    assert verdicts["r1-m1-trainable"].ours == 252_183_808 - silent
    assert verdicts["r1-m1-lstm"].ours == 4 * units * (pixels + units + 1)
    # Model 2's rest after Flatten, beside the layers of model 1; model 3's growth, all in its LSTM and dense layer.
    plain = 4 * 256 * (16_384 + 256 + 1) + 256 * 257 + pixels * 257
    assert verdicts["r1-m2-added"].ours == 68_487_904 - verdicts["r1-m2-convolutions"].ours - plain
    assert verdicts["r1-m3-added-lstm"].ours == 69_668_576 - 68_487_904
    wider = 4 * 512 * (256 + 512 + 1) - 4 * 256 * (256 + 256 + 1)
    assert verdicts["r1-m3-added-lstm"].ours == wider + 512 * 513 - 512 * 257


def test_rows_are_chosen_by_report_notebook_and_system():
    assert {row.report for row in ledger.rows(report=4)} == {4}
    assert {row.claim.system for row in ledger.rows(system="cifar-dcgan")} == {"cifar-dcgan"}
    shown = ledger.rows(notebook="06_cifar_dcgan")
    assert shown
    assert {row.notebook for row in shown} == {"06_cifar_dcgan"}
    assert ledger.rows(report=1, system="cifar-dcgan") == ()


@pytest.mark.parametrize(("wrong", "words"), [
    ({"report": 6}, "1, 2, 3, 4, 5"),
    ({"notebook": "06_cifar_dcgam"}, "06_cifar_dcgan"),
    ({"system": "cifar-dcgam"}, "cifar-dcgan"),
])
def test_unknown_names_are_refused_with_the_nearest(wrong, words):
    with pytest.raises(LabkitError, match=words):
        ledger.rows(**wrong)


def test_every_verdict_has_a_reason_and_a_source_and_every_source_is_up_to_date():
    for verdict in ledger.verdicts().values():
        assert verdict.verdict in ledger.VERDICTS
        assert len(verdict.reason) > 5
        assert verdict.source
    assert ledger.stale() == ()


GOOD = """\
[[verdicts]]
claim = "r4-m2-epochs"
verdict = "cannot be told"
reason = "No machine is named."
source = "the report's text"

[[verdicts]]
claim = "r4-m2-training-time"
verdict = "differs"
ours = 412.5
reason = "Measured here."
notebook = "11_noise_studio"
source = "data/results/x.json#minutes"
"""


def test_good_verdicts_are_read():
    found = ledger.parse(GOOD, "x.toml", 4)
    assert found["r4-m2-epochs"] == ledger.Verdict("r4-m2-epochs", "cannot be told", None, "No machine is named.",
                                                   "06_cifar_dcgan", "the report's text")
    assert found["r4-m2-training-time"].notebook == "11_noise_studio"


@pytest.mark.parametrize(("old", "new", "line", "words"), [
    ('claim = "r4-m2-epochs"', 'claim = "r4-m2-epoch"', 2, "makes no claim 'r4-m2-epoch'"),
    ('claim = "r4-m2-epochs"', 'claim = "r1-m2-loss"', 2, "report 4 makes no claim"),
    ('claim = "r4-m2-training-time"', 'claim = "r4-m2-epochs"', 8, "a verdict on 'r4-m2-epochs' already"),
    ('verdict = "differs"', 'verdict = "open"', 9, "confirmed, differs, refuted, cannot be told"),
    ("ours = 412.5", "ours = true", 10, "a whole number or a number or a text"),
    ("ours = 412.5", "ours = inf", 10, "finite"),
    ('reason = "Measured here."', "", 7, "lacks 'reason'"),
    ('reason = "Measured here."', 'reason = " "', 11, "empty"),
    ('notebook = "11_noise_studio"', 'notebook = "noise studio"', 12, "must look like"),
    ('notebook = "11_noise_studio"', 'note = "x"', 12, "does not know 'note'"),
    ("[[verdicts]]\nclaim = \"r4-m2-t", "[[verdict]]\nclaim = \"r4-m2-t", 7, "does not know 'verdict'"),
    ("ours = 412.5", "ours = 412.5.1", 10, "not valid TOML"),
])
def test_malformed_verdicts_are_refused_with_name_and_line(old, new, line, words):
    text = GOOD.replace(old, new, 1)
    assert text != GOOD
    with pytest.raises(LabkitError) as caught:
        ledger.parse(text, "verdicts/report4.toml", 4)
    assert str(caught.value).startswith(f"verdicts/report4.toml, line {line}: ")
    assert words in str(caught.value)


@pytest.mark.parametrize(("content", "problem"), [
    ('{"minutes": 412.5}', None),
    ('{"minutes": 412.4712}', None),
    ('{"minutes": 412.6}', "says 412.6"),
    ('{"seconds": 1}', "has no 'minutes'"),
    (None, "does not exist"),
])
def test_a_source_that_says_something_else_is_noticed(tmp_path, monkeypatch, content, problem):
    monkeypatch.setenv("LABKIT_HOME", str(tmp_path))
    monkeypatch.setattr("labkit.reports.ledger.store.verdicts", lambda: ledger.parse(GOOD, "x.toml", 4))
    if content is not None:
        (tmp_path / "data" / "results").mkdir(parents=True)
        (tmp_path / "data" / "results" / "x.json").write_text(content)
    found = ledger.stale()
    assert len(found) == (problem is not None)
    if problem:
        assert found[0].startswith("r4-m2-training-time: ")
        assert problem in found[0]


def test_a_results_file_that_is_no_json_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("LABKIT_HOME", str(tmp_path))
    monkeypatch.setattr("labkit.reports.ledger.store.verdicts", lambda: ledger.parse(GOOD, "x.toml", 4))
    (tmp_path / "data" / "results").mkdir(parents=True)
    (tmp_path / "data" / "results" / "x.json").write_text('{"minutes": \n')
    with pytest.raises(LabkitError, match=r"x\.json, line 2"):
        ledger.stale()


@pytest.mark.parametrize(("value", "unit", "text"), [
    (1439168, "parameters", "1,439,168 parameters"), (0.0793, None, "0.0793"), (25.6, "epochs", "25.6 epochs"),
    (73257.0, None, "73,257"), (1234.5678, None, "1,235"), (0, "pixels", "0 pixels"), (None, "epochs", ""),
    ("7x7x128", None, "7x7x128"), (1e-05, None, "1e-05"), (float("nan"), None, "nan"),
])
def test_numbers_are_written_for_people(value, unit, text):
    assert number(value, unit) == text


class Page(html.parser.HTMLParser):
    """Collects tags, attributes and text, and checks that what opens is closed."""

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.attributes, self.text = [], [], [], ""
        self.feed(text)
        assert not self.open

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


def test_the_html_table_has_caption_and_scoped_headers_and_no_colours_of_its_own():
    table = ledger.table(notebook="06_cifar_dcgan")
    page = Page(table._repr_html_())
    assert page.tags.count("caption") == 1
    assert page.attributes.count(("scope", "col")) == 5
    assert page.attributes.count(("scope", "row")) == len(table)
    assert page.tags.count("td") == 4 * len(table)
    assert ledger.summary(table.rows) in page.text
    styles = ";".join(value for name, value in page.attributes if name == "style")
    for word in ("color", "background", "#", "rgb"):
        assert word not in styles


def test_the_html_of_the_whole_ledger_is_well_formed_and_shows_every_text():
    text = " ".join(Page(ledger.table()._repr_html_()).text.split())
    for row in ROWS:
        assert row.claim.text in text
        assert row.reason in text


def test_html_escapes_what_reports_and_people_write():
    evil = "<script>alert('x')</script> & <b>"
    claim = reports.Claim("r4-x", evil, evil, "numeric", None, evil, None, "06_cifar_dcgan")
    verdict = ledger.Verdict("r4-x", "differs", evil, evil, "06_cifar_dcgan", evil)
    row = ledger.Row(4, claim, verdict, live=evil + "!")
    markup = ledger.Table(evil, (row,))._repr_html_()
    assert "<script" not in markup
    assert "<b>" not in markup
    assert Page(markup).text.count(evil) == 8


def test_text_says_the_same_and_the_repr_is_readable():
    table = ledger.table(report=4, system="cifar-dcgan")
    assert repr(table) == str(table)
    assert str(table).startswith("Ledger of report 4, cifar-dcgan\n")
    assert str(table).endswith(ledger.summary(table.rows))
    assert max(map(len, str(table).splitlines())) <= 100
    words = " ".join(str(table).split())
    for row in table.rows:
        assert f"{SIGNS[row.state]} {row.state}: {row.claim.id}" in words
        assert row.reason in words


def test_a_live_number_takes_the_place_of_the_recorded_one():
    equal = ledger.table(system="cifar-dcgan", ours={"r4-m2-g-total": 1_439_168})
    assert "ours: 1,439,168 parameters\n" in str(equal)
    other = ledger.table(system="cifar-dcgan", ours={"r4-m2-g-total": np.int64(1_439_169)})
    shown = next(row for row in other.rows if row.claim.id == "r4-m2-g-total")
    assert shown.ours == "1,439,169 parameters (recorded: 1,439,168 parameters)"
    assert shown.ours in Page(other._repr_html_()).text


def test_an_open_claim_shows_its_live_number(monkeypatch):
    monkeypatch.setattr("labkit.reports.ledger.query.verdicts", dict)
    table = ledger.table(notebook="06_cifar_dcgan", ours={"r4-m2-training-time": np.float32(412.5)})
    shown = next(row for row in table.rows if row.claim.id == "r4-m2-training-time")
    assert (shown.state, shown.ours, shown.reason) == ("open", "412.5 minutes", "")


@pytest.mark.parametrize(("ours", "words"), [
    ({"r4-m2-g-totl": 1}, "r4-m2-g-totl"),
    ({"r1-m1-total": 1}, "does not show"),
    ({"r4-m2-g-total": [1, 2]}, "must be a number or a text"),
    ({"r4-m2-g-total": np.zeros(3)}, "must be a number or a text"),
    ({"r4-m2-g-total": True}, "must be a number or a text"),
])
def test_live_numbers_that_fit_nowhere_are_refused(ours, words):
    with pytest.raises(LabkitError, match=words):
        ledger.table(notebook="06_cifar_dcgan", ours=ours)


def test_the_summary_counts():
    row = ROWS[0]
    verdict = row.verdict or next(iter(ledger.verdicts().values()))
    made = [dataclasses.replace(row, verdict=dataclasses.replace(verdict, verdict=state))
            for state in ("confirmed", "differs", "differs", "refuted")]
    assert ledger.summary([*made, dataclasses.replace(row, verdict=None)]) == \
        "5 claims: 1 confirmed, 2 differ, 1 refuted, 1 open."
    assert ledger.summary(made[:1]) == "1 claim: 1 confirmed."
    assert ledger.summary([]) == "0 claims."


def test_the_command_prints_claims_verdicts_and_the_count():
    run = CliRunner().invoke(command, ["--notebook", "06_cifar_dcgan.ipynb"])
    assert run.exit_code == 0
    assert "r4-m2-g-total" in run.output
    assert ledger.summary(ledger.rows(notebook="06_cifar_dcgan")) in run.output
    assert "r1-m1-total" not in run.output


def test_the_command_keeps_square_brackets():
    """They are quotations of the reports, not rich's markup."""
    assert "[batch size" in " ".join(CliRunner().invoke(command, ["--system", "cifar-dcgan"]).output.split())


def test_the_command_lists_what_is_open():
    run = CliRunner().invoke(command, ["--open", "--json", "--report", "4"])
    shown = json.loads(run.output)
    wanted = [row.claim.id for row in ledger.rows(report=4) if row.state == "open"]
    assert [row["claim"]["id"] for row in shown["rows"]] == wanted
    assert shown["counts"]["open"] == len(wanted)


def test_the_json_is_whole():
    shown = json.loads(CliRunner().invoke(command, ["--json"]).output)
    assert len(shown["rows"]) == len(ROWS)
    assert shown["counts"] == ledger.counts(ROWS)
    total = next(row for row in shown["rows"] if row["claim"]["id"] == "r4-m2-g-total")
    assert total["claim"]["value"] == total["verdict"]["ours"] == 1_439_168


@pytest.mark.parametrize(("arguments", "words"), [
    (["--report", "6"], "6 is not in the range 1<=x<=5"),
    (["--report", "four"], "is not a valid integer"),
    (["--notebook", "06"], "No claim belongs to the notebook '06'"),
    (["--system", "cifar"], "No claim belongs to the system 'cifar'"),
])
def test_wrong_arguments_get_a_sentence_and_exit_status_2(arguments, words):
    code = f"from labkit.cli import main; main({['ledger', *arguments]!r})"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert run.returncode == 2
    assert words in run.stderr
    assert "Traceback" not in run.stderr


def test_the_ledger_does_not_import_tensorflow():
    code = ("import sys; from labkit.reports import ledger; str(ledger.table()); "
            "print([name for name in ('numpy', 'tensorflow', 'keras') if name in sys.modules])")
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_numbers_that_the_audit_is_named_for_are_numbers_of_that_system():
    """The audit itself is tested where it lives; here, that the ledger names the right system."""
    checked = 0
    for verdict in ledger.verdicts().values():
        found = re.fullmatch(r'labkit\.audit\.(audit|recover)\("([a-z0-9-]+)"\)', verdict.source)
        if not found:
            assert "labkit.audit.audit" not in verdict.source
            continue
        system = reports.system(found[2])
        assert reports.claim(verdict.claim).system == system.key
        numbers = {value for network in system.networks
                   for value in (network.total, network.trainable, network.non_trainable,
                                 sum(layer.params for layer in network.layers),
                                 *(layer.params for layer in network.layers))}
        if found[1] == "audit" and reports.claim(verdict.claim).unit == "parameters":
            assert verdict.ours in numbers, verdict.claim
            checked += 1
    assert checked >= 14


def test_the_page_in_docs_is_what_the_command_prints():
    result = CliRunner().invoke(command, ["--markdown"])
    assert result.exit_code == 0
    page = (files.home() / "docs" / "ledger.md").read_text(encoding="utf-8")
    assert page == result.output, "write it again: labkit ledger --markdown > docs/ledger.md"


def test_a_row_of_the_page_has_five_cells_whatever_its_text():
    lines = [line for line in ledger.markdown(ledger.rows()).splitlines() if line.startswith("|")]
    assert len(lines) == len(ledger.rows()) + 2 * len(reports.NUMBERS)
    assert {len(re.split(r"(?<!\\)\|", line)) for line in lines} == {7}
