"""Precision, recall, density, coverage: whether pictures fall into balls around their k-nearest neighbours."""

from typing import NamedTuple

import numpy as np

from labkit.metrics import inputs, neighbours, results, sets

# How the published programs decide: what they default k to, and whether a point on the sphere is inside.
CONVENTIONS = {"prdc": (5, False), "kynkaanniemi": (3, True)}


class PrecisionRecall(NamedTuple):
    """Precision and recall, each a ``NeighbourScore``."""

    precision: results.NeighbourScore
    recall: results.NeighbourScore


class DensityCoverage(NamedTuple):
    """Density and coverage, each a ``NeighbourScore``."""

    density: results.NeighbourScore
    coverage: results.NeighbourScore


class ManifoldScores(NamedTuple):
    """All four, each a ``NeighbourScore``."""

    precision: results.NeighbourScore
    recall: results.NeighbourScore
    density: results.NeighbourScore
    coverage: results.NeighbourScore


def precision_recall(real, fake, k: int | None = None, convention: str = "prdc") -> PrecisionRecall:
    """Return the share of fakes within some real ball (precision) and of reals within some fake ball (recall).

    The ball of a point reaches to its k-th nearest neighbour in its own set. ``real`` (N, D) and ``fake`` (M, D) are
    arrays or ``Features``, 1 <= k < min(N, M). ``convention`` "prdc": strictly inside, k = 5 by default, as the package
    prdc; "kynkaanniemi": on the sphere counts too, k = 3 by default, as the paper's own program and torch-fidelity.
    Both are in [0, 1], higher is better; they drift with N and M, so compare equal sizes only. Comparisons are exact,
    ties and copies included. ``error`` is the standard error over the pictures with the neighbourhoods held fixed,
    which is up to twice too small where both sets are drawn anew; ``evaluate`` gives a fuller one.

    Source: Kynkäänniemi et al., "Improved Precision and Recall Metric for Assessing Generative Models", 2019.
    Raises LabkitError for unusable features, k >= N or k >= M, or an unknown convention.
    """
    return PrecisionRecall(*_scores(real, fake, k, convention, "precision", "recall"))


def density_coverage(real, fake, k: int | None = None, convention: str = "prdc") -> DensityCoverage:
    """Return how many real balls hold a fake on average, divided by k (density), and the share of real balls that
    hold any fake (coverage).

    Density is not bounded by 1; coverage is in [0, 1]. Of the two sets only the real one needs neighbourhoods, so one
    odd fake cannot inflate a ball. Arguments, conventions and errors as in ``precision_recall``.

    Source: Naeem et al., "Reliable Fidelity and Diversity Metrics for Generative Models", 2020.
    """
    return DensityCoverage(*_scores(real, fake, k, convention, "density", "coverage"))


def manifold_scores(real, fake, k: int | None = None, convention: str = "prdc") -> ManifoldScores:
    """Return precision, recall, density and coverage from one pass over the distances."""
    return ManifoldScores(*_scores(real, fake, k, convention, *ManifoldScores._fields))


def _scores(real, fake, k, convention, *names):
    inputs.one_of(convention, "convention", tuple(CONVENTIONS))
    default, closed = CONVENTIONS[convention]
    real, fake, extractor = sets.pair(real, fake)
    k = default if k is None else k
    smaller = min(len(real), len(fake))
    k = inputs.whole(k, "k", 1, smaller - 1, f": {smaller} samples have {smaller - 1} other neighbours at most. "
                                             "Choose a smaller k or score more pictures")
    radii_fake = fake.radii(k) if "recall" in names else None
    found = neighbours.inside(real.values, fake.values, real.radii(k), radii_fake, closed)
    per_sample = {
        "precision": found.balls_of_x > 0,
        "recall": found.x_covered,
        "density": found.balls_of_x / k,
        "coverage": found.x_reached,
    }
    values = {
        # prdc's order of operations, so that the last digit is the same
        name: float((1.0 / k) * found.balls_of_x.mean()) if name == "density" else float(np.mean(per_sample[name]))
        for name in names
    }
    return [results.NeighbourScore(
        name=name.capitalize(), value=values[name], n_real=len(real), n_fake=len(fake), extractor=extractor,
        convention=f"k = {k}, {convention}", better=results.HIGHER, k=k, per_sample=per_sample[name],
        error=float(np.std(per_sample[name]) / np.sqrt(len(per_sample[name]))),
        error_from="standard error over pictures, neighbourhoods held fixed") for name in names]
