"""Exercises of 06_cifar_dcgan: transposed convolutions, the generator's loss, epochs and steps."""

import numpy as np

from labkit.exercises.answers import Mistake, array, integers, number
from labkit.exercises.frame import exercise, prediction

prediction(
    "06.p1",
    question="The first training step has not happened yet; the discriminator is freshly initialised. How large is its "
             "loss, the sum over real and generated pictures?",
    unit="nats",
    close=1.1,
    because="Its logits are close to 0, so it calls every picture real with probability 1/2: log 2 for the real ones "
            "and log 2 for the generated ones, 2·log 2 = 1.386.",
)

# (height, width, channels), filters, kernel, stride, use_bias: first the three layers of report 4, model 2.
_LAYERS = [
    ((4, 4, 256), 128, 5, 2, False),
    ((8, 8, 128), 64, 5, 2, False),
    ((16, 16, 64), 3, 5, 2, False),
    ((7, 5, 12), 9, 4, 3, True),
    ((6, 10, 3), 16, 3, 1, True),
]


def _output(shape, filters, kernel, stride, use_bias):
    height, width, channels = shape
    return height * stride, width * stride, filters, kernel * kernel * channels * filters + use_bias * filters


def _like(answers, cases, formula, place):
    """Tell whether the answers agree with a formula in all cases, at the given places of the tuple."""
    return all(tuple(answer[i] for i in place) == tuple(formula(*case)[i] for i in place)
               for answer, case in zip(answers, cases, strict=True))


