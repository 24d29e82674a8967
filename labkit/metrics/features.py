"""Pictures as the scores see them: feature vectors, perhaps logits; what these may be, what may be stored."""

import dataclasses
import functools
import zipfile

import numpy as np

from labkit.errors import LabkitError
from labkit.files import atomic

LARGEST = np.float64(1e40)  # its sixth power, summed over all pairs, is still a float64


def blocks(length: int, size: int = 8192):
    """Yield slices that cover ``range(length)`` in steps of ``size``."""
    for start in range(0, length, size):
        yield slice(start, min(start + size, length))


def integer(value, name: str, least: int, most: int | None = None, why: str = "") -> int:
    """Return ``value`` as an int within ``least``..``most``; LabkitError otherwise."""
    limit = f"between {least} and {most}" if most is not None else f"at least {least}"
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        raise LabkitError(f"{name} is {value!r}; a whole number {limit} is needed.")
    if value < least or (most is not None and value > most):
        raise LabkitError(f"{name} is {value}; it must be {limit}{why}.")
    return int(value)


def numbers(array, name: str, rows: int, least: float = -LARGEST) -> np.ndarray:
    """Return an array of ``rows`` or more, real numbers in [least, LARGEST]; LabkitError, with the row, otherwise."""
    array = np.asarray(array)
    if array.dtype.kind not in "uifb":
        raise LabkitError(f"{name} holds {array.dtype} values; real numbers are needed.")
    if array.ndim and array.dtype.kind == "f" and not (good := (array >= least) & (array <= LARGEST)).all():
        first = int(np.argmin(good.reshape(len(array), -1).all(axis=1)))
        kind = ("NaN" if np.isnan(array[first]).any() else "an infinite value" if np.isinf(array[first]).any()
                else "a number whose powers overflow")
        raise LabkitError(f"{name} holds {kind}, first in row {first} of {len(array)}: look at {name}[{first}] and "
                          "at the picture behind it; what made it probably diverged or was divided by zero.")
    if array.ndim and len(array) < rows:
        raise LabkitError(f"{name} holds {len(array)} sample{'s' if len(array) != 1 else ''}; at least {rows} are "
                          "needed. Generate or load more pictures.")
    return array.view(np.uint8) if array.dtype == bool else array


def vectors(array, name: str = "features", least: int = 2) -> np.ndarray:
    """Return feature vectors (N, D) uncopied; LabkitError for anything else, images too: pixels are rarely meant."""
    array = numbers(array, name, least)
    if array.ndim != 2 or not array.shape[1] or array.dtype == np.uint8:
        raise LabkitError(
            f"{name} is {array.dtype} {array.shape}; feature vectors (N, D) are needed, a row a picture. Of images "
            "write metrics.extract(images, extractor), or pass extractor=… to metrics.evaluate; if pixels are really "
            f"meant: {name}.reshape(len({name}), -1).astype(np.float64); of N numbers {name}.reshape(-1, 1).")
    return array


def class_logits(array) -> np.ndarray:
    """Return logits (N, classes), -inf for probability 0, uncopied; LabkitError for others, probabilities too."""
    array = numbers(array, "logits", 2, -np.inf)
    if array.ndim != 2 or array.shape[1] < 2:
        raise LabkitError(f"logits has shape {array.shape}; (N, classes) is needed, with at least two classes. "
                          "Pass what the classifier returns before its softmax.")
    if array.min() >= 0 and np.abs(array.sum(axis=1, dtype=np.float64) - 1).max() < 1e-3:
        raise LabkitError("every row of logits is non-negative and sums to 1: these are probabilities, and logits are "
                          "needed. Pass the classifier's output before its softmax, or np.log(logits).")
    return array


