"""Calling what students wrote, reading numbers in any form, and telling what went wrong in the student's own terms."""

import contextlib
import copy
import ctypes
import dis
import io
import numbers
import threading
import traceback
import warnings

import numpy as np

RTOL, ATOL = 1e-4, 1e-7  # float32 stays within these; whole numbers are compared exactly
SECONDS = 10  # that one call may take


class Mistake(Exception):
    """Ends the checks of an exercise: ``key`` names the hint, ``values`` fill its fields. The mistakes that any
    function can make bring their own ``text``, which a hint of the exercise's replaces."""

    def __init__(self, key, **values):
        super().__init__(key)
        self.key, self.values = key, values


def need(good, key: str, /, **values) -> None:
    """Raise ``Mistake(key, **values)`` unless an answer is ``good``."""
    if not good:
        raise Mistake(key, **values)


NOTHING = {"RESUME", "NOP", "LOAD_CONST", "RETURN_CONST", "RETURN_VALUE"}  # the steps of a function that does nothing


def is_stub(answer) -> bool:
    """Tell whether an answer is untouched: None, ``...``, or a function with nothing but a docstring and ``...``."""
    code = getattr(answer, "__code__", None)
    if code is None:
        return answer is None or answer is Ellipsis
    steps = {step.opname for step in dis.get_instructions(code)}
    return steps <= NOTHING and {*code.co_consts} <= {None, answer.__doc__}


def name_of(answer, otherwise="your function()") -> str:
    """Return how a message calls a student's answer."""
    name = getattr(answer, "__name__", "")
    return "your answer" if name == "<lambda>" else f"{name}()" if name else otherwise


def call(function, *arguments):
    """Call a student's function with copies of the arguments; return what it returns. Raises Mistake when it is no
    function, raises an error itself (with the line of the student's code), takes longer than ``SECONDS``, or returns
    None. What it prints and warns about is dropped: the outputs of a checked notebook must not depend on it."""
    need(callable(function), "kind", text=f"Expected a function, and this is {function!r:.60}. Pass its name without "
                                          "parentheses and arguments: the check calls it.")
    name, arguments = name_of(function), copy.deepcopy(arguments)
    try:
        with (warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()),
              contextlib.redirect_stderr(io.StringIO())):
            warnings.simplefilter("ignore")
            value = _in_time(function, arguments)
    except TimeoutError:
        raise Mistake("slow", text=f"{name} had not returned after {SECONDS:g} seconds and was stopped. It was called "
                                   f"with ({_listed(arguments)}). Does a loop never end?") from None
    except Exception as error:  # a student's function may raise anything, and all of it is to be explained
        raise Mistake("raised", text=_explained(error, function, arguments)) from error
    need(value is not None, "nothing", text=f"{name} returns nothing: its last line needs `return`.")
    return value


def _in_time(function, arguments):
    """Call the function in a thread of its own, and end that when time is up: so it works in any kernel and system."""
    came = {}

    def work():
        try:
            with np.errstate(all="ignore"):
                came["value"] = function(*arguments)
        except BaseException as error:  # noqa: BLE001 an interrupt, too: it is raised again where the check was called
            came["error"] = error

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        thread.join(SECONDS)
    finally:
        late = thread.is_alive()
        for _ in range(20):  # a first try may be lost in code that ignores what it raises
            if thread.is_alive():
                ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident), ctypes.py_object(SystemExit))
                thread.join(0.05)
    if late:
        raise TimeoutError
    if "error" in came:
        raise came["error"]
    return came["value"]


def array(function, *arguments, wanted="an array of numbers") -> np.ndarray:
    """Call a student's function and return its answer, of any library, as an array; raises Mistake when it is none."""
    value = call(function, *arguments)
    try:
        result = np.asarray(value)
        result = result.astype(float) if result.dtype == object else result  # fractions, decimals
    except (TypeError, ValueError, OverflowError):
        result = np.array("none")
    need(np.issubdtype(result.dtype, np.number) or result.dtype == bool, "kind",
         text=f"{name_of(function)} returns {value!r:.80}; expected {wanted}.")
    return result


def number(function, *arguments) -> float:
    """Call a student's function and return its answer, one real number, as float; raises Mistake for anything else."""
    result = array(function, *arguments, wanted="one number")
    need(result.size == 1 and not np.iscomplexobj(result), "kind",
         text=f"{name_of(function)} returns an array of the shape {result.shape}; expected one number.")
    return float(result.reshape(()))


def several(count):
    """Return a reader like ``number`` for answers of ``count`` numbers, in any nesting; it returns a flat tuple."""

    def read(function, *arguments):
        value = call(function, *arguments)
        found = flat(value)
        need(len(found) == count and all(isinstance(item, numbers.Real) for item in found), "kind",
             text=f"{name_of(function)} returns {value!r:.80}; expected {count} numbers in the order asked for.")
        return tuple(found)

    return read


def flat(value) -> list:
    """Return the items of nested tuples, lists and arrays in one list."""
    if isinstance(value, tuple | list):
        return [item for part in value for item in flat(part)]
    return np.asarray(value).ravel().tolist()


def close(said, right) -> bool:
    """Tell whether an answer has the right shape, but for axes of 1, and numbers: whole ones exactly, others nearly."""
    said, right = np.asarray(said), np.asarray(right)
    if said.squeeze().shape != right.squeeze().shape:  # Keras adds an axis for the batch, and one for the channels
        return False
    said = said.reshape(right.shape)
    if right.dtype.kind in "biu":
        return np.array_equal(said, right)
    largest = np.abs(right[np.isfinite(right)]).max(initial=0)
    return bool(np.allclose(said, right, rtol=RTOL, atol=ATOL + RTOL / 100 * largest, equal_nan=True))


def _explained(error, function, arguments):
    """Say in which line of the student's code an error arose, and with which arguments."""
    text = (f"{name_of(function)} raised {type(error).__name__} ({' '.join(str(error).split()):.200}). "
            f"It was called with ({_listed(arguments)}).")
    file = getattr(getattr(function, "__code__", None), "co_filename", None)
    own = [step for step in traceback.extract_tb(error.__traceback__) if step.filename == file]
    if not own:
        return text
    line = f":\n      {own[-1].line}" if own[-1].line else "."
    return f"{text} It stopped at line {own[-1].lineno} of its cell{line}"


def _listed(arguments):
    return ", ".join(_brief(argument) for argument in arguments)


def _brief(value):
    if isinstance(value, np.ndarray):
        return f"{value.dtype} array of the shape {value.shape}"
    if callable(value):  # its repr would hold an address, which differs from run to run
        return f"the function {getattr(value, '__name__', type(value).__name__)}"
    if isinstance(value, list) and any(isinstance(item, np.ndarray) for item in value):
        return f"[{_listed(value)}]"
    return repr(value)
