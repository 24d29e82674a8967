"""The kernel distance: an unbiased estimate of the squared maximum mean discrepancy under a cubic kernel."""

import math

import numpy as np

from labkit.errors import LabkitError
from labkit.metrics import inputs, results, sets

ROWS, COLUMNS = 512, 4096  # a tile of kernel values: 16 MiB


def kernel_distance(real, fake, subsets: int | None = None, subset_size: int = 1000,
                    seed: int = 0) -> results.KernelDistance:
    """Return the unbiased MMD² of features (N, D) and (M, D) under the kernel (x·y/D + 1)³.

    By default all samples are used and ``error`` is the jackknife's standard error. With ``subsets`` the recipe of
    torch-fidelity: that many pairs of subsets of ``subset_size``, drawn without replacement by
    ``np.random.RandomState(seed)`` (real first); the value is their mean and ``error`` their standard deviation, as
    published. The expectation is 0 for equal distributions and does not depend on N, so small negative values are
    usual. It is called KID only when Inception made the features.

    The kernel is evaluated relative to the mean of the real set, and what depends on one argument alone is left out:
    it cancels in the difference exactly, while at an offset of 1e4 it would swamp it 1e8 times over.

    Source: Bińkowski et al., "Demystifying MMD GANs", 2018.
    Raises LabkitError for unusable features or a ``subset_size`` above N or M.
    """
    real, fake, extractor = sets.pair(real, fake)
    x, y = real.values, fake.values
    if subsets is None:
        value, error = _distance(x, y, jackknife=min(len(x), len(y)) > 2)
        values, used = (value,), "all samples"
        error_from = "jackknife" if error is not None else ""
    else:
        subsets = inputs.whole(subsets, "subsets", 1)
        smaller = min(len(x), len(y))
        subset_size = inputs.whole(subset_size, "subset_size", 2, smaller,
                                   f", the size of the smaller set ({smaller}). "
                                   "Lower subset_size, or leave subsets out to use all samples")
        random = np.random.RandomState(seed)
        values = []
        for _ in range(subsets):
            rows = random.choice(len(x), subset_size, replace=False)
            columns = random.choice(len(y), subset_size, replace=False)
            values.append(_distance(x[rows], y[columns], jackknife=False)[0])
        value, error, values = float(np.mean(values)), float(np.std(values)), tuple(values)
        used, error_from = f"{subsets} subsets of {subset_size}", "standard deviation over subsets"
    return results.KernelDistance(
        name="KID" if results.by_inception(extractor) else "Kernel distance", value=value, n_real=len(x),
        n_fake=len(y), extractor=extractor, convention=f"unbiased, cubic kernel, {used}", better=results.LOWER,
        error=error, error_from=error_from, values=values, seed=None if subsets is None else seed)


def _distance(x, y, jackknife: bool):
    """Return (MMD², its jackknife standard error or None)."""
    centre = x.mean(axis=0, dtype=np.float64)
    with np.errstate(over="ignore", invalid="ignore"):
        xx, _ = _row_sums(x, x, centre)
        yy, _ = _row_sums(y, y, centre)
        xy, yx = _row_sums(x, y, centre)
    n, m = len(x), len(y)
    sum_xx, sum_yy, sum_xy = math.fsum(xx), math.fsum(yy), math.fsum(xy)
    if not math.isfinite(sum_xx + sum_yy + sum_xy):
        raise LabkitError("the features are so large that their sixth powers overflow. Divide both sets by the same "
                          "number.")
    value = sum_xx / (n * (n - 1)) + sum_yy / (m * (m - 1)) - 2 * sum_xy / (n * m)
    if not jackknife:
        return value, None
    without_x = ((sum_xx - 2 * xx) / ((n - 1) * (n - 2)) + sum_yy / (m * (m - 1)) - 2 * (sum_xy - xy) / ((n - 1) * m))
    without_y = (sum_xx / (n * (n - 1)) + (sum_yy - 2 * yy) / ((m - 1) * (m - 2)) - 2 * (sum_xy - yx) / (n * (m - 1)))
    return value, float(np.sqrt((n - 1) * np.var(without_x) + (m - 1) * np.var(without_y)))


def _row_sums(x, y, centre) -> tuple[np.ndarray, np.ndarray]:
    """Return Σⱼ κ(xᵢ, yⱼ) (N,) and Σᵢ κ(xᵢ, yⱼ) (M,); where y is x, without the diagonal, and computed for i < j only.

    With u = x - c, v = y - c, A = c·c/D + 1, a = c·u/D, b = c·v/D, s = u·v/D and t = A + a + b the kernel is
    (t + s)³. Of t³ only 6Aab + 3ab(a + b) depends on both x and y, so κ = s³ + 3ts² + 3t²s + 3ab(t + A).
    """
    same = x is y
    width = x.shape[1]
    constant = float(centre @ centre) / width + 1
    rows_sum, columns_sum = np.zeros(len(x)), np.zeros(len(y))
    for columns in inputs.blocks(len(y), COLUMNS):
        v = np.subtract(y[columns], centre, dtype=np.float64)
        b = v @ centre / width
        for rows in inputs.blocks(columns.stop if same else len(x), ROWS):
            u = np.subtract(x[rows], centre, dtype=np.float64)
            u /= width
            a = u @ centre
            s = u @ v.T
            t = (a + constant)[:, None] + b
            kernel = 3 * t
            kernel += s
            kernel *= s
            pair = t + constant
            pair *= (3 * a)[:, None]
            pair *= b
            t *= t
            t *= 3
            kernel += t
            kernel *= s
            kernel += pair
            if same and rows.stop > columns.start:
                kernel[np.arange(rows.start, rows.stop)[:, None] >= np.arange(columns.start, columns.stop)] = 0
            rows_sum[rows] += kernel.sum(axis=1)
            columns_sum[columns] += kernel.sum(axis=0)
    if same:
        rows_sum += columns_sum
        return rows_sum, rows_sum
    return rows_sum, columns_sum
