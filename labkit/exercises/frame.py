"""The frame of the exercises: the registry, the verdicts, and what is printed."""

import importlib
import math
import numbers
import pkgutil
import re
import textwrap
from collections.abc import Callable
from dataclasses import dataclass, field

from labkit.errors import LabkitError
from labkit.exercises.answers import Mistake, is_stub

WIDTH = 100  # characters of a printed line


@dataclass(frozen=True)
class Exercise:
    """One exercise.

    id: "NN.k", notebook and number. title: a few words.
    checks: called with the answers; returns None when they are right, or the key of a hint, or raises ``Mistake``.
    hints: key -> text. A text may hold fields in braces, which ``Mistake(key, field=value)`` fills.
    praise: what a right answer has shown, in a sentence.
    """

    id: str
    title: str
    checks: Callable
    hints: dict[str, str]
    praise: str


@dataclass(frozen=True)
class Prediction:
    """One "predict before you run".

    id: "NN.pk". question: what is asked, in one sentence.
    choices: the possible answers; None asks for a number, in ``unit``.
    close: a guessed number within this factor of the outcome counts as right (1.25: 25 % off).
    because: what the outcome teaches, printed with it.
    """

    id: str
    question: str
    because: str
    choices: tuple[str, ...] | None = None
    unit: str = ""
    close: float = 1.25


@dataclass(frozen=True)
class Result:
    """What came of an answer: status "not attempted", "mistake" or "correct"; the hint's key, if any; the text."""

    status: str
    hint: str | None
    text: str = field(repr=False)


_REGISTRY: dict[str, Exercise | Prediction] = {}
_PREDICTED: dict[str, object] = {}


def exercise(id, title, hints, praise):
    """Register the decorated function as the checks of an exercise; see ``Exercise``."""

    def register(checks):
        _add(Exercise(id, title, checks, hints, praise))
        return checks

    return register


def prediction(id, question, because, **options) -> Prediction:
    """Register and return a ``Prediction``."""
    return _add(Prediction(id, question, because, **options))


def _add(item):
    if item.id in _REGISTRY:
        raise ValueError(f"two exercises are called {item.id}")
    _REGISTRY[item.id] = item
    return item


def known() -> tuple[str, ...]:
    """Return the ids of all exercises and predictions, in order."""
    for module in pkgutil.iter_modules(importlib.import_module("labkit.exercises").__path__):
        if re.fullmatch(r"nb\d\d", module.name):
            importlib.import_module(f"labkit.exercises.{module.name}")
    return tuple(sorted(_REGISTRY))


def _find(id, kind):
    if isinstance(id, str) and id not in _REGISTRY and re.fullmatch(r"\d\d\.\w+", id):
        name = f"labkit.exercises.nb{id[:2]}"
        if importlib.util.find_spec(name):
            importlib.import_module(name)
    item = _REGISTRY.get(id) if isinstance(id, str) else None
    if not isinstance(item, kind):
        what = "exercise" if kind is Exercise else "prediction"
        ids = ", ".join(i for i in known() if isinstance(_REGISTRY[i], kind))
        raise LabkitError(f"There is no {what} {id!r}. There are {ids}.")
    return item


def check(id: str, *answers) -> None:
    """Print whether the answers to an exercise are right, and if not, a hint.

    id: "06.1", for example. answers: what the exercise asks for, functions or values, in its order. A stub (a function
    whose body is ``...``, or the value None or ...) counts as not attempted. Raises LabkitError for an unknown id only.
    """
    print(examine(id, *answers).text)


def examine(id: str, *answers) -> Result:
    """Do what ``check`` does, and return the result instead of printing it."""
    item = _find(id, Exercise)
    if not answers or all(is_stub(answer) for answer in answers):
        return _result(item, "not attempted", None,
                       "not attempted yet. Put your answer in place of the dots (...) and run the cell again.")
    if missing := [_name(answer) for answer in answers if is_stub(answer)]:
        return _result(item, "mistake", "unfinished", f"not finished: {' and '.join(missing)} is still to be written.")
    try:
        key, values = item.checks(*answers), {}
    except Mistake as mistake:
        key, values = mistake.key, mistake.values
    if key is None:
        return _result(item, "correct", None, f"correct. {item.praise}")
    text = values["text"] if key in Mistake.GENERAL else item.hints[key].format(**values)
    return _result(item, "mistake", key, f"not yet: {text}")


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
    item = _find(id, Prediction)
    _PREDICTED.pop(id, None)
    wanted = ("one of " + ", ".join(f'"{choice}"' for choice in item.choices) if item.choices
              else f"a number{f' ({item.unit})' if item.unit else ''}")
    if is_stub(answer):
        print(_paragraph(f"○ Prediction {id}: {item.question} Write {wanted}, before you run on."))
        return
    value = _prediction(item, answer)
    if value is None:
        print(_paragraph(f"✗ Prediction {id}: {answer!r} is no possible answer. Write {wanted}."))
        return
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
    item = _find(id, Prediction)
    happened = _prediction(item, value)
    if happened is None:
        raise LabkitError(f"{value!r} is no outcome of the prediction {id}. Expected "
                          + (f"one of {item.choices}." if item.choices else "a finite number."))
    said = _PREDICTED.get(id)
    shown = _shown(item, happened)
    if said is None:
        text = f"○ Prediction {id}: it is {shown}. You made no prediction."
    elif _right(item, said, happened):
        text = f"✓ Prediction {id}: it is {shown}, and you said {_shown(item, said)}."
    else:
        text = f"✗ Prediction {id}: it is {shown}; you said {_shown(item, said)}."
    print(_paragraph(f"{text} {item.because}"))


def _right(item, said, happened):
    if item.choices:
        return said == happened
    if said * happened <= 0:
        return said == happened
    return 1 / item.close <= said / happened <= item.close


def _shown(item, value):
    if item.choices:
        return f'"{value}"'
    return f"{value:,.4g}{' ' + item.unit if item.unit else ''}"
