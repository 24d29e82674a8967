"""Exercises: solutions pass, stubs do not, typical mistakes get their own hints, and nothing ever stops a run."""

import runpy
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from labkit import exercises
from labkit.errors import LabkitError
from labkit.exercises import frame

SOLUTIONS = Path(__file__).parent.parent / "solutions"
ANSWERS, WRONG = {}, runpy.run_path(str(Path(__file__).parent / "wrong_answers.py"))["WRONG"]
for _file in sorted(SOLUTIONS.glob("nb*.py")):
    ANSWERS |= runpy.run_path(str(_file))["ANSWERS"]
EXERCISES = [id for id in exercises.known() if isinstance(frame._REGISTRY[id], exercises.Exercise)]
PREDICTIONS = [id for id in exercises.known() if id not in EXERCISES]


def stub(*arguments):
    """A stub with a docstring."""
    ...


def test_every_exercise_has_a_solution_and_wrong_answers():
    assert set(ANSWERS) == set(WRONG) == set(EXERCISES)
    assert {id[:2] for id in PREDICTIONS} == {id[:2] for id in EXERCISES}


@pytest.mark.parametrize("id", EXERCISES)
def test_the_solution_passes(id, capsys):
    result = exercises.examine(id, *ANSWERS[id])
    assert result.status == "correct", result.text
    exercises.check(id, *ANSWERS[id])
    assert capsys.readouterr().out == result.text + "\n"


@pytest.mark.parametrize("id", EXERCISES)
def test_the_stub_is_not_attempted(id):
    count = len(ANSWERS[id])
    for stubs in ([stub] * count, [None] * count, [...] * count, [], [lambda *a: None] * count):
        result = exercises.examine(id, *stubs)
        assert result.status == "not attempted"
        assert result.text.startswith(f"○ Exercise {id}")


@pytest.mark.parametrize(("id", "number"), [(id, i) for id in EXERCISES for i in range(len(WRONG[id]))])
def test_a_typical_mistake_gets_its_hint(id, number):
    key, answers = WRONG[id][number]
    result = exercises.examine(id, *answers)
    assert (result.status, result.hint) == ("mistake", key), result.text
    assert "{" not in result.text
    assert all(len(line) <= 100 for line in result.text.splitlines())


@pytest.mark.parametrize("id", EXERCISES)
def test_hints_are_distinct_and_all_of_them_can_be_met(id):
    hints = frame._REGISTRY[id].hints
    assert len(set(hints.values())) == len(hints) >= 2
    assert set(hints) <= {key for key, _ in WRONG[id]}


@pytest.mark.parametrize("id", EXERCISES)
def test_the_same_answer_gets_the_same_words(id):
    for _, answers in [(None, ANSWERS[id]), *WRONG[id]]:
        assert exercises.examine(id, *answers).text == exercises.examine(id, *answers).text


def broken(logits):
    probability = 1 / (1 + np.exp(-logits))
    return helper(probability)


def helper(value):
    return value.men()


def test_an_error_is_explained_with_the_students_line():
    text = exercises.examine("06.2", broken).text
    assert "AttributeError" in text
    assert "return value.men()" in text
    assert f"line {helper.__code__.co_firstlineno + 1} of its cell" in " ".join(text.split())
    assert "float32 array of the shape (4, 1)" in text
    assert __file__ not in text


def test_an_interrupt_is_not_swallowed():
    def stopped(logits):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        exercises.examine("06.2", stopped)


def test_what_a_student_prints_or_warns_does_not_reach_the_output(capfd):
    def noisy(logits):
        print("debug")
        np.log(np.float32(-1))
        return np.logaddexp(0, -logits).mean()

    exercises.check("06.2", noisy)
    out, err = capfd.readouterr()
    assert "debug" not in out
    assert err == ""


def test_arguments_are_copies():
    def greedy(images):
        images[:] = 0
        return images.astype("float32")

    assert exercises.examine("00.1", greedy, greedy).status == "mistake"
    assert exercises.examine("00.1", *ANSWERS["00.1"]).status == "correct"


