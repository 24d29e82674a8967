"""One set of pictures as the scores see it: features, perhaps logits, and what has been computed from them already."""

import dataclasses
import functools

import numpy as np

from labkit.errors import LabkitError
from labkit.metrics import inputs, moments, neighbours
from labkit.metrics.statistics import Statistics


@dataclasses.dataclass(frozen=True, eq=False)
class Features:
    """Feature vectors ``values`` (N, D), perhaps ``logits`` (N, classes), and the ``extractor`` that made them.

    Every score takes one in place of a bare array. What was computed from it (mean and covariance, the radii of the
    neighbourhoods) is kept, so the real set is worked through once and not again for each generator.
    """

    values: np.ndarray
    logits: np.ndarray | None = None
    extractor: str = ""

    def __post_init__(self):
        object.__setattr__(self, "values", inputs.features(self.values, "values"))
        if self.logits is not None:
            logits = inputs.logits(self.logits)
            if len(logits) != len(self.values):
                raise LabkitError(f"there are {len(logits)} rows of logits and {len(self.values)} feature vectors; "
                                  "both must come from the same pictures.")
            object.__setattr__(self, "logits", logits)
        object.__setattr__(self, "_radii", {})

    def __len__(self):
        return len(self.values)

    def __repr__(self):
        classes = f", {self.logits.shape[1]} classes" if self.logits is not None else ""
        made = f", {self.extractor}" if self.extractor else ""
        return f"Features({len(self):,} x {self.values.shape[1]}{classes}{made})"

    @functools.cached_property
    def side(self) -> moments.FeatureSide:
        """Mean, trace and covariance, computed when first asked for."""
        return CachedSide(self.values)

    def radii(self, k: int) -> np.ndarray:
        """Squared distances (N,) to each vector's k-th nearest other vector."""
        if k not in self._radii:
            self._radii[k] = neighbours.radii(self.values, k)
        return self._radii[k]

    def subset(self, index) -> "Features":
        """Return the features (and logits) of some of the pictures."""
        return Features(self.values[index], None if self.logits is None else self.logits[index], self.extractor)

    def statistics(self, source: str = "", sample: int = 0, seed: int = 0) -> Statistics:
        """Return what may be stored in place of the features; see ``Statistics.from_features``."""
        return Statistics.from_features(self.values, self.extractor, source, sample, seed)


class CachedSide(moments.FeatureSide):
    """Moments of features that keep the covariance once it has been computed."""

    kept = None

    def covariance(self):
        if self.kept is None:
            self.kept = super().covariance()
        return self.kept


def take(given, name: str, least: int = 2) -> Features:
    """Return ``given`` (Features or an array) as Features."""
    if isinstance(given, Statistics):
        raise LabkitError(f"{name} is Statistics, which this score cannot be computed from: it needs the features "
                          f"themselves. Pass {name}.sample if it holds one, or extract the features again.")
    if isinstance(given, Features):
        return given
    return Features(inputs.features(given, name, least))


def pair(real, fake) -> tuple[Features, Features, str]:
    """Return both sets as Features, and the extractor they name; LabkitError when they do not fit together."""
    real, fake = take(real, "real"), take(fake, "fake")
    inputs.same_width(real.values, fake.values)
    return real, fake, inputs.same_extractor(real.extractor, fake.extractor)
