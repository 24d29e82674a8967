"""Exercises of 10_scoring_images: the Inception score, the Fréchet distance, and what is left when N has no end."""

import numpy as np

from labkit.exercises.answers import Mistake, array, number
from labkit.exercises.frame import exercise, prediction

prediction(
    "10.p1",
    question="The same ten pictures, one of each class, copied until there are as many as real ones: what does the "
             "Inception-style score say of them, compared with the real pictures?",
    choices=("lower", "about the same", "higher"),
    because="The score asks for sure answers and for all classes in equal shares. Ten clear pictures give both, and "
            "nobody compares them with one another or with anything real.",
)
prediction(
    "10.p2",
    question="Two samples of the same real set, N pictures each. Half as many pictures: what happens to their Fréchet "
             "distance?",
    choices=("it is halved", "it stays", "it doubles"),
    because="The distance of two finite samples is never 0: their means and covariances differ by chance, and the "
            "square of that difference shrinks like 1/N. It says nothing about the pictures.",
)


def _cases():
    random = np.random.default_rng(10)
    soft = random.dirichlet(np.full(5, 0.4), 30)
    skewed = random.dirichlet([4.0, 1.0, 0.5], 17)
    certain = np.eye(4)[[0, 0, 1, 2, 3, 3]]
    return soft, skewed, certain


def _divergence(p, q):
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(p > 0, p * (np.log(p) - np.log(q)), 0).sum(1)


def _inception(p):
    return float(np.exp(_divergence(p, p.mean(0)).mean()))


_SCORES = {  # what students (and report 5) take for the Inception score
    "classes": lambda p: float(np.exp(_divergence(p, p.sum(0) / p.shape[1]).mean())),
    "both": lambda p: float(_divergence(p, p.sum(0) / p.shape[1]).mean()),
    "log": lambda p: float(_divergence(p, p.mean(0)).mean()),
    "backwards": lambda p: float(np.exp(_divergence(np.broadcast_to(p.mean(0), p.shape),
                                                    np.maximum(p, 1e-300)).mean())),
    "order": lambda p: float(np.exp(_divergence(p, p.mean(0))).mean()),
    "sum": lambda p: float(np.exp(min(_divergence(p, p.mean(0)).sum(), 700))),
    "bits": lambda p: float(np.exp(_divergence(p, p.mean(0)).mean() / np.log(2))),
    "uniform": lambda p: float(np.exp(_divergence(p, np.full(p.shape[1], 1 / p.shape[1])).mean())),
    "entropy": lambda p: float(np.exp(-(p.mean(0) * np.log(np.maximum(p.mean(0), 1e-300))).sum())),
}


@exercise(
    "10.1",
    title="the Inception score",
    praise="It also holds where a class has probability 0, at which log(0) would have given nan.",
    hints={
        "classes": "that is report 5's reading: the probabilities are summed and divided by the number of classes. "
                   "The average picture's distribution is their mean over the pictures, which sums to 1.",
        "both": "that is report 5's reading to the letter: divided by the number of classes, and no exponential.",
        "log": "that is the mean divergence, in nats. The score is its exponential.",
        "backwards": "you measure how far the average is from each picture. It is KL(picture || average): the "
                     "picture's probabilities weigh the logarithms.",
        "order": "you average the exponentials. First the mean of the divergences, then one exponential.",
        "sum": "you add up the divergences of the pictures. Take their mean, or the score grows with their number.",
        "bits": "with the logarithm to base 2 the exponential must be to base 2, too. Use the natural logarithm.",
        "uniform": "you compare each picture with equal shares of all classes. Compare with the average of the "
                   "pictures: it need not be uniform.",
        "entropy": "that is the exponential of the average's entropy alone: it sees the variety, and not whether the "
                   "single pictures are clear.",
        "nan": "where a probability is 0, yours is {answer}: 0 · log 0 counts as 0 (np.where, or "
               "scipy.special.rel_entr).",
        "value": "for {shape} probabilities you say {answer:.4f}, and the score is {right:.4f}.",
    },
)
def inception(score):
    """score(p), p float (N, classes) with rows that sum to 1 -> exp(mean KL(p_i || mean p))."""
    soft, skewed, certain = _cases()
    for p in (soft, skewed):
        answer = number(score, p)
        if np.isclose(answer, _inception(p), rtol=1e-6):
            continue
        for key, wrong in _SCORES.items():
            if np.isclose(answer, wrong(p), rtol=1e-6):
                raise Mistake(key)
        raise Mistake("value", shape=f"{p.shape[0]}x{p.shape[1]}", answer=answer, right=_inception(p))
    answer = number(score, certain)
    if not np.isfinite(answer):
        raise Mistake("nan", answer=answer)
    if not np.isclose(answer, _inception(certain), rtol=1e-6):
        raise Mistake("value", shape="6x4", answer=answer, right=_inception(certain))


