"""Find the layers that a report does not print, from the totals that it does.

Pure integer arithmetic. The formulas: LSTM 4·u·(inputs + u + 1), Dense u·(inputs + 1), Conv2D f·(k²·channels + 1).
"""

from collections.abc import Iterable
from itertools import combinations_with_replacement
from math import prod
from typing import NamedTuple

import numpy as np

from labkit import reports
from labkit.errors import LabkitError

TOO_MANY = 5_000_000  # chains of one length, held in memory at once: about 300 MB


def powers_of_two(low: int = 1, high: int = 4096) -> tuple[int, ...]:
    return tuple(2**i for i in range(high.bit_length()) if low <= 2**i <= high)


def round_numbers(high: int = 1024) -> tuple[int, ...]:
    """Return the sizes that people type: powers of two from 16 and multiples of 50, up to ``high``."""
    return tuple(sorted({*powers_of_two(16, high), *range(50, high + 1, 50)}))


class Chain(NamedTuple):
    """LSTMs on ``steps`` time steps of ``features`` values each, hidden Dense layers, a last Dense."""

    steps: int
    features: int
    lstm: tuple[int, ...]
    dense: tuple[int, ...]
    outputs: int

    def __str__(self):
        return " → ".join([f"Reshape({self.steps}, {self.features})", *(f"LSTM {units}" for units in self.lstm),
                           *(f"Dense {units}" for units in (*self.dense, self.outputs))])


class FashionGenerator(NamedTuple):
    """Dense → reshape → convolutions of one width, ``kernels`` in descending order → a convolution to one channel."""

    latent_dim: int
    channels: int
    kernels: tuple[int, ...]
    last: int

    def __str__(self):
        kernels = ", ".join(f"{size}x{size}" for size in self.kernels)
        return (f"latent {self.latent_dim}, {len(self.kernels)} convolutions of {self.channels} channels ({kernels}), "
                f"last convolution {self.last}x{self.last}")


class Recovery:
    """What a search ``found``: every candidate with exactly ``total`` parameters under the ``assumptions``."""

    def __init__(self, total: int, assumptions: tuple[str, ...], found: list):
        self.total, self.assumptions, self.found = total, assumptions, tuple(found)

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
            lstm: tuple[int, int] = (2, 3), dense: tuple[int, int] = (1, 5), total: int | None = None) -> Recovery:
    """Search for the layers that report 1 does not print for ``cnn-lstm``, ``cnn-lstm-tuned`` or ``-l2``; return
    every chain with exactly that total, fewest layers first.

    ``sizes``: the units that a hidden layer may have (default: powers of two from 1 to 4096); ``steps``: into how many
    time steps the flattened values may be cut; ``lstm`` and ``dense``: the fewest and the most layers of each kind, the
    last Dense included. Raises LabkitError when the search would be too large, or for a key without such a table.
    """
    system = reports.system(key)
    network = next((each for each in system.networks if each.layers and each.total and not each.complete), None)
    if network is None:
        raise LabkitError(f"{key} has no table that breaks off before its total. Try recover('cnn-lstm'), "
                          "'cnn-lstm-tuned' or 'cnn-lstm-l2'; for report 3: recover_fashion_generator().")
    total, frozen = total or network.total, sum(layer.params for layer in network.layers)  # frozen: the printed rows
    features, outputs = prod(network.layers[-1].shape[1:]), prod(system.image_shape)
    sizes, steps = powers_of_two() if sizes is None else tuple(sorted(set(sizes))), tuple(steps)
    number = len(sizes) ** max(lstm[1], dense[1] - 1)
    for wrong, words in (
        (not sizes or sizes[0] < 1, "sizes are whole numbers of at least 1, for example powers_of_two(16, 1024)."),
        (not 1 <= lstm[0] <= lstm[1] or not 1 <= dense[0] <= dense[1],
         f"lstm and dense are (fewest, most) layers, each at least 1; not {lstm} and {dense}."),
        (any(cut < 1 or features % cut for cut in steps), f"steps are divisors of {features}, not {steps}."),
        (number > TOO_MANY, f"This search would hold {number:,} chains at once, more than {TOO_MANY:,}. "
                            "Allow fewer sizes or fewer layers, for example dense=(1, 3)."),
    ):
        if wrong:
            raise LabkitError(words)
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
    ), found)


def recover_fashion_generator(total: int = 2_155_137, channels: Iterable[int] = (128,),
                              kernels: Iterable[int] = (3, 4, 5, 6, 7)) -> Recovery:
    """Search for report 3's generator, Dense 6272 → reshape to 7x7x128 → two to six Conv2D layers → one channel: return
    all with exactly that total, the one that ``models.build("fashion-gan")`` builds first if it is among them.

    ``channels``: the width that all hidden convolutions share; ``kernels``: square kernels, also for the last layer.
    """
    dense, depth, latent = 6272, 128, (32, 64, 100, 128, 256)
    channels, kernels = tuple(channels), tuple(sorted(set(kernels), reverse=True))
    found = []
    for width in channels:
        for count in range(2, 7):  # two convolutions are what two UpSampling2D layers ask for
            tails = combinations_with_replacement(kernels, count - 1)
            # Kernels in descending order; where the first layer's inputs differ in width, it stays apart.
            chains = ((first, *others) for others in tails for first in kernels if width != depth or first >= others[0])
            for chosen in chains:
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
        f"2 to 6 convolutions of {_list(channels)} channels follow, then one with a single channel",
        f"kernels are square, with sides of {_list(tuple(reversed(kernels)))}; every layer has biases",
    ), found)


def _chains(sizes, count: int) -> np.ndarray:
    return np.stack(np.meshgrid(*[np.array(sizes, np.int64)] * count, indexing="ij"), -1).reshape(-1, count) \
        if count else np.empty((1, 0), np.int64)


def _span(counts) -> str:
    return f"{counts[0]}" if counts[0] == counts[1] else f"{counts[0]} to {counts[1]}"


def _list(values) -> str:
    if len(values) == 1:
        return f"{values[0]:,}"
    if len(values) > 8:
        return f"{values[0]}, {values[1]}, {values[2]}, … {values[-1]}"
    return ", ".join(map(str, values[:-1])) + f" or {values[-1]}"
