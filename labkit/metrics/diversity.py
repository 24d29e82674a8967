"""Beyond distances: which classes appear, which pictures repeat, which repeat the training set."""

import dataclasses

import numpy as np

from labkit.errors import LabkitError
from labkit.metrics import groups, inputs, neighbours, results, sets


@dataclasses.dataclass(frozen=True, kw_only=True)
class ClassCoverage(results.Score):
    """``value`` is the share of classes that appear. ``counts`` per class, ``missing`` classes; ``entropy`` of the
    counts in nats and ``effective`` = exp(entropy), the number of equally frequent classes with that entropy;
    ``shift`` the total variation distance (0..1) to the reference's class frequencies.
    """

    counts: tuple[int, ...]
    missing: tuple[int, ...]
    entropy: float
    effective: float
    shift: float


def class_coverage(fake, classes: int | None = None, reference=None, least: int = 1,
                   extractor: str = "") -> ClassCoverage:
    """Count into which classes pictures fall.

    ``fake`` is logits (N, classes) float, labels (N,) int in 0..classes - 1, or ``Features`` with logits; for labels
    give ``classes``. ``reference`` is of the same kinds and stands for the frequencies to compare with; without it all
    classes are taken as equally frequent. A class appears with ``least`` pictures.

    What a classifier thinks it sees is counted: it must be good, and it names a class for noise too.
    """
    labels, classes, extractor = _labels(fake, "fake", classes, extractor)
    counts = np.bincount(labels, minlength=classes)
    share = counts / len(labels)
    expected = np.full(classes, 1 / classes)
    n_real = None
    if reference is not None:
        known, _, _ = _labels(reference, "reference", classes, extractor)
        expected, n_real = np.bincount(known, minlength=classes) / len(known), len(known)
    appear = counts >= inputs.whole(least, "least", 1)
    positive = share[share > 0]
    entropy = float(max(0.0, -(positive * np.log(positive)).sum()))
    return ClassCoverage(
        name="Classes covered", value=float(appear.mean()), n_real=n_real, n_fake=len(labels), extractor=extractor,
        convention=f"of {classes}, at least {least} picture{'s' if least > 1 else ''}", better=results.HIGHER,
        counts=tuple(counts.tolist()), missing=tuple(np.flatnonzero(~appear).tolist()), entropy=entropy,
        effective=float(np.exp(entropy)), shift=float(np.abs(share - expected).sum() / 2))


def _labels(given, name, classes, extractor):
    """Return (labels (N,), classes, extractor) of labels, logits or Features."""
    if isinstance(given, sets.Features):
        if given.logits is None:
            raise LabkitError(f"{name} holds no logits, so nothing says which classes its pictures show. Use an "
                              "extractor that returns (features, logits), or pass labels.")
        given, extractor = given.logits, extractor or given.extractor
    array = inputs.numbers(given, name)
    if array.ndim == 2:
        array = inputs.logits(array, name)
        if classes is not None and array.shape[1] != classes:
            raise LabkitError(f"{name} has {array.shape[1]} columns of logits, and there are {classes} classes. Use "
                              "the same classifier for all.")
        return array.argmax(axis=1), array.shape[1], extractor
    if array.ndim != 1 or array.dtype.kind == "f" or not len(array):
        raise LabkitError(f"{name} has shape {array.shape} and dtype {array.dtype}; pass logits (N, classes) or whole "
                          "labels (N,), at least one.")
    if classes is None:
        raise LabkitError(f"{name} holds labels; say how many classes there are: classes=10.")
    classes = inputs.whole(classes, "classes", 1)
    if array.min() < 0 or array.max() >= classes:
        raise LabkitError(f"{name} holds labels from {array.min()} to {array.max()}, but classes={classes} allows "
                          f"0 to {classes - 1}.")
    return array.astype(np.int64), classes, extractor


@dataclasses.dataclass(frozen=True, kw_only=True)
class Duplicates(results.Score):
    """``value`` is the share of pictures that repeat an earlier one; ``distinct`` how many do not; ``earlier`` (N,) is
    the index of the first picture that each one repeats, -1 where there is none.
    """

    distinct: int
    earlier: np.ndarray | None = dataclasses.field(default=None, repr=False, compare=False)


