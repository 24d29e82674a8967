"""Equal rows of an array: found by hashing, worked through once."""

import dataclasses
import hashlib

import numpy as np


@dataclasses.dataclass(frozen=True)
class Groups:
    """Equal rows of an array: ``first`` (G,) the first of each group, ``group`` (N,) each row's group, ``count`` (G,).

    Groups are in order of their first row.
    """

    first: np.ndarray
    group: np.ndarray
    count: np.ndarray


class Picked:
    """Some rows of an array, in place of a copy of them: blocks are gathered when they are asked for."""

    def __init__(self, array: np.ndarray, index: np.ndarray):
        self.array, self.index = array, index
        self.shape = (len(index), array.shape[1])

    def __len__(self):
        return len(self.index)

    def __getitem__(self, rows):
        return self.array[self.index[rows]]


def equal_rows(x: np.ndarray) -> Groups:
    """Group the rows of ``x`` (N, …) that are equal number for number (0.0 equals -0.0)."""
    seen: dict[bytes, int] = {}
    group = np.empty(len(x), dtype=np.int64)
    first = []
    for number, row in enumerate(x):
        row = row + 0.0 if row.dtype.kind == "f" else np.ascontiguousarray(row)
        key = hashlib.blake2b(row, digest_size=16).digest()
        if key not in seen:
            seen[key] = len(first)
            first.append(number)
        group[number] = seen[key]
    return Groups(np.array(first), group, np.bincount(group))


def distinct(x: np.ndarray, groups: Groups):
    """Return one row of each group, without copying them."""
    return x if len(groups.first) == len(x) else Picked(x, groups.first)
