"""All scores at once: extraction, error bars, times, and the table that shows them."""

import dataclasses
import time

import numpy as np
from threadpoolctl import threadpool_limits

from labkit.errors import LabkitError, lookup
from labkit.metrics import neighbours
from labkit.metrics.distances import Score, frechet_distance, inception_score, kernel_distance
from labkit.metrics.features import Features, Statistics, as_features, integer
from labkit.tables import Table

SUBSET = 100  # pictures a subset needs before its neighbourhoods resemble those of the whole
ORDER = ("frechet", "kernel", "inception", "precision", "recall", "density", "coverage", "classes", "duplicates")


class Scores(dict):
    """What ``evaluate`` found: ``scores["frechet"]`` is a ``Score``. Shows as a table."""

    def __init__(self, results, skipped: dict[str, str], fake: Features, seed: int, seconds: float):
        super().__init__(results)
        self.skipped, self.seed, self.seconds = skipped, seed, seconds
        self.extractor, self.n_real, self.n_fake = self["frechet"].extractor, self["frechet"].n_real, len(fake)

    def __missing__(self, name):
        if name in self.skipped:
            raise LabkitError(f"{name} was not computed: {self.skipped[name]}.")
        return lookup(name, self, "score")

    @property
    def table(self) -> Table:
        """One row a score."""
        caption = (f"{self.n_real:,} real and {self.n_fake:,} fake pictures, extractor "
                   f"{self.extractor or 'not named'}, seed {self.seed}, {self.seconds:.1f} s")
        rows = [(score.title, score.number(), score.size(), score.convention, f"{score.seconds:.1f}")
                for score in (self[name] for name in ORDER if name in self)]
        return Table(caption, ("score", "value ± error", "pictures", "how", "seconds"), tuple(rows))

    def __str__(self):
        return str(self.table)

    __repr__ = __str__

    def _repr_html_(self):
        return self.table._repr_html_()

    def as_dict(self) -> dict:
        """Return everything but arrays, as JSON can hold it."""
        return {"extractor": self.extractor, "n_real": self.n_real, "n_fake": self.n_fake, "seed": self.seed,
                "seconds": round(self.seconds, 3), "skipped": dict(self.skipped),
                "scores": {name: score.as_dict() for name, score in self.items()}}


def class_coverage(fake: Features, reference: Features | None = None) -> Score:
    """Count into which classes a classifier puts pictures, by their logits; ``value`` is the share that appears.
    Details: ``counts``; ``missing`` classes; ``shift``, the total variation distance to the reference's frequencies."""
    for side in (fake, reference):
        if getattr(side or fake, "logits", None) is None:
            raise LabkitError("these features hold no logits, so nothing says which classes the pictures show. Use an "
                              "extractor that returns (features, logits).")
    classes = fake.logits.shape[1]
    counts, expected = (np.bincount(side.logits.argmax(axis=1), minlength=classes) if side else np.ones(classes)
                        for side in (fake, reference))
    share, expected = counts / counts.sum(), expected / expected.sum()
    return Score(
        name="Classes covered", value=float((counts > 0).mean()), convention=f"share of {classes} classes",
        n_real=None if reference is None else len(reference),
        n_fake=len(fake), extractor=fake.extractor, better="higher",
        details={"counts": tuple(counts.tolist()), "missing": tuple(np.flatnonzero(counts == 0).tolist()),
                 "shift": float(np.abs(share - expected).sum() / 2)})


