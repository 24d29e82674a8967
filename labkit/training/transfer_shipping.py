"""Networks of a domain transfer that ship: f, its head and g, in ``data/pretrained/domain-transfer``."""

import keras

from labkit import models
from labkit.models import weights
from labkit.models.domain_transfer import TransferNetworks
from labkit.training import results

KEY = "domain-transfer"
LIMIT = 3_000_000  # bytes


def available() -> bool:
    """Tell whether trained networks are at hand."""
    return (weights.folder(KEY) / "card.json").is_file()


def _together(networks) -> keras.Model:
    """Return f, head and g as one model, whose weights go into one file."""
    pictures = keras.Input((32, 32, 3))
    said = networks.f(pictures)
    return keras.Model(pictures, [networks.head(said), networks.g(said)], name=KEY)


def load() -> TransferNetworks:
    """Return the trained networks (the discriminator is untrained: nobody needs it afterwards), float32.

    Raises LabkitError for missing or damaged weights.
    """
    networks = models.build(KEY)
    weights.restore(KEY, _together(networks))
    return networks


def ship(run, scores: dict | None = None, notes: str = "") -> dict:
    """Write f, its head and g of a ``TransferRun`` with a card; return the card. Raises LabkitError over 3 MB."""
    with weights.float32():
        networks = models.build(KEY)
    for name in ("f", "head", "g"):
        getattr(networks, name).set_weights(getattr(run.networks, name).get_weights())
    origin, summary = results.provenance(), run.summary
    drawn = "drawn stand-in" if summary["is_stand_in"] else "real pictures"
    card = {
        "key": KEY, "dataset": f"{summary['source']} → {summary['target']}", "source": drawn,
        "licence": "none of its pictures ship", "is_stand_in": summary["is_stand_in"],
        "images_seen": summary["steps"] * run.plan.batch_size, "steps": summary["steps"],
        "epochs": round(summary["steps"] * run.plan.batch_size / summary["pictures"]["source"], 2),
        "recipe": summary["plan"], "seed": run.plan.seed, "device": summary["device"], "minutes": summary["minutes"],
        "precision": summary["precision"],
        "versions": {"labkit": origin["labkit"], "commit": origin["commit"], **origin["versions"]},
        "command": origin["command"], "sha256": None,
        "scores": scores, "notes": notes,
    }
    return weights.ship(KEY, _together(networks), card, LIMIT)


def note_scores(scores: dict) -> None:
    """Write scores of the shipped networks into their card."""
    weights.change_card(KEY, scores=scores)
