"""Bedrooms: a bed, what stands around it, daylight or lamps, seen by a wide-angle lens from somewhere in the room.

Stands in for the pictures of bedrooms of report 5 (LSUN bedrooms, estate photographs): 128x128x3.
"""

import math

import numpy as np

from labkit.datasets.drawn import furniture as f
from labkit.datasets.drawn import materials as m
from labkit.datasets.drawn import shell as sh
from labkit.datasets.drawn.camera import develop
from labkit.datasets.drawn.space import SIZE, Light, Scene

SHAPE = (SIZE, SIZE, 3)
CLASSES = None

WOODS = {
    "oak": (0.08, 0.5, 0.66),
    "walnut": (0.06, 0.5, 0.36),
    "cherry": (0.035, 0.62, 0.42),
    "black": (0.07, 0.2, 0.16),
    "white": (0.1, 0.04, 0.9),
    "pine": (0.09, 0.45, 0.8),
    "grey": (0.09, 0.08, 0.5),
}
WALLS = {
    "white": (0.1, 0.03, 0.92),
    "cream": (0.11, 0.17, 0.9),
    "sand": (0.09, 0.26, 0.8),
    "grey": (0.58, 0.05, 0.72),
    "blue": (0.57, 0.22, 0.72),
    "green": (0.25, 0.2, 0.7),
    "rose": (0.01, 0.17, 0.84),
    "ochre": (0.095, 0.45, 0.78),
    "brown": (0.06, 0.38, 0.56),
    "violet": (0.76, 0.14, 0.7),
}
_FLOORS = ("carpet", "boards", "parquet", "tiles")


def picture(rng, label=None):
    """Draw one bedroom: (uint8 (128, 128, 3), factors)."""
    look = {
        "time": rng.choices(("day", "evening", "night"), (60, 20, 20))[0],
        "bed_side": rng.choices(sh.SIDES, (27, 46, 27))[0],
        "bed_width": rng.choice((1.0, 1.4, 1.6, 1.8, 2.0)),
        "headboard": rng.choice(f.HEADBOARDS),
        "bedding": rng.choice(f.BEDDING),
        "pillows": rng.randint(1, 4),
        "wood": rng.choice(tuple(WOODS)),
        "wall": rng.choice(tuple(WALLS)),
        "floor": rng.choices(_FLOORS, (42, 34, 12, 12))[0],
        "dressing": rng.choice(("none", "curtains", "curtains", "blinds", "shutters")),
        "panes": rng.choice((1, 2, 2, 3)),
        "lamp": rng.choice(("none", "off", "on", "on")),
        "ceiling": rng.choice(("none", "fan", "fan", "bowl", "downlights")),
        "view": rng.uniform(62, 84),
    }
    width, depth = rng.uniform(3.2, 4.8), rng.uniform(3.3, 4.6)
    room = (width, depth, rng.uniform(2.4, 3.0))
    colours = _palette(rng, look)

    side = look["bed_side"]
    if side == "back":
        spot = rng.uniform(0.35, 0.65) * width
        base = f.frame(spot, depth, (0, -1))
        target = np.array([spot, depth - 1.0])
        eye = (rng.uniform(0.1, 0.9) * width, rng.uniform(0.0, 0.8) * (depth - 2.9), rng.uniform(1.25, 1.65))
    else:
        spot = rng.uniform(0.5, 0.68) * depth
        left = side == "left"
        base = f.frame(0 if left else width, spot, (1 if left else -1, 0))
        target = np.array([1.1 if left else width - 1.1, spot + 0.5])
        across = rng.uniform(0.55, 0.92)
        eye = (width * (across if left else 1 - across), rng.uniform(-0.3, 0.5), rng.uniform(1.25, 1.65))
    yaw = math.degrees(math.atan2(target[0] - eye[0], target[1] - eye[1])) * rng.uniform(0.65, 1.05) + rng.gauss(0, 4)
    scene = Scene(eye, yaw, look["view"], shift=rng.uniform(-0.28, -0.02))
    scene.room = room

    _shell(scene, rng, look, colours)
    windows = _windows(scene, rng, look, colours, side, spot)
    _on_walls(scene, rng, look, colours, side, spot, windows)
    f.bed(scene, rng, base, look, colours)
    _around_the_bed(scene, rng, look, colours, base)
    _elsewhere(scene, rng, look, colours, side)

    ambient = {"day": 0.36, "evening": 0.2, "night": 0.13}[look["time"]] * np.array([1.0, 0.97, 0.93])
    sun = None
    if look["time"] != "night" and look["dressing"] in ("none", "curtains") and windows and rng.random() < 0.45:
        axis, plane = windows[0][:2]
        ahead = np.array([rng.uniform(-0.6, 0.6), rng.uniform(-0.6, 0.6), rng.uniform(0.5, 1.1)])
        ahead[axis] = 1.0 if plane > 0 else -1.0
        sun = (ahead / np.linalg.norm(ahead), np.array([2.2, 1.9, 1.5]) * (1 if look["time"] == "day" else 0.6))
    gloss = {"carpet": 0.0, "boards": 0.13, "parquet": 0.18, "tiles": 0.2}[look["floor"]]
    light = scene.render(ambient, sun, gloss if look["time"] != "night" else 0.0, windows)
    pixels = develop(rng, light)
    factors = {
        **look,
        "width": width,
        "depth": depth,
        "height": room[2],
        "yaw": yaw,
        "sun": int(sun is not None),
        "windows": len(windows),
    }
    return pixels, factors


