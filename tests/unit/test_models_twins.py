"""The options of report 5's and report 4's GANs that are for experiments only."""

import numpy as np
import pytest

from labkit import models
from labkit.errors import LabkitError


def test_the_bedroom_twin_keeps_the_layers_and_shrinks_them():
    whole, twin = (models.build("bedroom-gan", seed=0, **more) for more in ({}, {"size": 32, "width": 0.25}))
    assert [layer.name for layer in whole.generator.layers] == [layer.name for layer in twin.generator.layers]
    assert twin.generator.output_shape == (None, 32, 32, 3)
    assert twin.generator.get_layer("reshape").output.shape == (None, 4, 4, 64)
    assert twin.discriminator.get_layer("conv2d_2").output.shape == (None, 4, 4, 64)
    assert (whole.generator.count_params(), whole.discriminator.count_params()) == (2_733_283, 940_801)


@pytest.mark.parametrize("wrong", [{"size": 48}, {"width": 0}, {"base": 6}])
def test_other_sizes_are_refused(wrong):
    with pytest.raises(LabkitError):
        models.build("bedroom-gan", **wrong)


def test_spectral_norm_brings_the_largest_singular_value_to_one():
    network = models.build("bedroom-gan", seed=0, size=16, width=0.1, spectral_norm=True).discriminator
    pictures = np.zeros((2, 16, 16, 3), "float32")
    for _ in range(60):  # one power iteration a step
        network(pictures, training=True)
    for layer in network.layers:
        if layer.name.startswith("sn_"):
            kernel = layer.layer.kernel.numpy()
            assert np.linalg.norm(kernel.reshape(-1, kernel.shape[-1]), 2) == pytest.approx(1, abs=0.05), layer.name


def test_the_dcgans_discriminator_may_have_a_slope_of_its_own():
    def slopes(network):
        return {round(float(layer.negative_slope), 6) for layer in network.layers if hasattr(layer, "negative_slope")}

    for options, generator, discriminator in (({}, 0.2, 0.2), ({"slope": 0.0}, 0.0, 0.0),
                                              ({"discriminator_slope": 0.3}, 0.2, 0.3)):
        pair = models.build("cifar-dcgan", **options)
        assert (slopes(pair.generator), slopes(pair.discriminator)) == ({generator}, {discriminator})


def test_the_dense_gan_can_do_without_batch_norm():
    plain, bare = (models.build("cifar-dense-gan", batch_norm=norm).generator for norm in (True, False))
    assert plain.count_params() - bare.count_params() == 4 * (256 + 512 + 1024)
    assert [layer.name for layer in plain.layers] == [layer.name for layer in bare.layers]
    assert models.build("cifar-dense-gan", momentum=0.99).generator.get_layer("batch_normalization").momentum == 0.99
