"""Scores of generated pictures, on features or logits: exact, in float64, with how they were made in every result.

Pure NumPy and SciPy. Nothing here knows data sets or models: an extractor is any callable that turns images into
features. A distance is called FID, or KID, only when Inception made the features.
"""

from labkit.metrics.distortions import Response, distort, respond
from labkit.metrics.diversity import class_coverage, duplicates, memorisation, nearest_training
from labkit.metrics.evaluation import evaluate, extract
from labkit.metrics.extrapolation import extrapolate
from labkit.metrics.frechet import frechet_distance
from labkit.metrics.inception import inception_score
from labkit.metrics.kernel import kernel_distance
from labkit.metrics.manifold import density_coverage, manifold_scores, precision_recall
from labkit.metrics.modes import mode_coverage, nearest_factors
from labkit.metrics.results import Score
from labkit.metrics.sets import Features
from labkit.metrics.statistics import Statistics
from labkit.metrics.tables import Comparison, Scores

__all__ = [
    "Comparison", "Features", "Response", "Score", "Scores", "Statistics", "class_coverage", "density_coverage",
    "distort", "duplicates", "evaluate", "extract", "extrapolate", "frechet_distance", "inception_score",
    "kernel_distance", "manifold_scores", "memorisation", "mode_coverage", "nearest_factors", "nearest_training",
    "precision_recall", "respond",
]
