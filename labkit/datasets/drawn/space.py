"""A small renderer for interiors: flat surfaces in a room, seen in perspective, each sample lit by windows and lamps.

Surfaces are painted far to near into a picture of surface numbers (the painter's algorithm). Then every sample knows
its surface, hence its point in the room, and is textured and lit there: "deferred shading". World axes: x to the right
along the back wall, y away from the camera, z up; lengths in metres; colours are reflectances, 0 to 1, in linear light.
"""

import math
from dataclasses import dataclass, field

import numpy as np
from PIL import Image, ImageDraw

from labkit.datasets.drawn.paint import grid

SIZE = 128  # of the finished picture
FINE = 2  # samples per pixel and axis
_R = SIZE * FINE
_NEAR = 0.08


@dataclass
class Light:
    """A lamp (``facing`` None) or a window that shines into the room along ``facing``."""

    place: tuple
    colour: np.ndarray
    facing: tuple | None = None
    reach: float = 0.3  # metres within which it no longer gets brighter


@dataclass
class Surface:
    """A plane with axes ``u``, ``v`` from ``origin``; its outlines; what it is made of."""

    origin: np.ndarray
    u: np.ndarray
    v: np.ndarray
    normal: np.ndarray
    colour: np.ndarray
    material: object = None  # called with (s, t), metres along u and v; returns factors (n,) or (3, n)
    glow: float = 0.0  # light of its own, times its colour
    bulge: tuple | None = None  # (centre s, centre t, half width, half height, strength, power): normals of a cushion
    outlines: list = field(default_factory=list)


class Scene:
    """Surfaces in the order in which they are painted, seen by one camera."""

    def __init__(self, eye, yaw: float, view: float, shift: float = 0.0, pitch: float = 0.0):
        """``eye``: where the camera stands; ``yaw``, ``pitch``: degrees; ``view``: its angle in degrees; ``shift``: how
        far the horizon lies above the middle, in half heights (verticals stay vertical, as in estate photographs).
        """
        yaw, pitch = math.radians(yaw), math.radians(pitch)
        self.eye = np.array(eye, np.float64)
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

    def patch(self, origin, u, v, outline, colour, material=None, glow=0.0, bulge=None, share=None):
        """Add a flat polygon: ``outline`` (k, 2) in metres along the unit vectors ``u``, ``v``.

        ``share``: a surface returned earlier, in the same plane, to which the polygon is added; painted with it.
        """
        origin, u, v = (np.asarray(a, np.float64) for a in (origin, u, v))
        points = origin + np.asarray(outline, np.float64) @ np.stack([u, v])
        if share is not None:
            share.outlines.append(points)
            return share
        normal = np.cross(u, v)
        if normal @ (self.eye - origin) < 0:
            normal = -normal
        surface = Surface(origin, u, v, normal, np.asarray(colour, np.float64), material, glow, bulge, [points])
        self._group.append(surface)
        return surface

    def box(self, low, high, colour, material=None, soft=0.0, frame=None, front=None, glow=0.0):
        """Add the visible faces of a box from ``low`` to ``high`` (x, y, z).

        ``soft`` > 0 rounds the look of its edges. ``frame`` = (origin, ex, ey) places it in a turned system.
        ``front``: another material for the upright faces.
        """
        base, ex, ey = frame or (np.zeros(3), np.array([1.0, 0, 0]), np.array([0, 1.0, 0]))
        ez = np.array([0.0, 0, 1])
        (x0, y0, z0), (x1, y1, z1) = low, high
        eye = self.eye - base
        cx, cy, cz = eye @ ex, eye @ ey, eye[2]
        faces = []
        if cx < x0 or cx > x1:
            x = x0 if cx < x0 else x1
            faces.append((base + x * ex + y0 * ey + z0 * ez, ey, ez, y1 - y0, z1 - z0, front or material))
        if cy < y0 or cy > y1:
            y = y0 if cy < y0 else y1
            faces.append((base + x0 * ex + y * ey + z0 * ez, ex, ez, x1 - x0, z1 - z0, front or material))
        if cz < z0 or cz > z1:
            z = z0 if cz < z0 else z1
            faces.append((base + x0 * ex + y0 * ey + z * ez, ex, ey, x1 - x0, y1 - y0, material))
        for origin, u, v, a, b, what in faces:
            bulge = (a / 2, b / 2, a / 2, b / 2, soft, 7) if soft else None
            self.patch(origin, u, v, ((0, 0), (a, 0), (a, b), (0, b)), colour, what, glow, bulge)

    def billboard(self, place, width, height, colour, outline=None, material=None, glow=0.0, round_=0.0):
        """Add an upright polygon that faces the camera, centred above ``place``: lamps, vases, leaves.

        ``outline`` in units of half the width and the whole height; ``round_`` shades it like a column.
        """
        ahead = self.eye - place
        ahead = np.array([ahead[0], ahead[1], 0]) / max(math.hypot(ahead[0], ahead[1]), 1e-6)
        u = np.array([-ahead[1], ahead[0], 0])
        outline = np.asarray(outline or ((-1, 0), (1, 0), (1, 1), (-1, 1)), float) * (width / 2, height)
        bulge = (0, height / 2, width / 2, 1e3, round_, 1) if round_ else None
        return self.patch(place, u, (0, 0, 1), outline, colour, material, glow, bulge)

    def render(self, ambient, sun=None, gloss=0.0, windows=()):
        """Return the picture in linear light, float32 (128, 128, 3).

        ``ambient``: light from everywhere, (3,). ``sun`` = (direction towards it, colour (3,)): shines through
        ``windows``, each (axis 0 or 1, plane, low a, high a, low z, high z). ``gloss``: how much the floor mirrors them.
        """
        surfaces = [s for _, group in sorted(self._groups, key=lambda g: -g[0]) for s in group]
        numbers = self._paint(surfaces)
        order = np.argsort(numbers, kind="stable")
        ends = np.cumsum(np.bincount(numbers, minlength=len(surfaces) + 1))
        y, x = grid(_R, _R)
        x, y = (x.ravel()[order] * np.float32(self.zoom), (self.shift - y).ravel()[order] * np.float32(self.zoom))
        n = len(order)
        plane, normal, colour = np.zeros((3, n), np.float32), np.zeros((3, n), np.float32), np.zeros((3, n), np.float32)
        glow = np.zeros(n, np.float32)
        shown = []
        for k, s in enumerate(surfaces, 1):
            part = slice(ends[k - 1], ends[k])
            if part.start == part.stop:
                continue
            away = s.normal @ (s.origin - self.eye)
            away = away if abs(away) > 1e-9 else 1e-9
            plane[:, part] = (np.array([s.normal @ self.forward, s.normal @ self.right, s.normal @ self.up]) / away)[:, None]
            normal[:, part] = s.normal[:, None]
            colour[:, part] = s.colour[:, None]
            glow[part] = s.glow
            shown.append((s, part))
        depth = 1 / np.maximum(plane[0] + plane[1] * x + plane[2] * y, 1e-3)
        ray = [np.float32(f) + np.float32(r) * x + np.float32(u) * y
               for f, r, u in zip(self.forward, self.right, self.up, strict=True)]
        point = [np.float32(e) + d * depth for e, d in zip(self.eye, ray, strict=True)]
        for s, part in shown:
            if s.material is not None or s.bulge is not None:
                self._detail(s, part, point, normal, colour)
        shade = self._light(point, normal, ambient, sun, windows)
        for s, part in shown:
            if s is self.floor:
                self._floor_shadows(part, point, shade)
        light = colour * (shade + glow)
        for s, part in shown:
            if s is self.floor and gloss:
                light[:, part] += gloss * _mirrored(ray, point, part, windows)
        picture = np.empty((n, 3), np.float32)
        picture[order] = light.T
        return picture.reshape(SIZE, FINE, SIZE, FINE, 3).mean((1, 3))

    def _paint(self, surfaces):
        """Return each sample's surface number, counted from 1, uint16 (samples,)."""
        image = Image.new("I;16", (_R, _R))
        draw = ImageDraw.Draw(image)
        for k, s in enumerate(surfaces, 1):
            for points in s.outlines:
                seen = (points - self.eye) @ np.stack([self.right, self.up, self.forward], 1)
                if seen[:, 2].min() < _NEAR:
                    seen = _clip(seen)
                    if len(seen) < 3:
                        continue
                across = (seen[:, 0] / seen[:, 2] / self.zoom + 1) * (_R / 2)
                down = (self.shift - seen[:, 1] / seen[:, 2] / self.zoom + 1) * (_R / 2)
                draw.polygon(np.clip(np.stack([across, down], 1), -4000, 4000).ravel().tolist(), fill=k)
        return np.asarray(image).ravel()

    def _detail(self, s, part, point, normal, colour):
        px, py, pz = (p[part] for p in point)
        o, u, v = s.origin, s.u, s.v
        a = _along(px, py, pz, o, u)
        b = _along(px, py, pz, o, v)
        if s.bulge is not None:
            ca, cb, ha, hb, strength, power = s.bulge
            da, db = (a - ca) / ha, (b - cb) / hb
            if power > 1:
                da, db = da**power, db**power
            for i in range(3):
                normal[i, part] += strength * (u[i] * da + v[i] * db)
            normal[:, part] /= np.sqrt((normal[:, part] ** 2).sum(0))
        if s.material is not None:
            colour[:, part] *= s.material(a, b)

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
                lit = lit + _through(direction, point, window, 0.03)
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


