"""A head: an ellipsoid with a nose, eye sockets, cheeks and a chin raised on it, found and shaded pixel by pixel.

Units: half a head's height is 1; u to the right and v downwards on the face, eyes at v = 0, chin near v = 1. Everything
is a smooth function of (u, v), so that a turned head shows the same face turned.
"""

import math

import numpy as np

from labkit.datasets.drawn.paint import noise

R = 96  # samples across; the picture has two for three
_S = 0.53 * R  # samples per unit
_AXES = (0.73, 1.04, 0.88)


def step(x, width):
    """Return a soft step, 0 below -width/2, 1 above width/2; never sharper than a sample, so edges are not jagged."""
    width = max(width, 1.2 / _S)
    return np.clip(x * np.float32(1 / width) + np.float32(0.5), 0, 1)


def blob(u, v, u0, v0, a, b):
    """Return a bell of height 1 at (u0, v0)."""
    return np.exp(-(((u - np.float32(u0)) * np.float32(1 / a)) ** 2) - ((v - np.float32(v0)) * np.float32(1 / b)) ** 2)


class Head:
    """Where the head's surface lies behind every sample of the picture.

    Attributes, float32 (R, R): ``x``, ``y`` on the picture (upright head), ``u``, ``v`` on the face, ``mask``,
    ``depth`` (towards the camera), ``front`` (below 0 on the back of the head).
    """

    def __init__(self, yaw, pitch, roll, scale, centre, face):
        """Angles in degrees; ``centre``: where the eyes are, in samples; ``face``: measures, see faces.py."""
        c, s = math.cos(math.radians(roll)), math.sin(math.radians(roll))
        py, px = np.mgrid[0:R, 0:R].astype(np.float32)
        px, py = (px - centre[0]) / (_S * scale), (py - centre[1]) / (_S * scale)
        self.x, self.y = c * px + s * py, -s * px + c * py
        cy, sy = math.cos(math.radians(yaw)), math.sin(math.radians(yaw))
        cp, sp = math.cos(math.radians(pitch)), math.sin(math.radians(pitch))
        # columns: the picture's axes (right, down, towards the camera) seen from the head
        self.turn = np.array([[cy, sy * sp, -sy * cp], [0, cp, sp], [sy, -cy * sp, cy * cp]], np.float32)
        low = np.clip(self.y - 0.1, 0, 1)
        wide = 1 + (face["jaw"] + 0.08 * low) * low - 0.06 * np.clip(-self.y - 0.4, 0, 1)
        x, y = self.x / (wide * np.float32(face["width"])), self.y
        a, b, d = (1 / np.square(np.array(_AXES))).tolist()
        t = self.turn
        p = [t[i, 0] * x + t[i, 1] * y for i in range(3)]
        aa = float(a * t[0, 2] ** 2 + b * t[1, 2] ** 2 + d * t[2, 2] ** 2)
        bb = a * t[0, 2] * p[0] + b * t[1, 2] * p[1] + d * t[2, 2] * p[2]
        cc = a * p[0] ** 2 + b * p[1] ** 2 + d * p[2] ** 2 - 1
        disc = bb * bb - aa * cc
        self.mask = step(disc, 0.045)
        z = (np.sqrt(np.maximum(disc, 0)) - bb) / aa
        u, v, front = p[0] + t[0, 2] * z, p[1] + t[1, 2] * z, p[2] + t[2, 2] * z
        # what stands out is seen shifted when the head is turned
        lean = [float(t[i, 2] / max(t[2, 2], 0.5)) for i in (0, 1)]
        rise = _nose(u, v, face)
        self.u, self.v = u + rise * lean[0], v + rise * lean[1]
        self.front = front
        self.depth = z + self._relief(face)
        self.normal = _normals(self.depth * _S * scale)

    def _relief(self, face):
        u, v, w = self.u, self.v, np.abs(self.u)
        h = _nose(u, v, face)
        e = face["eyes"]
        h = h - 0.075 * face["sockets"] * blob(w, v, e - 0.03, 0.0, 0.17, 0.105)
        h += 0.05 * face["brow_ridge"] * blob(w, v, e, -0.17, 0.2, 0.07)
        h += (0.04 + 0.05 * max(face["smile"], 0)) * blob(w, v, 0.37, 0.34, 0.17, 0.15)
        h += 0.07 * face["chin"] * blob(u, v, 0, 0.9, 0.2, 0.13)
        m = face["mouth_v"]
        h += 0.05 * blob(u, v, 0, m - 0.055, 0.2, 0.05) + 0.055 * blob(u, v, 0, m + 0.07, 0.16, 0.05)
        h -= 0.03 * blob(u, v, 0, m + 0.155, 0.14, 0.04)
        h += 0.05 * blob(w, v, e, 0.0, 0.1, 0.06)  # the eyeballs under their lids
        return h


