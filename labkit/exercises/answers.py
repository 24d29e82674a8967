"""Calling what students wrote, and telling them what went wrong in their own terms."""

import contextlib
import dis
import io
import linecache
import warnings

import numpy as np


class Mistake(Exception):
    """Ends the checks of an exercise: ``key`` names the hint, ``values`` fill its fields.

    The keys of ``GENERAL`` need no entry among an exercise's hints: they bring their text along.
    """

    GENERAL = ("raised", "nothing", "kind")

    def __init__(self, key, **values):
        super().__init__(key)
        self.key, self.values = key, values


def is_stub(answer) -> bool:
    """Tell whether an answer is untouched: None, ``...``, or a function with nothing but a docstring and ``...``."""
    if answer is None or answer is Ellipsis:
        return True
    code = getattr(answer, "__code__", None)
    return code is not None and _operations(code) == _operations(_stub.__code__) and not code.co_names


def _stub(value):
    ...


def _operations(code):
    # A docstring moves None to another place among the constants, so only the names of the operations are compared,
    # and what is returned.
    steps = [step for step in dis.get_instructions(code) if step.opname not in ("RESUME", "NOP", "CACHE")]
    return [step.opname for step in steps], [step.argval for step in steps if step.opname.endswith("CONST")]


def call(function, *arguments):
    """Call a student's function with copies of the arguments; return what it returns.

    Raises Mistake when it is no function, raises an error itself (with the line of the student's code), or returns
    None. What it prints and warns about is dropped: the outputs of a checked notebook must not depend on it.
    """
    if not callable(function):
        raise Mistake("kind", text=f"Expected a function, and this is {function!r:.60}. Pass its name without "
                                   "parentheses and arguments: the check calls it.")
    arguments = [argument.copy() if isinstance(argument, np.ndarray) else argument for argument in arguments]
    try:
        with (warnings.catch_warnings(), np.errstate(all="ignore"), contextlib.redirect_stdout(io.StringIO()),
              contextlib.redirect_stderr(io.StringIO())):
            warnings.simplefilter("ignore")
            value = function(*arguments)
    except Exception as error:  # a student's function may raise anything, and all of it is to be explained
        raise Mistake("raised", text=_explained(error, function, arguments)) from error
    if value is None:
        raise Mistake("nothing", text=f"{_name(function)} returns nothing: its last line needs `return`.")
    return value


def array(function, *arguments) -> np.ndarray:
    """Call a student's function and return its answer as an array of numbers; raises Mistake when it is none."""
    value = call(function, *arguments)
    try:
        result = np.asarray(value)
    except (TypeError, ValueError):
        result = None
    if result is None or not (np.issubdtype(result.dtype, np.number) or result.dtype == bool):
        raise Mistake("kind", text=f"{_name(function)} returns {value!r:.80}; expected an array of numbers.")
    return result


def number(function, *arguments) -> float:
    """Call a student's function and return its answer, one real number, as float; raises Mistake for anything else."""
    result = array(function, *arguments)
    if result.size != 1 or np.iscomplexobj(result):
        raise Mistake("kind", text=f"{_name(function)} returns an array of the shape {result.shape}; "
                                   "expected one number.")
    return float(result.reshape(()))


def integers(function, count, *arguments) -> tuple[int, ...]:
    """Call a student's function and return its answer: ``count`` whole numbers, in any nesting, flat."""
    value = call(function, *arguments)
    flat = _flat(value)
    if len(flat) != count or not all(isinstance(item, (int, float, np.number)) for item in flat):
        raise Mistake("kind", text=f"{_name(function)} returns {value!r:.80}; "
                                   f"expected {count} numbers in the order asked for.")
    return tuple(flat)


def _flat(value):
    if isinstance(value, (tuple, list, np.ndarray)):
        return [item for part in value for item in _flat(part)]
    return [value]


def _name(function):
    return f"{getattr(function, '__name__', 'your function')}()"


def _explained(error, function, arguments):
    """Say in which line of the student's code an error arose, and with which arguments."""
    file = getattr(getattr(function, "__code__", None), "co_filename", None)
    step, line = error.__traceback__, None
    while step is not None:
        if step.tb_frame.f_code.co_filename == file:  # the innermost line that is the student's own
            line = step.tb_lineno, linecache.getline(file, step.tb_lineno).strip()
        step = step.tb_next
    given = ", ".join(_brief(argument) for argument in arguments)
    words = " ".join(str(error).split())
    text = f"{_name(function)} raised {type(error).__name__} ({words:.200}). It was called with ({given})."
    if line is None:
        return text
    return f"{text} It stopped at line {line[0]} of its cell" + (f":\n      {line[1]}" if line[1] else ".")


def _brief(value):
    if isinstance(value, np.ndarray):
        return f"{value.dtype} array of the shape {value.shape}"
    if callable(value):  # its repr would hold an address, which differs from run to run
        return f"the function {getattr(value, '__name__', type(value).__name__)}"
    if isinstance(value, list) and any(isinstance(item, np.ndarray) for item in value):
        return f"[{', '.join(map(_brief, value))}]"
    return repr(value)
