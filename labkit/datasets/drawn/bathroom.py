"""What bathrooms are fitted with, for a space.Scene: wash-stand, toilet, bath, shower, towels."""

import numpy as np

from labkit.datasets.drawn import materials as m
from labkit.datasets.drawn.furniture import Z, drawers, stand, to_room
from labkit.datasets.drawn.kitchen import RING, STEEL, WHITE, basin, tap
from labkit.datasets.drawn.shell import rectangle


def vanity(scene, rng, base, x, width, colours, basins):
    """Add a wash-stand: a cupboard with basins and taps."""
    deep, a, b = 0.55, x - width / 2, x + width / 2
    scene.group(to_room(base, x, deep / 2, 0.4))
    stand(scene, base, a, b, 0, deep)
    low = rng.choice((0.08, 0.08, 0.35))
    scene.box((a, 0, low), (b, deep, 0.8), colours["wood"], m.grained(rng, 0.08), frame=base)
    drawers(
        scene,
        base,
        a,
        b,
        low,
        0.8,
        deep,
        max(2, round(width / 0.45)),
        rng.choice((1, 1, 2)),
        colours["wood"],
        colours["metal"],
    )
    scene.box(
        (a - 0.02, 0, 0.8), (b + 0.02, deep + 0.03, 0.85), colours["top"], m.rough(rng, "grain", 160, 0.08), frame=base
    )
    for k in range(basins):
        at = x + (k - (basins - 1) / 2) * width / 2
        basin(scene, base, at, deep * 0.52, 0.852, 0.22, 0.16, WHITE * 0.75)
        tap(scene, base, at, 0.1, 0.85, rng.uniform(0.14, 0.24))


def toilet(scene, rng, base, x, colours):
    """Add a toilet with its cistern."""
    scene.group(to_room(base, x, 0.35, 0.3))
    stand(scene, base, x - 0.18, x + 0.18, 0, 0.68)
    smooth = m.fading(0.85, 1.05, 0, 0.4)
    scene.box((x - 0.21, 0.01, 0.38), (x + 0.21, 0.2, 0.78), WHITE, soft=0.3, frame=base)
    scene.box((x - 0.23, 0.0, 0.78), (x + 0.23, 0.22, 0.82), WHITE, soft=0.2, frame=base)
    scene.billboard(
        to_room(base, x, 0.42),
        0.36,
        0.4,
        WHITE,
        ((-0.55, 0), (0.55, 0), (0.6, 0.4), (1, 0.8), (1, 1), (-1, 1), (-1, 0.8), (-0.6, 0.4)),
        smooth,
        round_=0.6,
    )
    place = to_room(base, x, 0.44, 0.4)
    scene.patch(place, base[1], base[2], RING * (0.2, 0.25), WHITE)
    if rng.random() < 0.4:
        scene.patch(place + 0.01 * Z, base[1], base[2], RING * (0.14, 0.18), WHITE * 0.35)
    else:
        scene.patch(place + 0.02 * Z, base[1], base[2], RING * (0.18, 0.23), rng.choice((WHITE, colours["wood"])))


def bath(scene, rng, base, x, long, colours, kind):
    """Add a bath tub along a wall, with tiles or white enamel outside; ``kind`` "shower": with a curtain or glass."""
    half, deep, tall = long / 2, rng.uniform(0.7, 0.8), rng.uniform(0.48, 0.58)
    scene.group(to_room(base, x, deep / 2, 0.3))
    stand(scene, base, x - half, x + half, 0, deep)
    outside = rng.choice((WHITE, colours["tile"]))
    scene.box(
        (x - half, 0, 0), (x + half, deep, tall), outside, None if outside is WHITE else m.tiled(rng, 0.2), frame=base
    )
    place = to_room(base, x, deep / 2, tall + 0.002)
    scene.patch(place, base[1], base[2], rectangle(-half, half, -deep / 2, deep / 2), WHITE)
    square = np.sign(RING) * np.abs(RING) ** 0.6
    scene.patch(
        place,
        base[1],
        base[2],
        square * (half - 0.08, deep / 2 - 0.08),
        WHITE * 0.62,
        m.fading(0.8, 1.25, -deep / 2, deep / 2),
    )
    tap(scene, base, x + half * 0.8, 0.05, tall, 0.2)
    if kind == "shower":
        curtain = rng.random() < 0.55
        wide = long if curtain and rng.random() < 0.4 else long * rng.uniform(0.25, 0.5)
        place = to_room(base, 0, deep)
        if curtain:
            cloth = rng.choice((WHITE * 0.9, colours["accent"], colours["fabric"]))
            material = (
                m.both(m.curtain(rng, 0.16), m.flowered(rng, 1.0, 0.6)) if rng.random() < 0.35 else m.curtain(rng, 0.16)
            )
            scene.patch(place, base[1], Z, rectangle(x - half, x - half + wide, 0.15, 1.95), cloth, material)
        scene.patch(place, base[1], Z, rectangle(x - half, x + half, 1.95, 1.98), STEEL)


def shower(scene, rng, base, x, colours):
    """Add a shower cabin of glass: a pale veil over tiles, framed in metal."""
    half, deep = 0.48, 0.9
    scene.group(to_room(base, x, deep / 2, 1.0))
    tile = colours["tile"]
    scene.patch(
        to_room(base, 0, 0.01), base[1], Z, rectangle(x - half, x + half, 0, 2.1), tile * 0.9, m.tiled(rng, 0.15)
    )
    scene.box((x - 0.02, 0.02, 1.0), (x + 0.02, 0.05, 1.9), STEEL, frame=base)
    scene.box((x - half, 0, 0), (x + half, deep, 0.1), WHITE, frame=base)
    grey = 0.4 * tile + 0.42
    for s in (-1, 1):
        scene.patch(
            to_room(base, x + s * half, 0),
            base[2],
            Z,
            rectangle(0, deep, 0.1, 2.0),
            grey * 0.85,
            m.fading(0.75, 1.15, 0, 2),
        )
    scene.patch(
        to_room(base, 0, deep),
        base[1],
        Z,
        rectangle(x - half, x - half * 0.1, 0.1, 2.0),
        grey,
        m.fading(0.75, 1.15, 0, 2),
    )
    frame = None
    for outline in (
        rectangle(x - half, x + half, 1.97, 2.01),
        rectangle(x - half - 0.015, x - half + 0.015, 0.1, 2.0),
        rectangle(x + half - 0.015, x + half + 0.015, 0.1, 2.0),
        rectangle(x - 0.07, x - 0.04, 0.1, 2.0),
    ):
        frame = scene.patch(to_room(base, 0, deep + 0.005), base[1], Z, outline, STEEL, share=frame)


def towel(scene, rng, base, x, colours):
    """Hang a towel on a rail."""
    scene.group(to_room(base, x, 0.05, 1.1))
    place = to_room(base, 0, 0.05)
    scene.patch(place, base[1], Z, rectangle(x - 0.3, x + 0.3, 1.35, 1.37), STEEL)
    low = rng.uniform(0.7, 0.95)
    scene.patch(
        place, base[1], Z, rectangle(x - 0.22, x + 0.18, low, 1.37), colours["fabric"], m.curtain(rng, 0.2, 0.12)
    )
    scene.patch(place, base[1], Z, rectangle(x - 0.22, x + 0.18, low + 0.07, low + 0.11), colours["second"])
