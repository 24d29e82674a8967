"""Does a layer table hold together? Shapes follow from shapes, parameters from shapes."""

from collections.abc import Iterator
from math import isqrt, prod

from labkit import reports


def problems(network: reports.Network, entry: tuple[int, ...] | None = None) -> Iterator[str]:
    """Yield a sentence for every row that does not follow from the one before, and for totals that do not add up.

    ``entry`` is the shape of one input without the batch axis, None where the report does not give it.
    """
    before = None if entry is None else (None, *entry)
    for layer in network.layers:
        if before is not None and layer.kind in CHECKS and not CHECKS[layer.kind](layer, before):
            yield (f"{network.role}, {layer.name}: {layer.params:,} parameters and the shape {layer.shape} do not "
                   f"follow from the shape before, {before}")
        before = layer.shape
    total = sum(layer.params for layer in network.layers)
    if network.complete and network.total is not None and total != network.total:
        yield f"{network.role}: the rows sum to {total:,}, the stated total is {network.total:,}"
    if None not in (network.total, network.trainable, network.non_trainable) and (
            network.trainable + network.non_trainable != network.total):
        yield (f"{network.role}: {network.trainable:,} trainable and {network.non_trainable:,} other parameters are "
               f"not {network.total:,}")
    if network.complete and network.non_trainable is not None and batch_norm(network) != network.non_trainable:
        yield (f"{network.role}: half of the batch norm's parameters are {batch_norm(network):,}, the stated "
               f"non-trainable parameters {network.non_trainable:,}")


def batch_norm(network: reports.Network) -> int:
    """Return the parameters of a table that no optimizer trains: batch norm's moving means and variances."""
    return sum(layer.params for layer in network.layers if layer.kind == "BatchNormalization") // 2


def kernel(layer: reports.Layer, channels: int) -> tuple[int, bool] | None:
    """Return (side of the square kernel, has a bias) of a convolution, from its parameters; None if none fits."""
    filters = layer.shape[-1]
    for bias in (True, False):
        area, over = divmod(layer.params - bias * filters, channels * filters)
        if not over and area > 0 and isqrt(area) ** 2 == area:
            return isqrt(area), bias
    return None


def _dense(layer, before):
    units, inputs = layer.shape[-1], before[-1]
    return layer.shape[:-1] == before[:-1] and layer.params in (units * inputs, units * (inputs + 1))


def _lstm(layer, before):
    units, inputs = layer.shape[-1], before[-1]
    return layer.params == 4 * units * (inputs + units + 1)


def _convolution(layer, before):
    found = kernel(layer, before[-1])
    return found is not None and all(
        any(out in (-(-size // stride), (size - found[0]) // stride + 1) for stride in range(1, size + 1))
        for size, out in zip(before[1:-1], layer.shape[1:-1], strict=True))  # padded or not, with any stride


def _transposed(layer, before):
    grows = all(out % size == 0 for size, out in zip(before[1:-1], layer.shape[1:-1], strict=True))
    return grows and kernel(layer, before[-1]) is not None


def _pooling(layer, before):
    return layer.params == 0 and layer.shape == (None, before[1] // 2, before[2] // 2, before[3])


def _same(layer, before):
    return layer.params == 0 and layer.shape == before


def _batch_norm(layer, before):
    return layer.params == 4 * before[-1] and layer.shape == before


def _reshape(layer, before):
    free = None in before[1:]  # then the number of values is only known for one step
    return layer.params == 0 and (free or prod(layer.shape[1:]) == prod(before[1:]))


CHECKS = {"Dense": _dense, "LSTM": _lstm, "Conv2D": _convolution, "Conv2DTranspose": _transposed,
          "MaxPooling2D": _pooling, "LeakyReLU": _same, "Dropout": _same, "InputLayer": _same,
          "BatchNormalization": _batch_norm, "Reshape": _reshape, "Flatten": _reshape}
