"""Garments, shoes and bags, cut from smooth outlines and shaded as if they lay on black cloth.

Stands in for Fashion-MNIST: 28x28 grey on black, the ten classes in the official order. Outlines are drawn four times
finer; cloth, folds and prints are added on the way down.
"""
# ruff: noqa: RUF005  (here + adds vectors, it does not join lists)

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from labkit.datasets.drawn import footwear
from labkit.datasets.drawn.bags import bag, both_sides
from labkit.datasets.drawn.paint import flat, grid, noise, smooth

SHAPE = (28, 28, 1)
CLASSES = ("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot")
_FINE = 4
_S = 28 * _FINE  # outlines live in 112 x 112
_PRINTS = ("plain", "stripes", "bars", "check", "dots", "mottled", "blocks", "logo")


def picture(rng, label: int):
    """Draw one garment: (uint8 (28, 28, 1), factors)."""
    cloth = Image.new("L", (_S, _S))  # where there is cloth, and how bright each part of it is
    draw = ImageDraw.Draw(cloth)
    tone = min(max(rng.gauss(195, 52), 45), 252)
    look = {"garment": CLASSES[label], "tone": tone, "print": "plain", "sleeves": 0.0, "cut": 0.0, "variant": 0}
    if label in (0, 2, 3, 4, 6):
        _upper_body(rng, draw, label, tone, look)
    elif label == 1:
        _trousers(rng, draw, tone, look)
    elif label == 8:
        bag(rng, draw, tone, look)
    else:
        {5: footwear.sandal, 7: footwear.sneaker, 9: footwear.boot}[label](rng, draw, tone, look)
    pixels = np.asarray(cloth.filter(ImageFilter.BoxBlur(0.6)).reduce(_FINE), np.float32)
    cover = np.minimum(pixels / max(tone * 0.45, 1), 1)
    if label in (0, 1, 2, 3, 4, 6, 8):
        pixels = pixels * _printed(rng, label, look, cover)
    pixels = pixels * _folds(rng, cover)
    pixels = pixels + cover * rng.uniform(1, 5) * noise(rng, "fine", 28, 28)
    if label not in (5, 7, 9) and rng.random() < 0.5:  # shoes point to the left, as in the official set
        pixels = pixels[:, ::-1]
    return np.clip(pixels, 0, 255).astype(np.uint8)[..., None], look


def _folds(rng, cover):
    """Return the light on cloth: rounder at its edges, with soft folds."""
    inner = (
        np.asarray(Image.fromarray((cover * 255).astype(np.uint8)).filter(ImageFilter.BoxBlur(1.5)), np.float32) / 255
    )
    round_ = 0.7 + 0.3 * np.clip(inner * 1.6 - 0.5, 0, 1)
    soft = noise(rng, "cloud", 28, 28, 3) * rng.uniform(0.02, 0.08) + noise(rng, "rough", 28, 28, 2) * rng.uniform(
        0, 0.06
    )
    return round_ * (1.02 + soft)


def _printed(rng, label, look, cover):
    """Return the factors of a print on the cloth, (28, 28)."""
    weights = {1: (80, 3, 0, 1, 1, 10, 0, 0), 6: (48, 6, 8, 20, 4, 10, 2, 0), 4: (72, 0, 2, 5, 1, 10, 10, 0)}
    kind = rng.choices(_PRINTS, weights.get(label, (56, 10, 2, 4, 2, 9, 5, 12)))[0]
    look["print"] = kind
    y, x = grid(28, 28)
    strength = rng.uniform(0.25, 0.75) * (1 if look["tone"] > 110 else -1.2)
    period, phase = rng.uniform(0.14, 0.4), rng.random()
    if kind == "plain":
        return 1.0
    if kind == "stripes":
        area = ((y / period + phase) % 1 < 0.45) & ((y > -0.55) | (rng.random() < 0.7))
    elif kind == "bars":
        area = (x / (period * 0.7) + phase) % 1 < 0.4
    elif kind == "check":
        area = ((y / period) % 1 < 0.4) * 0.5 + ((x / period) % 1 < 0.4) * 0.5
    elif kind == "dots":
        area = ((x / period) % 1 - 0.5) ** 2 + ((y / period + 0.5 * np.floor(x / period)) % 1 - 0.5) ** 2 < 0.09
    elif kind == "mottled":
        area = np.clip(noise(rng, "rough", 28, 28, 4) * 0.9 + 0.3, 0, 1)
    elif kind == "blocks":
        area = y > rng.uniform(-0.4, 0.5)
    else:  # a logo or some letters on the chest
        wide, tall, high = rng.uniform(0.12, 0.34), rng.uniform(0.06, 0.3), rng.uniform(-0.4, 0)
        area = (np.abs(x) < wide) & (np.abs(y - high) < tall)
        area = area * np.clip(0.6 + 1.2 * noise(rng, "fine", 28, 28), 0, 1) if rng.random() < 0.7 else area
        if rng.random() < 0.4:
            area = area & ((x / wide) ** 2 + ((y - high) / tall) ** 2 < 1) if area.dtype == bool else area
    return np.clip(1 - strength * area, 0.15, 2.2)