def _root(matrix):
    values, vectors = np.linalg.eigh((matrix + matrix.T) / 2)
    return (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T


def _trace_of_root(first, second):
    half = _root(first)
    return float(np.sqrt(np.maximum(np.linalg.eigvalsh(half @ second @ half), 0)).sum())


def _frechet(m1, s1, m2, s2):
    return float(((m1 - m2) ** 2).sum() + np.trace(s1) + np.trace(s2) - 2 * _trace_of_root(s1, s2))


_DISTANCES = {
    "variance": lambda m, s, n, t: ((m - n) ** 2).sum() + ((np.sqrt(np.diag(s)) - np.sqrt(np.diag(t))) ** 2).sum(),
    "means": lambda m, s, n, t: ((m - n) ** 2).sum(),
    "covariances": lambda m, s, n, t: np.trace(s) + np.trace(t) - 2 * _trace_of_root(s, t),
    "not_squared": lambda m, s, n, t: _frechet(m, s, n, t) - ((m - n) ** 2).sum() + np.sqrt(((m - n) ** 2).sum()),
    "root": lambda m, s, n, t: np.sqrt(_frechet(m, s, n, t)),
    "two": lambda m, s, n, t: _frechet(m, s, n, t) + _trace_of_root(s, t),
    "no_root": lambda m, s, n, t: ((m - n) ** 2).sum() + np.trace(s) + np.trace(t) - 2 * np.trace(s @ t),
    "elementwise": lambda m, s, n, t: (((m - n) ** 2).sum() + np.trace(s) + np.trace(t)
                                       - 2 * np.sqrt(np.abs(np.diag(s @ t))).sum()),
    "frobenius": lambda m, s, n, t: ((m - n) ** 2).sum() + ((s - t) ** 2).sum(),
}


def _gaussians(seed, width, rank=None):
    random = np.random.default_rng(seed)
    factors = random.normal(size=(2, rank or 3 * width, width))
    covariances = factors.transpose(0, 2, 1) @ factors / (rank or 3 * width)
    means = random.normal(size=(2, width)) * 0.7
    return means[0], covariances[0], means[1], covariances[1]


@exercise(
    "10.2",
    title="the Fréchet distance of two Gaussians",
    praise="It also holds where fewer pictures than features make both covariances singular.",
    hints={
        "variance": "that is right for features that vary independently of each other: you use the variances alone, as "
                    "report 5 says. Off the diagonal lie the covariances, and they count.",
        "means": "that is the distance of the means alone; two sets with one mean may look nothing alike.",
        "covariances": "the means are missing: add |m1 - m2|².",
        "not_squared": "the distance of the means enters squared.",
        "root": "you take the square root at the end. Scores are quoted without it.",
        "two": "the trace of the root is taken twice: - 2 Tr(S1 S2)^(1/2).",
        "no_root": "the root of the product is missing: Tr (S1 S2)^(1/2), not Tr (S1 S2).",
        "elementwise": "that is the root of single numbers. The root of a matrix is the matrix whose product with "
                       "itself it is: scipy.linalg.sqrtm, or the sum of the roots of the eigenvalues of S1 @ S2.",
        "frobenius": "that adds up squared differences of the covariances: in units of the features to the fourth "
                     "power, beside means in units squared. The formula has a matrix root in it.",
        "complex": "your answer has an imaginary part: numerical noise of the root. Take its real part.",
        "singular": "where the covariances are singular you say {answer}, and it is {right:.4f}. Rounding makes some "
                    "eigenvalues slightly negative: set these to 0 before the root.",
        "value": "for Gaussians of width {width} you say {answer:.4f}, and it is {right:.4f}.",
    },
)
def frechet(distance):
    """distance(m1, S1, m2, S2), means (D,) and covariances (D, D) -> |m1 - m2|² + Tr(S1 + S2 - 2 (S1 S2)^(1/2))."""
    for width in (3, 6):
        case = _gaussians(width, width)
        if np.iscomplexobj(array(distance, *case)):
            raise Mistake("complex")
        answer, right = number(distance, *case), _frechet(*case)
        if np.isclose(answer, right, rtol=1e-6):
            continue
        for key, wrong in _DISTANCES.items():
            if np.isclose(answer, wrong(*case), rtol=1e-6):
                raise Mistake(key)
        raise Mistake("value", width=width, answer=answer, right=right)
    case = _gaussians(1, 8, rank=3)
    value = array(distance, *case)
    if np.iscomplexobj(value):
        raise Mistake("complex")
    if value.size != 1 or not np.isclose(float(value.ravel()[0]), _frechet(*case), rtol=1e-4):
        raise Mistake("singular", answer=value.ravel()[0], right=_frechet(*case))


_SIZES = (np.array([800, 200, 1600, 400]), np.array([500, 5000, 1000]))  # unsorted: the last is not the largest


def _fit(x, y):
    return float(np.polyfit(x, y, 1)[1])


_LIMITS = {
    "last": lambda n, v: v[-1],
    "mean": lambda n, v: v.mean(),
    "smallest": lambda n, v: v.min(),
    "in_n": lambda n, v: _fit(n, v),
    "root_n": lambda n, v: _fit(1 / np.sqrt(n), v),
    "slope": lambda n, v: float(np.polyfit(1 / n, v, 1)[0]),
    "log_n": lambda n, v: _fit(np.log(n), v),
}


@exercise(
    "10.3",
    title="a score at N = ∞",
    praise="Unlike the score at any one N, it may be compared with another paper's, of the same extractor.",
    hints={
        "last": "that is the score at the last N of the list, with that N's bias.",
        "mean": "an average over several N is biased like the N in the middle.",
        "smallest": "that is the smallest of the values, at the largest N: its bias is small, and still there.",
        "in_n": "you fit a line in N. The bias falls like 1/N: fit the scores against 1/N; N = ∞ is 1/N = 0.",
        "root_n": "you fit against 1/√N: so shrink a mean's errors, but the bias falls like 1/N.",
        "slope": "that is the line's slope. np.polyfit gives the highest power first; you want the other.",
        "log_n": "you fit against log N, which has no value at N = ∞. Fit against 1/N.",
        "value": "for N = {sizes} and scores {values} you say {answer:.4f}; the line in 1/N meets 0 at {right:.4f}.",
    },
)
def limit(extrapolated):
    """extrapolated(sizes, values), both (n,) -> the height at 1/N = 0 of the line in 1/N (least squares)."""
    for k, sizes in enumerate(_SIZES):
        values = 3.0 + k + 900.0 / sizes + np.array([0.05, -0.04, 0.03, -0.02])[:len(sizes)]
        answer, right = number(extrapolated, sizes, values), _fit(1 / sizes, values)
        if np.isclose(answer, right, rtol=1e-6):
            continue
        for key, wrong in _LIMITS.items():
            if np.isclose(answer, wrong(sizes.astype(float), values), rtol=1e-6):
                raise Mistake(key)
        raise Mistake("value", sizes=sizes.tolist(), values=np.round(values, 3).tolist(), answer=answer, right=right)