def _nose(u, v, face):
    long, wide = face["nose_length"], face["nose_width"]
    t = np.clip((v + 0.1) / np.float32(long + 0.1), 0, 1)
    ridge = np.exp(-((u / (wide * (0.5 + 0.55 * t))) ** 2)) * (0.03 + 0.17 * face["nose_height"] * t * t)
    ridge *= step(long + 0.045 - v, 0.11) * step(v + 0.16, 0.16)
    return ridge + 0.05 * blob(np.abs(u), v, wide * 1.05, long - 0.02, 0.055, 0.05)


def _normals(depth):
    dy, dx = np.empty_like(depth), np.empty_like(depth)
    dx[:, 1:-1], dx[:, 0], dx[:, -1] = (depth[:, 2:] - depth[:, :-2]) / 2, 0, 0
    dy[1:-1], dy[0], dy[-1] = (depth[2:] - depth[:-2]) / 2, 0, 0
    length = 1 / np.sqrt(dx * dx + dy * dy + 1)
    return -dx * length, -dy * length, length


def skin(rng, head, face, tone):
    """Return the skin's colour, brows, eyes and mouth upon it: float32 (R, R, 3), 0 to 1, and the shine (R, R)."""
    u, v, w = head.u, head.v, np.abs(head.u)
    e, m = face["eyes"], face["mouth_v"]
    # red and dark patches: cheeks, nose, around the eyes
    red = 0.5 * blob(w, v, 0.4, 0.33, 0.2, 0.17) + 0.45 * blob(u, v, 0, 0.36, 0.12, 0.1)
    dark = 0.22 * face["tired"] * blob(w, v, e, 0.075, 0.15, 0.07) + 0.1 * blob(w, v, e - 0.1, -0.05, 0.1, 0.08)
    dark = dark + 0.03 * noise(rng, "rough", R, R) * face["blemish"]
    fold = np.float32(0.14 + 0.2 * max(face["smile"], 0) + 0.2 * face["age"])
    crease = np.abs(w - (0.15 + 0.3 * (v - 0.32))) + 3 * np.maximum(np.maximum(0.34 - v, v - m + 0.02), 0)
    dark = dark + fold * np.clip(1 - crease * 22, 0, 1)
    if face["age"] > 0.4:
        for line in (-0.42, -0.33):
            dark = dark + 0.16 * face["age"] * np.clip(1 - np.abs(v - line - 0.04 * u * u) * 30, 0, 1) * step(
                0.38 - w, 0.2
            )
    layers = np.stack([1 - dark * 0.8, 1 - dark - 0.16 * red, 1 - dark - 0.15 * red], -1)
    colour = np.float32(tone) * layers
    colour = _mouth(head, face, colour, tone)
    colour = _eyes(head, face, colour, tone)
    nostrils = blob(w, v, face["nose_width"] * 0.62, face["nose_length"] + 0.015, 0.035, 0.022)
    return colour * (1 - 0.65 * nostrils)[..., None]


def over(colour, mask, paint):
    """Lay ``paint`` (3,) or (h, w, 3) over ``colour`` where ``mask`` (h, w) is 1."""
    return colour + mask[..., None] * (np.asarray(paint, np.float32) - colour)


