"""The losses of Taigman, Polyak and Wolf 2016 (section 4), in ``keras.ops``; each returns one number, float32.

Logits have three columns: 0 "made from the source", 1 "made from the target", 2 "a real picture of the target".
The distances are mean squared differences, as the paper uses them for digits; means over pixels and features, so that
a weight does not depend on sizes.
"""

from keras import ops

FROM_SOURCE, FROM_TARGET, REAL = range(3)


def _minus_log(logits, kind):
    return -ops.mean(ops.log_softmax(ops.cast(logits, "float32"), axis=-1)[:, kind])


def discriminator(from_source, from_target, real):
    """Return L_D: the cross-entropy of the three kinds; takes logits (batch, 3) of each."""
    return _minus_log(from_source, FROM_SOURCE) + _minus_log(from_target, FROM_TARGET) + _minus_log(real, REAL)


def generator(from_source, from_target):
    """Return L_GANG: both kinds of made pictures shall be taken for real ones."""
    return _minus_log(from_source, REAL) + _minus_log(from_target, REAL)


def constancy(said, said_again):
    """Return L_CONST: what f says of a source picture and of what was made from it; (batch, features) each."""
    return ops.mean(ops.square(ops.cast(said, "float32") - ops.cast(said_again, "float32")))


def identity(pictures, made):
    """Return L_TID: a picture of the target and what was made from it shall be alike; (batch, H, W, 1) each."""
    return ops.mean(ops.square(ops.cast(pictures, "float32") - ops.cast(made, "float32")))


def total_variation(made):
    """Return L_TV: how much neighbouring pixels differ, per pixel; made: (batch, H, W, 1).

    The root of the squared differences to the right and downwards. The tiny number keeps its slope finite on even
    areas, where the root has none.
    """
    made = ops.cast(made, "float32")
    right = made[:, :-1, 1:] - made[:, :-1, :-1]
    down = made[:, 1:, :-1] - made[:, :-1, :-1]
    return ops.mean(ops.sqrt(ops.square(right) + ops.square(down) + 1e-8))
