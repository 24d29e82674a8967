"""Solutions of 05_cifar_dense_gan."""

import itertools


def count(sizes):
    dense = sum(outputs * (inputs + 1) for inputs, outputs in itertools.pairwise(sizes))
    features = sum(sizes[1:-1])
    return dense + 4 * features, dense + 2 * features


def moving(means, momentum):
    value = 0.0
    for mean in means:
        value = momentum * value + (1 - momentum) * mean
    return value


def place(row, column, channel):
    return (row * 32 + column) * 3 + channel


ANSWERS = {"05.1": (count,), "05.2": (moving,), "05.3": (place,)}
