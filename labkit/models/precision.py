"""Building in float32 while a training computes in bfloat16."""

import contextlib


@contextlib.contextmanager
def float32():
    """Build the layers of this block in float32, whatever precision a training has set."""
    import keras

    policy = keras.config.dtype_policy()
    keras.config.set_dtype_policy("float32")
    try:
        yield
    finally:
        keras.config.set_dtype_policy(policy)
