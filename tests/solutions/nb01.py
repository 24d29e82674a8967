"""Solutions of 01_an_image_as_one_step."""

import numpy as np

from labkit import datasets


def complete(start, rows, probability, rng):
    picture = start.copy()
    for row in range(rows, len(start)):
        for column in range(start.shape[1]):
            picture[row, column] = rng.random() < probability(picture, row, column)
    return picture


def pca(pictures, k=64):
    """Return encoder and decoder: the coefficients of the k principal components of the pictures."""
    rows = pictures.reshape(len(pictures), -1)
    mean = rows.mean(axis=0)
    directions = np.linalg.svd(rows - mean, full_matrices=False)[2][:k]
    return (lambda pictures: (pictures.reshape(len(pictures), -1) - mean) @ directions.T,
            lambda codes: (codes @ directions + mean).reshape(-1, *pictures.shape[1:]))


flat = datasets.load("photos", "train", size=32, quiet=True).images / np.float32(255)
encode, decode = pca(flat)

ANSWERS = {"01.1": (complete,), "01.2": (encode, decode), "01.3": ("ac",)}
