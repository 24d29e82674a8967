"""Solutions of 09_bedroom_gan."""

import numpy as np


def readings(units, size, layers):
    found = []
    for doublings in range(1, layers + 2):
        side = size // 2**doublings
        if side > 1 and units % side**2 == 0:
            found.append((side, units // side**2, doublings))
    return found


def precision(real, fake, k):
    def distances(one, other):
        return np.linalg.norm(one[:, None] - other[None], axis=-1)

    radius = np.sort(distances(real, real), axis=1)[:, k]  # column 0 is the distance to itself
    return (distances(real, fake) <= radius[:, None]).any(axis=0).mean()


def closeness(distances, k):
    nearest = np.sort(distances)[:k]
    return nearest[0] / nearest.mean()


ANSWERS = {"09.1": (readings,), "09.2": (precision,), "09.3": (closeness,)}
