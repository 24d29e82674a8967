"""Exercises of 07_svhn_gan: kernels from counts, SVHN's arrays, when a curve has settled."""

import numbers

import numpy as np

from labkit.exercises.answers import Mistake, call, flat, need
from labkit.exercises.formula import Formula
from labkit.exercises.frame import exercise

# (parameters, channels in, filters) and what fits: rows of the report's two tables, and three more.
_ROWS = [
    ((819_200, 256, 128), (5, False)),
    ((4_800, 64, 3), (5, False)),
    ((4_864, 3, 64), (5, True)),
    ((409_728, 128, 128), (5, True)),
    ((9_248, 32, 32), (3, True)),
    ((1_024, 16, 64), (1, False)),
    ((5_000, 3, 64), None),
    ((6_208, 3, 64), None),  # 9.83 squared: a square root that is rounded finds 10
]


def _kernel(value):
    """Return an answer as (kernel, bias) or None; raises Mistake for anything else."""
    parts = flat(value)
    if parts == ["none"]:
        return None
    if len(parts) != 2 or not all(isinstance(part, numbers.Real) for part in parts):
        raise Mistake("kind", text=f"kernel_of() returns {value!r:.60}; expected (kernel, bias), for instance "
                                   "(5, False), or \"none\".")
    return parts[0], bool(parts[1])


def _kernel_from_count(kernel_of):
    """kernel_of(count, channels, filters) -> (kernel, bias) of a square convolution, or "none" where nothing fits."""
    answers = [_kernel(call(kernel_of, *case)) for case, _ in _ROWS]
    for (case, right), answer in zip(_ROWS, answers, strict=True):
        if answer == right:
            continue
        named = dict(zip(("count", "channels", "filters"), case, strict=True))
        need(right is not None, "rounded", **named)
        need(not (answer is not None and answer[0] == right[0] ** 2 != right[0]), "squared")
        if all(a is not None and r is not None and a[0] == r[0] and a[1] != r[1]
               for a, (_, r) in zip(answers[:4], _ROWS, strict=False)):
            raise Mistake("swapped")
        need(not (right[1] and _only_where_equal(answers)), "bias_in")
        need(not (right[1] and (answer is None or not answer[1])), "no_bias", **named)
        raise Mistake("value", answer=answer or "none", right=right, **named)


def _only_where_equal(answers):
    """Tell whether a biased layer is found where it has as many channels as filters, and nowhere else."""
    return all((answer == right) == (case[1] == case[2])
               for (case, right), answer in zip(_ROWS, answers, strict=True) if right and right[1])


exercise("07.1", _kernel_from_count)


def _mat():
    """Return arrays as SVHN's .mat files hold them: X uint8 (8, 6, 3, 12), y uint8 (12, 1) with 10 for zero."""
    random = np.random.default_rng(7)
    x = random.integers(0, 256, (8, 6, 3, 12), dtype=np.uint8)
    return x, np.array([[label] for label in (1, 10, 3, 9, 10, 2, 7, 5, 6, 4, 8, 10)], np.uint8)


def _svhn_arrays(ready):
    """ready(X, y) -> images (N, height, width, 3), labels (N,) with 0 for the digit zero; X (height, width, 3, N)."""
    x, y = _mat()
    value = call(ready, x, y)
    if not isinstance(value, tuple | list) or len(value) != 2:
        raise Mistake("pair", what=type(value).__name__ if not isinstance(value, tuple | list) else f"{len(value)}")
    try:
        images, labels = (np.asarray(part) for part in value)
    except ValueError:
        raise Mistake("pair", what="lists of unequal lengths") from None
    right = np.moveaxis(x, -1, 0)
    if images.shape != right.shape:
        need(not (np.array_equal(images, right.swapaxes(1, 2)) or np.array_equal(images, x.T)), "turned")
        raise Mistake("images", shape=images.shape, right=right.shape)
    need(np.array_equal(images, right), "reshaped" if np.array_equal(images, x.reshape(right.shape)) else "pixels")
    need(labels.shape == (len(y),), "column", shape=labels.shape, count=len(y))
    known = y.ravel().astype(int)
    for key, wrong in (("ten", known), ("shifted", known - 1)):
        need(not np.array_equal(labels.astype(int), wrong), key)
    if not np.array_equal(labels.astype(int), known % 10):
        raise Mistake("labels", answer=labels[:4].tolist(), right=(known % 10)[:4].tolist())


exercise("07.2", _svhn_arrays)

_CURVES = [  # steps, values, tolerance
    ([100, 200, 400, 800, 1600], [90.0, 40.0, 21.0, 20.5, 20.0], 2.0),
    ([100, 200, 400, 800, 1600], [20.0, 21.0, 60.0, 22.0, 20.0], 2.5),  # near the end value, and away again
    ([10, 20, 30, 40], [4.0, 3.0, 2.0, 1.0], 0.5),  # never: only the last itself
    ([1, 2, 3], [5.0, 5.1, 4.9], 1.0),
    ([10, 20, 30, 40, 50], [10.0, 9.2, 8.4, 7.6, 6.8], 1.0),  # neighbours are near, and it falls on and on
    ([10, 20, 30, 40], [1.0, 5.0, 8.0, 9.0], 1.5),  # from below
    ([1, 2, 3], [10.0, 8.2, 9.0], 1.0),  # near the last on both sides, and so further than that from one another
]


def _settled(steps, near):
    return next((step for k, step in enumerate(steps) if k < len(near) and all(near[k:])), steps[-1])


def _of_the_last(values, tolerance):
    return np.abs(np.subtract(values, values[-1])) <= tolerance


def _of_the_next(values, tolerance):
    return np.abs(np.diff(values)) <= tolerance


exercise("07.3", Formula(_CURVES, lambda steps, values, tolerance: _settled(steps, _of_the_last(values, tolerance)), {
    "first": lambda s, v, t: s[np.argmax(_of_the_last(v, t))],
    "neighbours": (lambda s, v, t: _settled(s, _of_the_next(v, t)),
                   lambda s, v, t: s[np.argmax([*_of_the_next(v, t), True])]),
    "below": lambda s, v, t: _settled(s, np.subtract(v, v[-1]) <= t),
    "index": lambda s, v, t: s.index(_settled(s, _of_the_last(v, t))),
}))
