"""Run by test_replicas in a process of its own: two logical devices must be asked for before TensorFlow starts."""

import contextlib
import json
import sys

from labkit import device

machine = device.setup(strategy="mirrored", devices=2, threads=1, quiet=True)

import keras  # noqa: E402
import numpy as np  # noqa: E402

from labkit import training  # noqa: E402
from labkit.errors import LabkitError  # noqa: E402
from labkit.training.generators import averaged_generator  # noqa: E402

PICTURES = np.random.default_rng(1).integers(0, 256, (40, 8, 8, 3), dtype=np.uint8)


def pair(batch_norm):
    keras.utils.set_random_seed(0)
    norm = [keras.layers.BatchNormalization(synchronized=batch_norm == "synchronized")] if batch_norm else []
    generator = keras.Sequential([keras.Input((5,)), keras.layers.Dense(4 * 4 * 6), *norm,
                                  keras.layers.LeakyReLU(0.2), keras.layers.Reshape((4, 4, 6)),
                                  keras.layers.Conv2DTranspose(3, 5, 2, "same", activation="tanh")])
    discriminator = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Conv2D(6, 5, 2, "same"),
                                      keras.layers.LeakyReLU(0.2), keras.layers.Flatten(), keras.layers.Dense(1)])
    return generator, discriminator


def trained(scope, batch_norm=None, batch=8, **options):
    """Train with plain gradient steps, which show a wrong scale at once; Adam would hide it."""
    with scope:
        gan = training.GAN(*pair(batch_norm), seed=3)
        gan.compile(keras.optimizers.SGD(0.05, momentum=0.9, use_ema=True, ema_momentum=0.9),
                    keras.optimizers.SGD(0.05, momentum=0.9), **options)
    log = training.StepLog()
    gan.fit(PICTURES, batch, steps_per_epoch=5, callbacks=[log])
    weights = [*gan.generator.trainable_variables, *gan.discriminator.trainable_variables,
               *averaged_generator(gan).trainable_variables]
    return np.concatenate([np.asarray(weight).ravel() for weight in weights]), log.arrays()


def apart(batch_norm=None, **options):
    one, log_one = trained(contextlib.nullcontext(), batch_norm, **options)
    two, log_two = trained(machine.scope(), batch_norm, **options)
    logs = max(float(np.abs(log_one[name] - log_two[name]).max()) for name in ("d_loss", "g_loss", "d_real"))
    return [float(np.abs(one - two).max()), logs]


found = {
    "replicas": machine.replicas,
    "shared": apart(flip=True),
    "separate": apart("synchronized"),
    "batch norm of each half": apart("its own"),
}
try:
    trained(machine.scope(), batch=7)
except LabkitError as error:
    found["odd"] = str(error)
json.dump(found, sys.stdout)