@threadpool_limits.wrap(limits=1, user_api="blas")  # of small matrices: threads would wait for each other
def evaluate(real, fake, extractor=None, *, groups: int = 10, seed: int = 0) -> Scores:
    """Return every score of ``fake`` against ``real`` with error bars and times; in a notebook it shows as a table.

    ``real`` and ``fake`` are images (N, H, W, C) uint8 together with a callable ``extractor``; or features (N, D),
    ``extractor`` then being their extractor's name; or ``Features`` (work done for the real ones is kept and used
    again); ``real`` may be ``Statistics``, whose ``sample`` serves the scores that need neighbours.

    The Fréchet distance gets its error bar by leaving out one of ``groups`` random groups of both sets at a time
    (jackknife; 0: none), precision, recall, density and coverage from their spread over as many disjoint subsets.
    """
    start, stored = time.perf_counter(), isinstance(real, Statistics)
    images = fake if isinstance(fake, np.ndarray) and fake.ndim == 4 else None
    fake = as_features(fake, "fake", extractor)
    real = near = real if stored else as_features(real, "real", extractor)
    if stored and real.sample is not None:
        near = Features(real.sample, None, real.extractor)
    groups = min(integer(groups, "groups", 0), (len(fake) if stored else min(len(real), len(fake))) // 2)
    blind = "the stored statistics hold no sample of features" if isinstance(near, Statistics) else ""
    no_logits = "" if fake.logits is not None else "the extractor gives no logits"
    jobs = (
        (("frechet",), "", lambda: [_frechet(real, fake, groups, seed)]),
        (("kernel",), blind, lambda: [kernel_distance(near, fake)]),
        (neighbours.ManifoldScores._fields, blind, lambda: _manifold(near, fake, groups, seed)),
        (("inception",), no_logits, lambda: [inception_score(fake)]),
        (("classes",), no_logits, lambda: [class_coverage(fake, None if stored or real.logits is None else real)]),
        (("duplicates",), "", lambda: [neighbours.duplicates(fake if images is None else images)]),
    )
    found, skipped = {}, {}
    for names, reason, compute in jobs:
        before = time.perf_counter()
        if reason:
            skipped.update(dict.fromkeys(names, reason))
        else:
            scores = dict(zip(names, compute(), strict=True))
            taken = time.perf_counter() - before
            found.update({name: dataclasses.replace(score, seconds=taken) for name, score in scores.items()})
    return Scores(found, skipped, fake, seed, time.perf_counter() - start)


def _frechet(real, fake, groups, seed):
    """Return the Fréchet distance with the delete-a-group jackknife's standard error; group i of both sets is left out
    together. ``Statistics`` are taken as known exactly."""
    score = frechet_distance(real, fake)
    if groups < 2:
        return score
    random = np.random.RandomState(seed)
    sides = [(side, None if isinstance(side, Statistics) else random.permutation(len(side))) for side in (real, fake)]

    def without(i, side, order):
        if order is None:
            return side
        n = len(order)
        return side.subset(np.sort(np.delete(order, slice(n * i // groups, n * (i + 1) // groups))))

    values = [float(frechet_distance(*(without(i, *side) for side in sides))) for i in range(groups)]
    return dataclasses.replace(score, error=float(np.sqrt((groups - 1) * np.var(values))),
                               error_from=f"jackknife over {groups} groups")


def _manifold(real, fake, groups, seed):
    """Return the neighbour scores; their error is the standard deviation over g disjoint random subsets, divided by √g,
    where that is more than the error over pictures: here the neighbourhoods vary, too. It holds within a factor of two.
    """
    scores = neighbours.manifold_scores(real, fake)
    groups = min(groups, min(len(real), len(fake)) // SUBSET)
    if groups < 5:
        return scores
    random = np.random.RandomState(seed)
    parts = [np.array_split(random.permutation(len(side)), groups) for side in (real, fake)]
    values = [list(map(float, neighbours.manifold_scores(real.subset(x), fake.subset(y))))
              for x, y in zip(*parts, strict=True)]
    errors = np.std(values, axis=0, ddof=1) / np.sqrt(groups)
    made = f"spread over {groups} disjoint subsets, divided by √{groups}"
    return [dataclasses.replace(score, error=error, error_from=made) if error > score.error else score
            for score, error in zip(scores, errors, strict=True)]
