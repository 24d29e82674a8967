"""Cars and trucks for the small scenes: turned solids."""

import numpy as np

from labkit.datasets.drawn.paint import hsv
from labkit.datasets.drawn.sheet import Solids

GLASS = np.array([52, 66, 82], np.float32)
DARK = np.array([30, 30, 34], np.float32)


def paintwork(rng):
    """Choose the colour of a vehicle."""
    return rng.choice(
        (
            hsv(rng.random(), rng.uniform(0.5, 0.95), rng.uniform(0.35, 0.9)),
            hsv(0.0, rng.uniform(0.7, 0.95), rng.uniform(0.5, 0.85)),
            hsv(0.6, rng.uniform(0, 0.12), rng.uniform(0.65, 0.95)),
            hsv(0.6, rng.uniform(0, 0.3), rng.uniform(0.12, 0.45)),
            hsv(0.6, rng.uniform(0.4, 0.8), rng.uniform(0.3, 0.7)),
        )
    )


def turned(rng):
    """Choose how far a vehicle is turned: side, three-quarter, front or rear; degrees."""
    return rng.choice(
        (
            rng.gauss(0, 8),
            rng.gauss(35, 10),
            rng.gauss(-35, 10),
            rng.gauss(40, 12),
            rng.gauss(-40, 12),
            rng.gauss(72, 10),
            rng.gauss(-72, 10),
        )
    )


def automobile(rng, sheet, look, yaw):
    """Saloon, hatchback, estate, sports car or off-roader."""
    kind = rng.choice(("saloon", "hatchback", "estate", "sports", "off-road"))
    look["kind"], look["view"] = kind, view_name(yaw)
    colour = paintwork(rng)
    high = {"saloon": 0.78, "hatchback": 0.82, "estate": 0.86, "sports": 0.62, "off-road": 0.98}[kind] * rng.uniform(
        0.95, 1.05
    )
    belt = high * 0.6
    hood = {"saloon": -0.36, "hatchback": -0.45, "estate": -0.4, "sports": -0.25, "off-road": -0.45}[kind]
    tail = {"saloon": 0.62, "hatchback": 0.96, "estate": 0.98, "sports": 0.75, "off-road": 0.98}[kind]
    roof = {"saloon": 0.36, "hatchback": 0.68, "estate": 0.84, "sports": 0.3, "off-road": 0.92}[kind]
    wide, low = rng.uniform(0.4, 0.46), 0.13
    nose = belt * rng.uniform(0.78, 0.9)
    s = Solids(sheet, yaw, rng.uniform(6, 20))
    hub = np.float32((150, 152, 156)) * rng.uniform(0.6, 1.2)
    s.side([(-1, 0.02), (1, 0.02), (1, 0.2), (-1, 0.2)], s.near * wide * 0.9, DARK)  # below the sills
    body = [(-0.99, low), (-1.0, nose * 0.72), (-0.93, nose), (hood, belt), (tail, belt), (1.0, belt * 0.9), (1.0, low)]
    s.extrude(body, -wide, wide, colour, {0: colour * 0.9})
    inner = wide * 0.84
    cabin = [(hood, belt), (hood + (0.26 if kind != "off-road" else 0.16), high), (roof, high), (tail, belt)]
    s.extrude(cabin, -inner, inner, colour, {0: GLASS * 1.25, 2: GLASS})
    y = s.near * inner
    x0, x1 = hood + 0.34, roof - 0.04
    middle = (x0 + x1) / 2
    t = belt + 0.03
    s.side([(hood + 0.12, t), (x0, high - 0.07), (middle - 0.03, high - 0.06), (middle - 0.03, t)], y * 1.02, GLASS)
    s.side([(middle + 0.03, t), (middle + 0.03, high - 0.06), (x1, high - 0.06), (tail - 0.14, t)], y * 1.02, GLASS)
    s.side(
        [(-0.95, belt * 0.55), (0.97, belt * 0.55), (0.97, belt * 0.6), (-0.95, belt * 0.6)],
        s.near * wide * 1.01,
        colour * 0.62,
    )
    front, back = np.array([-1.0, 0, 0]), np.array([1.0, 0, 0])
    glow = np.float32((235, 232, 215))
    for side in (-1, 1):
        a, b = side * wide * 0.92, side * wide * 0.58
        s.face(
            [(-1.005, a, nose * 0.72), (-1.005, b, nose * 0.72), (-0.96, b, nose * 0.94), (-0.96, a, nose * 0.94)],
            glow,
            front,
            False,
        )
        s.face(
            [(1.005, a, belt * 0.62), (1.005, b, belt * 0.62), (1.005, b, belt * 0.85), (1.005, a, belt * 0.85)],
            (190, 24, 24),
            back,
            False,
        )
    for x, normal in ((-1.006, front), (1.006, back)):
        q = wide * 0.5
        s.face(
            [(x, -q, 0.2), (x, q, 0.2), (x, q, nose * 0.62), (x, -q, nose * 0.62)],
            DARK if normal[0] < 0 else colour * 0.8,
            normal,
            False,
        )
        s.face(
            [(x, -q * 0.4, 0.3), (x, q * 0.4, 0.3), (x, q * 0.4, 0.4), (x, -q * 0.4, 0.4)],
            (225, 225, 215),
            normal,
            False,
        )
    radius = 0.2 if kind == "off-road" else 0.17
    for x in (-0.62, 0.62):
        s.wheel(x, s.near * wide * 1.02, radius * 0.95, radius, hub)
    return colour


