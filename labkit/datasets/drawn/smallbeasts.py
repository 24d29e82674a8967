"""Birds and frogs for the small scenes."""

import numpy as np

from labkit.datasets.drawn.paint import hsv

_BLACK = np.array([20, 18, 18], np.float32)
BIRD_VIEWS = ("perched", "perched", "flying", "swimming", "wading", "running", "portrait")
FROG_VIEWS = ("sitting", "sitting", "face", "above", "above")


def bird(rng, sheet, look):
    """Songbird, gull, duck, heron, ostrich; return its colour."""
    view = rng.choice(BIRD_VIEWS)
    look["view"] = view
    hue, saturation, value = rng.choice(
        (
            (0.08, 0.45, 0.45),
            (0.6, 0.05, 0.4),
            (0.07, 0.55, 0.6),
            (0.13, 0.75, 0.8),
            (0.58, 0.6, 0.55),
            (0.0, 0.75, 0.65),
            (0.6, 0.03, 0.9),
            (0.6, 0.1, 0.14),
            (0.2, 0.5, 0.5),
        )
    )
    coat = hsv(hue + rng.gauss(0, 0.015), saturation, value * rng.uniform(0.85, 1.15))
    belly = rng.choice((np.clip(coat * 1.4 + 20, 0, 245), np.float32((228, 222, 205)), hsv(0.06, 0.6, 0.75)))
    wing = coat * rng.uniform(0.5, 0.8)
    beak = hsv(rng.choice((0.1, 0.08, 0.12)), rng.uniform(0.1, 0.85), rng.uniform(0.25, 0.9))
    look["kind"] = view
    if view == "flying":
        _flying(rng, sheet, coat, belly, wing, beak)
    elif view == "swimming":
        sheet.curve(
            [(-0.55, 0.1), (-0.3, -0.12), (0.3, -0.16), (0.75, -0.26), (0.62, 0.1), (0.3, 0.26), (-0.35, 0.26)], coat
        )
        sheet.curve([(-0.25, -0.06), (0.3, -0.12), (0.62, -0.12), (0.3, 0.12), (-0.15, 0.1)], wing)
        tall = rng.uniform(0.2, 0.75)
        sheet.limb(
            [(-0.42, 0.08), (-0.5 - 0.1 * tall, -0.12 - 0.3 * tall), (-0.46, -0.22 - 0.55 * tall)],
            (0.16, 0.09, 0.09),
            coat * rng.choice((1, 0.6)),
        )
        _bird_head(rng, sheet, -0.48, -0.28 - 0.55 * tall, 0.13, coat * rng.choice((1, 0.55)), beak, 0.24)
    elif view in ("wading", "running"):
        big = view == "running"
        for k in (-1, 1):
            sway = rng.uniform(-0.12, 0.12)
            sheet.limb(
                [(0.12 * k + 0.05, 0.1), (0.12 * k + sway + 0.08, 0.5), (0.12 * k + sway, 0.95)],
                (0.06 if big else 0.03, 0.03, 0.025),
                beak * 0.7,
            )
            sheet.line([(0.12 * k + sway, 0.95), (0.12 * k + sway - 0.14, 0.96)], 0.035, beak * 0.7)
        sheet.curve(
            [(-0.4, -0.1), (-0.1, -0.34), (0.3, -0.3), (0.66, -0.04), (0.3, 0.2), (-0.15, 0.18)],
            coat if not big else coat * 0.6,
        )
        sheet.curve([(-0.1, -0.2), (0.3, -0.22), (0.62, 0.0), (0.25, 0.08)], wing * (0.7 if big else 1))
        bend = rng.uniform(0.05, 0.2)
        sheet.limb(
            [(-0.3, -0.12), (-0.42 - bend, -0.4), (-0.36 + bend * 0.5, -0.66), (-0.44, -0.86)],
            (0.12, 0.05, 0.045, 0.055),
            belly if big else coat,
        )
        _bird_head(rng, sheet, -0.46, -0.9, 0.09, belly if big else coat, beak, 0.34 if not big else 0.16)
    elif view == "portrait":
        sheet.limb([(0.5, 1.2), (0.25, 0.5), (0.1, 0.0)], (0.75, 0.5, 0.36), coat)
        sheet.limb([(0.1, 1.2), (-0.02, 0.5)], (0.5, 0.25), belly)
        _bird_head(rng, sheet, 0.08, -0.14, 0.42, coat, beak, rng.uniform(0.5, 0.9))
    else:
        lean = rng.uniform(-25, 20)
        c, s = np.cos(np.radians(lean)), np.sin(np.radians(lean))

        def at(points):
            return np.asarray(points) @ np.array([[c, s], [-s, c]])

        for k in (0.0, 0.12):
            sheet.line(at([(0.02 + k, 0.3), (0.0 + k, 0.6)]), 0.04, beak * 0.6)
        sheet.line([(-1.2, 0.64), (1.2, 0.58 + rng.uniform(-0.15, 0.15))], rng.uniform(0.07, 0.16), (92, 74, 56))
        sheet.polygon(at([(0.35, 0.08), (0.95, 0.42), (0.86, 0.54), (0.28, 0.3)]), wing * 0.85)
        sheet.curve(
            at([(-0.42, -0.3), (-0.1, -0.38), (0.3, -0.1), (0.46, 0.2), (0.2, 0.4), (-0.16, 0.36), (-0.42, 0.1)]), coat
        )
        sheet.curve(at([(-0.44, -0.1), (-0.2, 0.0), (0.1, 0.3), (0.0, 0.38), (-0.2, 0.34), (-0.42, 0.12)]), belly)
        sheet.curve(at([(-0.16, -0.14), (0.2, -0.08), (0.62, 0.3), (0.3, 0.24), (-0.05, 0.12)]), wing)
        x, y = at([(-0.32, -0.38)])[0]
        _bird_head(rng, sheet, x, y, 0.23, coat * rng.choice((1, 1, 0.6)), beak, rng.uniform(0.12, 0.26))
    return coat


