"""Exercises: answered in a cell, checked at once, with a hint for each typical mistake.

In a notebook::

    def steps_per_epoch(images, batch):
        ...

    exercises.check("06.3", steps_per_epoch)

``check`` prints one paragraph: not attempted yet, a hint, or correct. ``predict`` notes a guess before something is
run, and ``outcome`` compares it with what happened. None of them ever stops a notebook for a wrong answer. The
checks of notebook NN's exercises are in ``labkit/exercises/nbNN.py``, what the reader sees of them in ``nbNN.toml``.
"""

from labkit.exercises.frame import check, examine, known, outcome, predict

__all__ = ["check", "examine", "known", "outcome", "predict"]
