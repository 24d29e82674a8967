"""What the drawn paintings show: for every motif its colours and the direction in which a brush would follow it.

Each motif returns (colours float (512, 512, 3), 0 to 255; angle float (512, 512), radians).
"""

import numpy as np
from PIL import Image, ImageDraw
from scipy.ndimage import gaussian_filter

from labkit.datasets.drawn.paint import hsv, noise, rgb

SIDE = 512


def _axes():
    y, x = np.mgrid[0:SIDE, 0:SIDE].astype(np.float64) / SIDE
    return y, x


def _gradient(top, low, bend=1.0):
    y, _ = _axes()
    return top + (low - top) * (y**bend)[..., None]


def _lay(colours, mask, paint):
    return colours + mask[..., None] * (np.asarray(paint) - colours)


def _along(field):
    """Return the direction of the lines of equal height of a field."""
    dy, dx = np.gradient(gaussian_filter(field, 6))
    return np.arctan2(dx, -dy)


def night(rng):
    """A sky in whirls with stars, over hills and a village."""
    y, x = _axes()
    colours = _gradient(hsv(0.62, 0.85, rng.uniform(0.25, 0.45)), hsv(0.55, 0.55, rng.uniform(0.6, 0.8)))
    angle = 0.4 * np.sin(5 * x + rng.uniform(0, 6)) + 0.3 * np.sin(7 * y)
    vx, vy = np.cos(angle), np.sin(angle)
    for _ in range(rng.randint(3, 5)):  # whirls
        cx, cy, r = rng.uniform(0.1, 0.9), rng.uniform(0.08, 0.5), rng.uniform(0.09, 0.2)
        dx, dy = x - cx, y - cy
        pull = 3.2 * np.exp(-((dx**2 + dy**2) / r**2))
        far = np.hypot(dx, dy) + 1e-3
        vx, vy = vx - pull * dy / far, vy + pull * dx / far
        rings = 0.5 + 0.5 * np.sin(far / r * 9)
        colours = _lay(colours, 0.55 * rings * np.minimum(pull, 1), hsv(0.53, 0.25, 0.9))
    for k in range(rng.randint(7, 12)):  # stars and a moon
        cx, cy, r = rng.uniform(0.03, 0.97), rng.uniform(0.03, 0.5), rng.uniform(0.012, 0.03) * (2.4 if k == 0 else 1)
        far = np.hypot(x - cx, y - cy)
        colours = _lay(colours, 0.75 * np.exp(-((far / (2.6 * r)) ** 2)), hsv(0.14, 0.6, 0.92))
        colours = _lay(colours, np.clip((r - far) * 120, 0, 1), hsv(0.13, 0.45, 1.0))
        pull = 2 * np.exp(-((far / (3.5 * r)) ** 2))
        vx, vy = vx - pull * (y - cy) / (far + 1e-3), vy + pull * (x - cx) / (far + 1e-3)
    angle = np.arctan2(vy, vx)
    for k, base in enumerate((0.66, 0.76)):
        ridge = base + 0.05 * np.sin(4 * x + rng.uniform(0, 6)) + 0.03 * np.sin(9 * x + rng.uniform(0, 6))
        land = y > ridge
        colours = _lay(
            colours,
            land.astype(float),
            hsv(0.58 - 0.12 * k, 0.6, 0.32 - 0.06 * k) * (1 + 0.3 * np.sin(60 * (y - ridge)))[..., None],
        )
        angle = np.where(land, 0.3 * np.cos(4 * x), angle)
    image = Image.fromarray(np.clip(colours, 0, 255).astype(np.uint8))
    draw = ImageDraw.Draw(image)
    for _ in range(rng.randint(9, 16)):
        hx, hy, w = rng.uniform(0, SIDE), rng.uniform(0.8, 0.97) * SIDE, rng.uniform(16, 34)
        draw.rectangle((hx, hy, hx + w, hy + w * 0.7), fill=rgb(hsv(0.6, 0.4, rng.uniform(0.3, 0.55))))
        draw.polygon(
            (hx - 3, hy, hx + w + 3, hy, hx + w / 2, hy - w * 0.5), fill=rgb(hsv(rng.choice((0.03, 0.6)), 0.5, 0.35))
        )
        draw.rectangle((hx + w * 0.35, hy + 4, hx + w * 0.6, hy + w * 0.45), fill=(250, 214, 90))
    return np.asarray(image, float), angle


