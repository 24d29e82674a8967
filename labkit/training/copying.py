"""Does a generator repeat pictures that it was trained on? Asked before weights ship that were trained on pictures
which may not be passed on.

Blurred pictures lie near everything, so a small distance alone proves nothing. Two questions are asked instead: is the
nearest training picture much nearer than the next ones are (*closeness*, in pixels), and do the features of generated
pictures lie nearer to the training pictures than those of other real pictures do (``metrics.memorisation``)?
"""

import numpy as np

from labkit import metrics
from labkit.errors import LabkitError
from labkit.training.generators import generate, latent, latent_dim

COPY = 0.5  # a picture is called a copy when its nearest is at less than half the mean distance of its nearest ones
NEIGHBOURS = 50


def closeness(pictures, train, count: int = NEIGHBOURS) -> np.ndarray:
    """Return for each picture the distance to its nearest training picture, divided by the mean distance to its
    ``count`` nearest: float64 (N,), 0 for a copy, near 1 where no training picture stands out.

    Both uint8 (N, H, W, C) of one shape; Euclidean distance of pixels; 2 <= count <= len(train).
    Source: the ratio of Carlini et al. 2023, "Extracting training data from diffusion models", section 5.1.
    """
    distances = metrics.nearest_training(pictures, train, count).distances
    return distances[:, 0] / np.maximum(distances.mean(axis=1), 1e-12)


def check(generator, train, held_out, flip: bool = False, extractor=None, count: int = 500, seed: int = 1) -> dict:
    """Compare ``count`` generated pictures with the training pictures; return what a card says, as plain numbers.

    train, held_out: uint8 (N, H, W, C), the pictures trained on and others of the same kind. flip: the training saw
    mirrored pictures, so mirrored copies count as well. extractor: a callable for ``metrics.extract``; None leaves the
    features out.
    """
    train = np.concatenate([train, train[:, :, ::-1]]) if flip else train
    fake = generate(generator, latent(count, latent_dim(generator), seed), image_shape=train.shape[1:])
    near, usual = (closeness(pictures, train, min(NEIGHBOURS, len(train))) for pictures in (fake, held_out))
    found = {
        "generated": count, "training_pictures": len(train), "held_out": len(held_out), "seed": seed,
        "closeness": round(float(near.min()), 3), "closeness_held_out": round(float(usual.min()), 3),
        "copies": int((near < COPY).sum()),
    }
    if extractor is not None:
        features = (metrics.extract(pictures, extractor) for pictures in (fake, train, held_out))
        memory = metrics.memorisation(*features)
        found["features"] = {"extractor": memory.extractor, "value": round(float(memory), 3),
                             "nearer_than_any_held_out": len(memory.suspects)}
    return found


def sentence(found: dict) -> str:
    """Return ``check``'s result in words, for a card's notes."""
    text = (f"Memorisation check: of {found['generated']} generated pictures, {found['copies']} are copies of one of "
            f"{found['training_pictures']} training pictures (mirrored ones included where the training saw them); the "
            f"nearest lies at {found['closeness']:.2f} of the mean distance of its {NEIGHBOURS} nearest, for "
            f"{found['held_out']} held-out real pictures {found['closeness_held_out']:.2f}; below {COPY} is a copy.")
    if "features" in found:
        text += (f" By {found['features']['extractor']} features, generated pictures lie nearer to the training "
                 f"pictures than held-out ones in {found['features']['value']:.0%} of pairs; half would be no sign of "
                 "memory.")
    return text


def refuse(found: dict, key: str) -> None:
    """Raise LabkitError when there are copies among the generated pictures."""
    if found["copies"]:
        raise LabkitError(
            f"{found['copies']} of {found['generated']} pictures of {key} are copies of training pictures, which may "
            "not be passed on: these weights do not ship. Train for a shorter time, or with --set augment=both."
        )
