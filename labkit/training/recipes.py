"""How networks are trained, as data: TOML tables beside this file and, for ``full``, the settings that the reports
state. Needs no TensorFlow."""

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
FIXED = ("why", "key", "name", "profile", "image_shape", "stages")  # what ``Recipe.changed`` leaves alone


@dataclasses.dataclass(frozen=True, kw_only=True)
class Recipe:
    """Everything that decides a training, apart from the pictures; what all kinds of trainings share.

    ``why``: field → where the value comes from; "report 4, …" for what a report states. A subclass adds its fields and
    names those that are above 0, at least 0, and in [0, 1).
    """

    ABOVE_0: typing.ClassVar = ()
    AT_LEAST_0: typing.ClassVar = ()
    BELOW_1: typing.ClassVar = ()

    why: dict[str, str] = dataclasses.field(default_factory=dict)

    def __post_init__(self):
        for names, right, words in (
            (self.ABOVE_0, lambda value: value > 0, "above 0"),
            (self.AT_LEAST_0, lambda value: value >= 0, "0 or more"),
            (self.BELOW_1, lambda value: 0 <= value < 1, "in [0, 1)"),
        ):
            for name in names:
                self.need(right(getattr(self, name)), f"{name} {words}, not {getattr(self, name)}")

    def need(self, good, words):
        """Raise LabkitError, "The recipe cifar-dcgan/quick needs …", unless something is ``good``."""
        if not good:
            names = (getattr(self, name, None) for name in ("key", "name", "profile"))
            raise LabkitError(f"The recipe {'/'.join(filter(None, names))} needs {words}.")

    def changed(self, **values) -> typing.Self:
        """Return the recipe with other values (or their text), names, types and ranges checked. Raises LabkitError."""
        hints = typing.get_type_hints(type(self))
        kinds = {field.name: hints[field.name] for field in dataclasses.fields(self) if field.name not in FIXED}
        for name, value in values.items():
            if name not in kinds:
                near = difflib.get_close_matches(name, kinds, n=1)
                hint = f" Did you mean {near[0]}?" if near else ""
                raise LabkitError(f"A recipe has no value {name!r} to set.{hint} There are: "
                                  f"{', '.join(sorted(kinds))}.")
            values[name] = converted(kinds[name], value, name)
        return dataclasses.replace(self, **values, why=self.why | dict.fromkeys(values, "set by the caller"))


