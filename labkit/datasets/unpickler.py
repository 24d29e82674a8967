"""Reading a pickle that a stranger made, without running what it says.

A pickle is a little program: it may name any function and call it. CIFAR-10's official files are pickles of plain
values and uint8 arrays, so only these are understood here. NumPy's own classes are never called with what the file
says: two small classes take their place and check every number before an array is made.
"""

import pickle

import numpy as np

from labkit.errors import LabkitError


class _Dtype:
    """Stands for numpy.dtype; knows uint8 alone."""

    def __init__(self, code, *_):
        self.code = code

    def __setstate__(self, state):
        """Byte order and alignment: nothing that matters for bytes."""


class _Array:
    """Stands for numpy.ndarray while the file is read."""

    value = None

    def __setstate__(self, state):
        _, shape, dtype, fortran, data = state
        if not isinstance(dtype, _Dtype) or dtype.code not in ("u1", b"u1", "|u1", b"|u1"):
            raise pickle.UnpicklingError("an array that does not hold uint8")
        if fortran or not isinstance(data, bytes):
            raise pickle.UnpicklingError("an array in an order that CIFAR-10's files do not use")
        self.value = np.frombuffer(data, np.uint8).reshape(shape)


def _reconstruct(*_):
    return _Array()


def _encode(text, encoding="latin1"):
    """Python 3 writes bytes in protocol 2 as text to be encoded."""
    if encoding not in ("latin1", b"latin1"):
        raise pickle.UnpicklingError("text in an encoding that CIFAR-10's files do not use")
    return text.encode("latin1")


_KNOWN = {
    ("numpy.core.multiarray", "_reconstruct"): _reconstruct,
    ("numpy._core.multiarray", "_reconstruct"): _reconstruct,
    ("numpy", "ndarray"): _Array,
    ("numpy", "dtype"): _Dtype,
    ("_codecs", "encode"): _encode,
}


class _Restricted(pickle.Unpickler):
    def find_class(self, module, name):
        try:
            return _KNOWN[module, name]
        except KeyError:
            raise pickle.UnpicklingError(f"it asks for {module}.{name}, which no image file needs") from None


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

    Returns a dict with str keys; byte strings become str (latin1), arrays are read-only uint8 arrays.
    Raises LabkitError when the file is truncated, is no pickle, asks for anything else (a function to call, an
    object array), or holds no dictionary. Nothing that the file names is imported or called.
    """
    try:
        with open(path, "rb") as file:
            record = _Restricted(file, encoding="bytes").load()
        if not isinstance(record, dict):
            raise pickle.UnpicklingError("it holds no dictionary")
        return {_plain(key): _plain(value) for key, value in record.items()}
    except (pickle.UnpicklingError, EOFError, ValueError, TypeError, AttributeError, IndexError, KeyError,
            ImportError, MemoryError, OverflowError, UnicodeError) as error:
        # The C unpickler meets a damaged stream with almost any of these.
        raise LabkitError(f"{path} is not one of CIFAR-10's files, or was cut short: {error}.") from error
