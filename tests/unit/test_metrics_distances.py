"""Fréchet and kernel distance and Inception score against exact arithmetic, at every rank, scale and offset."""

import decimal
from fractions import Fraction

import numpy as np
import pytest
import scipy.linalg

from labkit import metrics
from labkit.errors import LabkitError

decimal.getcontext().prec = 60
TOLERANCE = 1e-9


def exact(number: Fraction) -> decimal.Decimal:
    return decimal.Decimal(number.numerator) / decimal.Decimal(number.denominator)


class Planes:
    """Features made of pairs ±v in planes of two coordinates, whose mean and covariance are known exactly: of each
    plane one or two vectors of 8-bit mantissas times a power of two; ``extra`` rows lie on the mean."""

    def __init__(self, rng, planes, width, scales, extra=0, mean=0.0, thin=False):
        self.vectors = [(plane, tuple(float(v) * 2.0**(scale - 7) for v in rng.integers(-127, 128, 2)))
                        for plane, scale in zip(planes, scales, strict=True) for _ in range(1 if thin else 2)]
        self.width, self.mean, self.n = width, mean, 2 * len(self.vectors) + extra
        self.rows = np.zeros((self.n, width))
        for number, (plane, vector) in enumerate(self.vectors):
            self.rows[2 * number, 2 * plane:2 * plane + 2] = vector
            self.rows[2 * number + 1] = -self.rows[2 * number]

    def features(self):
        """Rotated by a matrix whose entries are powers of two: nothing is rounded."""
        rows = self.rows @ (scipy.linalg.hadamard(self.width) / np.sqrt(self.width))
        assert np.array_equal(rows + self.mean - self.mean, rows), "the example is not exact in float64"
        return rows + self.mean

    def block(self, plane):
        own = [tuple(map(Fraction, vector)) for where, vector in self.vectors if where == plane]
        return [sum(2 * v[i] * v[j] for v in own) / Fraction(self.n - 1) for i, j in ((0, 0), (0, 1), (1, 1))]