def field(rng):
    """A field of corn under a moving sky, with a row of trees."""
    y, x = _axes()
    colours = _gradient(hsv(0.58, 0.6, 0.75), hsv(0.52, 0.25, 0.95), 0.8)
    clouds = np.clip(noise(rng, "cloud", SIDE, SIDE) * 0.7 + 0.1, 0, 1)
    colours = _lay(colours, clouds * 0.9, (246, 244, 232))
    angle = _along(clouds)
    horizon = rng.uniform(0.38, 0.52) + 0.02 * np.sin(6 * x)
    land = y > horizon
    depth = np.clip((y - horizon) / 0.6, 0, 1)
    rows = 0.5 + 0.5 * np.sin((x - rng.uniform(0.3, 0.7)) / (0.06 + depth * 0.6) * 22)
    corn = hsv(0.12 + rng.gauss(0, 0.015), 0.75, 0.92) * (0.6 + 0.4 * rows)[..., None]
    colours = _lay(colours, land.astype(float), corn)
    angle = np.where(land, np.arctan2(0.4 + depth, (x - 0.5) * 1.5), angle)
    for _ in range(rng.randint(2, 5)):  # trees like flames
        cx, base, tall, wide = (
            rng.uniform(0.05, 0.95),
            rng.uniform(0.48, 0.7),
            rng.uniform(0.2, 0.5),
            rng.uniform(0.03, 0.07),
        )
        up = (base - y) / tall
        sway = cx + 0.02 * np.sin(9 * up)
        tree = (
            (np.abs(x - sway) < wide * np.sqrt(np.clip(up, 0, 1)) * np.clip(1.2 - up, 0, 1) * 1.5) & (up > 0) & (up < 1)
        )
        colours = _lay(
            colours, tree.astype(float), hsv(0.34, 0.7, 0.28) * (1 + 0.35 * np.sin(50 * (x - sway)))[..., None]
        )
        angle = np.where(tree, np.pi / 2 + 0.5 * np.sin(9 * up), angle)
    return colours, angle


def sea(rng):
    """Great waves with foam below a pale sky."""
    y, x = _axes()
    colours = _gradient(hsv(0.1, 0.18, 0.88), hsv(0.1, 0.08, 0.95))
    angle = np.zeros((SIDE, SIDE))
    mountain = y > 0.42 + np.abs(x - rng.uniform(0.4, 0.7)) * 0.9
    colours = _lay(colours, mountain * (y < 0.62), hsv(0.6, 0.3, 0.45))
    colours = _lay(colours, (mountain & (y < 0.48)).astype(float), (244, 244, 240))
    for k in range(5):
        base = 0.3 + 0.13 * k
        phase, long = rng.uniform(0, 6.3), rng.uniform(5, 9)
        high = 0.16 * (1 - 0.12 * k)
        crest = base + high * (1 - np.abs(np.sin(long / 2 * x + phase)) ** 0.6)
        crest = crest + 0.004 * noise(rng, "rough", 1, SIDE)
        below = y - crest
        wave = below > 0
        stripes = 0.5 + 0.5 * np.sin(below * 90 + 3 * np.sin(long * x + phase))
        blue = (
            hsv(0.6, 0.75, 0.25 + 0.07 * k)
            + (hsv(0.56, 0.4, 0.8) - hsv(0.6, 0.75, 0.25 + 0.07 * k)) * (stripes * np.exp(-below * 5))[..., None]
        )
        colours = _lay(colours, wave.astype(float), blue)
        foam = wave & (below < 0.03 + 0.035 * np.clip(noise(rng, "blobs", SIDE, SIDE), 0, 2))
        colours = _lay(colours, foam.astype(float), (244, 240, 226))
        angle = np.where(wave, np.arctan(np.gradient(gaussian_filter(crest, (0, 6)), axis=1) * SIDE), angle)
    return colours, angle


