"""Exercises of 13_style_transfer: the Gram matrix, total variation, and how much of a picture a feature sees."""

import numpy as np

from labkit.exercises.answers import Mistake, array, integers, number
from labkit.exercises.frame import exercise, prediction

prediction(
    "13.p1",
    question="Four ways to paint the same picture, with as many evaluations each: which one ends with the smallest "
             "loss?",
    choices=("pixels, Adam", "pixels, L-BFGS", "Fourier, Adam", "Fourier, L-BFGS"),
    because="L-BFGS learns how the loss bends and takes longer steps; Fourier coefficients let one number move a broad "
            "shape, for which thousands of pixels would have to agree.",
)


def _features(seed, shape=(4, 6, 3)):
    return np.random.default_rng(seed).normal(0.5, 1, shape).astype(np.float32)


_GRAMS = {
    "sum": lambda f, x: x.T @ x,
    "all_numbers": lambda f, x: x.T @ x / x.size,
    "channels": lambda f, x: x.T @ x / f.shape[-1],
    "centred": lambda f, x: (x - x.mean(0)).T @ (x - x.mean(0)) / len(x),
    "correlation": lambda f, x: np.corrcoef(x.T),
    "places": lambda f, x: x @ x.T / len(x),
    "places_sum": lambda f, x: x @ x.T,
    "wrong_reshape": lambda f, x: (y := f.reshape(f.shape[-1], -1)) @ y.T / len(x),
    "rows": lambda f, x: np.einsum("hwc,hwd->cd", f.mean(1, keepdims=True), f.mean(1, keepdims=True)) / f.shape[0],
}


@exercise(
    "13.1",
    title="the Gram matrix",
    praise="One sum over all places, and every place is treated alike: that is why a Gram matrix does not know where "
           "anything is.",
    hints={
        "sum": "that is the sum over all places. Divide by their number, or a larger picture has a larger style.",
        "all_numbers": "divide by the number of places, height · width, without the channels.",
        "channels": "you divide by the number of channels; divide by that of places, height · width.",
        "centred": "you take the mean off first: that is a covariance. The Gram matrix keeps it (it is most of the "
                   "colour).",
        "correlation": "that is the correlation: centred and scaled. The Gram matrix is neither.",
        "places": "that compares places with places, {places} x {places}. Compare channels: {channels} x {channels}.",
        "places_sum": "that compares places with places, and nothing is divided. Compare channels with channels.",
        "wrong_reshape": "the channels are the last axis: reshape to (places, channels), then multiply the transposed "
                         "with it. reshape(channels, -1) mixes places and channels.",
        "rows": "you average along a row first. Multiply at each place, then average.",
        "shape": "for {channels} channels the matrix is {channels} x {channels}; yours is {shape}.",
        "value": "the largest difference to the Gram matrix is {difference:.3g}.",
    },
)
def gram_matrix(gram):
    """gram(features (height, width, C)) -> (C, C): the mean over places of channel i times channel j."""
    for seed, shape in ((0, (4, 6, 3)), (1, (5, 5, 4))):
        features = _features(seed, shape)
        flat = features.reshape(-1, shape[-1])
        right, answer = flat.T @ flat / len(flat), array(gram, features)
        if answer.shape == right.shape and np.allclose(answer, right, atol=1e-5):
            continue
        facts = {"places": len(flat), "channels": shape[-1]}
        for key, wrong in _GRAMS.items():
            expected = wrong(features, flat)
            if answer.shape == expected.shape and np.allclose(answer, expected, atol=1e-5):
                raise Mistake(key, **facts)
        if answer.shape != right.shape:
            raise Mistake("shape", shape=answer.shape, **facts)
        raise Mistake("value", difference=float(np.abs(answer - right).max()))


_VARIATIONS = {
    "absolute": lambda x: np.abs(np.diff(x, axis=0)).mean() + np.abs(np.diff(x, axis=1)).mean(),
    "sum": lambda x: (np.diff(x, axis=0) ** 2).sum() + (np.diff(x, axis=1) ** 2).sum(),
    "down": lambda x: (np.diff(x, axis=0) ** 2).mean(),
    "across": lambda x: (np.diff(x, axis=1) ** 2).mean(),
    "around": lambda x: ((x - np.roll(x, 1, 0)) ** 2).mean() + ((x - np.roll(x, 1, 1)) ** 2).mean(),
    "colours": lambda x: sum((np.diff(x, axis=axis) ** 2).mean() for axis in range(3)),
    "diagonal": lambda x: ((x[1:, 1:] - x[:-1, :-1]) ** 2).mean(),
    "squared_mean": lambda x: np.diff(x, axis=0).mean() ** 2 + np.diff(x, axis=1).mean() ** 2,
    "average": lambda x: ((np.diff(x, axis=0) ** 2).mean() + (np.diff(x, axis=1) ** 2).mean()) / 2,
    "variance": lambda x: x.var(),
}


