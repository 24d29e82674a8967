"""What the files state of reports and claims, the audit against them, the verdicts; labkit audit and labkit ledger."""

import json
import re
from pathlib import Path

import arms
import numpy as np
import pytest

from labkit import files, models, reports
from labkit.errors import LabkitError
from labkit.reports import audit, ledger, read

KEYS = models.keys()
STATED = {  # key -> how many rows and numbers the report states
    "plain-lstm": 7, "cnn-lstm": 12, "cnn-lstm-tuned": 12, "cnn-lstm-l2": 12, "svhn-gan": 29, "fashion-gan": 6,
    "face-gan": 0, "cifar-dense-gan": 19, "cifar-dcgan": 27, "bedroom-gan": 4,
}


@pytest.mark.parametrize("key", KEYS)
def test_every_stated_number_comes_out(key):
    one = audit.audit(key)
    assert one.agreeing == one.stated == STATED[key]
    for network in one.networks:
        assert not network.complete or all(row.verdict == "agrees" for row in network.rows)
        assert sum(row.built for row in network.rows) == network.counts[0].built


def test_a_wrong_network_is_caught_and_a_rival_passes():
    rival = audit.audit("cnn-lstm-tuned", steps=2, lstm=(512,), dense=(1024, 512, 256))
    assert rival.agreeing == rival.stated
    one = audit.audit("cnn-lstm", dense=(512,))
    assert one.agreeing < one.stated
    assert [count.verdict for count in one.networks[0].counts] == ["differs", "differs", "agrees"]
    assert "with dense=(512,)" in one.summary()
    row = audit.audit("cnn-lstm", filters=(64, 128, 64, 64)).networks[0].rows[4]
    assert row.cells() == ("conv2d_2", "Conv2D", (None, 64, 64, 32), "36,896", "73,792",
                           "✗ differs: built with shape (None, 64, 64, 64), params 73792")
    assert audit._row(reports.system("cnn-lstm").networks[0].layers[0], None).verdict == "not built"


def test_the_command_fails_where_a_number_does_not_come_out(monkeypatch, labkit):
    status, output, _ = labkit("audit", "svhn-gan")
    assert status == 0
    assert "29 of 29 stated rows and numbers come out exactly" in output
    assert "derived: The total of the generator is not stated" in output
    wrong = audit.audit("cnn-lstm", dense=(512,))
    monkeypatch.setattr(audit, "audit", lambda key: wrong)
    assert labkit("audit", "cnn-lstm")[0] == 1


KINDS = {"numeric", "checkable", "contestable", "description"}
NOTEBOOKS = {path.stem for path in Path(__file__).parents[2].joinpath("notebooks").glob("[0-9]*.ipynb")}
REPORTS = tuple(map(reports.load, reports.NUMBERS))
SYSTEMS = [system for report in REPORTS for system in report.systems]
CLAIMS = [claim for report in REPORTS for claim in report.claims]


def test_every_entry_of_the_files_has_what_it_needs():
    assert tuple(system.key for system in SYSTEMS) == KEYS
    settings = {each.id: each for system in SYSTEMS for each in system.settings}
    assert len(settings) == sum(len(system.settings) for system in SYSTEMS)
    assert len({claim.id for claim in CLAIMS}) == len(CLAIMS)
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
        assert system.image_shape == models.spec(system.key).image_shape
        for setting in system.settings:
            assert setting.place
            assert setting.name not in ("loss", "val_loss", "training_time") or setting.id in {c.id for c in CLAIMS}


ROWS = ledger.rows()
COMPARED = [verdict for verdict in ledger.verdicts().values() if verdict.compare]


def test_every_verdict_has_a_reason_and_a_source_and_every_source_is_up_to_date():
    rows = [row["claim"] for number in reports.NUMBERS for row in read(f"verdicts/report{number}.toml")["verdicts"]]
    assert len(rows) == len(set(rows)) == sum(row.state != "open" for row in ROWS), "one verdict a claim that is made"
    for verdict in ledger.verdicts().values():
        assert verdict.verdict in set(ledger.SIGNS) - {"open"}
        assert len(verdict.reason) > 5
        assert verdict.source
        assert not isinstance(verdict.ours, bool)
    assert ledger.stale() == ()
    assert {row.notebook for row in ROWS} <= {path.stem for path in (files.home() / "notebooks").glob("*.ipynb")}


def at(value, path):
    """Return what a dotted path ("looks.-1.average.frechet") leads to."""
    for key in path.split("."):
        value = value[int(key)] if isinstance(value, list) else value[key]
    return value


