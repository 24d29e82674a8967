"""Exercises of 08_fashion_gan: counting a generator, upsampling as two small kernels, a falling learning rate."""

import numpy as np

from labkit.exercises.answers import Mistake, array, integers, number
from labkit.exercises.frame import exercise, prediction

prediction(
    "08.p1",
    question="Report 3's GAN, made narrow, is trained for some hundred minibatches with the learning rates that most "
             "GANs are trained with, 2e-4 for both networks. What will its pictures show?",
    choices=("clothes", "grey noise", "black"),
    because="A grey generator is told to become darker, by every picture at once, for clothes lie on a black ground. "
            "It overshoots, tanh saturates at -1, and where a function is flat there is no gradient to come back by.",
)

# latent, kernels of the hidden convolutions, kernel of the last one; all with 128 channels behind Dense 6272.
_GENERATORS = [(128, (5, 5, 4, 4), 4), (128, (6, 6, 3, 1), 4), (64, (9, 4, 3), 9), (100, (3, 3), 3), (10, (7,), 1)]


def _total(latent, kernels, last):
    return 6272 * (latent + 1) + sum(size * size * 128 * 128 + 128 for size in kernels) + last * last * 128 + 1


_TOTALS = {  # what students add up in place of the total
    "no_bias": lambda z, k, e: 6272 * z + sum(s * s * 128 * 128 for s in k) + e * e * 128,
    "dense_bias": lambda z, k, e: 6272 * z + sum(s * s * 128 * 128 + 128 for s in k) + e * e * 128 + 1,
    "bias_per_weight": lambda z, k, e: 6272 * (z + 1) + sum((s * s * 128 + 1) * 128 for s in k) + e * e * 128 + 128,
    "channels": lambda z, k, e: 6272 * (z + 1) + sum(s * s * 128 + 128 for s in k) + e * e * 128 + 1,
    "one_side": lambda z, k, e: 6272 * (z + 1) + sum(s * 128 * 128 + 128 for s in k) + e * 128 + 1,
    "last_wide": lambda z, k, e: 6272 * (z + 1) + sum(s * s * 128 * 128 + 128 for s in (*k, e)),
    "no_last": lambda z, k, e: 6272 * (z + 1) + sum(s * s * 128 * 128 + 128 for s in k),
    "no_dense": lambda z, k, e: sum(s * s * 128 * 128 + 128 for s in k) + e * e * 128 + 1,
}


@exercise(
    "08.1",
    title="the parameters of a generator",
    praise="UpSampling2D, LeakyReLU and Reshape have none, which is why the total says nothing about them.",
    hints={
        "no_bias": "yours has no biases. Every layer here has them: one for each unit or filter.",
        "dense_bias": "the dense layer's 6,272 biases are missing.",
        "bias_per_weight": "the last convolution has one filter, and so one bias, not 128.",
        "channels": "every filter reads all 128 channels: its kernel has size · size · 128 weights, and there are 128 "
                    "filters.",
        "one_side": "a kernel of size 5 is a square: 5 · 5 weights for each channel that it reads.",
        "last_wide": "the last convolution puts out one channel: it has one filter, not 128.",
        "no_last": "the last convolution, with one filter, is missing.",
        "no_dense": "the dense layer is missing: 6,272 units, each with a weight for each number of the noise.",
        "total": "for a noise of {latent}, kernels {kernels} and a last one of {last} you say {answer:,}, and it is "
                 "{right:,}.",
    },
)
def generator_total(count):
    """count(latent, kernels, last) -> parameters of Dense 6272, convolutions of 128 channels, one of 1 channel."""
    answers = [integers(count, 1, *case)[0] for case in _GENERATORS]
    if all(answer == _total(*case) for answer, case in zip(answers, _GENERATORS, strict=True)):
        return
    for key, wrong in _TOTALS.items():
        if all(answer == wrong(*case) for answer, case in zip(answers, _GENERATORS, strict=True)):
            raise Mistake(key)
    for answer, (latent, kernels, last) in zip(answers, _GENERATORS, strict=True):
        if answer != (right := _total(latent, kernels, last)):
            raise Mistake("total", latent=latent, kernels=kernels, last=last, answer=answer, right=right)


_KERNELS = [np.array(values, float) for values in ([1, 20, 300, 4000, 50000], [2, -1, 0.5, 3, 7], [0, 0, 1, 0, 0])]


def _phases(a, b, c, d, e):
    return np.array([[a + b, c + d, e], [a, b + c, d + e]])


_PHASES = {  # what students take for the two kernels, rows even and odd
    "swapped": lambda a, b, c, d, e: [[a, b + c, d + e], [a + b, c + d, e]],
    "mean": lambda a, b, c, d, e: [[(a + b) / 2, (c + d) / 2, e], [a, (b + c) / 2, (d + e) / 2]],
    "reversed": lambda a, b, c, d, e: [[e, c + d, a + b], [d + e, b + c, a]],
    "zeros": lambda a, b, c, d, e: [[a, c, e], [0, b, d]],
    "zeros_too": lambda a, b, c, d, e: [[a, c, e], [b, d, 0]],
    "same": lambda a, b, c, d, e: [[a + b, c + d, e], [a + b, c + d, e]],
}


