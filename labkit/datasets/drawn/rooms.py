"""Kitchens and bathrooms, drawn with the same small renderer as the bedrooms: 128x128x3.

They stand in for the other rooms of the estate photographs, for what a model of bedrooms should tell apart.
"""

import math

import numpy as np

from labkit.datasets.drawn import bathroom as ba
from labkit.datasets.drawn import furniture as f
from labkit.datasets.drawn import kitchen as ki
from labkit.datasets.drawn import materials as m
from labkit.datasets.drawn import shell as sh
from labkit.datasets.drawn.bedrooms import WALLS, WOODS, near, textile
from labkit.datasets.drawn.camera import develop
from labkit.datasets.drawn.space import SIZE, Light, Scene

SHAPE = (SIZE, SIZE, 3)
CLASSES = ("kitchen", "bathroom")
_WHITE = m.tint(0.1, 0.03, 0.94)
_FLOORS = ("tiles", "turned tiles", "chequered", "boards")


def picture(rng, label):
    """Draw one kitchen (label 0) or bathroom (label 1): (uint8 (128, 128, 3), factors)."""
    kitchen = label == 0
    look = {
        "room": CLASSES[label],
        "time": rng.choices(("day", "evening", "night"), (60, 15, 25))[0],
        "wood": rng.choice(tuple(WOODS)),
        "wall": rng.choice(tuple(WALLS)),
        "floor": rng.choices(_FLOORS, (40, 22, 10, 28 if kitchen else 6))[0],
        "dressing": rng.choice(("none", "none", "blinds", "shutters")),
        "panes": rng.choice((1, 2)),
        "view": rng.uniform(58, 82),
        "ceiling": rng.choice(("bowl", "downlights", "downlights")),
        "main": "",
        "island": 0,
        "bath": "none",
        "toilet": 0,
    }
    colours = _palette(rng, look)
    width, depth = (
        (rng.uniform(3.0, 4.6), rng.uniform(3.0, 4.2)) if kitchen else (rng.uniform(2.2, 3.4), rng.uniform(2.4, 3.6))
    )
    eye = (rng.uniform(0.15, 0.85) * width, rng.uniform(-0.5, 0.3), rng.uniform(1.3, 1.65))
    target = (rng.uniform(0.25, 0.75) * width, depth)
    yaw = math.degrees(math.atan2(target[0] - eye[0], target[1] - eye[1])) + rng.gauss(0, 6)
    scene = Scene(eye, yaw, look["view"], shift=rng.uniform(-0.3, 0.0))
    scene.room = (width, depth, rng.uniform(2.4, 2.8))
    _shell(scene, rng, look, colours)
    windows = (_kitchen if kitchen else _bathroom)(scene, rng, look, colours)
    lamp = np.array([1.5, 1.3, 1.05]) * {"day": rng.choice((0.0, 0.5)), "evening": 0.8, "night": 1.2}[look["time"]]
    if look["ceiling"] == "bowl":
        scene.group(np.array([width / 2, depth / 2, scene.room[2]]))
        sh.bowl(scene, rng, width / 2, depth * 0.55, scene.room[2] - 0.14, lamp)
    else:
        sh.downlights(scene, rng, lamp)
    ambient = {"day": 0.42, "evening": 0.26, "night": 0.2}[look["time"]] * np.array([1.0, 0.97, 0.92])
    sun = None
    if look["time"] == "day" and windows and rng.random() < 0.3:
        axis, plane = windows[0][:2]
        ahead = np.array([rng.uniform(-0.6, 0.6), rng.uniform(-0.6, 0.6), rng.uniform(0.5, 1.1)])
        ahead[axis] = 1.0 if plane > 0 else -1.0
        sun = (ahead / np.linalg.norm(ahead), np.array([2.2, 1.9, 1.5]))
    light = scene.render(ambient, sun, 0.16 if look["time"] != "night" else 0.0, windows)
    return develop(rng, light), {
        **look,
        "width": width,
        "depth": depth,
        "yaw": yaw,
        "sun": int(sun is not None),
        "windows": len(windows),
    }


def _palette(rng, look):
    wood, wall, accent = near(rng, WOODS[look["wood"]]), near(rng, WALLS[look["wall"]]), textile(rng)
    tile = m.tint(rng.choice((0.09, 0.1, 0.57, 0.4)), rng.uniform(0.02, 0.25), rng.uniform(0.6, 0.93))
    floor = (
        m.tint(0.08, rng.uniform(0.05, 0.35), rng.uniform(0.45, 0.85))
        if look["floor"] != "boards"
        else m.tint(0.07, 0.5, rng.uniform(0.4, 0.75))
    )
    return {
        "wood": wood,
        "wall": wall,
        "feature": wall,
        "accent": accent,
        "second": _WHITE,
        "floor": floor,
        "tile": tile,
        "ceiling": _WHITE,
        "trim": rng.choice((_WHITE, _WHITE, wood)),
        "fabric": textile(rng),
        "frame": rng.choice((wood, _WHITE * 0.03)),
        "top": rng.choice(
            (
                m.tint(0.09, 0.1, rng.uniform(0.7, 0.93)),
                m.tint(0.6, 0.05, rng.uniform(0.12, 0.4)),
                m.tint(0.07, 0.45, 0.55),
            )
        ),
        "curtain": accent,
        "door": rng.choice((_WHITE, wood)),
        "metal": m.tint(0.1, rng.uniform(0, 0.3), rng.choice((0.2, 0.7))),
    }