def error(value, one: Planes, other: Planes):
    """The error relative to tr S1 + tr S2 + |m1 - m2|²; in a plane tr √(AB) = √(tr AB + 2 √(det A det B))."""
    scale, twice = Fraction(one.mean - other.mean) ** 2 * one.width, decimal.Decimal(0)
    for plane in range(one.width // 2):
        (a, b, c), (d, e, f) = one.block(plane), other.block(plane)
        scale += a + c + d + f
        root = exact((a * c - b * b) * (d * f - e * e)).sqrt()
        twice += 2 * (exact(a * d + 2 * b * e + c * f) + 2 * root).sqrt()
    return abs(float(decimal.Decimal(float(value)) - exact(scale) + twice)) / float(scale)


def check(one, other):
    x, y = one.features(), other.features()
    stored = [metrics.Features(side).statistics() for side in (x, y)]
    for pair in ((x, y), (y, x), stored, (stored[0], y)):
        assert error(metrics.frechet_distance(*pair), one, other) < TOLERANCE


SCALES = {"ones": lambda n: [0] * n, "1e-4": lambda n: [-13] * n, "1e4": lambda n: [13] * n,
          "1e-4 to 1e4": lambda n: np.linspace(-13, 13, n).round().astype(int).tolist()}


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("offset", [0.0, 10000.0])
@pytest.mark.parametrize(("first", "second", "thin"), [
    (range(32), range(32), False), (range(16), range(16), False), (range(16), range(16, 32), False),
    (range(16), range(8, 24), False), (range(32), range(32), True)],
    ids=["full rank", "same planes", "other planes", "half in common", "thin"])
@pytest.mark.parametrize("extra", [0, 200])
def test_frechet_at_every_rank(first, second, thin, offset, scale, extra):
    """Also from few samples (N < D), or many (N > D) that span few directions: what a covariance in float64 cannot tell
    apart."""
    rng, scales = np.random.default_rng(7), SCALES[scale](len(first))
    check(Planes(rng, first, 64, scales, extra, offset, thin),
          Planes(rng, second, 64, scales[::-1], extra, offset - 0.25, thin))


def test_known_gaussians_give_the_textbook_value():
    """Means (0, 0) and (3, 4), variances 1 and 4 in each direction: 25 + 2·(1 - 2)² = 27."""
    points = np.array([[1.0, 0], [-1, 0], [0, 1], [0, -1]]) * np.sqrt(3 / 2)
    found = metrics.frechet_distance(points, 2 * points + [3, 4])
    assert (float(found), found.mean_term) == (pytest.approx(27, abs=1e-13), pytest.approx(25, abs=1e-13))
    assert (found.n_real, found.n_fake, found.better, found.name) == (4, 4, "lower", "Fréchet distance")
    assert float(metrics.frechet_distance(np.zeros((5, 3)), np.ones((4, 3)))) == 3


def test_statistics_round_trip(tmp_path):
    rng = np.random.default_rng(0)
    x, y = 1e4 + rng.standard_normal((80, 12)), 1e4 + rng.standard_normal((8, 12))
    path = tmp_path / "reference.npz"
    for side in (x, y):
        made = metrics.Features(side, extractor="toy").statistics(sample=5)
        made.save(path)
        read = metrics.Statistics.load(path)
        assert (read.n, read.extractor, read.width) == (len(side), "toy", 12)
        np.testing.assert_allclose(read.factor.T @ read.factor, np.cov(side - 1e4, rowvar=False), rtol=0, atol=1e-13)
        np.testing.assert_allclose(read.mean, side.mean(axis=0), rtol=1e-15)
        assert np.array_equal(read.sample, made.sample)
    whole = path.read_bytes()
    for content in (b"<html>no</html>", whole[:200], whole[:-40], whole.replace(b"factor", b"facts!")):
        path.write_bytes(content)
        with pytest.raises(LabkitError, match=r"reference\.npz does not hold statistics"):
            metrics.Statistics.load(path)


def test_features_of_two_extractors_are_not_compared():
    one, other = (metrics.Features(np.eye(3), extractor=name) for name in "ab")
    for score in (metrics.frechet_distance, metrics.kernel_distance):
        with pytest.raises(LabkitError, match="mean nothing"):
            score(one, other)


def test_bad_features_say_what_to_do():
    good = np.random.default_rng(0).standard_normal((10, 4))
    holed, infinite = good.copy(), good.copy()
    holed[6, 2], infinite[3, 0] = np.nan, -np.inf
    for bad, message in [
        (holed, r"NaN, first in row 6 of 10"), (infinite, "an infinite value, first in row 3"),
        (good[:1], "1 sample; at least 2"), (good[:, :3], "4 features a picture and fake has 3"),
        (good[:, 0], r"reshape\(-1, 1\)"), (np.zeros((9, 8, 8, 3), np.uint8), r"uint8 \(9, 8, 8, 3\); feature vectors"),
        (np.zeros((9, 192), np.uint8), "pixels are really meant"), (np.array([["a", "b"]]), "real numbers"),
        (good + 1j, "real numbers"), (good * 1e200, "overflow"), (np.zeros((9, 0)), "feature vectors"),
    ]:
        for score in (metrics.frechet_distance, metrics.kernel_distance, metrics.precision_recall):
            with pytest.raises(LabkitError, match=message):
                score(good, bad)


def fractions(x, y):
    """The unbiased MMD² under (x·y/D + 1)³, in fractions."""
    x, y = ([[Fraction(float(v)) for v in row] for row in side] for side in (x, y))

    def k(a, b):
        return (sum(p * q for p, q in zip(a, b, strict=True)) / len(a) + 1) ** 3

    def within(rows):
        return sum(k(a, b) for i, a in enumerate(rows) for j, b in enumerate(rows) if i != j) / (
            len(rows) * (len(rows) - 1))

    return within(x) + within(y) - 2 * sum(k(a, b) for a in x for b in y) / (len(x) * len(y))


@pytest.mark.parametrize(("scale", "offset", "tolerance"), [
    (1, 0, 1e-12), (1e-4, 0, 1e-12), (1e4, 0, 1e-12), (1, 1e4, 1e-9), (1e-4, 1e4, 1e-9), (1e4, 1e4, 1e-9),
    ("wide", 0, 1e-9), ("wide", 1e4, 1e-9)])
@pytest.mark.parametrize("sizes", [(2, 2), (9, 14)])
@pytest.mark.parametrize("width", [1, 5])
def test_kernel_against_fractions(width, sizes, scale, offset, tolerance):
    rng = np.random.default_rng(4)
    factor = np.logspace(-4, 4, width) if scale == "wide" else scale
    x = offset + factor * rng.standard_normal((sizes[0], width))
    y = offset + factor * (rng.standard_normal((sizes[1], width)) * 1.5 + 1)
    expected = fractions(x, y)
    assert abs(Fraction(metrics.kernel_distance(x, y).value) - expected) <= Fraction(tolerance) * abs(expected)
    assert metrics.kernel_distance(x, x).value == pytest.approx(float(fractions(x, x)), rel=1e-6)


def test_kernel_in_tiles():
    """The same as published programs compute it, in float64, from more samples than one tile holds."""
    rng = np.random.default_rng(1)
    x, y = rng.standard_normal((1500, 3)).astype(np.float32), 1.2 * rng.standard_normal((2100, 3))
    xx, yy, xy = (((a.astype(float) @ b.T) / 3 + 1) ** 3 for a, b in ((x, x), (y, y), (x, y)))
    expected = ((xx.sum() - np.trace(xx)) / (1500 * 1499) + (yy.sum() - np.trace(yy)) / (2100 * 2099) - 2 * xy.mean())
    assert metrics.kernel_distance(x, y).value == pytest.approx(expected, rel=1e-6)
    with pytest.raises(LabkitError, match="Statistics"):
        metrics.kernel_distance(metrics.Features(x).statistics(), x)


def test_the_error_of_the_kernel_distance_is_a_jackknife():
    rng = np.random.default_rng(2)
    x, y = rng.standard_normal((12, 3)), rng.standard_normal((9, 3)) + 0.5
    without = ([metrics.kernel_distance(np.delete(x, i, 0), y).value for i in range(12)],
               [metrics.kernel_distance(x, np.delete(y, i, 0)).value for i in range(9)])
    expected = np.sqrt(11 * np.var(without[0]) + 8 * np.var(without[1]))
    found = metrics.kernel_distance(x, y)
    assert (found.error, found.name) == (pytest.approx(expected, rel=1e-9), "Kernel distance")


def definition(logits):
    """exp(mean KL(p || mean p)) in 60 digits."""
    p = []
    for row in ([decimal.Decimal(float(v)) for v in row] for row in logits):
        e = [(v - max(row)).exp() if v.is_finite() else decimal.Decimal(0) for v in row]
        p.append([v / sum(e) for v in e])
    q = [sum(column) / len(p) for column in zip(*p, strict=True)]
    return (sum(a * (a / b).ln() for row in p for a, b in zip(row, q, strict=True) if a > 0) / len(p)).exp()


@pytest.mark.parametrize("scale", [1e-4, 1.0, 30.0, 1e4])
@pytest.mark.parametrize("offset", [0.0, 1e4])
def test_inception_score_against_the_definition(scale, offset):
    logits = offset + scale * np.random.default_rng(0).standard_normal((20, 7))
    expected = definition(logits)
    assert abs(float((decimal.Decimal(metrics.inception_score(logits).value) - expected) / expected)) < 1e-10


def test_bad_logits_say_what_to_do():
    good = np.random.default_rng(0).standard_normal((10, 4))
    holed = np.where(np.arange(40).reshape(10, 4) == 9, np.nan, good)
    probabilities = np.exp(good) / np.exp(good).sum(axis=1, keepdims=True)
    for logits, splits, message in [
        (holed, 1, "first in row 2"), (good, 11, r"splits is 11; it must be between 1 and 10"),
        (probabilities, 1, r"np\.log\(logits\)"), (good[:, :1], 1, "at least two classes"),
        (metrics.Features(good), 1, "hold no logits"),
    ]:
        with pytest.raises(LabkitError, match=message):
            metrics.inception_score(logits, splits)
    held = metrics.Features(np.ones((10, 2)), np.log(probabilities), "InceptionV3")
    assert float(metrics.inception_score(held)) == pytest.approx(float(metrics.inception_score(good)))
    assert metrics.inception_score(held).name == "Inception score"
