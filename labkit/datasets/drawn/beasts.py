"""Four-legged animals for the small scenes: cat, deer, dog and horse, from the side or face to face."""
# ruff: noqa: RUF005  (here + adds vectors, it does not join lists)

import numpy as np

from labkit.datasets.drawn.beastfaces import close_up, sitting
from labkit.datasets.drawn.paint import hsv

# body length and depth, leg length, neck length, angle and thickness, head length and depth; half body lengths
_BUILD = {
    "horse": {
        "body": 0.62,
        "depth": 0.25,
        "leg": 0.66,
        "neck": 0.5,
        "angle": 52,
        "thick": 0.14,
        "head": 0.32,
        "muzzle": 0.1,
    },
    "deer": {
        "body": 0.5,
        "depth": 0.2,
        "leg": 0.66,
        "neck": 0.42,
        "angle": 62,
        "thick": 0.09,
        "head": 0.22,
        "muzzle": 0.07,
    },
    "dog": {
        "body": 0.56,
        "depth": 0.22,
        "leg": 0.46,
        "neck": 0.24,
        "angle": 48,
        "thick": 0.14,
        "head": 0.3,
        "muzzle": 0.11,
    },
    "cat": {
        "body": 0.56,
        "depth": 0.2,
        "leg": 0.36,
        "neck": 0.14,
        "angle": 38,
        "thick": 0.13,
        "head": 0.19,
        "muzzle": 0.1,
    },
}
_COATS = {
    "horse": (
        (0.06, 0.6, 0.42),
        (0.05, 0.65, 0.3),
        (0.08, 0.5, 0.6),
        (0.07, 0.3, 0.16),
        (0.1, 0.05, 0.85),
        (0.08, 0.1, 0.55),
    ),
    "deer": ((0.08, 0.5, 0.55), (0.07, 0.55, 0.45), (0.09, 0.4, 0.62), (0.07, 0.35, 0.32)),
    "dog": (
        (0.08, 0.5, 0.6),
        (0.07, 0.3, 0.14),
        (0.1, 0.08, 0.9),
        (0.06, 0.55, 0.4),
        (0.1, 0.35, 0.78),
        (0.6, 0.05, 0.4),
    ),
    "cat": (
        (0.08, 0.62, 0.72),
        (0.08, 0.25, 0.45),
        (0.6, 0.03, 0.15),
        (0.6, 0.04, 0.55),
        (0.1, 0.05, 0.92),
        (0.09, 0.35, 0.68),
    ),
}
_VIEWS = {
    "horse": ("standing", "walking", "walking", "grazing", "portrait"),
    "deer": ("standing", "standing", "walking", "grazing", "lying", "portrait"),
    "dog": ("standing", "walking", "sitting", "lying", "face", "face"),
    "cat": ("standing", "walking", "sitting", "lying", "face", "face"),
}
_BLACK = np.array([22, 20, 20], np.float32)


def beast(rng, sheet, look, name):
    """Draw one of the four; return its colour."""
    view = rng.choice(_VIEWS[name])
    hue, saturation, value = rng.choice(_COATS[name])
    coat = hsv(hue + rng.gauss(0, 0.008), saturation + rng.gauss(0, 0.05), value * rng.uniform(0.85, 1.15))
    second = rng.choice((coat * 0.75, np.clip(coat * 1.35 + 12, 0, 250), np.float32((235, 232, 226))))
    look["view"], look["kind"] = view, "patched" if rng.random() < 0.3 else "plain"
    build = {key: number * rng.uniform(0.92, 1.08) for key, number in _BUILD[name].items()}
    if view == "face":
        close_up(rng, sheet, name, coat, second, look)
    elif view == "sitting":
        sitting(rng, sheet, name, coat, second, look)
    elif view == "portrait":
        _portrait(rng, sheet, name, coat, second)
    else:
        _side(rng, sheet, name, view, build, coat, second, look)
    return coat


