"""How a picture that is optimised is held: as pixels, or as the Fourier coefficients of decorrelated colours.

The same gradient makes another picture, depending on what it is the gradient of. A step on pixels is made of the
noise that a network's gradients are made of; a step on coefficients, each scaled by how strong its frequency is in
photographs, changes broad shapes first. Source: C. Olah, A. Mordvintsev, L. Schubert, "Feature visualization", 2017;
A. Mordvintsev et al., "Differentiable image parameterizations", Distill 2018.

A canvas has ``start``, float32, the numbers that are optimised, and ``paint``, which makes of them the picture, a
float32 tensor (height, width, 3) from 0 to 255. ``draw`` does so from ``constants`` that are handed in, so that one
graph serves every picture of one size.
"""

import numpy as np
import tensorflow as tf

from labkit.errors import LabkitError

_EDGE = 0.02  # logits of pixels are finite: 0 and 1 become 0.02 and 0.98


def make(name: str, picture, colours=None, power: float = 0.75):
    """Return the canvas called "fourier" or "pixels" that begins with ``picture``; LabkitError for another name.

    picture: (height, width, 3), 0 to 255. colours: pictures that tell which colours vary together ("fourier" alone;
    default: the picture itself). power: how much stronger low frequencies are; 0 all alike, 1 as in photographs.
    """
    if name not in KINDS:
        raise LabkitError(f"There is no canvas {name!r}. There are: {', '.join(KINDS)}.")
    return Pixels(picture) if name == "pixels" else Fourier(picture, colours, power)


class Pixels:
    """The picture itself, (height, width, 3), in [0, 1]; what an optimizer moves outside is cut off."""

    name = "pixels"

    def __init__(self, picture):
        self.start = np.asarray(picture, np.float32) / np.float32(255)
        self.size, self.constants = self.start.shape[:2], ()

    @staticmethod
    def draw(size, numbers):
        return tf.clip_by_value(numbers, 0.0, 1.0) * 255.0

    def paint(self, numbers):
        return self.draw(self.size, numbers)


class Fourier:
    """Coefficients of a real Fourier transform, (2, 3, height, width // 2 + 1): real and imaginary parts.

    picture = 255 · sigmoid(colours · inverse transform(scale · numbers)). The numbers of the first picture have the
    mean size 1, so that a learning rate means the same for every picture and every size.
    """

    name = "fourier"

    def __init__(self, picture, colours=None, power=0.75):
        logits = _logits(picture)                                                    # (height, width, 3)
        seen = [_logits(one).reshape(-1, 3) for one in (picture, *(() if colours is None else colours))]
        values, axes = np.linalg.eigh(np.cov(np.concatenate(seen).T) + 1e-3 * np.eye(3))
        mix = (axes * np.sqrt(values)).astype(np.float32)                            # colour = mix · component
        parts = np.einsum("hwc,dc->dhw", logits, np.linalg.inv(mix))
        self.size = logits.shape[:2]
        frequency = np.hypot(np.fft.fftfreq(self.size[0])[:, None], np.fft.rfftfreq(self.size[1])[None])
        scale = np.maximum(frequency, 1 / max(self.size)) ** -power                  # (height, width // 2 + 1)
        spectrum = np.fft.rfft2(parts) / scale
        mean = np.abs(spectrum).mean()
        self.start = np.stack([spectrum.real, spectrum.imag]).astype(np.float32) / np.float32(mean)
        self.constants = ((scale * mean).astype(np.float32), mix)

    @staticmethod
    def draw(size, numbers, scale, mix):
        spectrum = tf.complex(numbers[0] * scale, numbers[1] * scale)
        parts = tf.signal.irfft2d(spectrum, fft_length=size)                         # (3, height, width)
        return tf.sigmoid(tf.einsum("dhw,cd->hwc", parts, mix)) * 255.0

    def paint(self, numbers):
        return self.draw(self.size, numbers, *self.constants)


KINDS = {"fourier": Fourier, "pixels": Pixels}


def _logits(picture):
    values = np.clip(np.asarray(picture, np.float64) / 255, _EDGE, 1 - _EDGE)
    return np.log(values / (1 - values))