def told(file, score, arm, against, claim, against_score=None):
    """Return the verdict on one comparison; ``arm`` and ``against`` are arms, or paths where a file has no runs."""
    content = json.loads((files.results() / f"{file}.json").read_text(encoding="utf-8"))
    runs = content["runs"] if "runs" in content else [{"arm": name, "seed": 0, **at(content, name)}
                                                      for name in (arm, against)]
    sides = ((arm, score, "arm"), (against, against_score or score, "against"))
    values = [{"arm": side, "seed": run["seed"], "value": at(run, path)}
              for name, path, side in sides for run in runs if run["arm"] == name]
    found = arms.compare(values, "value", "arm", "against")
    assert found["seeds"], (file, arm, against)
    if found["seeds"] < 3 or found["low"] <= 0 <= found["high"]:
        return "cannot be told"
    return "confirmed" if claim == ("lower" if found["high"] < 0 else "higher") else "refuted"  # "same": refuted


@pytest.mark.parametrize("verdict", COMPARED, ids=lambda verdict: verdict.claim)
def test_a_verdict_on_a_comparison_is_that_of_its_interval(verdict):
    """Several scores have to agree; a verdict that one case is enough for says "here, once"."""
    found = {told(**one) for one in verdict.compare}
    computed = found.pop() if len(found) == 1 else "cannot be told"
    assert verdict.verdict == computed or (computed == "cannot be told" and "here, once" in verdict.reason)


def test_no_verdict_rests_on_arms_without_saying_which():
    for verdict in ledger.verdicts().values():
        for stem in re.findall(r"data/results/([\w-]+)\.json", verdict.source):
            runs = json.loads((files.results() / f"{stem}.json").read_text(encoding="utf-8")).get("runs", [{}])
            if "arm" in runs[0] and verdict.verdict != "cannot be told":
                assert verdict.compare or "here, once" in verdict.reason, verdict.claim


@pytest.mark.parametrize(("wrong", "words"), [
    ({"notebook": "06_cifar_dcgam"}, "06_cifar_dcgan"),
    ({"ours": {"r4-m2-g-totl": 1}}, "r4-m2-g-totl"),
    ({"ours": {"r1-m1-total": 1}}, "no claim in this table"),
    ({"ours": {"r4-m2-g-total": np.zeros(3)}}, "must be a number or a text"),
])
def test_unknown_names_and_odd_numbers_are_refused(wrong, words):
    with pytest.raises(LabkitError, match=words):
        ledger.table(**{"notebook": "06_cifar_dcgan"} | wrong)


def test_a_source_that_says_something_else_is_noticed(tmp_path, monkeypatch):
    monkeypatch.setenv("LABKIT_HOME", str(tmp_path))
    verdict = ledger.Verdict(claim="r4-m2-training-time", verdict="differs", reason="Measured here.", ours=412.5,
                             source="data/results/x.json#minutes")
    monkeypatch.setattr(ledger, "verdicts", lambda: {"x": verdict})
    assert "FileNotFoundError" in ledger.stale()[0]
    for content, problem in (({"minutes": 412.5}, []), ({"minutes": 412.6}, [True]), ({"seconds": 1}, [True])):
        files.write_json(tmp_path / "data" / "results" / "x.json", content)
        assert ["412.6" in line or "KeyError" in line for line in ledger.stale()] == problem


def test_the_claims_worth_reading_come_first_and_the_others_fold():
    table = ledger.table(notebook="02_cnn_lstm")
    page = table._repr_html_()
    assert page.index("r1-m3-added-cnn") < page.index("<details>") < page.index("r1-m2-total")
    assert f"docs/ledger.md: {len(table.rest.rows)} claims" in str(table)
    for name in {row.notebook for row in ROWS}:
        first = [row for row in ledger.rows(notebook=name) if row.verdict.first]
        assert len(first) <= 6, name
        assert first or len(ledger.rows(notebook=name)) <= 6, name


def test_the_command_prints_claims_verdicts_and_the_count(labkit):
    output = labkit("ledger", "--notebook", "06_cifar_dcgan.ipynb")[1]
    assert ("r4-ten-classes" in output, "r4-m2-g-total" in output) == (True, False)
    assert "The others stand in docs/ledger.md" in output
    output = labkit("ledger", "--notebook", "06_cifar_dcgan.ipynb", "--all")[1]
    assert "r4-m2-g-total" in output
    assert ledger.summary(ledger.rows(notebook="06_cifar_dcgan")) in output
    assert "[batch size" in " ".join(output.split())  # the reports' brackets are no markup


def test_the_page_in_docs_is_what_the_command_prints(labkit):
    page = (files.home() / "docs" / "ledger.md").read_text(encoding="utf-8")
    assert page == labkit("ledger", "--markdown")[1], "write it again: labkit ledger --markdown > docs/ledger.md"
    lines = [line for line in page.splitlines() if line.startswith("|")]
    assert len(lines) == len(ROWS) + 2 * page.count("| --- | --- |\n") == len(ROWS) + 2 * page.count("| Claim |")
    assert {len(re.split(r"(?<!\\)\|", line)) for line in lines} == {8}  # whatever its text, a row has six cells
    assert page.count("<details>") == page.count("</details>") >= len(reports.NUMBERS)
    for target in set(re.findall(r"\]\(\.\./([^)]+)\)", page)):
        assert (files.home() / target).is_file(), target
