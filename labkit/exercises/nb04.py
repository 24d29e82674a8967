"""Exercises of 04_adversarial_nets: the best discriminator, the Jensen-Shannon divergence, counting collapse."""

import numpy as np

from labkit.exercises.answers import Mistake, array, integers, number
from labkit.exercises.frame import exercise, prediction

prediction(
    "04.p1",
    question="Both players of the Dirac-GAN follow their gradients at the same time, in small steps, from (1, 1). What "
             "becomes of the generator's point?",
    choices=("it arrives at 0", "it circles", "it spirals away"),
    because="The field turns around the draw, and a step along the tangent of a circle ends outside of it. Smaller "
            "steps only make it slower.",
)

# Densities at the same places: overlapping, one of them alone, both nearly nothing, both nothing.
_P = np.array([0.3, 0.2, 0.5, 0.0, 1e-9, 0.0, 2.0])
_Q = np.array([0.1, 0.2, 0.0, 0.4, 3e-9, 0.0, 6.0])
_KNOWN = _P + _Q > 0


def _divide(a, b):
    with np.errstate(all="ignore"):
        return a / b


_ANSWERS = {  # what students take for D*, where p + q > 0
    "generated": lambda p, q: _divide(q, p + q),
    "ratio": lambda p, q: _divide(p, q),
    "difference": lambda p, q: p - q,
    "hard": lambda p, q: (p > q).astype(float),
    "log": lambda p, q: np.log(_divide(p, q)),
    "normalised": lambda p, q: _divide(p, p.sum()),
    "softmax": lambda p, q: _divide(np.exp(p), np.exp(p) + np.exp(q)),
    "mean": lambda p, q: (p + q) / 2,
}


@exercise(
    "04.1",
    title="the best discriminator",
    praise="Where the densities are equal it says 1/2, however small both are: D judges proportions, not amounts.",
    hints={
        "shape": "yours has the shape {shape}; there is one answer for each of the {right} places.",
        "generated": "that is q/(p+q), how probable it is that a sample was generated. D says how probable it is that "
                     "it is real.",
        "ratio": "p/q is the ratio of the two; a probability lies between 0 and 1. Divide p by the sum of both.",
        "difference": "p - q is no probability: it can be negative, and it depends on how large both are.",
        "hard": "0 or 1 is the best guess, not the best probability: where p = 0.3 and q = 0.1, one sample in four is "
                "generated.",
        "log": "log(p/q) is the logit; D is its sigmoid, p/(p+q).",
        "normalised": "you divide by the sum of p over all places. Each place is judged by itself: divide by p + q "
                      "there.",
        "softmax": "no exponentials: p and q are densities already, not logits.",
        "mean": "(p + q)/2 is the density of the mixture, not the share of p in it.",
        "nothing_there": "where p and q are both 0 yours is {answer}. Nothing is known there: 1/2.",
        "eps": "where p = 1e-9 and q = 3e-9 it should be 0.25, and yours is {answer:.3g}: a small number added below "
               "the line is large beside densities like these.",
        "value": "for p = {p:g} and q = {q:g} you say {answer:.4g}, and it is {right:.4g}.",
    },
)
def best_answer(best):
    """best(p, q) -> the best discriminator's answers, float (places,); 1/2 where both are 0."""
    answer = array(best, _P, _Q)
    if answer.shape != _P.shape:
        raise Mistake("shape", shape=answer.shape, right=len(_P))
    right = np.where(_KNOWN, _divide(_P, np.where(_KNOWN, _P + _Q, 1)), 0.5)
    large = _P + _Q > 1e-6
    if not np.allclose(answer[large], right[large], rtol=1e-3):
        with np.errstate(divide="ignore"):
            for key, wrong in _ANSWERS.items():
                if np.allclose(answer[large], wrong(_P, _Q)[large], rtol=1e-3, equal_nan=True):
                    raise Mistake(key)
        k = int(np.flatnonzero(large & ~np.isclose(answer, right, rtol=1e-3))[0])
        raise Mistake("value", p=_P[k], q=_Q[k], answer=answer[k], right=right[k])
    if not np.isclose(answer[4], 0.25, rtol=1e-2):
        raise Mistake("eps", answer=answer[4])
    if not np.isclose(answer[5], 0.5):
        raise Mistake("nothing_there", answer=answer[5])


_CASES = [
    (np.array([0.5, 0.5, 0.0]), np.array([0.25, 0.25, 0.5])),
    (np.array([0.1, 0.2, 0.3, 0.4]), np.array([0.4, 0.4, 0.1, 0.1])),
    (np.array([1.0, 0.0]), np.array([0.0, 1.0])),
    (np.array([0.7, 0.3]), np.array([0.7, 0.3])),
]


