"""Paintings: a motif (night, field, sea, flowers, hills) in a technique (strokes, dots, mosaic, facets, woodblock).

Stand in for the paintings whose style one transfers: 512x512x3, with a strong texture at several scales.
"""

import numpy as np
from PIL import Image, ImageDraw, ImageFilter
from scipy.ndimage import gaussian_filter
from scipy.spatial import cKDTree

from labkit.datasets.drawn.motifs import MOTIFS, SIDE
from labkit.datasets.drawn.paint import noise, to_image

SHAPE = (SIDE, SIDE, 3)
CLASSES = None
TECHNIQUES = ("strokes", "dots", "mosaic", "facets", "woodblock")


def picture(rng, label=None):
    """Draw one painting: (uint8 (512, 512, 3), factors)."""
    motif, technique = rng.choice(tuple(MOTIFS)), rng.choice(TECHNIQUES)
    colours, angle = MOTIFS[motif](rng)
    size = rng.uniform(0.7, 1.4)
    drawn = {"strokes": _strokes, "dots": _dots, "mosaic": _mosaic, "facets": _facets, "woodblock": _woodblock}[
        technique
    ](rng, colours, angle, size)
    return drawn, {"motif": motif, "technique": technique, "size": size}


def _seeds(rng, count):
    """Return ``count`` points (x, y), evenly but not regularly spread over the picture."""
    side = int(np.ceil(np.sqrt(count)))
    generator = np.random.Generator(np.random.PCG64(rng.getrandbits(64)))
    y, x = np.mgrid[0:side, 0:side]
    points = (np.stack([x.ravel(), y.ravel()], 1) + generator.random((side * side, 2))) * (SIDE / side)
    return generator.permutation(points), generator


def _impasto(pixels, strength):
    """Let light fall from the upper left on thick paint: bright paint stands out."""
    height = gaussian_filter(pixels.mean(2), 0.8)
    slope = np.zeros_like(height)
    slope[1:, 1:] = height[1:, 1:] - height[:-1, :-1]
    return np.asarray(to_image(pixels + strength * slope[..., None]))


