"""What students answer and no formula of the exercises says: (exercise, key of the hint, answers)."""

import functools
import re
import runpy
from pathlib import Path

import numpy as np
from scipy.ndimage import gaussian_filter

from labkit import datasets, files
from labkit.exercises import nb16


@functools.cache
def solutions(number):
    return runpy.run_path(str(Path(__file__).parents[1] / "solutions" / f"nb{number:02d}.py"))


network, kernel_of = solutions(5)["Network"], solutions(7)["kernel_of"]
float_of = lambda x: x.astype("float32") / 127.5 - 1  # noqa: E731
STATIC = np.random.default_rng(0).integers(0, 256, (500, 28, 28, 1), dtype=np.uint8)
DIGITS = datasets.load("mnist", limit=2000, quiet=True).images
START = np.random.default_rng(11).standard_normal((1, 100), dtype=np.float32)  # the deer of 11.2
hinge = solutions(6)["ANSWERS"]["06.2"][:2]  # losses
_style = datasets.load("style", size=96, quiet=True)
CAT, WAVE = (picture for what in ("chelsea", "great_wave")
             for name, picture in zip(_style.factors["file"], _style.images, strict=True) if what in str(name))
GREY = np.outer([0.299, 0.587, 0.114], np.ones(3))
bytes_of = lambda v: ((v + 1) * 127.5).round().astype("uint8")  # noqa: E731


def reseeded(n, dim, seed):
    np.random.seed(seed)
    return np.random.standard_normal((n, dim)).astype("float32")


def normal(n, dim, seed, mean=0.0, deviation=1.0):
    return np.random.default_rng(seed).normal(mean, deviation, (n, dim)).astype("float32")


@functools.cache
def shipped():
    from labkit import models

    return models.weights.load("cifar-dcgan")


def dcgan(noise):
    return np.asarray(shipped()(noise, training=False))


class Blurred:
    """The generator that ships with notebook 05, its templates smoothed."""

    def get_weights(self):
        with np.load(files.pretrained() / "cifar-dense-gan" / "weights.npz") as file:
            *others, last, bias = (file[name] for name in sorted(file.files))
        return [*others, gaussian_filter(last.astype("float32").reshape(-1, 32, 32, 3), (0, 1, 1, 0)).reshape(-1, 3072),
                gaussian_filter(bias.reshape(32, 32, 3), (1, 1, 0)).ravel()]


def on_the_way(bend):
    """The exact velocity of the ring, bent by so much."""
    return lambda here: nb16._exact(here[:, :2].astype(float), float(here[0, 2])) + bend * np.sin(5 * here[:, :2])


def mistaken(change):
    """A `kernel_of` of exercise 07.1 that finds the right kernel and bias, and answers what ``change`` makes of it."""
    return lambda *case: found if (found := kernel_of(*case)) == "none" else change(*found)


def rounded(count, channels, filters):
    kernel = round((count / (channels * filters)) ** 0.5)
    return kernel, count != kernel**2 * channels * filters


def on_the_ring(count, modes=8):
    rng = np.random.default_rng(0)
    angles = 2 * np.pi * rng.integers(modes, size=count) / 8
    return 2 * np.stack([np.cos(angles), np.sin(angles)], axis=1) + 0.05 * rng.standard_normal((count, 2))


def lenient(text):
    try:
        return int(text) if 1 <= int(text) <= 16 else "1 to 16, please"
    except ValueError:
        return "a number, please"


def finished(key=None, draw=lambda p, rng: rng.random() < p, asked=None, given=True):
    """A `complete` of exercise 01.1 with a mistake: its order, how it draws, which picture it asks."""
    def complete(start, rows, probability, rng):
        picture = start.copy()
        for row, column in sorted(np.ndindex(start.shape), key=key):
            if row >= rows * given:
                ask = picture if asked is None else asked(start)
                picture[row, column] = draw(probability(ask, row, column), rng)
        return picture
    return complete


@functools.cache
def photos(split):
    return datasets.load("photos", split, size=32, quiet=True).images / np.float32(255)


