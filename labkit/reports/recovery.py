"""Find the layers that a report does not print, from the totals that it does.

Pure integer arithmetic. The formulas: LSTM 4·u·(inputs + u + 1), Dense u·(inputs + 1), Conv2D f·(k²·channels + 1).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations_with_replacement
from math import prod

import numpy as np

from labkit import reports
from labkit.errors import LabkitError

TOO_MANY = 5_000_000  # chains of one length, held in memory at once: about 300 MB


def powers_of_two(low: int = 1, high: int = 4096) -> tuple[int, ...]:
    """Return the powers of two in [low, high]."""
    return tuple(2**i for i in range(high.bit_length()) if low <= 2**i <= high)


def multiples_of(step: int, high: int = 1024) -> tuple[int, ...]:
    """Return step, 2·step, … up to ``high``. ``multiples_of(1)`` are all sizes."""
    return tuple(range(step, high + 1, step))


def round_numbers(high: int = 1024) -> tuple[int, ...]:
    """Return the sizes that people type: powers of two from 16 and multiples of 50, up to ``high``."""
    return tuple(sorted({*powers_of_two(16, high), *multiples_of(50, high)}))


@dataclass(frozen=True, slots=True)
class Chain:
    """LSTMs on ``steps`` time steps of ``features`` values each, hidden Dense layers, a last Dense."""

    steps: int
    features: int
    lstm: tuple[int, ...]
    dense: tuple[int, ...]
    outputs: int

    def options(self) -> dict:
        """Return what ``models.build("cnn-lstm", **options)`` takes to build this chain."""
        return {"steps": self.steps, "lstm": self.lstm, "dense": self.dense}

    def __str__(self):
        return " → ".join([f"Reshape({self.steps}, {self.features})", *(f"LSTM {units}" for units in self.lstm),
                           *(f"Dense {units}" for units in (*self.dense, self.outputs))])


@dataclass(frozen=True, slots=True)
class FashionGenerator:
    """Dense → reshape → convolutions of one width, ``kernels`` in descending order → a convolution to one channel."""

    latent_dim: int
    channels: int
    kernels: tuple[int, ...]
    last: int

    def __str__(self):
        kernels = ", ".join(f"{size}x{size}" for size in self.kernels)
        return (f"latent {self.latent_dim}, {len(self.kernels)} convolutions of {self.channels} channels ({kernels}), "
                f"last convolution {self.last}x{self.last}")


@dataclass(frozen=True, slots=True)
class Recovery:
    """What a search found: every candidate with exactly ``total`` parameters under the ``assumptions``."""

    total: int
    assumptions: tuple[str, ...]
    found: tuple

    def __len__(self):
        return len(self.found)

    def __iter__(self):
        return iter(self.found)

    def __str__(self):
        number = {0: "Nothing fits", 1: "Exactly one candidate fits"}.get(len(self), f"{len(self)} candidates fit")
        lines = [f"{number} {self.total:,} parameters, if", *(f"  - {each}" for each in self.assumptions),
                 *(f"{i}. {each}" for i, each in enumerate(self.found[:20], 1))]
        return "\n".join([*lines, f"… and {len(self) - 20} more"] if len(self) > 20 else lines)


def recover(key: str = "cnn-lstm", *, sizes: Iterable[int] | None = None, steps: Iterable[int] = (1,),
            lstm: tuple[int, int] = (2, 3), dense: tuple[int, int] = (1, 5), total: int | None = None,
            frozen: int | None = None, features: int | None = None, outputs: int | None = None) -> Recovery:
    """Search for the layers that report 1 does not print for ``cnn-lstm``, ``cnn-lstm-tuned`` or ``cnn-lstm-l2``.

    ``sizes``: the units that a hidden layer may have (default: powers of two from 1 to 4096); ``steps``: into how many
    time steps the flattened values may be cut (repeating them counts like one step); ``lstm`` and ``dense``: the fewest
    and the most layers of each kind, the last Dense included. Two LSTMs are the report's own word: models 2 and 3 add
    to model 1, which has one. ``total``, ``frozen`` (parameters of the printed layers), ``features`` (values after
    Flatten) and ``outputs`` (units of the last Dense) are the report's unless given. Its count of untrainable weights
    is 0, which rules out batch norm.

    Returns every chain with exactly that total, fewest layers first. Raises LabkitError when the search would be
    too large, or for a key without such a table.
    """
    facts = _facts(key)
    total, frozen, features, outputs = (
        own if given is None else given
        for given, own in zip((total, frozen, features, outputs), facts, strict=True))
    sizes, steps = powers_of_two() if sizes is None else tuple(sorted(set(sizes))), tuple(steps)
    _check(sizes, steps, lstm, dense, features)
    rest = total - frozen
    tails = []  # hidden dense layers, what they and the last one cost without the first one's inputs, the first's units
    for count in range(dense[0] - 1, dense[1]):
        hidden = _chains(sizes, count)
        units = np.column_stack([hidden, np.full(len(hidden), outputs)])
        cost = (units[:, 1:] * (units[:, :-1] + 1)).sum(axis=1)
        tails.append((hidden[cost <= rest], cost[cost <= rest], units[cost <= rest, 0]))
    found = []
    for cut in steps:
        for count in range(lstm[0], lstm[1] + 1):
            heads = _chains(sizes, count)
            inputs = np.column_stack([np.full(len(heads), features // cut), heads[:, :-1]])
            spent = (4 * heads * (inputs + heads + 1)).sum(axis=1)
            for units in np.unique(heads[spent <= rest, -1]):
                mine = (heads[:, -1] == units) & (spent <= rest)
                for hidden, cost, first in tails:
                    wanted = rest - cost - first * (units + 1)
                    for i in np.flatnonzero(np.isin(wanted, spent[mine])):
                        found += [Chain(cut, features // cut, tuple(head.tolist()), tuple(hidden[i].tolist()), outputs)
                                  for head in heads[mine & (spent == wanted[i])]]
    found.sort(key=lambda chain: (len(chain.lstm) + len(chain.dense), chain.steps, chain.lstm, chain.dense))
    return Recovery(total, (
        f"the layers after Flatten are {_span(lstm)} LSTM and then {_span(dense)} Dense layers, all with biases",
        f"the hidden ones have {_list(sizes)} units, the last Dense {outputs:,}",
        f"the {features:,} flattened values are read in {_list(steps)} time step{'s' if steps != (1,) else ''}",
        f"the printed layers have {frozen:,} parameters",
    ), tuple(found))


def recover_fashion_generator(total: int = 2_155_137, latent: Iterable[int] = (32, 64, 100, 128, 256),
                              channels: Iterable[int] = (128,),
                              kernels: Iterable[int] = (3, 4, 5, 6, 7)) -> Recovery:
    """Search for report 3's generator: Dense 6272 → reshape to 7x7x128 → two to six Conv2D layers → one channel.

    ``latent``: lengths of the noise vector to try; ``channels``: the width that all hidden convolutions share;
    ``kernels``: square kernels, also for the last layer. All parameters are trainable, which rules out batch norm.

    Returns every generator with exactly that total, the one built by ``models.build("fashion-gan")`` first if it is
    among them. Relax it: ``kernels=range(1, 10)``, ``latent=range(1, 257)``, ``channels=(64, 128, 256)``.
    """
    dense, depth, convolutions = 6272, 128, (2, 6)  # two convolutions are what two UpSampling2D layers ask for
    latent, channels, kernels = tuple(latent), tuple(channels), tuple(sorted(set(kernels), reverse=True))
    found = []
    for width in channels:
        for count in range(convolutions[0], convolutions[1] + 1):
            for chosen in _kernels(kernels, count, first_apart=width != depth):
                hidden = chosen[0] ** 2 * depth * width + width
                hidden += sum(size**2 * width * width + width for size in chosen[1:])
                for last in kernels:
                    length, over = divmod(total - hidden - last**2 * width - 1, dense)
                    if not over and length - 1 in latent:
                        found.append(FashionGenerator(length - 1, width, chosen, last))
    found.sort(key=lambda one: (one.latent_dim != 128, one.channels != 128, max(*one.kernels, one.last),
                                one.latent_dim, one.channels, one.kernels))
    return Recovery(total, (
        f"a noise vector of {_list(latent)} values goes into Dense {dense:,}, reshaped to {depth} channels",
        f"{_span(convolutions)} convolutions of {_list(channels)} channels follow, then one with a single channel",
        f"kernels are square, with sides of {_list(tuple(reversed(kernels)))}; every layer has biases",
    ), tuple(found))


def _facts(key: str) -> tuple[int, int, int, int]:
    """Return report 1's total, the sum of the printed rows, the values that they end in, and those of an image."""
    system = reports.system(key)
    network = next((each for each in system.networks if each.layers and each.total and not each.complete), None)
    if network is None:
        raise LabkitError(f"{key} has no table that breaks off before its total. Try recover('cnn-lstm'), "
                          "'cnn-lstm-tuned' or 'cnn-lstm-l2'; for report 3: recover_fashion_generator().")
    return (network.total, sum(layer.params for layer in network.layers), prod(network.layers[-1].shape[1:]),
            prod(system.image_shape))


