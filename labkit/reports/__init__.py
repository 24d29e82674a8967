"""The five reports as data: layer tables, totals, hyperparameters and claims, as the reports state them.

Each is one TOML file beside this module. What we found when we rebuilt the systems stands in ``verdicts/`` and
``findings.toml``, which ``reports.ledger`` and ``reports.audit`` show.
"""

from labkit.reports.claims import NUMBERS, Layer, System, claim, load, system

__all__ = ["NUMBERS", "Layer", "System", "claim", "load", "system"]
