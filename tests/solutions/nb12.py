"""Solutions of 12_domain_transfer."""

import numpy as np


def loss(of_source, of_target, real):
    total = 0.0
    for kind, logits in enumerate((of_source, of_target, real)):
        shifted = logits - logits.max(axis=1, keepdims=True)
        total += -(shifted[:, kind] - np.log(np.exp(shifted).sum(axis=1))).mean()
    return total


def constancy(f, g, x):
    return ((f(x) - f(g(f(x)))) ** 2).mean()


def total_variation(z):
    right = z[:, :-1, 1:] - z[:, :-1, :-1]
    down = z[:, 1:, :-1] - z[:, :-1, :-1]
    return np.sqrt(right**2 + down**2).mean()


ANSWERS = {"12.1": (loss,), "12.2": (constancy,), "12.3": (total_variation,)}