def _check(sizes, steps, lstm, dense, features):
    if not sizes or sizes[0] < 1:
        raise LabkitError("sizes are whole numbers of at least 1, for example powers_of_two(16, 1024).")
    for name, (fewest, most) in (("lstm", lstm), ("dense", dense)):
        if not 1 <= fewest <= most:
            raise LabkitError(f"{name} is (fewest, most) layers, each at least 1, for example (2, 3); "
                              f"not {(fewest, most)}.")
    if wrong := [cut for cut in steps if cut < 1 or features % cut]:
        raise LabkitError(f"{features} values cannot be cut into {wrong[0]} equal time steps.")
    if (number := len(sizes) ** max(lstm[1], dense[1] - 1)) > TOO_MANY:
        raise LabkitError(f"This search would hold {number:,} chains at once, more than {TOO_MANY:,}. "
                          "Allow fewer sizes or fewer layers, for example dense=(1, 3).")


def _chains(sizes, count: int) -> np.ndarray:
    """Return all ``count``-tuples of sizes, int64, one a row."""
    return np.stack(np.meshgrid(*[np.array(sizes, np.int64)] * count, indexing="ij"), -1).reshape(-1, count) \
        if count else np.empty((1, 0), np.int64)


def _kernels(kernels, count: int, first_apart: bool):
    """Yield ``count`` kernels in descending order; where the first layer's inputs differ in width, it stays apart."""
    if first_apart:
        return ((first, *others) for first in kernels for others in combinations_with_replacement(kernels, count - 1))
    return combinations_with_replacement(kernels, count)


def _span(counts) -> str:
    return f"{counts[0]}" if counts[0] == counts[1] else f"{counts[0]} to {counts[1]}"


def _list(values) -> str:
    if len(values) == 1:
        return f"{values[0]:,}"
    if len(values) > 8:
        return f"{values[0]}, {values[1]}, {values[2]}, … {values[-1]}"
    return ", ".join(map(str, values[:-1])) + f" or {values[-1]}"
