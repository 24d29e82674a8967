"""Exercises of 07_svhn_gan: kernels from counts, SVHN's arrays, when a curve has settled."""

import numpy as np

from labkit.exercises.answers import Mistake, array, call
from labkit.exercises.frame import exercise, prediction

prediction(
    "07.p1",
    question="In which layer of the generator are the most multiplications done for one picture: dense_2, which has "
             "half of all parameters, or one of conv2d_transpose_3, _4, _5 and _6?",
    choices=("dense_2", "conv2d_transpose_3", "conv2d_transpose_4", "conv2d_transpose_5", "conv2d_transpose_6"),
    because="A dense layer uses each of its weights once. A convolution uses each of its weights at every pixel: its "
            "819,200 weights at 64 places make 52 million multiplications, against 1.6 million.",
)

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


def _root(count, channels, filters):
    return (count / (channels * filters)) ** 0.5


def _kernel(value):
    """Return an answer as (kernel, bias) or None; raises Mistake for anything else."""
    if isinstance(value, str) and value == "none":
        return None
    if not isinstance(value, tuple | list) or len(value) != 2:
        raise Mistake("kind", text=f"kernel_of() returns {value!r:.60}; expected (kernel, bias), for instance "
                                   "(5, False), or \"none\".")
    return value[0], bool(value[1])


@exercise(
    "07.1",
    title="a kernel from a count",
    praise="All of the report's convolutions come out as 5x5: the generator's without a bias, the discriminator's with "
           "one.",
    hints={
        "swapped": "you say that the generator's layers have a bias and the discriminator's do not; it is the other "
                   "way round. 819,200 = 25 · 256 · 128 exactly; 4,864 = 25 · 3 · 64 and 64 more, one for each filter.",
        "no_bias": "{count:,} parameters with {channels} channels in and {filters} filters: try a bias, too. It adds "
                   "one parameter for each filter.",
        "rounded": "you round: with {count:,} parameters, {channels} channels in and {filters} filters no whole kernel "
                   "fits. Multiply back, and say \"none\" where the count does not come out.",
        "squared": "that is kernel · kernel. The side of the square is asked for.",
        "bias_in": "a bias belongs to a filter, not to a channel that comes in: k·k·channels·filters + filters.",
        "value": "for {count:,} parameters, {channels} channels in and {filters} filters you say {answer}, and it is "
                 "{right}.",
    },
)
def kernel_from_count(kernel_of):
    """kernel_of(count, channels, filters) -> (kernel, bias) of a square convolution, or "none" where nothing fits."""
    answers = [_kernel(call(kernel_of, *case)) for case, _ in _ROWS]
    for (case, right), answer in zip(_ROWS, answers, strict=True):
        if answer == right:
            continue
        named = dict(zip(("count", "channels", "filters"), case, strict=True))
        if right is None:
            raise Mistake("rounded", **named)
        if answer is not None and answer[0] == right[0] ** 2 != right[0]:
            raise Mistake("squared")
        if all(a is not None and r is not None and a[0] == r[0] and a[1] != r[1]
               for a, (_, r) in zip(answers[:4], _ROWS, strict=False)):
            raise Mistake("swapped")
        if right[1] and _only_where_equal(answers):
            raise Mistake("bias_in")
        if right[1] and (answer is None or not answer[1]):
            raise Mistake("no_bias", **named)
        raise Mistake("value", answer=answer or "none", right=right, **named)


def _only_where_equal(answers):
    """Tell whether a biased layer is found where it has as many channels as filters, and nowhere else."""
    equal = [answer == right for (case, right), answer in zip(_ROWS, answers, strict=True)
             if right and right[1] and case[1] == case[2]]
    other = [answer == right for (case, right), answer in zip(_ROWS, answers, strict=True)
             if right and right[1] and case[1] != case[2]]
    return all(equal) and not any(other)


def _mat():
    """Return arrays as SVHN's .mat files hold them: X uint8 (8, 6, 3, 12), y uint8 (12, 1) with 10 for zero."""
    random = np.random.default_rng(7)
    x = random.integers(0, 256, (8, 6, 3, 12), dtype=np.uint8)
    return x, np.array([[label] for label in (1, 10, 3, 9, 10, 2, 7, 5, 6, 4, 8, 10)], np.uint8)


