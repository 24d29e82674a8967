"""Solutions of 07_svhn_gan."""

import numpy as np


def kernel_of(count, channels, filters):
    for kernel in range(1, 20):
        for bias in (False, True):
            if kernel * kernel * channels * filters + bias * filters == count:
                return kernel, bias
    return "none"


def ready(x, y):
    labels = y.ravel().astype("int64")
    return np.moveaxis(x, -1, 0), labels % 10


def settled_from(steps, values, tolerance):
    first = steps[-1]
    for step, value in reversed(list(zip(steps, values, strict=True))):
        if abs(value - values[-1]) > tolerance:
            break
        first = step
    return first


ANSWERS = {"07.1": (kernel_of,), "07.2": (ready,), "07.3": (settled_from,)}
