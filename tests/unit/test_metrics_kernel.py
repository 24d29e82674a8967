"""The kernel distance against exact rational arithmetic on the very numbers that are passed; its error bars."""

from fractions import Fraction

import numpy as np
import pytest

from labkit import metrics
from labkit.errors import LabkitError
from labkit.metrics import kernel


def exact(x, y):
    """The unbiased MMD² under (x·y/D + 1)³, in fractions."""
    x, y = ([[Fraction(float(v)) for v in row] for row in side] for side in (x, y))
    width = len(x[0])

    def k(a, b):
        return (sum(p * q for p, q in zip(a, b, strict=True)) / width + 1) ** 3

    def within(rows):
        return sum(k(a, b) for i, a in enumerate(rows) for j, b in enumerate(rows) if i != j) / (
            len(rows) * (len(rows) - 1))

    return within(x) + within(y) - 2 * sum(k(a, b) for a in x for b in y) / (len(x) * len(y))


def plain(x, y):
    """The same as published programs compute it, in float64."""
    x, y = x.astype(np.float64), y.astype(np.float64)
    n, m, width = len(x), len(y), x.shape[1]
    xx, yy, xy = (((a @ b.T) / width + 1) ** 3 for a, b in ((x, x), (y, y), (x, y)))
    return ((xx.sum() - np.trace(xx)) / (n * (n - 1)) + (yy.sum() - np.trace(yy)) / (m * (m - 1)) - 2 * xy.mean())


@pytest.mark.parametrize(("scale", "offset", "tolerance"), [
    (1, 0, 1e-12), (1e-4, 0, 1e-12), (1e4, 0, 1e-12), (1, 1e4, 1e-9), (1e-4, 1e4, 1e-9), (1e4, 1e4, 1e-9),
    ("wide", 0, 1e-9), ("wide", 1e4, 1e-9)])
@pytest.mark.parametrize("sizes", [(2, 2), (9, 14)])
@pytest.mark.parametrize("width", [1, 5])
def test_against_fractions(width, sizes, scale, offset, tolerance):
    rng = np.random.default_rng(4)
    factor = np.logspace(-4, 4, width) if scale == "wide" else scale
    x = offset + factor * rng.standard_normal((sizes[0], width))
    y = offset + factor * (rng.standard_normal((sizes[1], width)) * 1.5 + 1)
    expected = exact(x, y)
    found = Fraction(metrics.kernel_distance(x, y).value)
    assert abs(found - expected) <= Fraction(tolerance) * abs(expected)


def test_published_programs_lose_what_an_offset_swamps():
    rng = np.random.default_rng(0)
    x, y = 1e4 + 1e-3 * rng.standard_normal((12, 3)), 1e4 + 1e-3 * rng.standard_normal((12, 3)) + 1e-3
    expected = float(exact(x, y))
    assert metrics.kernel_distance(x, y).value == pytest.approx(expected, rel=1e-10)
    assert abs(plain(x, y) - expected) > 1e-4 * expected


@pytest.mark.parametrize("sizes", [(600, 4200), (1500, 513), (512, 4096)])
def test_tiles_fit_together(sizes):
    rng = np.random.default_rng(1)
    x, y = rng.standard_normal((sizes[0], 3)).astype(np.float32), 1.2 * rng.standard_normal((sizes[1], 3))
    assert metrics.kernel_distance(x, y).value == pytest.approx(plain(x, y), rel=1e-10)


def test_jackknife_is_the_jackknife():
    rng = np.random.default_rng(2)
    x, y = rng.standard_normal((12, 3)), rng.standard_normal((9, 3)) + 0.5
    without_x = [kernel._distance(np.delete(x, i, 0), y, False)[0] for i in range(12)]
    without_y = [kernel._distance(x, np.delete(y, i, 0), False)[0] for i in range(9)]
    expected = np.sqrt(11 * np.var(without_x) + 8 * np.var(without_y))
    assert metrics.kernel_distance(x, y).error == pytest.approx(expected, rel=1e-9)


def test_jackknife_tells_how_much_other_samples_would_give():
    rng = np.random.default_rng(3)
    found = [metrics.kernel_distance(rng.standard_normal((150, 4)), rng.standard_normal((100, 4)) + 0.4)
             for _ in range(120)]
    spread = np.std([float(score) for score in found])
    assert np.mean([score.error for score in found]) == pytest.approx(spread, rel=0.2)


def test_unbiased_where_distributions_agree():
    rng = np.random.default_rng(4)
    values = [float(metrics.kernel_distance(*rng.standard_normal((2, 60, 4)))) for _ in range(200)]
    assert min(values) < 0 < max(values)
    assert abs(np.mean(values)) < 3 * np.std(values) / np.sqrt(len(values))


def test_subsets_follow_the_published_recipe():
    rng = np.random.default_rng(5)
    x, y = rng.standard_normal((80, 4)), rng.standard_normal((60, 4)) + 0.2
    found = metrics.kernel_distance(x, y, subsets=7, subset_size=30, seed=2020)
    random = np.random.RandomState(2020)
    values = []
    for _ in range(7):
        rows = random.choice(80, 30, replace=False)
        values.append(plain(x[rows], y[random.choice(60, 30, replace=False)]))
    np.testing.assert_allclose(found.values, values, rtol=1e-10)
    assert found.value == pytest.approx(np.mean(values), rel=1e-10)
    assert found.error == pytest.approx(np.std(values), rel=1e-10)
    assert found.seed == 2020
    assert metrics.kernel_distance(x, y).seed is None


def test_invariances():
    rng = np.random.default_rng(6)
    x, y = rng.standard_normal((50, 5)), rng.standard_normal((40, 5)) + 1
    value = float(metrics.kernel_distance(x, y))
    rotation = np.linalg.qr(rng.standard_normal((5, 5)))[0]
    assert float(metrics.kernel_distance(y, x)) == pytest.approx(value, rel=1e-11)
    assert float(metrics.kernel_distance(x @ rotation, y @ rotation)) == pytest.approx(value, rel=1e-11)
    assert float(metrics.kernel_distance(x[::-1], y)) == pytest.approx(value, rel=1e-11)


def test_bad_input_says_what_to_do():
    good = np.random.default_rng(0).standard_normal((10, 4))
    with pytest.raises(LabkitError, match=r"subset_size is 1000; it must be between 2 and 10, the size of the smaller"):
        metrics.kernel_distance(good, good, subsets=3)
    with pytest.raises(LabkitError, match="subsets is 0"):
        metrics.kernel_distance(good, good, subsets=0)
    with pytest.raises(LabkitError, match="sixth powers overflow"):
        metrics.kernel_distance(good, good * 1e60)
    with pytest.raises(LabkitError, match="Statistics"):
        metrics.kernel_distance(metrics.Statistics.from_features(good), good)
    with pytest.raises(LabkitError, match="at least 2"):
        metrics.kernel_distance(good, good[:1])