@functools.cache
def linear(width=64, split="train", scale=1.0):
    """A pair of exercise 01.2: principal components of a split of the photographs, or of several."""
    encode, decode = solutions(1)["pca"](np.concatenate([photos(one) for one in np.atleast_1d(split)]), width)
    return encode, lambda codes: decode(codes) * scale


def memory(pictures):
    """Learnt by heart: the code is the place of the nearest training picture."""
    flat, known = pictures.reshape(-1, 3072), photos("train").reshape(-1, 3072)
    return ((known**2).sum(1) - 2 * flat @ known.T).argmin(1)[:, None]


def recalled(codes):
    return photos("train")[codes[:, 0].astype(int)]


WRONG = [
    ("00.1", "shape", lambda x: float_of(x).ravel(), bytes_of),
    ("00.1", "dtype", lambda x: x / 127.5 - 1, bytes_of),
    ("00.1", "range", lambda x: x.astype(int) - 128, bytes_of),
    ("00.1", "wraps", lambda x: (x - 128) / 128, bytes_of),
    ("00.1", "inverted", lambda x: 1 - x / 127.5, bytes_of),
    ("00.1", "zero_one", lambda x: x / 255, lambda v: (v * 255).round().astype("uint8")),
    ("00.1", "short", lambda x: (x.astype("float32") - 128) / 128, lambda v: (v * 128 + 128).astype("uint8")),
    ("00.1", "bent", lambda x: 2 * (x / 255.0) ** 2 - 1, bytes_of),
    ("00.1", "not_uint8", float_of, lambda v: ((v + 1) * 127.5).round()),
    ("00.1", "back_shape", float_of, lambda v: bytes_of(v).ravel()),
    ("00.1", "overflow", float_of, lambda v: ((v + 1) * 128).astype(int).astype("uint8")),
    ("00.1", "truncates", float_of, lambda v: ((v + 1) * 127.5).astype("uint8")),
    ("00.1", "not_back", float_of, lambda v: (v * 255).round().clip(0, 255).astype("uint8")),
    ("00.1", "relative", lambda x: (x.astype("float32") - x.min()) / (np.ptp(x) or 1) * 2 - 1, bytes_of),
    ("00.1", "relative_back", float_of, lambda v: ((v - v.min()) / (np.ptp(v) or 1) * 255).round().astype("uint8")),
    ("00.1", "unfinished", float_of, None),
    ("00.1", "raised", lambda x: x.scaled(), bytes_of),
    ("00.1", "kind", np.zeros(3), bytes_of),
    ("00.2", "shape", lambda n, dim, seed: normal(dim, n, seed)),
    ("00.2", "unseeded", lambda n, dim, seed: np.random.default_rng().standard_normal((n, dim), "float32")),
    ("00.2", "fixed", lambda n, dim, seed: normal(n, dim, 0)),
    ("00.2", "repeated", lambda n, dim, seed: np.tile(normal(1, dim, seed), (n, 1))),
    ("00.2", "uniform", lambda n, dim, seed: np.random.default_rng(seed).random((n, dim)).astype("float32")),
    ("00.2", "not_normal", lambda n, dim, seed: normal(n, dim, seed, 0.5, 0.5)),
    ("00.2", "dtype", lambda n, dim, seed: np.random.default_rng(seed).standard_normal((n, dim))),
    ("00.2", "global", reseeded),
    ("00.3", "kind", "dark"),
    ("00.3", "size", np.zeros(64)),
    ("00.3", "nan", np.full(100, np.nan)),
    ("00.3", "length", np.zeros(100)),
    ("00.3", "bright", normal(1, 100, 0)),
    ("01.1", "shape", lambda start, rows, probability, rng: start[rows:]),
    ("01.1", "given", finished(given=False)),
    ("01.1", "values", finished(draw=lambda p, rng: 0.5)),
    ("01.1", "stale", finished(asked=lambda start: np.where(np.arange(len(start))[:, None] < 2, start, 0))),
    ("01.1", "unchanged", lambda start, rows, probability, rng: start),
    ("01.1", "order", finished(key=lambda at: at[::-1])),
    ("01.1", "sure", finished(draw=lambda p, rng: np.random.default_rng(0).random() < p)),
    ("01.1", "global", finished(draw=lambda p, rng: np.random.random() < p)),
    ("01.1", "global", lambda *case: finished()(*case[:3], np.random.default_rng(0))),
    ("01.1", "inverted", finished(draw=lambda p, rng: p if p in (0, 1) else rng.random() > p)),
    ("01.1", "share", finished(draw=lambda p, rng: p if p in (0, 1) else rng.random() < p / 3)),
    ("01.1", "value", finished(draw=lambda p, rng: rng.random() < 0.5)),
    ("01.2", "codes", lambda pictures: pictures.mean(-1), lambda codes: codes),
    ("01.2", "wide", lambda pictures: pictures.reshape(len(pictures), -1), lambda codes: codes.reshape(-1, 32, 32, 3)),
    ("01.2", "wide", lambda pictures: np.fft.fft2(pictures, axes=(1, 2))[:, :4, :4].reshape(-1, 48), recalled),
    ("01.2", "shape", linear()[0], lambda codes: codes),
    ("01.2", "bytes", *linear(scale=255)), ("01.2", "together", lambda p: linear()[0](p - p.mean(0)), linear()[1]),
    ("01.2", "constant", linear()[0], lambda codes: np.zeros((len(codes), 32, 32, 3))),
    ("01.2", "peeked", *linear(split="test")), ("01.2", "peeked", *linear(split=("train", "test"))),
    ("01.2", "overfitted", memory, recalled),
    ("01.2", "far", *linear(8)),
    *(("02.2", key, factor) for key, factor in (("kind", "a hundred thousandth"), ("negative", -1e-5),
                                                ("beside", 1.353e-5), ("large", 1e-4), ("small", np.float32(1e-6)))),
    ("03.2", "kind", [1e-3, 8, 0.0, 128, 64]),
    ("03.2", "names", {"rate": 5e-3, "batch_size": 8, "dropout": 0.0, "lstm": 128, "dense": 128}),
    ("03.2", "range", {"learning_rate": 5e-3, "batch_size": 8.5, "dropout": 0.0, "lstm": 128, "dense": 128}),
    ("03.2", "still", {"learning_rate": 0, "batch_size": 8, "dropout": 0.0, "lstm": 128, "dense": 128}),
    *(("03.2", key, {"learning_rate": rate, "batch_size": size, "dropout": 0.0, "lstm": 128, "dense": 128})
      for key, rate, size in (("range", 1e6, 8), ("baseline", 1e-3, 32), ("far", 1e-3, 16), ("thrown", 1.0, 32))),
    ("04.2", "shape", np.zeros(2500)),
    ("04.2", "few", on_the_ring(200)),
    ("04.2", "nan", on_the_ring(2500) * np.nan),
    ("04.2", "far", on_the_ring(2500) / 2),
    ("04.2", "kind", [(400, on_the_ring(2500), np.zeros((41, 41)))]),
    ("04.2", "collapsed", on_the_ring(2500, modes=1)),
    ("04.2", "missing", on_the_ring(2500, modes=7)),
    ("04.2", "data", on_the_ring(2500)),
    ("04.2", "good", np.concatenate([on_the_ring(1600), on_the_ring(900) / 2])),
    ("05.2", "kind", lambda noise: "a picture"),
    ("05.2", "kind", network(np.ones((3, 3072))).get_weights()),
    ("05.2", "shipped", Blurred()),
    ("05.2", "nan", network(np.full((3, 3072), np.nan))), ("05.2", "alike", network(np.zeros((3, 3072)))),
    ("05.2", "static", network(np.random.default_rng(0).normal(0, 0.1, (60, 3072)))),
    ("05.2", "far", network(2 * np.tile(np.eye(3), 1024))),
    ("06.2", "same", lambda fake: np.logaddexp(0, -fake).mean(), hinge[1], dcgan),
    ("06.2", "sign", lambda fake: fake.mean(), hinge[1], dcgan),
    ("06.2", "g", lambda fake: -2 * fake.mean(), hinge[1], dcgan),
    ("06.2", "swapped", hinge[0], lambda real, fake: hinge[1](-real, -fake), dcgan),
    ("06.2", "d", hinge[0], lambda real, fake: hinge[1](real, fake) / 2, dcgan),
    ("06.2", "kind", *hinge, "g"),
    ("06.2", "size", *hinge, lambda noise: noise),
    ("06.2", "range", *hinge, lambda noise: 127.5 * dcgan(noise)), ("06.2", "nan", *hinge, lambda z: dcgan(z) * np.nan),
    ("06.2", "alike", *hinge, lambda noise: 0.01 * dcgan(noise)),
    ("06.2", "own", *hinge, lambda noise: dcgan(noise)),
    ("06.2", "nothing", *hinge, lambda noise: dcgan(noise)[::-1]),
    ("06.2", "far", *hinge, lambda noise: 0.3 * dcgan(noise) + 0.7 * dcgan(noise)[::-1]),
    ("07.1", "swapped", mistaken(lambda kernel, bias: (kernel, not bias))),
    ("07.1", "no_bias", mistaken(lambda kernel, bias: "none" if bias else (kernel, bias))),
    ("07.1", "rounded", rounded),
    ("07.1", "squared", mistaken(lambda kernel, bias: (kernel**2, bias))),
    ("07.1", "bias_in", lambda c, i, f: "none" if i != f and kernel_of(c, i, f)[1] is True else kernel_of(c, i, f)),
    ("07.1", "value", lambda c, i, f: (3, False)),
    ("07.1", "nothing", lambda c, i, f: None if kernel_of(c, i, f) == "none" else (5, True)),
    ("07.2", "kind", lambda: 0),
    ("07.2", "size", np.zeros((64, 64, 3), "uint8")),
    ("07.2", "bytes", np.full((32, 32, 3), 0.5)),
    ("07.2", "rough", np.random.default_rng(0).integers(0, 256, (32, 32, 3))),
    ("07.2", "unsure", np.full((32, 32, 3), 128)),
    ("08.2", "norm", type("Model", (), {"layers": [type("BatchNormalization", (), {})()]})()),
    ("08.2", "size", lambda noise: noise),
    ("08.2", "range", lambda noise: np.zeros((len(noise), 28, 28, 1)) + 255),
    ("08.2", "black", lambda noise: np.full((len(noise), 784), -1.0)),
    ("08.2", "grey", lambda noise: np.tanh(np.tile(noise, 7)[:, :784])),
    ("08.2", "alike", lambda noise: np.full((len(noise), 28, 28), -0.4)),
    ("08.2", "far", lambda noise: np.where(np.tile(noise, 7)[:, :784] > 0.5, 1.0, -1.0)),
    ("09.2", "shape", np.zeros((200, 64, 64, 3))),
    ("09.2", "density", np.zeros((200, 64, 64, 3), np.uint8)),
    ("09.2", "alike", np.full((200, 64, 64, 3), 128, np.uint8)),
    ("09.2", "rooms", solutions(9)["Rooms"](0.7)),
    ("10.2", "kind", lambda: STATIC, "recall"),
    ("10.2", "shape", STATIC[:400], "recall"),
    ("10.2", "name", STATIC, "inception"),
    ("10.2", "copies", np.resize(STATIC[:10], STATIC.shape), "recall"),
    ("10.2", "low", STATIC, "recall"),
    ("10.2", "blind", *solutions(10)["ANSWERS"]["10.2"][:1], "precision"),
    ("10.3", "e", "b, d, e"),
    ("11.2", "kind", lambda: START),
    ("11.2", "shape", START[:, :50]),
    ("11.2", "nan", START * np.nan),
    ("11.2", "length", START * 2),
    ("11.2", "far", START[:, ::-1]),
    ("11.2", "unsure", START[0].tolist()),
    ("12.2", "shape", lambda s, a: (s @ a.T).argmax(0)), ("12.2", "whole", lambda s, a: (s @ a.T).max(1)),
    ("12.2", "range", lambda s, a: (s @ a.T).argmax(1) + 2000),
    ("12.2", "chance", lambda s, a: (s @ a.T).argmin(1)), ("12.2", "few", lambda s, a: (s @ a.T).argmax(1)),
    ("12.2", "near", lambda s, a: ((a ** 2).sum(1) - 2 * s @ a.T).argmin(1)),
    ("12.2", "angle", lambda s, a: (s @ (a / np.linalg.norm(a, axis=1, keepdims=True)).T).argmax(1)),
    ("13.2", "shape", CAT[..., 0]), ("13.2", "range", CAT / 255),
    ("13.2", "colour", WAVE), ("13.2", "pair", (WAVE, [[1.0, 0.5, 0.9, 0.0]])),
    ("13.2", "strokes", CAT),
    ("13.2", "cat", np.clip(CAT - CAT @ GREY + WAVE @ GREY, 0, 255)),
    ("14.2", "shape", np.zeros((3, 28, 28, 1), np.uint8)),
    *(("14.2", key, np.resize(pictures, (2000, 28, 28, 1))) for key, pictures in (
        ("real", DIGITS), ("alike", DIGITS[0]), ("far", DIGITS // 4), ("copies", DIGITS[:10]), ("mean", DIGITS.mean(0)),
        ("noise", STATIC), ("blob", STATIC // 4 + 190.0 * (np.hypot(*np.mgrid[-1:1:28j, -1:1:28j])[..., None] < 0.8)))),
    ("15.1", "refused", lambda t: int(t) if t.isdecimal() and 1 < len(t) < 3 else "no number here"),
    ("15.1", "refused", lambda t: int(t) if t.isascii() and t.isdecimal() and 0 < int(t[:3]) < 16 else "1 to 16"),
    ("15.1", "other", lambda t: len(t)),
    ("15.1", "text", lambda t: t),
    ("15.1", "clamped", lambda t: sorted((1, int(t[:9]), 16))[1] if t.isascii() and t.isdecimal() else "a b"),
    ("15.1", "range", lambda t: int(t) if t.isascii() and t.isdecimal() else "a number, please"),
    ("15.1", "int", lenient),
    ("15.1", "float", lambda t: int(float(t)) if t in ("1", "16", "7", "12", "4.0") else "1 to 16 please"),
    *(("15.1", "no_reason", lambda t, bad=bad: int(t) if t in ("1", "16", "7", "12") else bad) for bad in ("", -1)),
    ("15.1", "newline", lambda t: int(t) if re.match(r"([1-9]|1[0-6])$", t) else "1 to 16 please"),
    ("15.1", "zeros", lambda t: int(t) if re.fullmatch(r"0*([1-9]|1[0-6])", t, re.ASCII) else "1 to 16 please"),
    *(("15.2", key, rate) for key, rate in (("unit", 0.7), ("one", 40), ("one_capacity", 83.3), ("wait", 125),
                                            ("share", 133), ("mean", 155), ("capacity", 2 / 0.012), ("value", 100))),
    ("16.1", "shape", lambda v, x, t, dt: x[0]), ("16.1", "value", lambda v, x, t, dt: x - dt * v(x, t)),
    *(("16.2", key, on_the_way(bend), times) for key, bend, times in (
        ("many", 0.15, np.linspace(0, 1, 7)), ("times", 0.15, [0.2, 1]), ("times", 0.15, [0, 0.5, 0.5, 1]),
        ("exact", 0.0, [0, 0.35, 0.6, 0.75, 0.87, 1]), ("nan", np.nan, [0, 1]), ("far", 9.0, [0, 0.5, 1]),
        ("good", 0.9, np.linspace(0, 1, 6)))),
    ("16.2", "shape", lambda here: here, [0, 1]),
    ("16.2", "nearest", lambda h: 0.95 * ((c := nb16.CENTRES)[(h[:, :2] @ c.T).argmax(1)] - h[:, :2]), [0, 1]),
    ("16.2", "missing", lambda here: (nb16.CENTRES[1 + np.arange(len(here)) % 7] - here[:, :2]) / (1 - here[:, 2:]),
        [0, 0.5, 1]),
]
