"""A generator as widgets use it: asked again and again, known by a name and by its weights."""

import hashlib
import weakref

import numpy as np

from labkit import models
from labkit.errors import LabkitError

_FUNCTIONS = weakref.WeakKeyDictionary()  # generator -> its traced function: widgets of one notebook share it


class Source:
    """A generator that gives uint8 pictures.

    generator: a Keras model, latents (batch, dim) -> images in [-1, 1]; or a key of ``models.weights``.
    name: what it is called in captions and saved pictures; None takes the key, or the model's own name.

    Attributes: ``model``, ``name``, ``dim`` (of its latents), ``shape`` (of a picture: height, width, channels).
    Raises LabkitError for what is no generator.
    """

    def __init__(self, generator, name: str | None = None):
        from labkit import training

        if isinstance(generator, str):
            name = name or generator
            generator = models.weights.load(generator)
        generator = getattr(generator, "generator", generator)  # a GanPair or a GAN stands for its generator
        if not hasattr(generator, "input_shape"):
            raise LabkitError(f"Expected a generator, and this is {generator!r:.60}. Give a Keras model that makes "
                              "pictures of noise, for example models.weights.load(\"cifar-dcgan\").")
        self.model, self.dim = generator, training.latent_dim(generator)
        self.name = str(name or generator.name)
        self.shape = self._image_shape(generator.output_shape)

    def _image_shape(self, output):
        if len(output) == 4:
            return tuple(output[1:])
        known = models.spec(self.name).image_shape if self.name in set(models.keys()) else None
        side = round((output[1] / 3) ** 0.5)
        shape = known or (side, side, 3)
        if int(np.prod(shape)) != output[1]:
            raise LabkitError(f"{self.name} gives vectors of {output[1]} numbers, which are no square colour pictures.")
        return shape

    def __call__(self, latents) -> np.ndarray:
        """Return pictures uint8 (n, height, width, channels) for latents float (n, dim), in inference mode."""
        from labkit import training

        latents = np.asarray(latents, np.float32)
        if latents.ndim != 2 or latents.shape[1] != self.dim:
            raise LabkitError(f"{self.name} takes noise of the shape (n, {self.dim}), not {latents.shape}.")
        return training.to_uint8(_function(self.model, self.dim)(latents), self.shape)

    def weights_hash(self) -> str:
        """Return the SHA-256 of all weights, shapes included, as they are now."""
        digest = hashlib.sha256()
        for weight in self.model.weights:
            value = np.ascontiguousarray(weight, dtype="<f4")
            digest.update(repr(value.shape).encode() + value.tobytes())
        return digest.hexdigest()


def _function(model, dim):
    """Return the model as a graph: half of a small network's time goes into leading Keras from layer to layer."""
    import keras

    if keras.backend.backend() != "tensorflow":
        return lambda latents: model(latents, training=False)
    if model not in _FUNCTIONS:
        import tensorflow as tf

        weak = weakref.ref(model)  # the function must not keep its own key alive
        signature = [tf.TensorSpec((None, dim), tf.float32)]
        _FUNCTIONS[model] = tf.function(lambda latents: weak()(latents, training=False), input_signature=signature)
    return _FUNCTIONS[model]
