"""Exercises of 01_an_image_as_one_step: finish a digit, beat the twin with as many numbers, what the evidence says."""

import functools

import numpy as np

from labkit import datasets
from labkit.exercises.answers import Mistake, array, close, need
from labkit.exercises.formula import exercise, judged


def _parity(picture, row, column):
    """A probability that is 0 or 1, so that what is drawn is certain: the pixels above right and left, added up."""
    picture = np.asarray(picture)
    return float((picture[row - 1, (column + 1) % picture.shape[1]] + column * picture[row, column - 1]) % 2)


def _filled(start, rows, key=None, seen=None, ask=_parity):
    """Draw the rows below in an order, each pixel asked of the picture so far, or of one that stays as it was."""
    picture = start.copy()
    for row, column in sorted(np.ndindex(start.shape), key=key):
        if row >= rows:
            picture[row, column] = ask(picture if seen is None else seen, row, column)
    return picture


def _complete(complete):
    """complete(start, rows, probability, rng) -> the picture with its given rows, and the others drawn."""
    rows, start = 2, (np.random.default_rng(5).random((7, 7)) < 0.5).astype(np.float32)
    answer = array(complete, start, rows, _parity, np.random.default_rng(0))
    need(answer.shape == start.shape, "shape", shape=answer.shape, wanted=start.shape)
    need(np.array_equal(answer[:rows], start[:rows]), "given")
    need(np.isin(answer, (0, 1)).all(), "values")
    if not np.array_equal(answer, _filled(start, rows)):
        blank = np.where(np.arange(len(start))[:, None] < rows, start, 0)
        wrong = {"stale": [_filled(start, rows, seen=start), _filled(start, rows, seen=blank)],
                 "unchanged": [start, blank],
                 "inverted": [_filled(start, rows, ask=lambda *at: 1 - _parity(*at))],
                 "order": [_filled(begin, rows, key) for begin in (start, blank)
                           for key in (lambda at: at[::-1], lambda at: (-at[0], at[1]), lambda at: (at[0], -at[1]))]}
        raise Mistake(next((key for key, ones in wrong.items() if any(np.array_equal(answer, one) for one in ones)),
                           "value"))
    many, again, other = (array(complete, np.zeros((40, 40), np.float32), 1, lambda picture, row, column: 0.3,
                                np.random.default_rng(seed))[1:] for seed in (0, 0, 1))
    need(np.isin(many, (0, 1)).all(), "values")
    share = float(many.mean())
    key = "sure" if share in (0, 1) else "inverted" if abs(share - 0.7) <= 0.06 else "share"
    need(abs(share - 0.3) <= 0.06, key, share=share)  # five standard deviations of 1,560 draws
    need(np.array_equal(many, again) and not np.array_equal(many, other), "global")


exercise("01.1", _complete)

WIDTH, WORST = 64, 0.2  # numbers in a code; the share of the test pictures that may stay unexplained


@functools.cache
def _photos():
    return tuple(datasets.load("photos", split, size=32, quiet=True).images / np.float32(255)
                 for split in ("train", "test"))


def _repeat(encode, decode):
    """encode: pictures in [0, 1] (n, 32, 32, 3) -> codes (n, at most WIDTH); decode: codes -> pictures."""
    shares = []
    for pictures in (*_photos(), _photos()[1][:, :, ::-1]):
        alone, codes = array(encode, pictures[-70:]), array(encode, pictures)
        need(codes.ndim == 2 and len(codes) == len(pictures), "codes", shape=codes.shape, n=len(pictures))
        width = codes.shape[1] * (2 if np.iscomplexobj(codes) else 1)
        need(width <= WIDTH, "wide", width=width)
        answers = array(decode, codes)
        need(answers.shape == pictures.shape, "shape", shape=answers.shape, wanted=pictures.shape)
        need(close(array(decode, alone), answers[-70:]), "together")
        answers = np.real(answers).astype(float)
        need(not np.abs(answers).max() > 20, "bytes", largest=np.abs(answers).max())
        need(not np.ptp(answers, axis=0).max() < 1e-6, "constant")
        shares.append(((answers - pictures) ** 2).mean() / ((pictures - _photos()[0].mean(0)) ** 2).mean())
    train, test, mirrored = map(float, shares)  # who has not seen the test pictures meets them no better than mirrored
    need(mirrored < 1.1 * test or test > WORST, "peeked", mirrored=mirrored, test=test)
    need(test <= WORST, "overfitted" if train <= WORST and test > 1.5 * train else "far", train=train, test=test)


exercise("01.2", _repeat)
exercise("01.3", judged("abcde", "ac"))
