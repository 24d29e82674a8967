"""Exercises: answered in a cell, checked at once, with a hint for each typical mistake.

    exercises.check("06.3", steps_per_epoch)

``check`` prints not attempted yet, a hint, or correct; ``predict`` notes a guess, ``outcome`` compares it with what
happened. None ever stops a notebook for a wrong answer. Checks are in ``nbNN.py``, texts in ``nbNN.toml``.
"""

from labkit.exercises.frame import check, examine, known, outcome, predict

__all__ = ["check", "examine", "known", "outcome", "predict"]