def _upper_body(rng, draw, label, tone, look):
    """T-shirt, pullover, dress, coat or shirt: a body, two sleeves, a neck, and what closes it."""
    top = rng.uniform(2, 6)
    bottom = {
        0: rng.uniform(98, 110),
        2: rng.uniform(92, 110),
        3: 110.0,
        4: rng.uniform(96, 111),
        6: rng.uniform(98, 111),
    }[label]
    shoulder = {
        0: rng.uniform(25, 31),
        2: rng.uniform(25, 31),
        3: rng.uniform(14, 22),
        4: rng.uniform(24, 30),
        6: rng.uniform(24, 31),
    }[label]
    chest = shoulder - rng.uniform(0, 4)
    waist = chest - rng.uniform(-2, 5 if label in (0, 6) else 3)
    hem = chest + rng.uniform(-2, 5)
    if label == 3:
        waist, hem = chest - rng.uniform(0, 4), chest + rng.choice((rng.uniform(-2, 4), rng.uniform(6, 20)))
    neck = rng.uniform(9, 14) if label != 3 else rng.uniform(6, 11)
    slope = rng.uniform(6, 12)
    sleeve = {
        0: rng.choice((0.0, rng.uniform(16, 34), rng.uniform(16, 34), rng.uniform(16, 34))),
        2: rng.uniform(80, 98),
        3: rng.choice((0.0, 0.0, 0.0, rng.uniform(14, 30), rng.uniform(60, 75))),
        4: rng.uniform(82, 100),
        6: rng.choice((rng.uniform(20, 36), rng.uniform(78, 96), rng.uniform(78, 96))),
    }[label]
    spread = rng.uniform(4, 11) if sleeve > 50 else rng.uniform(10, 17)
    look.update(sleeves=sleeve / 112, cut=hem / 56)
    y0 = top + slope
    if sleeve:
        wide = rng.uniform(11, 15) if sleeve > 50 else rng.uniform(14, 20)
        long = sleeve
        tip = shoulder + spread + (2 if sleeve > 50 else 4)
        cuff = wide * (0.66 if sleeve > 50 else 0.95)
        arm = [
            (shoulder - 8, y0 - 4),
            (shoulder + 3, y0 + 3),
            (tip - 1 + cuff * 0.2, y0 + long * 0.45),
            (tip + cuff * 0.3, y0 + long),
            (tip - cuff * 0.75, y0 + long + rng.uniform(0, 3)),
            (tip - wide * 0.85, y0 + long * 0.5),
            (shoulder - 4, y0 + 18),
        ]
        shade = tone * rng.choice((0.92, 0.92, 1.0, 0.7))
        for side in (-1, 1):
            points = smooth([(56 + side * x, y) for x, y in arm], 5)
            draw.polygon(flat(points), fill=int(shade), outline=int(shade * 0.62), width=1)
        if sleeve > 50:  # cuffs
            for side in (-1, 1):
                a = (56 + side * (tip + cuff * 0.25), y0 + long - 5)
                b = (56 + side * (tip - cuff * 0.75), y0 + long - 3)
                draw.line((*a, *b), fill=int(shade * 0.75), width=2)
    body = [
        (neck * 0.5, top + rng.uniform(0, 2)),
        (neck, top),
        (shoulder * 0.92, y0 - 3),
        (shoulder, y0 + 3),
        (chest - (0 if sleeve else 3), y0 + 20),
        (waist, 58),
        (hem - 1, bottom - 12),
        (hem, bottom - 1),
        (hem * 0.5, bottom),
        (0.1, bottom + rng.uniform(-1, 1.5)),
    ]
    if label == 0 and not sleeve:  # straps
        body[2], body[3] = (neck + 5, y0), (neck + 6, y0 + 12)
    if label == 3 and not sleeve and rng.random() < 0.5:
        body[2], body[3] = (neck + 4, y0), (neck + 4, y0 + 8)
    outline = smooth(both_sides(body), 4) + (56, 0)
    draw.polygon(flat(outline), fill=int(tone))
    if sleeve > 50:  # the dark gap between arm and body
        for side in (-1, 1):
            draw.line(
                (56 + side * (chest + 0.5), y0 + 16, 56 + side * (waist + 0.5), 62), fill=int(tone * 0.5), width=2
            )
            draw.line((56 + side * (waist + 1), 62, 56 + side * (hem + 1), bottom - 4), fill=int(tone * 0.25), width=2)
    _neck_and_front(rng, draw, label, tone, look, (neck, top, bottom, chest, hem))


