"""Sandals, sneakers and ankle boots in side view, toe to the left, in the 112 x 112 frame of garments.py."""
# ruff: noqa: RUF005  (here + adds vectors, it does not join lists)

import numpy as np

from labkit.datasets.drawn.paint import flat, smooth


def _sole(heel, platform, y, toe=3, back=108):
    """Return the line (x, y) on which a foot rests whose heel stands ``heel`` above its toes."""
    x = np.linspace(toe, back, 14)
    t = (x - toe) / (back - toe)
    rise = heel / (1 + np.exp(-(t - 0.58) * 13))
    spring = 4 * np.maximum(0.16 - t, 0) / 0.16  # the toe turns up
    line = np.stack([x, y - platform - rise - spring], 1)
    return line


def sandal(rng, draw, tone, look):
    """Flat, wedge, or high heeled, with straps."""
    kind = rng.choice(("flat", "flat", "wedge", "heel", "slide"))
    look["variant"] = ("flat", "wedge", "heel", "slide").index(kind)
    heel = {
        "flat": rng.uniform(1, 6),
        "slide": rng.uniform(1, 5),
        "wedge": rng.uniform(16, 30),
        "heel": rng.uniform(30, 48),
    }[kind]
    platform = rng.uniform(3, 8) if kind != "heel" else rng.uniform(3, 10)
    ground = rng.uniform(78, 90) if kind in ("flat", "slide") else rng.uniform(98, 106)
    line = _sole(heel, platform, ground)
    look.update(cut=heel / 112, sleeves=platform / 112)
    dark = int(tone * rng.uniform(0.5, 0.9))
    if kind == "heel":
        thick = rng.choice((3, 5, 12))
        x = 100 - thick
        draw.polygon((x - 6, line[-2, 1], 107, line[-1, 1], x + thick + 3, ground, x, ground), fill=dark)
        draw.line([tuple(p) for p in line + (0, platform / 2)], fill=dark, width=max(4, int(platform)))
    else:
        base = np.concatenate([line, [(108, ground), (60, ground), (5, ground)]])
        draw.polygon(flat(base), fill=dark)
    strap, wide = int(tone), rng.choice((3, 4, 6, 9))

    def over(i, j, high, width):
        a, b = line[i], line[j]
        top = ((a[0] + b[0]) / 2, min(a[1], b[1]) - high)
        draw.line([tuple(p) for p in smooth([a, top, b], 6, closed=False)], fill=strap, width=width, joint="curve")

    high = rng.uniform(10, 20)
    if kind == "slide":
        points = smooth(
            [line[2], (line[3, 0], line[3, 1] - high), (line[6, 0], line[6, 1] - high * 1.4), line[8]], 6, closed=False
        )
        draw.polygon(flat(points), fill=strap)
        return
    over(1, 4, high * 0.8, wide)
    if rng.random() < 0.6:
        over(3, 6, high * 1.0, wide)
    if rng.random() < 0.5:
        draw.line((*line[2], line[6, 0], line[6, 1] - high * 1.1), fill=strap, width=wide)
    ankle = line[-2, 1] - rng.uniform(16, 34)
    if rng.random() < 0.85:  # round the ankle
        draw.line(
            [tuple(p) for p in smooth([(72, ankle + 8), (90, ankle), (104, ankle + 3)], 5, closed=False)],
            fill=strap,
            width=wide,
        )
        draw.line((103, ankle + 3, 106, line[-1, 1]), fill=strap, width=wide)
        if rng.random() < 0.6:
            draw.line((74, ankle + 8, line[6, 0], line[6, 1] - 4), fill=strap, width=wide)


