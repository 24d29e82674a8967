"""Flow matching with what the GANs train with: (seed, step)-pure noise, checkpoints, averages, the same long runs.

On the straight line x_t = (1 - t) z + t x from noise z to a picture x the velocity is x - z; the network learns it by
regression (Lipman et al. 2023, with a spread of 0 around the line; Liu et al. 2023).
"""

import keras
import tensorflow as tf

from labkit.models.flow import NONE
from labkit.training.gan import GAN
from labkit.training.generators import latent_dim, normalise

DROPPED = 0.1  # of the labels become NONE, so that one network learns both velocities that guidance needs


class Flow(GAN):
    """A velocity network in training. generator: ``models.flow.sampler`` around it. ``labels``, integers (N,), belong
    to the pictures that ``fit`` takes; without them the class is never told. The log of a step is ``flow_loss``."""

    parts, logged = ("generator", "g_optimizer"), ("flow_loss",)

    def __init__(self, generator, seed=0, **kwargs):
        keras.Model.__init__(self, **kwargs)
        self.generator, self.velocity, self.seed = generator, generator.get_layer("velocity"), seed
        self.latent_dim, self.labels, self.seconds_done, self.built = latent_dim(generator), None, 0.0, True

    def compile(self, optimizer, jit_compile=False, steps_per_execution=1):
        """Choose the optimizer, and as in ``GAN.compile`` the last two."""
        self.g_optimizer = optimizer
        optimizer.build(self.velocity.trainable_variables)
        self._compile_step(jit_compile, steps_per_execution)

    def hold(self, images):
        """Put pictures, and their labels, where the graph finds them."""
        super().hold(images)
        with tf.device("CPU:0"):
            self._labels = tf.cast([NONE] * len(images) if self.labels is None else self.labels, tf.int32)

    def replica_step(self, plan):
        """Do one step for this replica's rows of a minibatch, as in ``GAN.replica_step``; return the mean loss."""
        step, rows, replicas = plan[0, 0], plan[:, 1], tf.distribute.get_strategy().num_replicas_in_sync
        whole = tf.shape(plan)[0] * replicas
        x = normalise(tf.gather(self._images, plan[:, 2]), self.generator.output_shape)
        z = tf.gather(tf.random.stateless_normal([whole, *x.shape[1:]], self._seeds(step, stream=0)), rows)
        time, lot = (tf.gather(tf.random.stateless_uniform([whole], self._seeds(step, stream)), rows)
                     for stream in (1, 2))
        label = tf.where(lot < DROPPED, NONE, tf.gather(self._labels, plan[:, 2]))
        t = time[:, None, None, None]
        with tf.GradientTape() as tape:
            v = self.velocity([(1 - t) * z + t * x, time, label], training=True)
            loss = tf.reduce_mean(tf.square(v - (x - z)))
        grads = tape.gradient(loss, self.velocity.trainable_variables)
        self.g_optimizer.apply([grad / replicas for grad in grads], self.velocity.trainable_variables)
        if replicas > 1:
            loss = tf.distribute.get_replica_context().all_reduce(tf.distribute.ReduceOp.MEAN, loss)
        return {"flow_loss": loss}  # Keras has a "loss" of its own
