"""The five reports as data: layer tables, totals, hyperparameters and claims, as the reports state them.

What we found when we rebuilt the systems stands in ``verdicts/`` and ``findings.toml``: ``ledger`` and ``audit``.
"""

import ast
import functools
import tomllib
from collections import namedtuple
from pathlib import Path

from labkit.errors import LabkitError, lookup

NUMBERS = (1, 2, 3, 4, 5)

#: One row of a layer table, as printed: ["conv2d", "Conv2D", "(None, 16, 16, 64)", 4864] in the file.
Layer = namedtuple("Layer", "name kind shape params", defaults=[None])

#: A network: its ``role`` ("network", "generator", "discriminator"), its table (``complete``: the whole of it) and its
#: stated numbers of weights, None where none is stated.
Network = namedtuple("Network", "role complete place layers total trainable non_trainable note",
                     defaults=[(), None, None, None, ""])

#: A hyperparameter, a training time or a loss. ``name`` is the field's standard term ("batch_size").
Setting = namedtuple("Setting", "id name value place unit note", defaults=[None, ""])

#: Something the report says that can be checked or discussed, and the ``notebook`` (file stem) that shows what became
#: of it. ``kind``: "numeric" (a number to set beside ours), "checkable" (code, a paper, data confirm or refute it),
#: "contestable" (a judgement), "description" (needed to rebuild what was done).
Claim = namedtuple("Claim", "id text place kind notebook system value unit", defaults=[None, None, None])

#: One report, with what it is about in a sentence or two.
Report = namedtuple("Report", "number title about systems claims")


class System(namedtuple("System", "key report title data image_shape networks settings note", defaults=[(), (), ""])):
    """A model of a report. ``key`` is its public name ("cifar-dcgan"); ``image_shape`` is (height, width, channels)."""

    def network(self, role: str) -> Network:
        """Return the network of that role. Raises LabkitError naming those there are, as ``setting`` does."""
        return lookup(role, {network.role: network for network in self.networks}, f"network of {self.key}")

    def setting(self, name: str) -> Setting:
        stated = {setting.name: setting for setting in self.settings}
        return lookup(name, stated, f"setting of {self.key} in report {self.report}")


def read(file: str) -> dict:
    """Return a TOML file of this folder."""
    return tomllib.loads((Path(__file__).parent / file).read_text(encoding="utf-8"))


def make(kind: type, row: dict, **more):
    """Return ``kind`` with the values of a table; line breaks in a text count as one space."""
    return kind(**{key: " ".join(value.split()) if isinstance(value, str) else value for key, value in row.items()},
                **more)


@functools.cache
def load(number: int) -> Report:
    """Return report ``number``, 1 to 5. Raises LabkitError for another number."""
    if number not in NUMBERS:
        raise LabkitError(f"There is no report {number!r}; the reports are {', '.join(map(str, NUMBERS))}.")
    table = read(f"report{number}.toml")
    systems = tuple(_system(row, number) for row in table.pop("systems"))
    claims = tuple(make(Claim, row) for row in table.pop("claims"))
    return make(Report, table, systems=systems, claims=claims)


def _system(row: dict, number: int) -> System:
    networks = tuple(make(Network, each, layers=tuple(
        Layer(name, kind, ast.literal_eval(shape), *params) for name, kind, shape, *params in each.pop("layers", ())))
        for each in row.pop("networks", ()))
    settings = tuple(make(Setting, each) for each in row.pop("settings", ()))
    return make(System, row | {"image_shape": tuple(row["image_shape"])}, report=number, networks=networks,
                settings=settings)


def system(key: str) -> System:
    """Return the system of that key ("cifar-dcgan"). Raises LabkitError with the nearest keys."""
    return lookup(key, {each.key: each for number in NUMBERS for each in load(number).systems}, "system of a report")
