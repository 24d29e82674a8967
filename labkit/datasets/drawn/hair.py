"""Hair, beards and hats for the drawn heads."""

import numpy as np

from labkit.datasets.drawn.head import R, blob, over, step
from labkit.datasets.drawn.paint import hsv, noise

# hairline over the brow, its rise at the temples, half width of the opening, how far down the sides it goes,
# thickness on top and at the sides, waves; one row per style
_STYLES = {
    "bald": None,
    "receding": (-0.66, -0.35, 0.63, 0.1, 0.02, 0.02, 0.02),
    "cropped": (-0.56, 0.05, 0.62, 0.12, 0.03, 0.02, 0.02),
    "short": (-0.5, 0.15, 0.61, 0.15, 0.12, 0.06, 0.04),
    "parted": (-0.5, 0.25, 0.6, 0.18, 0.16, 0.08, 0.03),
    "swept": (-0.6, 0.1, 0.61, 0.12, 0.22, 0.05, 0.05),
    "fringe": (-0.26, 0.05, 0.57, 0.25, 0.16, 0.1, 0.05),
    "curly": (-0.46, 0.1, 0.58, 0.3, 0.25, 0.2, 0.16),
    "afro": (-0.5, 0.15, 0.6, 0.25, 0.42, 0.4, 0.1),
    "bob": (-0.45, 0.35, 0.52, 0.85, 0.16, 0.2, 0.04),
    "long": (-0.52, 0.4, 0.52, 1.6, 0.14, 0.16, 0.04),
    "long fringe": (-0.24, 0.05, 0.52, 1.6, 0.16, 0.2, 0.05),
    "long wavy": (-0.5, 0.35, 0.5, 1.6, 0.2, 0.28, 0.14),
    "tied back": (-0.58, 0.2, 0.63, 0.12, 0.06, 0.03, 0.02),
}
STYLES = tuple(_STYLES)
BEARDS = ("stubble", "moustache", "goatee", "full")


def hair(rng, head, pixels, style, colour, light, behind=False):
    """Draw the hair, either the part ``behind`` neck and ears, or the part in front of the head."""
    shape = _STYLES[style]
    if shape is None:
        return pixels
    line, temple, opening, down, top, side, wave = shape
    long = down > 0.5
    if behind and not long:
        return pixels
    x, y = head.x, head.y
    rough = noise(rng, "rough", R, R)
    curls = noise(rng, "blobs", R, R, 2)
    outline = np.float32(wave) * (0.8 * curls + 0.2 * rough)
    above = step(-y, 0.8)
    wide = 0.76 + side + 0.02 * above + (0.05 * np.clip(y, 0, 1) if long else 0)
    r = np.sqrt((x / wide) ** 2 + (np.minimum(y, 0) / (1.02 + top)) ** 2)
    ends = step(np.float32(down) - y + 0.1 * rough, 0.08)
    if behind:
        mask = step(1 - r + outline, 0.06) * ends
        cover = mask
        dim = 0.5
    else:
        mask = step(1 - r + outline, 0.05)
        u, v, w = head.u, head.v, np.abs(head.u)
        lean = 0.16 if style in ("parted", "swept") else 0.0
        brow = (
            line
            + temple * 2.0 * np.maximum(w - 0.25, 0) ** 1.3
            + lean * u
            + 0.012 * rough
            + (0.015 + 0.15 * wave) * curls
        )
        if style == "parted":
            brow = brow - 0.12 * np.exp(-(((u - 0.22) / 0.1) ** 2))
        face = np.minimum(v - brow, (np.float32(opening) - w) * 1.4 + 0.012 * rough + 0.25 * np.maximum(v - 0.3, 0))
        # sides end above the ears unless the hair is long; outside the head only hair that stands out is left
        open_ = step(face, 0.06)
        inside = head.mask * open_ * step(head.front + 0.15, 0.1)
        cover = mask * (1 - inside) * ends
        if not long:
            cover = cover * step(np.float32(down) - v * head.mask - y * (1 - head.mask) + 0.015 * rough, 0.07)
        dim = 1.0
    strands = noise(rng, "fur", R, R, 2, turn=True) * 0.07 + noise(rng, "fur", R, R, turn=True) * 0.05 + 0.05 * rough
    (lx, ly, _), hard = light
    bulge = np.sqrt(np.maximum(1 - np.minimum(r, 1) ** 2, 0.02))
    lit = 0.5 + 0.35 * bulge + hard * 0.4 * (lx * x - ly * 0.6 * np.maximum(-y, 0))
    gleam = 0.12 * hard * np.exp(-(((y + 0.75 + 0.3 * x * x) / 0.14) ** 2)) * (1 + 2 * strands)
    tone = np.float32(colour) * (dim * lit * (1 + strands * (1.6 if wave > 0.1 else 1.2)))[..., None]
    return over(pixels, cover, tone + (gleam * dim)[..., None] * np.float32((0.9, 0.8, 0.7)))


