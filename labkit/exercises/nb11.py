"""Exercises of 11_noise_studio: interpolation along the arc, truncation, the gradient of an inversion."""

import numpy as np

from labkit.exercises.answers import Mistake, array
from labkit.exercises.frame import exercise, prediction

prediction(
    "11.p1",
    question="Two noise vectors of 100 numbers are each about 10 long. How long is the point halfway between them, on "
             "the straight line?",
    close=1.06,
    because="Their numbers are independent, so the vectors stand at right angles, and half the diagonal of a square "
            "with sides of 10 is 10 / √2 = 7.1. Noise that short is practically never drawn.",
)


def _arc(a, b, t):
    angle = np.arccos(np.clip(a @ b / np.linalg.norm(a) / np.linalg.norm(b), -1, 1))
    return (np.sin((1 - t) * angle) * a + np.sin(t * angle) * b) / np.sin(angle)


def _raw_angle(a, b, t):
    with np.errstate(all="ignore"):
        angle = np.arccos(np.clip(a @ b, -1, 1))
        return (np.sin((1 - t) * angle) * a + np.sin(t * angle) * b) / np.sin(angle)


def _undivided(a, b, t):
    angle = np.arccos(np.clip(a @ b / np.linalg.norm(a) / np.linalg.norm(b), -1, 1))
    return np.sin((1 - t) * angle) * a + np.sin(t * angle) * b


def _stretched(a, b, t):
    line = (1 - t) * a + t * b
    return line / np.linalg.norm(line) * ((1 - t) * np.linalg.norm(a) + t * np.linalg.norm(b))


_WAYS = {  # what students take for the arc, as functions of two vectors of equal length and a weight
    "linear": lambda a, b, t: (1 - t) * a + t * b,
    "backwards": lambda a, b, t: _arc(b, a, t),
    "angle": _raw_angle,
    "undivided": _undivided,
    "stretched": _stretched,
    "unit": lambda a, b, t: _arc(a / np.linalg.norm(a), b / np.linalg.norm(b), t),
    "squares": lambda a, b, t: np.sqrt(1 - t) * a + np.sqrt(t) * b,
}


def _ends(angle):
    """Return two vectors of 8 numbers, both 3 long, with an angle between them."""
    first, other = np.linalg.qr(np.random.default_rng(3).normal(size=(8, 2)))[0].T
    return 3 * first, 3 * (np.cos(angle) * first + np.sin(angle) * other)


@exercise(
    "11.1",
    title="along the arc",
    praise="Every point on the way is as long as the ends, as far as the generator has ever seen.",
    hints={
        "shape": "the result has the shape {shape}; it is one noise vector, of the shape {right}.",
        "linear": "that is the straight line, (1 - t)·a + t·b. Its middle is too short.",
        "backwards": "at t = 0 yours is b; the way begins at a.",
        "angle": "your angle is wrong when the vectors are not of length 1: cos θ = a·b / (|a||b|).",
        "undivided": "divide by sin θ, or the ends are not met.",
        "stretched": "that is the straight line, stretched to the right length: the right curve, but walked unevenly. "
                     "At t = 0.25 a quarter of the angle should be behind you. Take sin((1 - t)θ)/sin θ and "
                     "sin(tθ)/sin θ as weights.",
        "unit": "the length is lost: use a and b as they are in the sum, and shorten them only for the angle.",
        "squares": "√(1 - t)·a + √t·b has the right length only when a and b stand exactly at right angles, and then "
                   "walks unevenly, too.",
        "value": "at t = {t} between vectors at an angle of {angle:.0f} degrees yours is off by {error:.2g}, where all "
                 "are 3 long.",
        "parallel": "for b = a there is no angle, and sin θ is 0: yours is {answer}. Return a in that case (a test for "
                    "a small angle will do).",
    },
)
def along_the_arc(slerp):
    """slerp(a, b, t) -> the point on the arc from a (t = 0) to b (t = 1); float (dim,), both of equal length."""
    cases = [(*_ends(angle), t) for angle in (0.5, 1.3, 2.4) for t in (0.0, 0.25, 0.5, 0.8, 1.0)]
    answers = [array(slerp, *case) for case in cases]
    if answers[0].shape != (8,):
        raise Mistake("shape", shape=answers[0].shape, right=(8,))
    if not all(np.isfinite(answer).all() for answer in answers):
        raise Mistake("angle")  # arccos of a·b = 9, or a division by sin 0
    if not _agree(answers, cases, _arc):
        for key, wrong in _WAYS.items():
            if _agree(answers, cases, wrong):
                raise Mistake(key)
        for answer, (a, b, t) in zip(answers, cases, strict=True):
            error = np.abs(answer - _arc(a, b, t)).max()
            if not error < 1e-4:
                raise Mistake("value", t=t, angle=np.degrees(np.arccos(a @ b / 9)), error=error)
    a = _ends(1.0)[0]
    same = array(slerp, a, a, 0.5)
    if not np.allclose(same, a, atol=1e-3):
        raise Mistake("parallel", answer=np.array2string(same[:3], precision=2))


def _agree(answers, cases, formula):
    return all(np.allclose(answer, formula(*case), atol=1e-4, equal_nan=True)
               for answer, case in zip(answers, cases, strict=True))