def flowers(rng):
    """A bunch of flowers in a vase on a table."""
    y, x = _axes()
    colours = _gradient(
        hsv(rng.choice((0.1, 0.12, 0.5, 0.58)), 0.28, 0.8), hsv(rng.choice((0.1, 0.08, 0.55)), 0.25, 0.65)
    )
    angle = 0.8 + 0.5 * np.asarray(noise(rng, "cloud", SIDE, SIDE), float)
    table = y > 0.76
    colours = _lay(colours, table.astype(float), hsv(0.07, 0.5, 0.5))
    angle = np.where(table, 0.0, angle)
    wide = 0.12 + 0.05 * np.sin((y - 0.6) * 11)
    vase = (np.abs(x - 0.5) < wide) & (y > 0.58) & (y < 0.9)
    hue = rng.random()
    colours = _lay(colours, vase.astype(float), hsv(hue, 0.35, 0.7) * (1 - 2.4 * (x - 0.44))[..., None])
    angle = np.where(vase, np.pi / 2, angle)
    main = rng.random()
    for k in range(rng.randint(16, 24)):
        a, r = rng.uniform(-1.35, 1.35), rng.uniform(0.04, 0.38)
        cx, cy = 0.5 + np.sin(a) * r * 0.9, 0.56 - np.cos(a) * r
        size = rng.uniform(0.05, 0.095)
        dx, dy = x - cx, y - cy
        far, turn = np.hypot(dx, dy) / size, np.arctan2(dy, dx)
        leaf = (far < 1.6) & (np.sin(turn * 2 + k) > 0.75)
        colours = _lay(colours, leaf.astype(float), hsv(0.33, 0.6, 0.35))
        petals = rng.randint(5, 14)
        bloom = far < 0.75 + 0.25 * np.cos(turn * petals)
        paint = hsv(main + rng.gauss(0, 0.07), rng.uniform(0.4, 0.9), rng.uniform(0.7, 1.0))
        colours = _lay(colours, bloom.astype(float), paint * (0.6 + 0.4 * np.clip(far, 0, 1))[..., None])
        colours = _lay(colours, (far < 0.28).astype(float), hsv(0.09, 0.8, rng.choice((0.3, 0.9))))
        angle = np.where(bloom | leaf, turn, angle)
    return colours, angle


def hills(rng):
    """Hills and houses at evening, in planes of colour."""
    y, x = _axes()
    hue = rng.choice((0.04, 0.08, 0.95, 0.55))
    colours = _gradient(hsv(hue + 0.5, 0.4, 0.6), hsv(hue, 0.6, 0.95))
    sun = np.hypot(x - rng.uniform(0.2, 0.8), y - rng.uniform(0.15, 0.35))
    colours = _lay(colours, np.exp(-((sun / 0.16) ** 2)), hsv(0.12, 0.4, 1.0))
    angle = _along(np.exp(-sun))
    for k in range(6):
        ridge = 0.34 + 0.1 * k + 0.07 * np.sin((3 + k) * x + rng.uniform(0, 6)) + 0.02 * noise(rng, "cloud", 1, SIDE)
        land = y > ridge
        paint = hsv(hue + rng.gauss(0.1 * k, 0.06), rng.uniform(0.35, 0.8), 0.75 - 0.09 * k + rng.uniform(-0.08, 0.08))
        colours = _lay(colours, land.astype(float), paint * (1 - 0.8 * np.clip(y - ridge, 0, 0.5))[..., None])
        angle = np.where(land, np.arctan(np.gradient(np.broadcast_to(ridge, (SIDE, SIDE)), axis=1) * SIDE), angle)
    image = Image.fromarray(np.clip(colours, 0, 255).astype(np.uint8))
    draw = ImageDraw.Draw(image)
    for _ in range(rng.randint(4, 10)):
        hx, hy, w = rng.uniform(0, 480), rng.uniform(0.62, 0.92) * SIDE, rng.uniform(24, 54)
        draw.rectangle(
            (hx, hy, hx + w, hy + w * 0.8), fill=rgb(hsv(0.1, rng.uniform(0.1, 0.4), rng.uniform(0.6, 0.95)))
        )
        draw.polygon(
            (hx - 5, hy, hx + w + 5, hy, hx + w * 0.7, hy - w * 0.5, hx + w * 0.2, hy - w * 0.5),
            fill=rgb(hsv(0.02, 0.7, 0.6)),
        )
    return np.asarray(image, float), angle


MOTIFS = {"night": night, "field": field, "sea": sea, "flowers": flowers, "hills": hills}
