"""A sheet to draw a subject on: polygons, discs, limbs and simple solids, placed, turned and mirrored as a whole."""
# ruff: noqa: RUF005  (here + adds vectors, it does not join lists)

import math

import numpy as np
from PIL import Image, ImageDraw

from labkit.datasets.drawn.paint import smooth

FINE = 3  # drawn three times finer than the picture
_CIRCLE = np.stack([np.cos(np.linspace(0, 2 * np.pi, 15)[:-1]), np.sin(np.linspace(0, 2 * np.pi, 15)[:-1])], 1)


class Sheet:
    """A transparent picture of ``size`` x ``size`` samples; coordinates run from -1 to 1, y downwards."""

    def __init__(self, size: int):
        self.size = size
        self.image = Image.new("RGBA", (size, size))
        self.draw = ImageDraw.Draw(self.image)
        self.place()

    def place(self, scale=1.0, degrees=0.0, move=(0.0, 0.0), mirror=False, squash=1.0):
        """Set where what follows is drawn: mirrored, squashed in x, scaled, turned, moved."""
        c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
        half, a = self.size / 2, scale * self.size / 2
        flip = -a * squash if mirror else a * squash
        self.matrix = np.array([[flip * c, flip * s], [-a * s, a * c]])
        self.move = np.array([half * (1 + move[0]), half * (1 + move[1])])
        self.unit = a

    def polygon(self, points, colour):
        """Fill a polygon (k, 2)."""
        points = np.asarray(points, float) @ self.matrix + self.move
        self.draw.polygon(points.ravel().tolist(), fill=_rgba(colour))

    def curve(self, points, colour, steps=4):
        """Fill a smooth outline through ``points``."""
        self.polygon(smooth(points, steps), colour)

    def disc(self, x, y, rx, colour, ry=None, degrees=0.0):
        """Fill an ellipse."""
        points = _CIRCLE * (rx, rx if ry is None else ry)
        if degrees:
            c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
            points = points @ np.array([[c, s], [-s, c]])
        self.polygon(points + (x, y), colour)

    def line(self, points, width, colour):
        """Draw a line of a width in units."""
        points = np.asarray(points, float) @ self.matrix + self.move
        self.draw.line(points.ravel().tolist(), fill=_rgba(colour), width=max(1, round(width * self.unit)))

    def limb(self, points, radii, colour, steps=3):
        """Fill a soft tube along ``points``, as thick as ``radii`` say there: legs, necks, bodies, tails."""
        path = np.column_stack([np.asarray(points, float), np.asarray(radii, float)])
        if len(path) > 2:
            path = smooth(path, steps, closed=False)
        ahead = np.empty((len(path), 2))
        ahead[1:-1], ahead[0], ahead[-1] = (
            path[2:, :2] - path[:-2, :2],
            path[1, :2] - path[0, :2],
            path[-1, :2] - path[-2, :2],
        )
        ahead /= np.maximum(np.hypot(ahead[:, 0], ahead[:, 1]), 1e-6)[:, None]
        side = ahead[:, ::-1] * (-1, 1) * path[:, 2:]
        self.polygon(np.concatenate([path[:, :2] + side, (path[:, :2] - side)[::-1]]), colour)
        for x, y, r in (path[0], path[-1]):
            self.disc(x, y, r, colour)

    def finish(self):
        """Return (colours float32 (n, n, 3), cover float32 (n, n), 0 to 1), FINE times smaller."""
        pixels = np.asarray(self.image.reduce(FINE), np.float32)
        return pixels[..., :3], pixels[..., 3] * np.float32(1 / 255)


class Solids:
    """Solids seen from one side: x along their length (front at -1), y across, z up."""

    def __init__(self, sheet, yaw, pitch, light=(-0.4, -0.5, 0.75)):
        """``yaw``: degrees, 0 shows the side, 90 the front; ``pitch``: how far one looks down."""
        self.sheet = sheet
        a, b = math.radians(yaw), math.radians(pitch)
        self.across = np.array([math.cos(a), math.sin(a), 0.0])
        self.ahead = np.array([-math.sin(a) * math.cos(b), math.cos(a) * math.cos(b), -math.sin(b)])
        self.up = np.array([-math.sin(a) * math.sin(b), math.cos(a) * math.sin(b), math.cos(b)])
        light = np.asarray(light, float)
        self.light = (light[0] * self.across - light[1] * -self.ahead + light[2] * self.up) / np.linalg.norm(light)
        self.near = -1 if math.cos(a) >= 0 else 1  # the side (y) that is seen

    def seen(self, points):
        """Project (k, 3) to the sheet, with a little perspective."""
        points = np.asarray(points, float)
        far = 1 / (1 + 0.16 * (points @ self.ahead))
        return np.stack([points @ self.across * far, -(points @ self.up) * far], 1)

    def face(self, points, colour, outward=None, shade=True):
        """Draw a flat face if it is turned to the viewer; ``outward``: its normal, or None to draw it anyway."""
        if outward is not None:
            if outward @ self.ahead > 0.02:
                return
            if shade:
                colour = np.asarray(colour) * (0.5 + 0.55 * max(0.0, outward @ self.light) + 0.12 * outward[2])
        self.sheet.polygon(self.seen(points), colour)

    def extrude(self, profile, y0, y1, colour, colours=None):
        """Draw a profile (k, 2) of (x, z) extruded from y0 to y1; ``colours``: index of an edge -> its colour."""
        profile = np.asarray(profile, float)
        centre = profile.mean(0)
        strips = []
        for i in range(len(profile)):
            (xa, za), (xb, zb) = profile[i], profile[(i + 1) % len(profile)]
            normal = np.array([zb - za, 0, -(xb - xa)])
            normal /= max(np.linalg.norm(normal), 1e-9)
            if normal @ (xa - centre[0], 0, za - centre[1]) < 0:
                normal = -normal
            quad = [(xa, y0, za), (xb, y0, zb), (xb, y1, zb), (xa, y1, za)]
            strips.append((float(np.mean(quad, 0) @ self.ahead), i, quad, normal))
        for _, i, quad, normal in sorted(strips, key=lambda s: -s[0]):
            self.face(quad, (colours or {}).get(i, colour), normal)
        y, outward = (y0, np.array([0, -1.0, 0])) if self.near < 0 else (y1, np.array([0, 1.0, 0]))
        self.face([(x, y, z) for x, z in profile], colour, outward)
        return y

    def box(self, x0, x1, y0, y1, z0, z1, colour):
        """Draw a box."""
        self.extrude([(x0, z0), (x0, z1), (x1, z1), (x1, z0)], y0, y1, colour)

    def side(self, points, y, colour):
        """Draw a flat shape (x, z) on the side at ``y``, if that side is seen."""
        outward = np.array([0.0, 1 if y > 0 else -1, 0])
        self.face([(x, y, z) for x, z in points], colour, outward, shade=False)

    def wheel(self, x, y, z, radius, hub):
        """Draw a wheel."""
        ring = _CIRCLE * radius + (x, z)
        self.side(ring, y, (24, 24, 26))
        self.side((_CIRCLE * radius * 0.55) + (x, z), y, hub)


def _rgba(colour):
    r, g, b = colour
    return (min(max(int(r), 0), 255), min(max(int(g), 0), 255), min(max(int(b), 0), 255), 255)