@exercise(
    "08.2",
    title="upsampling and convolution in one",
    praise="In two dimensions these are four kernels of 3x3 in place of one of 5x5: 9 multiplications for each output "
           "value and channel, not 25, and the same result to the last bit that rounding leaves.",
    hints={
        "shape": "two kernels of three values are wanted, an array of the shape (2, 3); yours has {shape}.",
        "swapped": "the two are in each other's place. Output 0 is even; the middle of the kernel, c, then lies on "
                   "position 0 of the doubled signal, and d on position 1: both hold x[0].",
        "mean": "nothing is averaged: where two weights meet the same value, their products add up, w1·x + w2·x = "
                "(w1 + w2)·x.",
        "reversed": "the order is reversed. Keras' convolution does not flip its kernel: the first weight meets the "
                    "value furthest to the left.",
        "zeros": "that would be right if upsampling put zeros between the values, as a transposed convolution does. "
                 "UpSampling repeats each value: every weight meets something.",
        "same": "even and odd outputs lie differently over the pairs of equal values: they need different kernels.",
        "value": "for the kernel {kernel} you say {answer}, and it is {right}.",
    },
)
def two_phases(phases):
    """phases(kernel (5,)) -> (2, 3): kernels on the small signal for the even and the odd values of the large one."""
    answers = []
    for kernel in _KERNELS:
        answer = array(phases, kernel)
        if answer.shape != (2, 3):
            raise Mistake("shape", shape=answer.shape)
        answers.append(answer)
    pairs = list(zip(answers, _KERNELS, strict=True))
    if all(np.allclose(answer, _phases(*kernel)) for answer, kernel in pairs):
        return
    for key, wrong in _PHASES.items():
        if all(np.allclose(answer, wrong(*kernel)) for answer, kernel in pairs):
            raise Mistake(key.removesuffix("_too"))
    for answer, kernel in pairs:
        if not np.allclose(answer, _phases(*kernel)):
            raise Mistake("value", kernel=[f"{x:g}" for x in kernel], answer=answer.tolist(),
                          right=_phases(*kernel).tolist())


_STEPS = [(0, 100, 2e-4), (25, 100, 2e-4), (50, 100, 1e-3), (90, 120, 0.3), (100, 100, 2e-4)]  # step, total, start


def _cosine(step, total, start):
    return start * (1 + np.cos(np.pi * min(step, total) / total)) / 2


_RATES = {  # what students compute in its place
    "linear": lambda t, n, r: r * (1 - t / n),
    "period": lambda t, n, r: r * (1 + np.cos(2 * np.pi * t / n)) / 2,
    "quarter": lambda t, n, r: r * np.cos(np.pi * t / n / 2),
    "negative": lambda t, n, r: r * np.cos(np.pi * t / n),
    "rising": lambda t, n, r: r * (1 - np.cos(np.pi * t / n)) / 2,
    "double": lambda t, n, r: r * (1 + np.cos(np.pi * t / n)),
    "degrees": lambda t, n, r: r * (1 + np.cos(180 * t / n)) / 2,
    "start": lambda t, n, r: (1 + np.cos(np.pi * t / n)) / 2,
}


@exercise(
    "08.3",
    title="a learning rate that falls like a cosine",
    praise="It stays high for long, falls fastest in the middle, and lands softly. Averaged weights do much of the "
           "same without anybody having to know beforehand when training ends.",
    hints={
        "linear": "that is the straight line. The cosine's is above it in the first half and below it in the second.",
        "period": "yours comes back up: in 2π the cosine runs a whole period. It falls from 1 to -1 within π.",
        "quarter": "a quarter of a period falls fastest at the very end. Take half a period, and move it up: "
                   "(1 + cos) / 2.",
        "negative": "cos(π) is -1: yours becomes negative, and the training would run backwards. (1 + cos) / 2 lies "
                    "between 0 and 1.",
        "rising": "yours rises from 0: that is a warm-up. Mind the sign before the cosine.",
        "double": "1 + cos lies between 0 and 2: halve it.",
        "degrees": "numpy.cos takes radians: half a turn is π, not 180.",
        "start": "multiply by the rate it starts from.",
        "after": "beyond the end, at step {step} of {total}, yours is {answer:.3g}. The cosine turns up again there; "
                 "the rate stays at 0.",
        "value": "at step {step} of {total}, from {start:g}, you say {answer:.4g}, and it is {right:.4g}.",
    },
)
def cosine_schedule(rate):
    """rate(step, total, start) -> start · (1 + cos(π step/total)) / 2, and 0 beyond the end."""
    answers = [number(rate, *case) for case in _STEPS]
    pairs = list(zip(answers, _STEPS, strict=True))
    if not all(np.isclose(answer, _cosine(*case), rtol=1e-4, atol=1e-9) for answer, case in pairs):
        for key, wrong in _RATES.items():
            if all(np.isclose(answer, wrong(*case), rtol=1e-4, atol=1e-9) for answer, case in pairs):
                raise Mistake(key)
        for answer, (step, total, start) in pairs:
            if not np.isclose(answer, right := _cosine(step, total, start), rtol=1e-4, atol=1e-9):
                raise Mistake("value", step=step, total=total, start=start, answer=answer, right=right)
    answer = number(rate, 130, 100, 2e-4)
    if abs(answer) > 1e-9:
        raise Mistake("after", step=130, total=100, answer=answer)