def sneaker(rng, draw, tone, look):
    """A low shoe with a thick sole, laces, and patches."""
    ground = rng.uniform(80, 90)
    sole, heel = rng.uniform(5, 11), rng.uniform(0, 5)
    high = rng.uniform(28, 40)
    top = ground - sole - high
    mid = rng.uniform(0.42, 0.6)
    look.update(cut=high / 112, sleeves=sole / 112, variant=rng.randrange(3))
    foot = ground - sole
    tongue = 66 + rng.uniform(-6, 6)
    upper = [
        (4, foot - 2),
        (6, foot - high * 0.28),
        (18, foot - high * 0.42),
        (36, foot - high * mid),
        (tongue - 10, top + high * 0.2),
        (tongue, top - 1),
        (tongue + 8, top + 4),
        (86, top + high * 0.26),
        (102, top + rng.uniform(0, 5)),
        (107, top + 8),
        (105, foot - 10),
        (108, foot),
        (56, foot + 1),
    ]
    draw.polygon(flat(smooth(upper, 5)), fill=int(tone))
    white = int(min(255, rng.choice((tone * 0.55, 235, 235, tone))))
    draw.polygon((3, foot - 3, 30, foot, 108, foot - heel, 109, ground - 1, 8, ground, 2, ground - 4), fill=white)
    draw.line((3, foot - 1, 30, foot, 108, foot - heel), fill=int(min(tone, white) * 0.4), width=2)
    patch = int(min(255, tone * rng.choice((0.45, 0.65, 1.35))))
    if look["variant"] == 0:  # three stripes
        for k in range(3):
            draw.line((50 + 8 * k, foot - 3, 58 + 8 * k, foot - high * 0.55), fill=patch, width=4)
    elif look["variant"] == 1:  # a swoosh
        points = smooth(
            [
                (34, foot - 8),
                (50, foot - 5),
                (70, foot - 14),
                (100, foot - high * 0.62),
                (72, foot - 9),
                (46, foot - 1),
            ],
            5,
        )
        draw.polygon(flat(points), fill=patch)
    else:  # patches at toe and heel
        draw.polygon((5, foot - 3, 8, foot - high * 0.3, 24, foot - high * 0.45, 30, foot - 2), fill=patch)
        draw.polygon((90, foot - 3, 92, foot - high * 0.6, 106, foot - high * 0.8, 107, foot - 2), fill=patch)
    for k in range(rng.choice((0, 3, 4, 5))):  # laces
        x = 38 + k * (tongue - 40) / 5
        y = foot - high * (mid + (1 - mid) * k / 5)
        draw.line((x - 1, y + 2, x + 8, y + 9), fill=int(min(255, white)), width=2)
    draw.line((tongue + 6, top + 4, 86, top + high * 0.28, 102, top + 5), fill=int(tone * 0.4), width=3)


def boot(rng, draw, tone, look):
    """An ankle boot: flat, with a block heel, or with a high one."""
    heel = rng.choice((rng.uniform(4, 10), rng.uniform(4, 10), rng.uniform(14, 24), rng.uniform(26, 40)))
    platform = rng.uniform(3, 7)
    ground = 108.0
    top = rng.uniform(3, 30) if heel < 25 else rng.uniform(3, 12)
    line = _sole(heel, platform, ground)
    shaft = rng.uniform(0, 4)
    look.update(cut=heel / 112, sleeves=top / 112, variant=rng.randrange(4))
    dark = int(tone * rng.choice((0.4, 0.6, 0.85)))
    instep = line[6, 1]
    front = rng.uniform(56, 64)
    upper = [
        (3, line[0, 1] + 3),
        (6, line[1, 1] - rng.uniform(8, 15)),
        (22, line[2, 1] - rng.uniform(16, 22)),
        (42, instep - 28),
        (front, instep - rng.uniform(34, 42)),
        (front + 1, (top + instep) / 2 - 14),
        (front - shaft, top),
        (82, top - rng.uniform(0, 2)),
        (106 + shaft * 0.5, top + rng.uniform(0, 3)),
        (104, (top + line[-1, 1]) / 2),
        (107, line[-1, 1] - 6),
    ]
    base = np.concatenate([smooth(upper, 5, closed=False), line[::-1] + (0, 1)])
    draw.polygon(flat(base), fill=int(tone))
    under = np.concatenate([line, line[::-1] + (0, platform)])
    draw.polygon(flat(under), fill=dark)
    thick = rng.uniform(20, 32) if heel < 25 else rng.choice((5, 9, 20))
    draw.polygon(
        (
            108 - thick - 4,
            line[-3, 1] + platform - 1,
            108,
            line[-1, 1] + platform - 1,
            107,
            ground,
            107 - thick * 0.85,
            ground,
        ),
        fill=dark,
    )
    if look["variant"] == 0:  # laces
        for k in range(5):
            y = top + 6 + k * (instep - 34 - top) / 5
            draw.line((front - 1, y, front + 14, y + 4), fill=int(tone * 0.5), width=2)
    elif look["variant"] == 1:  # elastic at the side
        draw.polygon((74, top + 2, 90, top + 2, 86, instep - 22, 78, instep - 22), fill=int(tone * 0.55))
    elif look["variant"] == 2:  # strap with a buckle
        y = instep - rng.uniform(20, 36)
        draw.line((front + 1, y, 105, y - 3), fill=int(tone * 0.55), width=5)
        draw.rectangle((88, y - 5, 96, y + 3), outline=int(min(255, tone * 1.4)), width=2)
    else:  # zip and fur
        draw.line((84, top + 4, 82, line[-4, 1] - 4), fill=int(tone * 0.6), width=2)
        if rng.random() < 0.4:
            draw.line((front - shaft, top + 3, 106, top + 4), fill=int(min(255, tone * 1.25)), width=8)
    draw.line((8, line[1, 1] - 3, 40, instep - 10, 62, instep - 4), fill=int(tone * 0.75), width=2)
