"""A small renderer for interiors: flat surfaces in a room, seen in perspective, each sample lit by windows and lamps.

Surfaces are painted far to near into a picture of surface numbers (the painter's algorithm). Then every sample knows
its surface, hence its point in the room, and is textured and lit there: "deferred shading". World axes: x to the right
along the back wall, y away from the camera, z up; lengths in metres; colours are reflectances, 0 to 1, in linear light.
"""

import math
from dataclasses import dataclass, field

import numpy as np
from PIL import Image, ImageDraw

from labkit.datasets.drawn.geometry import NEAR, along, clip, cross, dot, floats, mirrored, through
from labkit.datasets.drawn.paint import grid

SIZE = 128  # of the finished picture
FINE = 2  # samples per pixel and axis
_R = SIZE * FINE
_UP = (0.0, 0.0, 1.0)
_WORLD = ((0.0, 0.0, 0.0), (1.0, 0.0, 0.0), (0.0, 1.0, 0.0))


@dataclass
class Light:
    """A lamp (``facing`` None) or a window that shines into the room along ``facing``."""

    place: tuple
    colour: np.ndarray
    facing: tuple | None = None
    reach: float = 0.3  # metres within which it no longer gets brighter


@dataclass
class Surface:
    """A plane with axes ``u``, ``v`` from ``origin``; its outlines; what it is made of. Vectors are tuples (3,)."""

    origin: tuple
    u: tuple
    v: tuple
    normal: tuple
    colour: tuple
    material: object = None  # called with (s, t), metres along u and v; returns factors (n,) or (3, n)
    glow: float = 0.0  # light of its own, times its colour
    bulge: tuple | None = None  # (centre s, centre t, half width, half height, strength, power): normals of a cushion
    fine: bool = False  # so finely patterned that every pixel is shaded four times
    outlines: list = field(default_factory=list)  # polygons, each a sequence of (s, t)