def _along(px, py, pz, origin, axis):
    """Return (point - origin) . axis, skipping the axis' zeros."""
    total = None
    for p, a in zip((px, py, pz), axis, strict=True):
        if abs(a) > 1e-9:
            total = p * np.float32(a) if total is None else total + p * np.float32(a)
    return total - np.float32(origin @ axis)


def _clip(seen):
    """Cut off what lies behind the camera; ``seen`` (k, 3) in camera axes."""
    kept = []
    for i in range(len(seen)):
        a, b = seen[i - 1], seen[i]
        if (a[2] < _NEAR) != (b[2] < _NEAR):
            kept.append(a + (b - a) * ((_NEAR - a[2]) / (b[2] - a[2])))
        if b[2] >= _NEAR:
            kept.append(b)
    return np.array(kept).reshape(-1, 3)


def _through(direction, point, window, soft):
    """Return how much of a ray from each point goes out through the window, 0 to 1; ``direction``: numbers or arrays."""
    axis, plane, low, high, bottom, top = window
    other = 1 - axis
    ahead = direction[axis]
    gap = np.float32(plane) - point[axis]
    ahead = np.where(np.abs(ahead) < 1e-4, np.float32(1e-4), ahead)
    k = gap / ahead
    a = point[other] + k * direction[other]
    z = point[2] + k * direction[2]
    inside = np.clip((np.minimum(a - low, high - a)) / soft, 0, 1) * np.clip(np.minimum(z - bottom, top - z) / soft, 0, 1)
    return inside * (k > 1e-3)


def _mirrored(ray, point, part, windows):
    where = [p[part] for p in point]
    bounce = [ray[0][part], ray[1][part], -ray[2][part]]
    total = 0
    for window in windows:
        total = total + _through(bounce, where, window, 0.25)
    return total