def _palette(rng, look):
    wood, wall = near(rng, WOODS[look["wood"]]), near(rng, WALLS[look["wall"]])
    accent = textile(rng)
    spread = rng.choice((m.tint(0.1, rng.uniform(0, 0.1), rng.uniform(0.8, 0.95)), accent, textile(rng)))
    floor = {
        "carpet": (0.09, rng.uniform(0.05, 0.22), rng.uniform(0.5, 0.85)),
        "boards": rng.choice(((0.07, 0.5, 0.55), (0.08, 0.45, 0.7), (0.05, 0.55, 0.4), (0.08, 0.15, 0.6))),
        "parquet": (0.08, 0.5, rng.uniform(0.5, 0.75)),
        "tiles": (0.09, rng.uniform(0.02, 0.3), rng.uniform(0.6, 0.85)),
    }
    feature = accent * 0.8 if rng.random() < 0.15 else wall
    white = m.tint(0.1, 0.03, 0.94)
    return {
        "wood": wood,
        "wall": wall,
        "feature": feature,
        "feature_side": look["bed_side"],
        "accent": accent,
        "spread": spread,
        "second": rng.choice((accent, white, wood)),
        "floor": near(rng, floor[look["floor"]]),
        "ceiling": rng.choice((white, white, 0.5 * (white + wall))),
        "trim": rng.choice((white, white, wood)),
        "fabric": rng.choice((accent, m.tint(0.09, 0.15, rng.uniform(0.2, 0.8)))),
        "frame": rng.choice((wood, white * 0.02)),
        "curtain": rng.choice((white, accent, wall * 0.8)),
        "door": rng.choice((white, wood)),
        "metal": m.tint(0.1, rng.uniform(0, 0.4), rng.choice((0.15, 0.6))),
        "lamp": m.tint(rng.random(), rng.uniform(0, 0.6), rng.uniform(0.2, 0.8)),
    }


def near(rng, colour):
    """Return a reflectance near a hue, saturation and value."""
    hue, saturation, value = colour
    return m.tint(hue + rng.gauss(0, 0.012), saturation + rng.gauss(0, 0.03), value + rng.gauss(0, 0.03))


def textile(rng):
    """Choose the colour of a textile: earthy more often than bright."""
    hue = rng.choice((0.0, 0.02, 0.05, 0.08, 0.1, 0.12, 0.3, 0.48, 0.57, 0.6, 0.64, 0.93)) + rng.gauss(0, 0.015)
    return m.tint(hue, min(max(rng.gauss(0.4, 0.22), 0.03), 0.85), rng.uniform(0.25, 0.88))


def _shell(scene, rng, look, colours):
    floor = {
        "carpet": lambda: m.rough(rng, "grain", 70, 0.07),
        "boards": lambda: m.planks(rng, 0.15, 0.3, rng.choice("st")),
        "parquet": lambda: m.planks(rng, 0.09, 0.45, rng.choice("st")),
        "tiles": lambda: m.tiled(rng, rng.uniform(0.33, 0.5), 0.8, 0.1, rng.random() < 0.4),
    }[look["floor"]]()
    wall = m.striped(rng, 0.16, 0.88) if rng.random() < 0.07 else None
    sh.shell(scene, rng, colours, floor, wall)


def _windows(scene, rng, look, colours, bed_side, spot):
    light = {
        "day": np.array([3.6, 3.7, 3.9]),
        "evening": np.array([2.6, 1.7, 1.1]),
        "night": np.array([0.05, 0.07, 0.14]),
    }
    windows = []
    sides = [s for s in sh.SIDES if s != bed_side]
    rng.shuffle(sides)
    for side in sides[: rng.choice((1, 1, 2))]:
        long = sh.wall_length(scene, side)
        width, sill = rng.uniform(0.9, min(2.2, long * 0.45)), rng.choice((0.1, 0.8, 0.9, 1.0))
        height = rng.uniform(1.9, 2.1) if sill < 0.5 else rng.uniform(1.0, 1.4)
        windows.append(
            sh.window(
                scene,
                rng,
                side,
                rng.uniform(0.42, 0.7) * long,
                width,
                sill,
                min(height, scene.room[2] - sill - 0.2),
                look,
                colours,
                light[look["time"]],
            )
        )
    if bed_side == "back" and rng.random() < 0.35:  # small windows beside the bed
        for x in (spot - 1.45, spot + 1.45):
            if 0.5 < x < scene.room[0] - 0.5:
                windows.append(sh.window(scene, rng, "back", x, 0.6, 1.0, 1.1, look, colours, light[look["time"]]))
    return windows


