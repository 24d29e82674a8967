"""Inversion: which noise makes this picture?"""

import numpy as np
import pytest

from labkit.errors import LabkitError
from labkit.widgets import noise


def test_inversion_finds_the_noise_of_what_was_generated(generator):
    from labkit import training
    from labkit.training.inversion import invert

    wanted = noise.sample(3, 12, 9) * 0.5
    images = training.generate(generator, wanted)
    found = invert(generator, images, steps=300, learning_rate=0.1)
    assert found.errors.max() < 2, "a picture that the generator made is met within two shades"
    assert np.abs(found.latents - wanted).max() < 0.2
    assert found.history.shape == (300, 3)
    assert (found.history[-1] < found.history[0]).all()
    static = np.random.default_rng(0).integers(0, 256, (2, 8, 8, 3), np.uint8)
    assert invert(generator, static, steps=50).errors.min() > 20
    shorter = invert(generator, images, steps=100, penalty=0.5)
    assert np.linalg.norm(shorter.latents) < np.linalg.norm(found.latents)
    with pytest.raises(LabkitError, match="little makes"):
        invert(generator, images[:, :4])


def test_components_leave_nothing_of_a_flat_set():
    from labkit.training.inversion import pca_errors

    rng = np.random.default_rng(0)
    basis, weights = rng.normal(size=(3, 48)), rng.normal(size=(60, 3))
    images = np.clip(128 + 12 * weights @ basis, 0, 255).round().astype(np.uint8).reshape(60, 4, 4, 3)
    assert pca_errors(images[:50], images[50:], 3).max() < 1.5
    assert pca_errors(images[:50], images[50:], 1).mean() > 5
    with pytest.raises(LabkitError, match="1 to 49"):
        pca_errors(images[:50], images, 50)
