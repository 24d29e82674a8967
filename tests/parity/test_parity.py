"""labkit.metrics equals the published programs where those are right; against exact numbers: tests/unit."""

import numpy as np
import pytest

from labkit import metrics

pytestmark = pytest.mark.parity
programs = pytest.importorskip("tests.parity.programs", reason="see tests/parity/__init__.py", exc_type=ImportError)


def features(seed=0, n=300, m=300, width=16):
    rng = np.random.default_rng(seed)
    mix = np.eye(width) + 0.2 * rng.standard_normal((width, width))
    return rng.standard_normal((n, width)) @ mix, 1.1 * rng.standard_normal((m, width)) + 0.2


@pytest.mark.parametrize(("ours", "theirs"), [
    *((metrics.frechet_distance, program) for program in programs.FRECHET.values()),
    *((metrics.kernel_distance, program) for program in programs.KERNEL.values())])
def test_a_distance_equals_the_programs_where_they_are_right(ours, theirs):
    for seed in range(3):
        real, fake = features(seed)
        assert float(ours(real, fake)) == pytest.approx(theirs(real, fake), rel=1e-9)


@pytest.mark.parametrize("splits", [1, 7, 10])
def test_inception_score_equals_the_programs(splits):
    logits = 3 * np.random.default_rng(0).standard_normal((500, 10))
    found = metrics.inception_score(logits, splits)
    mean, deviation = programs.isc_torch_fidelity(logits, splits)
    assert found.value == pytest.approx(mean, rel=1e-10)
    if splits > 1:
        assert found.error == pytest.approx(deviation, rel=1e-8)


def test_inception_score_where_a_class_is_never_predicted():
    logits = np.where(np.eye(4), 0.0, -1e4)[[0, 1, 0, 1]]
    assert float(metrics.inception_score(logits)) == pytest.approx(2)
    assert np.isnan(programs.isc_torch_fidelity(logits)[0])


def lattice(seed):
    rng = np.random.default_rng(seed)
    n, m, width = rng.integers(30, 200), rng.integers(30, 200), rng.integers(2, 20)
    return rng.integers(0, 4, (n, width)).astype(float), rng.integers(0, 4, (m, width)).astype(float)


@pytest.mark.parametrize("k", [1, 3, 5])
def test_neighbour_scores_equal_the_programs_exactly(k):
    """torch-fidelity takes means in float32, so its shares are compared as counts."""
    for seed in range(10):
        for real, fake in (lattice(seed), features(seed, 300, 250, 8)):  # mostly ties; no ties
            assert tuple(map(float, metrics.manifold_scores(real, fake, k))) == programs.prdc(real, fake, k)
            found = metrics.precision_recall(real, fake, k, "kynkaanniemi")
            for ours, theirs, side in zip(found, programs.prc_torch_fidelity(real, fake, k), (fake, real), strict=True):
                assert round(float(ours) * len(side)) == round(theirs * len(side))
