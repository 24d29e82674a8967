"""What a report states, as frozen dataclasses. Facts only: nothing in them was computed here."""

from dataclasses import dataclass

from labkit.errors import LabkitError

ROLES = ("network", "generator", "discriminator")
KINDS = {
    "numeric": "a number that can be set beside ours",
    "checkable": "a statement that code, a paper or the data can confirm or refute",
    "contestable": "a judgement or an explanation, open to discussion",
    "description": "what was built or done: needed to rebuild it",
}
# Papers that report 2 analyses or mentions: their systems have claims and no tables.
PAPERS = ("vanilla-gan", "domain-transfer", "style-transfer")

Value = int | float | str


@dataclass(frozen=True, slots=True)
class Layer:
    """One row of a layer table, as printed; only what the printout cuts short is given whole.

    ``kind`` is the Keras class ("Conv2DTranspose"); ``shape`` keeps the batch axis, (None, 16, 16, 64), and
    further Nones where the table prints them; ``params`` counts weights, None where the report gives no number.
    """

    name: str
    kind: str
    shape: tuple[int | None, ...]
    params: int | None


@dataclass(frozen=True, slots=True)
class Network:
    """One network of a system: its table and its stated totals (numbers of weights, None where not stated).

    ``complete``: the report prints the whole table. ``layers`` is empty where the report has prose only.
    """

    role: str
    layers: tuple[Layer, ...]
    complete: bool
    total: int | None
    trainable: int | None
    non_trainable: int | None
    place: str
    note: str


@dataclass(frozen=True, slots=True)
class Setting:
    """A hyperparameter, a training time or a loss. ``name`` is the field's standard term ("batch_size")."""

    id: str
    name: str
    value: Value
    unit: str | None
    place: str
    note: str


@dataclass(frozen=True, slots=True)
class System:
    """A model of a report. ``key`` is its public name ("cifar-dcgan"); ``image_shape`` is (height, width, channels)."""

    key: str
    report: int
    title: str
    data: str
    image_shape: tuple[int, int, int]
    networks: tuple[Network, ...]
    settings: tuple[Setting, ...]
    note: str

    def network(self, role: str) -> Network:
        """Return the network of that role; LabkitError naming the roles there are."""
        for network in self.networks:
            if network.role == role:
                return network
        there = ", ".join(network.role for network in self.networks)
        raise LabkitError(f"{self.key} has no network of the role {role!r}; it has: {there}.")

    def setting(self, name: str) -> Setting:
        """Return the setting of that name; LabkitError naming the settings there are."""
        for setting in self.settings:
            if setting.name == name:
                return setting
        there = ", ".join(setting.name for setting in self.settings) or "none"
        raise LabkitError(f"Report {self.report} states no {name!r} for {self.key}; it states: {there}.")


@dataclass(frozen=True, slots=True)
class Claim:
    """Something the report says that can be checked or discussed.

    ``text`` is our paraphrase or a short quotation, ``place`` the heading it stands under, ``kind`` one of KINDS,
    ``system`` a key or None, ``value`` (in ``unit``) its number or its word if it has one, ``notebook`` the stem
    of the file that shows what became of it. A claim about a setting carries the setting's id.
    """

    id: str
    text: str
    place: str
    kind: str
    system: str | None
    value: Value | None
    unit: str | None
    notebook: str


@dataclass(frozen=True, slots=True)
class Report:
    """One report: number and title, what it is about in a sentence or two, its systems and its claims."""

    number: int
    title: str
    about: str
    systems: tuple[System, ...]
    claims: tuple[Claim, ...]
