"""Paintings (first, simple version)."""

import numpy as np

from labkit.datasets.drawn.paint import grid, hsv, noise, photograph

SHAPE = (512, 512, 3)
CLASSES = None


def picture(rng, label=None):
    """Draw one painting: (uint8 (512, 512, 3), factors)."""
    y, x = grid(512, 512)
    hue = rng.random()
    stroke = np.sin(20 * x + 6 * noise(rng, "cloud", 400, 400)[0, 0] + 12 * np.sin(3 * y))[..., None]
    return photograph(rng, 120 + 50 * stroke + 0.4 * hsv(hue, 0.8, 0.8) + 8 * noise(rng, "cloud", 400, 400)[0, 0], 1), {"hue": hue}
