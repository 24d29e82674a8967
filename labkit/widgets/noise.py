"""Noise for a generator: drawn, cut, scaled; the ways and the directions in it; the pictures made of it."""

import collections
import hashlib

import numpy as np

from labkit.errors import LabkitError, lookup
from labkit.plotting.images import latent

WAYS = ("linear", "spherical")


def sample(count: int, dim: int, seed: int = 0, scale: float = 1.0, cut: float | None = None) -> np.ndarray:
    """Return noise float32 (count, dim), the same for the same seed; a longer draw starts with the shorter one.

    cut: no number is larger than this. The numbers then have the normal distribution *truncated* at ±cut (Brock et
        al. 2019, section 3.1, who draw again until a number fits). Here each number moves to the same quantile of the
        truncated distribution, so that a picture changes smoothly with ``cut``. None or 0: not truncated.
    scale: what all numbers are multiplied with afterwards; 0 gives the mean picture of the prior, not of the data.
    """
    noise = latent(count, dim, seed)
    if cut:
        from scipy.special import ndtr, ndtri

        low, high = ndtr(-cut), ndtr(cut)
        noise = ndtri(low + (high - low) * ndtr(noise.astype(np.float64))).astype(np.float32)
    return noise * np.float32(scale)


def between(a, b, weights, way: str = "spherical") -> np.ndarray:
    """Return the noise on the way from ``a`` (weight 0) to ``b`` (weight 1), float32 (len(weights), dim). a, b: float
    (dim,). way: "linear", (1 - t)a + tb; or "spherical", along the arc between their directions, with a length that
    grows evenly from |a| to |b| (Shoemake 1985; White 2016). Vectors in line with each other have no arc between them:
    same direction gives the straight line; exactly opposite ones raise LabkitError."""
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    t = np.asarray(weights, np.float64).reshape(-1, 1)
    lookup(way, dict.fromkeys(WAYS), "way")
    long_a, long_b = np.linalg.norm(a), np.linalg.norm(b)
    if way == "linear" or not long_a or not long_b:
        return ((1 - t) * a + t * b).astype(np.float32)
    unit_a, unit_b = a / long_a, b / long_b
    angle = np.arccos(np.clip(unit_a @ unit_b, -1, 1))
    if np.pi - angle < 1e-4:
        raise LabkitError("The two noise vectors point in exactly opposite directions: every arc between them is as "
                          "short as every other. Choose another end, or way=\"linear\".")
    direction = (1 - t) * unit_a + t * unit_b
    if angle >= 1e-4:
        direction = (np.sin((1 - t) * angle) * unit_a + np.sin(t * angle) * unit_b) / np.sin(angle)
    return (((1 - t) * long_a + t * long_b) * direction).astype(np.float32)


def combined(vectors, signs) -> np.ndarray:
    """Return the sum of noise vectors with signs (+1 or -1), float32 (dim,), as long as they are in the mean. A sum of
    three independent ones would be √3 times as long, and lie where the generator has hardly ever been (Radford et al.
    2016 average three of each kind for that reason). Raises LabkitError when the sum vanishes."""
    vectors = np.asarray(vectors, np.float64)
    total = (np.asarray(signs, np.float64)[:, None] * vectors).sum(0)
    size, wanted = np.linalg.norm(total), np.linalg.norm(vectors, axis=1).mean()
    if size < 1e-6 * max(wanted, 1e-12):
        raise LabkitError("These noise vectors add up to nothing, and nothing has no direction. Choose others.")
    return (total * (wanted / size)).astype(np.float32)


Directions = collections.namedtuple("Directions", "vectors shares")


def principal_directions(generator, count: int = 6) -> Directions:
    """Return the ``count`` directions along which a generator's first layer with weights changes most: ``vectors``,
    float32 (count, dim), of length 1, strongest first, and their ``shares`` of the activations' variance. SeFa (Shen
    and Zhou 2021) for a dense first layer (else LabkitError): the singular vectors of its kernel, which at that layer
    are GANSpace's, too (Härkönen et al. 2020). The largest number of each vector is positive."""
    kernel = next(layer for layer in generator.layers if layer.weights).get_weights()[0]
    if kernel.ndim != 2 or not 1 <= count <= len(kernel):
        raise LabkitError(f"The first weights of {generator.name} have the shape {kernel.shape}, and count is {count}. "
                          "There are as many directions as a dense first layer takes numbers.")
    return kernel_directions(kernel, count)


def kernel_directions(kernel, count: int) -> Directions:
    """Return what ``principal_directions`` does, for a first layer's kernel, float (dim, units)."""
    along, stretch, _ = np.linalg.svd(kernel.astype(np.float64), full_matrices=False)
    along = along.T[:count]
    along *= np.sign(along[np.arange(count), np.abs(along).argmax(1)])[:, None]
    return Directions(along.astype(np.float32), stretch[:count] ** 2 / (stretch ** 2).sum())


class Source:
    """A generator that gives uint8 pictures, asked again and again; its ``model``, ``name``, ``dim`` (of its latents)
    and ``shape`` (of a picture: height, width, channels). generator: a Keras model, latents (batch, dim) -> images in
    [-1, 1]; or a key of ``models.weights``. name: what it is called in captions and saved pictures; None takes the key,
    or the model's own name. Raises LabkitError for what is no generator."""

    def __init__(self, generator, name: str | None = None):
        from labkit import models, training

        if isinstance(generator, str):
            name = name or generator
            generator = models.weights.load(generator)
        if not hasattr(generator, "input_shape"):
            raise LabkitError(f"Expected a generator, and this is {generator!r:.60}. Give a Keras model that makes "
                              "pictures of noise, for example models.weights.load(\"cifar-dcgan\").")
        self.model, self.dim, self.name = generator, training.latent_dim(generator), str(name or generator.name)
        self._to_uint8, known = training.to_uint8, {*models.keys(), *models.papers()}
        shape = models.spec(self.name).image_shape if self.name in known else None  # dense ones give flat vectors
        self.shape = self._to_uint8(np.zeros((1, *generator.output_shape[1:])), shape).shape[1:]

    def __call__(self, latents) -> np.ndarray:
        """Return pictures uint8 (n, height, width, channels) for latents float (n, dim), in inference mode."""
        # As a graph: half of a small network's time goes into leading Keras from layer to layer.
        return self._to_uint8(self.model.predict_on_batch(np.asarray(latents, np.float32)), self.shape)

    def weights_hash(self) -> str:
        """Return the SHA-256 of all weights, shapes included, as they are now."""
        digest = hashlib.sha256()
        for value in self.model.get_weights():
            digest.update(repr(value.shape).encode() + np.ascontiguousarray(value, dtype="<f4").tobytes())
        return digest.hexdigest()
