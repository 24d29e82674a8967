"""Solutions of 12_domain_transfer."""

import numpy as np


def constancy(said, again):
    return (((said - again) ** 2).mean(axis=0) / said.var(axis=0)).mean()


def choose(said, among):
    """Each domain at mean 0 and variance 1, above 0 only, as directions; the picture where ten neighbours point."""
    said, among = (np.maximum((rows - rows.mean(axis=0)) / rows.std(axis=0), 0) for rows in (said, among))
    said, among = (rows / np.linalg.norm(rows, axis=1, keepdims=True) for rows in (said, among))
    nearest = (-said @ among.T).argsort(axis=1)[:, :10]
    return ((said + among[nearest].mean(axis=1)) @ among.T).argmax(axis=1)


ANSWERS = {"12.1": (constancy,), "12.2": (choose,), "12.3": ("be",)}
