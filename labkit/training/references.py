"""What a real set looks like to an extractor: features when the set is at hand, shipped statistics when it is not.

Statistics lie in ``data/pretrained/reference-SET-SHAPE-EXTRACTOR``: mean and covariance of all pictures and at most
2,000 feature vectors (never pictures), with a card. They serve only the very extractor that made them.
"""

import dataclasses
import re

import numpy as np

from labkit import datasets, device, files, metrics
from labkit.errors import LabkitError
from labkit.models import weights
from labkit.training import results
from labkit.training.run import prepare

SAMPLE = 2000
LIMIT = 1_000_000  # bytes of one statistics file
FEW = 2000  # a test split below this gives way to the whole set
MOST = 5000  # pictures of the whole set, then; of a test split all are taken
FLOORS = (500, 1000, 2000, 10_000)  # numbers of pictures for which the floor is kept


@dataclasses.dataclass(frozen=True, eq=False)
class Real:
    """The real side of a score: ``features`` (metrics.Features, or metrics.Statistics), and what they are of.

    ``floor``: of shipped statistics, what real pictures of the training split score against them, for several numbers
    of pictures: "500" -> name -> {"value", "error"}. Compare a generator with the floor of its own number: recall and
    coverage, among others, depend on it. None where no pictures are left for it.
    """

    features: metrics.Features | metrics.Statistics
    title: str
    split: str
    pictures: int
    stored: bool
    floor: dict | None = None

    def __str__(self):
        kept = "shipped statistics of " if self.stored else ""
        return f"{kept}{self.pictures:,} pictures of {self.title} ({self.split})"


def split_of(data: str) -> str:
    """Return the split that scores compare with: "test" where it is large enough, otherwise the whole set."""
    count = datasets.entry(data).counts.get("test")
    return "test" if count and count >= FEW else "all"


def folder(data: str, image_shape, extractor_name: str):
    """Return where the statistics of a set at a shape by an extractor lie."""
    made = re.sub(r"[^a-z0-9_]+", "-", re.sub(r" [0-9a-f]{8}\b", "", extractor_name.lower())).strip("-")
    made = "classifier" if made == f"{data}-classifier" else made
    return files.pretrained() / f"reference-{data}-{'x'.join(map(str, image_shape))}-{made}"


def real_pictures(data: str, image_shape, split: str | None = None, stand_in: str = "refuse", limit=None):
    """Return the set's pictures as the generator's (uint8, N x image_shape), and the ImageSet they come from.

    Nothing is downloaded for it. Raises LabkitError when the set is not at hand and ``stand_in`` is "refuse".
    """
    split = split or split_of(data)
    if split == "all":
        limit = min(limit or MOST, MOST)
    found = datasets.load(data, split, size=tuple(image_shape[:2]), stand_in=stand_in, max_download=0, quiet=True,
                          limit=limit)
    return prepare(found, image_shape), found


def real_side(data: str, image_shape, extractor, source: str = "auto") -> Real:
    """Return the real side of a score by ``extractor`` (see ``labkit.models.extractors``).

    ``source``: "shipped" takes the statistics in data/pretrained, so that scores agree from machine to machine; "set"
    the pictures in data/cache; "auto" the first of these that is there, and at last the drawn stand-in. Statistics and
    set give the same Fréchet distance; the other scores see all pictures of the set and 2,000 of the statistics, and
    differ. Raises LabkitError when what was asked for is missing.
    """
    if source not in ("auto", "set", "shipped"):
        raise LabkitError(f'source is {source!r}; choose "auto", "set" or "shipped".')
    if source != "set":
        try:
            return load(data, image_shape, extractor)
        except LabkitError:
            if source == "shipped":
                raise
    try:
        return _from_set(data, image_shape, extractor, "refuse")
    except LabkitError:
        if source == "set":
            raise
    return _from_set(data, image_shape, extractor, "allow")


