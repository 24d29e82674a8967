"""The scores of a generator against the real pictures: what ``labkit score`` does, and notebooks may call.

Where the set is not at hand, shipped statistics take its place: ``data/pretrained/reference-SET-SHAPE-EXTRACTOR`` holds
mean and covariance of all pictures and at most 2,000 feature vectors (never pictures), of that very extractor.
"""

import dataclasses
import re
from collections import namedtuple

import numpy as np

from labkit import datasets, files, metrics, models
from labkit.errors import LabkitError
from labkit.models import extractors, weights
from labkit.training import results
from labkit.training.generators import generate, latent, latent_dim
from labkit.training.run import prepare

PICTURES = {True: 10_000, False: 2_000}  # by a set's own classifier, by EfficientNet (fifty times slower)
SAMPLE = 2000  # feature vectors in shipped statistics
FEW = 2000  # a test split with fewer pictures is too small: the whole set is the reference then
MOST = 5000  # pictures of the whole set; of a test split all are taken
FLOORS = (500, 1000, 2000, 10_000)  # numbers of pictures for which the floor is kept


class Real(namedtuple("Real", "features title split pictures stored floor", defaults=[None])):
    """The real side of a score: features and what they are of; ``stored``: they are shipped statistics, and ``floor``
    may be what as many real training pictures score against them: "500" -> name -> {"value", "error"}."""

    def __str__(self):
        kept = "shipped statistics of " if self.stored else ""
        return f"{kept}{self.pictures:,} pictures of {self.title} ({self.split})"


def reference_folder(data: str, image_shape, extractor_name: str):
    """Return where the statistics of a set at a shape by an extractor lie."""
    made = re.sub(r"[^a-z0-9_]+", "-", re.sub(r" [0-9a-f]{8}\b", "", extractor_name.lower())).strip("-")
    made = "classifier" if made == f"{data}-classifier" else made
    return weights.folder(f"reference-{data}-{'x'.join(map(str, image_shape))}-{made}")


def real_pictures(data: str, image_shape, split: str | None = None, stand_in: str = "refuse", limit=None):
    """Return the set's pictures as the generator's (uint8, N x image_shape), and their ImageSet, without a download.
    Raises LabkitError when the set is not at hand and ``stand_in`` is "refuse"."""
    split = split or ("test" if (datasets.entry(data).counts.get("test") or 0) >= FEW else "all")
    if split == "all":
        limit = min(limit or MOST, MOST)
    found = datasets.load(data, split, size=tuple(image_shape[:2]), stand_in=stand_in, max_download=0, quiet=True,
                          limit=limit)
    return prepare(found, image_shape), found


def real_side(data: str, image_shape, extractor, source: str = "auto") -> Real:
    """Return the real side of a score by ``extractor`` (see ``labkit.models.extractors``). source: "shipped" takes the
    statistics in data/pretrained, so that scores agree from machine to machine; "set" the pictures in data/cache;
    "auto" the first of these that is there, at last the stand-in. Both give the same Fréchet distance; other scores
    differ, as statistics hold 2,000 pictures. Raises LabkitError."""
    if source in ("auto", "shipped"):
        try:
            return load_reference(data, image_shape, extractor)
        except LabkitError:
            if source == "shipped":
                raise
    images, found = real_pictures(data, image_shape, stand_in="refuse" if source == "set" else "allow")
    return Real(metrics.extract(images, extractor, name=found.title), found.title, found.split, len(images), False)


def load_reference(data: str, image_shape, extractor) -> Real:
    """Return the shipped statistics. Raises LabkitError when there are none, or others' weights made them."""
    name = extractor.name
    there = reference_folder(data, image_shape, name)
    make = f"Make them where the set is at hand: labkit extractor reference {data}"
    if not (there / "card.json").is_file():
        raise LabkitError(f"There are no statistics of {data} at {'x'.join(map(str, image_shape))} by {name}. {make}")
    facts = weights.card(there.name)
    if facts["extractor"] != name:
        raise LabkitError(f"{there} was made by {facts['extractor']}, not by {name}: they cannot be compared. {make}")
    path = weights.verified(there.name, "statistics.npz")
    return Real(metrics.Statistics.load(path), facts["dataset"], facts["split"], facts["pictures"], True,
                facts["floor"])


