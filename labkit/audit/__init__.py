"""What was built against what the reports state: tables, totals, and where a report disagrees with itself.

>>> from labkit import audit
>>> audit.audit("cifar-dcgan").ok
True
>>> print(audit.recover("cnn-lstm"))

Nothing here allocates a network: ``plain-lstm`` is audited without its gigabyte.
"""

from labkit.audit.compare import Audit, Count, NetworkAudit, Row, audit
from labkit.audit.recovery import (
    Chain,
    FashionGenerator,
    Recovery,
    multiples_of,
    powers_of_two,
    recover,
    recover_fashion_generator,
    round_numbers,
)
from labkit.audit.remarks import Finding, findings

__all__ = ["Audit", "Chain", "Count", "FashionGenerator", "Finding", "NetworkAudit", "Recovery", "Row", "audit",
           "findings", "multiples_of", "powers_of_two", "recover", "recover_fashion_generator", "round_numbers"]
