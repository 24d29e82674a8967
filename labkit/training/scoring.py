"""The scores of a generator against the real pictures: what ``labkit score`` does, and notebooks may call.

>>> from labkit.training import scoring
>>> scored = scoring.score("fashion-gan", pictures=2000)         # doctest: +SKIP
>>> scored.scores                                                # a table in a notebook          # doctest: +SKIP
"""

import dataclasses

from labkit import metrics, models
from labkit.errors import LabkitError
from labkit.models import extractors, weights
from labkit.training import references, results
from labkit.training.adapters import generate, latent, latent_dim

PICTURES = {True: 10_000, False: 2_000}  # by a set's own classifier, by EfficientNet (fifty times slower)


@dataclasses.dataclass(frozen=True, eq=False)
class Scored:
    """A generator's ``scores`` (metrics.Scores), and what they are against; ``as_dict`` is what a card keeps."""

    key: str
    scores: metrics.Scores
    real: references.Real
    pictures: int
    seed: int

    def __str__(self):
        return f"{self.key} against {self.real}\n{self.scores}"

    def as_dict(self) -> dict:
        """Return the scores and how they were made, as JSON can hold it."""
        return {"against": str(self.real), "real": {"dataset": self.real.title, "split": self.real.split,
                                                    "pictures": self.real.pictures, "stored": self.real.stored},
                "latents": {"count": self.pictures, "seed": self.seed, "distribution": "standard normal"},
                **self.scores.as_dict()}


def score(key: str, generator=None, *, data: str | None = None, extractor=None, pictures: int | None = None,
          real="auto", seed: int = 0, memorisation: bool = False) -> Scored:
    """Score a generator on ``pictures`` latents of ``seed`` against the real pictures.

    ``generator``: a Keras model; None: the pretrained one of ``key``. ``data``: the set to compare with; default: the
    key's. ``extractor``: from ``labkit.models.extractors``; default: the set's own. ``real``: a ``references.Real``
    (worked out once for several generators), or where to take it from: "auto", "set" or "shipped".
    ``memorisation``: also compare with the training pictures, the test pictures being held out.

    Raises LabkitError for a key without noise, without pretrained weights, or when the real pictures are missing.
    """
    spec = models.spec(key)
    if spec.latent_dim is None:
        others = (models.spec(name) for name in tuple(models.keys()))
        raise LabkitError(f"{key} repeats its input and draws nothing from noise: there is no generator to score. "
                          f"Keys with one: {', '.join(other.key for other in others if other.latent_dim)}.")
    if pictures is not None and (isinstance(pictures, bool) or not isinstance(pictures, int) or pictures < 2):
        raise LabkitError(f"pictures is {pictures!r}; a whole number of at least 2 is needed.")
    data = data or spec.data
    generator = generator if generator is not None else weights.load(key)
    extractor = extractor or extractors.load_default(data)
    pictures = pictures or PICTURES[extractor.image_shape is not None]
    if not isinstance(real, references.Real):
        real = references.real_side(data, spec.image_shape, extractor, real)
    fake = draw(generator, spec.image_shape, pictures, seed)
    train = None
    if memorisation:
        train, real = _memorisation_sides(data, spec.image_shape, extractor)
    scores = metrics.evaluate(real.features, fake, extractor, train=train, seed=seed)
    return Scored(key, scores, real, pictures, seed)


def draw(generator, image_shape, count: int, seed: int = 0):
    """Return ``count`` pictures uint8 (count, *image_shape) of a generator, from standard normal latents of ``seed``.

    A generator of vectors (batch, D) gets its vectors shaped into pictures.
    """
    return generate(generator, latent(count, latent_dim(generator), seed), image_shape=image_shape)


def _memorisation_sides(data, image_shape, extractor):
    """Return the training pictures, and the test pictures as the real side: held out, so never the whole set."""
    train, _ = references.real_pictures(data, image_shape, "train", stand_in="allow")
    held_out, found = references.real_pictures(data, image_shape, "test", stand_in="allow")
    return train, references.Real(metrics.extract(held_out, extractor), found.title, "test", len(held_out), False)


def ship_scores(scored: Scored, command: str | None = None) -> dict:
    """Write the scores into the card of the pretrained generator, with the command; return the card.

    What a memorisation check left there before it shipped is kept.
    """
    origin = results.provenance(command)
    before = weights.card(scored.key).get("scores") or {}
    kept = {"memorisation": before["memorisation"]} if "memorisation" in before else {}
    return weights.change_card(scored.key, scores={"command": origin["command"], "versions": origin["versions"],
                                              **scored.as_dict(), **kept})
