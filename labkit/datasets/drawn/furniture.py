"""Furniture for a bedroom, built from boxes and cushions in a space.Scene."""
# ruff: noqa: RUF005  (here + adds vectors, it does not join lists)

import numpy as np

from labkit.datasets.drawn import materials as m

Z = np.array([0.0, 0, 1])
BEDDING = ("plain", "stripes", "check", "flowers", "quilt")
HEADBOARDS = ("none", "panel", "padded", "arched", "bars", "posts")

_ROUND = np.linspace(0, 2 * np.pi, 28, endpoint=False)
_CUSHION = np.stack([np.sign(f(_ROUND)) * np.abs(f(_ROUND)) ** 0.55 for f in (np.cos, np.sin)], 1)  # a squarish oval


def frame(x, y, facing):
    """Return (origin, ex, ey) of furniture whose back is at (x, y) and whose front looks along ``facing`` (dx, dy)."""
    ey = np.array([facing[0], facing[1], 0.0])
    return np.array([x, y, 0.0]), np.array([-ey[1], ey[0], 0.0]), ey


def to_room(base, x, y, z=0.0):
    """Return a point of furniture in room coordinates."""
    return base[0] + x * base[1] + y * base[2] + z * Z


def stand(scene, base, x0, x1, y0, y1):
    """Note the footprint of furniture, for its shadow on the floor."""
    corners = np.array([to_room(base, x, y) for x in (x0, x1) for y in (y0, y1)])
    scene.footprints.append((*np.sort(corners[[0, 3], 0]), *np.sort(corners[[0, 3], 1])))


def cushion(scene, base, x, y, z, width, height, lean, colour, material=None):
    """Add a pillow that leans back: centre (x, y, z) of its lower edge."""
    up = np.array([0, 0, 1.0]) * np.cos(lean) - base[2] * np.sin(lean)
    outline = _CUSHION * (width / 2, height / 2) + (0, height / 2)
    scene.patch(
        to_room(base, x, y, z),
        base[1],
        up,
        outline.tolist(),
        colour,
        material,
        bulge=(0, height / 2, width / 2, height / 2, 0.75, 3),
    )


def bedding(rng, kind, colour, second):
    """Return the material of a bedspread in two colours."""
    factor = np.clip(second / np.maximum(colour, 0.02), 0.05, 4)
    patterns = {
        "plain": lambda: m.folded(rng, 0.12),
        "stripes": lambda: m.both(m.striped(rng, rng.uniform(0.1, 0.3), factor, rng.choice("st")), m.folded(rng, 0.07)),
        "check": lambda: m.both(m.checked(rng, rng.uniform(0.15, 0.35), factor), m.folded(rng, 0.07)),
        "flowers": lambda: m.both(m.flowered(rng, rng.uniform(0.5, 1.3), factor), m.folded(rng, 0.07)),
        "quilt": lambda: m.both(m.quilted(rng, rng.uniform(0.14, 0.3)), m.folded(rng, 0.08)),
    }
    return patterns[kind]()


def bed(scene, rng, base, look, colours):
    """Add a bed, its head at the frame's origin. ``look``: bed_width, headboard, bedding, pillows."""
    half, length, top = look["bed_width"] / 2, 2.05, rng.uniform(0.5, 0.68)
    wood, grain = colours["wood"], m.grained(rng)
    scene.group(to_room(base, 0, length / 2, 0.4))
    stand(scene, base, -half, half, 0, length)
    _headboard(scene, rng, base, look["headboard"], half + 0.05, top, colours)
    low = rng.choice((0.06, 0.06, 0.18))
    scene.box((-half, 0.06, low), (half, length, top - 0.2), wood, grain, frame=base)
    white = m.tint(0.1, 0.04, 0.93)
    scene.box(
        (-half + 0.02, 0.08, top - 0.22), (half - 0.02, length - 0.02, top), white, m.folded(rng, 0.06), 0.5, base
    )
    rows = look["pillows"]
    tilt = rng.uniform(0.25, 0.6)
    for row in range(rows):
        count = 2 if row < 2 and half > 0.6 else 1
        width = half * (0.9 if count == 2 else 0.8) * (1 - 0.1 * row)
        colour = (white, colours["spread"], colours["accent"], white)[row] if row else white
        for k in range(count):
            x = 0 if count == 1 else (k - 0.5) * half * 1.02
            cushion(
                scene,
                base,
                x,
                0.28 + 0.17 * row,
                top - 0.02,
                width,
                rng.uniform(0.36, 0.48) * (1 - 0.12 * row),
                tilt,
                colour,
                m.folded(rng, 0.07),
            )
    material = bedding(rng, look["bedding"], colours["spread"], colours["second"])
    start, hang = rng.uniform(0.55, 0.85), rng.uniform(0.08, 0.32)
    drape = m.both(material, m.curtain(rng, rng.uniform(0.2, 0.4), 0.1))
    scene.box(
        (-half - 0.04, start, hang),
        (half + 0.04, length + 0.04, top + 0.05),
        colours["spread"],
        material,
        0.5,
        base,
        drape,
        hem=rng,
        fine=look["bedding"] in ("stripes", "check", "flowers"),
    )
    if rng.random() < 0.7:  # the turned-down sheet
        scene.box(
            (-half - 0.04, start, hang + 0.02),
            (half + 0.04, start + rng.uniform(0.12, 0.3), top + 0.06),
            white,
            m.folded(rng, 0.06),
            0.4,
            base,
            ends=False,
        )
    if rng.random() < 0.4:  # a throw across the foot
        y = length - rng.uniform(0.45, 0.7)
        scene.box(
            (-half - 0.06, y, hang - 0.02),
            (half + 0.06, y + rng.uniform(0.3, 0.5), top + 0.07),
            colours["accent"],
            bedding(rng, rng.choice(BEDDING), colours["accent"], colours["second"]),
            0.3,
            base,
            ends=False,
        )
    if look["headboard"] == "posts":
        for x in (-half, half):
            scene.box(
                (x - 0.05, length - 0.04, 0), (x + 0.05, length + 0.06, rng.uniform(0.9, 1.0)), wood, grain, frame=base
            )
    if rng.random() < 0.35:
        _footboard(scene, rng, base, half, length + 0.06, wood)


