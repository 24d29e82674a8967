"""Stored statistics of a set of features: what a Fréchet distance needs, without the images or the features."""

import dataclasses
import io
import zipfile
from pathlib import Path

import numpy as np

from labkit.errors import LabkitError
from labkit.files import atomic
from labkit.metrics import inputs, moments

FORMAT = 1


@dataclasses.dataclass(frozen=True, eq=False)
class Statistics:
    """Mean and covariance of ``n`` feature vectors of width D, and by whom they were extracted.

    - ``mean`` (D,) float64, ``mean_rest`` (D,) float64: what rounding the mean left over.
    - ``factor`` (rows <= D, D) float64 with ``factor.T @ factor`` the covariance (N - 1 in the denominator). The
      factor keeps directions that a covariance in float64 loses.
    - ``sample`` (m, D) float32 or None: some of the features, for the scores that need neighbours.
    - ``extractor`` the extractor's name, ``source`` what was scored (a data set, a split).
    """

    mean: np.ndarray
    mean_rest: np.ndarray
    factor: np.ndarray
    n: int
    extractor: str = ""
    source: str = ""
    sample: np.ndarray | None = None

    @property
    def width(self) -> int:
        """D, the number of features."""
        return len(self.mean)

    @property
    def covariance(self) -> np.ndarray:
        """The covariance (D, D), computed from the factor."""
        return self.factor.T @ self.factor

    def __repr__(self):
        kept = f", sample of {len(self.sample):,}" if self.sample is not None else ""
        made = f", {self.extractor}" if self.extractor else ""
        return f"Statistics(n={self.n:,}, width={self.width}{made}{kept})"

    def side(self) -> moments.Side:
        """The form in which ``frechet_distance`` takes it."""
        return moments.StoredSide(self.n, self.mean, self.mean_rest, self.factor)

    @classmethod
    def from_features(cls, features, extractor: str = "", source: str = "", sample: int = 0, seed: int = 0):
        """Make statistics of features (N, D), N >= 2; keep ``sample`` of the vectors, drawn without replacement."""
        features = inputs.features(features)
        sample = inputs.whole(sample, "sample", 0, len(features), f", the number of features ({len(features)})")
        kept = None
        if sample:
            index = np.sort(np.random.RandomState(seed).choice(len(features), sample, replace=False))
            kept = features[index].astype(np.float32)
        n, high, low, factor = moments.stream([features])
        return cls(high, low, factor, n, extractor, source, kept)

    @classmethod
    def from_batches(cls, batches, extractor: str = "", source: str = ""):
        """Make statistics of an iterable of features (n_i, D), each seen once; memory is a few D² numbers."""
        width = None

        def checked():
            nonlocal width
            for index, batch in enumerate(batches):
                batch = inputs.features(batch, f"batch {index}", least=1)
                if width not in (None, batch.shape[1]):
                    raise LabkitError(f"batch {index} has {batch.shape[1]} features a picture, those before it "
                                      f"{width}; extract all with the same extractor.")
                width = batch.shape[1]
                yield batch

        n, high, low, factor = moments.stream(checked())
        if n < 2:
            raise LabkitError(f"{n} samples have no covariance; at least 2 are needed. Generate or load more pictures.")
        return cls(high, low, factor, n, extractor, source)

    @classmethod
    def from_moments(cls, mean, covariance, n: int, extractor: str = "", source: str = ""):
        """Take over a mean (D,) and covariance (D, D) from elsewhere, for instance the ``mu`` and ``sigma`` of a
        published statistics file. What squaring lost is lost; eigenvalues below zero are taken as zero.
        """
        mean = np.asarray(mean, np.float64)
        covariance = np.asarray(covariance, np.float64)
        if mean.ndim != 1 or covariance.shape != (len(mean), len(mean)):
            raise LabkitError(f"a mean of shape (D,) and a covariance of shape (D, D) are needed, not {mean.shape} and "
                              f"{covariance.shape}. With features at hand use Statistics.from_features.")
        if not (np.isfinite(mean).all() and np.isfinite(covariance).all()):
            raise LabkitError("the mean or the covariance holds NaN or an infinite value. Compute them again.")
        scale = np.abs(covariance).max()
        if not np.allclose(covariance, covariance.T, rtol=0, atol=1e-6 * scale):
            raise LabkitError("the covariance is not symmetric: is it one? np.cov(features, rowvar=False) makes one.")
        values, vectors = np.linalg.eigh((covariance + covariance.T) / 2)
        if values.min() < -1e-6 * max(values.max(), 0) - np.finfo(float).tiny:
            raise LabkitError(f"the covariance has an eigenvalue of {values.min():.3g}: no covariance has. Compute it "
                              "again, with np.cov(features, rowvar=False) in float64.")
        factor = np.sqrt(np.maximum(values, 0))[:, None] * vectors.T
        return cls(mean, np.zeros_like(mean), factor, inputs.whole(n, "n", 2), extractor, source)

    def save(self, path, dtype="float64") -> None:
        """Write an ``.npz`` without pickles. ``dtype="float32"`` halves it and costs about 1e-7 of the trace."""
        inputs.one_of(str(np.dtype(dtype)), "dtype", ("float64", "float32"))
        kept = {"sample": self.sample} if self.sample is not None else {}
        rows, width = self.factor.shape
        upper = np.triu_indices(rows, m=width)
        triangular = not np.tril(self.factor, -1).any()
        factor = self.factor[upper] if triangular else self.factor
        buffer = io.BytesIO()
        np.savez(buffer, format=FORMAT, n=self.n, extractor=self.extractor, source=self.source, mean=self.mean,
                 mean_rest=self.mean_rest, factor=factor.astype(dtype), shape=np.array([rows, width]), **kept)
        with atomic(path) as file:
            file.write(buffer.getvalue())

    @classmethod
    def load(cls, path):
        """Read what ``save`` wrote. Raises LabkitError when the file is missing, damaged or something else."""
        path = Path(path)
        try:
            with open(path, "rb") as opened, np.load(opened, allow_pickle=False) as file:
                held = {name: file[name] for name in file.files}
            if int(held["format"]) != FORMAT:
                raise LabkitError(f"{path} is of format {int(held['format'])}; this labkit reads format {FORMAT}. "
                                  "Update labkit or make the statistics again.")
            rows, width = (int(number) for number in held["shape"])
            factor = held["factor"].astype(np.float64)
            if factor.ndim == 1:
                packed, factor = factor, np.zeros((rows, width))
                factor[np.triu_indices(rows, m=width)] = packed
            made = cls(held["mean"].astype(np.float64), held["mean_rest"].astype(np.float64), factor, int(held["n"]),
                       str(held["extractor"]), str(held["source"]), held.get("sample"))
        except FileNotFoundError as error:
            raise LabkitError(f"{path} does not exist; make it with Statistics.from_features(features).save(…).") \
                from error
        except (KeyError, ValueError, TypeError, AttributeError, EOFError, zipfile.BadZipFile, OSError) as error:
            raise LabkitError(f"{path} does not hold statistics that labkit wrote ({error}). "
                              "Make the file again with Statistics.from_features(features).save(…).") from error
        if (made.factor.shape != (rows, width) or made.mean.shape != (width,) or made.mean_rest.shape != (width,)
                or made.n < 2 or not all(np.isfinite(part).all() for part in (made.mean, made.mean_rest, made.factor))
                or (made.sample is not None and (made.sample.ndim != 2 or made.sample.shape[1] != width
                                                 or not np.isfinite(made.sample).all()))):
            raise LabkitError(f"{path} holds statistics that do not fit together. Make the file again.")
        return made
