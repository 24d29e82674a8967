"""How much one arm of an experiment differs from another at equal seeds, and what may be said of it."""

import re
from collections import namedtuple

import numpy as np
from scipy import stats


class Comparison(namedtuple("Comparison", "mean low high")):
    """A mean of paired differences with the ends of its interval; f"{it:+.1f}": "+1.0 (+0.2 to +1.8): higher"."""

    @property
    def verdict(self) -> str:
        """Whether the interval lies above 0 ("higher"), below it ("lower"), or holds it ("cannot be told")."""
        return "higher" if self.low > 0 else "lower" if self.high < 0 else "cannot be told"

    def __format__(self, spec):
        ends = re.sub(r"\d+(?=\.)", "", spec)  # a width is that of the mean alone
        return f"{self.mean:{spec}} ({self.low:{ends}} to {self.high:{ends}}): {self.verdict}"


def compare(one, other, level: float = 0.95) -> Comparison:
    """Return how much higher ``one`` is than ``other`` on average, with Student's interval of the paired differences.

    one, other: numbers by seed (the seeds of both count), or float (n,) in the same order; of a single pair the
    interval is infinite. level: its confidence, between 0 and 1.
    """
    if isinstance(one, dict):
        one, other = ([side[seed] for seed in sorted(one.keys() & other.keys())] for side in (one, other))
    apart = np.subtract(one, other, dtype=np.float64)
    if len(apart) < 2:
        return Comparison(float(apart.mean()), -np.inf, np.inf)
    spread = max(stats.sem(apart), 1e-12)  # of equal differences it would be 0, which has no interval
    low, high = stats.t.interval(level, len(apart) - 1, apart.mean(), spread)
    return Comparison(float(apart.mean()), float(low), float(high))
