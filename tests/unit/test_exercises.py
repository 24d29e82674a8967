"""Exercises: solutions pass, stubs do not, typical mistakes get their own hints, and nothing ever stops a run."""

import runpy
import time
from pathlib import Path

import numpy as np
import pytest
import tensorflow

from labkit import exercises
from labkit.errors import LabkitError
from labkit.exercises import answers, frame
from labkit.exercises.formula import Formula

SOLUTIONS = Path(__file__).parent.parent / "solutions"
ANSWERS = {}
for _file in sorted(SOLUTIONS.glob("nb*.py")):
    ANSWERS |= runpy.run_path(str(_file))["ANSWERS"]
EXERCISES = [id for id in exercises.known() if isinstance(frame.find(id), frame.Exercise)]
PREDICTIONS = [id for id in exercises.known() if id not in EXERCISES]


def beside(solution):
    """Answers to a formula that no known mistake gives, by the key of the hint: other numbers, another shape."""
    return {"value": lambda *case: 1.37 * np.asarray(solution(*case)) + 0.1, "shape": lambda *case: np.zeros(7)}


def wrong_answers():
    """All (exercise, key of the hint, answers): the exercises' wrong formulas, misjudged letters, and others."""
    rows, formulas = [], [(id, step) for id in EXERCISES for step in frame.find(id).steps if isinstance(step, Formula)]
    for id, step in formulas:
        rows += [(id, key, formula) for key, several in step.wrong.items() for formula in several]
        rows += [(id, key, answer) for key, answer in beside(*ANSWERS[id]).items() if key in frame.find(id).hints]
    for id in EXERCISES:
        if "judged" in repr(frame.find(id).steps[0]):
            rows += [(id, letter, sorted(set(ANSWERS[id][0]) ^ {letter})) for letter in frame.find(id).hints]
            assert frame.examine(id, "xyz").hint == "letters"
    return rows + runpy.run_path(str(Path(__file__).parent / "wrong_answers.py"))["WRONG"]


WRONG = wrong_answers()


def stub(*arguments):
    """A stub with a docstring."""
    ...


def test_every_exercise_has_a_solution_and_every_notebook_a_prediction():
    assert set(ANSWERS) == set(EXERCISES)
    assert {id[:2] for id in PREDICTIONS} == {id[:2] for id in EXERCISES}


@pytest.mark.parametrize("id", EXERCISES)
def test_the_solution_passes_and_with_an_answer_more_or_less_comes_the_line_to_type(id, capsys):
    exercises.check(id, *ANSWERS[id])
    assert capsys.readouterr().out.startswith(f"✓ Exercise {id}")
    for given in ([*ANSWERS[id], 1], ANSWERS[id][:-1])[:len(ANSWERS[id])]:
        result = exercises.examine(id, *given)
        assert (result.hint, result.text.splitlines()[-1].count(",")) == ("count", len(ANSWERS[id])), result.text


@pytest.mark.parametrize("id", EXERCISES)
def test_the_stub_is_not_attempted(id):
    count = len(ANSWERS[id])
    for stubs in ([stub] * count, [None] * count, [...] * count, [], [lambda *a: None] * count):
        result = exercises.examine(id, *stubs)
        assert result.status == "not attempted"
        assert result.text.startswith(f"○ Exercise {id}")


@pytest.mark.parametrize("number", range(len(WRONG)), ids=lambda i: f"{WRONG[i][0]} {WRONG[i][1]}")
def test_a_typical_mistake_gets_its_hint(number):
    id, key, *given = WRONG[number]
    result = exercises.examine(id, *given)
    assert (result.status, result.hint) == ("mistake", key), result.text
    assert "{" not in result.text
    assert all(len(line) <= 100 for line in result.text.splitlines())
    if number == [row[0] for row in WRONG].index(id) and id != "09.2":  # twice the same; 09.2: two hundred rooms a time
        assert exercises.examine(id, *given).text == result.text


@pytest.mark.parametrize("id", EXERCISES)
def test_hints_are_distinct_and_all_of_them_can_be_met(id):
    hints = frame.find(id).hints
    assert len(set(hints.values())) == len(hints) >= 2
    assert set(hints) <= {key for other, key, *_ in WRONG if other == id}


