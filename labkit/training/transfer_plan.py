"""The settings of a domain transfer, from ``transfer.toml``. Needs no TensorFlow."""

from __future__ import annotations

import dataclasses
import difflib
import functools
import tomllib
import typing
from pathlib import Path

from labkit.errors import LabkitError
from labkit.training.recipes import converted

PROFILES = ("quick", "laptop", "full")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Plan:
    """Everything that decides the training, apart from the pictures.

    ``adversarial``, ``alpha``, ``beta``, ``gamma``: the weights of L_GANG, L_CONST, L_TID and L_TV in g's loss;
    0 leaves a loss out. ``composed``: G is g o f with the frozen f; False: an encoder of f's shape is trained with g.
    ``f_epochs`` and so on: how f is trained on the labelled source. ``source_limit``, ``target_limit``: how many
    pictures are used, 0 for all. ``ema``: momentum of g's averaged weights. ``why``: field → where it comes from.
    """

    profile: str
    source: str
    target: str
    steps: int
    batch_size: int
    learning_rate: float
    beta_1: float
    adversarial: float
    alpha: float
    beta: float
    gamma: float
    composed: bool
    f_epochs: int
    f_batch_size: int
    f_learning_rate: float
    f_shift: int
    source_limit: int
    target_limit: int
    ema: float
    precision: str
    checkpoint_every: int
    seed: int = 0
    why: dict[str, str] = dataclasses.field(default_factory=dict)

    def changed(self, **values) -> Plan:
        """Return the plan with other values (numbers, or their text), checked. Raises LabkitError."""
        kinds = {name: kind for name, kind in typing.get_type_hints(Plan).items() if name not in ("profile", "why")}
        for name, value in values.items():
            if name not in kinds:
                near = difflib.get_close_matches(name, kinds, n=1)
                hint = f" Did you mean {near[0]}?" if near else ""
                raise LabkitError(f"A plan has no value {name!r} to set.{hint} There are: {', '.join(kinds)}.")
            values[name] = converted(kinds[name], value, name)
        made = dataclasses.replace(self, **values, why=self.why | dict.fromkeys(values, "set by the caller"))
        positive = ("steps", "batch_size", "learning_rate", "f_epochs", "f_batch_size", "f_learning_rate",
                    "checkpoint_every")
        for name in positive:
            if getattr(made, name) <= 0:
                raise LabkitError(f"{name} must be above 0, not {getattr(made, name)}.")
        for name in ("adversarial", "alpha", "beta", "gamma", "source_limit", "target_limit", "seed", "f_shift"):
            if getattr(made, name) < 0:
                raise LabkitError(f"{name} cannot be below 0, and is {getattr(made, name)}.")
        if not (0 <= made.ema < 1 and 0 <= made.beta_1 < 1):
            raise LabkitError(f"ema and beta_1 lie in [0, 1), not at {made.ema} and {made.beta_1}.")
        return made


@functools.cache
def _table() -> dict:
    return tomllib.loads(Path(__file__).with_name("transfer.toml").read_text(encoding="utf-8"))


def plan(profile: str = "quick", **changes) -> Plan:
    """Return the settings of a profile, with ``changes`` applied. Raises LabkitError for unknown names and values."""
    if profile not in PROFILES:
        raise LabkitError(f"There is no profile {profile!r}. Choose one of: {', '.join(PROFILES)}.")
    values = dict(_table()["defaults"])
    why, own = values.pop("why"), _table()[profile]
    why = {name: reason for name, reason in why.items() if name not in own}
    why |= dict.fromkeys(own, f"chosen for the {profile} profile")
    return Plan(profile=profile, why=why, **(values | own)).changed(**changes) if changes else Plan(
        profile=profile, why=why, **(values | own))