def _bird_head(rng, sheet, x, y, r, coat, beak, long):
    sheet.polygon([(x - r * 0.8, y - r * 0.3), (x - r * 0.85 - long, y + r * 0.25), (x - r * 0.8, y + r * 0.45)], beak)
    sheet.disc(x, y, r, coat)
    sheet.disc(x - r * 0.35, y - r * 0.15, r * 0.2, _BLACK)
    sheet.disc(x - r * 0.4, y - r * 0.2, r * 0.07, (240, 240, 240))


def _flying(rng, sheet, coat, belly, wing, beak):
    lift = rng.uniform(-0.9, 0.5)
    spread = rng.uniform(0.8, 1.05)
    for side in (-1, 1):
        shade = wing * (0.85 if side < 0 else 1.15)
        tip = (0.28 + side * 0.1, side * spread * (0.5 + 0.5 * abs(lift)))
        root = [(-0.22, side * 0.04), (0.28, side * 0.06)]
        elbow = (-0.12, side * spread * 0.5 - 0.18 * lift)
        sheet.curve([root[0], elbow, (tip[0], tip[1]), (0.42, side * spread * 0.45 - 0.05 * lift), root[1]], shade)
        for k in range(3):
            sheet.line(
                [(0.05 + 0.1 * k, side * 0.2), (0.22 + 0.07 * k, side * (0.55 + 0.1 * k) * spread)], 0.02, shade * 0.7
            )
    sheet.polygon([(0.4, -0.06), (0.85, -0.2), (0.92, 0.02), (0.82, 0.2), (0.4, 0.08)], wing * 0.9)
    sheet.curve(
        [(-0.5, 0.0), (-0.3, -0.13), (0.1, -0.14), (0.55, 0.0), (0.1, 0.14), (-0.3, 0.13)],
        belly if rng.random() < 0.5 else coat,
    )
    _bird_head(rng, sheet, -0.5, 0, 0.12, coat, beak, 0.16)


