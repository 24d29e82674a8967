"""What kitchens are fitted with, for a space.Scene: cupboards, sinks, taps, stove, refrigerator, island, lamps."""

import numpy as np

from labkit.datasets.drawn import materials as m
from labkit.datasets.drawn.furniture import Z, drawers, stand, to_room
from labkit.datasets.drawn.shell import rectangle

RING = np.stack([np.cos(np.linspace(0, 2 * np.pi, 25)[:-1]), np.sin(np.linspace(0, 2 * np.pi, 25)[:-1])], 1)
WHITE = m.tint(0.1, 0.02, 0.95)
STEEL = m.tint(0.58, 0.04, 0.72)


def low_cupboards(scene, rng, base, x0, x1, colours, deep=0.6, sink=None):
    """Add a run of cupboards with a worktop; ``sink``: where along it a sink with a tap is, or None."""
    scene.group(to_room(base, (x0 + x1) / 2, deep / 2, 0.4))
    stand(scene, base, x0, x1, 0, deep)
    scene.box((x0, 0, 0), (x1, deep - 0.06, 0.1), colours["wood"] * 0.2, frame=base)
    scene.box((x0, 0, 0.1), (x1, deep, 0.86), colours["wood"], m.grained(rng, 0.07), frame=base)
    columns = max(1, round((x1 - x0) / rng.uniform(0.42, 0.6)))
    drawers(
        scene,
        base,
        x0,
        x1,
        0.1,
        0.66 if rng.random() < 0.6 else 0.86,
        deep,
        columns,
        1,
        colours["wood"],
        colours["metal"],
    )
    drawers(scene, base, x0, x1, 0.66, 0.86, deep, columns, 1, colours["wood"], colours["metal"])
    scene.box(
        (x0 - 0.02, 0, 0.86),
        (x1 + 0.02, deep + 0.03, 0.91),
        colours["top"],
        m.rough(rng, "grain", 160, 0.12),
        frame=base,
    )
    if sink is not None:
        basin(scene, base, sink, deep * 0.5, 0.912, 0.28, 0.18, STEEL * 0.55)
        tap(scene, base, sink, 0.1, 0.91, rng.uniform(0.2, 0.36))


def basin(scene, base, x, y, z, half, deep, colour):
    """Add a basin sunk into a top: a darker oval with a rim."""
    place = to_room(base, x, y, z)
    scene.patch(place, base[1], base[2], RING * (half + 0.03, deep + 0.03), WHITE)
    scene.patch(place + 0.001 * Z, base[1], base[2], RING * (half, deep), colour, m.fading(0.75, 1.15, -deep, deep))


def tap(scene, base, x, y, z, tall):
    """Add a tap: a post with a spout towards the front."""
    scene.box((x - 0.015, y - 0.015, z), (x + 0.015, y + 0.015, z + tall), STEEL, frame=base)
    scene.box((x - 0.015, y, z + tall - 0.03), (x + 0.015, y + 0.17, z + tall), STEEL * 1.1, frame=base)


def high_cupboards(scene, rng, base, x0, x1, colours, low=1.45, high=2.15):
    """Hang cupboards on the wall."""
    scene.group(to_room(base, (x0 + x1) / 2, 0.15, low + 0.3))
    scene.box((x0, 0, low), (x1, 0.33, high), colours["wood"], m.grained(rng, 0.07), frame=base)
    drawers(scene, base, x0, x1, low, high, 0.33, max(1, round((x1 - x0) / 0.45)), 1, colours["wood"], colours["metal"])
    scene.box((x0 - 0.01, 0, high), (x1 + 0.01, 0.36, high + 0.06), colours["wood"] * 0.9, frame=base)


def stove(scene, rng, base, x, colours):
    """Add a stove with an oven and a hood above, 0.7 m wide."""
    a, b, deep = x - 0.35, x + 0.35, 0.62
    scene.group(to_room(base, x, deep / 2, 0.4))
    stand(scene, base, a, b, 0, deep)
    body = rng.choice((STEEL, WHITE, STEEL * 0.1))
    scene.box((a, 0, 0.02), (b, deep, 0.91), body, m.fading(0.85, 1.1, 0, 0.9), frame=base)
    front = to_room(base, 0, deep + 0.004)
    scene.patch(
        front, base[1], Z, rectangle(a + 0.09, b - 0.09, 0.3, 0.6), (0.01, 0.01, 0.012), m.fading(1, 4, 0.3, 0.6)
    )
    scene.patch(front, base[1], Z, rectangle(a + 0.06, b - 0.06, 0.68, 0.71), STEEL * 1.2)
    scene.patch(front, base[1], Z, rectangle(a, b, 0.78, 0.9), body * 0.6)
    scene.patch(
        to_room(base, 0, 0, 0.912),
        base[1],
        base[2],
        rectangle(a + 0.03, b - 0.03, 0.05, deep - 0.05),
        (0.015, 0.015, 0.018),
    )
    rings = None
    for dx in (-0.16, 0.16):
        for dy in (0.18, 0.45):
            ring = RING * 0.1 + (x + dx, dy)
            rings = scene.patch(to_room(base, 0, 0, 0.914), base[1], base[2], ring, (0.07, 0.065, 0.06), share=rings)
    scene.group(to_room(base, x, 0.2, 1.8))
    if rng.random() < 0.5:  # a microwave, or a hood
        scene.box((a, 0, 1.4), (b, 0.38, 1.78), body, frame=base)
        place = to_room(base, 0, 0.384)
        scene.patch(
            place, base[1], Z, rectangle(a + 0.05, b - 0.2, 1.45, 1.73), (0.01, 0.01, 0.012), m.fading(1, 4, 1.4, 1.8)
        )
        scene.box((a, 0, 1.78), (b, 0.33, 2.15), colours["wood"], m.grained(rng, 0.07), frame=base)
    else:
        place = to_room(base, 0, 0.3)
        scene.box((a, 0, 1.55), (b, 0.5, 1.64), STEEL, frame=base)
        scene.patch(
            place,
            base[1],
            Z,
            [(a + 0.03, 1.64), (b - 0.03, 1.64), (x + 0.14, 1.95), (x - 0.14, 1.95)],
            STEEL,
            m.fading(0.7, 1.15, 1.64, 1.95),
        )
        scene.box((x - 0.14, 0, 1.95), (x + 0.14, 0.26, scene.room[2]), STEEL * 0.9, frame=base)


