"""Exercises of 04_adversarial_nets: the best discriminator, the Jensen-Shannon divergence, counting collapse."""

import numpy as np

from labkit.exercises.answers import Mistake, array, close, number, several
from labkit.exercises.formula import Formula
from labkit.exercises.frame import exercise

# Densities at the same places: overlapping, or one of them alone; then both nearly nothing, and both nothing.
_P, _Q = np.array([0.3, 0.2, 0.5, 0.0, 2.0]), np.array([0.1, 0.2, 0.0, 0.4, 6.0])
_THIN = np.array([1e-9, 0.0]), np.array([3e-9, 0.0])


def _where_little_is_known(best):
    small, nothing = array(best, *_THIN)
    if not close(small, 0.25):
        raise Mistake("eps", answer=small)
    if not close(nothing, 0.5):
        raise Mistake("nothing_there", answer=nothing)


exercise(
    "04.1",
    Formula([(_P, _Q)], lambda p, q: p / (p + q), {
        "generated": lambda p, q: q / (p + q),
        "ratio": lambda p, q: p / q,
        "difference": lambda p, q: p - q,
        "hard": lambda p, q: p > q,
        "log": lambda p, q: np.log(p / q),
        "normalised": lambda p, q: p / p.sum(),
        "softmax": lambda p, q: np.exp(p) / (np.exp(p) + np.exp(q)),
        "mean": lambda p, q: (p + q) / 2,
    }, read=array, each=True),
    _where_little_is_known,
)

_DISTRIBUTIONS = [
    (np.array([0.1, 0.2, 0.3, 0.4]), np.array([0.4, 0.4, 0.1, 0.1])),
    (np.array([0.7, 0.3]), np.array([0.7, 0.3])),
]
_WITH_ZEROS = [  # KL is infinite here; hand-written sums leave that term out or not
    (np.array([0.5, 0.5, 0.0]), np.array([0.25, 0.25, 0.5])),
    (np.array([1.0, 0.0]), np.array([0.0, 1.0])),
]


def _kl(p, q):
    return np.nansum(np.where(p > 0, p * np.log(p / q), 0))


def _jsd(p, q):
    with np.errstate(all="ignore"):
        return (_kl(p, (p + q) / 2) + _kl(q, (p + q) / 2)) / 2


def _nearly(divergence):
    for p, q in _WITH_ZEROS + _DISTRIBUTIONS:
        answer, right = number(divergence, p, q), _jsd(p, q)
        if abs(answer - right) < 1e-3 and not close(answer, right):
            raise Mistake("eps", p=p.tolist(), q=q.tolist(), answer=answer, right=right)


def _at_zeros(divergence):
    for p, q in _WITH_ZEROS:
        answer, right = number(divergence, p, q), _jsd(p, q)
        if not close(answer, right):
            key = "value" if np.isfinite(answer) else "zeros"
            raise Mistake(key, p=p.tolist(), q=q.tolist(), answer=answer, right=right)


exercise(
    "04.2",
    _nearly,
    Formula(_DISTRIBUTIONS, lambda p, q: _jsd(p, q), {
        "one_way": lambda p, q: _kl(p, q),
        "other_way": lambda p, q: _kl(q, p),
        "both_ways": lambda p, q: (_kl(p, q) + _kl(q, p)) / 2,
        "half": lambda p, q: _kl(p, (p + q) / 2) / 2,
        "only_p": lambda p, q: _kl(p, (p + q) / 2),
        "doubled": lambda p, q: 2 * _jsd(p, q),
        "bits": lambda p, q: _jsd(p, q) / np.log(2),
        "root": lambda p, q: np.sqrt(_jsd(p, q)),
        "game": lambda p, q: 2 * _jsd(p, q) - np.log(4),
        "total": lambda p, q: np.abs(p - q).sum() / 2,
        "negative": lambda p, q: -_jsd(p, q),
    }),
    _at_zeros,
)

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


def _count(samples, centres, reach, norm=2):
    distances = np.linalg.norm(samples[:, None] - centres, ord=norm, axis=2)
    good = distances.min(1) <= reach
    return len(set(distances.argmin(1)[good])), good.mean()


exercise("04.3", Formula([(_SAMPLES, _CENTRES, _DEVIATION)], lambda s, c, d: _count(s, c, 3 * d), {
    "nearest": lambda s, c, d: (_count(s, c, np.inf)[0], _count(s, c, 3 * d)[1]),
    "one": lambda s, c, d: _count(s, c, d),
    "two": lambda s, c, d: _count(s, c, 2 * d),
    "absolute": lambda s, c, d: _count(s, c, 3),
    "box": lambda s, c, d: _count(s, c, 3 * d, np.inf),
    "diamond": lambda s, c, d: _count(s, c, 3 * d, 1),
    "squared": lambda s, c, d: _count(s, c, (3 * d) ** 0.5),
    "variance": lambda s, c, d: _count(s, c, 3**0.5 * d),
    "covered_share": lambda s, c, d: (_count(s, c, 3 * d)[0] / len(c), _count(s, c, 3 * d)[1]),
    "total": lambda s, c, d: (_count(s, c, 3 * d)[0], _count(s, c, 3 * d)[1] * len(s)),
    "percent": lambda s, c, d: (_count(s, c, 3 * d)[0], _count(s, c, 3 * d)[1] * 100),
    "bad": lambda s, c, d: (_count(s, c, 3 * d)[0], 1 - _count(s, c, 3 * d)[1]),
    "missing": lambda s, c, d: (len(c) - _count(s, c, 3 * d)[0], _count(s, c, 3 * d)[1]),
    "swapped": lambda s, c, d: _count(s, c, 3 * d)[::-1],
}, read=several(2)))
