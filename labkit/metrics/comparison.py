"""How much one arm of an experiment differs from another at equal seeds, and what may be said of it."""

import re
from collections import namedtuple

import numpy as np
from scipy import special  # scipy.stats has the same quantile, and takes most of a second to import


class Comparison(namedtuple("Comparison", "mean low high verdict")):
    """A mean of paired differences, the ends of its interval, and what that tells; f"{it:+.1f}" writes all of it:
    "+1.0 (+0.2 to +1.8): higher"."""

    def __format__(self, spec):
        ends = re.sub(r"\d+(?=\.)", "", spec)  # a width is that of the mean alone
        return f"{self.mean:{spec}} ({self.low:{ends}} to {self.high:{ends}}): {self.verdict}"


def compare(one, other, level: float = 0.95, words=("lower", "higher")) -> Comparison:
    """Return how much higher ``one`` is than ``other`` on average, with Student's interval of the paired differences.

    one, other: numbers by seed (the seeds of both count), or float (n,) in the same order; of a single pair the
    interval is infinite. level: its confidence, between 0 and 1. words: what is said where the whole interval lies
    below 0, and above it; where it holds 0, the verdict is "cannot be told".
    """
    if isinstance(one, dict):
        one, other = ([side[seed] for seed in sorted(one.keys() & other.keys())] for side in (one, other))
    apart = np.subtract(one, other, dtype=np.float64)
    low = mean = high = float(apart.mean())  # of equal differences, for which Student's interval is not defined
    if len(apart) < 2:
        low, high = -np.inf, np.inf
    elif error := apart.std(ddof=1) / len(apart) ** 0.5:
        reach = float(error * special.stdtrit(len(apart) - 1, (1 + level) / 2))
        low, high = mean - reach, mean + reach
    verdict = words[0] if high < 0 else words[1] if low > 0 else "cannot be told"
    return Comparison(mean, low, high, verdict)