def make_reference(data: str, extractor, image_shape=None, stand_in: str = "refuse", say=print) -> dict:
    """Compute the statistics of a set, write them with their card, and return the card. image_shape: of the pictures as
    the generator makes them; default: the set's own. The card's ``floor`` holds what real pictures of the training
    split score, by their number: the best that a generator can be expected to reach."""
    image_shape = tuple(image_shape or datasets.entry(data).shape)
    images, found = real_pictures(data, image_shape, stand_in=stand_in)
    say(f"{len(images):,} pictures of {found.title} ({found.split}), {extractor.name}")
    statistics = metrics.extract(images, extractor).statistics(sample=min(SAMPLE, len(images)))
    statistics = dataclasses.replace(statistics, sample=statistics.sample.astype(np.float16))
    floor = None
    if found.split == "test":  # otherwise all pictures serve as reference
        some, _ = real_pictures(data, image_shape, "train", "only" if found.is_stand_in else "refuse", limit=FLOORS[-1])
        features = metrics.extract(some, extractor)
        order, floor = np.random.RandomState(0).permutation(len(features)), {}
        for count in (count for count in FLOORS if count <= len(features)):
            scores = metrics.evaluate(statistics, features.subset(order[:count]))
            floor[str(count)] = {name: {"value": float(scores[name]), "error": scores[name].error} for name in scores}
    path = reference_folder(data, image_shape, extractor.name) / "statistics.npz"
    statistics.save(path, dtype="float32")
    card = {
        "name": data, "dataset": found.title, "split": found.split, "pictures": len(images),
        "image_shape": list(image_shape), "is_stand_in": found.is_stand_in, "licence": found.licence,
        "extractor": extractor.name, "features": statistics.width, "sample": len(statistics.sample),
        "precision": "covariance in float32, sample in float16", "floor": floor, "sha256": files.sha256(path),
        **results.card_facts(),
    }
    files.write_json(path.with_name("card.json"), card)
    return card


class Scored(namedtuple("Scored", "key scores real pictures seed")):
    """A generator's ``scores`` (metrics.Scores), and what they are against; ``as_dict`` is what a card keeps."""

    def __str__(self):
        return f"{self.key} against {self.real}\n{self.scores}"

    def as_dict(self) -> dict:
        """Return the scores and how they were made, as JSON can hold it."""
        return {"against": str(self.real), "real": {"dataset": self.real.title, "split": self.real.split,
                                                    "pictures": self.real.pictures, "stored": self.real.stored},
                "latents": {"count": self.pictures, "seed": self.seed, "distribution": "standard normal"},
                **self.scores.as_dict()}


def score(key: str, generator=None, *, extractor=None, pictures: int | None = None, real="auto",
          seed: int = 0) -> Scored:
    """Score a generator on ``pictures`` latents of ``seed`` against the real pictures. generator: a Keras model; None:
    the pretrained one of ``key``. extractor: from ``labkit.models.extractors``; None: the set's own. real: a ``Real``
    (worked out once for several generators), or the ``source`` of ``real_side``. Raises LabkitError for a key without
    noise, without pretrained weights, or when the real pictures are missing."""
    spec = models.spec(key)
    if spec.latent_dim is None:
        keys = [name for name in (*models.keys(), *models.papers()) if models.spec(name).latent_dim]
        raise LabkitError(f"{key} repeats its input and draws nothing from noise: there is no generator to score. "
                          f"Keys with one: {', '.join(keys)}.")
    generator = generator if generator is not None else weights.load(key)
    extractor = extractor or extractors.load_default(spec.data)
    pictures = pictures or PICTURES[extractor.image_shape is not None]
    if isinstance(real, str):
        real = real_side(spec.data, spec.image_shape, extractor, real)
    fake = draw(generator, spec.image_shape, pictures, seed)
    return Scored(key, metrics.evaluate(real.features, fake, extractor, seed=seed), real, pictures, seed)


def draw(generator, image_shape, count: int, seed: int = 0):
    """Return ``count`` pictures of a generator, uint8 (count, *image_shape), from standard normal latents."""
    return generate(generator, latent(count, latent_dim(generator), seed), image_shape=image_shape)


def ship_scores(scored: Scored) -> dict:
    """Write the scores into the card of the pretrained generator, with the command; return the card. What a
    memorisation check left there before it shipped is kept."""
    before = weights.card(scored.key).get("scores") or {}
    kept = {"memorisation": before["memorisation"]} if "memorisation" in before else {}
    return weights.change_card(scored.key, scores={**results.card_facts(), **scored.as_dict(), **kept})
