"""Which pictures meet in which minibatch: a pure function of (seed, step), so that any step can be repeated.

Nothing here has a state that a checkpoint would have to keep: whoever knows the step knows the minibatch.
"""

import numpy as np

from labkit.errors import LabkitError


def steps_per_epoch(count: int, batch_size: int) -> int:
    """Return how many full minibatches of ``batch_size`` one pass over ``count`` pictures holds."""
    if batch_size < 1 or batch_size > count:
        raise LabkitError(
            f"A minibatch of {batch_size} does not fit a set of {count} pictures. "
            f"Choose batch_size between 1 and {count}."
        )
    return count // batch_size


def epoch_order(count: int, seed: int, epoch: int) -> np.ndarray:
    """Return the order of one pass over the set: a permutation of range(count), int64 (count,)."""
    return np.random.Generator(np.random.Philox(key=[seed, epoch])).permutation(count)


def minibatches(count: int, batch_size: int, seed: int, start: int = 0):
    """Yield minibatches for steps ``start``, ``start + 1``, … without end.

    Each is int64 (batch_size, 3) with the columns step, row in the minibatch, index of the picture. The step
    and the row travel with the pictures so that noise can be derived from them wherever the row is computed.
    The remainder of an epoch that does not fill a minibatch is left out; another permutation follows.
    """
    per_epoch = steps_per_epoch(count, batch_size)
    rows = np.arange(batch_size)
    epoch, order, step = None, None, start
    while True:
        if step // per_epoch != epoch:
            epoch = step // per_epoch
            order = epoch_order(count, seed, epoch)
        first = step % per_epoch * batch_size
        yield np.stack([np.full(batch_size, step), rows, order[first : first + batch_size]], axis=1)
        step += 1
