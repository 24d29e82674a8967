"""Small line charts, drawn in milliseconds: matplotlib takes longer than some training steps."""

import itertools
import math

import numpy as np
from PIL import Image, ImageDraw, ImageFont

GREY = (118, 118, 118, 255)
BLUE, VERMILION = (0, 114, 178), (213, 94, 0)  # as plotting.OKABE_ITO; the second line is dashed, too
LEFT, RIGHT, TOP, BOTTOM = 34, 8, 18, 16
FINE = 2  # drawn this many times as large, then made smaller: smooth lines


def chart(series, steps, low, high, title, references=(), width=392, height=150) -> np.ndarray:
    """Return a line chart, uint8 (height, width, 4), readable on light and on dark ground.

    series: a mapping of one or two names to sequences of n numbers; not finite ones leave a gap. steps: n numbers,
    the horizontal axis. low, high: ends of the vertical one; values outside are drawn at its edge. references:
    numbers that get a thin line.
    """
    sheet = Image.new("RGBA", (width * FINE, height * FINE), (*GREY[:3], 0))
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(size=11 * FINE)
    box = LEFT * FINE, TOP * FINE, (width - RIGHT) * FINE, (height - BOTTOM) * FINE
    first, last = (steps[0], max(steps[-1], steps[0] + 1)) if len(steps) else (0, 1)

    def place(step, value):
        x = box[0] + (step - first) / (last - first) * (box[2] - box[0])
        share = (min(max(value, low), high) - low) / (high - low)
        return x, box[3] - share * (box[3] - box[1])

    for value in (low, (low + high) / 2, high):
        y = place(first, value)[1]
        pen.line([box[0], y, box[2], y], fill=(*GREY[:3], 90), width=1)
        pen.text((box[0] - 4 * FINE, y), f"{value:.3g}", fill=GREY, font=font, anchor="rm")
    for value in references:
        y = place(first, value)[1]
        for x in range(box[0], box[2], 10 * FINE):
            pen.line([x, y, x + 4 * FINE, y], fill=GREY, width=FINE)
    x = LEFT * FINE
    pen.text((x, 2), title, fill=GREY, font=font)
    x += font.getlength(title) + 14 * FINE
    for (name, values), colour, dashed in zip(series.items(), (BLUE, VERMILION), (False, True), strict=False):
        _line(pen, [place(*pair) for pair in _thinned(steps, values)], colour, dashed)
        _line(pen, [(x, 8 * FINE), (x + 22 * FINE, 8 * FINE)], colour, dashed)
        pen.text((x + 26 * FINE, 2), name, fill=GREY, font=font)
        x += 26 * FINE + font.getlength(name) + 14 * FINE
    pen.text((box[0], box[3] + FINE), f"step {first:,.0f}", fill=GREY, font=font)
    pen.text((box[2], box[3] + FINE), f"{last:,.0f}", fill=GREY, font=font, anchor="ra")
    return np.asarray(sheet.resize((width, height), Image.Resampling.BOX))


def _thinned(steps, values, most=390):
    """Return at most ``most`` (step, value) pairs: means of neighbours, one for each pixel. NaN where none is known."""
    steps, values = np.asarray(steps, float), np.asarray(values, float)
    cuts = np.array_split(np.arange(len(steps)), min(most, len(steps)) or 1)
    for cut in cuts:
        known = values[cut][np.isfinite(values[cut])]
        if len(cut):
            yield steps[cut].mean(), known.mean() if len(known) else math.nan


def _line(pen, points, colour, dashed):
    points = [point for point in points if math.isfinite(point[1])]
    if not dashed:
        pen.line(points, fill=(*colour, 255), width=2 * FINE, joint="curve")
        return
    walked = 0.0
    for a, b in itertools.pairwise(points):
        length = math.dist(a, b)
        pieces = max(1, math.ceil(length / (2 * FINE)))
        for k in range(pieces):
            if (walked + length * k / pieces) % (9 * FINE) < 6 * FINE:
                ends = [tuple(p + (q - p) * t / pieces for p, q in zip(a, b, strict=True)) for t in (k, k + 1)]
                pen.line(ends, fill=(*colour, 255), width=2 * FINE)
        walked += length
