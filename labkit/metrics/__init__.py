"""Scores of generated pictures, on features or logits: exact, in float64, with how they were made in every result.

An extractor turns images into features. A distance is called FID, or KID, only when Inception made the features.
"""

from labkit.metrics.comparison import compare
from labkit.metrics.distances import frechet_distance, inception_score, kernel_distance
from labkit.metrics.evaluate import Scores, class_coverage, evaluate
from labkit.metrics.features import Features, Statistics, extract
from labkit.metrics.neighbours import COPY, closeness, manifold_scores, memorisation, nearest_training, precision_recall

__all__ = ["COPY", "Features", "Scores", "Statistics", "class_coverage", "closeness", "compare", "evaluate",
           "extract", "frechet_distance", "inception_score", "kernel_distance", "manifold_scores", "memorisation",
           "nearest_training", "precision_recall"]
