"""The GAN for Keras' JAX backend: the maths of ``labkit.training.gan`` as functions that change nothing in place.

It is for a GPU that has JAX and no TensorFlow (on a CPU XLA's convolutions are several times slower). All is the same
but the noise, another draw of the same distribution: JAX has a random generator of its own.
"""

import functools

import jax
import keras
import numpy as np
from jax import numpy as jnp

from labkit.training import batches
from labkit.training.gan import SMALLEST, BaseGAN


class GAN(BaseGAN):
    __doc__ = BaseGAN.__doc__

    def _compile_step(self, jit_compile, steps_per_execution):
        self.steps_per_execution, self.stop_training = steps_per_execution, False
        self._execute = jax.jit(lambda images, state, plans: jax.lax.scan(functools.partial(self._step, images), state,
                                                                          plans))

    def fit(self, x=None, batch_size=64, epochs=1, steps_per_epoch=None, verbose=0, callbacks=None):
        """Train as TensorFlow's ``GAN.fit`` does; the pictures lie on the device as uint8, all of them."""
        images = self._pictures(x)
        per_epoch = steps_per_epoch or batches.steps_per_epoch(len(images), batch_size)
        plan = batches.minibatches(len(images), batch_size, self.seed, self.steps_done)
        images, self.stop_training, logs = jax.device_put(images), False, None
        watchers = keras.callbacks.CallbackList(
            list(callbacks or ()), add_history=True, add_progbar=verbose != 0, verbose=verbose, epochs=epochs,
            steps=per_epoch, model=self,
        )
        watchers.on_train_begin()
        for epoch in range(epochs):
            watchers.on_epoch_begin(epoch)
            for first in range(0, per_epoch, self.steps_per_execution):
                count = min(self.steps_per_execution, per_epoch - first)
                watchers.on_train_batch_begin(first)
                plans = np.stack([next(plan) for _ in range(count)]).astype(np.int32)
                # Callbacks read and write the variables (checkpoints, learning rates), so these hold the state.
                state, logs = self._execute(images, self._values(), plans)
                jax.tree.map(lambda variable, value: variable.assign(value), self._variables(), state)
                logs = {name: float(values[-1]) for name, values in logs.items()}
                watchers.on_train_batch_end(first + count - 1, logs)
                if self.stop_training:
                    break
            watchers.on_epoch_end(epoch, logs)
            if self.stop_training:
                break
        watchers.on_train_end(logs)
        return self.history

    def _variables(self):
        """Return everything that a step changes, as a tree of Keras variables."""
        return {
            "generator": (self.generator.trainable_variables, self.generator.non_trainable_variables),
            "discriminator": (self.discriminator.trainable_variables, self.discriminator.non_trainable_variables),
            "g_optimizer": list(self.g_optimizer.variables),
            "d_optimizer": list(self.d_optimizer.variables),
        }

    def _values(self):
        return jax.tree.map(lambda variable: variable.value, self._variables())

    def noise(self, step, rows, batch_size):
        return jax.random.normal(self._key(step, stream=0), (batch_size, self.latent_dim), jnp.float32)[rows]

    def _key(self, step, stream):
        return jax.random.fold_in(jax.random.fold_in(jax.random.key(self.seed), stream), step)

    def _step(self, images, state, plan):
        step, rows, batch_size = plan[0, 0], plan[:, 1], len(plan)
        real, see = self._prepared(images[plan[:, 2]], lambda stream, *shape: jax.random.uniform(
            self._key(step, stream), (*shape, batch_size))[..., rows])
        latent = self.noise(step, rows, batch_size)
        *grads, logs, state = self._gradients(state, real, latent, self.shared_backward, see)
        for which, grad in zip(("discriminator", "generator"), grads, strict=True):
            (weights, rest), optimizer = state[which], f"{which[0]}_optimizer"
            weights, inner = getattr(self, optimizer).stateless_apply(state[optimizer], grad, weights)
            state = {**state, which: (weights, rest), optimizer: inner}
        return state, logs

    def _gradients(self, state, real, latent, shared, see=None):
        """Return (d_grads, g_grads, logs) and the state with what the forward passes changed. shared: one backward pass
        through D for both losses (TensorFlow's ``shared_gradients`` says why), else two."""
        (g_weights, g_rest), (d_weights, d_rest) = state["generator"], state["discriminator"]
        fake, back_through_g, g_rest = jax.vjp(
            lambda weights: self.generator.stateless_call(weights, g_rest, latent, training=True), g_weights,
            has_aux=True)

        def judge(weights, fake):  # the logits of real and of fake pictures, and D's new other variables
            real_logits, rest = self.discriminator.stateless_call(weights, d_rest, real, training=True)
            fake_logits, rest = self.discriminator.stateless_call(weights, rest, see(fake) if see else fake,
                                                                  training=True)
            return (real_logits.astype(jnp.float32), fake_logits.astype(jnp.float32)), rest

        logits, back_through_d, d_rest = jax.vjp(judge, d_weights, fake, has_aux=True)
        d_loss, (d_real, d_fake) = jax.value_and_grad(self._d_loss, argnums=(0, 1))(*logits)
        g_loss, g_fake = jax.value_and_grad(self._g_loss)(logits[1])
        if shared:
            # Where D's loss is flat its derivative vanishes; a tiny one instead keeps the quotient finite.
            d_fake = jnp.where(jnp.abs(d_fake) < SMALLEST, SMALLEST, d_fake)
            d_grads, at_fake = back_through_d((d_real, d_fake))
            ratio = (g_fake / d_fake).reshape(-1, *[1] * (fake.ndim - 1))
            at_fake = (at_fake.astype(jnp.float32) * ratio).astype(fake.dtype)
        else:
            d_grads, _ = back_through_d((d_real, d_fake))
            _, at_fake = back_through_d((jnp.zeros_like(d_real), g_fake))
        g_grads, = back_through_g(at_fake)
        state = {**state, "generator": (g_weights, g_rest), "discriminator": (d_weights, d_rest)}
        return d_grads, g_grads, self._logs(*logits, d_loss, g_loss), state

    def shared_gradients(self, real, latent, see=None):
        """Return (d_grads, g_grads, logs) at the present weights, with one backward pass through D for both losses."""
        return self._gradients(self._values(), real, latent, shared=True, see=see)[:3]

    def separate_gradients(self, real, latent, see=None):
        """Return the same with a backward pass through D for each loss: any D, and the reference."""
        return self._gradients(self._values(), real, latent, shared=False, see=see)[:3]
