"""Nearest neighbours, exactly, and what they tell: precision and recall, copies, memory.

|x - y|² = |x|² + |y|² - 2x·y turns distances into matrix products, ten times faster than differences, but rounds: a
copy of a picture comes out at a small distance, and ties are decided by noise. The rounding has a bound, though. Every
comparison that it leaves open, and every distance that is returned, is computed from the differences themselves: the
result is what differences alone would give, ties included.
"""

import collections
import hashlib

import numpy as np

from labkit.errors import LabkitError, known
from labkit.metrics import features
from labkit.metrics.distances import Score
from labkit.metrics.features import Features, blocks, fit, take, whole

ROOM = 1 << 21  # numbers held at once: distances of a tile, or differences gathered: 16 MiB
# How the published programs decide: what they default k to, and whether a point on the sphere is inside.
CONVENTIONS = {"prdc": (5, False), "kynkaanniemi": (3, True)}
COPY = 0.5  # a picture is called a copy when its nearest is at less than half the mean distance of its nearest ones
NEIGHBOURS = 50  # so many nearest ones


def _by_differences(x, y, rows, columns):
    """Return |x[rows] - y[columns]|², float64, pair by pair."""
    found = [np.empty(0)]
    for part in blocks(len(rows), max(1, ROOM // x.shape[1])):
        found.append(np.square(np.subtract(x[rows[part]], y[columns[part]], dtype=np.float64)).sum(axis=1))
    return np.concatenate(found)


class Search:
    """Finds the nearest rows of ``y`` (M, D), any real dtype, to others, again and again."""

    def __init__(self, y):
        self.y = y
        self.kind = np.float32 if y.dtype == np.uint8 else np.float64  # of pictures the estimates need not be fine
        self.centre = y[:8192].mean(axis=0, dtype=np.float64).astype(self.kind)
        with np.errstate(over="ignore"):
            self.norms = np.concatenate([np.square(part).sum(axis=1) for _, part in self._parts()])
        if not np.isfinite(self.norms.max()):
            raise LabkitError("the features are so large that their squares overflow. Divide both sets by the same "
                              "number.")

    def _parts(self):
        for columns in blocks(len(self.y), max(256, ROOM // 8 // self.y.shape[1])):  # stays in the cache
            yield columns, np.subtract(self.y[columns], self.centre, dtype=self.kind)

    def tiles(self, x):
        """Yield (rows of x, squared distances to all of y, bound on their rounding error), both (rows, M)."""
        small = 4 * (x.shape[1] + 8) * np.finfo(self.kind).eps  # twice what product, norms and centring round together
        for rows in blocks(len(x), max(1, ROOM // len(self.y))):
            z = np.subtract(x[rows], self.centre, dtype=self.kind)
            norms = np.square(z).sum(axis=1)[:, None] + self.norms
            estimates = norms.copy()
            for columns, part in self._parts():
                estimates[:, columns] -= 2 * z @ part.T
            yield rows, estimates, norms * small

    def nearest(self, x, k: int):
        """Return squared distances and indices, (N, k), of the k nearest to each of ``x``: by distance, then index."""
        distances, index = np.empty((len(x), k)), np.empty((len(x), k), dtype=np.int64)
        for rows, estimates, error in self.tiles(x):
            reach = np.partition(estimates + error, k - 1, axis=1)[:, k - 1:k]
            row, column = np.nonzero(estimates - error <= reach)
            exact = _by_differences(x[rows], self.y, row, column)
            start = np.searchsorted(row, np.arange(len(reach)))[:, None]
            order = np.lexsort((column, exact, row))[start + np.arange(k)]
            distances[rows], index[rows] = exact[order], column[order]
        return distances, index


def _distinct(x):
    """Return one of each kind of equal rows, the index of its first, the kind of every row, and how many there are."""
    kinds = {}  # 0.0 equals -0.0
    kind = np.array([kinds.setdefault(hashlib.blake2b(row + 0.0).digest(), len(kinds)) for row in x])
    first = np.unique(kind, return_index=True)[1]
    return x if len(first) == len(x) else x[first], first, kind, np.bincount(kind)


def radii(x, k: int) -> np.ndarray:
    """Return the squared distance (N,) from each row of ``x`` to its k-th nearest other row, 1 <= k < N.

    Copies are neighbours at distance zero. They are worked through once: a collapsed set is not the slowest case.
    """
    points, _, kind, count = _distinct(x)
    distances, index = Search(points).nearest(points, min(k + 1, len(points)))  # the first is the point itself
    column = np.argmax(np.cumsum(count[index], axis=1) > k, axis=1)
    return distances[np.arange(len(points)), column][kind]


PrecisionRecall = collections.namedtuple("PrecisionRecall", "precision recall")
ManifoldScores = collections.namedtuple("ManifoldScores", "precision recall density coverage")


def precision_recall(real, fake, k: int | None = None, convention: str = "prdc") -> PrecisionRecall:
    """Return the share of fakes within some real ball (precision) and of reals within some fake ball (recall).

    The ball of a point reaches to its k-th nearest neighbour in its own set. ``real`` (N, D) and ``fake`` (M, D) are
    arrays or ``Features``, 1 <= k < min(N, M). ``convention`` "prdc": strictly inside, k = 5 by default, as the package
    prdc; "kynkaanniemi": on the sphere counts too, k = 3 by default, as the paper's own program and torch-fidelity.
    They drift with N and M, so compare equal sizes only. ``error`` holds the neighbourhoods fixed and is up to twice
    too small; ``evaluate`` gives a fuller one. Details: ``per_sample``, (M,) of precision, (N,) of recall.

    Source: Kynkäänniemi et al., "Improved Precision and Recall Metric for Assessing Generative Models", 2019.
    Raises LabkitError for unusable features, k >= N or k >= M, or an unknown convention.
    """
    return PrecisionRecall(*manifold_scores(real, fake, k, convention)[:2])


def manifold_scores(real, fake, k: int | None = None, convention: str = "prdc") -> ManifoldScores:
    """Return precision and recall as ``precision_recall`` does, with density and coverage from the same distances.

    Density: how many real balls hold a fake on average, divided by k; not bounded by 1. Coverage: the share of real
    balls that hold any fake.

    Source: Naeem et al., "Reliable Fidelity and Diversity Metrics for Generative Models", 2020.
    """
    default, closed = known(convention, CONVENTIONS, "convention")
    real, fake = take(real, "real"), take(fake, "fake")
    extractor = fit((real.values.shape[1], fake.values.shape[1]), (real.extractor, fake.extractor))
    most = min(len(real), len(fake)) - 1
    k = whole(default if k is None else k, "k", 1, most, f": {most + 1} samples have {most} other neighbours at most. "
              "Choose a smaller k or score more pictures")
    for side in (real, fake):
        if k not in side.radii:
            side.radii[k] = radii(side.values, k)
    balls, reached, covered = _inside(real.values, fake.values, real.radii[k], fake.radii[k], closed)

    def score(name, each, value):
        return Score(name=name, value=float(value), n_real=len(real), n_fake=len(fake), extractor=extractor,
                     convention=f"k = {k}, {convention}", better="higher", error=float(each.std() / np.sqrt(len(each))),
                     error_from="standard error over pictures, neighbourhoods held fixed",
                     details={"k": k, "per_sample": each})

    inside = balls > 0
    return ManifoldScores(  # density in prdc's order of operations, so that the last digit is the same
        score("Precision", inside, inside.mean()), score("Recall", covered, covered.mean()),
        score("Density", balls / k, (1 / k) * balls.mean()), score("Coverage", reached, reached.mean()))


def _inside(x, y, radii_x, radii_y, closed):
    """Return how many balls around x hold each y (M,), and whether the ball of each x holds any y and whether any ball
    around y holds it (N,)."""
    (x, first_x, kind_x, count), (y, first_y, kind_y, _) = _distinct(x), _distinct(y)
    limit_x, limit_y = radii_x[first_x, None], radii_y[None, first_y]
    balls, reached, covered = np.zeros(len(y), dtype=np.int64), np.zeros(len(x), bool), np.zeros(len(x), bool)
    for rows, estimates, error in Search(y).tiles(x):
        hits = []
        for limit in (limit_x[rows], limit_y):
            hit = estimates + error < limit
            row, column = np.nonzero((estimates - error <= limit) & ~hit)
            exact, edge = _by_differences(x[rows], y, row, column), np.broadcast_to(limit, hit.shape)[row, column]
            hit[row, column] = exact <= edge if closed else exact < edge
            hits.append(hit)
        balls += count[rows] @ hits[0]
        reached[rows], covered[rows] = (hit.any(axis=1) for hit in hits)
    return balls[kind_y], reached[kind_x], covered[kind_x]


def _points(given, name):
    """Return images, features or Features as rows, and what made them."""
    if isinstance(given, Features):
        return given.values, given.extractor
    given = features.numbers(given, name)
    if given.ndim != 4:
        return features.vectors(given, name, least=1), ""
    return features.pictures(given, name).reshape(len(given), -1), "pixels"


def _pair(one, first, other, second):
    shapes = [side.shape[1:] for side in (one, other) if getattr(side, "ndim", 0) == 4]
    if len(set(shapes)) > 1:
        raise LabkitError(f"{first} holds images of shape {shapes[0]} and {second} of {shapes[1]}; resize one of them "
                          "(datasets.load(…, size=…)).")
    (one, made), (other, by) = _points(one, first), _points(other, second)
    return one, other, fit((one.shape[1], other.shape[1]), (made, by), (first, second))


def duplicates(fake) -> Score:
    """Return the share of pictures that repeat an earlier one, number for number; real sets hold such, too.

    ``fake`` is images (N, H, W, C) uint8, or features. Details: ``distinct``, how many repeat none.
    """
    points, extractor = _points(fake, "fake")
    distinct = len(_distinct(points)[1])
    return Score(name="Duplicates", value=1 - distinct / len(points), n_real=None, n_fake=len(points),
                 extractor=extractor, convention="equal", better="lower", details={"distinct": distinct})


def nearest_training(fake, train, count: int = 1) -> Score:
    """Return each picture's nearest training pictures; ``value`` is the median distance to the nearest.

    Both are images (N, H, W, C) uint8 of one shape, or features (N, D) of one extractor; 1 <= count <= len(train).
    Details: ``distances`` (N, count), Euclidean and exact (a copy is at 0.0), and ``index`` (N, count) into the
    training set, nearest first, equal ones in order of their index.
    """
    fake, train, extractor = _pair(fake, "fake", train, "train")
    count = whole(count, "count", 1, len(train), f", the number of training pictures ({len(train)})")
    squared, index = Search(train).nearest(fake, count)
    distances = np.sqrt(squared)
    return Score(name="Nearest training picture", value=float(np.median(distances[:, 0])), n_real=len(train),
                 n_fake=len(fake), extractor=extractor, convention="median Euclidean distance",
                 details={"distances": distances, "index": index})


def memorisation(fake, train, held_out) -> Score:
    """Return how often a fake lies nearer to the training set than a held-out real picture does: 0.5 where nothing was
    memorised, 1 where all is copied, below 0.5 where fakes lie off the data.

    All three are images or features as in ``nearest_training``; ``held_out`` comes from the same source as ``train``
    (a test set). Ties count half; the error is DeLong's. Details: ``fake`` and ``held_out``, the two
    ``nearest_training``; ``suspects``, the fakes nearer than every held-out picture.
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

    Both uint8 (N, H, W, C) of one shape. A copy may be moved by up to ``shift`` pixels each way, mirrored, darker or of
    less contrast: the middle of a picture, without its mean and contrast, is compared with every window of a training
    picture, and the nearest counts. Blurred pictures lie near everything, so it is the ratio that tells.
    Source: the ratio of Carlini et al. 2023, "Extracting training data from diffusion models", section 5.1.
    """
    _pair(pictures, "pictures", train, "train")
    shift = whole(shift, "shift", 0, (min(pictures.shape[1:3]) - 1) // 2, ", less than half a picture")
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
    """Return pictures as rows without mean and contrast: float32 of length 1, or 0 for a plain surface."""
    flat = pictures.reshape(len(pictures), -1).astype(np.float32)
    flat -= flat.mean(axis=1, keepdims=True)
    flat /= np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1e-6)
    return flat


def copies(fake, train, held_out, shift: int = 4) -> Score:
    """Return the share of pictures that are copies of training pictures: those whose ``closeness`` is below COPY.

    All uint8 (N, H, W, C) of one shape; ``held_out`` are other real pictures of the same kind, which calibrate the
    test: what is called a copy among them shows how often it is wrong, or that the set repeats itself. Details:
    ``closeness`` (n_fake,); ``usual``, that of the held-out pictures; ``count`` and ``usual_count`` below COPY.
    """
    near, usual = closeness(fake, train, shift), closeness(held_out, train, shift)
    count, usual_count = int((near < COPY).sum()), int((usual < COPY).sum())
    return Score(name="Copies", value=count / len(near), n_real=len(train), n_fake=len(near), extractor="pixels",
                 convention=f"moved by up to {shift}, mirrored, closeness below {COPY}; of {len(usual):,} held-out "
                            f"pictures {usual_count}", better="lower",
                 details={"count": count, "usual_count": usual_count, "closeness": near, "usual": usual})