class Scene:
    """Surfaces in the order in which they are painted, seen by one camera."""

    def __init__(self, eye, yaw: float, view: float, shift: float = 0.0, pitch: float = 0.0):
        """``eye``: where the camera stands; ``yaw``, ``pitch``: degrees; ``view``: its angle in degrees; ``shift``: how
        far the horizon lies above the middle, in half heights (verticals stay vertical, as in estate photographs).
        """
        yaw, pitch = math.radians(yaw), math.radians(pitch)
        self.eye = np.array(eye, np.float64)
        self._eye = floats(eye)
        self.forward = np.array([math.sin(yaw) * math.cos(pitch), math.cos(yaw) * math.cos(pitch), math.sin(pitch)])
        self.right = np.array([math.cos(yaw), -math.sin(yaw), 0.0])
        self.up = np.cross(self.right, self.forward)
        self.zoom = math.tan(math.radians(view) / 2)
        self.shift = shift
        self.lights: list[Light] = []
        self.footprints: list[tuple] = []  # (x0, x1, y0, y1) of what stands on the floor, for its soft shadow
        self._groups: list[tuple[float, list[Surface]]] = []
        self._group: list[Surface] = []
        self.floor: Surface | None = None

    def group(self, place=None):
        """Start a group; groups are painted from far to near. No ``place``: behind all others, in order of calling."""
        distance = 1e9 - len(self._groups) if place is None else float(np.linalg.norm(self.eye - place))
        self._group = []
        self._groups.append((distance, self._group))

    def patch(self, origin, u, v, outline, colour, material=None, glow=0.0, bulge=None, fine=False, share=None):
        """Add a flat polygon: ``outline`` (k, 2) in metres along the unit vectors ``u``, ``v``.

        ``share``: a surface returned earlier, in the same plane, to which the polygon is added; painted with it.
        """
        if share is not None:
            share.outlines.append(outline)
            return share
        origin, u, v = floats(origin), floats(u), floats(v)
        normal = cross(u, v)
        if dot(normal, self._eye) < dot(normal, origin):
            normal = (-normal[0], -normal[1], -normal[2])
        surface = Surface(origin, u, v, normal, floats(colour), material, glow, bulge, fine, [outline])
        self._group.append(surface)
        return surface

    def box(self, low, high, colour, material=None, soft=0.0, frame=None, front=None, hem=None, fine=False, ends=True):
        """Add the visible faces of a box from ``low`` to ``high`` (x, y, z).

        ``soft`` > 0 rounds the look of its edges. ``frame`` = (origin, ex, ey) places it in a turned system.
        ``front``: another material for the upright faces. ``hem``: random numbers for an uneven lower edge (cloth).
        ``ends`` False: without the faces across y, for cloth that lies over something longer.
        """
        base, ex, ey = (floats(a) for a in frame) if frame else _WORLD
        (x0, y0, z0), (x1, y1, z1) = low, high
        eye = (self._eye[0] - base[0], self._eye[1] - base[1], self._eye[2] - base[2])
        cx, cy, cz = dot(eye, ex), dot(eye, ey), eye[2]

        def at(x, y, z):
            return (base[0] + x * ex[0] + y * ey[0], base[1] + x * ex[1] + y * ey[1], base[2] + z)

        faces = []
        if cx < x0 or cx > x1:
            x = x0 if cx < x0 else x1
            faces.append((at(x, y0, z0), ey, _UP, y1 - y0, z1 - z0, front or material))
        if ends and (cy < y0 or cy > y1):
            y = y0 if cy < y0 else y1
            faces.append((at(x0, y, z0), ex, _UP, x1 - x0, z1 - z0, front or material))
        if cz < z0 or cz > z1:
            z = z0 if cz < z0 else z1
            faces.append((at(x0, y0, z), ex, ey, x1 - x0, y1 - y0, material))
        for origin, u, v, a, b, what in faces:
            bulge = (a / 2, b / 2, a / 2, b / 2, soft, 7) if soft else None
            outline = ((0, 0), (a, 0), (a, b), (0, b))
            if hem is not None and v is _UP:
                edge = [(a * k / 12, hem.uniform(-0.04, 0.03)) for k in range(13)]
                outline = (*edge, (a, b), (0, b))
            self.patch(origin, u, v, outline, colour, what, 0.0, bulge, fine)

    def billboard(self, place, width, height, colour, outline=None, material=None, glow=0.0, round_=0.0):
        """Add an upright polygon that faces the camera, centred above ``place``: lamps, vases, leaves.

        ``outline`` in units of half the width and the whole height; ``round_`` shades it like a column.
        """
        if outline is None:
            outline = ((-1, 0), (1, 0), (1, 1), (-1, 1))
        dx, dy = self._eye[0] - place[0], self._eye[1] - place[1]
        far = max(math.hypot(dx, dy), 1e-6)
        u = (-dy / far, dx / far, 0.0)
        outline = [(a * width / 2, b * height) for a, b in outline]
        bulge = (0, height / 2, width / 2, 1e3, round_, 1) if round_ else None
        return self.patch(place, u, _UP, outline, colour, material, glow, bulge)

    def render(self, ambient, sun=None, gloss=0.0, windows=()):
        """Return the picture in linear light, float32 (128, 128, 3).

        ``ambient``: light from everywhere, (3,). ``sun`` = (direction towards it, colour (3,)): shines through
        ``windows``, each (axis 0 or 1, plane, low a, high a, low z, high z). ``gloss``: how the floor mirrors them.
        """
        surfaces = [s for _, group in sorted(self._groups, key=lambda g: -g[0]) for s in group]
        numbers, x, y, mixed, plain = self._samples(surfaces)
        order = np.argsort(numbers, kind="stable")
        counts = np.bincount(numbers, minlength=len(surfaces) + 1)
        ends = np.cumsum(counts).tolist()
        x, y, n = x[order], y[order], len(order)
        facts = np.repeat(self._table(surfaces), counts, axis=1)
        plane, normal, colour, glow = facts[:3], facts[3:6], facts[6:9], facts[9]
        shown = [(s, slice(a, b)) for s, a, b in zip(surfaces, ends, ends[1:], strict=False) if a < b]
        depth = 1 / np.maximum(plane[0] + plane[1] * x + plane[2] * y, np.float32(1e-3))
        ray = [
            np.float32(f) + np.float32(r) * x + np.float32(u) * y
            for f, r, u in zip(self.forward, self.right, self.up, strict=True)
        ]
        point = [np.float32(e) + d * depth for e, d in zip(self.eye, ray, strict=True)]
        for s, part in shown:
            if s.material is not None or s.bulge is not None:
                _detail(s, part, point, normal, colour)
        shade = self._light(point, normal, ambient, sun, windows)
        floor = next((part for s, part in shown if s is self.floor), None)
        if floor is not None:
            self._floor_shadows(floor, point, shade)
        light = colour * (shade + glow)
        if floor is not None and gloss:
            light[:, floor] += gloss * mirrored(ray, point, floor, windows)
        result = np.empty((n, 3), np.float32)
        result[order] = light.T
        picture = np.empty((SIZE * SIZE, 3), np.float32)
        picture[plain] = result[: len(plain)]
        quarter = result[len(plain) :].reshape(-1, 4, 3)
        picture[mixed] = (quarter[:, 0] + quarter[:, 1] + quarter[:, 2] + quarter[:, 3]) / 4
        return picture.reshape(SIZE, SIZE, 3)

    def _table(self, surfaces):
        """Return (a, b, c), normal, colour and glow of nothing and of each surface, float32 (10, 1 + surfaces).

        One over the depth of the surface at (x, y) is a + b x + c y.
        """
        normals, origins = np.array([s.normal for s in surfaces]), np.array([s.origin for s in surfaces])
        away = ((origins - self.eye) * normals).sum(1)
        away = np.where(np.abs(away) < 1e-9, 1e-9, away)
        planes = normals @ np.stack([self.forward, self.right, self.up], 1) / away[:, None]
        rest = [(*s.colour, s.glow) for s in surfaces]
        table = np.zeros((10, len(surfaces) + 1), np.float32)
        table[:, 1:] = np.concatenate([planes, normals, rest], 1).T
        return table

    def _samples(self, surfaces):
        """Choose what to shade: a pixel within one surface once, a pixel on an edge at its four samples.

        Returns the samples' surface numbers, x, y (camera's axes, at depth 1), and the pixels on edges and within.
        """
        numbers = self._paint(surfaces)
        fine = numbers.reshape(SIZE, FINE, SIZE, FINE)
        first = fine[:, 0, :, 0]
        same = (fine[:, 0, :, 1] == first) & (fine[:, 1, :, 0] == first) & (fine[:, 1, :, 1] == first)
        same &= np.array([True, *(not s.fine for s in surfaces)])[first]
        plain, mixed = np.flatnonzero(same), np.flatnonzero(~same)
        four = (mixed // SIZE * (FINE * _R) + mixed % SIZE * FINE)[:, None] + np.array([0, 1, _R, _R + 1])
        y, x = (a.ravel() for a in grid(SIZE, SIZE))
        fine_y, fine_x = (a.ravel() for a in grid(_R, _R))
        four = four.ravel()
        x, y = np.concatenate([x[plain], fine_x[four]]), np.concatenate([y[plain], fine_y[four]])
        zoom = np.float32(self.zoom)
        numbers = np.concatenate([first.ravel()[plain], numbers[four]])
        return numbers, x * zoom, (np.float32(self.shift) - y) * zoom, mixed, plain

    def _paint(self, surfaces):
        """Return each sample's surface number, counted from 1, uint16 (samples,), row by row."""
        image = Image.new("I;16", (_R, _R))
        draw = ImageDraw.Draw(image)
        axes = np.array([(s.origin, s.u, s.v) for s in surfaces])
        axes[:, 0] -= self.eye
        axes = (axes @ np.stack([self.right, self.up, self.forward], 1)).tolist()
        half, shift = _R / 2 / self.zoom, (self.shift + 1) * (_R / 2)
        for k, (s, ((ox, oy, oz), (ux, uy, uz), (vx, vy, vz))) in enumerate(zip(surfaces, axes, strict=True), 1):
            for outline in s.outlines:
                seen = [(ox + a * ux + b * vx, oy + a * uy + b * vy, oz + a * uz + b * vz) for a, b in outline]
                if min(p[2] for p in seen) < NEAR:
                    seen = clip(seen)
                if len(seen) > 2:
                    draw.polygon(
                        [
                            (
                                max(-4e3, min(4e3, half * p[0] / p[2] + _R / 2)),
                                max(-4e3, min(4e3, shift - half * p[1] / p[2])),
                            )
                            for p in seen
                        ],
                        fill=k,
                    )
        return np.asarray(image).ravel()

    def _light(self, point, normal, ambient, sun, windows):
        shade = np.asarray(ambient, np.float32)[:, None] * (0.85 + 0.25 * normal[2])  # more comes from above
        for light in self.lights:
            to = [np.float32(p) - q for p, q in zip(light.place, point, strict=True)]
            square = to[0] ** 2 + to[1] ** 2 + to[2] ** 2
            facing = np.maximum(normal[0] * to[0] + normal[1] * to[1] + normal[2] * to[2], 0)
            strength = facing / (np.sqrt(square) * (square + np.float32(light.reach)))
            if light.facing is not None:
                f = light.facing
                leaving = -(f[0] * to[0] + f[1] * to[1] + f[2] * to[2])
                strength *= np.maximum(leaving, 0) / np.sqrt(square + np.float32(0.01))
            shade += np.asarray(light.colour, np.float32)[:, None] * strength
        if sun is not None:
            direction, tint = sun
            hits = np.maximum(sum(np.float32(d) * q for d, q in zip(direction, normal, strict=True)), 0)
            lit = 0
            for window in windows:
                lit = lit + through(direction, point, window, 0.03)
            shade += np.asarray(tint, np.float32)[:, None] * (hits * lit)
        return shade * self._corners(point, normal)

    def _corners(self, point, normal):
        """Return the darkening where walls, floor and ceiling meet."""
        x, y, z = point
        width, depth, height = self.room
        near_x = np.minimum(np.abs(x), np.abs(width - x))
        near_z = np.minimum(np.abs(z), np.abs(height - z))
        near_y = np.abs(depth - y)
        dark = 1 - 0.38 * np.exp(-5 * near_x) * (1 - np.abs(normal[0]))
        dark *= 1 - 0.38 * np.exp(-5 * near_y) * (1 - np.abs(normal[1]))
        dark *= 1 - 0.38 * np.exp(-5 * near_z) * (1 - np.abs(normal[2]))
        return dark

    room = (4.0, 4.0, 2.6)  # width, depth, height

    def _floor_shadows(self, part, point, shade):
        x, y = point[0][part], point[1][part]
        dark = np.ones_like(x)
        for x0, x1, y0, y1 in self.footprints:
            dx = np.maximum(np.maximum(x0 - x, x - x1), 0)
            dy = np.maximum(np.maximum(y0 - y, y - y1), 0)
            dark *= 1 - 0.62 * np.exp(-4.5 * np.sqrt(dx * dx + dy * dy))
        shade[:, part] *= dark


def _detail(s, part, point, normal, colour):
    """Round the normals of cushions, and apply the material."""
    where = [p[part] for p in point]
    a, b = along(where, s.origin, s.u), along(where, s.origin, s.v)
    if s.bulge is not None:
        ca, cb, ha, hb, strength, power = s.bulge
        da, db = np.clip((a - ca) / ha, -1, 1), np.clip((b - cb) / hb, -1, 1)
        if power > 1:  # odd, by multiplication: raising arrays to a power is ten times slower
            aa, bb = da * da, db * db
            for _ in range(power // 2):
                da, db = da * aa, db * bb
        for i in range(3):
            normal[i, part] += strength * (s.u[i] * da + s.v[i] * db)
        normal[:, part] /= np.sqrt((normal[:, part] ** 2).sum(0))
    if s.material is not None:
        colour[:, part] *= s.material(a, b)
