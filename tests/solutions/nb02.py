"""Solutions of 02_cnn_lstm."""


def receptive_field(kernel, blocks):
    seen, step = 1, 1  # pixels of the picture: what one number sees, and how far two neighbours lie apart
    for _ in range(blocks):
        seen += (kernel - 1) * step  # the convolution
        seen += step  # the pooling looks at two neighbours
        step *= 2
    return seen


# The squares of the untrained kernels: 605; the pictures' error: 0.0818. A tenth of the sum is a ninth of the error.
factor = 0.0818 / 9 / 605

ANSWERS = {"02.1": (receptive_field,), "02.2": (factor,), "02.3": ("ace",)}