def _on_walls(scene, rng, look, colours, side, spot, windows):
    count = rng.choice((0, 1, 1, 2, 3))
    wide = rng.uniform(0.35, 0.6) if count > 1 else rng.uniform(0.5, 1.1)
    for k in range(count):
        sh.picture_frame(
            scene,
            rng,
            side,
            spot + (k - (count - 1) / 2) * (wide + 0.15),
            rng.uniform(1.65, 1.8),
            wide,
            rng.uniform(0.4, 0.7),
            colours,
        )
    taken = {(w[0], w[1] > 0) for w in windows}
    for other, key in (("left", (0, False)), ("right", (0, True)), ("back", (1, True))):
        if other != side and key not in taken and rng.random() < 0.6:
            if rng.random() < 0.55:
                sh.door(
                    scene,
                    rng,
                    other,
                    rng.uniform(0.55, 0.8) * sh.wall_length(scene, other),
                    colours,
                    rng.random() < 0.35,
                )
            else:
                sh.picture_frame(
                    scene,
                    rng,
                    other,
                    rng.uniform(0.4, 0.7) * sh.wall_length(scene, other),
                    1.55,
                    rng.uniform(0.5, 1.0),
                    rng.uniform(0.5, 0.9),
                    colours,
                )


def _around_the_bed(scene, rng, look, colours, base):
    warm = np.array([0.75, 0.5, 0.26]) * (0.5 if look["time"] == "day" else 1.0)
    half = look["bed_width"] / 2
    for x in (-half - 0.38, half + 0.38):
        foot = f.to_room(base, x, 0.2)
        if (
            not (0.25 < foot[0] < scene.room[0] - 0.05 and 0.2 < foot[1] < scene.room[1] - 0.02)
            and look["bed_side"] == "back"
        ):
            continue
        if rng.random() < 0.8:
            place = f.nightstand(scene, rng, base, x, colours, look["lamp"])
            if place is not None and look["lamp"] == "on":
                scene.lights.append(Light(tuple(place + 0.12 * base[2]), warm, None, 0.12))
    if rng.random() < 0.5:
        reach = rng.uniform(0.4, 0.9)
        corners = np.array([f.to_room(base, s * (half + reach), y) for s, y in ((-1, 0.8), (1, 2.3 + reach))])
        (x0, y0), (x1, y1) = corners[:, :2].min(0), corners[:, :2].max(0)
        sh.rug(
            scene,
            rng,
            max(x0, 0.1),
            min(x1, scene.room[0] - 0.1),
            y0,
            min(y1, scene.room[1] - 0.1),
            colours["fabric"],
            colours["second"],
        )
    if rng.random() < 0.25:
        f.seat(scene, rng, base, 0, 2.45, look["bed_width"] * 0.8, colours, False)


def _elsewhere(scene, rng, look, colours, side):
    width, depth, _ = scene.room
    lamp = np.array([1.5, 1.25, 0.95]) * {"day": rng.choice((0.0, 0.35)), "evening": 0.7, "night": 1.0}[look["time"]]
    if look["ceiling"] == "fan":
        sh.ceiling_fan(scene, rng, width * rng.uniform(0.4, 0.6), depth * rng.uniform(0.45, 0.65), colours, lamp)
    elif look["ceiling"] == "bowl":
        scene.group(np.array([width / 2, depth / 2, scene.room[2]]))
        sh.bowl(scene, rng, width / 2, depth * 0.55, scene.room[2] - 0.14, lamp)
    elif look["ceiling"] == "downlights":
        sh.downlights(scene, rng, lamp)
    elif look["time"] == "night" and look["lamp"] != "on":
        scene.lights.append(Light((width / 2, 0.2, 2.2), lamp, None, 1.0))
    free = {"left": f.frame(0, depth * 0.82, (1, 0)), "right": f.frame(width, depth * 0.82, (-1, 0))}
    for other, base in free.items():
        if side not in (other, "back") or (side == "back" and width > 4.3):
            if side == other:
                continue
            kind = rng.choice(("none", "chest", "wardrobe", "chair", "plant"))
            if kind == "chest":
                f.cabinet(scene, rng, base, 0, rng.uniform(0.9, 1.3), rng.uniform(0.75, 1.1), 0.45, 2, 3, colours)
            elif kind == "wardrobe":
                f.cabinet(scene, rng, base, 0, rng.uniform(1.0, 1.3), rng.uniform(1.9, 2.2), 0.55, 2, 1, colours)
            elif kind == "chair":
                f.seat(scene, rng, base, 0, 0.5, 0.75, colours, True)
            elif kind == "plant":
                f.plant(scene, rng, f.to_room(base, 0, 0.35))