_SIZES = {  # what students take for the output's (height, width, channels)
    "convolution": lambda s, f, k, t, b: (-(-s[0] // t), -(-s[1] // t), f),
    "valid": lambda s, f, k, t, b: ((s[0] - 1) * t + k, (s[1] - 1) * t + k, f),
    "same": lambda s, f, k, t, b: (s[0], s[1], f),
    "channels": lambda s, f, k, t, b: (s[0] * t, s[1] * t, s[2]),
}
_COUNTS = {  # and for the parameters
    "no_channels": lambda s, f, k, t, b: (k * k * f + b * f,),
    "one_side": lambda s, f, k, t, b: (k * s[2] * f + b * f,),
    "bias": lambda s, f, k, t, b: (k * k * s[2] * f + f,),
    "no_bias": lambda s, f, k, t, b: (k * k * s[2] * f,),
    "bias_per_channel": lambda s, f, k, t, b: (k * k * s[2] * f + b * s[2],),
    "places": lambda s, f, k, t, b: (k * k * s[2] * f * s[0] * s[1] + b * f,),
}


@exercise(
    "06.1",
    title="what a transposed convolution costs",
    praise="That also gives the 819,200, 204,800 and 4,800 of report 4's table.",
    hints={
        "convolution": "you divide by the stride, as a convolution does. A transposed one goes the other way: its "
                       "stride is how far apart the output places of neighbouring input pixels lie.",
        "valid": "(size - 1) · stride + kernel is the size without padding. With padding=\"same\" the edges are cut "
                 "off until the output is exactly stride times as large.",
        "same": "the output of a layer with stride {stride} is not as large as its input.",
        "channels": "the output has as many channels as the layer has filters, not as many as its input.",
        "size": "for {case} you say ({answer}), and the output is ({right}): height, width, channels.",
        "no_channels": "every filter has a kernel for each channel of its input; yours count one channel only.",
        "one_side": "a kernel of size {kernel} is a square: {kernel} · {kernel} weights.",
        "bias": "you count a bias where use_bias is False.",
        "no_bias": "where use_bias is True, one more number belongs to each filter.",
        "bias_per_channel": "the bias is added to the output: one for each filter, not for each input channel.",
        "places": "you count multiplications. The same weights are used at every place of the picture, so its height "
                  "and width do not matter for their number.",
        "count": "for {case} you say {answer} parameters, and it has {right}.",
    },
)
def transposed_convolution(cost):
    """cost(shape, filters, kernel, stride, use_bias) -> (height, width, channels), parameters; padding "same"."""
    answers = [integers(cost, 4, *case) for case in _LAYERS]
    for place, wrongs, other in (((0, 1, 2), _SIZES, "size"), ((3,), _COUNTS, "count")):
        if _like(answers, _LAYERS, _output, place):
            continue
        for key, wrong in wrongs.items():
            if all(tuple(answer[i] for i in place) == wrong(*case)
                   for answer, case in zip(answers, _LAYERS, strict=True)):
                raise Mistake(key, kernel=_LAYERS[0][2], stride=_LAYERS[0][3])
        for answer, case in zip(answers, _LAYERS, strict=True):
            right = _output(*case)
            if any(answer[i] != right[i] for i in place):
                shown = (f"the input {case[0]} with {case[1]} filters, kernel {case[2]}, stride {case[3]} and "
                         f"use_bias={case[4]}")
                raise Mistake(other, case=shown, answer=_list(answer, place), right=_list(right, place))


def _list(numbers, place):
    return ", ".join(f"{numbers[i]:,.10g}" for i in place)


def _softplus(values):
    return np.logaddexp(0, np.asarray(values, float))


_LOSSES = {  # what students take for the non-saturating loss, as functions of the logits
    "saturating": lambda x: -_softplus(x).mean(),
    "sign": lambda x: -_softplus(-x).mean(),
    "caught": lambda x: _softplus(x).mean(),
    "sum": lambda x: _softplus(-x).sum(),
    "bits": lambda x: _softplus(-x).mean() / np.log(2),
    "certain": lambda x: -(1 / (1 + np.exp(-x))).mean(),
}


@exercise(
    "06.2",
    title="the generator's loss",
    praise="Yours is still a number at a logit of -100, where log(sigmoid(x)) no longer is.",
    hints={
        "each": "the loss of a minibatch is one number, the mean; yours has the shape {shape}.",
        "saturating": "that is log(1 - D), the loss that saturates: where the discriminator is sure (D near 0) its "
                      "slope is near 0, and the generator learns nothing just when it should learn most. Take -log D.",
        "sign": "the sign is wrong: minimised, yours makes the generated pictures ever easier to catch.",
        "caught": "that is -log(1 - D), the discriminator's loss on generated pictures. The generator wants the "
                  "opposite: it pays when they are called generated, -log D.",
        "sum": "you add up the losses of the minibatch. Take their mean, or a larger batch means larger steps.",
        "bits": "that is the logarithm to base 2. All losses here use the natural one.",
        "certain": "that is -D; the loss is the mean of -log D.",
        "probability": "yours is not a number for ordinary logits such as {logit}. A logit may be negative: it is not "
                       "a probability yet; D = sigmoid(logit).",
        "value": "for logits {logits} you say {answer:.4f}, and -log(sigmoid(logit)) has the mean {right:.4f}.",
        "overflow": "at a logit of {logit} yours is {answer}, and it should be {right:.4g}: sigmoid or exp leaves the "
                    "range of float32. -log(sigmoid(x)) = softplus(-x) = log(1 + exp(-x)); keras.ops.softplus and "
                    "numpy.logaddexp(0, -x) compute it safely.",
        "clipped": "at a logit of -100 yours is {answer:.4g}, and it should be 100: an epsilon or a clip keeps the "
                   "loss finite, but flat, and a flat loss has no gradient. softplus(-x) needs neither.",
    },
)
def generator_loss(loss):
    """loss(logits), float32 (n, 1) -> one number: the mean of -log sigmoid(logit), right for |logit| up to 100."""
    logits = np.array([[0.3], [-1.2], [2.5], [-0.4]], np.float32)
    shape = array(loss, logits).shape
    if int(np.prod(shape)) != 1:
        raise Mistake("each", shape=shape)
    answer, right = number(loss, logits), _softplus(-logits).mean()
    if not np.isfinite(answer):
        raise Mistake("probability", logit="-1.2")
    if not np.isclose(answer, right, rtol=1e-3):
        for key, wrong in _LOSSES.items():
            if np.isclose(answer, wrong(logits.astype(float)), rtol=1e-3):
                raise Mistake(key)
        raise Mistake("value", logits=", ".join(f"{x:g}" for x in logits.ravel()), answer=answer, right=right)
    for logit in (-100.0, 100.0):
        answer, right = number(loss, np.full((3, 1), logit, np.float32)), float(_softplus(-logit))
        if not np.isfinite(answer):
            raise Mistake("overflow", logit=f"{logit:g}", answer=answer, right=right)
        if not np.isclose(answer, right, rtol=1e-3, atol=1e-3):
            raise Mistake("clipped" if logit < 0 else "value", logits=f"{logit:g}", answer=answer, right=right)


_TRAININGS = [(50_000, 256, 1000), (50_000, 64, 20), (531, 256, 3), (600, 100, 7)]  # pictures, batch, epochs


def _bill(images, batch, epochs):
    steps = images // batch
    return steps, steps * epochs, steps * epochs * batch


_BILLS = {
    "up": lambda n, b, e: (-(-n // b), -(-n // b) * e),
    "fraction": lambda n, b, e: (n / b, n / b * e),
    "one_epoch": lambda n, b, e: (n // b, n // b),
    "epochs": lambda n, b, e: (n // b, e),
}


@exercise(
    "06.3",
    title="epochs, steps and pictures",
    praise="1,000 epochs at batch 256 are 195,000 steps and 49.9 million pictures seen. Report 4's other model counts "
           "\"20000 epochs\" at batch 64; as steps they are 25.6 epochs.",
    hints={
        "up": "you count the last, smaller minibatch as a step. labkit leaves it out: the pictures in it get their "
              "turn in another epoch, in another order.",
        "fraction": "{answer:g} steps in an epoch: there is no part of a step. Whole minibatches only: //.",
        "one_epoch": "the second number is for all epochs together.",
        "epochs": "an epoch is a pass over all pictures, not a step: it has {right:,} of them.",
        "steps": "for {case} you say {answer} (steps in an epoch, steps in all), and it is {right}.",
        "left_out": "pictures times epochs counts the ones that fill no minibatch, too. Seen are only those in steps.",
        "no_batch": "every step sees a whole minibatch: multiply by its size.",
        "seen": "for {case} you say {answer} pictures are seen, and it is {right}.",
    },
)
def epochs_and_steps(bill):
    """bill(images, batch, epochs) -> steps in an epoch, steps in all, pictures seen; whole minibatches only."""
    answers = [integers(bill, 3, *case) for case in _TRAININGS]
    pairs = list(zip(answers, _TRAININGS, strict=True))
    if any(answer[:2] != _bill(*case)[:2] for answer, case in pairs):
        for key, wrong in _BILLS.items():
            if all(np.allclose(answer[:2], wrong(*case)) for answer, case in pairs):
                raise Mistake(key, answer=answers[0][0], right=_bill(*_TRAININGS[0])[0])
        _first_wrong("steps", pairs, (0, 1))
    if any(answer[2] != _bill(*case)[2] for answer, case in pairs):
        if all(answer[2] == images * epochs for answer, (images, _, epochs) in pairs):
            raise Mistake("left_out")
        if all(answer[2] == answer[1] for answer, _ in pairs):
            raise Mistake("no_batch")
        _first_wrong("seen", pairs, (2,))


def _first_wrong(key, pairs, place):
    for answer, case in pairs:
        right = _bill(*case)
        if any(answer[i] != right[i] for i in place):
            shown = f"{case[0]:,} pictures, batch {case[1]}, {case[2]:,} epochs"
            raise Mistake(key, case=shown, answer=_list(answer, place), right=_list(right, place))
