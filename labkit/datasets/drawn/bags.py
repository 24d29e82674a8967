"""Bags, in the 112 x 112 frame of garments.py."""
# ruff: noqa: RUF005  (here + adds vectors, it does not join lists)

import numpy as np

from labkit.datasets.drawn.paint import flat, smooth


def both_sides(points):
    """Complete a right half, listed from top to bottom, to a whole outline."""
    points = np.asarray(points, float)
    return np.concatenate([points, (points * (-1, 1))[::-1]])


def bag(rng, draw, tone, look):
    """Handbag, shopper, clutch, satchel or rucksack."""
    kind = rng.choice(("handbag", "shopper", "clutch", "satchel", "rucksack", "hobo"))
    look["variant"] = ("handbag", "shopper", "clutch", "satchel", "rucksack", "hobo").index(kind)
    half = rng.uniform(38, 53) if kind not in ("rucksack", "shopper") else rng.uniform(28, 42)
    top = {"clutch": rng.uniform(24, 36), "rucksack": rng.uniform(14, 22)}.get(kind, rng.uniform(38, 52))
    bottom = rng.uniform(88, 106) if kind != "clutch" else rng.uniform(78, 92)
    lean = rng.uniform(-8, 6)
    look["cut"] = half / 56
    strap, dark = int(tone * rng.uniform(0.7, 1)), int(tone * 0.5)
    if kind in ("handbag", "shopper", "hobo"):
        high, wide = rng.uniform(3, 20), half * rng.uniform(0.3, 0.65)
        box = (56 - wide, high, 56 + wide, top * 2 - high + 12)
        draw.arc(box, 180, 360, fill=strap, width=rng.choice((3, 4, 6)))
        if rng.random() < 0.5:
            draw.arc((box[0] + 5, box[1] + 5, box[2] + 5, box[3]), 180, 360, fill=dark, width=3)
    elif kind == "satchel":
        draw.line((56 - half, top + 4, 56 - half - 1, bottom - 26), fill=strap, width=4)
        draw.arc((56 - half, top - 30, 56 + half, top + 34), 180, 360, fill=strap, width=3)
    elif kind == "rucksack":
        draw.arc((48, 4, 64, 28), 180, 360, fill=strap, width=4)
    belly = rng.uniform(0, 6) if kind != "hobo" else 9
    body = [
        (0.1, top + (6 if kind == "hobo" else 0)),
        (half - lean - 4, top + 0.5),
        (half - lean, top + 3),
        (half - lean * 0.3 + belly * 0.4, (top + bottom) / 2),
        (half, bottom - 5),
        (half - 5, bottom),
        (0.1, bottom + belly * 0.3),
    ]
    draw.polygon(flat(smooth(both_sides(body), 4) + (56, 0)), fill=int(tone), outline=int(tone * 0.75), width=2)
    if kind in ("satchel", "rucksack", "clutch") or rng.random() < 0.3:
        flap = top + (bottom - top) * rng.uniform(0.35, 0.6)
        draw.line((56 - half + 4, flap, 56 + half - 4, flap), fill=dark, width=2)
        draw.rectangle((52, flap - 4, 60, flap + 4), fill=int(min(255, tone * 1.3)), outline=dark)
    if kind in ("handbag", "shopper", "hobo"):
        draw.line((56 - half + lean + 3, top + 6, 56 + half - lean - 3, top + 6), fill=int(tone * 0.65), width=2)
    if kind == "rucksack":
        draw.rounded_rectangle((56 - half * 0.6, bottom - 34, 56 + half * 0.6, bottom - 6), 5, outline=dark, width=2)
    if rng.random() < 0.3:
        for side in (-1, 1):
            draw.line(
                (56 + side * half * 0.5, top + 4, 56 + side * half * 0.55, bottom - 3), fill=int(tone * 0.7), width=3
            )