def _kl(p, q):
    with np.errstate(all="ignore"):
        return float(np.nansum(np.where(p > 0, p * np.log(p / q), 0)))


def _jsd(p, q):
    return (_kl(p, (p + q) / 2) + _kl(q, (p + q) / 2)) / 2


_DIVERGENCES = {
    "one_way": lambda p, q: _kl(p, q),
    "other_way": lambda p, q: _kl(q, p),
    "both_ways": lambda p, q: (_kl(p, q) + _kl(q, p)) / 2,
    "half": lambda p, q: _kl(p, (p + q) / 2) / 2,
    "only_p": lambda p, q: _kl(p, (p + q) / 2),
    "doubled": lambda p, q: 2 * _jsd(p, q),
    "bits": lambda p, q: _jsd(p, q) / np.log(2),
    "root": lambda p, q: np.sqrt(max(_jsd(p, q), 0)),
    "game": lambda p, q: 2 * _jsd(p, q) - np.log(4),
    "total": lambda p, q: np.abs(p - q).sum() / 2,
    "negative": lambda p, q: -_jsd(p, q),
}


@exercise(
    "04.2",
    title="the Jensen-Shannon divergence",
    praise="It is log 2 for any two distributions that share nothing, which is why a generator far off feels no slope.",
    hints={
        "one_way": "that is KL(p‖q), which is infinite where p has something that q lacks. Compare both with their "
                   "mean, m = (p + q)/2.",
        "other_way": "that is KL(q‖p). Compare both with their mean, m = (p + q)/2.",
        "both_ways": "that is the mean of KL(p‖q) and KL(q‖p). Each is to be compared with m = (p + q)/2 instead.",
        "half": "the half of q is missing: KL(p‖m)/2 + KL(q‖m)/2.",
        "only_p": "that is KL(p‖m) alone. JSD is the mean of KL(p‖m) and KL(q‖m).",
        "doubled": "yours is twice as large: JSD is the mean of KL(p‖m) and KL(q‖m), not their sum.",
        "bits": "that is the logarithm to base 2. In nats two distributions that share nothing are log 2 = 0.693 "
                "apart.",
        "root": "that is its square root, the Jensen-Shannon distance (SciPy's function gives that one). Square it.",
        "game": "that is the value of the game, 2 JSD - log 4. The divergence itself is 0 for equal distributions.",
        "total": "that is the total variation distance, |p - q| summed and halved. Here logarithms are asked for.",
        "negative": "the sign is wrong: no divergence is below 0.",
        "zeros": "for {case} yours is {answer}. A term with probability 0 counts 0, but log(0) is -inf and 0 · -inf is "
                 "no number: leave such terms out.",
        "eps": "for {case} yours is {answer:.6f}, and it is {right:.6f}: a small number inside the logarithm shifts "
               "it.",
        "value": "for {case} you say {answer:.4f}, and it is {right:.4f}.",
    },
)
def jensen_shannon(divergence):
    """divergence(p, q) -> the Jensen-Shannon divergence in nats, one number."""
    answers = [number(divergence, p, q) for p, q in _CASES]
    rights = [_jsd(p, q) for p, q in _CASES]
    if np.allclose(answers, rights, atol=1e-7):
        return
    for key, wrong in _DIVERGENCES.items():
        # Where p has what q lacks, KL is infinite by the formula; hand-written sums leave that term out or not.
        if all(np.isclose(answers[k], wrong(*_CASES[k]), atol=1e-4) for k in (1, 3)) and not np.isclose(
                wrong(*_CASES[1]), rights[1], atol=1e-4):
            raise Mistake(key)
    for answer, right, (p, q) in zip(answers, rights, _CASES, strict=True):
        case = f"p = {p.tolist()} and q = {q.tolist()}"
        if not np.isfinite(answer):
            raise Mistake("zeros", case=case, answer=answer)
        if not np.isclose(answer, right, atol=1e-7):
            near = np.isclose(answer, right, atol=1e-3)
            raise Mistake("eps" if near else "value", case=case, answer=answer, right=right)