def _shell(scene, rng, look, colours):
    side = rng.uniform(0.3, 0.5)
    floor = {
        "tiles": lambda: m.tiled(rng, side),
        "turned tiles": lambda: m.tiled(rng, side, turned=True),
        "chequered": lambda: m.tiled(rng, side, second=rng.uniform(0.12, 0.6), turned=rng.random() < 0.5),
        "boards": lambda: m.planks(rng, 0.14, 0.3, rng.choice("st")),
    }[look["floor"]]()
    sh.shell(scene, rng, colours, floor)


def _wall_tiles(scene, rng, colours, side, low, high, size):
    scene.group()
    origin, u, _ = sh.wall_axes(scene, side)
    scene.patch(
        origin,
        u,
        sh.Z,
        sh.rectangle(0 if side == "back" else -1.0, sh.wall_length(scene, side), low, high),
        colours["tile"],
        m.tiled(rng, size, turned=rng.random() < 0.15),
    )


def _window(scene, rng, look, colours, side, centre, sill, width, height):
    light = {"day": (3.4, 3.5, 3.7), "evening": (2.4, 1.7, 1.1), "night": (0.05, 0.07, 0.14)}[look["time"]]
    return sh.window(scene, rng, side, centre, width, sill, height, look, colours, np.array(light))


def _kitchen(scene, rng, look, colours):
    width, depth, _ = scene.room
    windows = []
    for side in ("back", "left", "right"):
        _wall_tiles(scene, rng, colours, side, 0.9, 1.46, rng.choice((0.1, 0.15)))
    back = f.frame(width / 2, depth, (0, -1))  # its x runs from right to left in the picture, or the other way round
    sign = 1 if back[1][0] > 0 else -1
    half = width / 2
    look["main"] = rng.choice(("stove", "window"))
    spot = rng.uniform(-0.2, 0.2) * width
    if look["main"] == "window":
        windows.append(
            _window(
                scene,
                rng,
                look,
                colours,
                "back",
                half + sign * spot,
                1.05,
                rng.uniform(0.9, 1.4),
                rng.uniform(0.8, 1.0),
            )
        )
        gap = 0.75
        ki.low_cupboards(scene, rng, back, -half, half, colours, sink=spot)
    else:
        gap = 0.35
        ki.low_cupboards(scene, rng, back, -half, spot - 0.36, colours)
        ki.low_cupboards(scene, rng, back, spot + 0.36, half, colours)
        ki.stove(scene, rng, back, spot, colours)
    high = rng.uniform(2.1, 2.3)
    for a, b in ((-half, spot - gap), (spot + gap, half)):
        if b - a > 0.3 and rng.random() < 0.9:
            ki.high_cupboards(scene, rng, back, a, b, colours, 1.45, high)
    for side, base in (("left", f.frame(0, depth - 0.62, (1, 0))), ("right", f.frame(width, depth - 0.62, (-1, 0)))):
        along = 1 if base[1][1] < 0 else -1  # towards the camera
        kind = rng.choice(("none", "run", "fridge", "run"))
        if kind == "run":
            a, b = sorted((0, along * rng.uniform(1.2, 2.0)))
            if look["main"] == "window" and rng.random() < 0.6:
                ki.stove(scene, rng, base, (a + b) / 2, colours)
                ki.low_cupboards(scene, rng, base, a, (a + b) / 2 - 0.36, colours)
                ki.low_cupboards(scene, rng, base, (a + b) / 2 + 0.36, b, colours)
            else:
                ki.low_cupboards(scene, rng, base, a, b, colours)
                if rng.random() < 0.7:
                    ki.high_cupboards(scene, rng, base, a, b, colours, 1.45, high)
        elif kind == "fridge":
            ki.fridge(scene, rng, base, along * 0.5, colours)
        elif rng.random() < 0.6:
            long = sh.wall_length(scene, side)
            windows.append(_window(scene, rng, look, colours, side, 0.4 * long, 0.95, rng.uniform(0.8, 1.3), 1.1))
    if width > 3.4 and rng.random() < 0.5:
        look["island"] = 1
        y = depth - rng.uniform(1.75, 2.0)
        ki.island(scene, rng, width / 2, y, colours)
        for dx in (-0.4, 0.4):
            place = ki.pendant(scene, rng, width / 2 + dx, y, colours)
            if dx > 0:
                scene.lights.append(Light(place, np.array([0.7, 0.55, 0.35]), None, 0.3))
    return windows


