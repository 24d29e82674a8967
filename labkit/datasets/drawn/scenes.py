"""Small scenes: an airplane, car, bird, cat, deer, dog, frog, horse, ship or truck where one would photograph it.

Stands in for CIFAR-10: 32x32x3, the official classes in the official order. The subject is drawn three times finer on a
transparent sheet, lit as if it were round, set into a background with its shadow, and photographed a little unsharply.
"""

import numpy as np
from PIL import Image, ImageFilter

from labkit.datasets.drawn import beasts, craft, smallbeasts, vehicles
from labkit.datasets.drawn.grounds import S, ground
from labkit.datasets.drawn.paint import grid, noise, photograph
from labkit.datasets.drawn.sheet import FINE, Sheet

SHAPE = (S, S, 3)
CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")

_PLACES = {
    "airplane": ("sky", "clouds", "sky", "clouds", "sunset", "runway", "runway"),
    "automobile": ("road", "road", "street", "street", "lawn", "studio", "sand", "snow", "wood"),
    "bird": ("leaves", "lawn", "sky", "meadow", "bark", "dry grass", "wood", "clouds"),
    "cat": ("room", "room", "sofa", "sofa", "lawn", "bark", "studio", "leaves", "night"),
    "deer": ("wood", "meadow", "dry grass", "lawn", "snow", "leaves"),
    "dog": ("room", "lawn", "lawn", "sofa", "sand", "snow", "studio", "leaves"),
    "frog": ("leaves", "leaves", "bark", "bark", "pond", "night", "studio"),
    "horse": ("meadow", "lawn", "dry grass", "sand", "snow", "wood", "road"),
    "ship": ("sea", "sea", "sea", "harbour", "harbour"),
    "truck": ("road", "road", "street", "sand", "snow", "studio", "lawn"),
}
# how far below the subject's middle its feet, wheels or water line are, as a share of its half width
_FEET = {
    "automobile": 0.0,
    "truck": 0.0,
    "ship": 0.0,
    "deer": 0.78,
    "horse": 0.8,
    "dog": 0.6,
    "cat": 0.5,
    "bird": 0.6,
    "frog": 0.6,
}


def picture(rng, label: int):
    """Draw one scene: (uint8 (32, 32, 3), factors)."""
    name = CLASSES[label]
    look = {"class": name, "view": "", "kind": "", "background": rng.choice(_PLACES[name])}
    scale, mirror = rng.uniform(0.72, 1.0), rng.random() < 0.5
    yaw = vehicles.turned(rng)
    horizon = rng.uniform(11, 19)
    sheet = Sheet(S * FINE)
    low = name in ("automobile", "truck", "ship")
    middle = rng.uniform(0.32, 0.6) if low else rng.gauss(0.0, 0.06)
    if name == "ship":
        middle = rng.uniform(0.1, 0.5)
    move = (rng.gauss(0, 0.08), middle)
    degrees = rng.gauss(0, 2.5) if name in _FEET else rng.gauss(0, 14)
    squash = 1.0
    if name in ("cat", "dog", "deer", "horse", "bird", "frog"):
        squash = rng.uniform(0.72, 1.0)  # turned a little towards the camera
        scale *= 1.08 if rng.random() < 0.7 else 0.85
    elif low and abs(yaw) > 55:
        scale *= 1.25
    sheet.place(scale, degrees, move, mirror, squash)
    drawers = {
        "airplane": craft.airplane,
        "automobile": vehicles.automobile,
        "ship": craft.ship,
        "truck": vehicles.truck,
    }
    if name in drawers:
        colour = drawers[name](rng, sheet, look, yaw)
    elif name in ("bird", "frog"):
        colour = getattr(smallbeasts, name)(rng, sheet, look)
    else:
        colour = beasts.beast(rng, sheet, look, name)
    _fit_background(look, name)
    paint, cover = sheet.finish()

    feet = (1 + move[1] + _FEET.get(name, 0) * scale * (0.45 if look["view"] == "lying" else 1)) * S / 2
    if name == "ship":
        horizon = min(feet - rng.uniform(1, 5), 22)
    pixels = ground(rng, look["background"], horizon)
    light = rng.choice((-1, 1)) * rng.uniform(0.3, 1)
    pixels = _shadow(rng, pixels, name, look, feet, move[0], scale, light)
    pixels = _set_in(rng, pixels, paint, cover, light, name)
    exposure, warmth = rng.uniform(0.8, 1.2), rng.gauss(0.02, 0.05)
    pixels = pixels * np.float32((exposure * (1 + warmth), exposure, exposure * (1 - warmth)))
    pixels = (pixels - 120) * rng.uniform(0.95, 1.25) + 118
    blur = min(abs(rng.gauss(0, 0.35)), 0.9)
    pixels = photograph(rng, pixels, blur, rng.uniform(0.5, 3))
    return pixels, {
        **look,
        "scale": scale,
        "mirror": int(mirror),
        "yaw": yaw if name in drawers and name != "airplane" else 0.0,
        "squash": squash,
        "red": float(colour[0]),
        "green": float(colour[1]),
        "blue": float(colour[2]),
        "light": light,
        "exposure": exposure,
        "blur": blur,
    }


def _fit_background(look, name):
    """Put the subject where its view makes sense."""
    view, place = look["view"], look["background"]
    if name == "bird":
        look["background"] = {
            "swimming": "pond",
            "flying": place if place in ("sky", "clouds") else "sky",
            "wading": "pond",
            "running": place if place in ("meadow", "dry grass", "lawn") else "dry grass",
        }.get(view, place)
    elif name == "airplane" and view == "below" and place == "runway":
        look["background"] = "clouds"
    elif view == "above":
        look["background"] = place if place != "pond" else "leaves"


def _shadow(rng, pixels, name, look, feet, x, scale, light):
    """Darken the ground below the subject, or mirror a ship's hull in the water."""
    if look["background"] in ("sky", "clouds", "sunset", "studio", "night", "leaves") or look["view"] in (
        "face",
        "portrait",
        "perched",
        "below",
    ):
        return pixels
    if name == "airplane":
        return pixels
    gy, gx = grid(S, S)
    centre = feet / S * 2 - 1
    wide, tall = (0.85 * scale, 0.09) if name not in ("ship",) else (0.9 * scale, 0.14)
    reach = ((gx - x - 0.12 * light) / wide) ** 2 + ((gy - centre - 0.02) / tall) ** 2
    return pixels * (1 - 0.55 * np.exp(-reach * 1.2))[..., None]


def _set_in(rng, pixels, paint, cover, light, name):
    """Lay the subject on the background, lit from one side as if it were round, with the texture of its coat."""
    inner = np.asarray(Image.fromarray((cover * 255).astype(np.uint8)).filter(ImageFilter.BoxBlur(2)), np.float32) / 255
    dy, dx = np.zeros_like(inner), np.zeros_like(inner)
    dx[:, 1:-1] = inner[:, 2:] - inner[:, :-2]
    dy[1:-1] = inner[2:] - inner[:-2]
    soft = name in ("bird", "cat", "deer", "dog", "frog", "horse")
    shade = 1 + (0.85 if soft else 0.35) * (dx * light + dy * 0.9)
    if soft:
        shade = (
            shade
            + rng.uniform(0.03, 0.09) * noise(rng, "fur", S, S, 2)
            + rng.uniform(0.01, 0.05) * noise(rng, "fine", S, S)
        )
    else:
        shade = shade + 0.04 * noise(rng, "rough", S, S, 2)
    return pixels + cover[..., None] * (paint * shade[..., None] - pixels)
