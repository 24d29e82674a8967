"""All scores at once: extraction, error bars, times, and the table that shows them."""

import contextlib
import dataclasses
import time

import numpy as np

from labkit.errors import LabkitError
from labkit.metrics import diversity, frechet, inputs, manifold, moments, sets
from labkit.metrics.groups import Picked
from labkit.metrics.inception import inception_score
from labkit.metrics.kernel import kernel_distance
from labkit.metrics.statistics import Statistics
from labkit.metrics.tables import Scores

SUBSET = 100  # pictures a subset needs before its neighbourhoods resemble those of the whole


def extract(images, extractor, batch_size: int = 256, name: str = "images") -> sets.Features:
    """Run images (N, H, W, C) uint8 through an extractor, ``batch_size`` at a time; return ``Features``.

    ``extractor`` is a callable that takes uint8 images and returns features (N, D), or a pair (features, logits
    (N, classes)). Its ``name`` (else its ``__name__``) goes into every result. Raises LabkitError for images of
    another dtype or shape, and for an extractor that returns something else.
    """
    if not callable(extractor):
        raise LabkitError(f"extractor is {extractor!r}; a callable is needed that turns uint8 images into features.")
    images = inputs.images(images, name)
    batch_size = inputs.whole(batch_size, "batch_size", 1)
    label = extractor_name(extractor)
    features, logits = [], []
    for rows in inputs.blocks(len(images), batch_size):
        returned = extractor(images[rows])
        pair = returned if isinstance(returned, tuple | list) else (returned,)
        arrays = [np.asarray(part) for part in pair]
        if not 1 <= len(arrays) <= 2 or any(part.ndim != 2 or len(part) != rows.stop - rows.start for part in arrays):
            shapes = ", ".join(str(part.shape) for part in arrays)
            raise LabkitError(f"the extractor {label} returned arrays of shape {shapes} for {rows.stop - rows.start} "
                              "images; features (N, D), or a pair of features and logits (N, classes), are needed.")
        features.append(arrays[0])
        if len(arrays) == 2:
            logits.append(arrays[1])
    if not features:
        raise LabkitError(f"{name} holds no picture; pass at least two.")
    return sets.Features(np.concatenate(features), np.concatenate(logits) if logits else None, label)