def _bathroom(scene, rng, look, colours):
    width, depth, _ = scene.room
    windows = []
    if rng.random() < 0.6:
        size, high = rng.choice((0.1, 0.2, 0.3)), rng.choice((1.2, 1.2, scene.room[2]))
        for side in sh.SIDES:
            _wall_tiles(scene, rng, colours, side, 0, high, size)
    main, look["main"] = rng.choice((("vanity", "vanity"), ("vanity", "vanity"), ("bath", "bath")))
    look["bath"] = rng.choice(("none", "tub", "shower", "cabin")) if main == "vanity" else rng.choice(("tub", "shower"))
    look["toilet"] = int(rng.random() < 0.65)
    back = f.frame(width / 2, depth, (0, -1))
    left, right = f.frame(0, depth - 0.5, (1, 0)), f.frame(width, depth - 0.5, (-1, 0))
    swap = rng.random() < 0.5
    far, other = (right, left) if swap else (left, right)
    far_side, other_side = ("right", "left") if swap else ("left", "right")
    if main == "vanity":
        long = rng.uniform(0.8, min(width - 0.3, 2.0))
        spot = rng.uniform(-0.5, 0.5) * (width - long - 0.1)
        basins = 2 if long > 1.5 and rng.random() < 0.7 else 1
        middle = width / 2 + spot * (1 if back[1][0] > 0 else -1)
        if rng.random() < 0.3 and basins == 2:
            for s in (-1, 1):
                sh.mirror(scene, rng, "back", middle + s * long / 4, 1.5, 0.5, 0.75, colours, rng.random() < 0.5)
        else:
            sh.mirror(
                scene,
                rng,
                "back",
                middle,
                1.5,
                long * rng.uniform(0.6, 1.0),
                rng.uniform(0.75, 1.0),
                colours,
                rng.random() < 0.25,
            )
        _mirror_lamps(scene, rng, look, middle, depth)
        ba.vanity(scene, rng, back, spot, long, colours, basins)
        if look["bath"] in ("tub", "shower"):
            ba.bath(scene, rng, far, 0, 1.5, colours, look["bath"])
        elif look["bath"] == "cabin":
            ba.shower(scene, rng, far, 0, colours)
    else:
        ba.bath(scene, rng, back, 0, min(width - 0.1, 1.8), colours, look["bath"])
        if look["bath"] == "tub":
            windows.append(_window(scene, rng, look, colours, "back", width / 2, 1.0, rng.uniform(0.8, 1.2), 0.9))
        spot = 0.5 if far[1][1] < 0 else -0.5
        ba.vanity(scene, rng, far, spot, rng.uniform(0.8, 1.1), colours, 1)
        sh.mirror(scene, rng, far_side, depth - 1.0, 1.5, 0.7, 0.9, colours, rng.random() < 0.4)
    along = 1 if other[1][1] < 0 else -1
    if look["toilet"]:
        ba.toilet(scene, rng, other, along * rng.uniform(0.1, 0.5), colours)
        if rng.random() < 0.5:
            sh.picture_frame(scene, rng, other_side, depth - 0.8, 1.6, 0.4, 0.5, colours)
    if rng.random() < 0.7:
        ba.towel(scene, rng, other, along * 1.25, colours)
    if not windows and rng.random() < 0.5:
        windows.append(
            _window(
                scene, rng, look, colours, other_side, 0.5 * depth, 1.2, rng.uniform(0.5, 0.8), rng.uniform(0.6, 0.9)
            )
        )
    if rng.random() < 0.5:
        x, y = width / 2, depth - 1.2
        sh.rug(scene, rng, x - 0.45, x + 0.45, y - 0.3, y + 0.3, colours["fabric"], colours["second"])
    if rng.random() < 0.25:
        f.plant(scene, rng, np.array([0.35 if swap else width - 0.35, depth - 0.4, 0.0]))
    return windows


def _mirror_lamps(scene, rng, look, x, depth):
    """Add a row of lamps above the mirror."""
    count, z = rng.choice((2, 3, 4)), rng.uniform(2.02, 2.15)
    scene.group()
    on = look["time"] != "day" or rng.random() < 0.6
    for k in range(count):
        place = np.array([x + (k - (count - 1) / 2) * 0.22, depth - 0.12, z])
        scene.billboard(
            place,
            0.12,
            0.13,
            (1, 0.95, 0.85),
            ((-0.6, 0), (0.6, 0), (1, 0.6), (0.6, 1), (-0.6, 1), (-1, 0.6)),
            glow=3.5 if on else 0.1,
        )
    if on:
        scene.lights.append(Light((x, depth - 0.3, z), np.array([1.1, 0.9, 0.62]), None, 0.3))
