"""What the drawn sets share: noise, smooth outlines, colours, light, and the look of a small camera."""

import colorsys
import math
from functools import cache

import numpy as np
from PIL import Image, ImageFilter

TILE = 512  # side of a noise tile; crops stay inside it

# exponent of the spectrum's fall-off, stretch along x (wood, fur): amplitude = (1.5 + frequency) ** -exponent
_SPECTRA = {
    "fine": (0.0, 1.0),
    "grain": (0.8, 1.0),
    "rough": (1.3, 1.0),
    "cloud": (2.2, 1.0),
    "wood": (1.4, 14.0),
    "fur": (1.0, 4.0),
    "blobs": (0.0, 1.0),  # only waves about 30 samples long: flowers, spots
}


@cache
def tile(kind: str) -> np.ndarray:
    """Return a noise tile, float32 (512, 512), mean 0, standard deviation 1, the same at every call; it wraps."""
    exponent, stretch = _SPECTRA[kind]
    rng = np.random.Generator(np.random.PCG64(list(_SPECTRA).index(kind)))
    fy = np.fft.fftfreq(TILE)[:, None] * TILE
    fx = np.fft.rfftfreq(TILE)[None] * TILE * stretch
    frequency = np.hypot(fx, fy)
    spectrum = np.fft.rfft2(rng.standard_normal((TILE, TILE))) * (1.5 + frequency) ** -exponent
    if kind == "blobs":
        spectrum *= np.exp(-(((frequency - 17) / 4) ** 2))
    spectrum[0, 0] = 0
    noise = np.fft.irfft2(spectrum, (TILE, TILE))
    return (noise / noise.std()).astype(np.float32)


def noise(rng, kind: str, height: int, width: int, step: int = 1, turn: bool = False) -> np.ndarray:
    """Return a random crop of a noise tile, float32 (height, width); ``step`` > 1 makes it finer."""
    source = tile(kind)
    if turn:
        source = source.T
    top, left = rng.randrange(TILE - height * step + 1), rng.randrange(TILE - width * step + 1)
    return source[top : top + height * step : step, left : left + width * step : step]


@cache
def _sensor():
    """Return a sensor's noise, float32 (512, 512, 3): mostly brightness; red and blue stray in opposite ways."""
    grey, stray = tile("fine"), tile("grain")[::-1] * np.float32(0.7)
    return np.stack([grey + stray, grey, grey - stray], -1)


@cache
def grid(height: int, width: int):
    """Return (y, x), each float32 (height, width), pixel centres running from -1 to 1."""
    y = (np.arange(height, dtype=np.float32) * 2 + 1) / height - 1
    x = (np.arange(width, dtype=np.float32) * 2 + 1) / width - 1
    return np.repeat(y[:, None], width, 1), np.repeat(x[None], height, 0)


@cache
def _spline(count: int, steps: int, closed: bool):
    """Return the matrix that turns ``count`` control points into points of a Catmull-Rom curve through them."""
    t = np.arange(steps) / steps
    basis = 0.5 * np.stack([-t + 2 * t**2 - t**3, 2 - 5 * t**2 + 3 * t**3, t + 4 * t**2 - 3 * t**3, t**3 - t**2], 1)
    spans = count if closed else count - 1
    matrix = np.zeros((spans * steps + (not closed), count))
    for span in range(spans):
        for k in range(4):
            j = (span + k - 1) % count if closed else min(max(span + k - 1, 0), count - 1)
            matrix[span * steps : (span + 1) * steps, j] += basis[:, k]
    if not closed:
        matrix[-1, -1] = 1
    return matrix


def smooth(points, steps: int = 5, closed: bool = True) -> np.ndarray:
    """Return a smooth curve through ``points`` (k, 2) as float64 (m, 2)."""
    points = np.asarray(points, float)
    return _spline(len(points), steps, closed) @ points


def turn(points, degrees: float = 0.0, scale=1.0, move=(0.0, 0.0)) -> np.ndarray:
    """Scale (a number or a pair), then rotate, then move points (k, 2)."""
    c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return np.asarray(points, float) * scale @ np.array([[c, s], [-s, c]]) + move


def flat(points) -> list:
    """Return points as Pillow's drawing calls take them fastest: [x0, y0, x1, y1, ...]."""
    return np.asarray(points).ravel().tolist()


def hsv(hue: float, saturation: float, value: float) -> np.ndarray:
    """Return a colour as float32 (3,), 0 to 255; hue in turns (0 to 1, wraps)."""
    return np.array(colorsys.hsv_to_rgb(hue % 1, min(max(saturation, 0), 1), min(max(value, 0), 1)), np.float32) * 255


def rgb(colour) -> tuple[int, int, int]:
    """Return a colour as Pillow takes it: three whole numbers, 0 to 255."""
    return tuple(min(max(int(c), 0), 255) for c in colour)


def luminance(colour) -> float:
    """Return how bright a colour (3,) looks, 0 to 255 (Rec. 601 weights)."""
    return float(0.299 * colour[0] + 0.587 * colour[1] + 0.114 * colour[2])


def light(rng, height: int, width: int, strength: float) -> np.ndarray:
    """Return soft uneven light, float32 (height, width), around 1: a slope in a random direction."""
    y, x = grid(height, width)
    angle = rng.uniform(0, 2 * math.pi)
    return 1 + strength * (math.cos(angle) * x + math.sin(angle) * y)


def to_image(pixels: np.ndarray) -> Image.Image:
    """Return float pixels (height, width, 3), clipped to 0..255, as a Pillow image."""
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def photograph(rng, pixels: np.ndarray, blur: float = 0.0, grain: float = 0.0) -> np.ndarray:
    """Blur by ``blur`` pixels (standard deviation) and add ``grain`` grey levels of sensor noise; return uint8.

    ``pixels`` is float (height, width, 3), 0 to 255.
    """
    if blur > 0.15:
        pixels = np.asarray(to_image(pixels).filter(ImageFilter.GaussianBlur(blur)), np.float32)
    if grain > 0:
        height, width = pixels.shape[:2]
        top, left = rng.randrange(TILE - height + 1), rng.randrange(TILE - width + 1)
        pixels = pixels + np.float32(grain) * _sensor()[top : top + height, left : left + width]
    return np.clip(pixels, 0, 255).astype(np.uint8)