def _side(rng, sheet, name, view, b, coat, second, look):
    lying = view == "lying"
    hip, shoulder = np.array([b["body"] * 0.85, -0.05]), np.array([-b["body"] * 0.85, -0.08])
    leg = b["leg"] * (0.3 if lying else 1)
    ground = b["depth"] * 0.6 + leg
    swing = rng.uniform(0.5, 1.3) if view == "walking" else rng.uniform(0, 0.25)
    phase = rng.uniform(0, 6.3)
    hoofed = name in ("horse", "deer")
    thick = {"horse": 0.06, "deer": 0.042, "dog": 0.06, "cat": 0.055}[name]
    foot_colour = _BLACK if hoofed or rng.random() < 0.3 else second

    def legs(near):
        shade = coat * (1.0 if near else 0.68)
        for k, root in enumerate((shoulder, hip)):
            a = swing * 0.45 * np.sin(phase + 3.1 * k + (0 if near else 2.4))
            x, y = root + (0.04 if near else -0.05, b["depth"] * 0.4)
            if lying:
                sheet.limb(
                    [(x, y), (x - 0.16, y + leg * 0.5), (x - 0.42, ground - 0.02)],
                    (thick * 1.5, thick, thick * 0.8),
                    shade,
                )
                continue
            knee = (x + leg * 0.5 * np.sin(a) + (0.07 if k else -0.02), y + leg * 0.45)
            foot = (x + leg * np.sin(a), ground - 0.05 * abs(np.sin(a)))
            sheet.limb([(x, y - 0.06), knee, foot], (thick * (2.0 if k else 1.6), thick * 0.95, thick * 0.7), shade)
            sheet.disc(foot[0] - 0.02, foot[1], thick * 0.85, np.asarray(foot_colour) * (1 if near else 0.7))

    def tail():
        if name == "horse":
            sheet.limb([hip + (0.1, -0.12), hip + (0.26, 0.1), hip + (0.24, 0.5)], (0.05, 0.08, 0.03), coat * 0.45)
        elif name == "deer":
            sheet.limb([hip + (0.1, -0.12), hip + (0.17, -0.02)], (0.04, 0.03), (240, 238, 232))
        elif name == "dog":
            up = rng.uniform(-0.4, 0.25)
            sheet.limb(
                [hip + (0.08, -0.08), hip + (0.26, -0.1 + up * 0.6), hip + (0.36, -0.1 + up)],
                (0.05, 0.045, 0.03),
                coat * 0.92,
            )
        else:
            up = rng.uniform(-0.55, 0.3)
            sheet.limb(
                [hip + (0.08, -0.06), hip + (0.34, 0.02), hip + (0.46, up * 0.6), hip + (0.4, up)],
                (0.045, 0.04, 0.038, 0.035),
                coat * 0.85,
            )

    legs(False)
    tail()
    d = b["depth"]
    sheet.limb(
        [hip + (0.02, 0.0), (0.05, 0.03), shoulder + (0.02, 0.04)],
        (d * 0.92, d * 0.84 if name != "dog" else d * 0.74, d),
        coat,
    )
    sheet.limb(
        [(hip[0] * 0.8, d * 0.5), (shoulder[0] * 0.8, d * 0.6)], (d * 0.3, d * 0.3), coat * 0.8
    )  # the belly lies in shade
    if look["kind"] == "patched":
        for _ in range(3):
            sheet.disc(
                rng.uniform(-0.4, 0.4),
                rng.uniform(-0.12, 0.08),
                rng.uniform(0.08, 0.16),
                second,
                rng.uniform(0.06, 0.13),
            )
    if name == "cat" and rng.random() < 0.5:
        for x in np.linspace(-0.4, 0.45, 6):
            sheet.line([(x, -d), (x + 0.03, -d * 0.1)], 0.035, coat * 0.6)
    if name == "deer" and rng.random() < 0.4:
        for _ in range(10):
            sheet.disc(rng.uniform(-0.4, 0.45), rng.uniform(-0.16, 0.05), 0.025, (235, 225, 205))
    legs(True)
    angle = b["angle"] if view != "grazing" else rng.uniform(-52, -38)
    angle = np.radians(angle + rng.gauss(0, 6))
    start = shoulder + (-0.04, -d * 0.35)
    poll = start + b["neck"] * np.array([-np.cos(angle), -np.sin(angle)])
    sheet.limb(
        [start + (0.1, d * 0.25), (start + poll) / 2 + (0, 0.01), poll],
        (b["thick"] * 1.6, b["thick"] * 1.05, b["thick"] * 0.8),
        coat,
    )
    if name == "horse":
        sheet.limb(
            [start + (0.12, -0.14), (start + poll) / 2 + (0.09, -0.06), poll + (0.05, -0.05)],
            (0.04, 0.07, 0.05),
            coat * 0.4,
        )
    _head(rng, sheet, name, poll, b, coat, second, down=view == "grazing")


