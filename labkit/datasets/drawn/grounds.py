"""Backgrounds for small scenes: sky, far trees or houses, and the ground; seen as a photograph shows them, unsharp."""

import numpy as np

from labkit.datasets.drawn.paint import grid, hsv, noise

S = 32
KINDS = (
    "sky",
    "clouds",
    "sunset",
    "runway",
    "road",
    "street",
    "lawn",
    "meadow",
    "wood",
    "dry grass",
    "sand",
    "snow",
    "sea",
    "harbour",
    "pond",
    "room",
    "sofa",
    "studio",
    "leaves",
    "bark",
    "night",
)

# sky colours (top, horizon), far band colour and its height, ground colours (far, near), roughness; None: no such part
_PARTS = {
    "runway": ("sky", (0.3, 0.3, 0.35, 3), ((0.09, 0.1, 0.62), (0.09, 0.06, 0.48)), 5),
    "road": ("sky", (0.28, 0.4, 0.34, 8), ((0.6, 0.04, 0.52), (0.6, 0.04, 0.38)), 7),
    "street": ("sky", (0.06, 0.25, 0.5, 14), ((0.6, 0.05, 0.5), (0.6, 0.05, 0.4)), 7),
    "lawn": ("sky", (0.3, 0.45, 0.28, 10), ((0.24, 0.5, 0.56), (0.26, 0.55, 0.42)), 13),
    "meadow": ("sky", (0.27, 0.35, 0.42, 4), ((0.19, 0.45, 0.62), (0.22, 0.5, 0.44)), 15),
    "wood": (None, (0.28, 0.45, 0.22, 40), ((0.12, 0.4, 0.4), (0.15, 0.4, 0.28)), 17),
    "dry grass": ("sky", (0.14, 0.3, 0.5, 3), ((0.12, 0.4, 0.7), (0.1, 0.42, 0.52)), 15),
    "sand": ("sky", (0.08, 0.25, 0.6, 4), ((0.09, 0.28, 0.78), (0.08, 0.32, 0.64)), 8),
    "snow": ("sky", (0.6, 0.12, 0.45, 5), ((0.6, 0.04, 0.92), (0.6, 0.07, 0.84)), 6),
    "sea": ("sky", (0.58, 0.2, 0.6, 1), ((0.55, 0.4, 0.56), (0.57, 0.5, 0.38)), 12),
    "harbour": ("sky", (0.1, 0.15, 0.5, 7), ((0.56, 0.25, 0.5), (0.56, 0.3, 0.34)), 11),
    "pond": (None, (0.28, 0.4, 0.3, 40), ((0.35, 0.3, 0.42), (0.4, 0.35, 0.3)), 11),
    "room": (None, (0.1, 0.2, 0.7, 40), ((0.07, 0.4, 0.55), (0.07, 0.45, 0.4)), 5),
    "sofa": (None, (0.08, 0.25, 0.5, 40), ((0.02, 0.35, 0.5), (0.02, 0.4, 0.38)), 8),
}


