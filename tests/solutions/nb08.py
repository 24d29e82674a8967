"""Solutions of 08_fashion_gan."""

import numpy as np


def count(latent, kernels, last):
    total = 6272 * (latent + 1)
    for size in kernels:
        total += size * size * 128 * 128 + 128
    return total + last * last * 128 + 1


def phases(kernel):
    a, b, c, d, e = kernel
    return np.array([[a + b, c + d, e], [a, b + c, d + e]])


def rate(step, total, start):
    return start * (1 + np.cos(np.pi * min(step, total) / total)) / 2


ANSWERS = {"08.1": (count,), "08.2": (phases,), "08.3": (rate,)}
