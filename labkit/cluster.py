"""Several machines that train one model together: who they are, and which of them this one is. No TensorFlow."""

from __future__ import annotations

import re
from dataclasses import dataclass

from labkit.errors import LabkitError

_ADDRESS = re.compile(r"(\[[0-9A-Fa-f:]+\]|[A-Za-z0-9._-]+):(\d{1,5})")
EXAMPLE = "--workers node1:29500,node2:29500 --worker-index 0"


@dataclass(frozen=True)
class Cluster:
    """``workers``: the address host:port of each, the same list in the same order everywhere; ``index``: this one's."""

    workers: tuple[str, ...]
    index: int

    def __post_init__(self):
        if not self.workers:
            raise LabkitError(f"There are no workers. Name all of them, with commas between: {EXAMPLE}")
        for address in self.workers:
            found = _ADDRESS.fullmatch(address)
            if not found or not 0 < int(found[2]) < 65536:
                raise LabkitError(f"The worker {address!r} is no address. Write host:port, for instance {EXAMPLE}")
        if len(set(self.workers)) < len(self.workers):
            raise LabkitError(f"Two workers have the same address in {','.join(self.workers)}. On one machine give "
                              "each a port of its own.")
        if isinstance(self.index, bool) or not isinstance(self.index, int) or not 0 <= self.index < len(self):
            raise LabkitError(f"The worker index {self.index!r} does not fit {len(self)} workers: the first is 0, the "
                              f"last {len(self) - 1}. Each worker is started with an index of its own.")

    def __len__(self):
        return len(self.workers)

    @property
    def chief(self) -> bool:
        """Whether this worker also writes checkpoints, samples and results: the first one does."""
        return self.index == 0

    @property
    def address(self) -> str:
        """This worker's own host:port."""
        return self.workers[self.index]

    def tf_config(self) -> dict:
        """Return the same as the content of the variable ``TF_CONFIG``, which TensorFlow's own examples set."""
        return {"cluster": {"worker": list(self.workers)}, "task": {"type": "worker", "index": self.index}}


def parse(workers: str, index: int) -> Cluster:
    """Return the cluster of "host:port,host:port" in which this process is worker ``index``. Raises LabkitError."""
    return Cluster(tuple(part.strip() for part in workers.split(",") if part.strip()), index)
