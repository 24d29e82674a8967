"""How a GAN is trained, as data: ``recipes.toml`` and, for ``full``, the settings that the reports state."""

from __future__ import annotations

import dataclasses
import difflib
import functools
import tomllib
import typing
from pathlib import Path

from labkit import models, reports
from labkit.errors import LabkitError

PROFILES = ("quick", "laptop", "full")
CHOICES = {"schedule": ("constant", "linear", "cosine"), "augment": ("real", "both")}
# What a report calls a setting -> the recipe's fields.
FROM_REPORT = {
    "batch_size": ("batch_size",),
    "epochs": ("epochs",),
    "steps": ("steps",),
    "learning_rate": ("learning_rate_g", "learning_rate_d"),
    "generator_learning_rate": ("learning_rate_g",),
    "discriminator_learning_rate": ("learning_rate_d",),
    "beta_1": ("beta_1",),
    "alpha": ("beta_1",),  # report 4 model 1; see recipes.toml
}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Recipe:
    """Everything that decides a training, apart from the pictures.

    Give either ``epochs`` (passes over the set) or ``steps`` (minibatches), not both; the other one is 0.
    ``ema``: momentum of the averaged generator weights, 0 for none. ``flip``: mirror real pictures at random.
    ``shift``: move them by up to so many pixels. ``augment``: whether flip and shift are done to the "real" pictures
    alone or to "both". ``schedule``: "constant", or a learning rate that falls to 0 within the recipe's steps,
    "linear" or "cosine". ``weight_decay``: decoupled, for both networks (``labkit.training.optimizers``).
    ``channels``: width of both networks, for builders that have this option (report 3's); 0: the builder's own.
    ``lesson_steps``: how many of the steps a notebook takes, so that it ends within half an hour on a laptop's
    processor; 0: all of them. ``labkit train`` always takes all.
    ``why``: field → where the value comes from; "report 4, …" for what a report states.
    """

    key: str
    profile: str
    dataset: str
    image_shape: tuple[int, int, int]
    batch_size: int
    epochs: float = 0.0
    steps: int = 0
    learning_rate_g: float
    learning_rate_d: float
    beta_1: float
    loss: str
    label_smoothing: float
    updates: str
    ema: float
    flip: bool
    precision: str
    jit_compile: bool
    steps_per_execution: int
    checkpoint_every: int
    lesson_steps: int = 0
    schedule: str = "constant"
    weight_decay: float = 0.0
    shift: int = 0
    augment: str = "real"
    channels: int = 0
    seed: int = 0
    why: dict[str, str] = dataclasses.field(default_factory=dict)

    def total_steps(self, count: int) -> int:
        """Return how many minibatches the recipe takes from a set of ``count`` pictures."""
        return self.steps or round(self.epochs * (count // self.batch_size))

    def changed(self, **values) -> Recipe:
        """Return the recipe with other values, names and types checked.

        ``steps`` and ``epochs`` replace each other, and both of them ``lesson_steps``.
        Raises LabkitError for a name that no recipe has or a value of the wrong type or range.
        """
        fields = typing.get_type_hints(Recipe)
        fixed = ("key", "profile", "image_shape", "why")
        why = dict(self.why)
        for name, value in values.items():
            if name not in fields or name in fixed:
                near = difflib.get_close_matches(name, set(fields) - set(fixed), n=1)
                hint = f" Did you mean {near[0]}?" if near else ""
                raise LabkitError(
                    f"A recipe has no value {name!r} to set.{hint} There are: "
                    f"{', '.join(sorted(set(fields) - set(fixed)))}."
                )
            values[name] = converted(fields[name], value, name)
            why[name] = "set by the caller"
        if "steps" in values:
            values.setdefault("epochs", 0.0)
        elif "epochs" in values:
            values["steps"] = 0
        if "steps" in values:
            values.setdefault("lesson_steps", 0)  # a lesson, too, takes what was asked for
        return _checked(dataclasses.replace(self, **values, why=why))


def converted(kind, value, name):
    """Return ``value``, or its text, as ``kind`` (bool, int, float, str). Raises LabkitError naming the field."""
    if kind is bool and isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    try:
        made = kind(value)
    except (TypeError, ValueError):
        made = None
    wrong = {bool: lambda: not isinstance(value, bool), int: lambda: made != float(value)}
    if made is None or wrong.get(kind, lambda: False)():
        words = {bool: ", true or false", int: ", a whole number"}.get(kind, "")
        raise LabkitError(f"{name} takes a value of type {kind.__name__}{words}, not {value!r}.")
    return made


def _checked(recipe: Recipe) -> Recipe:
    where = f"The recipe {recipe.key}/{recipe.profile}"
    if bool(recipe.epochs) == bool(recipe.steps):
        raise LabkitError(f"{where} needs either epochs or steps, not {recipe.epochs:g} and {recipe.steps}.")
    for name in ("batch_size", "steps_per_execution", "checkpoint_every", "learning_rate_g", "learning_rate_d"):
        if getattr(recipe, name) <= 0:
            raise LabkitError(f"{where} needs {name} above 0, not {getattr(recipe, name)}.")
    if recipe.epochs < 0 or recipe.steps < 0:
        raise LabkitError(f"{where} cannot train for a negative time.")
    for name, known in CHOICES.items():
        if getattr(recipe, name) not in known:
            raise LabkitError(f"{where} knows {name}={' or '.join(known)}, not {getattr(recipe, name)}.")
    if min(recipe.weight_decay, recipe.shift, recipe.channels) < 0:
        raise LabkitError(f"{where} needs weight_decay, shift and channels of 0 or more.")
    if not 0 <= recipe.ema < 1 or not 0 <= recipe.beta_1 < 1:
        raise LabkitError(f"{where} needs ema and beta_1 in [0, 1), not {recipe.ema} and {recipe.beta_1}.")
    if recipe.checkpoint_every % recipe.steps_per_execution:
        raise LabkitError(f"{where} needs checkpoint_every as a multiple of steps_per_execution.")
    return recipe


@functools.cache
def _table() -> dict:
    return tomllib.loads(Path(__file__).with_name("recipes.toml").read_text(encoding="utf-8"))


def keys() -> tuple[str, ...]:
    """Return the keys that have recipes."""
    return tuple(key for key in _table() if key != "defaults")


def get(key: str, profile: str = "quick", **changes) -> Recipe:
    """Return the recipe of a GAN for a profile, with ``changes`` applied (``Recipe.changed``).

    ``full`` is the report's own: its batch size, epochs, learning rates and data (for a paper's system: the paper's).
    Raises LabkitError for a key without recipes or a profile that does not exist.
    """
    spec = models.spec(key)
    if key not in keys():
        raise LabkitError(f"{key} has no recipe yet: `labkit train` knows {', '.join(keys())}.")
    if profile not in PROFILES:
        raise LabkitError(f"There is no profile {profile!r}. Choose one of: {', '.join(PROFILES)}.")
    table = _table()
    values = {name: value for name, value in table["defaults"].items() if name != "why"}
    why = dict(table["defaults"]["why"])
    own = dict(table[key].get(profile, {}))
    for name, reason in own.pop("why", {}).items():
        why[name] = reason
    for name in set(own) - set(why):
        why.setdefault(name, f"chosen for the {profile} profile")
    values.update(own)
    if profile == "full":
        for name, value, place in _stated(key):
            values[name] = value
            why[name] = place
    if values.get("steps"):
        values.pop("epochs", None)
    recipe = Recipe(
        key=key, profile=profile, dataset=spec.data, image_shape=spec.image_shape, why=why,
        **{name: float(value) if name == "epochs" else value for name, value in values.items()},
    )
    return _checked(recipe.changed(**changes) if changes else recipe)


def _stated(key):
    """Yield (field, value, place) for every setting of the report that a recipe has a field for."""
    if key in models.papers():
        return
    system = reports.system(key)
    for setting in system.settings:
        for name in FROM_REPORT.get(setting.name, ()):
            if isinstance(setting.value, int | float):
                # Report 4's model 1 says "20000 epochs" where it must mean steps: 25.6 epochs at batch 64.
                if key == "cifar-dense-gan" and name == "epochs":
                    name = "steps"
                yield name, setting.value, f"report {system.report}, {setting.place}"