def _head(rng, sheet, name, poll, b, coat, second, down):
    tilt = np.radians(rng.gauss(62 if down else {"horse": 38, "deer": 28, "dog": 14, "cat": 10}[name], 8))
    ahead = np.array([-np.cos(tilt), np.sin(tilt)])
    up = np.array([-ahead[1], ahead[0]])
    up = up if up[1] < 0 else -up
    long, deep = b["head"], b["muzzle"]
    nose = poll + ahead * long
    round_ = {"horse": 1.15, "deer": 1.1, "dog": 1.5, "cat": 1.7}[name]
    sheet.limb([poll, poll + ahead * long * 0.55, nose], (deep * round_, deep * 1.05, deep * 0.75), coat)
    if name in ("dog", "cat"):
        sheet.disc(*nose, deep * 0.6, second)
    sheet.disc(*(nose + ahead * deep * 0.5 + up * deep * 0.15), deep * 0.3, _BLACK)
    sheet.disc(*(poll + ahead * long * 0.3 + up * deep * 0.4), 0.028, _BLACK)
    back = poll + up * deep * round_ * 0.8
    if name == "dog" and rng.random() < 0.6:
        sheet.limb([back - ahead * 0.03, back - ahead * 0.07 - up * 0.16], (0.05, 0.055), coat * 0.62)
    else:
        tall = {"horse": 0.13, "deer": 0.16, "dog": 0.13, "cat": 0.13}[name]
        sheet.polygon([back - ahead * 0.07, back + up * tall - ahead * 0.05, back + ahead * 0.05], coat * 0.85)
    if name == "horse":
        sheet.limb([back + ahead * 0.02, poll + ahead * 0.12 + up * deep], (0.04, 0.025), coat * 0.4)
        if rng.random() < 0.4:
            sheet.limb([poll + ahead * 0.14 + up * deep * 0.6, nose + up * deep * 0.4], (0.02, 0.025), (236, 232, 226))
    if name == "deer" and rng.random() < 0.8:
        bone = np.float32((176, 148, 110)) * rng.uniform(0.7, 1.3)
        _antlers(rng, sheet, back, bone, -0.6)
        _antlers(rng, sheet, back, bone * 0.8, 0.7)


def _antlers(rng, sheet, root, colour, lean):
    tall = rng.uniform(0.38, 0.56)
    points = [root, root + (lean * 0.22, -tall * 0.5), root + (lean * 0.2, -tall)]
    sheet.limb(points, (0.034, 0.03, 0.022), colour)
    for k, share in enumerate((0.35, 0.62, 0.85)):
        base = root + (lean * 0.24 * min(share * 2, 1), -tall * share)
        sheet.line([base, base + (-0.13 + 0.02 * k, -0.1)], 0.03, colour)


def _portrait(rng, sheet, name, coat, second):
    """Head and neck of a horse or deer from the side, close."""
    scale = 1.9 if name == "horse" else 2.5
    b = {key: number * scale for key, number in _BUILD[name].items()}
    poll = np.array([0.15, -0.3])
    sheet.limb(
        [(0.95, 1.2), (0.62, 0.4), poll + (0.05, 0.1)], (0.6, 0.4, 0.24) if name == "horse" else (0.4, 0.26, 0.18), coat
    )
    if name == "horse":
        sheet.limb([(1.05, 0.7), (0.75, 0.0), poll + (0.1, -0.15)], (0.14, 0.14, 0.09), coat * 0.4)
    _head(rng, sheet, name, poll, {**b, "head": b["head"] * 0.95}, coat, second, down=False)