def beard(rng, head, face, colour, kind, hair_colour):
    """Grow a beard on the skin."""
    if kind == "none":
        return colour
    u, v, w = head.u, head.v, np.abs(head.u)
    m = face["mouth_v"]
    rough = noise(rng, "grain", R, R)
    lip = blob(w, v, 0.1, m - 0.11, 0.13, 0.05)
    moustache = step(lip - 0.45, 0.35) * step(v - face["nose_length"] - 0.06, 0.05)
    jaw = step(v - 0.24 - 0.55 * np.clip(0.62 - w, 0, 0.4) + 0.015 * rough, 0.2)
    jaw = np.maximum(
        jaw * step(w - 0.2 + 0.5 * np.maximum(v - m + 0.02, 0), 0.12), step(v - m - 0.14, 0.08) * step(0.7 - w, 0.1)
    )
    chin = step(blob(u, v, 0, m + 0.24, 0.2, 0.16) - 0.42, 0.25)
    around = np.maximum(moustache, np.maximum(chin, step(0.035 - np.abs(w - 0.25), 0.05) * step(v - m + 0.1, 0.08)))
    area = {
        "stubble": np.maximum(jaw, moustache),
        "moustache": moustache,
        "goatee": around,
        "full": np.maximum(jaw, np.maximum(around, moustache)),
    }[kind]
    mouth = blob(u, v, 0, m + 0.01, face["mouth_width"], 0.055)
    area = area * (1 - step(mouth - 0.5, 0.3))
    strength = rng.uniform(0.2, 0.45) if kind == "stubble" else rng.uniform(0.75, 0.95)
    tone = np.float32(hair_colour) * (0.85 + 0.25 * rough)[..., None] * (1 if kind != "stubble" else 0.7)
    return over(colour, np.clip(area * strength * (1 + 0.15 * rough), 0, 1), tone)


def hat(rng, head, pixels, kind, light):
    """Put a hat on."""
    colour = np.float32(hsv(rng.random(), rng.uniform(0.05, 0.55), rng.uniform(0.1, 0.65)) / 255)
    x, y, u, v = head.x, head.y, head.u, head.v
    edge = -0.5 if kind == "cap" else -0.42
    low = np.where(head.mask > 0.5, v, y)
    crown = step(1 - np.sqrt((x / 0.86) ** 2 + (np.minimum(y + 0.1, 0) / 1.1) ** 2), 0.04) * step(
        edge - low + 0.06 * u * u, 0.03
    )
    knit = 0.14 * np.sin(70 * x) * np.sin(3 + 60 * y) if kind == "beanie" else 0.05 * noise(rng, "rough", R, R)
    lit = 0.55 + 0.4 * np.sqrt(np.maximum(1 - x * x, 0)) * (0.6 - 0.4 * y) + 0.4 * light[1] * light[0][0] * x
    pixels = over(pixels, crown, colour * (lit * (1 + knit))[..., None])
    if kind == "cap":
        shadow = step(v - edge, 0.1) * step(edge + 0.42 - v, 0.3) * head.mask
        pixels = pixels * (1 - 0.4 * shadow[..., None])
        shift = x - 0.35 * np.float32(head.turn[0, 2] * -1)
        brim = step(1 - (shift / 0.74) ** 2 - ((y - edge - 0.02) / 0.17) ** 2, 0.15) * step(
            y - edge + 0.1 - 0.1 * shift * shift, 0.04
        )
        pixels = over(pixels, brim, colour * 0.6 * (0.8 + 0.5 * step(edge + 0.05 - y, 0.15))[..., None])
    else:
        cuff = crown * step(low - edge + 0.2, 0.03)
        pixels = over(pixels, cuff * 0.5, colour * 1.25)
    return pixels
