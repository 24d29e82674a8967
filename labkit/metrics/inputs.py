"""What the scores accept, and what they say when it is something else."""

import numpy as np

from labkit.errors import LabkitError

ROWS = 8192  # rows looked at together: a check never makes a copy of the whole array


def blocks(length: int, size: int = ROWS):
    """Yield slices that cover ``range(length)`` in steps of ``size``."""
    for start in range(0, length, size):
        yield slice(start, min(start + size, length))


def numbers(array, name: str) -> np.ndarray:
    """Return ``array`` as a numeric NumPy array (bool becomes uint8); LabkitError when it is not one."""
    try:
        array = np.asarray(array)
    except (TypeError, ValueError) as error:
        raise LabkitError(f"{name} cannot be read as an array: {error}. Pass a NumPy array.") from error
    if array.dtype == bool:
        array = array.view(np.uint8)
    if array.dtype.kind not in "uif":
        raise LabkitError(f"{name} holds {array.dtype} values; real numbers are needed. "
                          f"Convert it first, for instance {name}.astype(np.float64).")
    return array


def finite(array: np.ndarray, name: str, what: str) -> None:
    """Raise LabkitError naming the first row that holds NaN or an infinity."""
    if array.dtype.kind != "f":
        return
    for rows in blocks(len(array)):
        bad = ~np.isfinite(array[rows]).reshape(rows.stop - rows.start, -1).all(axis=1)
        if bad.any():
            first = rows.start + int(np.argmax(bad))
            kind = "NaN" if np.isnan(array[first]).any() else "an infinite value"
            raise LabkitError(
                f"{name} holds {kind}, first in row {first} of {len(array)}. A score of it would mean nothing: "
                f"look at {name}[{first}]; {what} probably diverged or was divided by zero.")


def features(array, name: str = "features", least: int = 2) -> np.ndarray:
    """Check feature vectors: (N, D) real numbers, finite, N >= ``least``, D >= 1. Returns them uncopied.

    Images (three or four axes, or rows of uint8) are refused: a score of raw pixels is rarely meant, and uint8
    is never what an extractor returns. float16, float32, float64 and wide integers pass; the scores compute in
    float64 whatever comes in.
    """
    array = numbers(array, name)
    if array.ndim in (3, 4):
        raise LabkitError(
            f"{name} has shape {array.shape}: these look like images, and feature vectors of shape (N, D) are needed. "
            "Run them through an extractor: metrics.extract(images, extractor), or pass extractor=… to "
            "metrics.evaluate. If pixels are really meant as features: "
            f"{name}.reshape(len({name}), -1).astype(np.float64).")
    if array.ndim != 2:
        raise LabkitError(f"{name} has shape {array.shape}; feature vectors of shape (N, D) are needed, one row a "
                          f"picture. For N numbers, one a picture, write {name}.reshape(-1, 1).")
    if array.dtype == np.uint8:
        raise LabkitError(
            f"{name} holds uint8: these look like flattened images, and features are needed. Use "
            "metrics.extract(images, extractor); if pixels are really meant as features, say so with "
            f"{name}.astype(np.float64).")
    rows, width = array.shape
    if rows < least:
        raise LabkitError(f"{name} holds {rows} sample{'s' if rows != 1 else ''}; at least {least} are needed. "
                          "Generate or load more pictures.")
    if width < 1:
        raise LabkitError(f"{name} has shape {array.shape}: every vector is empty. Look at what the extractor returns.")
    finite(array, name, "the extractor or the generator")
    return array


def same_width(real, fake, names=("real", "fake")) -> None:
    """Raise LabkitError unless two arrays of features are equally wide."""
    if real.shape[1] != fake.shape[1]:
        raise LabkitError(
            f"{names[0]} has {real.shape[1]} features a picture and {names[1]} has {fake.shape[1]}: they come from "
            "different extractors or layers. Extract both with the same extractor.")


def same_extractor(real: str, fake: str) -> str:
    """Return the extractor that both sides name (either may be unnamed); LabkitError when they differ."""
    if real and fake and real != fake:
        raise LabkitError(f"the real features come from {real!r} and the fake ones from {fake!r}; distances between "
                          "them mean nothing. Extract both with the same extractor.")
    return real or fake


