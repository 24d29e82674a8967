"""Scores, their errors and tables; neighbours against brute force, exactly; copies found however they are hidden."""

import json
import re

import numpy as np
import pytest

from labkit import metrics
from labkit.errors import LabkitError
from labkit.metrics import neighbours
from labkit.metrics.evaluate import _frechet


class Toy:
    """An extractor of the means of image patches, whose logits are some of them."""

    name = "toy patches"

    def __call__(self, images):
        patches = images.reshape(len(images), 4, 2, 4, 2, 3).mean(axis=(2, 4)) / 127.5 - 1
        features = patches.reshape(len(images), -1)[:, :12].astype(np.float32)
        return features, 5 * features[:, :4]


def pictures(seed, n, high=256):
    return np.random.default_rng(seed).integers(0, high, (n, 8, 8, 3)).astype(np.uint8)


@pytest.fixture(scope="module")
def scored():
    return metrics.evaluate(pictures(0, 120), pictures(1, 100, 200), Toy(), seed=3)


def test_every_score_is_the_function_of_its_name_and_says_how_it_was_made(scored):
    real, fake = (metrics.extract(images, Toy()) for images in (pictures(0, 120), pictures(1, 100, 200)))
    expected = metrics.manifold_scores(real, fake)._asdict() | {
        "frechet": metrics.frechet_distance(real, fake), "kernel": metrics.kernel_distance(real, fake),
        "inception": metrics.inception_score(fake), "classes": metrics.class_coverage(fake, real), "duplicates": 0}
    assert {name: float(scored[name]) for name in scored} == {name: float(score) for name, score in expected.items()}
    assert (scored.n_real, scored.n_fake, scored.extractor, scored.seed) == (120, 100, "toy patches", 3)
    for name, score in scored.items():
        assert score.extractor == ("pixels" if name == "duplicates" else "toy patches")
        assert score.seconds >= 0
        if name not in ("classes", "duplicates"):
            assert score.error > 0, name
            assert score.error_from
    assert scored["frechet"].error_from == "jackknife over 10 groups"
    assert re.fullmatch(r"Fréchet distance \S+ ± \S+ \(120 real / 100 fake, toy patches\)", str(scored["frechet"]))
    for word in ("Fréchet distance ↓", "Precision ↑", "120 real / 100 fake", "toy patches", "seed 3", "k = 5, prdc"):
        assert word in str(scored)
    held = json.loads(json.dumps(scored.as_dict(), allow_nan=False))
    assert held["scores"]["frechet"]["value"] == scored["frechet"].value
    assert "per_sample" not in held["scores"]["density"]


def test_stored_statistics_serve_with_their_sample_or_say_what_is_missing():
    x, y = np.random.default_rng(0).standard_normal((2, 60, 4))
    stored = metrics.Features(x, extractor="toy").statistics(sample=60)
    found, expected = metrics.evaluate(stored, y, "toy"), metrics.evaluate(x.astype(np.float32), y, "toy")
    assert float(found["precision"]) == float(expected["precision"])
    assert float(found["frechet"]) == pytest.approx(float(expected["frechet"]), rel=1e-6)
    found = metrics.evaluate(metrics.Features(x, extractor="toy").statistics(), y, "toy")
    assert set(found) == {"frechet", "duplicates"}
    for name, words in (("precision", "precision was not computed: the stored statistics hold no sample"),
                        ("fid", "There is no score 'fid'")):
        with pytest.raises(LabkitError, match=words):
            found[name]


@pytest.mark.parametrize(("real", "stored"), [(150, False), (0, True)])
def test_the_jackknife_of_the_frechet_distance_holds(real, stored):
    rng = np.random.default_rng(5)
    known = metrics.Features(rng.standard_normal((4000, 3))).statistics()
    errors, values = [], []
    for seed in range(100):
        fake = metrics.Features(rng.standard_normal((120, 3)) * 1.3 + 0.4)
        against = known if stored else metrics.Features(rng.standard_normal((real, 3)))
        values.append(float(metrics.frechet_distance(against, fake)))
        errors.append(_frechet(against, fake, 10, seed).error)
    assert np.mean(errors) == pytest.approx(np.std(values), rel=0.25)


