"""Solutions of 10_scoring_images."""

import numpy as np
from scipy.spatial.distance import cdist

from labkit import datasets, metrics
from labkit.models import extractors


def coverage(real, fake, k):
    radius = np.sort(cdist(real, real), axis=1)[:, k]  # column 0 is the point itself
    return (cdist(real, fake).min(axis=1) < radius).mean()


def surest():
    """Of 2,000 training pictures, the 50 of each class that the classifier is surest of: no class has a hard case."""
    pictures = datasets.load("fashion_mnist", limit=2000, quiet=True).images
    logits = metrics.extract(pictures, extractors.load_default("fashion_mnist")).logits.astype(float)
    sure = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    return pictures[np.argsort(-sure, axis=0)[:50].T.ravel()]


ANSWERS = {"10.1": (coverage,), "10.2": (surest(), "coverage"), "10.3": ("bd",)}