def logits(array, name: str = "logits") -> np.ndarray:
    """Check logits: (N, classes) floats, N >= 2, classes >= 2; -inf is allowed and means probability zero.

    Probabilities are recognised (no negative number, every row sums to one) and refused: their softmax is a
    different, much flatter distribution.
    """
    array = numbers(array, name)
    if array.ndim != 2 or array.shape[1] < 2:
        raise LabkitError(f"{name} has shape {array.shape}; (N, classes) is needed, with at least two classes. "
                          "Pass what the classifier returns before its softmax.")
    if len(array) < 2:
        raise LabkitError(f"{name} holds {len(array)} sample; at least 2 are needed. Classify more pictures.")
    if np.isnan(array).any() or np.isposinf(array).any():
        first = int(np.argmax((np.isnan(array) | np.isposinf(array)).any(axis=1)))
        raise LabkitError(f"{name} holds NaN or +inf, first in row {first}; the classifier or its input diverged. "
                          f"Look at {name}[{first}] and at the picture it belongs to.")
    if np.isneginf(array).all(axis=1).any():
        raise LabkitError(f"{name} has a row of -inf only: no class is possible there. Check the classifier.")
    if array.min() >= 0 and np.abs(array.sum(axis=1, dtype=np.float64) - 1).max() < 1e-3:
        raise LabkitError(
            f"every row of {name} is non-negative and sums to 1: these are probabilities, and logits are needed. "
            f"Pass the classifier's output before its softmax, or np.log({name}).")
    return array


def images(array, name: str = "images") -> np.ndarray:
    """Check images for an extractor: (N, height, width, 1 or 3) uint8 in 0..255. Returns them uncopied."""
    array = numbers(array, name)
    if array.ndim == 3 and array.dtype == np.uint8:
        raise LabkitError(f"{name} has shape {array.shape}; images need four axes (N, height, width, channels). "
                          f"For grey images write {name}[..., np.newaxis].")
    if array.ndim != 4 or array.shape[-1] not in (1, 3):
        raise LabkitError(
            f"{name} has shape {array.shape}; images of shape (N, height, width, 1 or 3) are needed. "
            + (f"Channels seem to come first: write {name}.transpose(0, 2, 3, 1)."
               if array.ndim == 4 and array.shape[1] in (1, 3) else
               "Without extractor=… feature vectors of shape (N, D) are taken as they are."))
    if array.dtype == np.uint8:
        return array
    finite(array, name, "the generator")
    low, high = (float(array.min()), float(array.max())) if array.size else (0.0, 0.0)
    if array.dtype.kind != "f":
        mend = f"np.clip({name}, 0, 255).astype(np.uint8)"
    elif low < 0:
        mend = f"np.clip(np.rint(({name} + 1) * 127.5), 0, 255).astype(np.uint8), if they lie in [-1, 1]"
    elif high <= 1:
        mend = f"np.clip(np.rint({name} * 255), 0, 255).astype(np.uint8), if they lie in [0, 1]"
    else:
        mend = f"np.clip(np.rint({name}), 0, 255).astype(np.uint8), if they lie in [0, 255]"
    raise LabkitError(f"{name} are {array.dtype} between {low:.3g} and {high:.3g}; extractors take uint8 in 0..255, so "
                      f"that no range has to be guessed. Write {mend}.")


def whole(value, name: str, least: int, most: int | None = None, why: str = "") -> int:
    """Return ``value`` as an int within ``least``..``most``; LabkitError otherwise."""
    limit = f"between {least} and {most}" if most is not None else f"at least {least}"
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        raise LabkitError(f"{name} is {value!r}; a whole number {limit} is needed.")
    if value < least or (most is not None and value > most):
        raise LabkitError(f"{name} is {value}; it must be {limit}{why}.")
    return int(value)


def one_of(value, name: str, choices) -> str:
    """Return ``value`` if it is one of ``choices``; LabkitError otherwise."""
    if value not in choices:
        raise LabkitError(f"{name} is {value!r}; choose one of {', '.join(map(repr, choices))}.")
    return value
