"""The Fréchet distance between two Gaussians fitted to features."""

import numpy as np
import scipy.linalg

from labkit.errors import LabkitError
from labkit.metrics import inputs, moments, results, sets
from labkit.metrics.statistics import Statistics

CONDITION = 1e-10  # below this reciprocal condition number covariances have lost too much; see `by_eigenvalues`


def frechet_distance(real, fake) -> results.FrechetDistance:
    """Return |m₁ - m₂|² + tr S₁ + tr S₂ - 2 tr (S₁S₂)^½ of two sets of features, in float64.

    ``real`` and ``fake`` are arrays (N, D) with N >= 2, ``Features`` or stored ``Statistics``, in any mix; N may
    differ. Covariances have N - 1 in the denominator. The value is >= 0, in squared units of the features, and
    biased upwards for finite N (see ``extrapolate``). It is called FID only when Inception made the features.

    The trace term is the sum of the singular values of F₁F₂ᵀ, where S = FᵀF: no matrix is squared or rooted, so
    nothing can become complex and nothing has to be added to a diagonal. Where both N > D and both covariances are
    well conditioned, the eigenvalues of S₁S₂ from a symmetric problem are as good and several times faster.
    The error is below 1e-9·(tr S₁ + tr S₂ + |m₁ - m₂|²) for any N, D and rank.

    Source: Heusel et al., "GANs Trained by a Two Time-Scale Update Rule", 2017; report 5 describes it in words.
    Raises LabkitError for features that are not finite (N >= 2, D) arrays, or of different width or extractor.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        one, other = side(real, "real"), side(fake, "fake")
    if len(one.high) != len(other.high):
        raise LabkitError(
            f"real has {len(one.high)} features a picture and fake has {len(other.high)}: they come from different "
            "extractors or layers. Extract both with the same extractor.")
    extractor = inputs.same_extractor(getattr(real, "extractor", ""), getattr(fake, "extractor", ""))
    with np.errstate(over="ignore", invalid="ignore"):
        difference = (one.high - other.high) + (one.low - other.low)
        mean_term = float(difference @ difference)
        usable = np.isfinite(mean_term + one.trace + other.trace)
    if not usable:
        raise LabkitError("the features are so large that their squares overflow. Divide both sets by the same number.")
    root, route = trace_of_root(one, other)
    trace_term = max(one.trace + other.trace - 2 * root, 0.0)  # only rounding takes it below zero
    return results.FrechetDistance(
        name="FID" if results.by_inception(extractor) else "Fréchet distance", value=mean_term + trace_term,
        n_real=one.n, n_fake=other.n, extractor=extractor, better=results.LOWER,
        mean_term=mean_term, trace_term=trace_term, route=route)


def side(given, name: str) -> moments.Side:
    """Return the moments of features, ``Features`` or ``Statistics``."""
    if isinstance(given, Statistics):
        return given.side()
    if isinstance(given, sets.Features):
        return given.side
    return moments.FeatureSide(inputs.features(given, name))


def trace_of_root(one: moments.Side, other: moments.Side) -> tuple[float, str]:
    """Return tr (S₁S₂)^½ and the way it was computed, "eigh" or "factors"."""
    width = len(one.high)
    if min(one.rows, other.rows, one.n - 1, other.n - 1) >= width:
        root = by_eigenvalues(one.covariance(), other.covariance())
        if root is not None:
            return root, "eigh"
    return by_factors(one, other), "factors"


def by_eigenvalues(first: np.ndarray, second: np.ndarray) -> float | None:
    """Return Σ √λ(S₁S₂) by Cholesky and a symmetric eigenproblem, or None where that would not be exact.

    A perturbation of S₁ by ε|S₁| moves the trace by at most ¼·ε·√(D / rcond)·(tr S₁ + tr S₂), so covariances whose
    reciprocal condition number is below ``CONDITION`` are left to the factors, which were never squared.
    """
    live = (first.diagonal() > 0) & (second.diagonal() > 0)  # units that never fire add nothing to the trace
    if not live.any():
        return 0.0
    if not live.all():
        first, second = first[np.ix_(live, live)], second[np.ix_(live, live)]
    if min(reciprocal_condition(first), reciprocal_condition(second)) < CONDITION:
        return None
    try:
        values = scipy.linalg.eigh(first, second, type=2, eigvals_only=True, driver="gv", check_finite=False)
    except np.linalg.LinAlgError:
        return None
    return float(np.sqrt(np.maximum(values, 0)).sum())


def reciprocal_condition(covariance: np.ndarray) -> float:
    """Return an estimate of 1 / (|S|₁ |S⁻¹|₁), 0 for a matrix that is not positive definite."""
    triangle, failed = scipy.linalg.lapack.dpotrf(covariance, lower=0, clean=0)
    if failed:
        return 0.0
    estimate, failed = scipy.linalg.lapack.dpocon(triangle, np.abs(covariance).sum(axis=0).max(), uplo="U")
    return 0.0 if failed else float(estimate)


def by_factors(one: moments.Side, other: moments.Side) -> float:
    """Return Σ σ(F₁F₂ᵀ). The taller factor is streamed: what is held is (min(N, D), D)."""
    if one.rows > other.rows:
        one, other = other, one
    small = one.factor()
    product = moments.Triangle(len(small))
    for block in other.factor_blocks():
        product.add(block @ small.T)
    return float(scipy.linalg.svdvals(product.factor(), overwrite_a=True, check_finite=False).sum())
