"""Cats and dogs from in front: sitting, or their faces close up."""

import numpy as np

_BLACK = np.array([22, 20, 20], np.float32)


def sitting(rng, sheet, name, coat, second, look):
    """Seen from in front or aslant, upright on its haunches."""
    s = rng.choice((-1, 1)) * rng.uniform(0, 0.15)
    cat = name == "cat"
    if cat:
        sheet.limb([(0.25, 0.75), (0.6, 0.8), (0.72, 0.5)], (0.06, 0.055, 0.04), coat * 0.8)
    for side in (-1, 1):
        sheet.disc(side * 0.3 + s, 0.62, 0.22, coat * 0.85, 0.24)
    sheet.limb([(s * 0.5, 0.66), (s * 0.3, 0.2), (0, -0.12)], (0.34, 0.27, 0.2), coat)
    sheet.limb([(0, 0.4), (0, 0.05)], (0.12, 0.11), second if rng.random() < 0.6 else coat * 1.1)
    for side in (-1, 1):
        sheet.limb([(side * 0.14, 0.2), (side * 0.13, 0.82)], (0.1, 0.075), coat * 0.94)
        sheet.disc(side * 0.15, 0.86, 0.09, second, 0.06)
    _face(rng, sheet, name, rng.gauss(0, 0.06), -0.42, 0.3, coat, second, look)


def close_up(rng, sheet, name, coat, second, look):
    """Draw a cat or a dog face to face."""
    sheet.limb([(0.1, 1.2), (0, 0.4)], (0.72, 0.48), coat * 0.85)
    _face(rng, sheet, name, 0, -0.01, 0.65, coat, second, look)


def _face(rng, sheet, name, x, y, r, coat, second, look):
    """A head seen from in front, ``r``: half its width; turned a little by shifting its middle."""
    t = rng.gauss(0, 0.12) * r
    floppy = name == "dog" and rng.random() < 0.65
    for side in (-1, 1):
        if name == "cat" or not floppy:
            tip = (x + side * r * (0.8 if name == "cat" else 0.62), y - r * (1.15 if name == "cat" else 1.3))
            sheet.polygon([(x + side * r * 0.98, y - r * 0.3), tip, (x + side * r * 0.22, y - r * 0.75)], coat * 0.88)
            sheet.polygon(
                [(x + side * r * 0.82, y - r * 0.45), (tip[0], tip[1] + r * 0.2), (x + side * r * 0.42, y - r * 0.72)],
                (196, 140, 130),
            )
    if name == "cat":
        sheet.disc(x, y, r, coat, r * 0.82)
        sheet.disc(x - r * 0.5, y + r * 0.3, r * 0.42, coat, r * 0.35)
        sheet.disc(x + r * 0.5, y + r * 0.3, r * 0.42, coat, r * 0.35)
        if rng.random() < 0.5:
            for k in (-0.25, 0, 0.25):
                sheet.line([(x + k * r, y - r * 0.78), (x + k * r * 0.7, y - r * 0.45)], 0.08 * r, coat * 0.55)
        muzzle, mx = r * 0.3, x + t
        sheet.disc(mx - muzzle * 0.55, y + r * 0.42, muzzle * 0.7, second, muzzle * 0.6)
        sheet.disc(mx + muzzle * 0.55, y + r * 0.42, muzzle * 0.7, second, muzzle * 0.6)
        iris = rng.choice(((140, 170, 60), (205, 170, 60), (90, 140, 170)))
        for side in (-1, 1):
            sheet.disc(x + t * 0.6 + side * r * 0.4, y - r * 0.05, r * 0.2, iris, r * 0.16)
            sheet.disc(x + t * 0.6 + side * r * 0.4, y - r * 0.05, r * 0.09, _BLACK, r * 0.15)
        sheet.polygon([(mx - r * 0.1, y + r * 0.22), (mx + r * 0.1, y + r * 0.22), (mx, y + r * 0.34)], (190, 110, 105))
        sheet.line([(mx, y + r * 0.34), (mx, y + r * 0.5)], 0.05 * r, coat * 0.4)
    else:
        sheet.curve(
            [
                (x, y - r * 0.95),
                (x + r * 0.8, y - r * 0.6),
                (x + r * 0.75, y + r * 0.1),
                (x + r * 0.45, y + r * 0.8),
                (x, y + r),
                (x - r * 0.45, y + r * 0.8),
                (x - r * 0.75, y + r * 0.1),
                (x - r * 0.8, y - r * 0.6),
            ],
            coat,
        )
        if look["kind"] == "patched" or rng.random() < 0.4:
            sheet.limb([(x + t * 0.4, y - r * 0.85), (x + t * 0.6, y)], (r * 0.12, r * 0.2), second)
        sheet.disc(x + t, y + r * 0.48, r * 0.46, second, r * 0.4)
        for side in (-1, 1):
            sheet.disc(x + t * 0.7 + side * r * 0.38, y - r * 0.15, r * 0.13, (50, 32, 22))
            sheet.disc(x + t * 0.7 + side * r * 0.35, y - r * 0.2, r * 0.04, (235, 235, 235))
            if floppy:
                sheet.curve(
                    [
                        (x + side * r * 0.55, y - r * 0.85),
                        (x + side * r * 1.05, y - r * 0.45),
                        (x + side * r * 1.12, y + r * 0.45),
                        (x + side * r * 0.8, y + r * 0.5),
                        (x + side * r * 0.68, y - r * 0.3),
                    ],
                    coat * 0.62,
                )
        sheet.disc(x + t * 1.2, y + r * 0.3, r * 0.19, _BLACK, r * 0.14)
        sheet.line(
            [(x + t * 1.2, y + r * 0.4), (x + t, y + r * 0.62), (x + t - r * 0.25, y + r * 0.68)], 0.05 * r, _BLACK
        )
        if rng.random() < 0.35:
            sheet.disc(x + t, y + r * 0.86, r * 0.15, (214, 100, 108), r * 0.2)
