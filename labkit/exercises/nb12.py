"""Exercises of 12_domain_transfer: the ternary discriminator's loss, f-constancy, total variation."""

import numpy as np

from labkit.exercises.answers import Mistake, call, number
from labkit.exercises.frame import exercise, prediction

prediction(
    "12.p1",
    question="Without L_CONST and L_TID only the discriminator tells g what to draw. In what share of the pictures "
             "does the digit survive?",
    unit="%",
    close=1.6,
    because="The discriminator asks for a digit, not for the right one. Ten kinds of codes may go to ten digits in "
            "3,628,800 orders, and all of them please it alike.",
)

REAL = 2


def _softmax(logits):
    odds = np.exp(np.asarray(logits, float) - np.max(logits, axis=1, keepdims=True))
    return odds / odds.sum(1, keepdims=True)


def _minus_log(logits, kind):
    return -np.log(_softmax(logits)[:, kind]).mean()


_LOSSES = {  # what students take for L_D = mean -log D_0(of source) + mean -log D_1(of target) + mean -log D_2(real)
    "order": lambda s, t, r: _minus_log(s, 1) + _minus_log(t, 2) + _minus_log(r, 0),
    "reversed": lambda s, t, r: _minus_log(s, 2) + _minus_log(t, 1) + _minus_log(r, 0),
    "generator": lambda s, t, r: _minus_log(s, REAL) + _minus_log(t, REAL),
    "real_only": lambda s, t, r: _minus_log(r, REAL),
    "binary": lambda s, t, r: (-np.log(1 - _softmax(s)[:, REAL]).mean() - np.log(1 - _softmax(t)[:, REAL]).mean()
                               + _minus_log(r, REAL)),
    "mean": lambda s, t, r: (_minus_log(s, 0) + _minus_log(t, 1) + _minus_log(r, REAL)) / 3,
    "sum": lambda s, t, r: (_minus_log(s, 0) + _minus_log(t, 1) + _minus_log(r, REAL)) * len(s),
    "sign": lambda s, t, r: -(_minus_log(s, 0) + _minus_log(t, 1) + _minus_log(r, REAL)),
    "sigmoid": lambda s, t, r: sum(np.logaddexp(0, -x[:, k]).mean() for k, x in enumerate((s, t, r))),
    "no_log": lambda s, t, r: -sum(_softmax(x)[:, k].mean() for k, x in enumerate((s, t, r))),
    "no_softmax": lambda s, t, r: -sum(x[:, k].mean() for k, x in enumerate((s, t, r))),
}


@exercise(
    "12.1",
    title="a discriminator with three answers",
    praise="With all logits alike it is 3·log 3 = 3.30: what the first step of a training shows.",
    hints={
        "order": "the columns are 0 for made from the source, 1 for made from the target, 2 for real; yours are moved "
                 "by one.",
        "reversed": "the columns are 0 for made from the source, 1 for made from the target, 2 for real; yours run "
                    "backwards.",
        "generator": "that is L_GANG, what g pays. The discriminator wants every kind called by its own name.",
        "real_only": "made pictures count, too: all three kinds.",
        "binary": "yours tells made from real, as an ordinary discriminator does. This one has to say of a made "
                  "picture *what* it was made from.",
        "mean": "you divide by three. L_D is the sum of the three means.",
        "sum": "you add up the minibatch. Take the mean over the pictures of each kind.",
        "sign": "the sign is wrong: minimised, yours makes the discriminator ever worse.",
        "sigmoid": "a sigmoid treats each answer alone. The three exclude each other: softmax over the row.",
        "no_log": "that is the probability itself; the loss is minus its logarithm.",
        "no_softmax": "a logit is no log-probability yet: subtract the logarithm of the sum of the row's exponentials.",
        "value": "for the logits of the check you say {answer:.4f}, and it is {right:.4f}.",
        "overflow": "at logits around {size:g} yours is {answer}: exp leaves its range. Subtract each row's largest "
                    "logit first, or use keras.ops.log_softmax.",
    },
)
def ternary_loss(loss):
    """loss(of_source, of_target, real), float64 logits (n, 3) each -> L_D, one number; right for large logits, too."""
    random = np.random.default_rng(12)
    three = [random.normal(0, 1.5, (6, 3)) for _ in range(3)]
    right = sum(_minus_log(x, kind) for kind, x in enumerate(three))
    answer = number(loss, *three)
    if not np.isclose(answer, right, rtol=1e-4):
        for key, wrong in _LOSSES.items():
            if np.isclose(answer, wrong(*three), rtol=1e-4):
                raise Mistake(key)
        raise Mistake("value", answer=answer, right=right)
    large = [np.array([[900.0, 890.0, 880.0]] * 2)] * 3
    answer = number(loss, *large)
    if not np.isclose(answer, sum(_exact(x, kind) for kind, x in enumerate(large)), rtol=1e-4):
        raise Mistake("overflow", size=900, answer=answer)


def _exact(logits, kind):
    top = logits.max(1, keepdims=True)
    return float((np.log(np.exp(logits - top).sum(1)) + top[:, 0] - logits[:, kind]).mean())


def _toy():
    """Return f: (n, 4) -> (n, 4), g: (n, 4) -> (n, 4), x; neither is linear, so that no two mistakes agree."""
    random = np.random.default_rng(3)
    into, back = random.normal(size=(4, 4)), random.normal(size=(4, 4))

    def f(x):
        return np.tanh(np.asarray(x) @ into)

    def g(z):
        return np.sin(np.asarray(z) @ back) * 2

    return f, g, random.normal(size=(5, 4))