def view_name(yaw):
    a = abs(yaw)
    return "side" if a < 16 else ("front" if yaw > 0 else "rear") if a > 60 else "three-quarter"


def truck(rng, sheet, look, yaw):
    """Lorry, tanker, tipper, pick-up, fire engine or articulated lorry."""
    kind = rng.choice(("box", "tanker", "tipper", "pick-up", "fire engine", "articulated"))
    look["kind"], look["view"] = kind, view_name(yaw)
    colour = paintwork(rng) if kind != "fire engine" else hsv(0.0, 0.85, rng.uniform(0.6, 0.85))
    s = Solids(sheet, yaw, rng.uniform(5, 16))
    wide = 0.36
    high = rng.uniform(0.78, 0.95) if kind != "pick-up" else 0.66
    cab_end = -0.5 if kind != "pick-up" else -0.05
    s.side([(-0.95, 0.1), (1, 0.1), (1, 0.3), (-0.95, 0.3)], s.near * wide * 0.85, DARK)
    load = rng.choice((np.float32((235, 235, 232)), colour * 0.9, np.float32((190, 192, 196)), paintwork(rng)))

    def cab():
        snout = rng.random() < 0.35 and kind != "fire engine"
        if kind == "pick-up" or snout:
            belt = high * 0.62
            shape = [
                (-1, 0.16),
                (-1, belt * 0.9),
                (-0.62 if kind == "pick-up" else -0.78, belt),
                (cab_end, belt),
                (cab_end, 0.16),
            ]
            s.extrude(shape, -wide, wide, colour)
            start = -0.62 if kind == "pick-up" else -0.8
            s.extrude(
                [(start, belt), (start + 0.16, high), (cab_end, high), (cab_end, belt)],
                -wide * 0.9,
                wide * 0.9,
                colour,
                {0: GLASS * 1.2},
            )
            s.side(
                [
                    (start + 0.12, belt + 0.02),
                    (start + 0.2, high - 0.06),
                    (cab_end - 0.05, high - 0.06),
                    (cab_end - 0.05, belt + 0.02),
                ],
                s.near * wide * 0.92,
                GLASS,
            )
        else:
            s.extrude(
                [(-1, 0.14), (-1, high * 0.55), (-0.94, high), (cab_end, high), (cab_end, 0.14)],
                -wide,
                wide,
                colour,
                {1: GLASS * 1.2},
            )
            s.side(
                [(-0.93, high * 0.58), (-0.9, high * 0.9), (cab_end - 0.12, high * 0.9), (cab_end - 0.12, high * 0.58)],
                s.near * wide * 1.02,
                GLASS,
            )
        front = np.array([-1.0, 0, 0])
        for side in (-1, 1):
            a, b = side * wide * 0.9, side * wide * 0.6
            s.face([(-1.01, a, 0.2), (-1.01, b, 0.2), (-1.01, b, 0.3), (-1.01, a, 0.3)], (240, 236, 210), front, False)
        s.face([(-1.01, -0.2, 0.2), (-1.01, 0.2, 0.2), (-1.01, 0.2, 0.42), (-1.01, -0.2, 0.42)], DARK, front, False)

    def cargo():
        a = cab_end + 0.04
        if kind in ("box", "articulated", "fire engine"):
            top = rng.uniform(0.95, 1.2) if kind != "fire engine" else high * 0.95
            s.box(a, 1.0, -wide * 1.03, wide * 1.03, 0.26, top, load if kind != "fire engine" else colour)
            y = s.near * wide * 1.05
            if kind == "fire engine":
                s.side([(a, 0.5), (1, 0.5), (1, 0.57), (a, 0.57)], y, (240, 240, 235))
                s.box(a + 0.05, 0.95, -0.08, 0.08, top, top + 0.07, np.float32((200, 200, 205)))
                for k in range(3):
                    s.side(
                        [
                            (a + 0.1 + 0.4 * k, 0.3),
                            (a + 0.4 + 0.4 * k, 0.3),
                            (a + 0.4 + 0.4 * k, 0.48),
                            (a + 0.1 + 0.4 * k, 0.48),
                        ],
                        y,
                        (150, 152, 158),
                    )
            elif rng.random() < 0.6:
                stripe = paintwork(rng)
                z = rng.uniform(0.4, 0.8)
                s.side([(a + 0.1, z), (0.9, z), (0.9, z + 0.18), (a + 0.1, z + 0.18)], y, stripe)
        elif kind == "tanker":
            t = np.linspace(0, 2 * np.pi, 13)[:-1]
            ring = np.stack([np.cos(t) * wide, 0.62 + 0.32 * np.sin(t)], 1)
            for i in range(len(t)):
                (y0, z0), (y1, z1) = ring[i], ring[(i + 1) % len(t)]
                out = np.array([0, y0 + y1, (z0 + z1) / 2 - 0.62])
                s.face([(a, y0, z0), (1, y0, z0), (1, y1, z1), (a, y1, z1)], load, out / np.linalg.norm(out))
            s.face([(1.0, y, z) for y, z in ring], load * 0.9, np.array([1.0, 0, 0]))
        elif kind == "tipper":
            s.extrude([(a, 0.3), (a - 0.04, 0.85), (1.05, 0.8), (0.92, 0.3)], -wide, wide, load)
            for k in range(4):
                x = a + 0.15 + k * (0.85 - a) / 4
                s.side([(x, 0.34), (x + 0.05, 0.34), (x + 0.05, 0.78), (x, 0.78)], s.near * wide * 1.02, load * 0.6)
            s.face(
                [(a, -wide, 0.85), (1.0, -wide, 0.8), (1.0, wide, 0.8), (a, wide, 0.85)],
                (110, 90, 66),
                np.array([0, 0, 1.0]),
            )
        else:
            s.box(a - 0.02, 1.0, -wide, wide, 0.16, 0.42, colour)

    (cab, cargo)[0 if s.ahead[0] < 0 else 1]()  # what is farther away is drawn first
    (cargo, cab)[0 if s.ahead[0] < 0 else 1]()
    radius = 0.16 if kind != "pick-up" else 0.18
    places = {"pick-up": (-0.6, 0.6), "articulated": (-0.72, -0.3, 0.55, 0.85)}.get(kind, (-0.7, 0.35, 0.7))
    for x in places:
        s.wheel(x, s.near * wide * 1.04, radius * 0.9, radius, (140, 140, 146))
    return colour
