"""Directions in the latent space along which a generator changes most: GANSpace (Härkönen et al. 2020).

Principal components of what the first layer puts out, carried back to the noise. For noise z and the score s of a
component, the direction is the linear function of z that predicts s best. For standard normal noise that is E[z s]:
what GANSpace's own regression, of z on s, gives for the same layer, up to its length.
"""

import dataclasses

import numpy as np

from labkit.errors import LabkitError


@dataclasses.dataclass(frozen=True)
class Directions:
    """vectors: float32 (k, dim), of length 1, strongest first. shares: float (k,), of the activations' variance."""

    vectors: np.ndarray
    shares: np.ndarray
    layer: str


def principal_directions(generator, count: int = 6, samples: int = 1500, seed: int = 0) -> Directions:
    """Return the ``count`` strongest directions of a generator's first layer with weights.

    samples: how many noise vectors are looked at, more than the noise has numbers. They are made exactly uncorrelated
    with variance 1, so that a linear layer gives the same directions for every seed: the right singular vectors of
    its kernel. Signs: the largest number of each vector is positive.

    Raises LabkitError when there are fewer samples than that, or more directions than the noise has numbers.
    """
    import keras

    from labkit import training

    dim = training.latent_dim(generator)
    if not 1 <= count <= dim:
        raise LabkitError(f"count is {count!r}. There are at most {dim} directions in noise of {dim} numbers.")
    if samples < 2 * dim:
        raise LabkitError(f"samples is {samples!r}: too few for noise of {dim} numbers. Take {10 * dim} or more.")
    first = next(layer for layer in generator.layers if layer.weights)
    outputs = keras.Model(generator.inputs[0], first.output)
    latents = uncorrelated(samples, dim, seed)
    parts = [np.asarray(outputs(part)).reshape(len(part), -1) for part in np.array_split(latents, -(-samples // 500))]
    activations = np.concatenate(parts).astype(np.float64)
    activations -= activations.mean(0)
    # Samples are fewer than activations, so the small Gram matrix has the same eigenvalues as the covariance.
    from scipy.linalg import eigh

    values, vectors = eigh(activations @ activations.T, subset_by_index=[samples - count, samples - 1])
    scores = vectors[:, ::-1] * np.sqrt(np.maximum(values[::-1], 0))
    along = np.linalg.lstsq(latents.astype(np.float64), scores, rcond=None)[0].T
    along /= np.maximum(np.linalg.norm(along, axis=1, keepdims=True), 1e-12)
    along *= np.sign(along[np.arange(count), np.abs(along).argmax(1)])[:, None]
    return Directions(along.astype(np.float32), values[::-1] / (activations ** 2).sum(), first.name)


def uncorrelated(count: int, dim: int, seed: int = 0) -> np.ndarray:
    """Return noise float32 (count, dim) whose sample mean is 0 and whose sample covariance is the unit matrix."""
    drawn = np.random.default_rng(seed).standard_normal((count, dim))
    drawn -= drawn.mean(0)
    factor = np.linalg.cholesky(drawn.T @ drawn / count)
    return np.linalg.solve(factor, drawn.T).T.astype(np.float32)


def combined(vectors, signs, length: float | None = None) -> np.ndarray:
    """Return the sum of noise vectors with signs (+1 or -1), float32 (dim,), brought to ``length``.

    length: None keeps the mean length of the vectors. A sum of three independent ones would be √3 times as long, and
    lie where the generator has hardly ever been (Radford et al. 2016 average three of each kind for that reason).
    Raises LabkitError when the sum vanishes.
    """
    vectors = np.asarray(vectors, np.float64)
    total = (np.asarray(signs, np.float64)[:, None] * vectors).sum(0)
    size = np.linalg.norm(total)
    wanted = np.linalg.norm(vectors, axis=1).mean() if length is None else length
    if size < 1e-6 * max(wanted, 1e-12):
        raise LabkitError("These noise vectors add up to nothing, and nothing has no direction. Choose others.")
    return (total * (wanted / size)).astype(np.float32)