def duplicates(fake, tolerance: float = 0.0) -> Duplicates:
    """Find pictures that repeat an earlier one of the same set.

    ``fake`` is images (N, H, W, C) uint8, features (N, D) or ``Features``. With ``tolerance`` 0 copies are equal number
    for number; otherwise pictures within that Euclidean distance (grey levels for images, the features' unit else)
    repeat each other. Real sets hold duplicates too: compare with their share.
    """
    points, extractor = _points(fake, "fake")
    if not np.isfinite(tolerance) or tolerance < 0:
        raise LabkitError(f"tolerance is {tolerance}; it is a distance, 0 or more.")
    if tolerance == 0:
        found = groups.equal_rows(points)
        first = found.first[found.group]
        earlier = np.where(first < np.arange(len(points)), first, -1)
    else:
        earlier = neighbours.earlier_within(points, float(tolerance) ** 2)
    repeats = int((earlier >= 0).sum())
    return Duplicates(
        name="Duplicates", value=repeats / len(points), n_real=None, n_fake=len(points), extractor=extractor,
        convention="equal" if tolerance == 0 else f"within {tolerance:g}", better=results.LOWER,
        distinct=len(points) - repeats, earlier=earlier)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Nearest(results.Score):
    """``value`` is the median distance to the nearest; ``distances`` (N, count) Euclidean and ``index`` (N, count) into
    the training set, nearest first.
    """

    distances: np.ndarray | None = dataclasses.field(default=None, repr=False, compare=False)
    index: np.ndarray | None = dataclasses.field(default=None, repr=False, compare=False)


def nearest_training(fake, train, count: int = 1) -> Nearest:
    """Return each picture's nearest training pictures: what a memorising generator gives itself away by.

    Both are images (N, H, W, C) uint8 of one shape, or features (N, D) of one extractor; 1 <= count <= len(train).
    Distances are exact (a copy is at 0.0), equal ones in order of their index. Memory: some tiles, whatever N.
    """
    fake, train, extractor = _two(fake, "fake", train, "train")
    count = inputs.whole(count, "count", 1, len(train), f", the number of training pictures ({len(train)})")
    squared, index = neighbours.nearest(fake, train, count)
    distances = np.sqrt(squared)
    return Nearest(
        name="Nearest training picture", value=float(np.median(distances[:, 0])), n_real=len(train), n_fake=len(fake),
        extractor=extractor, convention="median Euclidean distance", distances=distances, index=index)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Memorisation(results.Score):
    """``value`` is how often a fake lies nearer to the training set than a held-out real picture does: 0.5 where
    nothing was memorised, 1 where all is copied, below 0.5 where fakes lie off the data. ``fake`` and ``held_out``
    are the two ``Nearest`` it compares; ``suspects`` the indices of the fakes nearer than every held-out picture.
    """

    suspects: tuple[int, ...]
    fake: Nearest | None = dataclasses.field(default=None, repr=False, compare=False)
    held_out: Nearest | None = dataclasses.field(default=None, repr=False, compare=False)


def memorisation(fake, train, held_out) -> Memorisation:
    """Compare the fakes' distances to the training set with those of real pictures it does not hold.

    All three are images or features as in ``nearest_training``; ``held_out`` comes from the same source as ``train``
    (a test set) and holds at least two. Ties count half; the error is DeLong's.

    Source: the idea of Meehan et al., "A Non-Parametric Test to Detect Data-Copying in Generative Models", 2020.
    """
    ours, real = nearest_training(fake, train), nearest_training(held_out, train)
    d, e = ours.distances[:, 0], np.sort(real.distances[:, 0])
    nearer = 1 - (np.searchsorted(e, d, "left") + np.searchsorted(e, d, "right")) / (2 * len(e))
    d_sorted = np.sort(d)
    further = (np.searchsorted(d_sorted, e, "left") + np.searchsorted(d_sorted, e, "right")) / (2 * len(d))
    error = None
    if min(len(d), len(e)) > 1:
        error = float(np.sqrt(nearer.var(ddof=1) / len(d) + further.var(ddof=1) / len(e)))
    return Memorisation(
        name="Memorisation", value=float(nearer.mean()), n_real=len(train), n_fake=len(d), extractor=ours.extractor,
        convention=f"against {len(e):,} held-out pictures, 0.5 is none", error=error,
        error_from="DeLong" if error is not None else "", suspects=tuple(np.flatnonzero(d < e[0]).tolist()),
        fake=ours, held_out=real)


def _points(given, name):
    """Return (points (N, D), extractor) of images, features or Features."""
    if isinstance(given, sets.Features):
        return given.values, given.extractor
    array = inputs.numbers(given, name)
    if array.ndim == 4:
        array = inputs.images(array, name)
        if not len(array):
            raise LabkitError(f"{name} holds no picture; pass at least one.")
        return array.reshape(len(array), -1), "pixels"
    return inputs.features(array, name, least=1), ""


def _two(one, first, other, second):
    """Return both as points of equal width, and the extractor."""
    one_shape, other_shape = getattr(one, "shape", None), getattr(other, "shape", None)
    if one_shape and other_shape and len(one_shape) == len(other_shape) == 4 and one_shape[1:] != other_shape[1:]:
        raise LabkitError(f"{first} holds images of shape {one_shape[1:]} and {second} of {other_shape[1:]}; resize "
                          "one of them (datasets.load(…, size=…)).")
    one, one_name = _points(one, first)
    other, other_name = _points(other, second)
    inputs.same_width(one, other, (first, second))
    return one, other, inputs.same_extractor(one_name, other_name)
