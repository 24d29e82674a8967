"""The five reports as data: layer tables, totals, hyperparameters and claims, as the reports state them.

Each report is one TOML file beside this module. Nothing in them is computed or corrected: what we found when we
rebuilt the systems stands in ``verdicts/`` and ``findings.toml``, which ``reports.ledger`` and ``reports.audit`` show.

    reports.system("cifar-dcgan").network("generator").total      # 1439168
    reports.system("cifar-dcgan").setting("batch_size").value     # 256
    reports.claim("r4-m2-g-total").text
"""

from labkit.reports.claims import NUMBERS, Layer, System, claim, load, system

__all__ = ["NUMBERS", "Layer", "System", "claim", "load", "system"]