def _headboard(scene, rng, base, kind, half, top, colours):
    height, wood = top + rng.uniform(0.4, 0.85), colours["wood"]
    flat = ((-half, 0.1), (half, 0.1), (half, height), (-half, height))
    place = to_room(base, 0, 0.07)
    if kind in ("panel", "padded"):
        material, colour = (m.grained(rng, upright=False), wood)
        if kind == "padded":
            material, colour = m.both(m.quilted(rng, rng.uniform(0.16, 0.28)), m.folded(rng, 0.03)), colours["fabric"]
        scene.box((-half, 0, 0.1), (half, 0.09, height), colour, material, frame=base)
        if kind == "panel" and rng.random() < 0.6:
            inset = [(s * 0.86, 0.1 + (t - 0.1) * 0.84) for s, t in flat]
            scene.patch(to_room(base, 0, 0.1), base[1], Z, inset, wood * 0.72, material)
    elif kind == "arched":
        a = np.linspace(0, np.pi, 16)
        arch = [(half, 0.1), *np.stack([half * np.cos(a), height - 0.3 + 0.42 * np.sin(a)], 1), (-half, 0.1)]
        scene.patch(place, base[1], Z, arch, wood, m.grained(rng))
        scene.patch(
            to_room(base, 0, 0.09),
            base[1],
            Z,
            [(x * 0.86, 0.1 + (z - 0.1) * 0.9) for x, z in arch],
            wood * 0.75,
            m.grained(rng),
        )
    elif kind in ("bars", "posts"):
        colour = wood if kind == "posts" else colours["metal"]
        surface = None
        for x in np.linspace(-half, half, rng.choice((7, 9, 11))):
            bar = ((x - 0.02, 0.1), (x + 0.02, 0.1), (x + 0.02, height), (x - 0.02, height))
            surface = scene.patch(place, base[1], Z, bar, colour, share=surface)
        for z in (height, top + 0.1):
            scene.patch(
                place, base[1], Z, ((-half, z - 0.06), (half, z - 0.06), (half, z), (-half, z)), colour, share=surface
            )
        if kind == "posts":
            tall = rng.uniform(1.5, 2.1)
            for x in (-half, half):
                scene.box((x - 0.05, 0.01, 0), (x + 0.05, 0.11, tall), wood, m.grained(rng), frame=base)


def _footboard(scene, rng, base, half, y, wood):
    height = rng.uniform(0.5, 0.85)
    scene.box((-half - 0.05, y, 0.04), (half + 0.05, y + 0.07, height), wood, m.grained(rng, upright=False), frame=base)


def nightstand(scene, rng, base, x, colours, lamp):
    """Add a bedside cabinet centred at ``x``; with a lamp if ``lamp`` is "off" or "on"; return the lamp's place."""
    half, height, deep = rng.uniform(0.2, 0.3), rng.uniform(0.5, 0.66), 0.42
    scene.group(to_room(base, x, deep / 2, 0.3))
    stand(scene, base, x - half, x + half, 0.02, deep)
    wood = colours["wood"]
    scene.box(
        (x - half, 0.02, rng.choice((0.0, 0.15))),
        (x + half, deep, height),
        wood,
        m.grained(rng, upright=False),
        frame=base,
    )
    drawers(scene, base, x - half, x + half, 0.1, height, deep, 1, rng.choice((1, 2)), wood, colours["metal"])
    if lamp == "none":
        return None
    tall = rng.uniform(0.18, 0.32)
    foot = to_room(base, x, deep / 2, height)
    scene.billboard(
        foot,
        rng.uniform(0.07, 0.16),
        tall,
        colours["lamp"],
        (
            (-1, 0),
            (1, 0),
            (0.55, 0.1),
            (0.9, 0.4),
            (0.35, 0.8),
            (0.2, 1),
            (-0.2, 1),
            (-0.35, 0.8),
            (-0.9, 0.4),
            (-0.55, 0.1),
        ),
        round_=0.8,
    )
    wide, shade = rng.uniform(0.26, 0.38), rng.uniform(0.2, 0.28)
    scene.billboard(
        foot + tall * Z,
        wide,
        shade,
        m.tint(0.11, 0.25 if lamp == "on" else 0.12, 0.95),
        ((-1, 0), (1, 0), (0.66, 1), (-0.66, 1)),
        glow=2.2 if lamp == "on" else 0.0,
        round_=0.6,
    )
    return foot + (tall + shade / 2) * Z


