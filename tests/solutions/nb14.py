"""Solutions of 14_many_devices."""

import lesson

from labkit import datasets


def whole(counts, sums, squares):
    rows = sum(counts)
    mean = sum(sums) / rows
    return mean, sum(squares) / rows - mean**2


class Drawn:  # trained when it is asked for: 100 updates of 256
    def __array__(self, *_, **__):
        return lesson.load(14).grown(datasets.load("mnist", quiet=True).images, 256, 2e-3, seed=1, beta_1=0.0)


ANSWERS = {"14.1": (whole,), "14.2": (Drawn(),), "14.3": ("ad",)}
