"""Pictures moved at random before the discriminator sees them.

Written in ``keras.ops``, so that both backends use it and gradients pass through it: what is done to the fakes, too,
the generator must be able to learn through (Zhao et al. 2020, "Differentiable augmentation for data-efficient GAN
training"; Karras et al. 2020, "Training generative adversarial networks with limited data").
"""

import functools

from keras import ops

from labkit.errors import LabkitError

AUGMENT = ("real", "both")
DRAWS = 5  # uniform numbers for each picture of a minibatch


def check(shift: int, augment: str) -> None:
    """Raise LabkitError for a shift below 0 or an ``augment`` that does not exist."""
    if isinstance(shift, bool) or not isinstance(shift, int) or shift < 0:
        raise LabkitError(f"shift={shift!r} is no number of pixels. 0 leaves pictures where they are; 3 is usual.")
    if augment not in AUGMENT:
        raise LabkitError(f'augment={augment!r} is unknown. Choose "real" (the generator learns the changes, too) or '
                          '"both" (it does not).')


def moved(images, down, right):
    """Return float images (n, H, W, C), each moved by ``down`` and ``right`` pixels, integers (n,); edges repeat."""
    for axis, offset in ((1, down), (2, right)):
        side = images.shape[axis]
        places = ops.clip(ops.arange(side)[None, :] - offset[:, None], 0, side - 1)
        # Rows are picked by a product with a matrix of zeros and ones: exact, and its gradient is a product, too.
        picked = ops.one_hot(places, side, dtype=images.dtype)
        images = ops.einsum("nih,nhwc->niwc" if axis == 1 else "niw,nhwc->nhic", picked, images)
    return images


def flipped(images, coin):
    """Return images (n, H, W, C), those with a true ``coin`` (n,) mirrored left to right."""
    return ops.where(coin[:, None, None, None], ops.flip(images, axis=2), images)


def _offset(draws, shift):
    """Turn uniform numbers in [0, 1) into whole numbers from -shift to shift, all equally likely."""
    return ops.cast(ops.floor(draws * (2 * shift + 1)), "int32") - shift


def _see(images, shape, coin, down, right):
    # A dense discriminator takes flat pictures: they are moved as pictures.
    whole = ops.reshape(images, (-1, *shape))
    if coin is not None:
        whole = flipped(whole, coin)
    if down is not None:
        whole = moved(whole, down, right)
    return ops.reshape(whole, (-1, *images.shape[1:]))


def views(draws, shape, shift, flip, augment):
    """Return two functions of images in [-1, 1]: through the first the discriminator sees real ones, through the
    second generated ones (None: as they are).

    draws: uniform float32 (DRAWS, n), one column for each picture. shape: (H, W, C). The mirroring of real pictures
    is left to the caller (``GAN.train_step`` does it on bytes); the fakes' is done here, for ``augment="both"``.
    """
    real = functools.partial(_see, shape=shape, coin=None, down=None, right=None)
    if shift:
        real = functools.partial(real, down=_offset(draws[0], shift), right=_offset(draws[1], shift))
    if augment == "real":
        return real, None
    fake = functools.partial(_see, shape=shape, coin=draws[2] < 0.5 if flip else None, down=None, right=None)
    if shift:
        fake = functools.partial(fake, down=_offset(draws[3], shift), right=_offset(draws[4], shift))
    return real, fake
