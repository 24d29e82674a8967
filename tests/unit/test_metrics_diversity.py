"""Classes, duplicates, nearest training pictures, memorisation and modes, on sets whose answer is known."""

import numpy as np
import pytest

from labkit import metrics
from labkit.errors import LabkitError
from labkit.metrics import neighbours


def test_class_coverage_of_labels():
    labels = np.array([0, 0, 1, 1, 3, 3])
    found = metrics.class_coverage(labels, classes=4)
    assert (float(found), found.counts, found.missing) == (0.75, (2, 2, 0, 2), (2,))
    assert found.entropy == pytest.approx(np.log(3))
    assert found.effective == pytest.approx(3)
    assert found.shift == pytest.approx(1 / 4)
    assert metrics.class_coverage(labels, classes=4, reference=labels).shift == 0
    assert metrics.class_coverage(labels, classes=4, reference=np.array([2, 2])).shift == pytest.approx(1)
    assert float(metrics.class_coverage(labels, classes=4, least=3)) == 0
    assert metrics.class_coverage(np.zeros(5, int), classes=3).effective == 1


def test_class_coverage_of_logits():
    logits = np.eye(5)[[0, 1, 1, 4]] * 3
    found = metrics.class_coverage(logits)
    assert found.counts == (1, 2, 0, 0, 1)
    held = metrics.Features(np.ones((4, 2)), logits, "digits")
    assert metrics.class_coverage(held).extractor == "digits"


def test_bad_labels_say_what_to_do():
    for arguments, options, message in [
        ((np.array([0, 1]),), {}, "classes=10"), ((np.array([0, 12]),), {"classes": 10}, "labels from 0 to 12"),
        ((np.array([0.5, 1]),), {"classes": 10}, "whole labels"),
        ((np.array([], int),), {"classes": 2}, "at least one"),
        ((np.eye(5) * 9,), {"classes": 4}, "5 columns"), ((metrics.Features(np.eye(3)),), {}, "holds no logits"),
        ((np.array([0, 1]),), {"classes": 2, "reference": np.array([5])}, "reference holds labels"),
    ]:
        with pytest.raises(LabkitError, match=message):
            metrics.class_coverage(*arguments, **options)


def test_exact_duplicates_of_images():
    images = np.random.default_rng(0).integers(0, 256, (6, 4, 4, 3)).astype(np.uint8)
    images[3] = images[1]
    images[5] = images[1]
    found = metrics.duplicates(images)
    assert found.earlier.tolist() == [-1, -1, -1, 1, -1, 1]
    assert (float(found), found.distinct, found.n) == (2 / 6, 4, 6)
    assert float(metrics.duplicates(np.array([[0.0], [-0.0], [1.0]]))) == pytest.approx(1 / 3)


def test_near_duplicates_count_each_once(monkeypatch):
    monkeypatch.setattr(neighbours, "SIDE", 16)
    rng = np.random.default_rng(1)
    points = rng.standard_normal((50, 3))
    points[40:] = points[:10] + 1e-3
    found = metrics.duplicates(points, tolerance=0.01)
    assert found.earlier[40:].tolist() == list(range(10))
    assert (found.earlier[:40] == -1).all()
    for tolerance in (0.2, 0.5, 1.0):
        squared = np.square(points[:, None] - points).sum(axis=2) <= tolerance**2
        expected = [int(np.argmax(row[:i])) if row[:i].any() else -1 for i, row in enumerate(squared)]
        assert metrics.duplicates(points, tolerance).earlier.tolist() == expected
    lattice = np.arange(20.0).reshape(-1, 1)
    assert metrics.duplicates(lattice, 1.0).distinct == 1  # exactly on the tolerance is within
    assert metrics.duplicates(lattice, 0.999).distinct == 20
    with pytest.raises(LabkitError, match="a distance, 0 or more"):
        metrics.duplicates(lattice, -1)


def test_nearest_training_pictures():
    rng = np.random.default_rng(2)
    train = rng.integers(0, 256, (30, 5, 5, 1)).astype(np.uint8)
    fake = np.concatenate([train[[7, 3]], 255 - train[[7]]])
    found = metrics.nearest_training(fake, train, count=4)
    assert found.index[:2, 0].tolist() == [7, 3]
    assert found.distances[:2, 0].tolist() == [0, 0]
    expected = np.sqrt(np.square(fake.reshape(3, -1)[:, None].astype(float) - train.reshape(30, -1)).sum(axis=2))
    np.testing.assert_allclose(found.distances, np.sort(expected, axis=1)[:, :4], rtol=1e-14)
    assert (found.extractor, found.value) == ("pixels", 0)
    with pytest.raises(LabkitError, match="count is 31"):
        metrics.nearest_training(fake, train, 31)
    with pytest.raises(LabkitError, match=r"images of shape \(5, 5, 1\) and train of \(6, 6, 1\)"):
        metrics.nearest_training(fake, np.zeros((4, 6, 6, 1), np.uint8))
    with pytest.raises(LabkitError, match="float32 between"):
        metrics.nearest_training(fake / np.float32(127.5) - 1, train)