def _strokes(rng, colours, angle, size):
    """Oil: curved strokes along the motif's flow, first broad, then fine, each with bristles."""
    image = to_image(gaussian_filter(colours, (8, 8, 0)))
    draw = ImageDraw.Draw(image)
    for count, long, width in ((900, 60, 17), (2600, 38, 9), (5200, 24, 5)):
        points, generator = _seeds(rng, int(count / size**1.5))
        path = [points]
        for _ in range(5):
            x, y = np.clip(path[-1], 0, SIDE - 1).astype(int).T
            a = angle[y, x]
            path.append(path[-1] + np.stack([np.cos(a), np.sin(a)], 1) * (long * size / 5))
        path = np.stack(path, 1)
        x, y = np.clip(path[:, 2], 0, SIDE - 1).astype(int).T
        jitter = generator.normal(0, 1, (len(points), 1)) * 16 + generator.normal(0, 1, (len(points), 3)) * 9
        paint = np.clip(colours[y, x] + jitter, 0, 255).astype(int)
        for line, colour in zip(path, paint.tolist(), strict=True):
            wide = max(2, round(width * size * generator.uniform(0.7, 1.2)))
            draw.line(line.ravel().tolist(), fill=tuple(colour), width=wide, joint="curve")
            side = (line[-1] - line[0])[::-1] * (-1, 1) / max(np.linalg.norm(line[-1] - line[0]), 1) * wide * 0.28
            light = tuple(min(255, c + 22) for c in colour)
            dark = tuple(max(0, c - 26) for c in colour)
            draw.line((line + side).ravel().tolist(), fill=light, width=max(1, wide // 5))
            draw.line((line - side).ravel().tolist(), fill=dark, width=max(1, wide // 5))
    return _impasto(np.asarray(image, np.float32), 0.9)


def _dots(rng, colours, angle, size):
    """Small dots of strong colour that mix in the eye."""
    image = Image.new("RGB", (SIDE, SIDE), (232, 224, 204))
    draw = ImageDraw.Draw(image)
    for count, radius in ((3000, 7.5), (9000, 4.2)):
        points, generator = _seeds(rng, int(count / size**2))
        x, y = np.clip(points, 0, SIDE - 1).astype(int).T
        base = colours[y, x]
        grey = base.mean(1, keepdims=True)
        vivid = grey + (base - grey) * 1.5
        other = generator.random(len(points)) < 0.14  # here and there the complementary colour
        vivid[other] = 2 * grey[other] - base[other]
        paint = np.clip(vivid + generator.normal(0, 20, (len(points), 3)), 0, 255).astype(int).tolist()
        for (cx, cy), colour in zip(points.tolist(), paint, strict=True):
            r = radius * size * generator.uniform(0.6, 1.1)
            draw.ellipse((cx - r, cy - r, cx + r, cy + r), fill=tuple(colour))
    return _impasto(np.asarray(image, np.float32), 0.5)


def _mosaic(rng, colours, angle, size):
    """Little stones, each of one colour, with dark joints."""
    points, generator = _seeds(rng, int(2600 / size**2))
    y, x = np.mgrid[0:SIDE, 0:SIDE]
    distance, nearest = cKDTree(points).query(np.stack([x.ravel(), y.ravel()], 1), k=2)
    px, py = np.clip(points, 0, SIDE - 1).astype(int).T
    paint = (
        colours[py, px] + generator.normal(0, 1, (len(points), 1)) * 18 + generator.normal(0, 1, (len(points), 3)) * 7
    )
    pixels = paint[nearest[:, 0]].reshape(SIDE, SIDE, 3)
    joint = np.clip((distance[:, 1] - distance[:, 0]).reshape(SIDE, SIDE) / 2.6, 0, 1)[..., None]
    tilt = generator.normal(0, 1, (len(points), 2))[nearest[:, 0]].reshape(SIDE, SIDE, 2)
    offset = np.stack([x, y], -1) - points[nearest[:, 0]].reshape(SIDE, SIDE, 2)
    pixels = pixels + (tilt * offset).sum(-1, keepdims=True) * 1.3 + 5 * noise(rng, "grain", SIDE, SIDE)[..., None]
    return np.asarray(to_image(np.float32((58, 52, 46)) * (1 - joint) + pixels * joint))


def _facets(rng, colours, angle, size):
    """Planes: straight cuts across the picture, every facet shaded from one edge to the other."""
    y, x = np.mgrid[0:SIDE, 0:SIDE].astype(np.float32) / SIDE - 0.5
    generator = np.random.Generator(np.random.PCG64(rng.getrandbits(64)))
    cells = np.zeros((SIDE, SIDE), np.int64)
    edge = np.full((SIDE, SIDE), 9.0, np.float32)
    for k in range(int(15 / size)):
        a, offset = generator.uniform(0, np.pi), generator.uniform(-0.42, 0.42)
        bend = generator.uniform(-0.5, 0.5) * (generator.random() < 0.3)
        line = np.cos(a) * x + np.sin(a) * y - offset + bend * (np.cos(a) * y - np.sin(a) * x) ** 2
        cells |= (line > 0).astype(np.int64) << k
        edge = np.minimum(edge, np.abs(line))
    _, cells = np.unique(cells, return_inverse=True)
    cells = cells.ravel()
    count = np.bincount(cells)
    mean = np.stack([np.bincount(cells, colours[..., c].ravel()) for c in range(3)], 1) / count[:, None]
    paint = mean * generator.uniform(0.75, 1.2, (len(count), 1)) + generator.normal(0, 12, (len(count), 3))
    slope = generator.normal(0, 1, (len(count), 2))
    middle = np.stack([np.bincount(cells, g.ravel()) for g in (x, y)], 1) / count[:, None]
    shade = sum(slope[cells, i] * (g.ravel() - middle[cells, i]) for i, g in enumerate((x, y))) * 330
    pixels = (paint[cells] + shade[:, None]).reshape(SIDE, SIDE, 3)
    pixels *= np.clip(edge * 230, 0.25, 1)[..., None]
    pixels += 9 * noise(rng, "wood", SIDE, SIDE)[..., None] + 7 * noise(rng, "grain", SIDE, SIDE)[..., None]
    return _impasto(pixels, 0.6)


def _woodblock(rng, colours, angle, size):
    """A print: a few flat colours with dark outlines on paper that shows its grain."""
    flat = to_image(gaussian_filter(colours, (3 * size, 3 * size, 0))).quantize(
        rng.randint(7, 11), method=Image.Quantize.MEDIANCUT
    )
    indices = np.asarray(flat)
    pixels = np.asarray(flat.convert("RGB").filter(ImageFilter.ModeFilter(7)), np.float32)
    change = np.zeros((SIDE, SIDE), np.float32)
    change[1:] += indices[1:] != indices[:-1]
    change[:, 1:] += indices[:, 1:] != indices[:, :-1]
    line = np.clip(gaussian_filter(np.minimum(change, 1), 0.9) * 1.5, 0, 0.85)[..., None]
    hatch = np.sin((np.cos(angle) * np.arange(SIDE)[:, None] - np.sin(angle) * np.arange(SIDE)[None]) * 0.55 / size)
    dark = pixels.mean(2) < 120
    pixels = pixels + (14 * hatch * dark)[..., None]
    pixels = pixels * (1 - line) + np.float32((36, 40, 62)) * line
    paper = 1 + 0.03 * noise(rng, "wood", SIDE, SIDE) + 0.04 * noise(rng, "grain", SIDE, SIDE)
    return np.asarray(to_image(pixels * paper[..., None] + np.float32((6, 4, -4))))
