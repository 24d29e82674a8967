"""The Fréchet distance against closed forms in 60 digits at every rank, scale and offset; invariances; Statistics."""

import decimal
from fractions import Fraction

import numpy as np
import pytest
import scipy.linalg

from labkit import metrics
from labkit.errors import LabkitError
from labkit.metrics import frechet, moments

decimal.getcontext().prec = 60
TOLERANCE = 1e-9


def root(number: Fraction) -> decimal.Decimal:
    return (decimal.Decimal(number.numerator) / decimal.Decimal(number.denominator)).sqrt()


def exact(number: Fraction) -> decimal.Decimal:
    return decimal.Decimal(number.numerator) / decimal.Decimal(number.denominator)


def hadamard(size: int) -> np.ndarray:
    """An orthogonal matrix whose entries are powers of two: rotating by it rounds nothing (size 1, 4, 16, 64)."""
    return scipy.linalg.hadamard(size) / np.sqrt(size)


class Planes:
    """A set of features made of pairs ±v in planes of two coordinates: its mean and covariance are known exactly."""

    def __init__(self, vectors, width, extra=0, mean=0.0):
        # vectors: list of (plane, (v0, v1)), all dyadic numbers; extra: rows that lie on the mean
        self.vectors, self.width, self.mean = vectors, width, np.broadcast_to(np.asarray(mean, float), (width,))
        self.n = 2 * len(vectors) + extra
        rows = np.zeros((self.n, width))
        for number, (plane, vector) in enumerate(vectors):
            rows[2 * number, 2 * plane:2 * plane + 2] = vector
            rows[2 * number + 1] = -rows[2 * number]
        self.rows = rows

    def features(self, rotation=None):
        rows = self.rows if rotation is None else self.rows @ rotation
        made = rows + self.mean
        assert np.array_equal(made - self.mean, rows), "the example is not exact in float64"
        return made

    def block(self, plane):
        a = b = c = Fraction(0)
        for where, (v, w) in self.vectors:
            if where == plane:
                v, w = Fraction(v), Fraction(w)
                a, b, c = a + 2 * v * v, b + 2 * v * w, c + 2 * w * w
        return [part / (self.n - 1) for part in (a, b, c)]