def fridge(scene, rng, base, x, colours):
    """Add a refrigerator with one or two doors."""
    half, deep, tall = rng.uniform(0.34, 0.46), 0.7, rng.uniform(1.7, 1.85)
    scene.group(to_room(base, x, deep / 2, 0.9))
    stand(scene, base, x - half, x + half, 0, deep)
    body = rng.choice((STEEL, STEEL, WHITE, STEEL * 0.08))
    scene.box((x - half, 0, 0.03), (x + half, deep, tall), body, m.fading(0.8, 1.1, 0, 1.8), frame=base)
    place = to_room(base, 0, deep + 0.004)
    if rng.random() < 0.5:
        lines = [rectangle(x - 0.008, x + 0.008, 0.05, tall)]
        handles = [rectangle(x + s * 0.06 - 0.015, x + s * 0.06 + 0.015, 0.7, 1.4) for s in (-1, 1)]
    else:
        lines = [rectangle(x - half, x + half, 0.62, 0.64)]
        handles = [rectangle(x + half - 0.09, x + half - 0.06, a, b) for a, b in ((0.3, 0.55), (0.75, 1.25))]
    seam = grip = None
    for outline in lines:
        seam = scene.patch(place, base[1], Z, outline, body * 0.2, share=seam)
    for outline in handles:
        grip = scene.patch(place, base[1], Z, outline, body * 0.5, share=grip)


def island(scene, rng, x, y, colours):
    """Add a free-standing block with stools on the near side."""
    half, deep = rng.uniform(0.6, 0.95), rng.uniform(0.3, 0.42)
    base = (np.array([x, y, 0.0]), np.array([1.0, 0, 0]), np.array([0, -1.0, 0]))
    scene.group(np.array([x, y, 0.5]))
    stand(scene, base, -half, half, -deep, deep)
    paint = rng.choice((colours["wood"], colours["accent"], WHITE * 0.9))
    scene.box((-half, -deep, 0.02), (half, deep, 0.87), paint, m.grained(rng, 0.07), frame=base)
    drawers(scene, base, -half, half, 0.06, 0.85, deep, 3, 1, paint, colours["metal"])
    scene.box(
        (-half - 0.12, -deep - 0.08, 0.87),
        (half + 0.12, deep + 0.18, 0.92),
        colours["top"],
        m.rough(rng, "grain", 160, 0.12),
        frame=base,
    )
    if rng.random() < 0.6:  # fruit, or flowers
        scene.billboard(
            np.array([x + rng.uniform(-0.3, 0.3), y, 0.92]), 0.2, 0.09, m.tint(rng.random(), 0.4, 0.7), round_=0.6
        )
    for k in range(rng.choice((0, 2, 3))):
        sx = x + (k - 1) * half * 0.75
        scene.group(np.array([sx, y - deep - 0.45, 0.4]))
        scene.footprints.append((sx - 0.15, sx + 0.15, y - deep - 0.55, y - deep - 0.25))
        stool = (np.array([sx, y - deep - 0.4, 0.0]), base[1], base[2])
        for a in (-0.14, 0.12):
            for b in (-0.12, 0.1):
                scene.box((a, b, 0), (a + 0.03, b + 0.03, 0.62), colours["metal"], frame=stool)
        scene.box((-0.17, -0.15, 0.62), (0.17, 0.15, 0.68), colours["fabric"], soft=0.4, frame=stool)


def pendant(scene, rng, x, y, colours):
    """Hang a lamp over an island; return its place."""
    z = rng.uniform(1.65, 1.85)
    scene.group(np.array([x, y, z]))
    scene.box((x - 0.006, y - 0.006, z + 0.2), (x + 0.006, y + 0.006, scene.room[2]), (0.02, 0.02, 0.02))
    scene.billboard(
        np.array([x, y, z]), 0.26, 0.22, colours["accent"], ((-1, 0), (1, 0), (0.3, 1), (-0.3, 1)), round_=0.7
    )
    scene.billboard(np.array([x, y, z - 0.03]), 0.16, 0.05, (1, 0.95, 0.8), glow=4.0)
    return (x, y, z - 0.1)
