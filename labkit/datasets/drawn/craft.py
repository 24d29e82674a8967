"""Ships, turned solids on the water, and airplanes, drawn flat from three sides, for the small scenes."""

import numpy as np

from labkit.datasets.drawn.paint import hsv
from labkit.datasets.drawn.sheet import Solids
from labkit.datasets.drawn.vehicles import DARK, GLASS, paintwork, view_name


def ship(rng, sheet, look, yaw):
    """Freighter, cruise ship, warship, tug, motor boat or sailing boat; the water line is at y = 0."""
    kind = rng.choice(("freighter", "cruise", "warship", "tug", "motor boat", "sailing"))
    look["kind"], look["view"] = kind, view_name(yaw)
    colour = {
        "cruise": np.float32((238, 240, 244)),
        "warship": np.float32((128, 136, 142)),
        "motor boat": np.float32((236, 238, 240)),
    }.get(kind, paintwork(rng))
    s = Solids(sheet, yaw * 0.75, rng.uniform(4, 12))
    wide = {"sailing": 0.2, "motor boat": 0.3, "tug": 0.3}.get(kind, 0.18)
    deck_z = {"sailing": 0.16, "motor boat": 0.3, "tug": 0.34, "cruise": 0.3}.get(kind, 0.26) * rng.uniform(0.9, 1.1)
    deck = [
        (-1.0, 0, deck_z * 1.35),
        (-0.6, -wide * 0.85, deck_z * 1.1),
        (0.0, -wide, deck_z),
        (0.95, -wide * 0.85, deck_z),
        (0.95, wide * 0.85, deck_z),
        (0.0, wide, deck_z),
        (-0.6, wide * 0.85, deck_z * 1.1),
    ]
    keel = [(x * 0.88 + 0.03, y * 0.75, 0.0) for x, y, _ in deck]
    band = rng.choice((colour * 0.6, np.float32((140, 40, 36)), colour))
    for i in range(len(deck)):
        j = (i + 1) % len(deck)
        edge = np.subtract(deck[j], deck[i])
        out = np.array([edge[1], -edge[0], 0.0])
        out /= max(np.linalg.norm(out), 1e-9)
        if out @ (np.add(deck[i], deck[j]) / 2 - (0.0, 0, deck_z)) < 0:
            out = -out
        s.face([keel[i], keel[j], deck[j], deck[i]], colour, out)
        s.face(
            [
                keel[i],
                keel[j],
                0.75 * np.array(keel[j]) + 0.25 * np.array(deck[j]),
                0.75 * np.array(keel[i]) + 0.25 * np.array(deck[i]),
            ],
            band,
            out,
        )
    s.face(deck, (150, 140, 125), np.array([0, 0, 1.0]))
    white = np.float32((232, 234, 236))

    def house(x0, x1, z0, z1, paint=white, rows=1):
        s.box(x0, x1, -wide * 0.7, wide * 0.7, z0, z1, paint)
        for r in range(rows):
            z = z0 + (z1 - z0) * (r + 0.45) / rows
            s.side(
                [
                    (x0 + 0.03, z),
                    (x1 - 0.03, z),
                    (x1 - 0.03, z + 0.35 * (z1 - z0) / rows),
                    (x0 + 0.03, z + 0.35 * (z1 - z0) / rows),
                ],
                s.near * wide * 0.72,
                GLASS,
            )

    if kind == "freighter":
        house(0.6, 0.85, deck_z, deck_z + rng.uniform(0.35, 0.5), rows=3)
        for k in range(6):
            if rng.random() < 0.8:
                x = -0.65 + 0.2 * k
                s.box(
                    x, x + 0.18, -wide * 0.8, wide * 0.8, deck_z, deck_z + rng.choice((0.12, 0.22, 0.3)), paintwork(rng)
                )
    elif kind == "cruise":
        z = deck_z
        for k in range(rng.randint(2, 4)):
            house(-0.6 + 0.08 * k, 0.85 - 0.05 * k, z, z + 0.14)
            z += 0.14
        s.box(0.2, 0.34, -0.06, 0.06, z, z + 0.18, paintwork(rng))
    elif kind == "warship":
        house(-0.25, 0.35, deck_z, deck_z + 0.2, colour, 1)
        house(-0.12, 0.15, deck_z + 0.2, deck_z + 0.36, colour, 1)
        s.box(-0.62, -0.45, -0.07, 0.07, deck_z, deck_z + 0.1, colour)
        sheet.line(s.seen([(-0.6, 0, deck_z + 0.08), (-0.8, 0, deck_z + 0.12)]), 0.03, colour * 0.7)
        sheet.line(s.seen([(0.02, 0, deck_z + 0.3), (0.02, 0, deck_z + 0.85)]), 0.03, colour * 0.7)
    elif kind == "tug":
        house(-0.3, 0.25, deck_z, deck_z + 0.28)
        house(-0.2, 0.1, deck_z + 0.28, deck_z + 0.5)
        s.box(0.2, 0.36, -0.08, 0.08, deck_z, deck_z + 0.5, paintwork(rng))
        sheet.line(s.seen([(-0.05, 0, deck_z + 0.4), (-0.05, 0, deck_z + 0.95)]), 0.025, (60, 50, 45))
    elif kind == "motor boat":
        s.extrude(
            [(-0.35, deck_z), (-0.1, deck_z + 0.3), (0.45, deck_z + 0.28), (0.6, deck_z)],
            -wide * 0.7,
            wide * 0.7,
            colour,
            {0: GLASS},
        )
        s.side(
            [(-0.2, deck_z + 0.06), (-0.06, deck_z + 0.24), (0.4, deck_z + 0.22), (0.48, deck_z + 0.06)],
            s.near * wide * 0.72,
            GLASS,
        )
    else:
        mast, top = -0.1, rng.uniform(1.3, 1.6)
        cloth = rng.choice((white, white, paintwork(rng)))
        full = wide * rng.uniform(-0.9, 0.9)
        s.face([(mast + 0.03, 0, deck_z + 0.08), (0.85, full, deck_z + 0.12), (mast + 0.03, 0, top)], cloth)
        s.face(
            [(mast - 0.04, 0, top * 0.92), (-0.98, 0, deck_z + 0.08), (mast - 0.02, full * 0.7, deck_z + 0.15)],
            cloth * 0.88,
        )
        sheet.line(s.seen([(mast, 0, deck_z), (mast, 0, top + 0.05)]), 0.025, (90, 70, 55))
    return colour


