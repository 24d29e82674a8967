"""All scores at once: extraction, error bars, times, and the table that shows them."""

import contextlib
import dataclasses
import time

import numpy as np

from labkit.errors import LabkitError
from labkit.metrics import neighbours
from labkit.metrics.distances import Score, frechet_distance, inception_score, kernel_distance
from labkit.metrics.features import Features, Statistics, class_logits, extract, extractor_name, numbers, vectors, whole
from labkit.tables import Table

SUBSET = 100  # pictures a subset needs before its neighbourhoods resemble those of the whole
ORDER = ("frechet", "kernel", "inception", "precision", "recall", "density", "coverage", "classes", "duplicates",
         "memorisation")


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Scores:
    """What ``evaluate`` found: ``scores["frechet"]`` or ``scores.frechet`` is a ``Score``. Shows as a table.

    ``results`` maps names to scores, ``skipped`` maps the names of those not computed to the reason; ``extractor``,
    ``n_real``, ``n_fake``, ``seed`` and ``seconds`` (all together, extraction included) say how.
    """

    results: dict[str, Score]
    skipped: dict[str, str]
    extractor: str
    n_real: int
    n_fake: int
    seed: int
    seconds: float

    def __getitem__(self, name):
        if name in self.results:
            return self.results[name]
        reason = self.skipped.get(name)
        raise LabkitError(f"{name} was not computed: {reason}." if reason else
                          f"there is no score {name!r}; there are {', '.join(self.results)}.")

    def __getattr__(self, name):
        if name in self.__dict__.get("results", ()):
            return self.results[name]
        raise AttributeError(f"Scores has no {name!r}; it holds {', '.join(self.__dict__.get('results', ()))}")

    def __iter__(self):
        return iter(self.results)

    @property
    def table(self) -> Table:
        """One row a score."""
        caption = (f"{self.n_real:,} real and {self.n_fake:,} fake pictures, extractor "
                   f"{self.extractor or 'not named'}, seed {self.seed}, {self.seconds:.1f} s")
        rows = [(score.title, score.number(), score.size(), score.convention, f"{score.seconds:.1f}")
                for score in (self.results[name] for name in ORDER if name in self.results)]
        return Table(caption, ("score", "value ± error", "pictures", "how", "seconds"), tuple(rows))

    def __str__(self):
        return str(self.table)

    __repr__ = __str__

    def _repr_html_(self):
        return self.table._repr_html_()

    def as_dict(self) -> dict:
        """Return everything but arrays, as JSON can hold it: for the cards of weights and for data/results."""
        return {"extractor": self.extractor, "n_real": self.n_real, "n_fake": self.n_fake, "seed": self.seed,
                "seconds": round(self.seconds, 3), "skipped": dict(self.skipped),
                "scores": {name: score.as_dict() for name, score in self.results.items()}}


def compare(scores: dict[str, Scores], columns=ORDER[:7]) -> Table:
    """Return a table of several ``Scores`` side by side: one row a generator, one column a score."""
    if unknown := [name for name in columns if name not in ORDER]:
        raise LabkitError(f"there is no score {unknown[0]!r}; choose from {', '.join(ORDER)}.")
    titles = {name: each[name].title for name in columns for each in scores.values() if name in each}
    rows = [(row, *(each[name].number() if name in each else "–" for name in titles), f"{each.n_fake:,}",
             each.extractor) for row, each in scores.items()]
    made = sorted({each.extractor or "not named" for each in scores.values()})
    caption = (f"extractor {made[0]}" if len(made) == 1 else
               f"extractors {', '.join(made)}: compare only rows of the same extractor")
    return Table(caption, ("", *titles.values(), "pictures", "extractor"), tuple(rows))


