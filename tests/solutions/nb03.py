"""Solutions of 03_tuning."""

import numpy as np


def log_uniform(u, low, high):
    return np.exp(np.log(low) + u * (np.log(high) - np.log(low)))


def prune(curves, mine, warmup):
    if len(mine) <= warmup:
        return False
    return bool(min(mine) > np.median([curve[len(mine) - 1] for curve in curves]))


def report(validation, test):
    best = int(np.argmin(validation))
    return best, test[best]


ANSWERS = {"03.1": (log_uniform,), "03.2": (prune,), "03.3": (report,)}
