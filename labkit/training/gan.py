"""A GAN that is compiled and fitted like any Keras model; here the step for TensorFlow, in ``gan_jax`` the one for JAX.

Goodfellow et al. 2014, algorithm 1, with one discriminator step per generator step. What differs from the
tutorials' loop, and why, stands beside the lines that do it.
"""

import math

import keras
import numpy as np
from keras import ops

from labkit.errors import LabkitError
from labkit.training import batches
from labkit.training.generators import batch_norm_layers, latent_dim, normalise

if keras.backend.backend() == "tensorflow":  # a GPU with JAX may have no TensorFlow
    import tensorflow as tf

METRICS = ("d_loss", "g_loss", "d_real", "d_fake")  # the logs of every step
SMALLEST = 1e-20  # a derivative below this would be lost on the way back through D; see GAN.shared_gradients


class BaseGAN(keras.Model):
    """A generator and a discriminator in training against each other; the step is a subclass's.

    generator: latent (batch, latent_dim) float32 → images in [-1, 1].
    discriminator: images in [-1, 1] → logits (batch, 1).
    seed: decides data order and noise; a step's minibatch and noise depend on (seed, step) alone.

    The logs of a step: ``d_loss`` (real plus fake half), ``g_loss``, and ``d_real``, ``d_fake``: the share of
    real and of fake pictures that the discriminator takes for what they are (0 to 1).
    """

    parts, logged = ("generator", "discriminator", "g_optimizer", "d_optimizer"), METRICS  # what a checkpoint holds

    def __init__(self, generator, discriminator, seed=0, **kwargs):
        super().__init__(**kwargs)
        self.generator, self.discriminator, self.seed = generator, discriminator, seed
        self.latent_dim = latent_dim(generator)
        self.seconds_done = 0.0  # what these steps took before the last resume
        self.built = True  # both networks are; Keras' own check would call this model

    def compile(self, g_optimizer, d_optimizer, label_smoothing=0.0, flip=False, shift=0, augment="real",
                jit_compile=False, steps_per_execution=1):
        """Choose the optimizers and what is done to the pictures; the loss is the non-saturating one.

        label_smoothing: s in [0, 0.5), else LabkitError; the discriminator's target for real pictures is 1 - s
            (one-sided, Salimans et al. 2016, section 3.4).
        flip: mirror each real picture with probability 1/2.
        shift: move each real picture by up to so many pixels in both directions; edges are repeated.
        augment: "both": the discriminator sees the fakes so, too, and the generator learns the pictures without the
            changes (``batches.views``); "real": only the real ones.
        jit_compile: leave it False for convolutions on a CPU: XLA makes them about twelve times slower there.
        steps_per_execution: so many steps run before the callbacks are asked again.
        """
        if not 0.0 <= label_smoothing < 0.5:
            raise LabkitError(f"label_smoothing={label_smoothing} is not in [0, 0.5). 0.1 is the usual value.")
        self.real_target, self.flip, self.shift, self.augment = 1.0 - label_smoothing, flip, shift, augment
        # One backward pass through D can serve both losses only if the samples of a minibatch do not mix in it.
        self.shared_backward = not batch_norm_layers(self.discriminator)
        self.g_optimizer, self.d_optimizer = g_optimizer, d_optimizer
        self.g_optimizer.build(self.generator.trainable_variables)
        self.d_optimizer.build(self.discriminator.trainable_variables)
        self._compile_step(jit_compile, steps_per_execution)

    @property
    def steps_done(self) -> int:
        """How many steps were done, before the last resume, too: as many as the optimizer counts."""
        return int(np.asarray(self.g_optimizer.iterations))  # int() alone fails with several devices

    @staticmethod
    def _pictures(x) -> np.ndarray:
        images = np.asarray(x)
        if images.dtype != np.uint8 or images.ndim != 4:
            raise LabkitError(f"GAN.fit takes images as uint8 (N, H, W, C), not {images.dtype} {images.shape}. "
                              "datasets.load(...).images is such an array.")
        return images

    def _prepared(self, pictures, uniform):
        """Return real pictures, uint8, as D sees them, and what is done to each fake before (None: nothing). uniform: a
        function of a stream's number and a shape: numbers in [0, 1), the last axis for the pictures."""
        if self.flip:
            pictures = ops.where(uniform(2)[:, None, None, None] < 0.5, pictures[:, :, ::-1], pictures)
        real = normalise(pictures, self.discriminator.input_shape)
        if not self.shift and self.augment == "real":
            return real, None
        draws, shape = uniform(3, batches.DRAWS), pictures.shape[1:]
        see_real, see = batches.views(draws, shape, self.shift, self.flip, self.augment)
        return see_real(real), see

    def _d_loss(self, real_logits, fake_logits):
        # softplus(l) = -log(1 - sigmoid(l)) and softplus(-l) = -log(sigmoid(l)), without overflow.
        real = self.real_target * ops.softplus(-real_logits) + (1.0 - self.real_target) * ops.softplus(real_logits)
        return ops.mean(real) + ops.mean(ops.softplus(fake_logits))

    def _g_loss(self, fake_logits):
        return ops.mean(ops.softplus(-fake_logits))  # keeps a gradient where log(1 - D(G(z))) has none

    def _logs(self, real_logits, fake_logits, d_loss, g_loss):
        return {"d_loss": d_loss, "g_loss": g_loss, "d_real": ops.mean(ops.cast(real_logits > 0, "float32")),
                "d_fake": ops.mean(ops.cast(fake_logits < 0, "float32"))}


