"""What can be wrong with pictures, in doses: to see which score notices, and how soon."""

import dataclasses

import numpy as np
from scipy import ndimage

from labkit.errors import LabkitError
from labkit.metrics import evaluation, inputs, sets
from labkit.metrics.tables import Scores

KINDS = {  # kind -> doses from harmless to severe, and what a dose is
    "blur": ((0.0, 0.5, 1.0, 1.5, 2.5), "standard deviation, pixels"),
    "noise": ((0.0, 10.0, 20.0, 40.0, 80.0), "standard deviation, grey levels"),
    "mode drop": ((0.0, 0.2, 0.4, 0.6, 0.8), "share of classes missing"),
    "duplication": ((0.0, 0.5, 0.8, 0.9, 0.98), "share of copies"),
}


def distort(images, kind: str, dose: float, labels=None, seed: int = 0) -> np.ndarray:
    """Return pictures uint8 (N, H, W, C) with something wrong, as many as were given.

    - ``blur``: a Gaussian of ``dose`` pixels; ``noise``: Gaussian, ``dose`` grey levels, clipped to 0..255;
    - ``mode drop``: the pictures of that share of the classes (of ``labels`` (N,), the highest first) are replaced by
      others of the remaining classes, drawn with replacement from the same pictures;
    - ``duplication``: only a share of 1 - ``dose`` of the pictures stays; they are repeated to make up the number.

    Dose 0 returns the pictures as they are. Raises LabkitError for another kind, a dose out of range, missing labels.
    """
    images = inputs.images(images)
    inputs.one_of(kind, "kind", tuple(KINDS))
    share = kind in ("mode drop", "duplication")
    if not np.isfinite(dose) or dose < 0 or (share and dose >= 1):
        raise LabkitError(f"dose is {dose!r}; for {kind} it lies {'in [0, 1)' if share else 'at 0 or above'}.")
    if dose == 0:
        return images
    random = np.random.RandomState(seed)
    if kind == "blur":
        return np.rint(ndimage.gaussian_filter(images.astype(np.float32), (0, dose, dose, 0))).astype(np.uint8)
    if kind == "noise":
        noisy = images + dose * random.standard_normal(images.shape).astype(np.float32)
        return np.clip(np.rint(noisy), 0, 255).astype(np.uint8)
    if kind == "duplication":
        kept = random.choice(len(images), max(1, round(len(images) * (1 - dose))), replace=False)
        return images[np.resize(kept, len(images))]
    if labels is None or np.shape(labels) != (len(images),):
        raise LabkitError("mode drop needs labels, one for each picture: distort(images, \"mode drop\", dose, labels).")
    labels = np.asarray(labels)
    classes = np.unique(labels)
    left = classes[:max(1, round(len(classes) * (1 - dose)))]
    stay = np.flatnonzero(np.isin(labels, left))
    index = np.arange(len(images))
    gone = ~np.isin(labels, left)
    index[gone] = random.choice(stay, gone.sum())
    return images[index]


@dataclasses.dataclass(frozen=True, eq=False)
class Response:
    """How the scores answer to one ``kind``: ``doses`` (n,), their ``unit``, and the ``Scores`` at each dose."""

    kind: str
    unit: str
    doses: tuple[float, ...]
    scores: tuple[Scores, ...]

    def values(self, name: str) -> np.ndarray:
        """The score called ``name`` at each dose, float64 (n,)."""
        return np.array([float(scores[name]) for scores in self.scores])

    def errors(self, name: str) -> np.ndarray:
        """Its standard errors (n,), 0 where there is none."""
        return np.array([scores[name].error or 0.0 for scores in self.scores])

    def noticed(self, name: str, errors: float = 3.0) -> float | None:
        """The smallest dose that makes the score worse than the harmless one by so many standard errors of the
        difference, and that all larger ones do, too; None when even the largest does not."""
        values, spread = self.values(name), self.errors(name)
        sign = -1 if self.scores[0][name].better == "higher" else 1
        worse = sign * (values - values[0]) > errors * np.hypot(spread, spread[0])
        last = len(worse) - (int(np.argmin(worse[::-1])) if not worse.all() else len(worse))
        return self.doses[last] if last < len(worse) else None


def respond(real, images, extractor, kind: str, labels=None, doses=None, k: int = 5, seed: int = 0) -> Response:
    """Score pictures against ``real`` at every dose of one kind of damage.

    ``real`` is ``Features`` of real pictures, ``images`` are other real ones, uint8 (N, H, W, C), which are damaged;
    ``doses`` default to those of KINDS and begin with a harmless one. The other arguments as in ``distort`` and
    ``metrics.evaluate``.
    """
    inputs.one_of(kind, "kind", tuple(KINDS))
    real = sets.take(real, "real")
    doses = tuple(KINDS[kind][0] if doses is None else doses)
    if len(doses) < 2:
        raise LabkitError(f"doses are {doses}; at least a harmless and a harmful one are needed.")
    scores = tuple(evaluation.evaluate(real, distort(images, kind, dose, labels, seed), extractor, k=k, seed=seed)
                   for dose in doses)
    return Response(kind, KINDS[kind][1], doses, scores)
