"""Adversarial losses on logits, one value per sample, in ``keras.ops`` so that every backend can use them.

Every loss is a triple: what the discriminator pays for a real and for a fake logit, and what the generator
pays for a fake one. With D(x) = sigmoid(logit), Goodfellow et al. 2014 (section 3) state the first two; their
"non-saturating" generator loss -log D(G(z)) keeps a gradient where log(1 - D(G(z))) has none.
"""

from collections.abc import Callable
from typing import NamedTuple

from keras import ops

from labkit.errors import LabkitError


class AdversarialLoss(NamedTuple):
    """Three functions of logits (batch, 1) float32; each returns a loss per sample of the same shape.

    ``real`` also takes the target for real pictures: 1.0, or less under one-sided label smoothing
    (Salimans et al. 2016, section 3.4).
    """

    real: Callable
    fake: Callable
    generator: Callable
    middle: float = 0.0  # the logit at which D takes a picture for real as much as for fake


def _cross_entropy_real(logits, target):
    return target * ops.softplus(-logits) + (1.0 - target) * ops.softplus(logits)


LOSSES = {
    # softplus(l) = -log(1 - sigmoid(l)) and softplus(-l) = -log(sigmoid(l)), without overflow.
    "non-saturating": AdversarialLoss(_cross_entropy_real, ops.softplus, lambda logits: ops.softplus(-logits)),
    "minimax": AdversarialLoss(_cross_entropy_real, ops.softplus, lambda logits: -ops.softplus(logits)),
    # Mao et al. 2017, "Least squares generative adversarial networks", equation 9.
    "least-squares": AdversarialLoss(
        lambda logits, target: 0.5 * ops.square(logits - target), lambda logits: 0.5 * ops.square(logits),
        lambda logits: 0.5 * ops.square(logits - 1.0), middle=0.5),
    # Lim and Ye 2017, "Geometric GAN".
    "hinge": AdversarialLoss(
        lambda logits, target: ops.relu(target - logits), lambda logits: ops.relu(1.0 + logits),
        lambda logits: -logits),
}


def get(name: str) -> AdversarialLoss:
    """Return the loss called ``name``; raises LabkitError naming those that exist."""
    if name not in LOSSES:
        raise LabkitError(f"No adversarial loss is called {name!r}. Choose one of: {', '.join(LOSSES)}.")
    return LOSSES[name]
