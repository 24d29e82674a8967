"""A check whose right answer is a formula: wrong formulas give themselves away by their numbers."""

import inspect

import numpy as np

from labkit.exercises.answers import Mistake, array, close, number

STEPS = {}  # of each exercise


def exercise(id, *steps) -> None:
    """Register the checks of an exercise, whose texts are in nbNN.toml; see ``frame.Exercise``."""
    STEPS[id] = steps


class Formula:
    """A step of an exercise: for all cases the answer gives the numbers of ``right``, or those of a known mistake.

    cases: tuples of arguments. right: what to compare with. wrong: the hint's key -> a formula, or several, with the
    arguments of ``right``; the first that fits all cases is what was thought. Any other answer gets the hint ``key``,
    and an array of the wrong shape "shape". Hints may name the arguments of ``right``, {answer}, {right}, {error} (the
    largest difference), {shape} and {wanted}, all of the first case that is wrong, and what ``more`` returns for it.
    read: calls the answer, as ``number`` does.
    """

    def __init__(self, cases, right, wrong, *, key="value", read=number, more=None):
        self.cases, self.right, self.key, self.read, self.more = cases, right, key, read, more
        self.wrong = {key: [formulas] if callable(formulas) else formulas for key, formulas in wrong.items()}

    def __call__(self, function):
        said = [self.read(function, *case) for case in self.cases]
        with np.errstate(all="ignore"):
            right = [self.right(*case) for case in self.cases]
            off = [i for i in range(len(said)) if not close(said[i], right[i])]
            if off:
                raise Mistake(self._thought(said), **self._fields(self.cases[off[0]], said[off[0]], right[off[0]]))

    def _thought(self, said):
        for key, formulas in self.wrong.items():
            for formula in formulas:
                if all(close(mine, formula(*case)) for mine, case in zip(said, self.cases, strict=True)):
                    return key
        shapes = [(np.shape(mine), np.shape(self.right(*case))) for mine, case in zip(said, self.cases, strict=True)]
        return "shape" if self.read is array and any(mine != right for mine, right in shapes) else self.key

    def _fields(self, case, said, right):
        fields = {"answer": said, "right": right, "shape": np.shape(said), "wanted": np.shape(right)}
        fields |= dict(zip(inspect.signature(self.right).parameters, case, strict=False))
        if self.read is array and np.shape(said) == np.shape(right):
            fields["error"] = np.abs(np.asarray(said) - right).max()
        fields |= self.more(*case) if self.more else {}
        return {name: (np.round(value, 3) if value.dtype.kind in "fc" else value).tolist()
                if isinstance(value, np.ndarray) else value for name, value in fields.items()}


def judged(letters, right):
    """Return a step for a judgement: ``right`` are those of the ``letters`` whose statements hold. The answer is a text
    of letters, "ac", or a list. The hint's key is the first letter judged wrongly, "letters" for an unknown one."""
    def step(text):
        answer = text.tolist() if isinstance(text, np.ndarray) else text
        text = "".join(map(str, answer)) if isinstance(answer, str | list | tuple | set) else "?"
        said = set(text.lower()) - set(" ,;.+&/()")
        if said - set(letters):
            raise Mistake("letters", text=f"Expected letters of {', '.join(letters)} in one text, for instance "
                                          f'"{letters[:2]}", and this is {answer!r:.60}.')
        for letter in letters:
            if (letter in said) != (letter in right):
                raise Mistake(letter)

    return step