def _neck_and_front(rng, draw, label, tone, look, measures):
    neck, top, bottom, chest, hem = measures
    dark = int(tone * 0.5)
    depth = rng.choice((5, 7, 11, 18)) if label in (0, 3) else rng.choice((3, 5, 7))
    if label in (0, 2, 3) or (label == 6 and rng.random() < 0.25):
        pointed = rng.random() < 0.3
        if pointed:
            draw.polygon((56 - neck, top - 3, 56 + neck, top - 3, 56, top + depth * 1.5), fill=0)
        else:
            draw.ellipse((56 - neck, top - depth, 56 + neck, top + depth), fill=0)
            draw.arc(
                (56 - neck - 2, top - depth - 2, 56 + neck + 2, top + depth + 2), 0, 180, fill=int(tone * 0.72), width=3
            )
        if label == 2:  # ribbed hem, perhaps a hood
            draw.line((56 - hem, bottom - 6, 56 + hem, bottom - 6), fill=int(tone * 0.74), width=2)
            if rng.random() < 0.25:
                look["variant"] = 1
                draw.ellipse(
                    (56 - neck - 5, top - 4, 56 + neck + 5, top + 18), fill=int(tone * 0.86), outline=dark, width=2
                )
                draw.ellipse((56 - neck + 3, top, 56 + neck - 3, top + 10), fill=int(tone * 0.35))
    if label == 3 and rng.random() < 0.5:  # a waist, a skirt with folds
        look["variant"] = 1
        y = rng.uniform(42, 56)
        draw.line((56 - chest, y, 56 + chest, y), fill=int(tone * 0.55), width=rng.choice((2, 4)))
        for k in range(rng.randint(2, 5)):
            x = 56 + (k - 2) * chest * 0.42
            draw.line((x, y + 3, 56 + (x - 56) * hem / chest, bottom), fill=int(tone * 0.78), width=2)
    if label in (4, 6) and not (label == 6 and rng.random() < 0.2):
        collar = rng.uniform(7, 13) if label == 4 else rng.uniform(5, 9)
        draw.polygon(
            (56 - neck, top - 1, 56 + neck, top - 1, 56, top + collar * (1.9 if label == 4 else 1.1)),
            fill=int(tone * 0.32),
        )
        for side in (-1, 1):
            draw.polygon(
                (
                    56 + side * neck,
                    top - 2,
                    56 + side * 1.5,
                    top + collar * 1.2,
                    56 + side * (neck + 3),
                    top + collar * 1.5,
                ),
                fill=int(min(tone * 1.12, 255)),
                outline=dark,
            )
        kind = rng.choice(("buttons", "zip", "double")) if label == 4 else "buttons"
        look["variant"] = ("buttons", "zip", "double").index(kind)
        start = top + collar * (1.9 if label == 4 else 1.1)
        draw.line((56, start, 56, bottom), fill=int(tone * (0.35 if label == 4 else 0.7)), width=3 if label == 4 else 2)
        if kind != "zip":
            for y in np.arange(start + 5, bottom - 8, 13 if label == 4 else 10):
                for x in (59,) if kind == "buttons" else (50, 63):
                    draw.ellipse(
                        (x - 1.6, y - 1.6, x + 1.6, y + 1.6), fill=int(tone * 0.4) if tone > 100 else int(tone * 1.6)
                    )
        if label == 4:
            for side in (-1, 1):
                x, y = 56 + side * chest * 0.55, rng.uniform(66, 74)
                draw.line((x - 6, y, x + 6, y + side * rng.uniform(-2, 2)), fill=int(tone * 0.55), width=2)
            if rng.random() < 0.3:
                draw.line((56 - chest, 60, 56 + chest, 60), fill=int(tone * 0.5), width=4)
        elif rng.random() < 0.4:
            draw.rectangle((62, 34, 74, 46), outline=int(tone * 0.75))


def _trousers(rng, draw, tone, look):
    """Two legs, a waistband, a fly; wide, straight or narrow, sometimes short."""
    waist, hip = rng.uniform(13, 18), rng.uniform(17, 22)
    flare, gap, bottom = rng.uniform(-3.5, 4), rng.uniform(0.6, 4), rng.choice((110, 110, 110, rng.uniform(70, 100)))
    stance, crotch = rng.uniform(-1, 5), rng.uniform(38, 48)
    knee = rng.uniform(8, 11)
    look.update(cut=flare / 56, sleeves=bottom / 112)
    for side in (-1, 1):
        shade = tone * (1 if side < 0 else rng.uniform(0.88, 1))
        leg = [
            (0, 3),
            (waist, 2),
            (hip, 26),
            (hip - 1 + stance * 0.5, 56),
            (gap + stance + knee * 1.6 + flare, bottom - 1),
            (gap + stance + max(0, 2 - flare), bottom),
            (gap + 0.3 + stance * 0.5, 64),
            (0.4, crotch),
        ]
        shift = rng.uniform(-1, 1)
        points = np.array([(56 + side * x + shift * (y > 60), y) for x, y in leg])
        draw.polygon(flat(smooth(points, 4)), fill=int(shade))
        middle = (waist + hip) / 4
        draw.line(
            (56 + side * middle, 30, 56 + side * (middle + stance * 0.6), bottom - 4), fill=int(shade * 1.1), width=3
        )
        draw.line((56 + side * waist * 0.9, 10, 56 + side * (hip - 3), 20), fill=int(shade * 0.6), width=2)
    draw.line((56 - waist, 8, 56 + waist, 8), fill=int(tone * 0.68), width=2)
    draw.line((56, 8, 56, crotch), fill=int(tone * 0.55), width=2)
