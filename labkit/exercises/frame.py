"""The frame of the exercises: the texts, the verdicts, and what is printed."""

import functools
import importlib
import math
import numbers
import textwrap
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from labkit.errors import LabkitError
from labkit.exercises.answers import Mistake, is_stub

TEXTS = Path(__file__).parent
WIDTH = 100  # characters of a printed line


@dataclass(frozen=True)
class Exercise:
    """One exercise: "NN.k", notebook and number; what a right answer has shown; hints, whose fields in braces the
    ``Mistake`` fills; steps, called with the answers one after the other: right ones return, others raise ``Mistake``.
    """

    id: str
    title: str
    praise: str
    hints: dict[str, str]
    steps: tuple[Callable, ...]


@dataclass(frozen=True)
class Prediction:
    """One "predict before you run", "NN.pk". because: what the outcome teaches. choices: the possible answers; none
    asks for a number, in ``unit``, that counts as right within the factor ``close`` of the outcome."""

    id: str
    question: str
    because: str
    choices: tuple[str, ...] = ()
    unit: str = ""
    close: float = 1.25


@dataclass(frozen=True)
class Result:
    """What came of an answer: status "not attempted", "mistake" or "correct"; the hint's key, if any; the text."""

    status: str
    hint: str | None
    text: str = field(repr=False)


_STEPS: dict[str, tuple[Callable, ...]] = {}
_PREDICTED: dict[str, object] = {}


def exercise(id, *steps) -> None:
    """Register the checks of an exercise, whose texts are in nbNN.toml; see ``Exercise``."""
    _STEPS[id] = steps


@functools.cache
def _texts() -> dict[str, dict]:
    files = sorted(TEXTS.glob("nb*.toml"))
    return {id: text for file in files for id, text in tomllib.loads(file.read_text("utf-8")).items()}


def known() -> tuple[str, ...]:
    """Return the ids of all exercises and predictions, in order."""
    return tuple(sorted(_texts()))


def find(id, kind=None) -> Exercise | Prediction:
    """Return an exercise or a prediction; raises LabkitError when there is none, or, if asked for, none of the kind."""
    text = _texts().get(id) if isinstance(id, str) else None
    found = text and (Prediction if "question" in text else Exercise)
    if not text or kind not in (None, found):
        what = "exercise" if kind is Exercise else "prediction"
        ids = ", ".join(other for other in known() if ("question" in _texts()[other]) == (kind is Prediction))
        raise LabkitError(f"There is no {what} {id!r}. There are {ids}.")
    if found is Exercise:
        importlib.import_module(f"labkit.exercises.nb{id[:2]}")
        return Exercise(id, **text, steps=_STEPS[id])
    return Prediction(id, **text | {"choices": tuple(text.get("choices", ()))})


def check(id: str, *answers) -> None:
    """Print whether the answers to an exercise are right, and if not, a hint.

    id: "06.1", for example. answers: what the exercise asks for, functions or values, in its order. A stub (a function
    whose body is ``...``, or the value None or ...) counts as not attempted. Raises LabkitError for an unknown id only.
    """
    print(examine(id, *answers).text)


def examine(id: str, *answers) -> Result:
    """Do what ``check`` does, and return the result instead of printing it."""
    item = find(id, Exercise)
    if not answers or all(is_stub(answer) for answer in answers):
        return _result(item, "not attempted", None,
                       "not attempted yet. Put your answer in place of the dots (...) and run the cell again.")
    if missing := [_name(answer) for answer in answers if is_stub(answer)]:
        return _result(item, "mistake", "unfinished", f"not finished: {' and '.join(missing)} is still to be written.")
    try:
        for step in item.steps:
            step(*answers)
    except Mistake as mistake:
        hint = item.hints.get(mistake.key, "{text}").format(**mistake.values)
        return _result(item, "mistake", mistake.key, f"not yet: {hint}")
    return _result(item, "correct", None, f"correct. {item.praise}")


def _name(answer):
    return f"{answer.__name__}()" if callable(answer) else "an answer"


def _result(item, status, key, text):
    mark = {"not attempted": "○", "mistake": "✗", "correct": "✓"}[status]
    return Result(status, key, _paragraph(f"{mark} Exercise {item.id} ({item.title}): {text}"))


def _paragraph(text):
    """Wrap each line of the text; lines that begin with spaces are code and stay as they are."""
    lines = []
    for line in text.split("\n"):
        lines += [line] if line.startswith(" ") else textwrap.wrap(line, WIDTH, subsequent_indent="  ")
    return "\n".join(lines)


def predict(id: str, answer) -> None:
    """Note a prediction and print it. None or ... asks for one; a later call replaces an earlier one.

    answer: one of the choices, or a number. One that is neither is not noted, and the line says what is possible.
    Raises LabkitError for an unknown id only.
    """
    item = find(id, Prediction)
    _PREDICTED.pop(id, None)
    wanted = ("one of " + ", ".join(f'"{choice}"' for choice in item.choices) if item.choices
              else f"a number{f' ({item.unit})' if item.unit else ''}")
    if is_stub(answer):
        print(_paragraph(f"○ Prediction {id}: {item.question} Write {wanted}, before you run on."))
    elif (value := _prediction(item, answer)) is None:
        print(_paragraph(f"✗ Prediction {id}: {answer!r} is no possible answer. Write {wanted}."))
    else:
        _PREDICTED[id] = value
        print(_paragraph(f"● Prediction {id}: you say {_shown(item, value)}. Run on and see."))


def _prediction(item, answer):
    if item.choices:
        same = [choice for choice in item.choices if str(answer).strip().casefold() == choice.casefold()]
        return same[0] if same else None
    if isinstance(answer, numbers.Real) and not isinstance(answer, bool) and math.isfinite(answer):
        return float(answer)
    return None


def outcome(id: str, value) -> None:
    """Print what happened beside what was predicted.

    value: one of the prediction's choices, or the measured number. Raises LabkitError for an unknown id, and when the
    value is no possible outcome: that is a mistake of the notebook, not of the reader.
    """
    item = find(id, Prediction)
    happened = _prediction(item, value)
    if happened is None:
        raise LabkitError(f"{value!r} is no outcome of the prediction {id}. Expected "
                          + (f"one of {item.choices}." if item.choices else "a finite number."))
    said, shown = _PREDICTED.get(id), f"Prediction {id}: it is {_shown(item, happened)}"
    if said is None:
        text = f"○ {shown}. You made no prediction."
    elif said == happened or _near(item, said, happened):
        text = f"✓ {shown}, and you said {_shown(item, said)}."
    else:
        text = f"✗ {shown}; you said {_shown(item, said)}."
    print(_paragraph(f"{text} {item.because}"))


def _near(item, said, happened):
    return not item.choices and said * happened > 0 and 1 / item.close <= said / happened <= item.close


def _shown(item, value):
    if item.choices:
        return f'"{value}"'
    return f"{value:,.4g}{' ' + item.unit if item.unit else ''}"
