"""Exercises of 07_svhn_gan: kernels from counts, a judge fooled on purpose, what the measurements carry."""

import functools
import numbers

import numpy as np

from labkit.exercises.answers import Mistake, array, call, flat, need
from labkit.exercises.formula import exercise, judged
from labkit.models import extractors

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
    if [part.strip().lower() for part in parts if isinstance(part, str)] == ["none"] and len(parts) == 1:
        return None
    good = len(parts) == 2 and all(isinstance(part, numbers.Real) for part in parts) and not isinstance(parts[0], bool)
    need(good, "kind",
         text=f'kernel_of() returns {value!r:.60}; expected (kernel, bias), for instance (5, False), or "none".')
    return parts[0], bool(parts[1])


def _kernel_from_count(kernel_of):
    """kernel_of(count, channels, filters) -> (kernel, bias) of a square convolution, or "none" where nothing fits."""
    answers = [_kernel(call(kernel_of, *case)) for case, _ in _ROWS]
    for (case, right), answer in zip(_ROWS, answers, strict=True):
        if answer == right:
            continue
        named = dict(zip(("count", "channels", "filters"), case, strict=True))
        need(right, "rounded", **named)
        need(not answer or not answer[0] == right[0] ** 2 != right[0], "squared")
        need(not all(a and r and a[0] == r[0] and a[1] != r[1]
                     for a, (_, r) in zip(answers[:4], _ROWS, strict=False)), "swapped")
        # a biased layer is found where it has as many channels as filters, and nowhere else
        need(not right[1] or any((mine == other) != (size[1] == size[2]) for (size, other), mine
                                 in zip(_ROWS, answers, strict=True) if other and other[1]), "bias_in")
        need(not right[1] or (answer and answer[1]), "no_bias", **named)
        raise Mistake("value", answer=answer or "none", right=right, **named)


exercise("07.1", _kernel_from_count)

SURE, SMOOTH = 0.99, 12  # probability that the judge must give; levels by which neighbouring pixels may differ


@functools.cache
def _judge():
    return extractors.load("svhn")


def _fooled(picture):
    """picture: uint8 (32, 32, 3), so smooth that it shows no stroke, of which the judge with ten answers is sure."""
    need(not callable(picture), "kind", text="Hand over the picture itself, an array uint8 (32, 32, 3).")
    values = array(lambda: picture, wanted="a picture")
    need(values.size == 32 * 32 * 3 and not np.iscomplexobj(values), "size", shape=values.shape)
    values = values.reshape(32, 32, 3).astype("float64")
    whole = np.isfinite(values).all() and values.min() >= 0 and values.max() <= 255 and (values % 1 == 0).all()
    need(whole, "bytes", low=values.min(), high=values.max())
    steps = max(np.abs(np.diff(values, axis=axis)).max() for axis in (0, 1))
    need(steps <= SMOOTH, "rough", steps=steps, smooth=SMOOTH)
    logits = np.asarray(_judge()(values[None].astype("uint8"))[1], "float64")[0]
    odds = np.exp(logits - logits.max()) / np.exp(logits - logits.max()).sum()
    need(odds.max() > SURE, "unsure", odds=odds.max(), digit=int(odds.argmax()), sure=SURE)


exercise("07.2", _fooled)
exercise("07.3", judged("abcd", "ac"))