def class_coverage(fake, classes: int | None = None, reference=None) -> Score:
    """Count into which classes pictures fall; ``value`` is the share of the classes that appear.

    ``fake`` is ``Features`` with logits, logits (N, classes), or labels (N,) int, then with ``classes``. ``reference``
    is of the same kinds and stands for the frequencies to compare with; without it all classes are equally frequent.
    Details: ``counts`` of each class; ``missing`` classes; ``entropy`` of the counts in nats and ``effective`` =
    exp(entropy), the number of equally frequent classes with that entropy; ``shift``, the total variation distance
    (0..1) to the reference's frequencies.

    What a classifier thinks it sees is counted: it must be good, and it names a class for noise, too.
    """
    labels, classes = _labels(fake, "fake", classes)
    counts = np.bincount(labels, minlength=classes)
    share, expected = counts / len(labels), np.full(classes, 1 / classes)
    if reference is not None:
        reference, _ = _labels(reference, "reference", classes)
        expected = np.bincount(reference, minlength=classes) / len(reference)
    entropy = float(max(0.0, -(share[share > 0] * np.log(share[share > 0])).sum()))
    return Score(
        name="Classes covered", value=float((counts > 0).mean()), n_real=None if reference is None else len(reference),
        n_fake=len(labels), extractor=getattr(fake, "extractor", ""), better="higher",
        convention=f"of {classes}, at least 1 picture",
        details={"counts": tuple(counts.tolist()), "missing": tuple(np.flatnonzero(counts == 0).tolist()),
                 "entropy": entropy, "effective": float(np.exp(entropy)),
                 "shift": float(np.abs(share - expected).sum() / 2)})


def _labels(given, name, classes):
    """Return labels (N,) and how many classes there are."""
    array = given.logits if isinstance(given, Features) else numbers(given, name)
    if array is not None and array.ndim == 2 and classes in (None, array.shape[1]):
        return class_logits(array, name).argmax(axis=1), array.shape[1]
    if array is None or array.ndim != 1 or array.dtype.kind == "f" or not len(array) or classes is None or not (
            0 <= array.min() <= array.max() < classes):
        raise LabkitError(f"{name} holds {'no logits' if array is None else f'{array.dtype} {array.shape}'}; pass "
                          f"Features with logits, logits (N, {classes or 'classes'}), or whole labels (N,) from 0 to "
                          "classes - 1, then with how many classes there are: classes=10.")
    return array, classes


