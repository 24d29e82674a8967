"""labkit.metrics.distortions: each kind does what it says, and scores answer to it."""

import numpy as np
import pytest

from labkit import metrics
from labkit.errors import LabkitError
from labkit.metrics.distortions import KINDS


def pictures(n=60, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (n, 8, 8, 1), dtype=np.uint8)


LABELS = np.repeat(np.arange(10), 6)


def test_dose_zero_is_harmless():
    for kind in KINDS:
        assert np.array_equal(metrics.distort(pictures(), kind, 0.0, LABELS), pictures())


def test_blur_keeps_the_mean_and_takes_the_detail():
    blurred = metrics.distort(pictures(), "blur", 1.5)
    assert blurred.dtype == np.uint8
    assert abs(blurred.mean() - pictures().mean()) < 3
    assert blurred.std() < pictures().std() / 3
    one = np.zeros((1, 9, 9, 3), np.uint8)
    one[0, 4, 4, 0] = 255
    spread = metrics.distort(one, "blur", 1.0)
    assert not spread[..., 1:].any()  # channels do not mix
    assert spread[0, 4, 4, 0] == 255 // (2 * np.pi) + 1


def test_noise_has_the_deviation_it_is_given():
    grey = np.full((50, 8, 8, 1), 128, np.uint8)
    assert metrics.distort(grey, "noise", 20.0).std() == pytest.approx(20, rel=0.05)
    assert np.array_equal(metrics.distort(grey, "noise", 20.0), metrics.distort(grey, "noise", 20.0))


def test_mode_drop_leaves_the_others_alone():
    images = pictures()
    images[:, 0, 0, 0] = LABELS
    dropped = metrics.distort(images, "mode drop", 0.4, LABELS)
    assert len(dropped) == 60
    assert set(dropped[:, 0, 0, 0]) == set(range(6))
    assert np.array_equal(dropped[LABELS < 6], images[LABELS < 6])


@pytest.mark.parametrize(("dose", "distinct"), [(0.5, 30), (0.9, 6), (0.98, 1)])
def test_duplication_repeats(dose, distinct):
    repeated = metrics.distort(pictures(), "duplication", dose)
    assert len(repeated) == 60
    assert metrics.duplicates(repeated).distinct == distinct


@pytest.mark.parametrize(("arguments", "words"), [
    ((pictures(), "fog", 1.0), "choose one of 'blur'"),
    ((pictures(), "blur", -1.0), "at 0 or above"),
    ((pictures(), "duplication", 1.0), r"in \[0, 1\)"),
    ((pictures(), "mode drop", 0.5), "needs labels"),
    ((pictures() / 255, "blur", 1.0), "float64"),
])
def test_bad_input_is_said(arguments, words):
    with pytest.raises(LabkitError, match=words):
        metrics.distort(*arguments)


def thumbnail(images):
    flat = images.reshape(len(images), 4, 2, 4, 2).astype(np.float64)
    return np.concatenate([flat.mean((2, 4)).reshape(len(images), -1), flat.std((2, 4)).reshape(len(images), -1)], 1)


def test_a_score_notices_at_the_right_dose():
    real = metrics.extract(pictures(400, 1), thumbnail)
    response = metrics.respond(real, pictures(400, 2), thumbnail, "blur", doses=(0.0, 0.01, 1.0, 2.0))
    assert response.doses == (0.0, 0.01, 1.0, 2.0)
    assert response.noticed("frechet") == 1.0  # 0.01 pixels change no grey level
    assert response.values("frechet")[0] == response.values("frechet")[1]
    assert (response.errors("frechet") > 0).all()
    assert response.noticed("duplicates") is None
    copies = metrics.respond(real, pictures(400, 2), thumbnail, "duplication", doses=(0.0, 0.9))
    assert copies.noticed("recall") == 0.9
    with pytest.raises(LabkitError, match="at least a harmless"):
        metrics.respond(real, pictures(40), thumbnail, "blur", doses=(1.0,))