def test_class_coverage():
    def seen(*labels):
        return metrics.Features(np.ones((len(labels), 2)), 3 * np.eye(4)[list(labels)], "digits")

    found = metrics.class_coverage(seen(0, 0, 1, 1, 3, 3))
    assert (float(found), found.counts, found.missing, found.extractor) == (0.75, (2, 2, 0, 2), (2,), "digits")
    assert found.shift == pytest.approx(1 / 4)
    assert metrics.class_coverage(seen(0, 1), seen(2, 2)).shift == pytest.approx(1)
    for sides in ((metrics.Features(np.eye(3)),), (seen(0, 1), metrics.Features(np.eye(3)))):
        with pytest.raises(LabkitError, match="hold no logits"):
            metrics.class_coverage(*sides)


def test_bad_images_and_extractors_say_what_to_do():
    good = pictures(0, 20)
    floats = good.astype(np.float32)
    for images, message in [
        (floats / 127.5 - 1, r"between -1 and 1; extractors take uint8.*127\.5"), (good.astype(np.int64), "int64"),
        (good[..., 0], "np.newaxis"), (good.transpose(0, 3, 1, 2), r"transpose\(0, 2, 3, 1\)"),
        (np.full_like(floats, np.nan), "NaN"), (good[:1], "1 sample"),
    ]:
        with pytest.raises(LabkitError, match=message):
            metrics.evaluate(good, images, Toy())
    for extractor, message in [
        (lambda images: images, "returned arrays of shape"),
        (lambda images: (np.ones((20, 2)),) * 3, "a pair of features and logits"), (None, "feature vectors"),
    ]:
        with pytest.raises(LabkitError, match=message):
            metrics.evaluate(good, good, extractor)
    with pytest.raises(LabkitError, match="extracted by 'a', not by 'toy patches'"):
        metrics.evaluate(metrics.Features(np.ones((20, 12)), extractor="a"), good, Toy())
    with pytest.raises(LabkitError, match="rows of logits"):
        metrics.Features(np.ones((5, 2)), np.eye(4) * 9)


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
    x, y = rng.standard_normal((n, width)), rng.standard_normal((m, width))
    if kind == "lattice":  # mostly ties
        x, y = rng.integers(0, 3, (n, width)).astype(float), rng.integers(0, 3, (m, width)).astype(float)
    elif kind == "copies":
        y = np.concatenate([y, x[: n // 2], y[:3], x[:2]])
    elif kind == "offset":
        x, y = 1e4 + 1e-4 * x, 1e4 + 1e-4 * y
    elif kind == "clusters":
        x, y = x * 1e-9 + rng.integers(0, 3, (n, 1)), y * 1e-9 + rng.integers(0, 3, (m, 1))
    elif kind == "collapsed":
        y = np.repeat(y[:2], 20, axis=0)
    return x, y, int(rng.integers(1, min(len(x), len(y))))


KINDS = ["lattice", "plain", "copies", "offset", "clusters", "collapsed"]


@pytest.mark.parametrize("kind", KINDS)
def test_equal_to_brute_force(kind, monkeypatch):
    monkeypatch.setattr(neighbours, "ROOM", 600)  # several tiles even here
    for seed in range(12):
        x, y, k = example(seed, kind)
        for convention, closed in (("prdc", False), ("kynkaanniemi", True)):
            expected = brute(x, y, k, closed)
            assert tuple(map(float, metrics.manifold_scores(x, y, k, convention))) == expected
            assert tuple(map(float, metrics.precision_recall(x, y, k, convention))) == expected[:2]
        squared, index = metrics.neighbours.nearest(x, y, k)
        order = np.argsort(distances(x, y), axis=1, kind="stable")[:, :k]
        np.testing.assert_array_equal(index, order)
        np.testing.assert_array_equal(squared, np.take_along_axis(distances(x, y), order, axis=1))


def test_the_nearest_training_pictures():
    rng = np.random.default_rng(0)
    train = rng.integers(0, 256, (900, 20, 20, 1), dtype=np.uint8)
    fake = np.concatenate([train[[7, 3]], 255 - train[[7]]])
    found = metrics.nearest_training(fake, train, count=4)
    expected = distances(fake.reshape(3, -1), train.reshape(900, -1))
    np.testing.assert_array_equal(found.index, np.argsort(expected, axis=1, kind="stable")[:, :4])
    np.testing.assert_array_equal(found.distances, np.sqrt(np.sort(expected, axis=1)[:, :4]))
    assert (found.index[:2, 0].tolist(), found.extractor, found.value) == ([7, 3], "pixels", 0)


def test_bad_sizes_and_conventions_say_what_to_do():
    good = np.random.default_rng(0).standard_normal((10, 4))
    assert metrics.precision_recall(good, good, convention="kynkaanniemi").recall.k == 3
    for arguments, message in [
        ((good, good, 10), r"k is 10; it must be between 1 and 9: 10 samples have 9 other neighbours"),
        ((good, good[:4]), r"k is 5; it must be between 1 and 3"), ((good, good, 0), "k is 0"),
        ((good, good, 2.5), "k is 2.5; a whole number"), ((good, good, 3, "sajjadi"), "no convention 'sajjadi'"),
    ]:
        with pytest.raises(LabkitError, match=message):
            metrics.precision_recall(*arguments)
    train = np.zeros((30, 6, 6, 1), np.uint8)
    for fake, count, message in ((train, 31, "count is 31"), (train / np.float32(255), 1, "float32 .* between"),
                                 (train[:, :5, :5], 1, r"of shape \(5, 5, 1\) and train of \(6, 6, 1\)")):
        with pytest.raises(LabkitError, match=message):
            metrics.nearest_training(fake, train, count)


def test_duplicates():
    images = np.random.default_rng(0).integers(0, 256, (6, 4, 4, 3)).astype(np.uint8)
    images[3] = images[5] = images[1]
    found = metrics.neighbours.duplicates(images)
    assert (float(found), found.distinct, found.n_fake) == (pytest.approx(2 / 6), 4, 6)
    assert float(metrics.neighbours.duplicates(np.array([[0.0], [-0.0], [1.0]]))) == pytest.approx(1 / 3)


def test_memorisation():
    rng = np.random.default_rng(3)
    train, held_out, fresh = (rng.standard_normal((n, 4)) for n in (400, 150, 150))
    honest = metrics.memorisation(fresh, train, held_out)
    assert abs(float(honest) - 0.5) < 3 * honest.error
    copied = metrics.memorisation(train[:100] + 1e-6, train, held_out)
    assert (float(copied), copied.suspects) == (1, tuple(range(100)))
    assert float(metrics.memorisation(fresh + 50, train, held_out)) == 0
    assert float(metrics.memorisation(train[:5], train, train[5:9])) == 0.5  # ties


@pytest.fixture(scope="module")
def smooth():
    """Smooth pictures, such as photographs are: (train, held out), uint8 (n, 24, 24, 3)."""
    from scipy import ndimage

    noise = np.random.default_rng(0).standard_normal((140, 24, 24, 3))
    smooth = ndimage.gaussian_filter(noise, (0, 2, 2, 0))
    made = np.clip(128 + 40 * smooth / smooth.std(), 0, 255).astype(np.uint8)
    return made[:100], made[100:]


def changed(images, down=0, right=0, mirrored=False, bright=1.0, noise=0.0):
    padded = np.pad(images, ((0, 0), (4, 4), (4, 4), (0, 0)), mode="edge")
    moved = padded[:, 4 - down:28 - down, 4 - right:28 - right]
    moved = moved[:, :, ::-1] if mirrored else moved
    noisy = bright * moved + noise * np.random.default_rng(1).standard_normal(moved.shape)
    return np.clip(noisy, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("change", [
    {}, {"down": 4, "right": -4}, {"down": -4, "right": 4}, {"mirrored": True}, {"bright": 0.6}, {"noise": 8},
    {"down": 3, "right": -2, "mirrored": True, "bright": 0.7, "noise": 6}])
def test_copies_are_found_however_they_are_hidden(smooth, change):
    train, _ = smooth
    assert metrics.closeness(changed(train[:20], **change), train).max() < metrics.COPY


def test_what_is_no_copy_is_not_called_one(smooth):
    train, held_out = smooth
    assert metrics.closeness(held_out, train).min() > metrics.COPY
    assert metrics.closeness(np.full((1, 24, 24, 3), 128, np.uint8), train)[0] > 0.9  # grey is near nothing
