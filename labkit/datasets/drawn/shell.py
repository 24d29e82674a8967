"""Floor, walls, ceiling and what is fixed to them: windows, doors, pictures, mirrors, mouldings, lamps."""

import numpy as np

from labkit.datasets.drawn import materials as m
from labkit.datasets.drawn.space import Light

X, Y, Z = np.eye(3)
SIDES = ("left", "back", "right")


def wall_axes(scene, side):
    """Return (origin, u, inward): a wall's lower left corner as seen from inside, its axis, the way into the room."""
    width, depth, _ = scene.room
    return {"left": (np.zeros(3), Y, X), "back": (depth * Y, X, -Y), "right": (width * X, Y, -X)}[side]


def wall_length(scene, side):
    """Return how long a wall is, metres."""
    return scene.room[0] if side == "back" else scene.room[1]


def rectangle(a, b, c, d):
    """Return the outline of a rectangle from (a, c) to (b, d)."""
    return ((a, c), (b, c), (b, d), (a, d))


def shell(scene, rng, colours, floor, wall=None, moulding=True):
    """Add floor, ceiling, three walls and their skirting boards."""
    width, depth, height = scene.room
    scene.group()
    scene.floor = scene.patch((0, 0, 0), X, Y, rectangle(0, width, -1.5, depth), colours["floor"], floor)
    scene.patch((0, 0, height), X, Y, rectangle(0, width, -1.5, depth), colours["ceiling"])
    for side in SIDES:
        origin, u, _ = wall_axes(scene, side)
        long, back = wall_length(scene, side), 0 if side == "back" else -1.5
        colour = colours["feature"] if side == colours.get("feature_side") else colours["wall"]
        scene.patch(origin, u, Z, rectangle(back, long, 0, height), colour, wall or m.rough(rng, "rough", 50, 0.025))
        if moulding:
            scene.patch(origin, u, Z, rectangle(back, long, 0, 0.11), colours["trim"])
    if moulding and rng.random() < 0.4:
        for side in SIDES:
            origin, u, _ = wall_axes(scene, side)
            scene.patch(
                origin,
                u,
                Z,
                rectangle(0 if side == "back" else -1.5, wall_length(scene, side), height - 0.1, height),
                colours["trim"],
            )


def window(scene, rng, side, centre, width, sill, height, look, colours, light):
    """Add a window with its panes, and curtains, blinds or neither; it shines in. Returns it as render() takes it."""
    scene.group()
    origin, u, inward = wall_axes(scene, side)
    a, b, c, d = centre - width / 2, centre + width / 2, sill, sill + height
    scene.patch(origin, u, Z, rectangle(a - 0.07, b + 0.07, c - 0.07, d + 0.07), colours["trim"])
    night = look["time"] == "night"
    glow = {"day": 2.6, "evening": 1.2, "night": 1.0}[look["time"]]
    view = m.outdoors(rng, night, rng.uniform(0.1, 0.7) * height)
    origin_pane = origin + a * u + c * Z
    scene.patch(origin_pane, u, Z, rectangle(0, width, 0, height), (1, 1, 1), view, glow)
    if look["dressing"] in ("blinds", "shutters"):
        scene.patch(
            origin_pane,
            u,
            Z,
            rectangle(0, width, height * rng.uniform(0, 0.5) if look["dressing"] == "blinds" else 0, height),
            m.tint(0.1, 0.05, 0.9),
            m.slats(rng.uniform(0.05, 0.09)),
            glow * 0.3,
            fine=True,
        )
    bars = None
    lines = [rectangle(x - 0.02, x + 0.02, 0, height) for x in np.linspace(0, width, look["panes"] + 1)]
    lines += [rectangle(0, width, z - 0.02, z + 0.02) for z in np.linspace(0, height, rng.choice((2, 3)))]
    for line in lines:
        bars = scene.patch(origin_pane, u, Z, line, colours["trim"], share=bars)
    if look["dressing"] == "curtains":
        top, wide = d + 0.15, width * rng.uniform(0.2, 0.36)
        low = rng.choice((0.05, 0.05, c - 0.15))
        folds, cloth = m.curtain(rng, rng.uniform(0.1, 0.18)), colours["curtain"]
        for x0, x1 in ((a - 0.22, a - 0.22 + wide), (b + 0.22 - wide, b + 0.22)):
            scene.patch(origin + 0.06 * inward, u, Z, rectangle(x0, x1, low, top), cloth, folds, 0.12 * glow)
        scene.patch(
            origin + 0.07 * inward, u, Z, rectangle(a - 0.35, b + 0.35, top - 0.02, top + 0.03), colours["metal"]
        )
    place = origin + centre * u + (sill + height / 2) * Z + 0.05 * inward
    scene.lights.append(Light(tuple(place), light * width * height, tuple(inward), 0.5))
    axis = 0 if side != "back" else 1
    plane = {"left": 0.0, "back": scene.room[1], "right": scene.room[0]}[side]
    return (axis, plane, a, b, c, d)


def door(scene, rng, side, centre, colours, ajar=False):
    """Add a door; ``ajar``: a dark opening instead."""
    scene.group()
    origin, u, _ = wall_axes(scene, side)
    a, b = centre - 0.42, centre + 0.42
    scene.patch(origin, u, Z, rectangle(a - 0.08, b + 0.08, 0, 2.12), colours["trim"])
    if ajar:
        scene.patch(origin, u, Z, rectangle(a, b, 0, 2.04), colours["wall"] * 0.35, m.fading(0.6, 1.3, 0, 2))
        return
    leaf = colours["door"]
    scene.patch(origin, u, Z, rectangle(a, b, 0, 2.04), leaf, m.grained(rng, 0.05))
    panels = None
    for c, d in ((0.15, 0.85), (1.0, 1.9)):
        for x0, x1 in ((a + 0.1, centre - 0.04), (centre + 0.04, b - 0.1)):
            panels = scene.patch(origin, u, Z, rectangle(x0, x1, c, d), leaf * 0.8, share=panels)
    scene.patch(origin, u, Z, rectangle(a + 0.04, a + 0.1, 0.98, 1.06), colours["metal"])


