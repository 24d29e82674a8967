"""Solutions of 05_cifar_dense_gan."""

import itertools

import numpy as np


def count(sizes):
    dense = sum(outputs * (inputs + 1) for inputs, outputs in itertools.pairwise(sizes))
    features = sum(sizes[1:-1])
    return dense + 4 * features, dense + 2 * features


class Network:
    """Weights as of a trained generator, made without a training: the noise's first numbers times these pictures.

    With the notebook's Pair: blur the last weights of the generator (rows) and the first of the discriminator
    (columns) with gaussian_filter(w.reshape(-1, 32, 32, 3), (0, 3, 3, 0)), scale them back, pair.train(images, 100).
    """

    def __init__(self, pictures):
        self.pictures = np.asarray(pictures, "float32").reshape(-1, 3072)

    def get_weights(self):
        signs, weights, sizes = np.array([[1.0, -1.0]]), [], (100, 256, 512, 1024, 3072)
        for size, units in itertools.pairwise(sizes):  # leaky(x) - leaky(-x) = 1.2 x: so pairs of units carry a number
            known = np.kron(np.eye(len(self.pictures)), signs if size == 100 else signs.T @ signs)
            known = np.kron(self.pictures, signs.T) if units == 3072 else known
            kernel = np.zeros((size, units), "float32")
            kernel[: known.shape[0], : known.shape[1]] = known
            weights += [kernel, *(np.full(units, value, "float32") for value in (0, 1, 0, 0, 1))]
        return weights[:-4]


cells = np.eye(16).reshape(16, 4, 4, 1).repeat(8, 1).repeat(8, 2).repeat(3, 3)
ANSWERS = {"05.1": (count,), "05.2": (Network(0.2 * cells),), "05.3": ("bd",)}
