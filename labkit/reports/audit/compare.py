"""Compare a built system with its report's tables and totals, number by number."""

from dataclasses import asdict, dataclass
from itertools import zip_longest

from labkit import device, models, reports
from labkit.models.outline import Outline, outline
from labkit.models.outline import Row as Built
from labkit.reports.audit import show
from labkit.reports.audit.remarks import Finding, findings

AGREES, DIFFERS, UNSTATED, MISSING = "agrees", "differs", "not stated", "not built"
MEBIBYTE = 2**20

# What reports say of a network in prose -> the same, read off the network that was built.
PROSE = {
    ("generator", "latent_dim"): lambda built: built.entry[-1],
    ("generator", "dense_units"): lambda built: _of(built, "Dense")[0].shape[-1],
    ("generator", "reshape"): lambda built: "x".join(map(str, _of(built, "Reshape")[0].shape[1:])),
    ("generator", "generator_filters"): lambda built: _widths(_of(built, "Conv2DTranspose")[:-1]),
    ("generator", "output_channels"): lambda built: built.layers[-1].shape[-1],
    ("discriminator", "discriminator_filters"): lambda built: _widths(_of(built, "Conv2D")),
}


@dataclass(frozen=True, slots=True)
class Row:
    """A layer: what the report's table prints (None where it prints nothing) and what was built."""

    stated: reports.Layer | None
    built: Built | None

    @property
    def differences(self) -> tuple[str, ...]:
        """The fields in which the two differ: "name", "kind", "shape", "params"."""
        if self.stated is None or self.built is None:
            return ()
        fields = [field for field in ("name", "kind", "shape")
                  if getattr(self.stated, field) != getattr(self.built, field)]
        if self.stated.params is not None and self.stated.params != self.built.params:
            fields.append("params")
        return tuple(fields)

    @property
    def verdict(self) -> str:
        """"agrees", "differs: …", "not stated" or "not built"."""
        if self.stated is None:
            return UNSTATED
        if self.built is None:
            return MISSING
        return f"{DIFFERS}: {', '.join(self.differences)}" if self.differences else AGREES

    @property
    def ok(self) -> bool:
        return self.verdict in (AGREES, UNSTATED)


@dataclass(frozen=True, slots=True)
class Count:
    """A total, or a number that stands in the report's prose.

    ``what`` is "total", "trainable", "non-trainable" (weights), "MiB" (of float32 weights) or a setting's name.
    """

    what: str
    stated: int | float | str | None
    built: int | float | str | None

    @property
    def verdict(self) -> str:
        """"agrees", "differs" or "not stated"."""
        if self.stated is None:
            return UNSTATED
        return AGREES if self.stated == self.built else DIFFERS

    @property
    def ok(self) -> bool:
        return self.verdict != DIFFERS


@dataclass(frozen=True, slots=True)
class NetworkAudit:
    """One network: its rows and totals. ``complete``: the report prints the whole table; ``place``: where."""

    role: str
    name: str
    complete: bool
    place: str
    rows: tuple[Row, ...]
    counts: tuple[Count, ...]

    @property
    def ok(self) -> bool:
        return all(each.ok for each in (*self.rows, *self.counts))


@dataclass(frozen=True, slots=True)
class Audit:
    """A system against its report. Shows itself as a table in a notebook and as text when printed."""

    key: str
    report: int
    title: str
    options: dict
    networks: tuple[NetworkAudit, ...]
    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        """True when every number that the report states comes out."""
        return all(network.ok for network in self.networks)

    @property
    def stated(self) -> int:
        """How many rows and totals the report states."""
        return sum(each.stated is not None for network in self.networks for each in (*network.rows, *network.counts))

    @property
    def agreeing(self) -> int:
        """How many of them come out exactly."""
        return sum(each.verdict == AGREES for network in self.networks for each in (*network.rows, *network.counts))

    def network(self, role: str) -> NetworkAudit:
        """Return the network of that role; KeyError without one."""
        return {network.role: network for network in self.networks}[role]

    def to_dict(self) -> dict:
        """Return what JSON can hold, verdicts included."""
        result = asdict(self) | {"ok": self.ok, "stated": self.stated, "agreeing": self.agreeing}
        for network, plain in zip(self.networks, result["networks"], strict=True):
            plain["ok"] = network.ok
            for each, row in zip((*network.rows, *network.counts), (*plain["rows"], *plain["counts"]), strict=True):
                row["verdict"] = each.verdict
        return result

    def __str__(self):
        return show.text(self)

    def _repr_html_(self):
        return show.html(self)


def audit(key: str, **options) -> Audit:
    """Compare the system ``key``, as ``models.build(key, **options)`` builds it, with its report.

    ``options`` let one try a rival: ``audit("cnn-lstm-tuned", steps=2, lstm=(512,), dense=(1024, 512, 256))``.
    Raises LabkitError for a key or an option that does not exist.
    """
    spec = models.spec(key)
    device.quiet_tensorflow()
    system = reports.system(key)
    networks = tuple(_compare(system, built) for built in outline(key, **options))
    return Audit(key, spec.report, system.title, options, networks, findings(key))


def _of(built: Outline, kind: str) -> list[Built]:
    return [layer for layer in built.layers if layer.kind == kind]


def _widths(layers) -> str:
    return ", ".join(str(layer.shape[-1]) for layer in layers)


def _compare(system: reports.System, built: Outline) -> NetworkAudit:
    stated = system.network(built.role)
    rows = tuple(Row(theirs, ours) for theirs, ours in zip_longest(stated.layers, built.layers))
    counts = [
        Count("total", stated.total, built.total),
        Count("trainable", stated.trainable, built.trainable),
        Count("non-trainable", stated.non_trainable, built.non_trainable),
    ]
    for setting in system.settings:
        if setting.name == f"{built.role}_size":  # 2**20 bytes, as Keras prints it under the name of MB
            counts.append(Count("MiB", setting.value, round(4 * built.total / MEBIBYTE, 2)))
        elif (built.role, setting.name) in PROSE:
            counts.append(Count(setting.name, setting.value, PROSE[built.role, setting.name](built)))
    return NetworkAudit(built.role, built.name, stated.complete, stated.place, rows, tuple(counts))
