"""What was built against what the reports state: tables, totals, and where a report disagrees with itself.

>>> from labkit.reports import audit
>>> audit.audit("cifar-dcgan").ok
True

Nothing here allocates a network: ``plain-lstm`` is audited without its gigabyte.
"""

from labkit.reports.audit.compare import Audit, Count, NetworkAudit, Row, audit
from labkit.reports.audit.remarks import Finding, findings

__all__ = ["Audit", "Count", "Finding", "NetworkAudit", "Row", "audit", "findings"]