@exercise(
    "13.2",
    title="total variation",
    praise="It is 0 for a plain picture, and largest for a checkerboard of single pixels. Noise costs, edges cost "
           "little.",
    hints={
        "absolute": "you take absolute differences; here they are squared.",
        "sum": "you add the squares up; take their mean, or a larger picture has more of it.",
        "down": "you compare a pixel with the one below only. Add the one to its right.",
        "across": "you compare a pixel with the one to its right only. Add the one below.",
        "around": "you compare the last row with the first (np.roll). The picture has edges.",
        "colours": "you also compare red with green, and green with blue. Only height and width have neighbours.",
        "diagonal": "you compare diagonal neighbours. Compare down and across, each by itself, and add.",
        "squared_mean": "square first, then take the mean: differences up and down cancel.",
        "average": "add the two means; you halve their sum.",
        "variance": "that is the variance: it compares every pixel with the mean, not with its neighbours.",
        "value": "for a picture with total variation {right:.4g} you say {answer:.4g}.",
    },
)
def total_variation(variation):
    """variation(picture (height, width, 3)) -> mean squared step down plus mean squared step across."""
    pictures = [np.random.default_rng(0).random((5, 7, 3)), np.random.default_rng(1).random((6, 4, 3)) ** 2]
    answers = [number(variation, picture) for picture in pictures]
    rights = [float((np.diff(x, axis=0) ** 2).mean() + (np.diff(x, axis=1) ** 2).mean()) for x in pictures]
    if np.allclose(answers, rights, rtol=1e-4):
        return
    for key, wrong in _VARIATIONS.items():
        if np.allclose(answers, [wrong(picture) for picture in pictures], rtol=1e-4):
            raise Mistake(key)
    raise Mistake("value", answer=answers[0], right=rights[0])


_STACKS = [  # (kernel, stride) of the layers, in order
    ((3, 2),), ((3, 1), (3, 1)), ((3, 2), (3, 1)), ((3, 2), (3, 1), (3, 2), (3, 1), (5, 2), (5, 1)),
    ((7, 2), (3, 2), (1, 1), (5, 1)),
]


def _sees(layers, less=1, jumps=True, early=False, first=1):
    seen, jump = first, 1
    for kernel, stride in layers:
        if early and jumps:
            jump *= stride
        seen += (kernel - less) * jump
        if jumps and not early:
            jump *= stride
    return seen


_FIELDS = {
    "no_strides": lambda s: _sees(s, jumps=False),
    "kernel": lambda s: _sees(s, less=0),
    "early": lambda s: _sees(s, early=True),
    "from_zero": lambda s: _sees(s, first=0),
    "strides": lambda s: int(np.prod([stride for _, stride in s])),
    "kernels": lambda s: int(np.prod([kernel for kernel, _ in s])),
    "sum": lambda s: sum(kernel for kernel, _ in s),
}


@exercise(
    "13.3",
    title="how much of the picture a feature sees",
    praise="A stroke that is longer than this is invisible to the layer as a stroke: small pictures get coarse "
           "strokes, large ones fine strokes.",
    hints={
        "no_strides": "a stride spreads all later kernels: after two strides of 2 neighbours are 4 pixels apart.",
        "kernel": "a kernel of k adds k - 1 steps to one place, not k.",
        "early": "a layer's own stride spreads the layers after it, not its own kernel.",
        "from_zero": "before the first layer a place sees one pixel, itself: begin with 1.",
        "strides": "that is how far apart two neighbouring features are in pixels. How far does each one see?",
        "kernels": "kernels do not multiply. Each adds k - 1 steps of the size that the strides before it make.",
        "sum": "you add the kernels up: each adds k - 1, times the product of the strides before it.",
        "value": "for the layers (kernel, stride) {layers} you say {answer}, and it is {right}.",
    },
)
def receptive_field(sees):
    """sees(layers) -> the side in pixels of what one output sees; layers: (kernel, stride) pairs in order."""
    answers = [integers(sees, 1, stack)[0] for stack in _STACKS]
    rights = [_sees(stack) for stack in _STACKS]
    if answers == rights:
        return
    for key, wrong in _FIELDS.items():
        if np.allclose(answers, [wrong(stack) for stack in _STACKS]):
            raise Mistake(key)
    for answer, right, stack in zip(answers, rights, _STACKS, strict=True):
        if answer != right:
            raise Mistake("value", layers=stack, answer=f"{answer:g}", right=right)