def _mouth(head, face, colour, tone):
    u, v, smile = head.u, head.v, face["smile"]
    half = face["mouth_width"] * (1 + 0.22 * max(smile, 0))
    q = np.clip(u / np.float32(half), -1.3, 1.3)
    line = face["mouth_v"] + 0.05 * smile * (1 - 2.2 * q * q) + face["smirk"] * 0.03 * q
    room = np.maximum(1 - q * q, 0)
    gap = face["mouth_open"] * 0.085 * np.sqrt(room)
    bow = 1 - 0.25 * np.exp(-((q * 5) ** 2))
    top = line - gap * 0.5 - face["lips"] * 0.055 * room * bow
    low = line + gap + face["lips"] * 0.075 * room
    lips = step(v - top, 0.03) * step(low - v, 0.03) * step(1 - np.abs(q), 0.15)
    lip_colour = np.asarray(face["lip_colour"], np.float32) * (0.85 + 0.3 * step(v - line, 0.02))[..., None]
    colour = over(colour, lips, lip_colour)
    inner = step(v - line + gap * 0.5, 0.025) * step(line + gap - v, 0.025) * step(0.96 - np.abs(q), 0.1)
    if face["mouth_open"] > 0.12:
        teeth = step(line + gap * 0.45 - v, 0.02) if face["teeth"] else 0 * v
        inside = np.float32((0.22, 0.07, 0.07)) + teeth[..., None] * np.float32((0.62, 0.72, 0.66))
        colour = over(colour, inner, inside)
    else:
        colour = over(
            colour,
            0.75 * np.clip(1 - np.abs(v - line) * 28, 0, 1) * step(1.05 - np.abs(q), 0.1),
            np.float32(tone) * 0.3,
        )
    return colour


def _eyes(head, face, colour, tone):
    u, v = head.u, head.v
    for side in (-1, 1):
        du = (u - np.float32(side * face["eyes"])) * np.float32(side / face["eye_width"])  # 1 at the outer corner
        room = np.maximum(1 - du * du, 0)
        tilt = v + np.float32(face["eye_tilt"]) * du
        opening = face["eye_open"]
        upper, lower = -0.075 * opening * room, 0.05 * (0.4 + 0.6 * opening) * room
        lid = -0.105 * room - 0.012
        inside = step(1.03 - np.abs(du), 0.12)
        crease = np.clip(1 - np.abs(tilt - lid) * 30, 0, 1) * inside
        colour = colour * (1 - 0.25 * crease[..., None])
        ball = step(tilt - upper, 0.022) * step(lower - tilt, 0.022) * inside
        if opening > 0.15:
            colour = over(colour, ball, (0.76, 0.73, 0.71))
            gx, gy = side * face["eyes"] + face["gaze"], -0.012
            far = np.sqrt((u - np.float32(gx)) ** 2 + (v - np.float32(gy)) ** 2)
            colour = over(colour, ball * step(0.066 - far, 0.022), face["iris"])
            colour = over(colour, ball * step(0.03 - far, 0.02), (0.03, 0.02, 0.02))
            glint = np.sqrt((u - np.float32(gx - 0.02)) ** 2 + (v - np.float32(gy - 0.025)) ** 2)
            colour = over(colour, 0.9 * ball * step(0.016 - glint, 0.02), (1, 1, 1))
        lash = np.clip(1 - np.abs(tilt - upper) * 34, 0, 1) * inside
        colour = over(colour, np.clip(lash * face["lashes"], 0, 1), (0.06, 0.04, 0.03))
        under = np.clip(1 - np.abs(tilt - lower) * 40, 0, 1) * inside * 0.35
        colour = over(colour, under, np.float32(tone) * 0.35)
        db = (u - np.float32(side * (face["eyes"] + 0.02))) * np.float32(side / 0.185)
        arch = face["brow_v"] - face["brow_arch"] * (1 - (db - 0.25) ** 2) + face["frown"] * 0.05 * (db - 0.2)
        thick = face["brow_thick"] * (1.05 - 0.5 * db)
        brow = step(thick - np.abs(v - arch), 0.04) * step(1.05 - np.abs(db), 0.25)
        colour = over(colour, brow * face["brow_dark"], face["brow_colour"])
    return colour
