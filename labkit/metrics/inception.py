"""The Inception score, on logits."""

import numpy as np

from labkit.errors import LabkitError
from labkit.metrics import inputs, results, sets

ROWS = 2048  # pictures worked on together


def inception_score(logits, splits: int = 1, shuffle: bool = False, ddof: int = 0, seed: int = 2020,
                    extractor: str = "") -> results.InceptionScore:
    """Return exp(mean over pictures of KL(p(class | picture) || p(class))), the marginal being the mean over pictures.

    ``logits`` (N, classes), N >= 2, or ``Features`` that hold some; -inf stands for probability zero. Computed in
    float64 from log-probabilities, with 0·log 0 = 0: a class never predicted is no NaN. The value lies between 1 and
    the number of classes; higher is better. It says nothing of the real data, and is Inception's only when Inception
    classified.

    With ``splits`` the score is the mean over that many contiguous parts, of rows i·N//splits to (i + 1)·N//splits,
    and ``error`` their standard deviation with ``ddof`` (0: torch-fidelity and the original; 1: torchmetrics).
    ``shuffle`` permutes the rows first by ``np.random.RandomState(seed)``, as torch-fidelity does (seed 2020). With one
    split ``error`` is the standard error by the delta method.

    Source: Salimans et al., "Improved Techniques for Training GANs", 2016; report 5 describes it in words.
    Raises LabkitError for probabilities, fewer samples than splits, or logits that are not finite.
    """
    if isinstance(logits, sets.Features):
        if logits.logits is None:
            raise LabkitError("these features hold no logits, which the Inception score needs. Use an extractor that "
                              "returns (features, logits).")
        extractor = extractor or logits.extractor
        logits = logits.logits
    logits = inputs.logits(logits)
    n = len(logits)
    splits = inputs.whole(splits, "splits", 1, n, f", the number of samples ({n}). "
                                                  "Lower splits or score more pictures")
    ddof = inputs.whole(ddof, "ddof", 0, 1)
    if splits == 1 and ddof == 1:
        raise LabkitError("ddof=1 divides by splits - 1, and there is one split. Use more splits, or ddof=0.")
    order = np.random.RandomState(seed).permutation(n) if shuffle else np.arange(n)
    divergences = np.empty(n)
    values = []
    for part in range(splits):
        rows = order[part * n // splits:(part + 1) * n // splits]
        divergences[rows] = _divergences(logits[rows])
        values.append(float(np.exp(divergences[rows].mean())))
    value = float(np.mean(values))
    if splits == 1:
        # log-score = mean of dᵢ, whose influence function is dᵢ minus that mean: the marginal's own share cancels
        error, error_from = value * float(np.std(divergences)) / np.sqrt(n), "delta method"
    else:
        error, error_from = float(np.std(values, ddof=ddof)), f"standard deviation over splits, ddof = {ddof}"
    return results.InceptionScore(
        name="Inception score" if results.by_inception(extractor) else "Inception-style score", value=value,
        n_real=None, n_fake=n, extractor=extractor, better=results.HIGHER, error=float(error), error_from=error_from,
        convention=f"{splits} split{'s' if splits > 1 else ''}{', shuffled' if shuffle else ''}",
        values=tuple(values), seed=seed if shuffle else None, divergences=divergences)


def log_softmax(logits: np.ndarray) -> np.ndarray:
    """Return log-probabilities (N, classes) in float64; -inf where a logit is."""
    shifted = np.subtract(logits, logits.max(axis=1, keepdims=True), dtype=np.float64)
    return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))


def _divergences(logits: np.ndarray) -> np.ndarray:
    """Return KL(pᵢ || mean p) (N,); memory is a block of rows, not the whole."""
    marginal = np.zeros(logits.shape[1])
    for rows in inputs.blocks(len(logits), ROWS):
        marginal += np.exp(log_softmax(logits[rows])).sum(axis=0)
    with np.errstate(divide="ignore"):
        log_q = np.log(marginal) - np.log(len(logits))
    result = np.empty(len(logits))
    for rows in inputs.blocks(len(logits), ROWS):
        log_p = log_softmax(logits[rows])
        p = np.exp(log_p)
        with np.errstate(invalid="ignore"):
            result[rows] = (p * np.where(p > 0, log_p - log_q, 0)).sum(axis=1)  # 0·log 0 = 0
    return np.maximum(result, 0)
