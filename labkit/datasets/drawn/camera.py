"""From light to a picture: exposure, tone, white balance, lens and grain."""

import numpy as np

from labkit.datasets.drawn.paint import grid, photograph


def develop(rng, light, blur=None, grain=None):
    """Turn linear light (height, width, 3) into a picture, uint8, as a small camera would: exposure set by itself.

    Highlights roll off, the white balance is a little wrong, the corners are a little darker.
    """
    height, width = light.shape[:2]
    key = rng.uniform(0.3, 0.5)  # the middle tone that the camera aims at
    some = light[::4, ::4].mean(2)
    level = np.sqrt(np.median(some) * some.mean()) + 1e-4
    warmth = rng.gauss(0.06, 0.07)
    balance = np.array([1 + warmth, 1.0, 1 - warmth], np.float32)
    y, x = grid(height, width)
    falloff = (1 - rng.uniform(0, 0.22) * (x * x + y * y) / 2)[..., None]
    exposed = light * (np.float32(key / level) * balance) * falloff
    tone = 1 - np.exp(-exposed * np.float32(1.1))
    pixels = 255 * np.sqrt(np.maximum(tone, 0))
    contrast = rng.uniform(1.0, 1.25)
    pixels = (pixels - 128) * contrast + 128
    return photograph(
        rng,
        pixels,
        max(0.0, rng.uniform(-0.6, 0.5)) if blur is None else blur,
        rng.uniform(0.5, 3) if grain is None else grain,
    )
