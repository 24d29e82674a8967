"""What was built, without being allocated, against what the reports state; where a report disagrees with itself."""

import html
import itertools
from collections import namedtuple

from labkit import device, reports
from labkit.errors import lookup
from labkit.models.outline import outline
from labkit.tables import Table

AGREES, DIFFERS, UNSTATED, MISSING = "agrees", "differs", "not stated", "not built"
SIGNS = {AGREES: "✓", DIFFERS: "✗", MISSING: "✗", UNSTATED: "·"}

# What reports say of a network in prose -> the same, read off the network that was built.
PROSE = {
    ("generator", "latent_dim"): lambda built: built.entry[-1],
    ("generator", "dense_units"): lambda built: _of(built, "Dense")[0].shape[-1],
    ("generator", "reshape"): lambda built: "x".join(map(str, _of(built, "Reshape")[0].shape[1:])),
    ("generator", "generator_filters"): lambda built: _widths(_of(built, "Conv2DTranspose")[:-1]),
    ("generator", "output_channels"): lambda built: built.layers[-1].shape[-1],
    ("discriminator", "discriminator_filters"): lambda built: _widths(_of(built, "Conv2D")),
}

#: A remark. ``kind``: "contradiction" (the report disagrees with itself), "derived" (from its numbers), "open".
Finding = namedtuple("Finding", "kind text")


class Line(namedtuple("Line", "name kind shape stated built verdict")):
    """A layer, a total or a number from the prose: what the report states and what was built, None for nothing.

    ``name`` is a layer's, "total", "trainable", "non-trainable", "MiB" (of float32 weights) or a setting's.
    """

    def cells(self) -> tuple:
        """Return what a table shows."""
        numbers = ("" if each is None else each if isinstance(each, str) else f"{each:,}"
                   for each in (self.stated, self.built))
        return (*self[:3], *numbers, f"{SIGNS[self.verdict.partition(':')[0]]} {self.verdict}")


class NetworkAudit(namedtuple("NetworkAudit", "role complete place rows counts")):
    """One network: its layers and its totals, all of them ``Line``."""

    def table(self) -> Table:
        """Return layers and totals, the report's beside ours."""
        printed = any(row.verdict != UNSTATED for row in self.rows)
        whole = "" if self.complete else ", printed in part" if printed else ", described without a table"
        rows, counts = (tuple(each.cells() for each in lines) for lines in (self.rows, self.counts))
        return Table(f"{self.role} ({self.place}{whole})",
                     ("layer", "class", "output shape", "report", "built", "verdict"), rows, counts, right=(3, 4))


class Audit(namedtuple("Audit", "key report title options networks findings")):
    """A system against its report. Shows itself as tables in a notebook and as text when printed."""

    @property
    def stated(self) -> int:
        """How many rows and totals the report states."""
        return sum(each.verdict != UNSTATED for network in self.networks for each in (*network.rows, *network.counts))

    @property
    def agreeing(self) -> int:
        """How many of them come out exactly."""
        return sum(each.verdict == AGREES for network in self.networks for each in (*network.rows, *network.counts))

    def summary(self) -> str:
        """Return the audit in one sentence."""
        extra = f" with {', '.join(f'{name}={value!r}' for name, value in self.options.items())}" * bool(self.options)
        start = f"{self.key}{extra}, report {self.report}, {self.title}: "
        return start + (f"{self.agreeing} of {self.stated} stated rows and numbers come out exactly." if self.stated
                        else "the report states no numbers of it.")

    def notes(self) -> str:
        """Return the findings as text."""
        return "\n".join(f"• {each.kind}: {each.text}" for each in self.findings)

    def __str__(self):
        return "\n\n".join(filter(None, [self.summary(), *(str(each.table()) for each in self.networks), self.notes()]))

    __repr__ = __str__

    def _repr_html_(self):
        notes = "".join(f"<li><em>{each.kind}</em>: {html.escape(each.text)}</li>" for each in self.findings)
        return "\n".join([f"<p><strong>{html.escape(self.summary())}</strong></p>",
                          *(each.table()._repr_html_() for each in self.networks), f"<ul>{notes}</ul>" * bool(notes)])


def audit(key: str, **options) -> Audit:
    """Compare the system ``key``, as ``models.build(key, **options)`` builds it, with its report; options make a rival:
    ``audit("cnn-lstm-tuned", steps=2, lstm=(512,))``. Raises LabkitError for unknown names."""
    device.quiet_tensorflow()

    built = outline(key, **options)
    system = reports.system(key)
    return Audit(key, system.report, system.title, options, tuple(_compare(system, each) for each in built),
                 findings(key))


def findings(key: str) -> tuple[Finding, ...]:
    """Return the findings on the system ``key``, contradictions first."""
    kinds = lookup(key, reports.read("findings.toml"), "system of a report")
    return tuple(Finding(kind, " ".join(text.split())) for kind, texts in kinds.items() for text in texts)


def _compare(system: reports.System, built) -> NetworkAudit:
    stated = system.network(built.role)
    numbers = [("total", stated.total, built.total), ("trainable", stated.trainable, built.trainable),
               ("non-trainable", stated.non_trainable, built.non_trainable)]
    for setting in system.settings:
        if setting.name == f"{built.role}_size":  # 2**20 bytes, as Keras prints it under the name of MB
            numbers.append(("MiB", setting.value, round(4 * built.total / 2**20, 2)))
        elif (built.role, setting.name) in PROSE:
            numbers.append((setting.name, setting.value, PROSE[built.role, setting.name](built)))
    counts = [Line(name, "", "", theirs, ours, UNSTATED if theirs is None else AGREES if theirs == ours else DIFFERS)
              for name, theirs, ours in numbers]
    rows = itertools.starmap(_row, itertools.zip_longest(stated.layers, built.layers))
    return NetworkAudit(built.role, stated.complete, stated.place, tuple(rows), tuple(counts))


def _row(theirs: reports.Layer | None, ours) -> Line:
    one = theirs or ours
    verdict = UNSTATED if theirs is None else MISSING if ours is None else AGREES
    if theirs and ours and (wrong := [f"{field} {getattr(ours, field)}" for field in ("name", "kind", "shape", "params")
                                      if getattr(theirs, field) not in (None, getattr(ours, field))]):
        verdict = f"{DIFFERS}: built with {', '.join(wrong)}"
    return Line(one.name, one.kind, one.shape, theirs and theirs.params, ours and ours.params, verdict)


def _of(built, kind: str) -> list:
    return [layer for layer in built.layers if layer.kind == kind]


def _widths(layers) -> str:
    return ", ".join(str(layer.shape[-1]) for layer in layers)

