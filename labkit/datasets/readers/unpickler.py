"""Reading a pickle that a stranger made, without running what it says.

A pickle is a little program: it may name any function and call it. CIFAR-10's official files are pickles of plain
values and uint8 arrays, so only these are understood here. NumPy's own classes are never called with what the file
says: small stand-ins take their place and check every value before an array is made.
"""

import math
import pickle

import numpy as np

from labkit.datasets.readers.damage import DamagedFile, what


class _Dtype:
    """Stands for an instance of numpy.dtype."""

    def __init__(self, code):
        self.code = code.decode("latin1") if isinstance(code, bytes) else code

    def __setstate__(self, state):
        """Byte order and alignment: nothing that matters for bytes."""


class _Array:
    """Stands for an instance of numpy.ndarray while the file is read."""

    value = None

    def __setstate__(self, state):
        _, shape, dtype, fortran, data = state
        if not isinstance(dtype, _Dtype) or dtype.code not in ("u1", "|u1"):
            raise pickle.UnpicklingError("an array that does not hold uint8")
        if fortran or not isinstance(data, bytes) or math.prod(shape) != len(data):
            raise pickle.UnpicklingError("an array whose shape does not fit its bytes")
        self.value = np.frombuffer(data, np.uint8).reshape(shape)


class _Call:
    """A function that a file may call; a file cannot change it."""

    __slots__ = ("_function",)

    def __init__(self, function):
        self._function = function

    def __call__(self, *arguments):
        return self._function(*arguments)

    def __setstate__(self, state):
        raise pickle.UnpicklingError("it tries to change a function")


def _encode(text, encoding="latin1"):
    """Python 3 writes bytes in protocol 2 as a text to be encoded."""
    if encoding not in ("latin1", b"latin1"):
        raise pickle.UnpicklingError("text in an encoding that CIFAR-10's files do not use")
    return text.encode("latin1")


_RECONSTRUCT = _Call(lambda *_: _Array())
_KNOWN = {
    ("numpy.core.multiarray", "_reconstruct"): _RECONSTRUCT,
    ("numpy._core.multiarray", "_reconstruct"): _RECONSTRUCT,
    ("numpy", "ndarray"): "ndarray",  # only ever handed to _reconstruct, which does not look at it
    ("numpy", "dtype"): _Call(lambda code, *_: _Dtype(code)),
    ("_codecs", "encode"): _Call(_encode),
}


class _Restricted(pickle.Unpickler):
    def find_class(self, module, name):
        try:
            return _KNOWN[module, name]
        except KeyError:
            raise pickle.UnpicklingError(f"it asks Python to call {module}.{name}, which pictures never need") from None


def _plain(value):
    if isinstance(value, _Array):
        return value.value
    if isinstance(value, bytes):
        return value.decode("latin1")
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value


def load(path) -> dict:
    """Read a pickled dictionary of numbers, texts, lists and uint8 arrays.

    Returns a dict; byte strings become str (latin1), arrays are read-only uint8 arrays.
    Raises DamagedFile when the file is truncated, is no pickle, asks for anything else (a function to call, another
    kind of array), or holds no dictionary. Nothing that the file names is imported or called.
    """
    try:
        with open(path, "rb") as file:
            record = _Restricted(file, encoding="bytes").load()
        if not isinstance(record, dict):
            raise pickle.UnpicklingError("it holds no dictionary")
        return {_plain(key): _plain(value) for key, value in record.items()}
    except (pickle.UnpicklingError, EOFError, ValueError, TypeError, AttributeError, LookupError, ImportError,
            MemoryError, OverflowError, RecursionError) as error:
        # The C unpickler meets a damaged stream with almost any of these.
        kind = what(path)
        reason = f"it is {kind}" if "pickle" not in kind else str(error)
        raise DamagedFile(f"{path} is not one of CIFAR-10's files, or was cut short: {reason}.") from error
