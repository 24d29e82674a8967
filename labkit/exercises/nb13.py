"""Exercises of 13_style_transfer: AdaIN, strokes without colours, what the tables carry."""

import functools

import numpy as np
from PIL import Image

from labkit import datasets
from labkit.exercises.answers import array, need
from labkit.exercises.formula import Formula, exercise, judged
from labkit.models import extractors


def _features(seed, height, width, channels):
    random = np.random.default_rng(seed)
    return random.normal(random.normal(size=channels), random.uniform(0.5, 2, channels), (height, width, channels))


# Of one size first, so that an average over too few axes raises no error and meets its hint.
_SQUARES = [(_features(seed, 5, 5, 4), _features(seed + 1, 5, 5, 4)) for seed in (0, 2)]
_OTHERS = [(_features(4, 4, 6, 3), _features(5, 5, 3, 3)), (_features(6, 5, 5, 4), _features(7, 2, 6, 4))]


def _adain(content, style, axis=(0, 1), keepdims=True, **how):
    (m, d), (mean, deviation) = ((x.mean(axis, keepdims=keepdims), x.std(axis, keepdims=keepdims, **how))
                                 for x in (content, style))
    return deviation * (content - m) / d + mean


exercise("13.1", Formula(_SQUARES, _adain, {
    "swapped": lambda c, s: _adain(s, c), "all": lambda c, s: _adain(c, s, None),
    "axis": [functools.partial(_adain, axis=axis, keepdims=axis != -2) for axis in (0, 1, 2, (0, 2), (1, 2), -2)],
    "mean": lambda c, s: c - c.mean((0, 1)) + s.mean((0, 1)),
    "no_mean": lambda c, s: _adain(c, s) - s.mean((0, 1)),
    "kept_mean": lambda c, s: _adain(c, s) - s.mean((0, 1)) + c.mean((0, 1)),
    "variance": lambda c, s: s.var((0, 1)) * (c - c.mean((0, 1))) / c.var((0, 1)) + s.mean((0, 1)),
    "not_divided": lambda c, s: s.std((0, 1)) * (c - c.mean((0, 1))) + s.mean((0, 1)), "content": lambda c, s: c,
    "raw": [lambda c, s, k=k: k[0] * s.mean((0, 1)) + c * s.std((0, 1)) / c.std((0, 1)) ** k[1]
            for k in np.ndindex(2, 2)], "normal": lambda c, s: (c - c.mean((0, 1))) / c.std((0, 1))}, read=array),
    Formula(_OTHERS, _adain, {"unbiased": functools.partial(_adain, ddof=1)}, read=array))

COLOUR, STROKES, CAT = 6.0, 0.25, 0.6  # limits: grey levels; share of the cat's style loss; content loss
LAYERS = ("stem", "block1a", "block2b", "block3b", "block4c", "block5c")
GREY = np.outer([0.299, 0.587, 0.114], [1, 1, 1])  # colours @ GREY: the luminance, in all three channels


@functools.cache
def _bench(side):
    """The cat, and what measures content and style loss of a picture's luminance beside the cat and The Great Wave."""
    loaded, network = datasets.load("style", size=256, quiet=True), extractors.efficientnet_lite0(outputs=LAYERS)
    cat, wave = (np.asarray(Image.fromarray(picture).resize((side, side), Image.Resampling.LANCZOS))
                 for what in ("chelsea", "great_wave")
                 for name, picture in zip(loaded.factors["file"], loaded.images, strict=True) if what in str(name))
    far = lambda one, other: ((one - other) ** 2).sum() / (other**2).sum()  # noqa: E731

    def seen(picture):
        found = network(np.float32(picture @ GREY)[None])
        return [np.asarray(found[name])[0].reshape(-1, found[name].shape[-1]) for name in LAYERS]

    def losses(picture, kept=seen(cat), wanted=seen(wave)):  # noqa: B008
        found = seen(picture)
        return far(found[4], kept[4]), np.mean([far(one.T @ one, other.T @ other)
                                                for one, other in zip(found, wanted, strict=True)])

    return cat, losses


def _in_own_colours(answer):
    need(not isinstance(answer, tuple), "pair")
    picture = array(lambda: answer)
    need(picture.shape in ((96, 96, 3), (192, 192, 3)), "shape", shape=picture.shape)
    need(np.isfinite(picture).all() and picture.min() >= 0 and 2 < picture.max() <= 255, "range")
    cat, losses = _bench(len(picture))
    colour = np.abs((picture - np.float64(cat)) @ (np.eye(3) - GREY)).mean()
    need(colour <= COLOUR, "colour", colour=colour, most=COLOUR)
    content, style = np.divide(losses(picture), (1, losses(cat)[1]))
    need(style <= STROKES, "strokes", style=style, most=STROKES)
    need(content <= CAT, "cat", content=content, most=CAT)


exercise("13.2", _in_own_colours)
exercise("13.3", judged("abcd", "bd"))
