"""labkit.reports.ledger: the recorded verdicts, the tables that notebooks show, and ``labkit ledger``."""

import dataclasses
import json
import re
import sys
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from labkit import files, reports
from labkit.cli import ledger as command
from labkit.errors import LabkitError
from labkit.reports import ledger
from labkit.reports.claims import read

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))
import arms

ROWS = ledger.rows()
COMPARED = [verdict for verdict in ledger.verdicts().values() if verdict.compare]


def test_every_verdict_has_a_reason_and_a_source_and_every_source_is_up_to_date():
    rows = [row["claim"] for number in reports.NUMBERS for row in read(f"verdicts/report{number}.toml")["verdicts"]]
    assert len(rows) == len(set(rows)) == len([row for row in ROWS if row.verdict]), "one verdict a claim that is made"
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


def test_an_interval_decides_on_both_sides(tmp_path, monkeypatch):
    monkeypatch.setenv("LABKIT_HOME", str(tmp_path))
    runs = [{"arm": arm, "seed": seed, "score": seed + (arm == "b") * (2 + 0.1 * seed), "deep": [seed]}
            for seed in range(3) for arm in "ab"]
    files.write_json(files.results() / "few.json", {"runs": runs})
    assert [told("few", "score", "b", "a", claim) for claim in ("higher", "lower", "same")] == [
        "confirmed", "refuted", "refuted"]
    assert told("few", "deep.-1", "b", "a", "lower") == "cannot be told"
    files.write_json(files.results() / "few.json", {"runs": runs[:4]})
    assert told("few", "score", "b", "a", "higher") == "cannot be told", "two seeds"


@pytest.mark.parametrize(("wrong", "words"), [
    ({"notebook": "06_cifar_dcgam"}, "06_cifar_dcgan"),
    ({"system": "cifar-dcgam"}, "cifar-dcgan"),
    ({"ours": {"r4-m2-g-totl": 1}}, "r4-m2-g-totl"),
    ({"notebook": "06_cifar_dcgan", "ours": {"r1-m1-total": 1}}, "no claim in this table"),
    ({"ours": {"r4-m2-g-total": np.zeros(3)}}, "must be a number or a text"),
])
def test_unknown_names_and_odd_numbers_are_refused(wrong, words):
    with pytest.raises(LabkitError, match=words):
        ledger.table(**wrong)


GOOD = {"claim": "r4-m2-training-time", "verdict": "differs", "ours": 412.5, "reason": "Measured here.",
        "source": "data/results/x.json#minutes"}


@pytest.mark.parametrize(("content", "problem"), [
    ('{"minutes": 412.5}', None),
    ('{"minutes": 412.6}', "says 412.6"),
    ('{"seconds": 1}', "KeyError"),
    (None, "FileNotFoundError"),
])
def test_a_source_that_says_something_else_is_noticed(tmp_path, monkeypatch, content, problem):
    monkeypatch.setenv("LABKIT_HOME", str(tmp_path))
    monkeypatch.setattr(ledger, "verdicts", lambda: {"x": ledger.Verdict(**GOOD)})
    if content is not None:
        (tmp_path / "data" / "results").mkdir(parents=True)
        (tmp_path / "data" / "results" / "x.json").write_text(content)
    found = ledger.stale()
    assert [problem in line for line in found] == ([True] if problem else [])


def test_the_claims_worth_reading_come_first_and_the_others_fold():
    table = ledger.table(notebook="02_cnn_lstm")
    page = table._repr_html_()
    assert page.index("r1-m3-added-cnn") < page.index("<details>") < page.index("r1-m2-total")
    assert f"docs/ledger.md: {len(table.rest)} claims" in str(table)
    for name in {row.notebook for row in ROWS}:
        first = [row for row in ledger.rows(notebook=name) if row.verdict.first]
        assert len(first) <= 6, name
        assert first or len(ledger.rows(notebook=name)) <= 6, name


def test_a_live_number_takes_the_place_of_the_recorded_one():
    def ours(value):
        table = ledger.table(system="cifar-dcgan", ours={"r4-m2-g-total": value}, every=True)
        return next(row[2] for row in table.rows if "r4-m2-g-total" in row[0])

    assert ours(1_439_168) == "1,439,168 parameters"
    assert ours(np.int64(1_439_169)) == "1,439,169 parameters (recorded: 1,439,168 parameters)"


def test_the_summary_counts():
    made = [dataclasses.replace(ROWS[0], verdict=dataclasses.replace(ROWS[0].verdict, verdict=state))
            for state in ("confirmed", "differs", "differs", "refuted")]
    assert ledger.summary([*made, dataclasses.replace(ROWS[0], verdict=None)]) == \
        "5 claims: 1 confirmed, 2 differ, 1 refuted, 1 open."
    assert ledger.summary(made[:1]) == "1 claim: 1 confirmed."


def test_the_command_prints_claims_verdicts_and_the_count():
    run = CliRunner().invoke(command, ["--notebook", "06_cifar_dcgan.ipynb"])
    assert ("r4-ten-classes" in run.output, "r4-m2-g-total" in run.output) == (True, False)
    assert "The others stand in docs/ledger.md" in run.output
    run = CliRunner().invoke(command, ["--notebook", "06_cifar_dcgan.ipynb", "--all"])
    assert "r4-m2-g-total" in run.output
    assert ledger.summary(ledger.rows(notebook="06_cifar_dcgan")) in run.output
    assert "[batch size" in " ".join(run.output.split())  # the reports' brackets are no markup


def test_the_page_in_docs_is_what_the_command_prints():
    result = CliRunner().invoke(command, ["--markdown"])
    page = (files.home() / "docs" / "ledger.md").read_text(encoding="utf-8")
    assert page == result.output, "write it again: labkit ledger --markdown > docs/ledger.md"
    lines = [line for line in page.splitlines() if line.startswith("|")]
    assert len(lines) == len(ROWS) + 2 * page.count("| --- | --- |\n") == len(ROWS) + 2 * page.count("| Claim |")
    assert {len(re.split(r"(?<!\\)\|", line)) for line in lines} == {8}  # whatever its text, a row has six cells
    assert page.count("<details>") == page.count("</details>") >= len(reports.NUMBERS)
    for target in set(re.findall(r"\]\(\.\./([^)]+)\)", page)):
        assert (files.home() / target).is_file(), target
