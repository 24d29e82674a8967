"""Solutions of 12_domain_transfer."""

import numpy as np


def constancy(said, again):
    return (((said - again) ** 2).mean(axis=0) / said.var(axis=0)).mean()


def choose(said, among):
    """Each domain around its own mean, then the smallest angle."""
    said, among = (rows - rows.mean(axis=0) for rows in (said, among))
    said, among = (rows / np.linalg.norm(rows, axis=1, keepdims=True) for rows in (said, among))
    return (said @ among.T).argmax(axis=1)


ANSWERS = {"12.1": (constancy,), "12.2": (choose,), "12.3": ("be",)}