def reference(one: Planes, other: Planes):
    """The distance and its scale tr S1 + tr S2 + |m1 - m2|²: in a plane tr √(AB) = √(tr AB + 2 √(det A det B))."""
    trace, twice = Fraction(0), decimal.Decimal(0)
    for plane in range(one.width // 2):
        a, b, c = one.block(plane)
        d, e, f = other.block(plane)
        trace += a + c + d + f
        determinants = (a * c - b * b) * (d * f - e * e)
        twice += 2 * (exact(a * d + 2 * b * e + c * f) + 2 * root(determinants)).sqrt()
    offset = sum((Fraction(x) - Fraction(y)) ** 2 for x, y in zip(one.mean, other.mean, strict=True))
    return exact(offset + trace) - twice, float(offset + trace)


def error(value, one, other):
    expected, scale = reference(one, other)
    return abs(float(decimal.Decimal(float(value)) - expected)) / scale


def random_planes(rng, planes, width, scales, extra=0, mean=0.0, thin=False):
    """``planes`` of one or two vectors each, of 8-bit mantissas times a power of two."""
    vectors = []
    for plane, scale in zip(planes, scales, strict=True):
        for _ in range(1 if thin else 2):
            vectors.append((plane, tuple(float(v) * 2.0**(scale - 7) for v in rng.integers(-127, 128, 2))))
    return Planes(vectors, width, extra, mean)


SCALES = {"ones": lambda n: [0] * n, "1e-4": lambda n: [-13] * n, "1e4": lambda n: [13] * n,
          "1e-2 to 1e2": lambda n: np.linspace(-7, 7, n).round().astype(int).tolist(),
          "1e-4 to 1e4": lambda n: np.linspace(-13, 13, n).round().astype(int).tolist()}


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("offset", [0.0, 10000.0])
@pytest.mark.parametrize("rotated", [False, True])
@pytest.mark.parametrize("width", [4, 16, 64])
def test_closed_form_at_full_rank(width, rotated, offset, scale):
    rng = np.random.default_rng(width)
    planes = range(width // 2)
    scales = SCALES[scale](width // 2)
    rotation = hadamard(width) if rotated else None
    for scales_fake in (scales, scales[::-1]):
        one = random_planes(rng, planes, width, scales, extra=2, mean=offset)
        other = random_planes(rng, planes, width, scales_fake, extra=6, mean=offset + 0.5)
        assert min(one.n, other.n) > width
        found = metrics.frechet_distance(one.features(rotation), other.features(rotation))
        assert error(found, one, other) < TOLERANCE
        assert found.mean_term == 0.25 * width
        stored = [metrics.Statistics.from_features(side.features(rotation)) for side in (one, other)]
        assert error(metrics.frechet_distance(*stored), one, other) < TOLERANCE


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("offset", [0.0, 10000.0])
@pytest.mark.parametrize("kind", ["same planes", "other planes", "half in common", "thin"])
@pytest.mark.parametrize("extra", [0, 200])
def test_closed_form_when_rank_is_deficient(kind, offset, scale, extra):
    """Few samples (N < D), or many (N > D) that span few directions: what a covariance in float64 cannot tell apart."""
    width, rng = 64, np.random.default_rng(7)
    first, second = {"same planes": (range(16), range(16)), "other planes": (range(16), range(16, 32)),
                     "half in common": (range(16), range(8, 24)), "thin": (range(32), range(32))}[kind]
    scales = SCALES[scale](len(first))
    one = random_planes(rng, first, width, scales, extra, offset, thin=kind == "thin")
    other = random_planes(rng, second, width, scales[::-1], extra, offset - 0.25, thin=kind == "thin")
    rotation = hadamard(width)
    found = metrics.frechet_distance(one.features(rotation), other.features(rotation))
    assert found.route == "factors"
    assert error(found, one, other) < TOLERANCE
    stored = [metrics.Statistics.from_features(side.features(rotation)) for side in (one, other)]
    assert error(metrics.frechet_distance(*stored), one, other) < TOLERANCE
    assert error(metrics.frechet_distance(stored[0], other.features(rotation)), one, other) < TOLERANCE


@pytest.mark.parametrize("many", [False, True])
def test_one_side_small_the_other_tall(many):
    width, rng = 64, np.random.default_rng(1)
    one = random_planes(rng, range(4), width, [0] * 4)
    other = random_planes(rng, range(32), width, [0] * 32, extra=4000 if many else 0, mean=3.0)
    features = one.features(hadamard(width)), other.features(hadamard(width))
    assert error(metrics.frechet_distance(*features), one, other) < TOLERANCE
    assert error(metrics.frechet_distance(*features[::-1]), one, other) < TOLERANCE


@pytest.mark.parametrize("scale", [1e-4, 1.0, 1e4])
@pytest.mark.parametrize("offset", [0.0, 1e4])
@pytest.mark.parametrize("n", [2, 3, 1000])
def test_one_feature_is_exact(scale, offset, n):
    """D = 1: (m1 - m2)² + (s1 - s2)², from the very numbers that were passed, in exact arithmetic."""
    rng = np.random.default_rng(n)
    one, other = (offset + scale * rng.standard_normal((size, 1)) for size in (n, n + 5))
    means, variances = [], []
    for side in (one, other):
        values = [Fraction(float(v)) for v in side[:, 0]]
        mean = sum(values) / len(values)
        means.append(mean)
        variances.append(sum((v - mean) ** 2 for v in values) / (len(values) - 1))
    gap = (means[0] - means[1]) ** 2
    expected = exact(gap) + (root(variances[0]) - root(variances[1])) ** 2
    scale = float(gap + sum(variances))
    assert abs(float(decimal.Decimal(metrics.frechet_distance(one, other).value) - expected)) < 1e-12 * scale
    stored = [metrics.Statistics.from_features(side) for side in (one, other)]
    assert abs(float(decimal.Decimal(metrics.frechet_distance(*stored).value) - expected)) < 1e-12 * scale


@pytest.mark.parametrize("offset", [0.0, 1e4])
@pytest.mark.parametrize("wide", [False, True])
def test_two_samples_against_many(offset, wide):
    """N = 2 has S = v vᵀ, so tr √(S1 S2) = √(vᵀ S2 v): exact for any features, rounded or not."""
    rng = np.random.default_rng(3)
    width, n = 6, 40
    scale = np.logspace(-4, 4, width) if wide else 1
    one, other = (offset + scale * rng.standard_normal((size, width)) for size in (2, n))
    x, y = ([[Fraction(float(v)) for v in row] for row in side] for side in (one, other))
    means = [[sum(column) / len(side) for column in zip(*side, strict=True)] for side in (x, y)]
    gap = sum((a - b) ** 2 for a, b in zip(*means, strict=True))
    centred = [[v - m for v, m in zip(row, means[1], strict=True)] for row in y]
    v = [a - b for a, b in zip(*x, strict=True)]
    first = sum(a * a for a in v) / 2
    second = sum(a * a for row in centred for a in row) / (n - 1)
    along = sum(sum(a * b for a, b in zip(v, row, strict=True)) ** 2 for row in centred) / (n - 1) / 2
    expected = exact(gap + first + second) - 2 * root(along)
    found = metrics.frechet_distance(one, other)
    assert abs(float(decimal.Decimal(found.value) - expected)) < 1e-12 * float(gap + first + second)


def test_known_gaussians_give_the_textbook_value():
    """Means (0, 0) and (3, 4), variances 1 and 4 in each direction: 25 + 2·(1 - 2)² = 27."""
    points = np.array([[1.0, 0], [-1, 0], [0, 1], [0, -1]]) * np.sqrt(3 / 2)
    found = metrics.frechet_distance(points, 2 * points + [3, 4])
    assert float(found) == pytest.approx(27, abs=1e-13)
    assert found.mean_term == pytest.approx(25, abs=1e-13)
    assert (found.n_real, found.n_fake, found.better, found.name) == (4, 4, "lower", "Fréchet distance")


def test_both_routes_agree_and_are_taken():
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((300, 20)) @ rng.standard_normal((20, 20)), rng.standard_normal((250, 20))
    found = metrics.frechet_distance(x, y)
    assert found.route == "eigh"
    value = frechet.by_factors(moments.FeatureSide(x), moments.FeatureSide(y))
    assert value == pytest.approx((moments.FeatureSide(x).trace + moments.FeatureSide(y).trace - found.trace_term) / 2,
                                  rel=1e-12)
    assert metrics.frechet_distance(x[:15], y).route == "factors"
    x[:, 3] = x[:, 4]  # collinear: no Cholesky factor, or a worthless one
    assert metrics.frechet_distance(x, y).route == "factors"


def test_units_that_never_fire_do_not_leave_the_fast_route():
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((300, 20)), rng.standard_normal((250, 20))
    x[:, 5] = 0
    y[:, [7, 8]] = 0
    found = metrics.frechet_distance(x, y)
    assert found.route == "eigh"
    root = frechet.by_factors(moments.FeatureSide(x), moments.FeatureSide(y))
    sides = moments.FeatureSide(x), moments.FeatureSide(y)
    assert found.trace_term == pytest.approx(sides[0].trace + sides[1].trace - 2 * root, rel=1e-12)


def test_invariances():
    rng = np.random.default_rng(5)
    x, y = rng.standard_normal((90, 8)) * np.arange(1, 9), rng.standard_normal((70, 8)) + 0.3
    value = float(metrics.frechet_distance(x, y))
    rotation = np.linalg.qr(rng.standard_normal((8, 8)))[0]
    assert float(metrics.frechet_distance(y, x)) == pytest.approx(value, rel=1e-12)
    assert float(metrics.frechet_distance(x @ rotation + 5, y @ rotation + 5)) == pytest.approx(value, rel=1e-12)
    assert float(metrics.frechet_distance(x * 8, y * 8)) == pytest.approx(64 * value, rel=1e-12)
    assert float(metrics.frechet_distance(x[rng.permutation(90)], y)) == pytest.approx(value, rel=1e-12)
    assert float(metrics.frechet_distance(x, x[::-1])) < 1e-12 * value
    assert float(metrics.frechet_distance(x, x + 2)) == pytest.approx(32, rel=1e-12)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.int32])
def test_other_dtypes_compute_in_float64(dtype):
    rng = np.random.default_rng(2)
    x, y = (rng.integers(-9, 9, (n, 4)) for n in (50, 60))
    assert float(metrics.frechet_distance(x.astype(dtype), y.astype(dtype))) == \
        float(metrics.frechet_distance(x.astype(np.float64), y.astype(np.float64)))


def test_constant_features_have_distance_zero_and_are_no_error():
    assert float(metrics.frechet_distance(np.full((5, 3), 0.1), np.full((9, 3), 0.1))) < 1e-30
    assert float(metrics.frechet_distance(np.zeros((5, 3)), np.ones((4, 3)))) == 3


def test_statistics_round_trip(tmp_path):
    rng = np.random.default_rng(0)
    x, y = 1e4 + rng.standard_normal((80, 12)), 1e4 + rng.standard_normal((8, 12))
    for features in (x, y):
        made = metrics.Statistics.from_features(features, "toy", "a test set", sample=5)
        made.save(tmp_path / "reference.npz")
        read = metrics.Statistics.load(tmp_path / "reference.npz")
        for name in ("mean", "mean_rest", "factor", "sample"):
            np.testing.assert_array_equal(getattr(made, name), getattr(read, name))
        assert (read.n, read.extractor, read.source) == (len(features), "toy", "a test set")
        np.testing.assert_allclose(read.covariance, np.cov(features - 1e4, rowvar=False), rtol=0, atol=1e-13)
        np.testing.assert_allclose(read.mean, features.mean(axis=0), rtol=1e-15)
        assert read.sample.shape == (5, 12)
    made.save(tmp_path / "small.npz", dtype="float32")
    value = float(metrics.frechet_distance(x, y))
    assert float(metrics.frechet_distance(x, metrics.Statistics.load(tmp_path / "small.npz"))) == \
        pytest.approx(value, rel=1e-5)


def test_statistics_from_batches_see_each_batch_once():
    rng = np.random.default_rng(0)
    x = 100 + rng.standard_normal((5000, 7)).astype(np.float32)
    whole = metrics.Statistics.from_features(x)
    batched = metrics.Statistics.from_batches(x[start:start + 700] for start in range(0, 5000, 700))
    assert batched.n == 5000
    np.testing.assert_allclose(batched.mean, whole.mean, rtol=1e-15)
    np.testing.assert_allclose(batched.covariance, whole.covariance, rtol=0, atol=1e-13)
    scale = np.trace(whole.covariance)
    assert float(metrics.frechet_distance(batched, x)) < 1e-12 * scale


def test_statistics_from_published_moments():
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((50, 6)), rng.standard_normal((40, 6))
    taken = metrics.Statistics.from_moments(x.mean(axis=0), np.cov(x, rowvar=False), 50)
    assert float(metrics.frechet_distance(taken, y)) == pytest.approx(float(metrics.frechet_distance(x, y)), rel=1e-9)
    with pytest.raises(LabkitError, match="not symmetric"):
        metrics.Statistics.from_moments(np.zeros(2), [[1, 2], [0, 1]], 50)
    with pytest.raises(LabkitError, match="eigenvalue"):
        metrics.Statistics.from_moments(np.zeros(2), [[1, 2], [2, 1]], 50)


def test_damaged_statistics_say_so(tmp_path):
    path = tmp_path / "reference.npz"
    with pytest.raises(LabkitError, match=r"does not exist"):
        metrics.Statistics.load(path)
    metrics.Statistics.from_features(np.eye(4)).save(path)
    whole = path.read_bytes()
    for content in (b"", b"<html>no</html>", whole[:200], whole[:-40], whole.replace(b"factor", b"facts!")):
        path.write_bytes(content)
        with pytest.raises(LabkitError, match=r"reference\.npz does not hold statistics"):
            metrics.Statistics.load(path)
    np.savez(path, format=1, n=4, extractor="", source="", mean=np.zeros(2), mean_rest=np.zeros(2),
             factor=np.full(3, np.nan), shape=[2, 2])
    with pytest.raises(LabkitError, match="do not fit together"):
        metrics.Statistics.load(path)
    np.savez(path, format=9)
    with pytest.raises(LabkitError, match="format 9"):
        metrics.Statistics.load(path)
    np.savez(path, format=np.array([print], dtype=object))
    with pytest.raises(LabkitError, match="does not hold statistics"):
        metrics.Statistics.load(path)


def test_names_and_extractors():
    x, y = np.random.default_rng(0).standard_normal((2, 20, 3))
    assert metrics.frechet_distance(metrics.Features(x, extractor="InceptionV3 (Keras)"), y).name == "FID"
    assert metrics.frechet_distance(metrics.Features(x, extractor="mnist classifier"), y).name == "Fréchet distance"
    with pytest.raises(LabkitError, match="mean nothing"):
        metrics.frechet_distance(metrics.Features(x, extractor="a"), metrics.Features(y, extractor="b"))


def test_the_real_side_is_worked_through_once(monkeypatch):
    calls = []
    product = moments.Side.covariance
    monkeypatch.setattr(moments.Side, "covariance", lambda side: calls.append(side.n) or product(side))
    rng = np.random.default_rng(0)
    real = metrics.Features(rng.standard_normal((40, 5)))
    for seed in range(3):
        metrics.frechet_distance(real, np.random.default_rng(seed).standard_normal((30, 5)))
    assert sorted(calls) == [30, 30, 30, 40]


def test_bad_features_say_what_to_do():
    good = np.random.default_rng(0).standard_normal((10, 4))
    holed = good.copy()
    holed[6, 2] = np.nan
    infinite = good.copy()
    infinite[3, 0] = np.inf
    for bad, message in [
        (holed, r"NaN, first in row 6 of 10"), (infinite, "an infinite value, first in row 3"),
        (good[:1], "1 sample; at least 2"), (good[:, :3], "4 features a picture and fake has 3"),
        (good[:, 0], r"reshape\(-1, 1\)"), (np.zeros((9, 8, 8, 3), np.uint8), "look like images"),
        (np.zeros((9, 192), np.uint8), "flattened images"), (np.array([["a", "b"]]), "real numbers"),
        (good + 1j, "real numbers"), (good * 1e200, "overflow"), (np.zeros((9, 0)), "empty"),
    ]:
        with pytest.raises(LabkitError, match=message):
            metrics.frechet_distance(good, bad)