def test_unknown_ids_name_the_known():
    with pytest.raises(LabkitError, match=r"06\.1"):
        exercises.check("06.9", 1)
    with pytest.raises(LabkitError, match=r"no exercise '99\.1'"):
        exercises.check("99.1", 1)
    with pytest.raises(LabkitError, match="no exercise"):
        exercises.check("06.p1", 1)
    with pytest.raises(LabkitError, match=r"no prediction .*06\.p1"):
        exercises.predict("06.1", 1)
    with pytest.raises(LabkitError, match="no exercise 6"):
        exercises.check(6, 1)


def said(capsys, function, *arguments):
    function(*arguments)
    return " ".join(capsys.readouterr().out.split())


def test_a_prediction_is_noted_and_compared(capsys):
    assert "1.5 nats" in said(capsys, exercises.predict, "06.p1", 1.5)
    text = said(capsys, exercises.outcome, "06.p1", 1.39)
    assert text.startswith("✓ Prediction 06.p1: it is 1.39 nats, and you said 1.5 nats.")
    exercises.predict("06.p1", 0.7)
    assert said(capsys, exercises.outcome, "06.p1", 1.39).count("✗") == 1
    exercises.predict("06.p1", -1.39)
    assert "✗" in said(capsys, exercises.outcome, "06.p1", 1.39)


def test_a_choice_is_noted_whatever_its_case(capsys):
    exercises.predict("00.p1", " Nothing ")
    assert "✗ Prediction 00.p1: it is \"a patch\"; you said \"nothing\"" in said(
        capsys, exercises.outcome, "00.p1", "a patch")
    exercises.predict("00.p1", "a patch")
    assert "✓" in said(capsys, exercises.outcome, "00.p1", "a patch")


@pytest.mark.parametrize("id", PREDICTIONS)
def test_no_prediction_breaks_nothing(id, capsys):
    item = frame._REGISTRY[id]
    happened = item.choices[0] if item.choices else 2.0
    for nothing in (None, ...):
        exercises.predict(id, 1.0 if item.choices is None else item.choices[0])
        assert item.question in said(capsys, exercises.predict, id, nothing).replace("● ", "")
        assert "You made no prediction" in said(capsys, exercises.outcome, id, happened)


@pytest.mark.parametrize(("id", "answer"), [("06.p1", "much"), ("06.p1", True), ("06.p1", float("nan")), ("00.p1", 3),
                                            ("06.p1", np.zeros(3))])
def test_an_impossible_prediction_is_refused_in_words(id, answer, capsys):
    assert "no possible answer. Write" in said(capsys, exercises.predict, id, answer)
    with pytest.raises(LabkitError, match="no outcome"):
        exercises.outcome(id, answer)


def test_an_id_cannot_be_taken_twice():
    with pytest.raises(ValueError, match="two exercises"):
        frame.prediction("06.p1", "again?", "no")


def test_the_transposed_convolutions_are_keras_own():
    """The checks' formula against the layer itself."""
    from labkit.device import quiet_tensorflow

    quiet_tensorflow()
    import keras

    from labkit.exercises import nb06

    for shape, filters, kernel, stride, use_bias in nb06._LAYERS:
        layer = keras.layers.Conv2DTranspose(filters, kernel, stride, padding="same", use_bias=use_bias)
        layer.build((None, *shape))
        assert (*layer.compute_output_shape((None, *shape))[1:], layer.count_params()) == nb06._output(
            shape, filters, kernel, stride, use_bias)


def test_the_steps_are_labkits_own():
    from labkit.exercises import nb06
    from labkit.training import order

    for images, batch, epochs in nb06._TRAININGS:
        assert nb06._bill(images, batch, epochs)[0] == order.steps_per_epoch(images, batch)


def test_the_import_brings_neither_tensorflow_nor_matplotlib():
    code = ("import sys; from labkit import exercises; exercises.known(); "
            "assert not {'tensorflow', 'keras', 'matplotlib'} & set(sys.modules)")
    subprocess.run([sys.executable, "-c", code], check=True)
