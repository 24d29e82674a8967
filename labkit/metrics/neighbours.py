"""Nearest neighbours, exactly, and what they tell: precision and recall, copies, memory."""

import collections

import numpy as np
from scipy.spatial.distance import cdist

from labkit.errors import LabkitError, lookup
from labkit.metrics import features
from labkit.metrics.distances import Score
from labkit.metrics.features import Features, as_features, blocks, integer, shared_extractor

ROOM = 1 << 21  # distances held at once: 16 MiB
# How the published programs decide: what they default k to, and whether a point on the sphere is inside.
CONVENTIONS = {"prdc": (5, False), "kynkaanniemi": (3, True)}
COPY = 0.5  # ``closeness`` below which a picture is called a copy
NEIGHBOURS = 50  # nearest training pictures, whose mean distance ``closeness`` divides by


def nearest(x, y, k: int):
    """Return squared distances and indices, (N, k), of the k rows of ``y`` (M, D), any real dtype, that are nearest to
    each of ``x``, exactly: by distance, then index.

    |x|² + |y|² - 2x·y, a matrix product, is ten times faster than differences, but rounds. Its rounding has a bound,
    which tells the rows that may be the nearest; their distances are computed from differences.
    """
    kind = np.float32 if y.dtype == np.uint8 else np.float64  # of pictures the estimates need not be fine
    centre, step = y[:8192].mean(axis=0, dtype=np.float64).astype(kind), max(256, ROOM // 8 // y.shape[1])

    def parts():
        return (np.subtract(y[columns], centre, dtype=kind) for columns in blocks(len(y), step))  # stays in the cache

    own = np.concatenate([np.square(part).sum(axis=1) for part in parts()])
    distances, index = np.empty((len(x), k)), np.empty((len(x), k), dtype=np.int64)
    small = 4 * (x.shape[1] + 8) * np.finfo(kind).eps  # twice what product, norms and centring round together
    for rows in blocks(len(x), max(1, ROOM // len(y))):
        z = np.subtract(x[rows], centre, dtype=kind)
        norms = np.square(z).sum(axis=1)[:, None] + own
        estimates = norms - 2 * np.concatenate([z @ part.T for part in parts()], axis=1)
        reach = np.partition(estimates + norms * small, k - 1, axis=1)[:, k - 1:k]
        for i, maybe in enumerate(estimates - norms * small <= reach, rows.start):
            maybe = np.flatnonzero(maybe)
            exact = np.square(np.subtract(x[i], y[maybe], dtype=np.float64)).sum(axis=1)
            order = np.argsort(exact, kind="stable")[:k]
            distances[i], index[i] = exact[order], maybe[order]
    return distances, index


def squared(x, y):
    """Yield (rows, their squared distances to all of ``y``), float64 (rows, M), from differences."""
    y = y.astype(np.float64)
    for rows in blocks(len(x), max(1, ROOM // len(y))):
        yield rows, cdist(x[rows], y, "sqeuclidean")


PrecisionRecall = collections.namedtuple("PrecisionRecall", "precision recall")
ManifoldScores = collections.namedtuple("ManifoldScores", "precision recall density coverage")


def precision_recall(real, fake, k: int | None = None, convention: str = "prdc") -> PrecisionRecall:
    """Return the share of fakes within some real ball (precision) and of reals within some fake ball (recall).

    The ball of a point reaches to its k-th nearest neighbour in its own set. ``real`` (N, D) and ``fake`` (M, D) are
    arrays or ``Features``, 1 <= k < min(N, M). ``convention`` "prdc": strictly inside, k = 5 by default, as the package
    prdc; "kynkaanniemi": on the sphere counts too, k = 3, as the paper's own program and torch-fidelity. They drift
    with N and M: compare equal sizes only. ``error`` holds the neighbourhoods fixed and is up to twice too small.
    Details: ``per_sample``, (M,) of precision, (N,) of recall. Raises LabkitError for unusable features or k.
    Source: Kynkäänniemi et al., "Improved Precision and Recall Metric for Assessing Generative Models", 2019.
    """
    return PrecisionRecall(*manifold_scores(real, fake, k, convention)[:2])


def manifold_scores(real, fake, k: int | None = None, convention: str = "prdc") -> ManifoldScores:
    """Return precision and recall as ``precision_recall`` does, with density and coverage from the same distances.

    Density: how many real balls hold a fake on average, divided by k; not bounded by 1. Coverage: the share of real
    balls that hold any fake. Source: Naeem et al., "Reliable Fidelity and Diversity Metrics", 2020.
    """
    default, closed = lookup(convention, CONVENTIONS, "convention")
    real, fake = as_features(real, "real"), as_features(fake, "fake")
    extractor = shared_extractor((real.values.shape[1], fake.values.shape[1]), (real.extractor, fake.extractor))
    most = min(len(real), len(fake)) - 1
    k = integer(default if k is None else k, "k", 1, most, f": {most + 1} samples have {most} other neighbours at most."
              " Choose a smaller k or score more pictures")
    for side in (real, fake):
        if k not in side.radii:  # the nearest of a point is the point itself
            side.radii[k] = np.concatenate([np.partition(distances, k, axis=1)[:, k].copy()
                                            for _, distances in squared(side.values, side.values)])
    within = np.less_equal if closed else np.less
    balls, reached, covered = np.zeros(len(fake), np.int64), np.zeros(len(real), bool), np.zeros(len(real), bool)
    for rows, distances in squared(real.values, fake.values):
        held = within(distances, real.radii[k][rows, None])
        balls += held.sum(axis=0)
        reached[rows], covered[rows] = held.any(axis=1), within(distances, fake.radii[k]).any(axis=1)

    def score(name, each, value):
        return Score(name=name, value=float(value), n_real=len(real), n_fake=len(fake), extractor=extractor,
                     convention=f"k = {k}, {convention}", better="higher", error=float(each.std() / np.sqrt(len(each))),
                     error_from="standard error over pictures, neighbourhoods held fixed",
                     details={"k": k, "per_sample": each})

    inside = balls > 0
    return ManifoldScores(  # density in prdc's order of operations, so that the last digit is the same
        score("Precision", inside, inside.mean()), score("Recall", covered, covered.mean()),
        score("Density", balls / k, (1 / k) * balls.mean()), score("Coverage", reached, reached.mean()))


def _points(given, name):
    if isinstance(given, Features):
        return given.values, given.extractor
    if np.ndim(given) != 4:
        return features.vectors(given, name, least=1), ""
    return features.pictures(given, name).reshape(len(given), -1), "pixels"


def _pair(one, first, other, second):
    shapes = [side.shape[1:] for side in (one, other) if getattr(side, "ndim", 0) == 4]
    if len(set(shapes)) > 1:
        raise LabkitError(f"{first} holds images of shape {shapes[0]} and {second} of {shapes[1]}; resize one of them "
                          "(datasets.load(…, size=…)).")
    (one, made), (other, by) = _points(one, first), _points(other, second)
    return one, other, shared_extractor((one.shape[1], other.shape[1]), (made, by), (first, second))


def duplicates(fake) -> Score:
    """Return the share of pictures, images or features, that repeat an earlier one, number for number; real sets hold
    such, too. Details: ``distinct``, how many repeat none."""
    points, extractor = _points(fake, "fake")
    distinct = len({(row + 0).tobytes() for row in points})  # 0.0 equals -0.0
    return Score(name="Duplicates", value=1 - distinct / len(points), n_real=None, n_fake=len(points),
                 extractor=extractor, convention="equal", better="lower", details={"distinct": distinct})


def nearest_training(fake, train, count: int = 1) -> Score:
    """Return each picture's nearest training pictures; ``value`` is the median distance to the nearest.

    Both are images (N, H, W, C) uint8 of one shape, or features (N, D). Details: ``distances`` (N, count), Euclidean
    and exact (a copy is at 0.0), and ``index`` (N, count), nearest first, then by index.
    """
    fake, train, extractor = _pair(fake, "fake", train, "train")
    count = integer(count, "count", 1, len(train), f", the number of training pictures ({len(train)})")
    distances, index = nearest(fake, train, count)
    distances = np.sqrt(distances)
    return Score(name="Nearest training picture", value=float(np.median(distances[:, 0])), n_real=len(train),
                 n_fake=len(fake), extractor=extractor, convention="median Euclidean distance",
                 details={"distances": distances, "index": index})


def memorisation(fake, train, held_out) -> Score:
    """Return how often a fake lies nearer to the training set than a held-out real picture does: 0.5 where nothing was
    memorised, 1 where all is copied, below 0.5 where fakes lie off the data.

    All three are images or features as in ``nearest_training``. Ties count half; the error is DeLong's. Details:
    ``fake`` and ``held_out``, their ``nearest_training``; ``suspects``, the fakes nearer than every held-out picture.
    Source: the idea of Meehan et al., "A Non-Parametric Test to Detect Data-Copying in Generative Models", 2020.
    """
    ours, real = nearest_training(fake, train), nearest_training(held_out, train)
    d, e = ours.distances[:, 0], real.distances[:, 0]
    nearer = 1 - sum(np.searchsorted(np.sort(e), d, side) for side in ("left", "right")) / (2 * len(e))
    further = sum(np.searchsorted(np.sort(d), e, side) for side in ("left", "right")) / (2 * len(d))
    error = float(np.sqrt(nearer.var(ddof=1) / len(d) + further.var(ddof=1) / len(e))) if len(d) > 1 < len(e) else None
    return Score(name="Memorisation", value=float(nearer.mean()), n_real=len(train), n_fake=len(d),
                 extractor=ours.extractor, convention=f"against {len(e):,} held-out pictures, 0.5 is none", error=error,
                 error_from="DeLong" if error else "",
                 details={"suspects": tuple(np.flatnonzero(d < e.min()).tolist()), "fake": ours, "held_out": real})


def closeness(pictures, train, shift: int = 4) -> np.ndarray:
    """Return for each picture the distance to its nearest training picture, divided by the mean distance to its
    NEIGHBOURS nearest: float64 (N,), 0 for a copy, near 1 where no training picture stands out.

    Both uint8 (N, H, W, C) of one shape. A copy may be moved by up to ``shift`` pixels, mirrored, darker or of less
    contrast: the middle of a picture, without its mean and contrast, is compared with every window of a training
    picture. Source: the ratio of Carlini et al. 2023, "Extracting training data from diffusion models", section 5.1.
    """
    _pair(pictures, "pictures", train, "train")
    shift = integer(shift, "shift", 0, (min(pictures.shape[1:3]) - 1) // 2, ", less than half a picture")
    height, width, places = pictures.shape[1] - 2 * shift, pictures.shape[2] - 2 * shift, (2 * shift + 1) ** 2
    middle = pictures[:, shift:shift + height, shift:shift + width]
    asked = _plain(np.concatenate([middle, middle[:, :, ::-1]]))
    nearest = np.full((len(pictures), NEIGHBOURS), np.inf)
    for rows in blocks(len(train), max(1, 8 * ROOM // (places * asked.shape[1]))):
        windows = np.lib.stride_tricks.sliding_window_view(train[rows], (height, width), axis=(1, 2))
        seen = _plain(np.moveaxis(windows, 3, 5).reshape(-1, height, width, train.shape[3]))
        alike = (asked @ seen.T).reshape(2, len(pictures), -1, places).max(axis=(0, 3))
        distances = np.sqrt(np.maximum(2 - 2 * alike, 0))
        nearest = np.sort(np.concatenate([nearest, distances], axis=1), axis=1)[:, :NEIGHBOURS]
    return (nearest[:, 0] / np.maximum(nearest[:, :len(train)].mean(axis=1), 1e-12)).astype(np.float64)


def _plain(pictures):
    """Return pictures as rows without mean and contrast: float32 of length 1, 0 for a plain surface."""
    flat = pictures.reshape(len(pictures), -1).astype(np.float32)
    flat -= flat.mean(axis=1, keepdims=True)
    flat /= np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1e-6)
    return flat
