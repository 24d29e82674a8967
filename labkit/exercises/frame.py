"""The frame of the exercises: the texts, the verdicts, and what is printed."""

import functools
import importlib
import inspect
import json
import math
import numbers
import os
import textwrap
import tomllib
from collections import namedtuple
from pathlib import Path

from labkit.errors import LabkitError
from labkit.exercises.answers import Mistake, is_stub, name_of
from labkit.exercises.formula import STEPS

MARKS = {"not attempted": "○", "mistake": "✗", "correct": "✓"}

#: One exercise: "NN.k", notebook and number; what a right answer has shown; hints, whose fields in braces a ``Mistake``
#: fills; steps, called with the answers one after the other: right ones return, others raise ``Mistake``.
Exercise = namedtuple("Exercise", "id title praise hints steps")

#: One "predict before you run", "NN.pk". because: what the outcome teaches. choices: the possible answers; none asks
#: for a number, in ``unit``, that counts as right within the factor ``close`` of the outcome.
Prediction = namedtuple("Prediction", "id question because choices unit close", defaults=[(), "", 1.25])

#: What came of an answer: status "not attempted", "mistake" or "correct"; the hint's key, if any; the text.
Result = namedtuple("Result", "status hint text")

_PREDICTED = {}


@functools.cache
def _texts() -> dict[str, dict]:
    files = sorted(Path(__file__).parent.glob("nb*.toml"))
    return {id: text for file in files for id, text in tomllib.loads(file.read_text("utf-8")).items()}


def known() -> tuple[str, ...]:
    """Return the ids of all exercises and predictions, in order."""
    return tuple(sorted(_texts()))


def find(id, kind=None) -> Exercise | Prediction:
    """Return an exercise or a prediction; raises LabkitError when there is none, or, if asked for, none of the kind."""
    kinds = {other: Prediction if "question" in text else Exercise for other, text in _texts().items()}
    there = [other for other in known() if kind in (None, kinds[other])]
    if id not in there:
        raise LabkitError(f"There is no {(kind or Exercise).__name__.lower()} {id!r}. There are {', '.join(there)}.")
    if kinds[id] is Prediction:
        return Prediction(id, **_texts()[id])
    importlib.import_module(f"labkit.exercises.nb{id[:2]}")
    return Exercise(id, **_texts()[id], steps=STEPS[id])


def check(id: str, *answers) -> None:
    """Print whether the answers to an exercise ("06.1") are right, or a hint. answers: functions or values, in order;
    a stub (None, ``...``, a function of nothing else) is not attempted. Raises LabkitError only for an unknown id."""
    result = examine(id, *answers)
    if file := os.environ.get("LABKIT_RESULTS"):  # labkit grade
        with open(file, "a", encoding="utf-8") as results:
            results.write(json.dumps((id, result.status, result.hint)) + "\n")
    print(result.text)


def examine(id: str, *answers) -> Result:
    """Do what ``check`` does, and return the result instead of printing it."""
    item = find(id, Exercise)
    missing = [name_of(answer, "an answer") for answer in answers if is_stub(answer)]
    if len(missing) == len(answers):
        return _result(item, "not attempted", None,
                       "not attempted yet. Put your answer in place of the dots (...) and run the cell again.")
    wanted = list(inspect.signature(item.steps[0]).parameters)
    if len(answers) != len(wanted):
        return _result(item, "mistake", "count", f"it takes {len(wanted)} answer{'s' * (len(wanted) > 1)}, and you gave"
                       f' {len(answers)}. Type, with your own names:\n    exercises.check("{id}", {", ".join(wanted)})')
    if missing:
        return _result(item, "mistake", "unfinished", f"not finished: {' and '.join(missing)} is still to be written.")
    try:
        for step in item.steps:
            step(*answers)
    except Mistake as mistake:
        hint = item.hints.get(mistake.key, "{text}").format(**mistake.values)
        return _result(item, "mistake", mistake.key, f"not yet: {hint}")
    return _result(item, "correct", None, f"correct. {item.praise}")


def _result(item, status, key, text):
    return Result(status, key, _paragraph(f"{MARKS[status]} Exercise {item.id} ({item.title}): {text}"))


def _paragraph(text):
    """Wrap each line of the text; lines that begin with spaces are code and stay as they are."""
    return "\n".join(line if line.startswith(" ") else textwrap.fill(line, 100, subsequent_indent="  ")
                     for line in text.split("\n"))


def predict(id: str, answer) -> None:
    """Note a prediction and print it; a later call replaces an earlier one. answer: one of the choices or a number; for
    anything else the line says what is possible. Raises LabkitError for an unknown id only."""
    item = find(id, Prediction)
    value = _PREDICTED[id] = None if is_stub(answer) else _possible(item, answer)
    if is_stub(answer):
        text = f"○ Prediction {id}: {item.question} Write {_wanted(item)}, before you run on."
    elif value is None:
        text = f"✗ Prediction {id}: {answer!r} is no possible answer. Write {_wanted(item)}."
    else:
        text = f"● Prediction {id}: you say {_shown(item, value)}. Run on and see."
    print(_paragraph(text))


def _wanted(item):
    if item.choices:
        return "one of " + ", ".join(f'"{choice}"' for choice in item.choices)
    return f"a number ({item.unit})" if item.unit else "a number"


def _possible(item, answer):
    """Return the choice, or the number, that an answer is; None for any other."""
    if item.choices:
        return next((choice for choice in item.choices if choice.casefold() == str(answer).strip().casefold()), None)
    number = isinstance(answer, numbers.Real) and not isinstance(answer, bool) and math.isfinite(answer)
    return float(answer) if number else None


def outcome(id: str, value) -> None:
    """Print what happened beside what was predicted. value: one of the prediction's choices, or the measured number.
    Raises LabkitError for an unknown id or an impossible value: these are the notebook's mistakes, not the reader's."""
    item = find(id, Prediction)
    happened, said = _possible(item, value), _PREDICTED.get(id)
    if happened is None:
        raise LabkitError(f"{value!r} is no outcome of the prediction {id}. Expected {_wanted(item)}.")
    close = said is not None and not item.choices and said * happened > 0
    right = said == happened or (close and 1 / item.close <= said / happened <= item.close)
    you = ". You made no prediction." if said is None else f"{', and' if right else ';'} you said {_shown(item, said)}."
    mark = "○" if said is None else "✓" if right else "✗"
    print(_paragraph(f"{mark} Prediction {id}: it is {_shown(item, happened)}{you} {item.because}"))


def _shown(item, value):
    return f'"{value}"' if item.choices else f"{value:,.4g} {item.unit}".strip()
