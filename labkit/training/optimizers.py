"""The optimizers of a recipe: Adam, with a learning-rate schedule, weight decay and averaged weights where asked."""

import keras

from labkit.errors import LabkitError

SCHEDULES = ("constant", "linear", "cosine")


def schedule(rate: float, kind: str, total: int | None):
    """Return a learning rate as Keras takes it: a number, or one that falls from ``rate`` to 0 within ``total`` steps.

    "linear": rate · (1 - t/total). "cosine": rate · (1 + cos(π t/total)) / 2 (Loshchilov and Hutter 2017, without
    restarts). Raises LabkitError for another kind, and for a falling one without ``total``.
    """
    if kind == "constant":
        return rate
    if kind not in SCHEDULES:
        raise LabkitError(f"There is no schedule {kind!r}. Choose one of: {', '.join(SCHEDULES)}.")
    if not total:
        raise LabkitError(f"A {kind} schedule must know its end: give the number of steps (total=…).")
    if kind == "linear":
        return keras.optimizers.schedules.PolynomialDecay(rate, total, end_learning_rate=0.0)
    return keras.optimizers.schedules.CosineDecay(rate, total)


def pair(recipe, total: int | None = None):
    """Return (generator's, discriminator's) optimizer for a recipe; ``total`` steps end its schedule.

    Weight decay is decoupled (Loshchilov and Hutter 2019): each step takes learning rate · decay of every kernel
    away; biases and batch-norm scales are spared. Only the generator's weights are averaged (``ema``).
    """
    averaging = {"use_ema": True, "ema_momentum": recipe.ema} if recipe.ema else {}
    made = []
    for rate, more in ((recipe.learning_rate_g, averaging), (recipe.learning_rate_d, {})):
        optimizer = keras.optimizers.Adam(schedule(rate, recipe.schedule, total), beta_1=recipe.beta_1,
                                          weight_decay=recipe.weight_decay or None, **more)
        if recipe.weight_decay:
            optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
        made.append(optimizer)
    return tuple(made)