_CENTRES = np.array([[0.0, 0.0], [4.0, 0.0], [0.0, 4.0], [4.0, 4.0]])
_DEVIATION = 0.2
# In units of the deviation from each centre: good ones between nothing and three, corners inside a box but outside
# the circle, and one far off. The fourth mode has only a corner: covered for those who count boxes or nearest modes.
_SAMPLES = np.concatenate([
    _CENTRES[0] + _DEVIATION * np.array([[0.5, 0.5], [-2.8, 0.0], [0.0, 0.9]]),
    _CENTRES[1] + _DEVIATION * np.array([[2.0, 1.8], [0.3, -0.4], [1.0, 1.1], [1.3, -1.4]]),
    _CENTRES[2] + _DEVIATION * np.array([[0.0, -2.7]]),
    _CENTRES[3] + _DEVIATION * np.array([[2.5, 2.5], [-2.9, 2.9]]),
    [[2.0, 2.1], [9.0, -7.0]],
])


def _count(samples, centres, deviation, limit=3.0, norm=2, square=False):
    distances = np.linalg.norm(samples[:, None] - centres, ord=norm, axis=2)
    distances = distances**2 if square else distances
    good = distances.min(1) <= limit * (deviation**2 if square == "variance" else deviation)
    return len(set(distances.argmin(1)[good])), float(good.mean())


_COUNTS = {
    "nearest": lambda s, c, d: (len(set(np.linalg.norm(s[:, None] - c, axis=2).argmin(1))), _count(s, c, d)[1]),
    "one": lambda s, c, d: _count(s, c, d, 1.0),
    "two": lambda s, c, d: _count(s, c, d, 2.0),
    "absolute": lambda s, c, d: _count(s, c, 1.0),
    "box": lambda s, c, d: _count(s, c, d, norm=np.inf),
    "diamond": lambda s, c, d: _count(s, c, d, norm=1),
    "squared": lambda s, c, d: _count(s, c, d, square=True),
    "variance": lambda s, c, d: _count(s, c, d, square="variance"),
    "covered_share": lambda s, c, d: (_count(s, c, d)[0] / len(c), _count(s, c, d)[1]),
    "total": lambda s, c, d: (_count(s, c, d)[0], _count(s, c, d)[1] * len(s)),
    "percent": lambda s, c, d: (_count(s, c, d)[0], _count(s, c, d)[1] * 100),
    "bad": lambda s, c, d: (_count(s, c, d)[0], 1 - _count(s, c, d)[1]),
    "missing": lambda s, c, d: (len(c) - _count(s, c, d)[0], _count(s, c, d)[1]),
    "swapped": lambda s, c, d: _count(s, c, d)[::-1],
}


@exercise(
    "04.3",
    title="counting collapse",
    praise="Both numbers are needed: one point repeated a thousand times is of perfect quality, and grey noise reaches "
           "every mode.",
    hints={
        "nearest": "you count a mode as covered when it is the nearest of any sample, however far that is. Only "
                   "samples of high quality count.",
        "one": "you count within one standard deviation; the definition says three.",
        "two": "you count within two standard deviations; the definition says three.",
        "absolute": "you compare the distance with 3. It is to be compared with 3 standard deviations.",
        "box": "you compare x and y by themselves: that is a square. The distance is the root of the sum of both "
               "squares.",
        "diamond": "you add up the differences in x and in y. The distance is the root of the sum of their squares.",
        "squared": "you compare the squared distance with 3 deviations. Take its root, or square the other side, 3 and "
                   "all.",
        "variance": "squaring 3·deviation gives 9·deviation², and yours has 3·deviation².",
        "covered_share": "the first number is how many modes are covered, {right}, not their share.",
        "total": "the second number is the share of good samples, between 0 and 1, not their number.",
        "percent": "the second number is a share, between 0 and 1, not a percentage.",
        "bad": "the second number is the share of good samples; yours is that of bad ones.",
        "missing": "the first number is how many modes are covered; yours counts the missing ones.",
        "swapped": "the two numbers are in the wrong order: covered modes first, then the share.",
        "value": "for samples near four modes you say {answer}, and it is {right}: covered modes, share of good "
                 "samples.",
    },
)
def counting(collapsed):
    """collapsed(samples, centres, deviation) -> covered modes, share of high-quality samples."""
    answer = integers(collapsed, 2, _SAMPLES, _CENTRES, _DEVIATION)
    right = _count(_SAMPLES, _CENTRES, _DEVIATION)
    if not np.allclose(answer, right):
        for key, wrong in _COUNTS.items():
            if np.allclose(answer, wrong(_SAMPLES, _CENTRES, _DEVIATION)):
                raise Mistake(key, right=right[0])
        raise Mistake("value", answer=f"{answer[0]:g}, {answer[1]:.3g}", right=f"{right[0]}, {right[1]:.3g}")
