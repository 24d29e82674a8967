"""The generator with averaged weights: what one shows and ships (Yazici et al. 2019)."""

import keras
import numpy as np

from labkit.training.adapters import batch_norm_layers, latent, latent_dim


def averaged_generator(gan, batches: int = 20, batch_size: int = 256, seed: int = 0):
    """Return a copy of the generator with the optimizer's averaged weights; the GAN is left as it is.

    Without averaging (``use_ema`` off) the copy has the weights of the moment. Its batch-norm statistics are taken
    anew from ``batches`` minibatches of noise: those of training belong to other weights, or lag behind them.
    """
    if not getattr(gan.g_optimizer, "use_ema", False):
        return settled(gan.generator, batches, batch_size, seed)
    copy = keras.models.clone_model(gan.generator)
    copy.set_weights(gan.generator.get_weights())
    for variable, value in zip(copy.trainable_variables, averaged_weights(gan), strict=True):
        variable.assign(value)
    recalibrate(copy, batches, batch_size, seed)
    return copy


def averaged_weights(gan) -> list[np.ndarray]:
    """Return the averages of the generator's trainable weights, float32; without averaging, the weights themselves."""
    variables = gan.generator.trainable_variables
    now = [np.asarray(variable).copy() for variable in variables]
    if not getattr(gan.g_optimizer, "use_ema", False):
        return now
    try:
        gan.g_optimizer.finalize_variable_values(variables)
        return [np.asarray(variable).copy() for variable in variables]
    finally:
        for variable, value in zip(variables, now, strict=True):
            variable.assign(value)


def settled(generator, batches: int = 2, batch_size: int = 256, seed: int = 0):
    """Return a copy of a generator whose batch-norm statistics belong to its weights of the moment.

    Keras' moving statistics take some hundred steps to follow; until then inference shows grey.
    """
    copy = keras.models.clone_model(generator)
    copy.set_weights(generator.get_weights())
    recalibrate(copy, batches, batch_size, seed)
    return copy


def recalibrate(generator, batches: int = 20, batch_size: int = 256, seed: int = 0) -> None:
    """Replace the moving statistics of batch normalisation by their mean over ``batches`` minibatches of noise."""
    norms = batch_norm_layers(generator)
    if not norms:
        return
    momenta = [norm.momentum for norm in norms]
    noise = latent(batches * batch_size, latent_dim(generator), seed)
    try:
        for i, batch in enumerate(np.split(noise, batches)):
            for norm in norms:
                norm.momentum = i / (i + 1)  # a running mean of everything so far
            generator(batch, training=True)
    finally:
        for norm, momentum in zip(norms, momenta, strict=True):
            norm.momentum = momentum
