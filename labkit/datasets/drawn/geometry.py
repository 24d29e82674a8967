"""Vectors as tuples (quicker than arrays for three numbers), clipping, and rays through windows."""

import numpy as np

NEAR = 0.08  # nothing closer to the camera is drawn, metres


def floats(vector):
    return (float(vector[0]), float(vector[1]), float(vector[2]))


def dot(a, b):
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def cross(a, b):
    return (a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0])


def clip(seen):
    """Cut off what lies behind the camera; ``seen``: points (x, y, depth)."""
    kept = []
    for i, b in enumerate(seen):
        a = seen[i - 1]
        if (a[2] < NEAR) != (b[2] < NEAR):
            k = (NEAR - a[2]) / (b[2] - a[2])
            kept.append((a[0] + k * (b[0] - a[0]), a[1] + k * (b[1] - a[1]), NEAR))
        if b[2] >= NEAR:
            kept.append(b)
    return kept


def along(point, origin, axis):
    """Return (point - origin) . axis, skipping the axis' zeros."""
    total = np.float32(-dot(origin, axis))
    for p, a in zip(point, axis, strict=True):
        if abs(a) > 1e-9:
            total = total + p * np.float32(a)
    return total


def through(direction, point, window, soft):
    """Return how much of a ray from each point passes the window, 0 to 1; ``direction``: numbers or arrays."""
    axis, plane, low, high, bottom, top = window
    other = 1 - axis
    ahead = direction[axis]
    gap = np.float32(plane) - point[axis]
    ahead = np.where(np.abs(ahead) < 1e-4, np.float32(1e-4), ahead)
    k = gap / ahead
    a = point[other] + k * direction[other]
    z = point[2] + k * direction[2]
    inside = np.clip((np.minimum(a - low, high - a)) / soft, 0, 1) * np.clip(
        np.minimum(z - bottom, top - z) / soft, 0, 1
    )
    return inside * (k > 1e-3)


def mirrored(ray, point, part, windows):
    where = [p[part] for p in point]
    bounce = [ray[0][part], ray[1][part], -ray[2][part]]
    total = 0
    for window in windows:
        total = total + through(bounce, where, window, 0.25)
    return total
