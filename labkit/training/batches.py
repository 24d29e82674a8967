"""Which pictures meet in which minibatch (a pure function of seed and step), and how they are moved before the
discriminator sees them: in ``keras.ops``, so that both backends use it and gradients pass through (Zhao et al. 2020,
"Differentiable augmentation for data-efficient GAN training").
"""

import functools
import itertools

import numpy as np
from keras import ops

from labkit.errors import LabkitError

DRAWS = 5  # uniform numbers that ``views`` takes for each picture of a minibatch


def steps_per_epoch(count: int, batch_size: int) -> int:
    """Return how many full minibatches of ``batch_size`` one pass over ``count`` pictures holds."""
    if batch_size < 1 or batch_size > count:
        raise LabkitError(f"A minibatch of {batch_size} does not fit a set of {count} pictures. "
                          f"Choose batch_size between 1 and {count}.")
    return count // batch_size


def epoch_order(count: int, seed: int, epoch: int) -> np.ndarray:
    """Return the order of one pass over the set: a permutation of range(count), int64 (count,)."""
    return np.random.Generator(np.random.Philox(key=[seed, epoch])).permutation(count)


def minibatches(count: int, batch_size: int, seed: int, start: int = 0):
    """Yield minibatches for steps ``start``, ``start + 1``, … without end: int64 (batch_size, 3), a row the step, its
    place in the minibatch (noise follows from both) and a picture's index. An epoch leaves an incomplete one out."""
    per_epoch = steps_per_epoch(count, batch_size)
    rows, order = np.arange(batch_size), None
    for step in itertools.count(start):
        epoch, place = divmod(step, per_epoch)
        if order is None or place == 0:
            order = epoch_order(count, seed, epoch)
        chosen = order[place * batch_size:][:batch_size]
        yield np.stack([np.full(batch_size, step), rows, chosen], axis=1)


def moved(images, down, right):
    """Return float images (n, H, W, C), each moved by ``down`` and ``right`` pixels, integers (n,); edges repeat."""
    for axis, offset in ((1, down), (2, right)):
        side = images.shape[axis]
        places = ops.clip(ops.arange(side)[None, :] - offset[:, None], 0, side - 1)
        # Rows are picked by a product with a matrix of zeros and ones: exact, and its gradient is a product, too.
        picked = ops.one_hot(places, side, dtype=images.dtype)
        images = ops.einsum("nih,nhwc->niwc" if axis == 1 else "niw,nhwc->nhic", picked, images)
    return images


def views(draws, shape, shift, flip, augment):
    """Return two functions of images in [-1, 1], through which the discriminator sees real and generated ones (None: as
    they are). draws: uniform float32 (DRAWS, n), one column for each picture. shape: (H, W, C). Real pictures are
    mirrored by the caller, as bytes; the fakes here, for ``augment="both"``."""
    def seen(mirrored, first, images):
        whole = ops.reshape(images, (-1, *shape))  # a dense discriminator takes flat pictures
        if mirrored:
            whole = ops.where(draws[2][:, None, None, None] < 0.5, ops.flip(whole, axis=2), whole)
        if shift:  # by whole numbers from -shift to shift, all equally likely
            whole = moved(whole, *(ops.cast(ops.floor(draws[row] * (2 * shift + 1)), "int32") - shift
                                   for row in (first, first + 1)))
        return ops.reshape(whole, (-1, *images.shape[1:]))

    return (functools.partial(seen, False, 0),
            functools.partial(seen, flip, 3) if augment == "both" else None)
