"""Exercises of 01_an_image_as_one_step: an LSTM's parameters, the ones that never learn, the best constant picture."""

import numpy as np

from labkit.exercises.answers import Mistake, integers, number
from labkit.exercises.frame import exercise, prediction

prediction(
    "01.p1",
    question="The network has learnt to repeat photographs. You feed it white noise instead. What comes out?",
    choices=("the noise", "a new photograph", "nearly the same blur every time"),
    because="Through the few numbers in its middle the network can say only what photographs have needed it to say. "
            "White noise differs from noise in its details, and these are what the middle leaves out.",
)

_CASES = [(3072, 64), (196_608, 256), (10, 3), (7, 50)]  # inputs, units


def _total(n, u):
    return 4 * u * (n + u + 1)


def _compare(answer, right, wrongs, **more):
    """Raise the Mistake whose formula gives all the answers, or "value" with the first case that is wrong."""
    answers = [integers(answer, 1, *case)[0] for case in _CASES]
    if answers == [right(*case) for case in _CASES]:
        return
    for key, wrong in wrongs.items():
        if np.allclose(answers, [wrong(*case) for case in _CASES]):
            raise Mistake(key, **more)
    for said, (inputs, units) in zip(answers, _CASES, strict=True):
        if said != right(inputs, units):
            raise Mistake("value", inputs=f"{inputs:,}", units=units, answer=f"{said:,.10g}",
                          right=f"{right(inputs, units):,}")


@exercise(
    "01.1",
    title="the parameters of an LSTM",
    praise="With 196,608 inputs and 256 units that is the first row of the report's table, 201,589,760.",
    hints={
        "one_gate": "you count one of the four maps. Input gate, forget gate, candidate and output gate each have "
                    "weights of their own.",
        "gru": "you count three maps: that is a GRU. An LSTM has the candidate besides its three gates.",
        "no_bias": "each unit of each gate has a bias, too.",
        "two_biases": "you count two biases for each unit. PyTorch has two (one is superfluous); Keras has one, and "
                      "the report's table is Keras'.",
        "one_bias": "every gate has its own biases: 4 · units in all.",
        "no_recurrent": "the weights from the state are missing: each unit of each gate also reads the {units} values "
                        "of the previous step.",
        "square": "the kernel has a row for each input, not for each unit.",
        "value": "for {inputs} inputs and {units} units you say {answer}, and it has {right}.",
    },
)
def lstm_parameters(parameters):
    """parameters(inputs, units) -> the number of a Keras LSTM's parameters, with biases."""
    _compare(parameters, _total, {
        "one_gate": lambda n, u: u * (n + u + 1),
        "gru": lambda n, u: 3 * u * (n + u + 1),
        "no_bias": lambda n, u: 4 * u * (n + u),
        "two_biases": lambda n, u: 4 * u * (n + u + 2),
        "one_bias": lambda n, u: 4 * u * (n + u) + u,
        "no_recurrent": lambda n, u: 4 * u * (n + 1),
        "square": lambda n, u: 4 * u * (u + u + 1),
    }, units=_CASES[0][1])


@exercise(
    "01.2",
    title="the parameters that never learn",
    praise="50,594,048 for the report's LSTM: a quarter of it. Left out, they would be missed by no picture.",
    hints={
        "recurrent": "that is the recurrent kernel. The forget gate has weights from the input and biases, too, and "
                     "what it decides is multiplied by a state of zero.",
        "forget": "that is the forget gate with its own part of the recurrent kernel. The other gates' recurrent "
                  "weights are multiplied by a state of zero as well.",
        "forget_input": "that is the forget gate's part of the kernel and its biases. All recurrent weights are "
                        "multiplied by a state of zero as well.",
        "twice": "you count the forget gate's recurrent weights twice: they are part of the recurrent kernel already.",
        "bias": "the forget gate's biases get no gradient either.",
        "all": "that is the whole LSTM. Input gate, candidate and output gate do learn from the input.",
        "learning": "those are the parameters that do learn; asked for are the others.",
        "value": "for {inputs} inputs and {units} units you say {answer}, and it is {right}.",
    },
)
def idle_parameters(idle):
    """idle(inputs, units) -> how many parameters of an LSTM get no gradient from one step with a zero state."""
    right = lambda n, u: 4 * u * u + u * (n + 1)  # noqa: E731
    _compare(idle, right, {
        "recurrent": lambda n, u: 4 * u * u,
        "forget": lambda n, u: u * (n + u + 1),
        "forget_input": lambda n, u: u * (n + 1),
        "twice": lambda n, u: 4 * u * u + u * (n + u + 1),
        "bias": lambda n, u: 4 * u * u + u * n,
        "all": _total,
        "learning": lambda n, u: _total(n, u) - right(n, u),
    })


def _pictures():
    """Bytes whose constant pictures all score differently: a bright and a dark corner, a tint, little spread."""
    rng = np.random.default_rng(1)
    base = np.linspace(45, 150, 20).reshape(5, 4, 1) + np.array([-25, 0, 40])
    return np.clip(base + rng.normal(0, 25, (12, 5, 4, 3)), 0, 255).astype(np.uint8)


_BASELINES = {
    "grey": lambda x: ((x - 0.5) ** 2).mean(),
    "one_value": lambda x: ((x - x.mean()) ** 2).mean(),
    "one_colour": lambda x: ((x - x.mean((0, 1, 2))) ** 2).mean(),
    "own_mean": lambda x: ((x - x.mean((1, 2, 3), keepdims=True)) ** 2).mean(),
    "median": lambda x: ((x - np.median(x, axis=0)) ** 2).mean(),
    "bytes": lambda x: ((x - x.mean(0)) ** 2).mean() * 255**2,
    "centred": lambda x: ((x - x.mean(0)) ** 2).mean() * 4,
    "root": lambda x: np.sqrt(((x - x.mean(0)) ** 2).mean()),
    "absolute": lambda x: np.abs(x - x.mean(0)).mean(),
    "total": lambda x: ((x - x.mean(0)) ** 2).sum(),
}


@exercise(
    "01.3",
    title="the best constant picture",
    praise="A network that repeats its input has learnt something only when it is clearly below this number.",
    hints={
        "grey": "that is plain grey's error. The constant picture may be any picture: which one is best?",
        "one_value": "you subtract one number from everything. A constant picture may have another value at each "
                     "place: average over the pictures only, axis 0.",
        "one_colour": "you subtract one colour. A constant picture may have another colour at each place: average over "
                      "the pictures only, axis 0.",
        "own_mean": "you subtract from every picture its own mean: that is no constant, it changes with the picture.",
        "median": "the median is best for the absolute error. For the squared error it is the mean.",
        "bytes": "your values go from 0 to 255. Divide by 255 first.",
        "centred": "your values go from -1 to 1, which makes the squared error four times as large. Divide by 255.",
        "root": "that is the root of the mean squared error.",
        "absolute": "that is the mean absolute error; square the differences.",
        "total": "you add the squares up. Take their mean over pictures, places and channels.",
        "value": "you say {answer:.4f}, and for these pictures it is {right:.4f}.",
    },
)
def constant_picture(baseline):
    """baseline(images), uint8 (N, h, w, 3) -> the smallest mean squared error of a constant picture on [0, 1]."""
    images = _pictures()
    x = images / 255.0
    answer, right = number(baseline, images), ((x - x.mean(0)) ** 2).mean()
    if np.isclose(answer, right, rtol=1e-3):
        return
    for key, wrong in _BASELINES.items():
        if np.isclose(answer, wrong(x), rtol=1e-3):
            raise Mistake(key)
    raise Mistake("value", answer=answer, right=right)