def ground(rng, kind: str, horizon: float) -> np.ndarray:
    """Return a background, float32 (32, 32, 3), 0 to 255; ``horizon``: its row, where the kind has one."""
    y = np.arange(S, dtype=np.float32)[:, None]
    if kind in _PARTS:
        sky, (hue, saturation, value, high), (far, near), rough = _PARTS[kind]
        pixels = _sky(rng, rng.choice(("sky", "clouds", "clouds"))) if sky else np.zeros((S, S, 3), np.float32)
        if kind in ("room", "sofa"):  # wallpaper and covers of any colour
            hue = hue + rng.gauss(0, 0.2)
        band = hsv(hue + rng.gauss(0, 0.03), saturation + rng.gauss(0, 0.08), value + rng.gauss(0, 0.1))
        top = horizon - high * rng.uniform(0.5, 1.4) + 0.5 * high**0.5 * noise(rng, "rough", 1, S)
        if kind == "street":
            top = top + high * 0.4 * (np.floor(np.arange(S) / rng.randint(7, 15) + rng.random()) % 2)
        mix = np.clip(y - top + 0.5, 0, 1)[..., None]
        texture = 1 + 0.22 * noise(rng, "cloud" if kind in ("room", "sofa") else "rough", S, S, 4)
        if kind == "street":
            windows = (np.arange(S) % 5 < 2)[None] & (np.arange(S) % 6 < 3)[:, None]
            texture = texture * (1 - 0.35 * windows)
        elif kind == "wood":
            texture = texture * (1 + 0.35 * noise(rng, "wood", S, S, turn=True))
        pixels = pixels + mix * (band * texture[..., None] - pixels)
        shift = rng.gauss(0, 0.02 if kind != "sofa" else 0.25)
        tone = rng.uniform(0.8, 1.15)
        far, near = (hsv(h + shift, s, v * tone) for h, s, v in (far, near))
        k = np.clip((y - horizon) / max(S - horizon, 1), 0, 1)[..., None]
        floor = far + (near - far) * k
        if kind in ("sea", "harbour", "pond"):
            waves = noise(rng, "wood", S, S, 2) * rough * rng.uniform(0.5, 1.3)
        else:
            waves = noise(rng, "rough", S, S, 4) * rough * 0.7 + noise(rng, "fine", S, S) * rough * 0.5
        floor = floor + (waves * (0.5 + 0.7 * k[..., 0]))[..., None]
        return pixels + np.clip(y - horizon + 0.5, 0, 1)[..., None] * (floor - pixels)
    if kind in ("sky", "clouds", "sunset", "night"):
        return _sky(rng, kind)
    if kind == "studio":
        tone = hsv(rng.random(), rng.uniform(0, 0.25), rng.choice((0.97, 0.95, 0.8, 0.1)))
        return tone * (1 - 0.12 * np.clip(y / S - 0.6, 0, 1)[..., None]) + np.zeros((S, S, 3), np.float32)
    if kind == "leaves":
        hue, strong = 0.27 + rng.gauss(0, 0.04), rng.uniform(0.3, 0.6)
        low, high = hsv(hue, strong, rng.uniform(0.12, 0.35)), hsv(hue - 0.03, strong, rng.uniform(0.4, 0.7))
        mix = 0.5 + 0.3 * noise(rng, "blobs", S, S, rng.randint(1, 3)) + 0.2 * noise(rng, "rough", S, S, 3)
        mix = np.clip(mix, 0, 1)
    else:  # bark, earth, stones
        low, high = (
            hsv(0.08, 0.4, rng.uniform(0.1, 0.25)),
            hsv(0.09 + rng.gauss(0, 0.02), rng.uniform(0.15, 0.5), rng.uniform(0.4, 0.75)),
        )
        mix = np.clip(0.5 + 0.3 * noise(rng, "grain", S, S, 2) + 0.25 * noise(rng, "rough", S, S), 0, 1)
    return low + mix[..., None] * (high - low)


def _sky(rng, kind):
    y, _ = grid(S, S)
    k = (y * 0.5 + 0.5)[..., None]
    if kind == "sunset":
        top, low = hsv(0.66, 0.3, 0.4), hsv(0.06, 0.6, 0.95)
    elif kind == "night":
        top, low = hsv(0.63, 0.5, 0.06), hsv(0.1, 0.3, 0.22)
    else:
        hue, strong = 0.57 + rng.gauss(0, 0.02), rng.choice((rng.uniform(0, 0.15), rng.uniform(0.2, 0.65)))
        top, low = hsv(hue, strong, rng.uniform(0.55, 0.92)), hsv(hue - 0.02, strong * 0.4, rng.uniform(0.8, 0.98))
    pixels = top + (low - top) * k
    if kind == "clouds":
        cover = np.clip(0.25 + 0.55 * noise(rng, "cloud", S, S, 6) + 0.25 * noise(rng, "rough", S, S, 2), 0, 0.9)
        pixels = pixels + cover[..., None] * (np.float32((240, 241, 244)) * rng.uniform(0.75, 1) - pixels)
    return pixels