@dataclasses.dataclass(frozen=True, kw_only=True)
class GanRecipe(Recipe):
    """The recipe of a GAN: either ``epochs`` (passes over the set) or ``steps`` (minibatches), the other one is 0.

    ``ema``: momentum of the averaged generator weights, 0 for none. ``flip``, ``shift``, ``augment``: see
    ``GAN.compile``. ``schedule``: "constant", or "cosine", which falls to 0 within the recipe's steps.
    ``weight_decay``: decoupled, for both networks. ``channels``, ``discriminator_slope``: for builders that have these
    options; 0: the builder's own. ``lesson_steps``: how many of the steps a notebook takes; 0: all of them.
    """

    ABOVE_0 = ("batch_size", "steps_per_execution", "checkpoint_every", "learning_rate_g", "learning_rate_d")
    AT_LEAST_0 = ("epochs", "steps", "weight_decay", "shift", "channels", "discriminator_slope")
    BELOW_1 = ("ema", "beta_1")

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
    label_smoothing: float
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
    discriminator_slope: float = 0.0
    seed: int = 0

    def __post_init__(self):
        super().__post_init__()
        self.need(bool(self.epochs) != bool(self.steps),
                  f"either epochs or steps, not {self.epochs:g} and {self.steps}")
        self.need(self.schedule in ("constant", "cosine"), f"schedule=constant or cosine, not {self.schedule}")
        self.need(self.augment in ("real", "both"), f"augment=real or both, not {self.augment}")
        self.need(self.checkpoint_every % self.steps_per_execution == 0,
                  "checkpoint_every as a multiple of steps_per_execution")

    def changed(self, **values):
        """Return the recipe with other values; ``steps`` take the place of epochs and the other way round."""
        for name, other in (("steps", "epochs"), ("epochs", "steps")):
            if name in values:  # a lesson, too, takes what was asked for
                values = {other: 0, "lesson_steps": 0} | values
                break
        return super().changed(**values)

    def total_steps(self, count: int) -> int:
        """Return how many minibatches the recipe takes from a set of ``count`` pictures."""
        return self.steps or round(self.epochs * (count // self.batch_size))

    def networks(self, **more):
        """Build the recipe's two networks (``models.build`` with its options)."""
        options = {name: getattr(self, name) for name in ("channels", "discriminator_slope") if getattr(self, name)}
        return models.build(self.key, **options, **more)


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


@functools.cache
def table(name: str) -> dict:
    """Return the table ``name.toml``: "recipes", "autoencoders" or "classifiers"."""
    return tomllib.loads(Path(__file__).with_name(f"{name}.toml").read_text(encoding="utf-8"))


def values_of(name: str, key: str, profile: str | None = None) -> tuple[dict, dict]:
    """Return (values, why) of a key, and a profile of it, from a table; its defaults fill the gaps."""
    defaults, own = dict(table(name)["defaults"]), table(name)[key]
    if profile is not None and profile not in PROFILES:
        raise LabkitError(f"There is no profile {profile!r}. Choose one of: {', '.join(PROFILES)}.")
    own = dict(own if profile is None else own.get(profile, {}))
    why = defaults.pop("why") | own.pop("why", {})
    return defaults | own, why


def keys(name: str = "recipes") -> tuple[str, ...]:
    """Return what a table has recipes for; of "recipes": the keys of the GANs."""
    return tuple(key for key in table(name) if key != "defaults")


def get(key: str, profile: str = "quick", **changes) -> GanRecipe:
    """Return the recipe of a GAN for a profile, with ``changes`` applied (``Recipe.changed``).

    ``full`` is the report's own: its batch size, epochs, learning rates and data (for a paper's system: the paper's).
    Raises LabkitError for a key without recipes or a profile that does not exist.
    """
    spec = models.spec(key)
    if key not in keys():
        raise LabkitError(f"{key} has no recipe yet: `labkit train` knows {', '.join(keys())}.")
    values, why = values_of("recipes", key, profile)
    why = dict.fromkeys(table("recipes")[key].get(profile, {}), f"chosen for the {profile} profile") | why
    why.pop("why", None)
    if profile == "full" and key not in models.papers():
        # What the report calls a setting -> the recipe's fields. Report 4 model 1's "alpha": see recipes.toml. It says
        # "20000 epochs" where it must mean steps: 25.6 epochs at batch 64.
        fields = {"batch_size": ["batch_size"], "steps": ["steps"], "beta_1": ["beta_1"], "alpha": ["beta_1"],
                  "epochs": ["steps" if key == "cifar-dense-gan" else "epochs"],
                  "learning_rate": ["learning_rate_g", "learning_rate_d"],
                  "generator_learning_rate": ["learning_rate_g"], "discriminator_learning_rate": ["learning_rate_d"]}
        stated, places = report_settings(key, fields)
        values, why = values | stated, why | places
    if values.get("steps"):
        values.pop("epochs", None)
    elif "epochs" in values:
        values["epochs"] = float(values["epochs"])
    recipe = GanRecipe(key=key, profile=profile, dataset=spec.data, image_shape=spec.image_shape, why=why, **values)
    return recipe.changed(**changes)


def report_settings(key: str, fields: dict) -> tuple[dict, dict]:
    """Return (values, where they stand) of the report's numbers; ``fields``: its name of a setting -> ours, a list."""
    system = reports.system(key)
    stated = {ours: setting for setting in system.settings if isinstance(setting.value, int | float)
              for ours in fields.get(setting.name, ())}
    return ({name: setting.value for name, setting in stated.items()},
            {name: f"report {system.report}, {setting.place}" for name, setting in stated.items()})
