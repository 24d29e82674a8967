"""Benchmarks: runs resume, differences are paired by seed, and what they take from notebooks defines the names."""

import arms
import lesson
import pytest

from labkit import metrics
from labkit.training import results


def test_runs_resume_and_are_compared_at_equal_seeds(tmp_path, monkeypatch):
    monkeypatch.setenv("LABKIT_HOME", str(tmp_path))
    trained = []

    def train(arm, seed):
        trained.append((arm, seed))
        return [{"steps": half, "score": 10.0 * seed + half + (arm == "new") * (2 + 0.1 * seed)} for half in (1, 2)]

    def run(seeds, steps):
        return arms.run("few", ("old", "new"), seeds, train, {"steps": steps}, "what", floor=1)

    assert arms.compare(run(1, 2), "score", "new", "old") == {"mean": 2.0, "low": None, "high": None, "seeds": 1}
    runs = run(3, 2)
    assert len(trained) == 6
    assert results.read("few")["runs"] == runs
    found = arms.compare(runs, lambda row: row["score"], "new", "old")
    assert (found["mean"], found["seeds"]) == (pytest.approx(2.1), 3)
    assert found["low"] == pytest.approx(2.1 - 4.303 * 0.1 / 3**0.5, abs=1e-3)  # Student's t, two degrees of freedom
    told = metrics.compare({1: 2.0, 0: 1.0, 7: 9.9}, {0: 0.0, 1: 1.2})  # seed 7 has no partner
    assert f"{told:+6.1f}" == "  +0.9 (-0.4 to +2.2): cannot be told"
    assert [metrics.compare([one, one], [0, 0]).verdict for one in (1.0, -1.0)] == ["higher", "lower"]
    run(1, 4)  # other settings: nothing of it counts
    assert len(trained) == 8


@pytest.mark.parametrize(("number", "names"), [
    (3, "STATED split_by_photo suggest train squared_error Report DEFAULT convolutional"),
    (4, "networks make_step train ring points play coverage informed"),
    (7, "no_digits eleven read"),
    (12, "PLANS load learn train settled translate named framed accuracy"),
    (14, "free_addresses start ARMS networks grown reached known"),
])
def test_a_notebooks_definitions_stand_alone(number, names):
    found = lesson.load(number)
    assert [name for name in names.split() if not hasattr(found, name)] == []