def test_memorisation():
    rng = np.random.default_rng(3)
    train, held_out, fresh = (rng.standard_normal((n, 4)) for n in (400, 150, 150))
    honest = metrics.memorisation(fresh, train, held_out)
    assert abs(float(honest) - 0.5) < 3 * honest.error
    copied = metrics.memorisation(train[:100] + 1e-6, train, held_out)
    assert float(copied) == 1
    assert copied.suspects == tuple(range(100))
    assert float(metrics.memorisation(fresh + 50, train, held_out)) == 0
    values = [float(metrics.memorisation(rng.standard_normal((60, 4)), train, rng.standard_normal((50, 4))))
              for _ in range(100)]
    one = metrics.memorisation(rng.standard_normal((60, 4)), train, rng.standard_normal((50, 4)))
    assert one.error == pytest.approx(np.std(values), rel=0.35)
    ties = metrics.memorisation(train[:5], train, train[5:9])
    assert float(ties) == 0.5


def test_mode_coverage_counts_combinations():
    real = {"digit": np.arange(40) % 10, "colour": np.repeat(["red", "blue"], 20)}
    all_of_it = metrics.mode_coverage(real, real)
    assert (float(all_of_it), all_of_it.modes, all_of_it.outside, all_of_it.shift) == (1, 20, 0, 0)
    fake = {"digit": np.array([3] * 7 + [4]), "colour": np.array(["red"] * 7 + ["green"])}
    found = metrics.mode_coverage(real, fake)
    assert (found.covered, found.modes, found.outside) == (1, 20, 1)
    assert found.factors == {"digit": 0.2, "colour": 0.5}
    assert len(found.missing) == 19
    assert (0, "red") in found.missing
    assert found.shift == pytest.approx(1 - 1 / 20)
    assert found.expected == pytest.approx(1 - (19 / 20) ** 8)


def test_mode_coverage_cuts_floats_at_the_real_quantiles():
    real = np.arange(100.0)
    found = metrics.mode_coverage(real, np.array([3.0, 60.0, 61.0, 500.0]), bins=4)
    assert (found.modes, found.covered, found.outside) == (4, 2, 1)
    assert found.missing[0] == ("24.8 to 49.5",)
    assert float(metrics.mode_coverage(np.column_stack([real, real % 2]), np.array([[10.0, 1.0]]), bins=2)) == 0.25


def test_expected_coverage_is_what_fresh_pictures_reach():
    rng = np.random.default_rng(4)
    real = np.repeat(np.arange(50), rng.integers(1, 60, 50))
    reached = [float(metrics.mode_coverage(real, rng.choice(real, 60))) for _ in range(200)]
    assert metrics.mode_coverage(real, real[:60]).expected == pytest.approx(np.mean(reached), abs=0.01)


def test_nearest_factors():
    real = np.array([[0.0], [10.0], [20.0]])
    factors, near = metrics.nearest_factors(np.array([[1.0], [19.0], [400.0]]), real, {"digit": np.array([5, 6, 7])},
                                            within=2)
    assert factors["digit"].tolist() == [5, 7]
    assert near.tolist() == [True, True, False]
    assert metrics.nearest_factors([[1.0], [14.0]], real, [5, 6, 7])[0]["mode"].tolist() == [5, 6]
    with pytest.raises(LabkitError, match=r"no fake has a real neighbour within 0\.1; the nearest is at 1"):
        metrics.nearest_factors([[1.0], [14.0]], real, [5, 6, 7], within=0.1)
    with pytest.raises(LabkitError, match="factors of 2 pictures and features of 3"):
        metrics.nearest_factors([[1.0], [14.0]], real, [5, 6])


def test_bad_factors_say_what_to_do():
    for real, fake, message in [
        ({"a": [1]}, {"b": [1]}, "the same factors"), ({"a": [1, 2], "b": [1]}, {"a": [1], "b": [1]}, "one length"),
        (np.zeros((2, 2, 2)), [1], "a dict"), ([1.0, np.nan], [1.0], "NaN"), ([], [1], "no picture"),
        ({}, {}, "at least one"), ([None, 1], [1], "numbers or strings"),
    ]:
        with pytest.raises(LabkitError, match=message):
            metrics.mode_coverage(real, fake)
