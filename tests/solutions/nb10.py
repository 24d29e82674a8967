"""Solutions of 10_scoring_images."""

import numpy as np
from scipy.special import rel_entr


def inception(p):
    return np.exp(rel_entr(p, p.mean(axis=0)).sum(axis=1).mean())


def frechet(m1, s1, m2, s2):
    values = np.linalg.eigvals(s1 @ s2).real
    return ((m1 - m2) ** 2).sum() + np.trace(s1 + s2) - 2 * np.sqrt(np.maximum(values, 0)).sum()


def limit(sizes, values):
    return np.polyfit(1 / np.asarray(sizes, float), values, 1)[1]


ANSWERS = {"10.1": (inception,), "10.2": (frechet,), "10.3": (limit,)}