class GAN(BaseGAN):
    __doc__ = BaseGAN.__doc__

    def _compile_step(self, jit_compile, steps_per_execution):
        keras.Model.compile(self, jit_compile=jit_compile, steps_per_execution=steps_per_execution)
        self.asked_per_execution, self._source = steps_per_execution, None

    def fit(self, x=None, batch_size=64, epochs=1, steps_per_epoch=None, verbose=0, callbacks=None, **kwargs):
        """Train on images ``x``, uint8 (N, H, W, C), from the step after the last one done; return Keras' History. They
        stay uint8 in memory and are normalised in the graph. steps_per_epoch: None is one pass over the set."""
        images, start = self._pictures(x), self.steps_done
        per_epoch = steps_per_epoch or batches.steps_per_epoch(len(images), batch_size)
        self.check_replicas(batch_size)
        per_execution = math.gcd(per_epoch, self.asked_per_execution)  # Keras would round the epoch up
        if images is not self._source or per_execution != self.steps_per_execution:
            self.hold(images)
            self.steps_per_execution = per_execution
            # The traced function holds the pictures and the number that it was traced with.
            self.make_train_function(force=True)
        plan = tf.data.Dataset.from_generator(
            lambda: batches.minibatches(len(images), batch_size, self.seed, start),
            output_signature=tf.TensorSpec((batch_size, 3), tf.int64),
        ).prefetch(2)
        # tf.data's tuning thread sleeps for 5 seconds at a time, and the end of fit would wait until it wakes.
        still = tf.data.Options()
        still.autotune.enabled = False
        # The plan is in order already: no shuffling.
        return super().fit(plan.with_options(still), epochs=epochs, steps_per_epoch=per_epoch, verbose=verbose,
                           shuffle=False, callbacks=callbacks, **kwargs)

    def check_replicas(self, batch_size):
        """Raise LabkitError unless a minibatch can be divided among the replicas without a remainder."""
        replicas = self.distribute_strategy.num_replicas_in_sync
        if batch_size % replicas:
            raise LabkitError(f"A minibatch of {batch_size} cannot be divided among {replicas} replicas. Choose "
                              f"batch_size={batch_size - batch_size % replicas or replicas}, or another multiple.")

    def hold(self, images):
        """Put pictures uint8 (N, H, W, C) where the graph finds them."""
        with tf.device("CPU:0"):
            self._source, self._images = images, tf.constant(images)

    def noise(self, step, rows, batch_size):
        """Return latents float32 (len(rows), latent_dim), standard normal, a function of (seed, step, row)."""
        return tf.gather(tf.random.stateless_normal([batch_size, self.latent_dim], self._seeds(step, stream=0)), rows)

    def _seeds(self, step, stream):
        return tf.stack([tf.constant(self.seed * 4 + stream, tf.int64), step])

    def train_step(self, plan):
        return self.replica_step(plan)

    def replica_step(self, plan):
        """Do one step for this replica's rows of a minibatch, int64 (rows, 3): step, row, index
        (``batches.minibatches``); return the whole minibatch's logs. Under a ``tf.distribute`` strategy every replica
        has as many rows, and learns from the mean over all of them."""
        step, rows, replicas = plan[0, 0], plan[:, 1], tf.distribute.get_strategy().num_replicas_in_sync
        whole = tf.shape(plan)[0] * replicas
        real, see = self._prepared(tf.gather(self._images, plan[:, 2]), lambda stream, *shape: tf.gather(
            tf.random.stateless_uniform([*shape, whole], self._seeds(step, stream)), rows, axis=-1))
        gradients = self.shared_gradients if self.shared_backward else self.separate_gradients
        d_grads, g_grads, logs = gradients(real, self.noise(step, rows, whole), see)
        # Keras' optimizers add the replicas' gradients up; each is the mean over its own rows.
        for optimizer, grads, network in ((self.d_optimizer, d_grads, self.discriminator),
                                          (self.g_optimizer, g_grads, self.generator)):
            grads = [grad / replicas for grad in grads] if replicas > 1 else grads
            optimizer.apply(grads, network.trainable_variables)
        if replicas > 1:
            logs = tf.distribute.get_replica_context().all_reduce(tf.distribute.ReduceOp.MEAN, logs)
        return logs

    def _judge(self, images, see=None):
        return tf.cast(self.discriminator(see(images) if see else images, training=True), tf.float32)

    def shared_gradients(self, real, latent, see=None):
        """Return (d_grads, g_grads, logs) with one backward pass through D for both losses.

        real: float32 in [-1, 1], shaped as D takes it. see: what is done to each fake before D sees it; None: nothing.
        Both losses are functions of the fake logits l. The pass for D carries dL_D/dl back to the fake pictures;
        a sample's own logit is all that reaches its picture, so multiplying its picture's gradient by
        (dL_G/dl) / (dL_D/dl) gives exactly what a second pass with dL_G/dl would have brought.
        """
        with tf.GradientTape() as g_tape:
            fake = self.generator(latent, training=True)
        with tf.GradientTape() as d_tape:
            d_tape.watch(fake)
            # Real and fake in two passes: on a CPU one pass over the concatenation is slower.
            real_logits, fake_logits = self._judge(real), self._judge(fake, see)
        with tf.GradientTape(persistent=True) as tape:
            tape.watch([real_logits, fake_logits])
            d_loss, g_loss = self._d_loss(real_logits, fake_logits), self._g_loss(fake_logits)
        d_real, d_fake = tape.gradient(d_loss, [real_logits, fake_logits])
        g_fake = tape.gradient(g_loss, fake_logits)
        # Where D's loss is flat its derivative vanishes; a tiny one instead keeps the quotient finite.
        d_fake = tf.where(tf.abs(d_fake) < SMALLEST, SMALLEST, d_fake)
        sources = [*self.discriminator.trainable_variables, fake]
        *d_grads, at_fake = d_tape.gradient([real_logits, fake_logits], sources, output_gradients=[d_real, d_fake])
        ratio = tf.reshape(g_fake / d_fake, [-1] + [1] * (len(fake.shape) - 1))
        at_fake = tf.cast(tf.cast(at_fake, tf.float32) * ratio, fake.dtype)
        g_grads = g_tape.gradient(fake, self.generator.trainable_variables, output_gradients=at_fake)
        return d_grads, g_grads, self._logs(real_logits, fake_logits, d_loss, g_loss)

    def separate_gradients(self, real, latent, see=None):
        """Return (d_grads, g_grads, logs) with a backward pass through D for each loss: any D, and the reference."""
        with tf.GradientTape(persistent=True) as tape:
            fake = self.generator(latent, training=True)
            real_logits, fake_logits = self._judge(real), self._judge(fake, see)
            d_loss, g_loss = self._d_loss(real_logits, fake_logits), self._g_loss(fake_logits)
        d_grads = tape.gradient(d_loss, self.discriminator.trainable_variables)
        g_grads = tape.gradient(g_loss, self.generator.trainable_variables)
        return d_grads, g_grads, self._logs(real_logits, fake_logits, d_loss, g_loss)