def frog(rng, sheet, look):
    """Tree frog, toad, poison frog; return its colour."""
    view = rng.choice(FROG_VIEWS)
    kind, (hue, saturation, value) = rng.choice(
        (
            ("green", (0.26, 0.65, 0.6)),
            ("green", (0.22, 0.7, 0.7)),
            ("brown", (0.09, 0.5, 0.5)),
            ("brown", (0.08, 0.35, 0.4)),
            ("olive", (0.17, 0.5, 0.45)),
            ("red", (0.03, 0.85, 0.8)),
            ("blue", (0.58, 0.7, 0.7)),
        )
    )
    look["view"], look["kind"] = view, kind
    coat = hsv(hue + rng.gauss(0, 0.015), saturation, value * rng.uniform(0.85, 1.15))
    belly = rng.choice((np.clip(coat * 1.3 + 30, 0, 245), np.float32((225, 215, 170))))
    dark = coat * 0.6
    eye = rng.choice(((210, 160, 40), (190, 60, 40), (180, 170, 120)))
    spots = rng.random() < 0.55
    if view == "sitting":
        sheet.curve([(0.1, 0.1), (0.5, -0.1), (0.86, 0.28), (0.7, 0.5), (0.2, 0.5)], dark)  # the thigh
        sheet.limb([(0.8, 0.3), (0.3, 0.52), (0.75, 0.6)], (0.1, 0.08, 0.06), dark * 1.1)
        sheet.curve(
            [
                (-0.78, 0.02),
                (-0.66, -0.28),
                (-0.3, -0.38),
                (0.2, -0.3),
                (0.66, 0.08),
                (0.72, 0.42),
                (0.3, 0.5),
                (-0.3, 0.44),
                (-0.66, 0.26),
            ],
            coat,
        )
        sheet.curve([(-0.76, 0.08), (-0.3, 0.16), (0.1, 0.3), (0.1, 0.48), (-0.3, 0.44), (-0.62, 0.28)], belly)
        sheet.limb([(-0.2, 0.28), (-0.36, 0.48), (-0.3, 0.64), (-0.46, 0.66)], (0.09, 0.07, 0.05, 0.04), coat * 0.85)
        sheet.curve([(0.2, 0.08), (0.6, 0.05), (0.82, 0.4), (0.4, 0.5), (0.2, 0.36)], coat * 0.92)
        if spots:
            for _ in range(6):
                sheet.disc(rng.uniform(-0.3, 0.6), rng.uniform(-0.2, 0.2), rng.uniform(0.03, 0.08), dark)
        sheet.line([(-0.78, 0.04), (-0.3, 0.1)], 0.03, dark * 0.6)
        sheet.disc(-0.44, -0.32, 0.16, coat * 1.05)
        sheet.disc(-0.46, -0.32, 0.11, eye)
        sheet.disc(-0.47, -0.32, 0.06, _BLACK)
    elif view == "face":
        for side in (-1, 1):
            sheet.limb([(side * 0.6, 0.3), (side * 0.8, 0.7), (side * 0.55, 0.9)], (0.16, 0.12, 0.08), dark)
        sheet.curve(
            [
                (-0.95, 0.2),
                (-0.75, -0.2),
                (-0.3, -0.42),
                (0.3, -0.42),
                (0.75, -0.2),
                (0.95, 0.2),
                (0.7, 0.62),
                (0, 0.76),
                (-0.7, 0.62),
            ],
            coat,
        )
        sheet.curve([(-0.88, 0.28), (0, 0.34), (0.88, 0.28), (0.62, 0.64), (0, 0.76), (-0.62, 0.64)], belly)
        sheet.line([(-0.9, 0.22), (-0.4, 0.3), (0, 0.32), (0.4, 0.3), (0.9, 0.22)], 0.04, dark * 0.5)
        for side in (-1, 1):
            sheet.disc(side * 0.5, -0.38, 0.26, coat * 1.06)
            sheet.disc(side * 0.52, -0.38, 0.18, eye)
            sheet.disc(side * 0.53, -0.38, 0.13, _BLACK, 0.08)
            sheet.disc(side * 0.12, 0.02, 0.03, dark * 0.5)
    else:
        for side in (-1, 1):
            sheet.limb(
                [(0.4, side * 0.2), (0.15, side * 0.62), (0.72, side * 0.5), (0.92, side * 0.78)],
                (0.14, 0.12, 0.08, 0.04),
                dark,
            )
            sheet.limb([(-0.3, side * 0.25), (-0.25, side * 0.6), (-0.55, side * 0.74)], (0.09, 0.07, 0.05), dark)
            for k in (-0.12, 0, 0.12):
                sheet.line([(0.9, side * 0.76), (1.02, side * 0.8 + k)], 0.035, dark)
                sheet.line([(-0.53, side * 0.73), (-0.66, side * 0.76 + k)], 0.035, dark)
        sheet.curve(
            [
                (-0.75, 0),
                (-0.62, -0.26),
                (-0.2, -0.36),
                (0.3, -0.32),
                (0.6, 0),
                (0.3, 0.32),
                (-0.2, 0.36),
                (-0.62, 0.26),
            ],
            coat,
        )
        sheet.limb([(-0.5, 0), (0.4, 0)], (0.05, 0.06), np.clip(coat * 1.3, 0, 255))
        if spots:
            for _ in range(8):
                sheet.disc(rng.uniform(-0.4, 0.4), rng.uniform(-0.25, 0.25), rng.uniform(0.04, 0.09), dark * 0.7)
        for side in (-1, 1):
            sheet.disc(-0.5, side * 0.22, 0.11, eye)
            sheet.disc(-0.52, side * 0.22, 0.06, _BLACK)
    return coat
