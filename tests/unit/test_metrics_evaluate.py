"""evaluate, extract, classes and the tables: right numbers, error bars that hold, errors that say what to do."""

import json
import re

import numpy as np
import pytest

from labkit import metrics
from labkit.errors import LabkitError
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
    return metrics.evaluate(pictures(0, 120), pictures(1, 100, 200), Toy(), train=pictures(2, 50), seed=3)


def test_every_score_is_the_function_of_its_name_and_says_how_it_was_made(scored):
    real, fake, train = (metrics.extract(images, Toy()) for images in (
        pictures(0, 120), pictures(1, 100, 200), pictures(2, 50)))
    expected = metrics.manifold_scores(real, fake)._asdict() | {
        "frechet": metrics.frechet_distance(real, fake), "kernel": metrics.kernel_distance(real, fake),
        "inception": metrics.inception_score(fake), "classes": metrics.class_coverage(fake, real), "duplicates": 0,
        "memorisation": metrics.memorisation(fake, train, real)}
    assert {name: float(scored[name]) for name in scored} == {name: float(score) for name, score in expected.items()}
    assert (scored.n_real, scored.n_fake, scored.extractor, scored.seed) == (120, 100, "toy patches", 3)
    for name, score in scored.results.items():
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


def test_comparison_table():
    rng = np.random.default_rng(0)
    real = metrics.Features(rng.standard_normal((40, 3)), extractor="toy")
    scores = {name: metrics.evaluate(real, rng.standard_normal((40, 3)) * scale)
              for name, scale in (("good", 1), ("bad", 3))}
    table = metrics.compare(scores)
    assert (table.head[1], [row[0] for row in table.rows]) == ("Fréchet distance ↓", ["good", "bad"])
    assert table.caption == "extractor toy"
    mixed = metrics.compare(scores | {"other": metrics.evaluate(*rng.standard_normal((2, 20, 3)), "b")})
    assert mixed.caption == "extractors b, toy: compare only rows of the same extractor"
    with pytest.raises(LabkitError, match="no score 'fid'"):
        metrics.compare(scores, columns=("fid",))


def test_class_coverage():
    def seen(*labels):
        return metrics.Features(np.ones((len(labels), 2)), 3 * np.eye(4)[list(labels)], "digits")

    found = metrics.class_coverage(seen(0, 0, 1, 1, 3, 3))
    assert (float(found), found.counts, found.missing, found.extractor) == (0.75, (2, 2, 0, 2), (2,), "digits")
    assert (found.entropy, found.effective, found.shift) == pytest.approx((np.log(3), 3, 1 / 4))
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
        (lambda images: (np.ones((20, 2)),) * 3, "a pair of features and logits"), (None, "look like images"),
    ]:
        with pytest.raises(LabkitError, match=message):
            metrics.evaluate(good, good, extractor)
    with pytest.raises(LabkitError, match="extracted by 'a', not by 'toy patches'"):
        metrics.evaluate(metrics.Features(np.ones((20, 12)), extractor="a"), good, Toy())
    with pytest.raises(LabkitError, match="rows of logits"):
        metrics.Features(np.ones((5, 2)), np.eye(4) * 9)
    x, y = np.random.default_rng(0).standard_normal((2, 30, 4))
    with pytest.raises(LabkitError, match="k is 5; it must be between 1 and 3"):
        metrics.evaluate(x, y[:4])