def _from_set(data, image_shape, extractor, stand_in):
    images, found = real_pictures(data, image_shape, stand_in=stand_in)
    features = metrics.extract(images, extractor, name=found.title)
    return Real(features, found.title, found.split, len(images), False)


def load(data: str, image_shape, extractor) -> Real:
    """Return the shipped statistics. Raises LabkitError when there are none, or other weights of the extractor made
    them."""
    name = getattr(extractor, "name", str(extractor))
    there = folder(data, image_shape, name)
    make = f"Make them where the set is at hand: labkit extractor reference {data}"
    if not (there / "card.json").is_file():
        raise LabkitError(f"There are no statistics of {data} at {'x'.join(map(str, image_shape))} by {name}. {make}")
    facts = weights.card(there.name)
    if facts["extractor"] != name:
        raise LabkitError(f"{there} was made by {facts['extractor']}, not by {name}: they cannot be compared. {make}")
    path = there / "statistics.npz"
    if not path.is_file() or files.sha256(path) != facts["sha256"]:
        raise LabkitError(f"{path} is missing, or not the file its card describes. {weights.repair(there.name)}")
    return Real(metrics.Statistics.load(path), facts["dataset"], facts["split"], facts["pictures"], True,
                facts["floor"])


def make(data: str, extractor, image_shape=None, stand_in: str = "refuse", command: str | None = None, say=print):
    """Compute the statistics of a set, write them with their card, and return the card.

    ``image_shape``: of the pictures as the generator makes them; default: the set's own. The card's ``floor`` holds the
    scores of training pictures as though a generator had made them: what no generator can be told to beat.
    """
    device.quiet_tensorflow()
    image_shape = tuple(image_shape or datasets.entry(data).shape)
    images, found = real_pictures(data, image_shape, stand_in=stand_in)
    say(f"{len(images):,} pictures of {found.title} ({found.split}), {extractor.name}")
    features = metrics.extract(images, extractor)
    statistics = features.statistics(f"{found.title}, {found.split}", sample=min(SAMPLE, len(images)))
    statistics = dataclasses.replace(statistics, sample=statistics.sample.astype(np.float16))
    floor = _floor(data, image_shape, statistics, extractor, found)
    there = folder(data, image_shape, extractor.name)
    path = there / "statistics.npz"
    statistics.save(path, dtype="float32")
    if path.stat().st_size > LIMIT:
        size = path.stat().st_size
        path.unlink()
        raise LabkitError(f"The statistics take {size / 1e6:.1f} MB; {LIMIT / 1e6:.0f} MB is the limit. Take a layer "
                          "with fewer features (--layer).")
    origin = results.provenance(command)
    card = {
        "name": data, "dataset": found.title, "split": found.split, "pictures": len(images),
        "image_shape": list(image_shape), "is_stand_in": found.is_stand_in, "licence": found.licence,
        "extractor": extractor.name, "features": statistics.width, "sample": len(statistics.sample),
        "precision": "covariance in float32, sample in float16",
        "floor": floor,
        "sha256": files.sha256(path),
        "versions": {"labkit": origin["labkit"], "commit": origin["commit"], **origin["versions"]},
        "command": origin["command"],
    }
    files.write_json(there / "card.json", card)
    return card


def _floor(data, image_shape, statistics, extractor, found):
    """Return the scores of some numbers of training pictures, or None where all pictures serve as reference."""
    if found.split != "test":
        return None
    images, _ = real_pictures(data, image_shape, "train", "only" if found.is_stand_in else "refuse", limit=FLOORS[-1])
    features = metrics.extract(images, extractor)
    order = np.random.RandomState(0).permutation(len(features))
    floor = {}
    for count in (count for count in FLOORS if count <= len(features)):
        scores = metrics.evaluate(statistics, features.subset(order[:count]))
        floor[str(count)] = {name: {"value": float(scores[name]), "error": scores[name].error} for name in scores}
    return floor
