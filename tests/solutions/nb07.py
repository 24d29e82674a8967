"""Solutions of 07_svhn_gan."""

import numpy as np


def kernel_of(count, channels, filters):
    for kernel in range(1, 20):
        for bias in (False, True):
            if kernel * kernel * channels * filters + bias * filters == count:
                return kernel, bias
    return "none"


def picture():
    """The surest of some thousand smooth pictures of random slopes and curvatures, made again."""
    random = np.random.default_rng(0)
    down, right = (one[..., None] for one in np.mgrid[-1:1:32j, -1:1:32j])
    for _ in range(1792):
        slopes = random.normal(size=(5, 3))
        surface = slopes[0] * right + slopes[1] * down + slopes[2] * right**2 + slopes[3] * down**2
        surface += slopes[4] * right * down
        level, contrast = random.uniform(60, 200, 3), random.uniform(20, 70)
    return np.clip(level + contrast * surface, 0, 255).astype("uint8")


ANSWERS = {"07.1": (kernel_of,), "07.2": (picture(),), "07.3": ("ac",)}