@exercise(
    "11.2",
    title="truncation",
    praise="At a cut of 0.5 its numbers have a standard deviation of 0.28, and an even spread: of the bell curve only "
           "the flat top is left.",
    hints={
        "shape": "the result has the shape {shape}, expected {right}.",
        "outside": "the largest number is {largest:.2f}, and the cut is {cut}.",
        "piled": "{share:.0%} of your numbers lie exactly at the cut: clipping moves everything outside to the edge. "
                 "Draw those numbers again instead, until they fit.",
        "scaled": "you made the noise smaller as a whole. That keeps the shape of the bell, and makes numbers near 0 "
                  "far too frequent; truncation leaves those inside where they are.",
        "one_sided": "all of your numbers are {sign}; the cut is on both sides.",
        "uniform": "your numbers are spread evenly between -{cut} and {cut}. At a cut of 2 the bell must still be "
                   "visible: draw from the normal distribution.",
        "seed": "the same seed gives other numbers: make a generator from the seed inside the function, "
                "numpy.random.default_rng(seed).",
        "same": "two seeds give the same numbers.",
        "spread": "at a cut of {cut} the standard deviation is {answer:.3f}; a normal distribution truncated there has "
                  "{right:.3f}.",
    },
)
def truncation(truncated):
    """truncated(n, dim, cut, seed) -> standard normal numbers (n, dim), drawn again until none is beyond ±cut."""
    from scipy.stats import truncnorm

    for cut in (2.0, 0.5):
        values = array(truncated, 400, 50, cut, 7)
        if values.shape != (400, 50):
            raise Mistake("shape", shape=values.shape, right=(400, 50))
        largest = np.abs(values).max()
        if not largest <= cut + 1e-6:
            raise Mistake("outside", largest=largest, cut=cut)
        piled = float((np.abs(values) >= cut - 1e-9).mean())
        if piled > 0.005:
            raise Mistake("piled", share=piled)
        if (values >= 0).all() or (values <= 0).all():
            raise Mistake("one_sided", sign="positive" if values.mean() > 0 else "negative")
        right = float(truncnorm.std(-cut, cut))
        spread = float(values.std())
        if abs(spread - right) > 0.03 * right:
            if abs(spread - cut / 3 ** 0.5) < 0.02 * cut:
                raise Mistake("uniform", cut=cut)
            # A bell within the cut: its quarters lie closer to 0 than those of what truncation leaves.
            if spread < 0.8 * right:
                raise Mistake("scaled")
            raise Mistake("spread", cut=cut, answer=spread, right=right)
        if not np.array_equal(values, array(truncated, 400, 50, cut, 7)):
            raise Mistake("seed")
        if np.array_equal(values, array(truncated, 400, 50, cut, 8)):
            raise Mistake("same")


def _linear():
    rng = np.random.default_rng(5)
    return rng.normal(size=(12, 4)), rng.normal(size=12), rng.normal(size=4), rng.normal(size=12)


def _gradient(W, b, z, x):
    return 2 * W.T @ (W @ z + b - x) / len(x)


_SLOPES = {
    "sign": lambda W, b, z, x: -_gradient(W, b, z, x),
    "half": lambda W, b, z, x: _gradient(W, b, z, x) / 2,
    "sum": lambda W, b, z, x: _gradient(W, b, z, x) * len(x),
    "half_sum": lambda W, b, z, x: _gradient(W, b, z, x) * len(x) / 2,
    "by_noise": lambda W, b, z, x: _gradient(W, b, z, x) * len(x) / len(z),
    "no_bias": lambda W, b, z, x: 2 * W.T @ (W @ z - x) / len(x),
    "absolute": lambda W, b, z, x: W.T @ np.sign(W @ z + b - x) / len(x),
}


@exercise(
    "11.3",
    title="the gradient of an inversion",
    praise="TensorFlow's tape computes the same through all layers; here one could see it.",
    hints={
        "weights": "the result has the shape {shape}, that of W: you differentiate for the weights. They stay as they "
                   "are; the noise is what moves.",
        "picture": "the result has the shape {shape}, that of the picture. One factor is missing: how the picture "
                   "changes with the noise, Wᵀ.",
        "shape": "the result has the shape {shape}; it is a slope for each number of the noise, {right}.",
        "sign": "the sign is wrong: this points downhill. The gradient points uphill, and the step goes against it.",
        "half": "the square's 2 is missing: d(r²) = 2·r·dr.",
        "sum": "that is the gradient of the sum of squares; the loss is their mean.",
        "half_sum": "that is the gradient of half the sum of squares. The loss is their mean, without a half.",
        "by_noise": "the mean is over the pixels of the picture, not over the numbers of the noise.",
        "no_bias": "the generator's b is missing in what it makes.",
        "absolute": "that is the slope of the mean absolute error; here the differences are squared.",
        "value": "with a small step along each number of z the loss changes by {right}, and yours is {answer}.",
    },
)
def inversion_gradient(gradient):
    """gradient(W, b, z, x) -> slope of mean((W z + b - x)²) for z; W (pixels, dim), b and x (pixels,), z (dim,)."""
    W, b, z, x = _linear()
    answer, right = array(gradient, W, b, z, x), _gradient(W, b, z, x)
    if answer.shape != right.shape:
        key = {W.shape: "weights", W.T.shape: "weights", x.shape: "picture"}.get(answer.shape, "shape")
        raise Mistake(key, shape=answer.shape, right=right.shape)
    if not np.allclose(answer, right, rtol=1e-4):
        for key, wrong in _SLOPES.items():
            if np.allclose(answer, wrong(W, b, z, x), rtol=1e-4):
                raise Mistake(key)
        raise Mistake("value", right=np.array2string(right, precision=3), answer=np.array2string(answer, precision=3))
