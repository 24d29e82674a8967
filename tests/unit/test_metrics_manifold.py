"""Neighbours, precision, recall, density, coverage against brute force by differences: exactly equal, ties included."""

import tracemalloc

import numpy as np
import pytest

from labkit import metrics
from labkit.errors import LabkitError
from labkit.metrics import neighbours


def distances(x, y):
    """Squared distances, pair by pair from the differences."""
    x, y = np.asarray(x, np.float64), np.asarray(y, np.float64)
    return np.array([np.square(row - y).sum(axis=1) for row in x])


def brute(x, y, k, closed):
    """The four scores from three full matrices, as their papers define them."""
    def ball(points):
        own = distances(points, points)
        np.fill_diagonal(own, np.inf)
        return np.sort(own, axis=1)[:, k - 1]

    compare = np.less_equal if closed else np.less
    cross = distances(x, y)
    real, fake = compare(cross, ball(x)[:, None]), compare(cross, ball(y))
    return (real.any(axis=0).mean(), fake.any(axis=1).mean(), (1 / k) * real.sum(axis=0).mean(),
            real.any(axis=1).mean())


def example(seed, kind):
    rng = np.random.default_rng(seed)
    n, m, width = rng.integers(4, 50), rng.integers(4, 50), rng.integers(1, 9)
    if kind == "lattice":  # mostly ties
        x, y = rng.integers(0, 3, (n, width)).astype(float), rng.integers(0, 3, (m, width)).astype(float)
    else:
        x, y = rng.standard_normal((n, width)), rng.standard_normal((m, width))
    if kind == "copies":
        y = np.concatenate([y, x[: n // 2], y[:3], x[:2]])
    elif kind == "offset":
        x, y = 1e4 + 1e-4 * x, 1e4 + 1e-4 * y
    elif kind == "wide":
        x, y = x * np.logspace(-4, 4, width), y * np.logspace(-4, 4, width)
    elif kind == "clusters":
        x, y = x * 1e-9 + rng.integers(0, 3, (n, 1)), y * 1e-9 + rng.integers(0, 3, (m, 1))
    elif kind == "collapsed":
        y = np.repeat(y[:2], 20, axis=0)
    return x, y, int(rng.integers(1, min(len(x), len(y))))


KINDS = ["lattice", "plain", "copies", "offset", "wide", "clusters", "collapsed"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("convention", "closed"), [("prdc", False), ("kynkaanniemi", True)])
def test_equal_to_brute_force(kind, convention, closed, monkeypatch):
    monkeypatch.setattr(neighbours, "SIDE", 16)  # several tiles even here
    for seed in range(12):
        x, y, k = example(seed, kind)
        expected = brute(x, y, k, closed)
        assert tuple(map(float, metrics.manifold_scores(x, y, k, convention))) == expected
        assert tuple(map(float, metrics.precision_recall(x, y, k, convention))) == expected[:2]
        assert tuple(map(float, metrics.density_coverage(x, y, k, convention))) == expected[2:]


@pytest.mark.parametrize("kind", KINDS)
def test_nearest_is_exact_and_sorted(kind, monkeypatch):
    monkeypatch.setattr(neighbours, "SIDE", 16)
    for seed in range(8):
        x, y, k = example(seed, kind)
        squared, index = neighbours.nearest(x, y, k)
        all_of_them = distances(x, y)
        order = np.argsort(all_of_them, axis=1, kind="stable")[:, :k]
        np.testing.assert_array_equal(index, order)
        np.testing.assert_array_equal(squared, np.take_along_axis(all_of_them, order, axis=1))


def test_large_tiles_and_float32():
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((1700, 12)).astype(np.float32), rng.standard_normal((1600, 12)).astype(np.float32)
    y[:100] = x[:100]
    assert tuple(map(float, metrics.manifold_scores(x, y, 3, "kynkaanniemi"))) == brute(x, y, 3, True)


def test_conventions_differ_on_the_sphere():
    """A copy of a real picture's nearest neighbour lies on that picture's sphere: k = 1 tells < from <=."""
    real = np.array([[0.0], [1.0], [10.0], [13.0]])
    fake = np.array([[20.0], [1.0], [30.0]])
    strict = metrics.precision_recall(real, fake, 1, "prdc")
    closed = metrics.precision_recall(real, fake, 1, "kynkaanniemi")
    assert (float(strict.precision), float(closed.precision)) == (1 / 3, 1 / 3)
    assert metrics.density_coverage(real, fake, 1).density.per_sample.tolist() == [0, 1, 0]
    assert metrics.density_coverage(real, fake, 1, "kynkaanniemi").density.per_sample.tolist() == [0, 2, 0]


def test_known_answers():
    grid = np.array([[0.0, 0], [1, 0], [0, 1], [1, 1]])
    same = metrics.manifold_scores(grid, grid + 0.25, 1)
    assert [float(score) for score in same] == [1, 1, (3 + 2 + 2 + 1) / 4, 1]
    apart = metrics.manifold_scores(grid, grid + 100, 1)
    assert [float(score) for score in apart] == [0, 0, 0, 0]
    collapsed = metrics.manifold_scores(grid, np.full((4, 2), 0.1), 1)
    assert [float(score) for score in collapsed] == [1, 0, 3, 3 / 4]
    assert same.precision.per_sample.tolist() == [True] * 4
    assert (same.precision.k, same.precision.n_real, same.density.convention) == (1, 4, "k = 1, prdc")


def test_defaults_follow_the_conventions():
    x, y = np.random.default_rng(0).standard_normal((2, 40, 3))
    assert metrics.precision_recall(x, y).precision.k == 5
    assert metrics.precision_recall(x, y, convention="kynkaanniemi").recall.k == 3
    assert metrics.density_coverage(x, y).density.k == 5


def test_invariances():
    rng = np.random.default_rng(3)
    x, y = rng.standard_normal((2, 60, 4))
    expected = [float(score) for score in metrics.manifold_scores(x, y)]
    order = rng.permutation(60)
    for a, b in ((x[order], y), (x * 4, y * 4), (-x, -y), (x[:, ::-1], y[:, ::-1])):
        assert [float(score) for score in metrics.manifold_scores(a, b)] == expected
    swapped = metrics.precision_recall(y, x)
    assert [float(swapped.recall), float(swapped.precision)] == expected[:2]


def test_radii_of_the_real_set_are_kept(monkeypatch):
    calls = []
    compute = neighbours.radii
    monkeypatch.setattr(neighbours, "radii", lambda x, k: calls.append(len(x)) or compute(x, k))
    rng = np.random.default_rng(0)
    real = metrics.Features(rng.standard_normal((30, 3)))
    for _ in range(3):
        metrics.manifold_scores(real, rng.standard_normal((20, 3)))
    assert sorted(calls) == [20, 20, 20, 30]


def test_error_bars_of_precision_and_coverage():
    """Over fresh fakes alone: that is what 'neighbourhoods held fixed' promises for precision and density."""
    rng = np.random.default_rng(1)
    real = metrics.Features(rng.standard_normal((300, 3)))
    found = [metrics.manifold_scores(real, 1.5 * rng.standard_normal((200, 3))) for _ in range(80)]
    for name in ("precision", "density"):
        scores = [getattr(each, name) for each in found]
        assert np.mean([score.error for score in scores]) == pytest.approx(np.std([float(s) for s in scores]), rel=0.25)


def test_memory_is_tiles_not_matrices():
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((2, 6000, 8)).astype(np.float32)
    tracemalloc.start()
    metrics.manifold_scores(x, y)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 6000 * 6000 * 8 / 2


def test_a_collapsed_generator_is_not_the_slowest_case(monkeypatch):
    """100 million ties would be compared by differences, were equal rows not found first."""
    pairs = []
    compute = neighbours.by_differences
    monkeypatch.setattr(neighbours, "by_differences", lambda x, y, i, j: pairs.append(len(i)) or compute(x, y, i, j))
    x = np.random.default_rng(0).standard_normal((200, 50))
    metrics.manifold_scores(x, np.repeat(x[:1], 10_000, axis=0))
    assert sum(pairs) < 20_000


def test_bad_input_says_what_to_do():
    good = np.random.default_rng(0).standard_normal((10, 4))
    for arguments, message in [
        ((good, good, 10), r"k is 10; it must be between 1 and 9: 10 samples have 9 other neighbours"),
        ((good, good[:4]), r"k is 5; it must be between 1 and 3"), ((good, good, 0), "k is 0"),
        ((good, good, 2.5), "k is 2.5; a whole number"), ((good, good, 3, "sajjadi"), "choose one of 'prdc'"),
        ((good, good[:, :2]), "different extractors or layers"), ((good, good[:1]), "at least 2"),
        ((good, np.full((9, 4), np.nan)), "NaN"),
    ]:
        with pytest.raises(LabkitError, match=message):
            metrics.precision_recall(*arguments)
        with pytest.raises(LabkitError, match=message):
            metrics.density_coverage(*arguments)
