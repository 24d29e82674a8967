"""Solutions of 09_bedroom_gan."""

import numpy as np


def density(real, fake, k):
    def distances(one, other):
        return np.linalg.norm(one[:, None] - other[None], axis=-1)

    radius = np.sort(distances(real, real), axis=1)[:, k]  # column 0 is the distance to itself
    return (distances(real, fake) <= radius[:, None]).sum(axis=0).mean() / k


class Rooms:
    """In the notebook: training.generate(trained, noise * training.latent(200, 100, 1)). Here drawn when first read."""

    def __init__(self, noise):
        self.noise = noise

    def __array__(self, dtype=None, copy=None):
        from labkit import models, training

        return training.generate(models.weights.load("bedroom-gan"), self.noise * training.latent(200, 100, 1))


ANSWERS = {"09.1": (density,), "09.2": (Rooms(0.35),), "09.3": ("bd",)}  # with so little noise all rooms are alike