def drawers(scene, base, x0, x1, z0, z1, y, columns, rows, wood, metal):
    """Add the seams and knobs of drawers or doors on a front at ``y``."""
    place = to_room(base, 0, y + 0.004)
    seams = knobs = None
    for i in range(columns):
        for j in range(rows):
            a, b = x0 + (x1 - x0) * i / columns, x0 + (x1 - x0) * (i + 1) / columns
            c, d = z0 + (z1 - z0) * j / rows, z0 + (z1 - z0) * (j + 1) / rows
            g = 0.022
            for outline in (((a, c), (b, c), (b, c + g), (a, c + g)), ((a, c), (a + g, c), (a + g, d), (a, d))):
                seams = scene.patch(place, base[1], Z, outline, wood * 0.4, share=seams)
            x, z, r = (a + b) / 2, (c + d) / 2, 0.03
            if rows == 1:
                x = b - 0.07 if i % 2 == 0 else a + 0.07
            knobs = scene.patch(
                place, base[1], Z, ((x - r, z - r), (x + r, z - r), (x + r, z + r), (x - r, z + r)), metal, share=knobs
            )


def cabinet(scene, rng, base, x, width, height, deep, columns, rows, colours):
    """Add a wardrobe (tall), or a chest of drawers."""
    scene.group(to_room(base, x, deep / 2, height / 2))
    stand(scene, base, x - width / 2, x + width / 2, 0, deep)
    wood = colours["wood"]
    scene.box((x - width / 2, 0.01, 0.05), (x + width / 2, deep, height), wood, m.grained(rng), frame=base)
    drawers(scene, base, x - width / 2, x + width / 2, 0.1, height - 0.04, deep, columns, rows, wood, colours["metal"])


def plant(scene, rng, place):
    """Add a plant in a pot."""
    scene.group(place)
    scene.footprints.append((place[0] - 0.12, place[0] + 0.12, place[1] - 0.12, place[1] + 0.12))
    tall = rng.uniform(0.6, 1.3)
    scene.billboard(
        place, 0.3, 0.3, m.tint(rng.random(), 0.3, 0.6), ((-0.75, 0), (0.75, 0), (1, 1), (-1, 1)), round_=0.8
    )
    leaves = [None, None, None]
    for _ in range(26):
        shade = rng.randrange(3)
        a, r = rng.uniform(-1.2, 1.2), rng.uniform(0.25, 1) * tall
        x, z = np.sin(a) * r * 0.55, 0.3 + np.cos(a * 0.6) * r * 0.85
        t = np.linspace(0, 2 * np.pi, 9)[:-1]
        turn = a + rng.gauss(0, 0.5)
        leaf = np.stack([0.05 * np.cos(t), 0.2 * np.sin(t)], 1) @ np.array(
            [[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]
        )
        leaves[shade] = (
            scene.billboard(place, 2, 1, m.tint(0.3, 0.6, (0.25, 0.4, 0.55)[shade]), leaf + (x, z))
            if leaves[shade] is None
            else scene.patch(place, None, None, leaf + (x, z), None, share=leaves[shade])
        )


def seat(scene, rng, base, x, y, width, colours, back):
    """Add a bench, or with ``back`` an armchair."""
    scene.group(to_room(base, x, y, 0.3))
    half, deep, top = width / 2, 0.5 if not back else 0.75, 0.45
    stand(scene, base, x - half, x + half, y - deep / 2, y + deep / 2)
    cloth, soft = colours["fabric"], m.folded(rng, 0.06)
    if back:
        scene.box((x - half, y - deep / 2, 0.1), (x + half, y - deep / 2 + 0.2, 0.9), cloth, soft, 0.4, base)
    scene.box((x - half, y - deep / 2, 0.14), (x + half, y + deep / 2, top), cloth, soft, 0.4, base)
    if back:
        for side in (-1, 1):
            a, b = sorted((x + side * half, x + side * (half - 0.14)))
            scene.box((a, y - deep / 2, 0.1), (b, y + deep / 2, 0.62), cloth, soft, 0.4, base)
