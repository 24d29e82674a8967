"""From a report's TOML to its dataclasses. Whatever is malformed is refused with file and line."""

import math
import re

from labkit.reports.lines import Located
from labkit.reports.schema import (
    KINDS,
    PAPERS,
    ROLES,
    Claim,
    Layer,
    Network,
    Report,
    Setting,
    System,
)

TYPES = {str: "a text in quotes", int: "a whole number", float: "a number", bool: "true or false",
         list: "a list", dict: "a table"}
REQUIRED = object()


class Entry:
    """One table of the file: hands out its values with their types checked, and refuses keys nobody asked for."""

    def __init__(self, located: Located, path: tuple, table):
        self.located, self.path, self.table = located, path, table
        if not isinstance(table, dict):
            raise self.error(f"{self.name} must be a table of its own.")
        self.asked: set[str] = set()

    @property
    def name(self) -> str:
        """The header as the file writes it: ``[[systems.networks]]``."""
        keys = ".".join(part for part in self.path if isinstance(part, str))
        return f"[[{keys}]]" if keys else "the file"

    def error(self, message: str, key=None):
        """Return the error for the line of ``key``, or of the table."""
        return self.located.error(self.path if key is None else (*self.path, key), message)

    def get(self, key: str, *types, default=REQUIRED):
        """Return the value of ``key``; absent without a default, or of none of ``types``: LabkitError."""
        self.asked.add(key)
        if key not in self.table:
            if default is REQUIRED:
                raise self.error(f"{self.name} lacks {key!r}; add it.")
            return default
        value = self.table[key]
        # bool is a subclass of int, and true is no number of weights.
        if not isinstance(value, types) or (isinstance(value, bool) and bool not in types):
            wanted = " or ".join(TYPES[kind] for kind in types)
            raise self.error(f"{key!r} in {self.name} must be {wanted}, not {value!r}.", key)
        if isinstance(value, float) and not math.isfinite(value):
            raise self.error(f"{key!r} in {self.name} must be finite, not {value!r}.", key)
        if isinstance(value, str) and not value.strip():
            raise self.error(f"{key!r} in {self.name} is empty; leave the key out or write something.", key)
        return value

    def text(self, key: str, default=REQUIRED) -> str:
        """Return a text; line breaks and runs of spaces count as one space."""
        value = self.get(key, str, default=default)
        return " ".join(value.split()) if isinstance(value, str) else value

    def count(self, key: str, default=REQUIRED) -> int:
        """Return a whole number of at least 0."""
        value = self.get(key, int, default=default)
        if value is not None and value < 0:
            raise self.error(f"{key!r} in {self.name} must not be negative, but is {value}.", key)
        return value

    def one_of(self, key: str, choices) -> str:
        """Return a text that is one of ``choices``."""
        value = self.get(key, str)
        if value not in choices:
            raise self.error(f"{key!r} in {self.name} must be one of {', '.join(choices)}, not {value!r}.", key)
        return value

    def matching(self, key: str, pattern: str, like: str) -> str:
        """Return a text that matches ``pattern`` as a whole; ``like`` is an example for the message."""
        value = self.get(key, str)
        if not re.fullmatch(pattern, value):
            raise self.error(f"{key!r} in {self.name} must look like {like!r}, not {value!r}.", key)
        return value

    def entries(self, key: str) -> list["Entry"]:
        """Return the tables ``[[… .key]]`` below this one; none is an empty list."""
        tables = self.get(key, list, default=[])
        return [Entry(self.located, (*self.path, key, index), table) for index, table in enumerate(tables)]

    def done(self) -> None:
        """Refuse the keys that were never asked for."""
        for key in self.table:
            if key not in self.asked:
                raise self.error(f"{self.name} does not know {key!r}; it knows: {', '.join(sorted(self.asked))}.", key)


def parse(text: str, filename: str) -> Report:
    """Read a report from the text of its TOML file.

    ``filename`` is what error messages call it. Raises LabkitError with file name and line for anything that is
    malformed: bad TOML, unknown or missing keys, wrong types, unknown kinds or roles, shapes that are none,
    ids used twice, a claim and its setting that disagree.
    """
    located = Located(text, filename)
    entry = Entry(located, (), located.table)
    number = entry.count("number")
    title, about = entry.text("title"), entry.text("about")
    systems = tuple(_system(each, number) for each in entry.entries("systems"))
    _unique(entry, "systems", systems, "key")
    known = [system.key for system in systems] + list(PAPERS)
    claims = tuple(_claim(each, number, known) for each in entry.entries("claims"))
    entry.done()
    _unique(entry, "claims", claims, "id")
    _agree(located, systems, claims)
    return Report(number=number, title=title, about=about, systems=systems, claims=claims)


