"""The Inception score against definitions in high precision, closed forms and its own conventions."""

import decimal

import numpy as np
import pytest

from labkit import metrics
from labkit.errors import LabkitError

decimal.getcontext().prec = 50


def definition(logits):
    """exp(mean KL(p || mean p)) in 50 digits."""
    rows = [[decimal.Decimal(float(v)) for v in row] for row in logits]
    p = []
    for row in rows:
        top = max(row)
        e = [(v - top).exp() if v.is_finite() else decimal.Decimal(0) for v in row]
        p.append([v / sum(e) for v in e])
    q = [sum(column) / len(p) for column in zip(*p, strict=True)]
    kl = sum(a * (a / b).ln() for row in p for a, b in zip(row, q, strict=True) if a > 0) / len(p)
    return kl.exp()


@pytest.mark.parametrize("scale", [1e-4, 1.0, 30.0, 1e4])
@pytest.mark.parametrize("offset", [0.0, 1e4])
def test_against_the_definition(scale, offset):
    logits = offset + scale * np.random.default_rng(0).standard_normal((20, 7))
    expected = definition(logits)
    found = decimal.Decimal(metrics.inception_score(logits).value)
    assert abs(float((found - expected) / expected)) < 1e-10


@pytest.mark.parametrize("classes", [2, 10, 1000])
def test_closed_forms(classes):
    certain = np.where(np.eye(classes), 0.0, -np.inf)
    assert float(metrics.inception_score(certain)) == pytest.approx(classes, rel=1e-12)
    assert float(metrics.inception_score(np.where(np.eye(classes), 1e5, 0.0))) == pytest.approx(classes, rel=1e-12)
    assert float(metrics.inception_score(np.ones((5, classes)))) == pytest.approx(1, abs=1e-12)
    assert float(metrics.inception_score(np.repeat(certain[:1], 9, axis=0))) == pytest.approx(1, abs=1e-12)
    half = certain[: max(1, classes // 2)].repeat(2, axis=0)
    assert float(metrics.inception_score(half)) == pytest.approx(max(1, classes // 2), rel=1e-12)


def test_classes_never_predicted_are_no_nan():
    logits = np.array([[0.0, 5.0, -1e9, -np.inf], [4.0, 0.0, -1e9, -np.inf], [1.0, 1.0, -2e9, -np.inf]])
    expected = metrics.inception_score(logits[:, :2])
    assert float(metrics.inception_score(logits)) == pytest.approx(float(expected), rel=1e-14)


def test_splits_shuffle_and_ddof():
    logits = np.random.default_rng(1).standard_normal((103, 5)) * 3
    parts = [logits[i * 103 // 4:(i + 1) * 103 // 4] for i in range(4)]
    values = [float(metrics.inception_score(part)) for part in parts]
    found = metrics.inception_score(logits, splits=4)
    np.testing.assert_allclose(found.values, values, rtol=1e-14)
    assert (found.value, found.error) == pytest.approx((np.mean(values), np.std(values)))
    assert metrics.inception_score(logits, splits=4, ddof=1).error == pytest.approx(np.std(values, ddof=1))
    shuffled = metrics.inception_score(logits, splits=4, shuffle=True, seed=7)
    order = np.random.RandomState(7).permutation(103)
    assert shuffled.values == metrics.inception_score(logits[order], splits=4).values
    assert shuffled.seed == 7
    # each picture's divergence stays with its picture
    np.testing.assert_allclose(np.exp(shuffled.divergences[order[:25]].mean()), shuffled.values[0])


def test_error_bar_tells_how_much_other_samples_would_give():
    rng = np.random.default_rng(2)
    found = [metrics.inception_score(3 * rng.standard_normal((400, 10))) for _ in range(150)]
    assert np.mean([score.error for score in found]) == pytest.approx(np.std([float(s) for s in found]), rel=0.2)


def test_names():
    logits = np.random.default_rng(0).standard_normal((9, 4))
    assert metrics.inception_score(logits, extractor="digits").name == "Inception-style score"
    assert metrics.inception_score(logits, extractor="InceptionV3").name == "Inception score"
    held = metrics.Features(np.ones((9, 2)), logits, "InceptionV3")
    assert metrics.inception_score(held).extractor == "InceptionV3"


def test_bad_input_says_what_to_do():
    good = np.random.default_rng(0).standard_normal((10, 4))
    holed = good.copy()
    holed[2, 1] = np.nan
    probabilities = np.exp(good) / np.exp(good).sum(axis=1, keepdims=True)
    for logits, options, message in [
        (holed, {}, "first in row 2"), (good, {"splits": 11}, r"splits is 11; it must be between 1 and 10"),
        (good, {"ddof": 1}, "divides by splits - 1"), (probabilities, {}, r"np\.log\(logits\)"),
        (good[:1], {}, "at least 2"), (good[:, :1], {}, "at least two classes"),
        (np.full((3, 3), -np.inf), {}, "no class is possible"), (metrics.Features(good), {}, "hold no logits"),
        (np.zeros((4, 8, 8, 3)), {}, r"\(N, classes\)"),
    ]:
        with pytest.raises(LabkitError, match=message):
            metrics.inception_score(logits, **options)
    with np.errstate(divide="ignore"):
        assert float(metrics.inception_score(np.log(probabilities))) == pytest.approx(
            float(metrics.inception_score(good)))