def airplane(rng, sheet, look, yaw):
    """Airliner, jet fighter, propeller plane or biplane, from the side, from below, or from ahead."""
    kind = rng.choice(("airliner", "airliner", "fighter", "propeller", "biplane"))
    view = rng.choice(("side", "side", "below", "below", "front"))
    look["kind"], look["view"] = kind, view
    colour = {
        "airliner": rng.choice((np.float32((236, 238, 242)), np.float32((200, 205, 212)))),
        "fighter": hsv(0.58, rng.uniform(0, 0.2), rng.uniform(0.35, 0.65)),
    }.get(kind, paintwork(rng))
    dark, accent = colour * 0.62, paintwork(rng)
    if view == "side":
        thin = {"airliner": 0.12, "fighter": 0.1}.get(kind, 0.14)
        sheet.polygon([(0.1, -0.02), (0.42, -0.3), (0.56, -0.28), (0.36, -0.02)], dark)  # the far wing
        sheet.curve(
            [
                (-1, 0.02),
                (-0.88, -thin * 0.7),
                (-0.6, -thin),
                (0.4, -thin),
                (1.0, -thin * 0.9),
                (1.0, -thin * 0.5),
                (0.5, thin * 0.8),
                (-0.6, thin),
                (-0.92, thin * 0.6),
            ],
            colour,
        )
        sheet.polygon([(0.62, -thin), (0.86, -0.5), (1.02, -0.5), (0.98, -thin * 0.8)], accent)
        sheet.polygon([(0.72, -0.06), (1.04, -0.12), (1.12, -0.08), (0.92, 0.0)], dark)
        if kind == "airliner":
            sheet.line([(-0.7, -0.03), (0.6, -0.03)], 0.035, GLASS)
            sheet.line([(-0.95, 0.05), (0.7, 0.05)], 0.04, accent)
            sheet.polygon([(-0.94, -0.04), (-0.84, -0.08), (-0.8, -0.03), (-0.9, -0.01)], GLASS)
            sheet.polygon([(-0.18, 0.06), (0.3, 0.4), (0.46, 0.42), (0.26, 0.05)], colour * 0.8)
            sheet.disc(-0.06, 0.2, 0.14, dark, 0.07)
        elif kind == "fighter":
            sheet.polygon([(-1.25, 0.04), (-0.9, -0.05), (-0.9, 0.08)], colour)
            sheet.curve([(-0.62, -0.09), (-0.5, -0.2), (-0.2, -0.18), (-0.05, -0.09)], GLASS)
            sheet.polygon([(-0.2, 0.03), (0.6, 0.24), (0.78, 0.22), (0.62, 0.02)], dark)
        else:
            sheet.curve([(-0.4, -0.12), (-0.3, -0.28), (0.1, -0.26), (0.2, -0.12)], GLASS)
            sheet.polygon([(-0.4, -0.02), (-0.1, 0.16), (0.1, 0.18), (0.1, 0.0)], dark)
            if kind == "biplane":
                sheet.polygon([(-0.5, -0.42), (0.15, -0.36), (0.15, -0.3), (-0.5, -0.36)], accent)
                for x in (-0.4, 0.05):
                    sheet.line([(x, -0.36), (x + 0.05, 0.0)], 0.03, DARK)
            sheet.line([(-1.03, -0.26), (-1.03, 0.28)], 0.035, (70, 66, 60))
            sheet.line([(-0.35, 0.12), (-0.4, 0.32)], 0.035, DARK)
            sheet.disc(-0.4, 0.34, 0.09, DARK)
    elif view == "below":
        sweep = {"airliner": 0.42, "fighter": 0.55}.get(kind, 0.04)
        span, chord = (
            {"airliner": 0.95, "fighter": 0.6}.get(kind, 0.95),
            {"airliner": 0.3, "fighter": 0.7}.get(kind, 0.26),
        )
        root = -0.22 if kind != "fighter" else -0.35
        for side in (-1, 1):
            paint = colour * (0.78 if side < 0 else 0.95)
            sheet.polygon(
                [
                    (root, 0),
                    (root + sweep, side * span),
                    (root + sweep + chord * 0.35, side * span),
                    (root + chord * 1.3, 0),
                ],
                paint,
            )
            sheet.polygon([(0.72, 0), (0.95, side * 0.36), (1.06, side * 0.36), (0.98, 0)], paint)
            if kind == "airliner":
                sheet.limb([(-0.12, side * 0.34), (0.06, side * 0.34)], (0.06, 0.05), dark)
        sheet.curve(
            [
                (-1.0, 0),
                (-0.86, -0.09),
                (-0.4, -0.11),
                (0.4, -0.1),
                (1.0, -0.03),
                (1.0, 0.03),
                (0.4, 0.1),
                (-0.4, 0.11),
                (-0.86, 0.09),
            ],
            colour,
        )
        sheet.disc(-0.78, 0, 0.09, GLASS, 0.05)
        if kind in ("propeller", "biplane"):
            sheet.line([(-1.02, -0.26), (-1.02, 0.26)], 0.04, (80, 76, 70))
        else:
            sheet.line([(0.6, 0), (1.0, 0)], 0.05, accent)
    else:
        droop = rng.uniform(-0.16, 0.02)
        for side in (-1, 1):
            sheet.polygon([(0, 0.02), (side * 1.0, droop), (side * 1.0, droop + 0.04), (0, 0.14)], colour * 0.85)
            if kind == "biplane":
                sheet.polygon([(0, -0.36), (side * 0.95, -0.4), (side * 0.95, -0.34), (0, -0.28)], accent)
                sheet.line([(side * 0.6, -0.36), (side * 0.6, 0.05)], 0.03, DARK)
            if kind == "airliner":
                sheet.disc(side * 0.4, 0.16, 0.09, dark)
                sheet.disc(side * 0.4, 0.16, 0.06, DARK)
            sheet.polygon([(0, -0.12), (side * 0.36, -0.16), (side * 0.36, -0.12), (0, -0.05)], dark)
            sheet.line([(side * 0.16, 0.1), (side * 0.2, 0.34)], 0.04, DARK)
        sheet.polygon([(-0.03, -0.6), (0.03, -0.6), (0.06, -0.1), (-0.06, -0.1)], accent)
        sheet.disc(0, 0, 0.19, colour)
        sheet.disc(0, -0.08, 0.12, GLASS, 0.04)
        if kind in ("propeller", "biplane"):
            sheet.line([(-0.2, -0.26), (0.2, 0.26)], 0.04, DARK)
            sheet.disc(0, 0, 0.06, accent)
    return colour