def pictures(array, name: str = "images") -> np.ndarray:
    """Return images uint8 (N, height, width, 1 or 3) uncopied; LabkitError for anything else."""
    array = numbers(array, name, 1)
    if array.ndim != 4 or array.shape[-1] not in (1, 3) or array.dtype != np.uint8:
        raise LabkitError(
            f"{name} are {array.dtype} {array.shape} between {array.min():.3g} and {array.max():.3g}; extractors take "
            "uint8 (N, height, width, 1 or 3) in 0..255, so that no range has to be guessed. Of [-1, 1] write "
            f"np.rint(({name} + 1) * 127.5).astype(np.uint8); of grey images {name}[..., np.newaxis]; where channels "
            f"come first, {name}.transpose(0, 2, 3, 1).")
    return array


@dataclasses.dataclass(eq=False)
class Statistics:
    """Mean and covariance of ``n`` feature vectors of width D: what a Fréchet distance needs, without the features.

    ``mean_rest`` is what rounding left of the mean, visible at an offset of 1e4; ``factor.T @ factor`` the covariance
    (N - 1 in the denominator), with directions that float64 would lose in it. ``sample`` serves neighbours' scores.
    """

    mean: np.ndarray  # float64 (D,), as mean_rest
    mean_rest: np.ndarray
    factor: np.ndarray  # float64 (at most D, D)
    n: int
    extractor: str = ""
    sample: np.ndarray | None = None  # (m, D)

    @property
    def width(self) -> int:
        """D, the number of features."""
        return len(self.mean)

    def save(self, path, dtype="float64") -> None:
        """Write an ``.npz`` without pickles. ``dtype="float32"`` halves it and costs about 1e-7 of the trace."""
        triangle = np.linalg.qr(self.factor, mode="r")
        kept = {"sample": self.sample} if self.sample is not None else {}
        with atomic(path) as file:
            np.savez(file, n=self.n, extractor=self.extractor, mean=self.mean, mean_rest=self.mean_rest,
                     shape=triangle.shape, **kept,
                     factor=triangle[np.triu_indices(len(triangle), m=self.width)].astype(dtype))

    @classmethod
    def load(cls, path):
        """Read what ``save`` wrote. Raises LabkitError when the file is missing, damaged or something else."""
        try:
            with open(path, "rb") as opened, np.load(opened, allow_pickle=False) as file:
                held = {name: file[name] for name in file.files}
            factor = np.zeros(held["shape"])
            factor[np.triu_indices(len(factor), m=factor.shape[1])] = held["factor"]
            return cls(held["mean"], held["mean_rest"], factor, int(held["n"]), str(held["extractor"]),
                       held.get("sample"))
        except (KeyError, ValueError, TypeError, IndexError, EOFError, zipfile.BadZipFile, OSError) as error:
            raise LabkitError(f"{path} does not hold statistics that labkit wrote: {error}. Make it with "
                              "Features(features).statistics().save(…).") from error


@dataclasses.dataclass(eq=False)
class Features:
    """Feature vectors ``values`` (N, D), perhaps ``logits`` (N, classes), and the name of the ``extractor``.

    Every score takes one in place of a bare array, and keeps what it computed (``moments``, ``radii``) for the next.
    """

    values: np.ndarray
    logits: np.ndarray | None = None
    extractor: str = ""
    radii: dict = dataclasses.field(default_factory=dict, repr=False)  # k -> squared radii of the neighbourhoods

    def __post_init__(self):
        self.values = vectors(self.values, "values")
        if self.logits is not None:
            self.logits = class_logits(self.logits)
            if len(self.logits) != len(self.values):
                raise LabkitError(f"there are {len(self.logits)} rows of logits and {len(self.values)} feature "
                                  "vectors; both must come from the same pictures.")

    def __len__(self):
        return len(self.values)

    def __repr__(self):
        classes = f", {self.logits.shape[1]} classes" if self.logits is not None else ""
        made = f", {self.extractor}" if self.extractor else ""
        return f"Features({len(self):,} x {self.values.shape[1]}{classes}{made})"

    @functools.cached_property
    def moments(self) -> Statistics:
        """Mean and covariance."""
        x, (n, width) = self.values, self.values.shape
        mean = sum(x[rows].sum(axis=0, dtype=np.float64) for rows in blocks(n)) / n
        rest = sum(np.subtract(x[rows], mean, dtype=np.float64).sum(axis=0) for rows in blocks(n)) / n
        factor = np.empty((0, width))
        for rows in blocks(n, max(2 * width, 1024)):
            centred = np.subtract(x[rows], mean, dtype=np.float64) - rest
            factor = np.concatenate([factor, centred / np.sqrt(n - 1)])
            if len(factor) > width:
                factor = np.linalg.qr(factor, mode="r")
        return Statistics(mean, rest, factor, n, self.extractor)

    def subset(self, index) -> "Features":
        """Return the features (and logits) of some of the pictures."""
        return Features(self.values[index], None if self.logits is None else self.logits[index], self.extractor)

    def statistics(self, sample: int = 0) -> Statistics:
        """Return what may be stored in place of the features, with ``sample`` of them, drawn without replacement."""
        chosen = np.sort(np.random.RandomState(0).choice(len(self), sample, replace=False))
        return dataclasses.replace(self.moments, sample=self.values[chosen].astype(np.float32) if sample else None)