def evaluate(real, fake, extractor=None, *, train=None, k: int = 5, convention: str = "prdc",
             subsets: int | None = None, subset_size: int = 1000, splits: int = 1, groups: int = 10, seed: int = 0,
             batch_size: int = 256) -> Scores:
    """Return every score of ``fake`` against ``real`` with error bars and times; in a notebook it shows as a table.

    ``real`` and ``fake`` are images (N, H, W, C) uint8 together with a callable ``extractor``; or features (N, D),
    ``extractor`` then being their extractor's name; or ``Features`` (work done for the real ones is kept and used
    again); ``real`` may be ``Statistics``, whose ``sample`` serves the scores that need neighbours. ``train``, of the
    same kinds as ``fake``, adds memorisation, with ``real`` as the held-out pictures: not the pictures trained on.

    ``k`` and ``convention`` as in ``precision_recall``, ``subsets`` and ``subset_size`` as in ``kernel_distance``,
    ``splits`` as in ``inception_score``. The Fréchet distance gets its error bar by leaving out one of ``groups``
    random groups of both sets at a time (jackknife; 0: none), and precision, recall, density and coverage theirs from
    their spread over as many disjoint subsets, where those hold enough pictures and it exceeds the standard error over
    pictures. A bootstrap would repeat pictures, which biases the Fréchet distance and empties neighbourhoods. ``seed``
    draws groups and subsets. What cannot be computed is listed in ``Scores.skipped`` with the reason.

    Raises LabkitError for anything the scores themselves refuse, and for an extractor that returns something else than
    features.
    """
    start, stored = time.perf_counter(), isinstance(real, Statistics)
    images = fake if isinstance(fake, np.ndarray) and fake.ndim == 4 else None
    fake = _features(fake, extractor, batch_size, "fake")
    real = real if stored else _features(real, extractor, batch_size, "real")
    near = Features(real.sample, None, real.extractor) if stored and real.sample is not None else real
    blind = stored and real.sample is None  # nothing to look for neighbours in
    found, skipped = {}, {}

    @contextlib.contextmanager
    def timed(*names):
        before = time.perf_counter()
        yield
        for name in names:
            found[name] = dataclasses.replace(found[name], seconds=time.perf_counter() - before)

    with timed("frechet"):
        found["frechet"] = frechet_distance(real, fake)
        smaller = len(fake) if stored else min(len(real), len(fake))
        groups = min(whole(groups, "groups", 0), smaller // 2)
        if groups > 1:
            found["frechet"] = dataclasses.replace(found["frechet"], error=frechet_error(real, fake, groups, seed),
                                                   error_from=f"jackknife over {groups} groups")
    manifold = neighbours.ManifoldScores._fields
    if blind:
        skipped.update(dict.fromkeys(("kernel", *manifold), "the stored statistics hold no sample of features"))
    else:
        with timed("kernel"):
            found["kernel"] = kernel_distance(near, fake, subsets, subset_size, seed)
        with timed(*manifold):
            found.update(neighbours.manifold_scores(near, fake, k, convention)._asdict())
            for name, error in neighbour_errors(near, fake, k, convention, groups, seed).items():
                if error["error"] > found[name].error:
                    found[name] = dataclasses.replace(found[name], **error)
    if fake.logits is None:
        skipped.update(dict.fromkeys(("inception", "classes"), "the extractor gives no logits"))
    else:
        with timed("inception"):
            found["inception"] = inception_score(fake, splits)
        with timed("classes"):
            found["classes"] = class_coverage(fake, reference=None if stored or real.logits is None else real)
    with timed("duplicates"):
        found["duplicates"] = neighbours.duplicates(fake if images is None else images)
    if train is None:
        skipped["memorisation"] = "no training pictures were given (train=…)"
    elif blind:
        skipped["memorisation"] = "the stored statistics hold no sample of held-out features"
    else:
        with timed("memorisation"):
            known = _features(train, extractor, batch_size, "train")
            found["memorisation"] = neighbours.memorisation(fake, known, near)
    return Scores(found, skipped, found["frechet"].extractor, found["frechet"].n_real, len(fake), seed,
                  time.perf_counter() - start)


def frechet_error(real, fake, groups: int, seed: int) -> float:
    """Return the delete-a-group jackknife's standard error of the Fréchet distance.

    ``real`` is ``Features`` or ``Statistics`` (then taken as known exactly), ``fake`` ``Features``. Group i of both
    sets is left out together, so that each of the ``groups`` distances lacks the same share of both.
    """
    random = np.random.RandomState(seed)
    orders = [None if isinstance(side, Statistics) else random.permutation(len(side)) for side in (real, fake)]

    def without(number, side, order):
        if order is None:
            return side
        n = len(order)
        return side.subset(np.sort(np.delete(order, slice(n * number // groups, n * (number + 1) // groups))))

    values = [float(frechet_distance(without(number, real, orders[0]), without(number, fake, orders[1])))
              for number in range(groups)]
    return float(np.sqrt((groups - 1) * np.var(values)))


def neighbour_errors(real, fake, k: int, convention: str, groups: int, seed: int) -> dict[str, dict]:
    """Return the fields ``error`` and ``error_from`` of the four neighbour scores, from disjoint random subsets.

    The standard deviation over g subsets, divided by √g: unlike the standard error over pictures it has the
    neighbourhoods vary, too. It holds within a factor of two. Empty where fewer than five subsets would hold ``SUBSET``
    pictures of both sets.
    """
    groups = min(groups, min(len(real), len(fake)) // max(SUBSET, 10 * k))
    if groups < 5:
        return {}
    random = np.random.RandomState(seed)
    parts = [np.array_split(random.permutation(len(side)), groups) for side in (real, fake)]
    values = [list(map(float, neighbours.manifold_scores(real.subset(x), fake.subset(y), k, convention)))
              for x, y in zip(*parts, strict=True)]
    errors = np.std(values, axis=0, ddof=1) / np.sqrt(groups)
    return {name: {"error": float(error), "error_from": f"spread over {groups} disjoint subsets, divided by √{groups}"}
            for name, error in zip(neighbours.ManifoldScores._fields, errors, strict=True)}


def _features(given, extractor, batch_size, name) -> Features:
    """Return Features of images, arrays of features or Features."""
    if not isinstance(given, Features):
        return (extract(given, extractor, batch_size, name) if callable(extractor) else
                Features(vectors(given, name), None, extractor or ""))
    if callable(extractor) and given.extractor and extractor_name(extractor) != given.extractor:
        raise LabkitError(f"{name} was extracted by {given.extractor!r}, not by {extractor_name(extractor)!r}. "
                          "Extract both with the same extractor.")
    return given