def extractor_name(extractor) -> str:
    """Return the name under which an extractor's numbers are shown."""
    return str(getattr(extractor, "name", None) or getattr(extractor, "__name__", None) or type(extractor).__name__)


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
    pictures; the others have theirs in closed form, see ``error_from``. A bootstrap would repeat pictures, which biases
    the Fréchet distance and empties neighbourhoods. ``seed`` draws groups and subsets. What cannot be computed is
    listed in ``Scores.skipped`` with the reason.

    Raises LabkitError for anything the scores themselves refuse, and for an extractor that returns something else than
    features.
    """
    start = time.perf_counter()
    stored = isinstance(real, Statistics)
    pictures = fake if isinstance(fake, np.ndarray) and fake.ndim == 4 else None
    fake = _features(fake, extractor, batch_size, "fake")
    if not stored:
        real = _features(real, extractor, batch_size, "real")
    near = real
    if stored and real.sample is not None:
        near = sets.Features(real.sample, None, real.extractor)
    seconds = {"features": time.perf_counter() - start}
    found, skipped = {}, {}

    @contextlib.contextmanager
    def timed(key):
        before = time.perf_counter()
        yield
        seconds[key] = time.perf_counter() - before

    with timed("frechet"):
        found["frechet"] = frechet.frechet_distance(real, fake)
        smaller = len(fake) if stored else min(len(real), len(fake))
        groups = min(inputs.whole(groups, "groups", 0), smaller // 2)
        if groups > 1:
            found["frechet"] = dataclasses.replace(
                found["frechet"], error=frechet_error(real, fake, groups, seed),
                error_from=f"jackknife over {groups} groups")
    neighbours = ("kernel", *manifold.ManifoldScores._fields)
    if stored and real.sample is None:
        skipped.update(dict.fromkeys(neighbours, "the stored statistics hold no sample of features"))
    else:
        with timed("kernel"):
            found["kernel"] = kernel_distance(near, fake, subsets, subset_size, seed)
        with timed("manifold"):
            found.update(manifold.manifold_scores(near, fake, k, convention)._asdict())
            for name, error in neighbour_errors(near, fake, k, convention, groups, seed).items():
                if error["error"] > found[name].error:
                    found[name] = dataclasses.replace(found[name], **error)
    if fake.logits is None:
        skipped.update(dict.fromkeys(("inception", "classes"), "the extractor gives no logits"))
    else:
        with timed("inception"):
            found["inception"] = inception_score(fake, splits)
        with timed("classes"):
            reference = None if stored or real.logits is None else real
            found["classes"] = diversity.class_coverage(fake, reference=reference)
    with timed("duplicates"):
        found["duplicates"] = diversity.duplicates(fake if pictures is None else pictures)
    if train is None:
        skipped["memorisation"] = "no training pictures were given (train=…)"
    elif stored and real.sample is None:
        skipped["memorisation"] = "the stored statistics hold no sample of held-out features"
    else:
        with timed("memorisation"):
            found["memorisation"] = diversity.memorisation(fake, _features(train, extractor, batch_size, "train"), near)
    shared = {key: "manifold" for key in manifold.ManifoldScores._fields}
    found = {key: dataclasses.replace(score, seconds=seconds[shared.get(key, key)]) for key, score in found.items()}
    return Scores(found, skipped, found["frechet"].extractor, found["frechet"].n_real, len(fake), seed,
                  time.perf_counter() - start)


def frechet_error(real, fake, groups: int, seed: int) -> float:
    """Return the delete-a-group jackknife's standard error of the Fréchet distance.

    ``real`` is ``Features`` or ``Statistics`` (then taken as known exactly), ``fake`` ``Features``. Group i of both
    sets is left out together, so that each of the ``groups`` distances lacks the same share of both.
    """
    random = np.random.RandomState(seed)
    order = [None if isinstance(side, Statistics) else random.permutation(len(side)) for side in (real, fake)]
    values = []
    for number in range(groups):
        sides = [side.side() if index is None else _without(side.values, index, number, groups)
                 for side, index in zip((real, fake), order, strict=True)]
        difference = (sides[0].high - sides[1].high) + (sides[0].low - sides[1].low)
        root, _ = frechet.trace_of_root(*sides)
        values.append(difference @ difference + sides[0].trace + sides[1].trace - 2 * root)
    return float(np.sqrt((groups - 1) * np.var(values)))


def neighbour_errors(real, fake, k: int, convention: str, groups: int, seed: int) -> dict[str, dict]:
    """Return the fields ``error`` and ``error_from`` of the four neighbour scores, from disjoint random subsets.

    The standard deviation over g subsets, divided by √g: unlike the standard error over pictures it has the
    neighbourhoods vary, too. It holds within a factor of two; ``evaluate`` shows the larger of both. Empty where fewer
    than five subsets would hold ``SUBSET`` pictures of both sets.
    """
    groups = min(groups, min(len(real), len(fake)) // max(SUBSET, 10 * k))
    if groups < 5:
        return {}
    random = np.random.RandomState(seed)
    parts = [np.array_split(random.permutation(len(side)), groups) for side in (real, fake)]
    scores = [manifold.manifold_scores(real.subset(x), fake.subset(y), k, convention)
              for x, y in zip(*parts, strict=True)]
    values = np.array([[float(score) for score in each] for each in scores])
    errors = values.std(axis=0, ddof=1) / np.sqrt(groups)
    return {name: {"error": float(error), "error_from": f"spread over {groups} disjoint subsets, divided by √{groups}"}
            for name, error in zip(manifold.ManifoldScores._fields, errors, strict=True)}


def _without(values, order, number, count):
    """Return the moments of all rows but those of one group."""
    kept = np.sort(np.delete(order, slice(len(order) * number // count, len(order) * (number + 1) // count)))
    return moments.FeatureSide(Picked(values, kept))


def _features(given, extractor, batch_size, name) -> sets.Features:
    """Return Features of images, arrays of features or Features."""
    if isinstance(given, sets.Features):
        if callable(extractor) and given.extractor and extractor_name(extractor) != given.extractor:
            raise LabkitError(f"{name} was extracted by {given.extractor!r}, not by {extractor_name(extractor)!r}. "
                              "Extract both with the same extractor.")
        return given
    if callable(extractor):
        return extract(given, extractor, batch_size, name)
    return sets.Features(inputs.features(given, name), None, extractor or "")
