"""Mode coverage on sets whose factors of variation are known, as those of the drawn sets are."""

import dataclasses

import numpy as np

from labkit.errors import LabkitError
from labkit.metrics import inputs, neighbours, results, sets


@dataclasses.dataclass(frozen=True, kw_only=True)
class ModeCoverage(results.Score):
    """``value`` is the share of the real set's modes that a fake falls into; ``expected`` the share that as many fresh
    real pictures would reach on average. ``modes`` counts the real modes, ``covered`` those reached, ``outside`` the
    fakes in no real mode; ``shift`` is the total variation distance (0..1) between the frequencies; ``factors`` gives
    each factor's own coverage; ``missing`` lists missing modes, the most frequent first.
    """

    expected: float
    modes: int
    covered: int
    outside: int
    shift: float
    factors: dict[str, float]
    missing: tuple[tuple, ...] = dataclasses.field(default=(), repr=False)


def mode_coverage(real, fake, bins: int = 4) -> ModeCoverage:
    """Return how many of the real set's modes the fakes reach.

    ``real`` and ``fake`` hold the factors of each picture: a dict of arrays (N,), as ``ImageSet.factors`` is, or one
    array (N,) or (N, F). A mode is one combination of factors. Factors of floats are cut into ``bins`` of equal
    frequency in the real set. Where nobody knows a fake's factors, ``nearest_factors`` takes over its nearest drawn
    neighbour's.
    """
    bins = inputs.whole(bins, "bins", 1)
    real, fake = _factors(real, "real"), _factors(fake, "fake")
    if set(real) != set(fake):
        raise LabkitError(f"the real pictures have the factors {', '.join(real)} and the fake ones {', '.join(fake)}; "
                          "pass the same factors for both.")
    codes = {name: _codes(real[name], fake[name], bins) for name in real}
    each = {}
    for name, (known, found, _) in codes.items():
        there = np.unique(known)
        each[name] = float(np.isin(there, found).mean())
    together = [np.column_stack([pair[side] for pair in codes.values()]) for side in (0, 1)]
    modes, index, counts = np.unique(together[0], axis=0, return_index=True, return_counts=True)
    place = {tuple(mode): number for number, mode in enumerate(modes.tolist())}
    hits = np.array([place.get(tuple(mode), -1) for mode in together[1].tolist()])
    reached = np.bincount(hits[hits >= 0], minlength=len(modes))
    n_real, n_fake = len(together[0]), len(together[1])
    share, found = counts / n_real, reached / n_fake
    outside = int((hits < 0).sum())
    missed = np.flatnonzero(reached == 0)
    missed = missed[np.argsort(-counts[missed], kind="stable")]
    names = [[_name(codes[name], real[name], row) for name in real] for row in index[missed]]
    return ModeCoverage(
        name="Modes covered", value=float((reached > 0).mean()), n_real=n_real, n_fake=n_fake,
        convention=f"of {len(modes):,} combinations of {', '.join(real)}", better=results.HIGHER,
        expected=float(-np.expm1(n_fake * np.log1p(-np.minimum(share, 1 - 1e-16))).mean()),
        modes=len(modes), covered=int((reached > 0).sum()), outside=outside,
        shift=float((np.abs(share - found).sum() + outside / n_fake) / 2), factors=each,
        missing=tuple(tuple(row) for row in names))


def nearest_factors(fake, real, factors, within: float | None = None) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Give each fake the factors of its nearest real neighbour.

    ``fake`` (N, D) and ``real`` (M, D) are features or ``Features``, ``factors`` the real pictures' (dict of (M,), or
    an array). Returns the factors of the fakes that have a neighbour within the Euclidean distance ``within`` (all
    without it), and the mask (N,) of those fakes.
    """
    real, fake, _ = sets.pair(real, fake)
    factors = _factors(factors, "factors")
    size = len(next(iter(factors.values())))
    if size != len(real):
        raise LabkitError(f"there are factors of {size} pictures and features of {len(real)}; both must be of the same "
                          "real pictures.")
    squared, index = neighbours.nearest(fake.values, real.values, 1)
    near = np.ones(len(fake), dtype=bool) if within is None else squared[:, 0] <= float(within) ** 2
    if not near.any():
        raise LabkitError(f"no fake has a real neighbour within {within:g}; the nearest is at "
                          f"{np.sqrt(squared.min()):.4g}. Choose a larger within.")
    return {name: values[index[near, 0]] for name, values in factors.items()}, near


def _factors(given, name) -> dict[str, np.ndarray]:
    """Return factors as a dict of equally long arrays (N,)."""
    if not isinstance(given, dict):
        array = np.asarray(given)
        if array.ndim not in (1, 2):
            raise LabkitError(f"{name} has shape {array.shape}; factors are (N,), (N, F) or a dict of (N,) arrays.")
        columns = array[:, None] if array.ndim == 1 else array
        given = {f"factor {number}" if columns.shape[1] > 1 else "mode": columns[:, number]
                 for number in range(columns.shape[1])}
    arrays = {key: np.asarray(values) for key, values in given.items()}
    if not arrays or any(values.ndim != 1 for values in arrays.values()) or len(set(map(len, arrays.values()))) != 1:
        raise LabkitError(f"the factors in {name} must be arrays (N,) of one length, at least one of them.")
    if not len(next(iter(arrays.values()))):
        raise LabkitError(f"{name} holds the factors of no picture; pass at least one.")
    for key, values in arrays.items():
        if values.dtype.kind == "f":
            inputs.finite(values, f"{name}[{key!r}]", "the factor")
        elif values.dtype.kind not in "uibSU":
            raise LabkitError(f"{name}[{key!r}] holds {values.dtype} values; use numbers or strings.")
    return arrays


def _codes(real: np.ndarray, fake: np.ndarray, bins: int):
    """Return both factors as codes, and the edges of the bins (None for a factor that is not cut)."""
    if real.dtype.kind != "f":
        known = np.unique(real)
        table = {value: code for code, value in enumerate(known.tolist())}
        return np.searchsorted(known, real), np.array([table.get(value, -1) for value in fake.tolist()]), None
    edges = np.unique(np.quantile(real, np.linspace(0, 1, bins + 1)))
    inner = edges[1:-1]
    found = np.searchsorted(inner, fake, side="right")
    found[(fake < edges[0]) | (fake > edges[-1])] = -1
    return np.searchsorted(inner, real, side="right"), found, edges


def _name(codes, values, row):
    """Name a picture's value of one factor, or the bin it lies in."""
    edges = codes[2]
    if edges is None:
        return values[row].item()
    code = int(codes[0][row])
    return f"{edges[code]:.3g} to {edges[min(code + 1, len(edges) - 1)]:.3g}"
