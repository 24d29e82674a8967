"""Notebooks executed headlessly: found, checked, run in processes of their own, summed up.

``labkit run`` is the command line over this package. From Python::

    from labkit import runner
    report = runner.run(["6"], profile="quick", parameters=["SEED=1"], out="build")
    report.ok, [row.seconds for row in report.rows]

Nothing heavy is imported here: papermill, nbconvert and matplotlib are imported where they are used.
"""

from labkit.runner.discover import Notebook, find
from labkit.runner.jobs import PROFILES, Report, Row, run
from labkit.runner.parameters import Parameter, inspect

__all__ = ["PROFILES", "Notebook", "Parameter", "Report", "Row", "find", "inspect", "run"]
