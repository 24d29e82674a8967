"""Noise and pixels: NumPy alone."""

import numpy as np


def latent(count: int, dim: int, seed: int) -> np.ndarray:
    """Return ``count`` standard normal latents, float32 (count, dim): the same numbers as ``training.latent``."""
    return np.random.default_rng(seed).standard_normal((count, dim), dtype=np.float32)


def to_uint8(images) -> np.ndarray:
    """Turn float images (n, H, W, C) in [-1, 1] into uint8, rounding to the nearest level and clipping."""
    return np.clip(np.rint((np.asarray(images, np.float32) + 1) * 127.5), 0, 255).astype(np.uint8)