def _system(entry: Entry, number: int) -> System:
    shape = entry.get("image_shape", list)
    if len(shape) != 3 or not all(type(axis) is int and axis > 0 for axis in shape):
        raise entry.error(f"'image_shape' must be [height, width, channels], not {shape}.", "image_shape")
    system = System(
        key=entry.matching("key", r"[a-z0-9]+(-[a-z0-9]+)*", "cifar-dcgan"),
        report=number,
        title=entry.text("title"),
        data=entry.text("data"),
        image_shape=tuple(shape),
        networks=tuple(_network(each) for each in entry.entries("networks")),
        settings=tuple(_setting(each, number) for each in entry.entries("settings")),
        note=entry.text("note", default=""),
    )
    entry.done()
    _unique(entry, "networks", system.networks, "role")
    _unique(entry, "settings", system.settings, "name")
    return system


def _network(entry: Entry) -> Network:
    rows = entry.get("layers", list, default=[])
    network = Network(
        role=entry.one_of("role", ROLES),
        layers=tuple(_layer(entry, index, row) for index, row in enumerate(rows)),
        complete=entry.get("complete", bool),
        total=entry.count("total", default=None),
        trainable=entry.count("trainable", default=None),
        non_trainable=entry.count("non_trainable", default=None),
        place=entry.text("place"),
        note=entry.text("note", default=""),
    )
    entry.done()
    names = [layer.name for layer in network.layers]
    for index, name in enumerate(names):
        if name in names[:index]:
            raise entry.located.error((*entry.path, "layers", index), f"the layer {name!r} stands twice in this table.")
    if network.complete and not network.layers:
        raise entry.error("a network without layers cannot be complete; write complete = false.", "complete")
    return network


def _layer(entry: Entry, index: int, row) -> Layer:
    """A row is ["conv2d", "Conv2D", "(None, 16, 16, 64)", 4864]; without the last where no number is given."""
    def refuse(why):
        return entry.located.error((*entry.path, "layers", index), f"{why} A layer is written as "
                                   '["conv2d", "Conv2D", "(None, 16, 16, 64)", 4864].')

    if not isinstance(row, list) or len(row) not in (3, 4) or not all(isinstance(part, str) for part in row[:3]):
        raise refuse(f"{row!r} is no layer.")
    name, kind, shape = row[:3]
    params = row[3] if len(row) == 4 else None
    if params is not None and (type(params) is not int or params < 0):
        raise refuse(f"{params!r} is no number of parameters.")
    if not re.fullmatch(r"\w+", name) or not re.fullmatch(r"[A-Z]\w+", kind):
        raise refuse(f"{name!r} ({kind!r}) are no name and class of a layer.")
    if not re.fullmatch(r"\(None(, (None|[1-9]\d*))+\)", shape):
        raise refuse(f"{shape!r} is no shape of a batch.")
    axes = tuple(None if axis == "None" else int(axis) for axis in shape[1:-1].split(", "))
    return Layer(name=name, kind=kind, shape=axes, params=params)


def _setting(entry: Entry, number: int) -> Setting:
    setting = Setting(
        id=_id(entry, number),
        name=entry.matching("name", r"[a-z][a-z0-9_]*", "batch_size"),
        value=entry.get("value", int, float, str),
        unit=entry.text("unit", default=None),
        place=entry.text("place"),
        note=entry.text("note", default=""),
    )
    entry.done()
    return setting


def _claim(entry: Entry, number: int, systems: list[str]) -> Claim:
    claim = Claim(
        id=_id(entry, number),
        text=entry.text("text"),
        place=entry.text("place"),
        kind=entry.one_of("kind", KINDS),
        system=entry.one_of("system", systems) if "system" in entry.table else None,
        value=entry.get("value", int, float, str, default=None),
        unit=entry.text("unit", default=None),
        notebook=entry.matching("notebook", r"\d\d_[a-z0-9_]+", "06_cifar_dcgan"),
    )
    entry.asked.add("system")
    entry.done()
    if claim.kind == "numeric" and not isinstance(claim.value, int | float):
        raise entry.error(f"{claim.id!r} is numeric and needs a number as its value.")
    return claim


def _id(entry: Entry, number: int) -> str:
    return entry.matching("id", rf"r{number}(-[a-z0-9]+)+", f"r{number}-m2-epochs")


def _unique(entry: Entry, key: str, items, attribute: str) -> None:
    seen = set()
    for index, item in enumerate(items):
        value = getattr(item, attribute)
        if value in seen:
            raise entry.located.error((*entry.path, key, index, attribute),
                                      f"{attribute} {value!r} is used twice; give this one another.")
        seen.add(value)


def _agree(located: Located, systems, claims) -> None:
    """Ids of settings are unique, and a claim with a setting's id states the setting's value."""
    settings = {}
    for number, system in enumerate(systems):
        for index, setting in enumerate(system.settings):
            path = ("systems", number, "settings", index, "id")
            if setting.id in settings:
                raise located.error(path, f"id {setting.id!r} is used twice; give this setting another.")
            settings[setting.id] = setting
    for index, claim in enumerate(claims):
        setting = settings.get(claim.id)
        if setting and (claim.value, claim.unit) != (setting.value, setting.unit):
            raise located.error(("claims", index, "value"),
                                f"the claim {claim.id!r} says {claim.value!r} {claim.unit or ''}, the setting of the "
                                f"same id {setting.value!r} {setting.unit or ''}; make them agree.")
