"""Solutions of 04_adversarial_nets."""

import numpy as np


def best_answer(p, q):
    total = p + q
    return np.where(total > 0, p / np.where(total > 0, total, 1), 0.5)


def divergence(p, q):
    m = (p + q) / 2
    kl = [np.sum(a[a > 0] * np.log(a[a > 0] / m[a > 0])) for a in (p, q)]
    return sum(kl) / 2


def collapsed(samples, centres, deviation):
    distances = np.sqrt(((samples[:, None] - centres) ** 2).sum(2))
    good = distances.min(1) <= 3 * deviation
    return len(set(distances.argmin(1)[good])), good.mean()


ANSWERS = {"04.1": (best_answer,), "04.2": (divergence,), "04.3": (collapsed,)}
