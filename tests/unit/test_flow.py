"""The flow beside the GANs: its sampler is Euler's rule, and its training resumes to the same weights."""

import keras
import numpy as np
import pytest

from labkit import models
from labkit.models import flow as networks
from labkit.training import checkpoints, flow, generators

PICTURES = np.random.default_rng(0).integers(0, 256, (32, 28, 28, 1), dtype=np.uint8)


def compiled():
    trained = flow.Flow(models.build("fashion-flow", seed=0, channels=4, steps=2), seed=3)
    trained.labels = np.arange(32) % 10
    trained.compile(keras.optimizers.Adam(1e-3, use_ema=True, ema_momentum=0.5))
    return trained


@pytest.mark.parametrize("guidance", [0.0, 1.0, 2.5])
def test_the_sampler_goes_eulers_steps_to_the_class_of_the_last_ten_numbers(guidance):
    network = models.build("fashion-flow", seed=1, channels=4).get_layer("velocity")
    z = generators.latent(3, 794, seed=0)
    x, label = z[:, :784].reshape(3, 28, 28, 1), z[:, 784:].argmax(axis=1)
    for time in (0, 0.25, 0.5, 0.75):
        told, plain = (np.asarray(network([x, np.full(3, time, "float32"), which])) for which in
                       (label, np.full(3, networks.NONE)))
        x = x + (plain + guidance * (told - plain)) / 4
    np.testing.assert_allclose(networks.sampler(network, 4, guidance)(z), x, rtol=1e-4, atol=1e-5)


def test_a_flow_learns_and_resumes_to_the_same_weights(tmp_path):
    whole, second = compiled(), compiled()
    begin = whole.fit(PICTURES, batch_size=8, steps_per_epoch=5).history["flow_loss"]
    checkpoints.save(tmp_path, whole, {}, {})
    assert whole.fit(PICTURES, batch_size=8, steps_per_epoch=19).history["flow_loss"] < begin
    assert checkpoints.restore(tmp_path, second, {}) == {}
    assert second.steps_done == 5
    second.fit(PICTURES, batch_size=8, steps_per_epoch=19)
    for ours, theirs in zip(whole.generator.weights, second.generator.weights, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-6)  # threads may add in another order
    averaged = generators.averaged_generator(whole)
    assert generators.generate(averaged, generators.latent(2, 794, 0)).shape == (2, 28, 28, 1)