def picture_frame(scene, rng, side, centre, middle, width, height, colours):
    """Hang a picture."""
    scene.group()
    origin, u, _ = wall_axes(scene, side)
    a, c = centre - width / 2, middle - height / 2
    f = rng.uniform(0.02, 0.06)
    wood = colours["frame"]
    scene.patch(origin, u, Z, rectangle(a - f, a + width + f, c - f, c + height + f), wood)
    mat = rng.choice((0, 0, 0.06, 0.1))
    if mat:
        scene.patch(origin, u, Z, rectangle(a, a + width, c, c + height), m.tint(0.1, 0.03, 0.93))
    scene.patch(
        origin + (a + mat) * u + (c + mat) * Z,
        u,
        Z,
        rectangle(0, width - 2 * mat, 0, height - 2 * mat),
        (1, 1, 1),
        m.painted(rng),
        fine=True,
    )


def mirror(scene, rng, side, centre, middle, width, height, colours, oval=False):
    """Hang a mirror: it shows a blurred, lighter room."""
    scene.group()
    origin, u, _ = wall_axes(scene, side)
    t = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    ring = np.stack([np.cos(t), np.sin(t)], 1) if oval else np.array(rectangle(-1, 1, -1, 1), float)
    f = rng.uniform(0.03, 0.07)
    scene.patch(
        origin, u, Z, ring * (width / 2 + f, height / 2 + f) + (centre, middle), colours["frame"], m.grained(rng)
    )
    shown = 0.55 * colours["wall"] + 0.25 * colours["ceiling"] + 0.05
    scene.patch(
        origin,
        u,
        Z,
        ring * (width / 2, height / 2) + (centre, middle),
        shown,
        m.both(m.fading(0.65, 1.15, middle - height / 2, middle + height / 2), m.rough(rng, "cloud", 40, 0.16)),
        0.15,
    )


def ceiling_fan(scene, rng, x, y, colours, light):
    """Hang a fan with a lamp below it."""
    height = scene.room[2]
    scene.group(np.array([x, y, height]))
    z, long, start = height - rng.uniform(0.25, 0.4), rng.uniform(0.5, 0.68), rng.random() * 6
    blades = None
    for k in range(5):
        a = start + k * 2 * np.pi / 5
        ahead, across = np.array([np.cos(a), np.sin(a)]), np.array([-np.sin(a), np.cos(a)])
        blade = [r * ahead + w * across for r, w in ((0.12, -0.04), (long, -0.08), (long, 0.08), (0.12, 0.04))]
        blades = scene.patch((x, y, z), X, Y, blade, colours["wood"], share=blades)
    scene.box((x - 0.02, y - 0.02, z), (x + 0.02, y + 0.02, height), colours["metal"])
    scene.billboard(np.array([x, y, z - 0.08]), 0.22, 0.16, colours["metal"], round_=0.7)
    bowl(scene, rng, x, y, z - 0.2, light)


def bowl(scene, rng, x, y, z, light):
    """Add a glass bowl that glows when ``light`` is not dark, and its light."""
    t = np.linspace(np.pi, 2 * np.pi, 12)
    on = float(np.max(light)) > 0
    outline = [(-1, 1), *np.stack([np.cos(t), 1 + np.sin(t)], 1).tolist(), (1, 1)]
    scene.billboard(
        np.array([x, y, z]), rng.uniform(0.2, 0.32), 0.13, m.tint(0.12, 0.1, 0.97), outline, glow=4.0 if on else 0.1
    )
    if on:
        scene.lights.append(Light((x, y, z - 0.1), light, None, 0.6))


def downlights(scene, rng, light):
    """Let small round lamps into the ceiling."""
    width, depth, height = scene.room
    scene.group()
    t = np.linspace(0, 2 * np.pi, 12, endpoint=False)
    on = float(np.max(light)) > 0
    spots = None
    for x in (0.25, 0.75):
        for y in (0.35, 0.8):
            ring = 0.09 * np.stack([np.cos(t), np.sin(t)], 1) + (x * width, y * depth)
            spots = scene.patch(
                (0, 0, height - 0.001), X, Y, ring, (1, 0.95, 0.85), None, 5.0 if on else 0.2, share=spots
            )
    if on:
        scene.lights.append(Light((width / 2, depth * 0.6, height - 0.15), light, None, 1.0))


def rug(scene, rng, x0, x1, y0, y1, colour, second):
    """Lay a rug with a border on the floor."""
    scene.group()
    factor = np.clip(second / np.maximum(colour, 0.02), 0.1, 4)
    pattern = rng.choice(
        (
            lambda: m.rough(rng, "grain", 40, 0.1),
            lambda: m.flowered(rng, rng.uniform(0.5, 1.5), factor),
            lambda: m.striped(rng, rng.uniform(0.1, 0.3), factor),
            lambda: m.checked(rng, 0.3, factor),
        )
    )()
    scene.patch((0, 0, 0.001), X, Y, rectangle(x0, x1, y0, y1), second, m.rough(rng, "grain", 40, 0.08))
    inner = rectangle(x0 + 0.12, x1 - 0.12, y0 + 0.12, y1 - 0.12)
    scene.patch((0, 0, 0.002), X, Y, inner, colour, pattern, fine=True)