def as_features(given, name: str, extractor=None) -> Features:
    """Return Features, an array of them, or images through a callable ``extractor``, as Features."""
    if isinstance(given, Statistics):
        raise LabkitError(f"{name} is Statistics, which this score cannot be computed from: it needs the features "
                          f"themselves. Pass {name}.sample if it holds one, or extract the features again.")
    if not isinstance(given, Features):
        return (extract(given, extractor, name=name) if callable(extractor) else
                Features(vectors(given, name), None, extractor or ""))
    if callable(extractor):
        shared_extractor((0, 0), (given.extractor, extractor_name(extractor)), (name, "what was asked for"))
    return given


def shared_extractor(widths, extractors=("", ""), names=("real", "fake")) -> str:
    """Return the extractor that both sides name, or one of them. LabkitError when these or the widths differ."""
    if widths[0] != widths[1]:
        raise LabkitError(f"{names[0]} has {widths[0]} features a picture and {names[1]} has {widths[1]}: they come "
                          "from different extractors or layers. Extract both with the same extractor.")
    if all(extractors) and extractors[0] != extractors[1]:
        raise LabkitError(f"{names[0]} was extracted by {extractors[0]!r}, not by {extractors[1]!r} like {names[1]}; "
                          "distances between them mean nothing. Extract both with the same extractor.")
    return extractors[0] or extractors[1]


def extractor_name(extractor) -> str:
    """Return what results call an extractor: its ``name``, else its ``__name__``, else its class."""
    return str(getattr(extractor, "name", None) or getattr(extractor, "__name__", None) or type(extractor).__name__)


def extract(images, extractor, batch_size: int = 256, name: str = "images") -> Features:
    """Run images (N, H, W, C) uint8 through an extractor, ``batch_size`` at a time; return ``Features``.

    ``extractor`` takes uint8 images and returns features (N, D), or a pair (features, logits (N, classes)). Its
    ``name`` (else its ``__name__``) goes into every result. Raises LabkitError for other images, or another answer.
    """
    images, label, found = pictures(images, name), extractor_name(extractor), []
    for rows in blocks(len(images), batch_size):
        returned = extractor(images[rows])
        parts = [np.asarray(part) for part in (returned if isinstance(returned, tuple | list) else (returned,))]
        if not 1 <= len(parts) <= 2 or any(part.ndim != 2 or len(part) != rows.stop - rows.start for part in parts):
            shapes = ", ".join(str(part.shape) for part in parts)
            raise LabkitError(f"the extractor {label} returned arrays of shape {shapes} for {rows.stop - rows.start} "
                              "images; features (N, D), or a pair of features and logits (N, classes), are needed.")
        found.append(parts)
    return Features(*(np.concatenate(parts) for parts in zip(*found, strict=True)), extractor=label)