FORMS = {
    "tensor": tensorflow.constant,
    "list": lambda value: np.asarray(value).tolist(),
    "float32": lambda value: np.asarray(value).astype("float32") if np.asarray(value).dtype == "float64" else value,
    "axes": lambda value: np.asarray(value)[None, ..., None] if np.asarray(value).dtype == "float64" else value,
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
@pytest.mark.parametrize("id", [id for id in EXERCISES if id not in ("00.1", "00.2", "01.2", "06.2", "07.1", "15.1")
                                and all(map(callable, ANSWERS[id]))])
def test_an_answer_may_come_in_any_form(id, form):
    """Tensors, numbers, tuples; 00 asks for types, 01.2 and 06.2 for several, 07.1 and 15.1 for Python's own values."""
    def answer(*case):
        value = ANSWERS[id][0](*case)
        return tuple(map(form, value)) if isinstance(value, tuple) else form(value)

    result = exercises.examine(id, answer)
    assert result.status == "correct", result.text


@pytest.mark.parametrize("id", EXERCISES)
def test_nothing_that_is_returned_ends_in_an_error(id):
    for value in ("abc", 1j, -10**30, np.nan, {1}, [[1], [2, 3]], np.zeros(0), (1, "b"), np.zeros((2, 3), bool),
                  object(), (None, None), ((1, 2, 3), 4), [(np.inf, 1, 2)], np.array(["a"]), np.ma.masked):
        assert exercises.examine(id, *[lambda *given, value=value: value] * len(ANSWERS[id])).status == "mistake"


def broken(logits):
    probability = 1 / (1 + np.exp(-logits))
    return helper(probability)


def helper(value):
    return value.men()


def test_an_error_is_explained_with_the_students_line():
    text = exercises.examine("06.2", *ANSWERS["06.2"][:2], broken).text
    assert "AttributeError" in text
    assert "return value.men()" in text
    assert f"line {helper.__code__.co_firstlineno + 1} of its cell" in " ".join(text.split())
    assert "float32 array of the shape (60, 100)" in " ".join(text.split())
    assert __file__ not in text


def test_a_loop_without_end_is_stopped(monkeypatch):
    monkeypatch.setattr(answers, "SECONDS", 0.2)
    turns = []

    def endless(logits):
        while True:
            turns.append(len(turns))
            time.sleep(0.001)

    text = " ".join(exercises.examine("06.2", *ANSWERS["06.2"][:2], endless).text.split())
    assert "endless() had not returned after 0.2 seconds and was stopped. It was called with (float32 array" in text
    time.sleep(0.1)
    count = len(turns)
    time.sleep(0.1)
    assert len(turns) == count


def test_an_interrupt_is_not_swallowed():
    def stopped(logits):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        exercises.examine("06.2", *ANSWERS["06.2"][:2], stopped)


def test_what_a_student_prints_or_warns_does_not_reach_the_output(capfd):
    def noisy(logits):
        print("debug")
        np.log(np.float32(-1))
        return np.logaddexp(0, -logits).mean()

    exercises.check("06.2", *ANSWERS["06.2"][:2], noisy)
    out, err = capfd.readouterr()
    assert "debug" not in out
    assert err == ""


def test_arguments_are_copies():
    def greedy(counts, sums, squares):
        sums[0][:] = 0
        return sums.sum(0) / counts.sum(), squares.sum(0) / counts.sum()

    assert exercises.examine("14.1", greedy).status == "mistake"
    assert exercises.examine("14.1", *ANSWERS["14.1"]).status == "correct"


def test_unknown_ids_name_the_known():
    for function, id, words in ((exercises.check, "06.9", r"no exercise '06\.9'. There are .*06\.1"),
                                (exercises.predict, "06.1", r"no prediction '06\.1'. There are .*06\.p1")):
        with pytest.raises(LabkitError, match=words):
            function(id, 1)


def said(capsys, function, *arguments):
    function(*arguments)
    return " ".join(capsys.readouterr().out.split())


def test_a_prediction_is_noted_and_compared(capsys):
    assert "1.5 nats" in said(capsys, exercises.predict, "06.p1", 1.5)
    text = said(capsys, exercises.outcome, "06.p1", 1.39)
    assert text.startswith("✓ Prediction 06.p1: it is 1.39 nats, and you said 1.5 nats.")
    for wrong in (0.7, -1.39):
        exercises.predict("06.p1", wrong)
        assert said(capsys, exercises.outcome, "06.p1", 1.39).count("✗") == 1
    exercises.predict("00.p1", " Nothing ")  # whatever its case
    assert "✗ Prediction 00.p1: it is \"a patch\"; you said \"nothing\"" in said(
        capsys, exercises.outcome, "00.p1", "a patch")


@pytest.mark.parametrize("id", PREDICTIONS)
def test_no_prediction_breaks_nothing(id, capsys):
    item = frame.find(id)
    happened = item.choices[0] if item.choices else 2.0
    for nothing in (None, ...):
        exercises.predict(id, happened)
        assert item.question in said(capsys, exercises.predict, id, nothing).replace("● ", "")
        assert "You made no prediction" in said(capsys, exercises.outcome, id, happened)


@pytest.mark.parametrize(("id", "answer"), [("06.p1", "much"), ("06.p1", True), ("06.p1", float("nan")), ("00.p1", 3),
                                            ("06.p1", np.zeros(3))])
def test_an_impossible_prediction_is_refused_in_words(id, answer, capsys):
    assert "no possible answer. Write" in said(capsys, exercises.predict, id, answer)
    with pytest.raises(LabkitError, match="no outcome"):
        exercises.outcome(id, answer)


def test_a_seed_of_the_whole_programs_tensorflow_is_noticed():
    def sample(n, dim, seed):
        tensorflow.random.set_seed(seed)
        return tensorflow.random.normal((n, dim))

    assert frame.examine("00.2", sample).hint == "global"
