"""Exercises: answered in a cell, checked at once, with a hint for each typical mistake.

In a notebook::

    def steps_per_epoch(images, batch):
        ...

    exercises.check("06.3", steps_per_epoch)

``check`` prints one paragraph: not attempted yet, a hint, or correct. ``predict`` notes a guess before something is
run, and ``outcome`` compares it with what happened. None of them ever stops a notebook for a wrong answer. The
exercises of notebook NN live in ``labkit/exercises/nbNN.py``, their solutions in ``tests/solutions/nbNN.py``.
"""

from labkit.exercises.frame import Exercise, Prediction, Result, check, examine, known, outcome, predict

__all__ = ["Exercise", "Prediction", "Result", "check", "examine", "known", "outcome", "predict"]