def _rules(f, g, x):
    made = g(f(x))
    return {
        "pictures": ((x - made) ** 2).mean(),
        "half": ((f(x) - made) ** 2).mean(),
        "no_f_inside": ((f(x) - f(g(x))) ** 2).mean(),
        "codes": ((made - g(f(made))) ** 2).mean(),
        "sum": ((f(x) - f(made)) ** 2).sum(),
        "rows": ((f(x) - f(made)) ** 2).sum(1).mean(),
        "root": np.sqrt(((f(x) - f(made)) ** 2).mean()),
        "absolute": np.abs(f(x) - f(made)).mean(),
        "no_square": (f(x) - f(made)).mean(),
    }


@exercise(
    "12.2",
    title="f-constancy",
    praise="f appears three times: to see the source, inside of G, and to look at what came out.",
    hints={
        "pictures": "that compares the pictures x and G(x), which shall *not* look alike: one is of the source, one of "
                    "the target. Compare what f says of them.",
        "half": "you compare f(x) with the picture G(x). Let f look at the picture, too: f(G(x)).",
        "no_f_inside": "G is g of f(x): g never sees a picture, only what f says of it.",
        "codes": "you compare two pictures that G made. f-constancy compares what f says of x and of G(x).",
        "sum": "the mean of the squares is asked for, and yours is their sum.",
        "rows": "you add up the features and take the mean over the pictures. Take the mean over both, so that the "
                "loss does not grow with the number of features.",
        "root": "that is its square root.",
        "absolute": "that is the mean of the absolute differences; squared ones are asked for.",
        "no_square": "without a square, differences of both signs cancel.",
        "value": "you say {answer:.4f}, and it is {right:.4f}.",
    },
)
def constancy(loss):
    """loss(f, g, x) -> mean squared difference of f(x) and f(G(x)), with G(x) = g(f(x))."""
    f, g, x = _toy()
    right, answer = ((f(x) - f(g(f(x)))) ** 2).mean(), number(loss, f, g, x)
    if np.isclose(answer, right, rtol=1e-6):
        return
    for key, wrong in _rules(f, g, x).items():
        if np.isclose(answer, wrong, rtol=1e-6):
            raise Mistake(key)
    raise Mistake("value", answer=answer, right=right)


def _steps(z):
    return z[:, :-1, 1:] - z[:, :-1, :-1], z[:, 1:, :-1] - z[:, :-1, :-1]


_VARIATIONS = {
    "absolute": lambda z: (np.abs(_steps(z)[0]) + np.abs(_steps(z)[1])).mean(),
    "squared": lambda z: (_steps(z)[0] ** 2 + _steps(z)[1] ** 2).mean(),
    "one_way": lambda z: np.abs(_steps(z)[0]).mean(),
    "one_way_down": lambda z: np.abs(_steps(z)[1]).mean(),
    "late_root": lambda z: np.sqrt((_steps(z)[0] ** 2 + _steps(z)[1] ** 2).mean()),
    "sum": lambda z: np.sqrt(_steps(z)[0] ** 2 + _steps(z)[1] ** 2).sum(),
    "each": lambda z: np.sqrt(_steps(z)[0] ** 2 + _steps(z)[1] ** 2).sum((1, 2)).mean(),
    "across": lambda z: np.sqrt((z[1:, :-1, :-1] - z[:-1, :-1, :-1]) ** 2
                                + (z[:-1, 1:, :-1] - z[:-1, :-1, :-1]) ** 2).mean(),
}


@exercise(
    "12.3",
    title="total variation",
    praise="An even picture has 0, noise a lot, and a clean digit little: only its outline counts.",
    hints={
        "absolute": "that is |right| + |down|; the length of the step is asked for, the root of the sum of squares.",
        "squared": "the root is missing: without it, one large step costs more than many small ones, and outlines are "
                   "blurred.",
        "one_way": "you look to the right only. Rows may differ, too: look down.",
        "one_way_down": "you look down only. Look to the right, too.",
        "late_root": "the root belongs to each pixel: first the root, then the mean.",
        "sum": "the mean over all pixels and pictures is asked for, and yours is the sum.",
        "each": "you add up a picture's pixels and take the mean over the pictures; take the mean over both.",
        "across": "you subtract one picture from another. The first axis counts the pictures; rows are the second, "
                  "columns the third.",
        "shape": "for {count} pictures of {side}x{side} the steps of each pixel but those of the last row and the last "
                 "column count; yours gives {what}.",
        "value": "you say {answer:.4f}, and it is {right:.4f} (steps of all pixels but the last row and column).",
    },
)
def variation(total_variation):
    """total_variation(z), float (n, side, side) -> mean of sqrt(right² + down²) over all but last row and column."""
    z = np.random.default_rng(5).random((4, 6, 6))
    right = np.sqrt(_steps(z)[0] ** 2 + _steps(z)[1] ** 2).mean()
    value = np.asarray(call(total_variation, z), float)
    if value.size != 1:
        raise Mistake("shape", count=4, side=6, what=f"an array of the shape {value.shape}")
    answer = float(value.reshape(()))
    if np.isclose(answer, right, rtol=1e-6):
        return
    for key, wrong in _VARIATIONS.items():
        if np.isclose(answer, wrong(z), rtol=1e-6):
            raise Mistake(key)
    raise Mistake("value", answer=answer, right=right)
