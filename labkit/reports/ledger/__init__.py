"""The ledger: every claim of the reports with its verdict, our number, the reason and the source.

The claims stand in ``labkit/reports/reportN.toml``; the verdicts stand in ``verdicts/reportN.toml`` beside it. A claim
without a verdict is "open".

In a notebook, the last line of a cell::

    from labkit.reports import ledger
    ledger.table(notebook="06_cifar_dcgan")
    ledger.table(notebook="06_cifar_dcgan", ours={"r4-m2-g-total": pair.generator.count_params()})

The second shows the number that was just computed instead of the recorded one (and both where they differ).

**To fill in a verdict**, for instance after a measurement, append to ``verdicts/report4.toml``::

    [[verdicts]]
    claim = "r4-m2-training-time"                       # an id of labkit/reports/report4.toml
    verdict = "differs"                                 # confirmed, differs, refuted, cannot be told
    ours = 412                                          # a number in the claim's unit, or a few words; may be left out
    reason = "On two CPU cores, for 100 of the 1000 epochs."
    source = "data/results/cifar-dcgan-laptop.json#minutes"   # where the number comes from
    # notebook = "06_cifar_dcgan"                       # only when another notebook than the claim's shows it

and run ``labkit ledger --report 4`` (or the tests): an unknown claim, a second verdict on one claim, an unknown
verdict or key is refused with file and line. ``source`` is prose, or a file under data/results, with ``#key.key``
for the value that ``ours`` repeats: ``stale()`` names the verdicts whose file is gone or says something else.
What needs no measurement (sums of layer tables, what a paper says) is here already; ``labkit ledger --open`` lists
what is left.
"""

from labkit.reports.ledger.display import Table, markdown, table
from labkit.reports.ledger.query import Row, counts, rows, summary
from labkit.reports.ledger.store import VERDICTS, Verdict, parse, stale, verdicts

__all__ = ["VERDICTS", "Row", "Table", "Verdict", "counts", "markdown", "parse", "rows", "stale", "summary", "table",
           "verdicts"]