@exercise(
    "07.2",
    title="SVHN's arrays",
    praise="np.moveaxis(X, -1, 0) moves the axis of the pictures to the front; the digit 0 is stored as 10, because "
           "the files were made in MATLAB, which counts from 1.",
    hints={
        "images": "the images have the shape {shape}; (number, height, width, 3) is needed, here {right}.",
        "reshaped": "the shape is right and the pictures are not: reshape leaves the numbers in their order and only "
                    "cuts them anew. An axis has to move: np.moveaxis or np.transpose.",
        "turned": "each picture is mirrored along its diagonal: X.T and np.transpose without axes reverse all axes, "
                  "rows and columns, too. Say which axis goes where: np.moveaxis(X, -1, 0).",
        "pixels": "the shape is right, but pixels are at other places than in X[:, :, :, i].",
        "ten": "the digit 0 is stored as 10; your labels still say 10.",
        "shifted": "you took 1 from every label. Only the ten is out of place: 1 means the digit 1.",
        "column": "the labels have the shape {shape}; one number for each picture is needed, ({count},).",
        "labels": "the labels begin with {answer}, and it should be {right}.",
        "pair": "expected two arrays, images and labels; ready() returns {what}.",
    },
)
def svhn_arrays(ready):
    """ready(X, y) -> images (N, height, width, 3), labels (N,) with 0 for the digit zero; X (height, width, 3, N)."""
    x, y = _mat()
    value = call(ready, x, y)
    if not isinstance(value, tuple | list) or len(value) != 2:
        raise Mistake("pair", what=type(value).__name__ if not isinstance(value, tuple | list) else f"{len(value)}")
    images, labels = (np.asarray(part) for part in value)
    right = np.moveaxis(x, -1, 0)
    if images.shape != right.shape:
        if np.array_equal(images, right.swapaxes(1, 2)) or np.array_equal(images, x.T):
            raise Mistake("turned")
        raise Mistake("images", shape=images.shape, right=right.shape)
    if not np.array_equal(images, right):
        raise Mistake("reshaped" if np.array_equal(images, x.reshape(right.shape)) else "pixels")
    if labels.shape != (len(y),):
        raise Mistake("column", shape=labels.shape, count=len(y))
    known = y.ravel().astype(int)
    for key, wrong in (("ten", known), ("shifted", known - 1)):
        if np.array_equal(labels.astype(int), wrong):
            raise Mistake(key)
    if not np.array_equal(labels.astype(int), known % 10):
        raise Mistake("labels", answer=labels[:4].tolist(), right=(known % 10)[:4].tolist())


_CURVES = [  # steps, values, tolerance, the step from which on all values stay within the tolerance of the last
    ((100, 200, 400, 800, 1600), (90.0, 40.0, 21.0, 20.5, 20.0), 2.0, 400),
    ((100, 200, 400, 800, 1600), (20.0, 21.0, 60.0, 22.0, 20.0), 2.5, 800),  # near the end value, and away again
    ((10, 20, 30, 40), (4.0, 3.0, 2.0, 1.0), 0.5, 40),  # never: only the last itself
    ((1, 2, 3), (5.0, 5.1, 4.9), 1.0, 1),
    ((10, 20, 30, 40, 50), (10.0, 9.2, 8.4, 7.6, 6.8), 1.0, 40),  # neighbours are near, and it falls on and on
]


def _from_first(steps, values, tolerance):
    return next(s for s, v in zip(steps, values, strict=True) if abs(v - values[-1]) <= tolerance)


def _neighbours(steps, values, tolerance):
    change = np.abs(np.diff(values)) <= tolerance
    return next((steps[i] for i in range(len(change)) if change[i:].all()), steps[-1])


def _first_small_change(steps, values, tolerance):
    change = np.abs(np.diff(values)) <= tolerance
    return steps[int(np.argmax(change))] if change.any() else steps[-1]


@exercise(
    "07.3",
    title="when has a curve settled?",
    praise="Now \"after a while\" is a number, and the tolerance is said.",
    hints={
        "first": "the first value near the last one is not enough: in {values} the curve leaves again. All later "
                 "values have to be near, too.",
        "neighbours": "you compare neighbours. A curve that falls by a little at every step, such as {values}, never "
                      "stands still: compare with the last value.",
        "index": "you return the place in the list ({answer}); the step at that place is asked for.",
        "value": "for the steps {steps}, the values {values} and a tolerance of {tolerance:g} you say {answer}, and it "
                 "is {right}.",
    },
)
def settled(settled_from):
    """settled_from(steps, values, tolerance) -> the first step from which all values are within it of the last."""
    answers = []
    for steps, values, tolerance, _ in _CURVES:
        answer = array(settled_from, list(steps), list(values), tolerance)
        if answer.size != 1:
            raise Mistake("kind", text=f"settled_from() returns {answer.size} numbers; one step is asked for.")
        answers.append(float(answer.reshape(())))
    rights = [float(case[-1]) for case in _CURVES]
    if answers == rights:
        return
    for key, wrong in (("first", _from_first), ("neighbours", _neighbours), ("neighbours", _first_small_change)):
        if answers == [float(wrong(*case[:3])) for case in _CURVES]:
            raise Mistake(key, values=_listed(_CURVES[1 if key == "first" else 4][1]))
    if answers == [float(case[0].index(case[-1])) for case in _CURVES]:
        raise Mistake("index", answer=f"{answers[0]:g}")
    for (steps, values, tolerance, right), answer in zip(_CURVES, answers, strict=True):
        if answer != right:
            raise Mistake("value", steps=_listed(steps), values=_listed(values), tolerance=tolerance,
                          answer=f"{answer:g}", right=right)


def _listed(values):
    return ", ".join(f"{value:g}" for value in values)
