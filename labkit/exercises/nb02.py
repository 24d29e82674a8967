"""Exercises of 02_cnn_lstm: the encoder's sizes, the parameters of a chain of layers, a loss without its penalty."""

import numpy as np

from labkit.exercises.answers import Mistake, integers, number
from labkit.exercises.frame import exercise, prediction

prediction(
    "02.p1",
    question="The twin with L2 (factor 1e-4 on every kernel) has not been trained yet. How many per cent of the loss "
             "that Keras prints for it have nothing to do with pictures?",
    unit="%",
    close=1.3,
    because="Keras adds the penalties of all layers to the loss, and to the validation loss as well. The pictures are "
            "those of the network without L2, to the last bit.",
)

_ENCODERS = [(256, (64, 128, 32, 64)), (32, (16, 32, 8, 16)), (64, (8,)), (48, (4, 6, 10))]  # side, filters


def _convolutions(filters, one):
    """Add up one(inputs, filters) over the convolutions; the first one reads three colours."""
    return sum(one(inputs, units) for inputs, units in zip((3, *filters[:-1]), filters, strict=True))


def _flat(side, filters):
    return (side // 2 ** len(filters)) ** 2 * filters[-1]


def _weights(side, filters):
    return _convolutions(filters, lambda inputs, units: 9 * inputs * units + units)


_FLATS = {
    "no_pooling": lambda s, f: s * s * f[-1],
    "one_pooling": lambda s, f: (s // 2) ** 2 * f[-1],
    "no_channels": lambda s, f: (s // 2 ** len(f)) ** 2,
    "one_side": lambda s, f: s // 2 ** len(f) * f[-1],
    "colours": lambda s, f: (s // 2 ** len(f)) ** 2 * 3,
    "quarter": lambda s, f: (s // 4 ** len(f)) ** 2 * f[-1],
}
_COUNTS = {
    "no_bias": lambda s, f: _convolutions(f, lambda inputs, units: 9 * inputs * units),
    "always_three": lambda s, f: sum(27 * units + units for units in f),
    "no_inputs": lambda s, f: sum(9 * units + units for units in f),
    "one_row": lambda s, f: _convolutions(f, lambda inputs, units: 3 * inputs * units + units),
    "last_only": lambda s, f: 9 * (3, *f)[-2] * f[-1] + f[-1],
    "places": lambda s, f: sum((9 * inputs * units + units) * (s // 2**i) ** 2
                               for i, (inputs, units) in enumerate(zip((3, *f[:-1]), f, strict=True))),
}


@exercise(
    "02.1",
    title="the encoder's sizes",
    praise="For the report's encoder that is 16,384 and 131,040: a fifth of a per cent of the network sees the picture "
           "as a picture.",
    hints={
        "no_pooling": "every convolution is followed by a pooling that halves height and width.",
        "one_pooling": "there is a pooling after each convolution, not one in all.",
        "no_channels": "at each place that is left there is a value for each filter of the last convolution.",
        "one_side": "a picture has height and width: both are left over.",
        "colours": "the last convolution has as many channels as filters; the three colours are gone after the first.",
        "quarter": "a pooling halves each side. You quarter it; the area is what gets quartered.",
        "flat": "for side {side} and filters {filters} you say {answer} values after Flatten, and it is {right}.",
        "no_bias": "each filter has a bias.",
        "always_three": "only the first convolution reads three colours. Each of the others reads as many channels as "
                        "the one before it has filters.",
        "no_inputs": "a filter has a 3x3 kernel for each channel that it reads.",
        "one_row": "a kernel of 3x3 has nine weights.",
        "last_only": "those are the parameters of the last convolution; add all of them up.",
        "places": "the same weights are used at every place: height and width do not matter for their number.",
        "count": "for side {side} and filters {filters} you say {answer} parameters, and it is {right}.",
    },
)
def encoder_sizes(encoder):
    """encoder(side, filters) -> values after Flatten, parameters of the 3x3 convolutions ("same", each + pooling)."""
    answers = [integers(encoder, 2, *case) for case in _ENCODERS]
    for place, right, wrongs, other in ((0, _flat, _FLATS, "flat"), (1, _weights, _COUNTS, "count")):
        said = [answer[place] for answer in answers]
        if said == [right(*case) for case in _ENCODERS]:
            continue
        for key, wrong in wrongs.items():
            if np.allclose(said, [wrong(*case) for case in _ENCODERS]):
                raise Mistake(key)
        for value, case in zip(said, _ENCODERS, strict=True):
            if value != right(*case):
                raise Mistake(other, side=case[0], filters=case[1], answer=f"{value:,.10g}",
                              right=f"{right(*case):,}")


_CHAINS = [  # values after Flatten, LSTMs, hidden Dense layers, outputs
    (16_384, (256, 256), (512, 256), 196_608),
    (16_384, (256, 512), (512, 256), 196_608),
    (1000, (10,), (20, 30, 40), 7),
    (50, (3, 4, 5), (), 11),
]


def _chain(features, lstm, dense, outputs, gates=4, bias=1, state=1):
    total, size = 0, features
    for units in lstm:
        total, size = total + gates * units * (size + state * units + bias), units
    for units in (*dense, outputs):
        total, size = total + units * (size + bias), units
    return total


_TOTALS = {
    "gates": lambda *case: _chain(*case, gates=1),
    "no_bias": lambda *case: _chain(*case, bias=0),
    "no_state": lambda *case: _chain(*case, state=0),
    "no_last": lambda f, l, d, o: _chain(f, l, d, o) - o * ((*l, *d)[-1] + 1),
    "flat_again": lambda f, l, d, o: (sum(4 * u * (f + u + 1) for u in l) + _chain(l[-1], (), d, o)),
    "dense_flat": lambda f, l, d, o: _chain(f, l, (), 0) + _chain(f, (), d, o),
}


@exercise(
    "02.2",
    title="the parameters of a chain",
    praise="With this function, and a loop over sizes, you can search for the missing rows yourself.",
    hints={
        "gates": "an LSTM has four maps: 4 · units · (inputs + units + 1).",
        "no_bias": "every layer here has biases, one for each unit (of each of the four maps in an LSTM).",
        "no_state": "each map of an LSTM also reads the layer's own state: units more inputs.",
        "no_last": "the last Dense, with one unit for each of the outputs, is missing: it is the largest of all.",
        "flat_again": "only the first LSTM reads the flattened values; each other one reads what the one before it "
                      "puts out.",
        "dense_flat": "the first Dense reads what the last LSTM puts out, not the flattened values.",
        "value": "for {case} you say {answer}, and it is {right}.",
    },
)
def chain_parameters(chain):
    """chain(features, lstm, dense, outputs) -> the parameters of LSTMs, hidden Dense layers and a last Dense."""
    answers = [integers(chain, 1, *case)[0] for case in _CHAINS]
    rights = [_chain(*case) for case in _CHAINS]
    if answers == rights:
        return
    for key, wrong in _TOTALS.items():
        if np.allclose(answers, [wrong(*case) for case in _CHAINS], rtol=1e-9):
            raise Mistake(key)
    for answer, right, (features, lstm, dense, outputs) in zip(answers, rights, _CHAINS, strict=True):
        if answer != right:
            shown = f"{features:,} values, LSTMs {lstm}, Dense {dense} and {outputs:,} outputs"
            raise Mistake("value", case=shown, answer=f"{answer:,.12g}", right=f"{right:,}")


def _kernels():
    rng = np.random.default_rng(2)
    return [rng.normal(0, 0.3, shape).astype(np.float32) for shape in ((3, 3, 3, 4), (12, 7), (7, 5))]


_ERRORS = {  # what students take for the loss without its penalty, from the loss, the kernels and the factor
    "unchanged": lambda loss, ks, f: loss,
    "added": lambda loss, ks, f: loss + f * sum(float((k**2).sum()) for k in ks),
    "norm": lambda loss, ks, f: loss - f * sum(float(np.sqrt((k**2).sum())) for k in ks),
    "mean": lambda loss, ks, f: loss - f * sum(float((k**2).mean()) for k in ks),
    "half": lambda loss, ks, f: loss - f / 2 * sum(float((k**2).sum()) for k in ks),
    "absolute": lambda loss, ks, f: loss - f * sum(float(np.abs(k).sum()) for k in ks),
    "no_square": lambda loss, ks, f: loss - f * sum(float(k.sum()) for k in ks),
    "no_factor": lambda loss, ks, f: loss - sum(float((k**2).sum()) for k in ks),
    "penalty": lambda loss, ks, f: f * sum(float((k**2).sum()) for k in ks),
}


@exercise(
    "02.3",
    title="a loss without its penalty",
    praise="What is left is the error of the pictures, and only that can be set beside a network without L2.",
    hints={
        "unchanged": "you return the loss as it is printed, penalty included.",
        "added": "the printed loss holds the penalty already: take it off.",
        "norm": "you take roots. Keras' L2 is the sum of squares, not its root.",
        "mean": "you average the squares. Keras' L2 adds them up.",
        "half": "no half here: Keras' L2(factor) is factor · sum of squares. (Textbooks often put 1/2 before it.)",
        "absolute": "that is L1, the sum of absolute values. Square them.",
        "no_square": "you add up the weights themselves. Square them.",
        "no_factor": "multiply the sum of squares by the factor.",
        "penalty": "that is the penalty. What is left of the loss without it?",
        "value": "you say {answer:.5f}, and without its penalty the loss is {right:.5f}.",
    },
)
def without_penalty(picture_error):
    """picture_error(loss, kernels, factor) -> the printed loss less factor · sum of squares of all kernels."""
    kernels, loss, factor = _kernels(), 0.2345, 0.004
    answer = number(picture_error, loss, kernels, factor)
    right = loss - factor * sum(float((kernel**2).sum()) for kernel in kernels)
    if np.isclose(answer, right, atol=1e-5, rtol=0):
        return
    for key, wrong in _ERRORS.items():
        if np.isclose(answer, wrong(loss, kernels, factor), atol=1e-5, rtol=0):
            raise Mistake(key)
    raise Mistake("value", answer=answer, right=right)
