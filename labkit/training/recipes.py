"""How networks are trained, as data: TOML tables beside this file and, for ``full``, the reports' own settings."""

import functools
import tomllib
import types
from pathlib import Path

from labkit import models, reports
from labkit.errors import LabkitError, lookup

PROFILES = ("quick", "laptop", "full")
FIXED = ("why", "key", "name", "profile", "image_shape", "stages")  # what ``Recipe.changed`` leaves alone
#: The least and the most that a number may be, with the names in any table that this holds for.
RANGES = {
    (0, 1e9): ("epochs", "steps", "lesson_steps"), (1, 1e9): ("checkpoint_every",),
    (1, 65_536): ("batch_size", "steps_per_execution", "image_size", "features"),
    (1e-9, 1): ("learning_rate", "learning_rate_g", "learning_rate_d"),
    (0, 1): ("weight_decay", "discriminator_slope"),
    (0, 0.999999): ("ema", "beta_1", "label_smoothing", "dropout"),  # 1 would keep the beginning for ever
    (0, 16): ("shift",), (0, 4096): ("channels",), (0, 2**32 - 1): ("seed",),
}


class Recipe(types.SimpleNamespace):
    """Everything that decides a training, apart from the pictures: the values of one of the tables, as attributes.
    ``why``: name of a value → where it comes from; "report 4, …" for what a report states."""

    def __init__(self, **values):
        super().__init__(**values)
        for (least, most), names in RANGES.items():
            for name in values.keys() & names:
                good = least <= values[name] <= most
                self.need(good, f"{name} from {least:,.10g} to {most:,.10g}, not {values[name]}")

    def need(self, good, words):
        """Raise LabkitError, "The recipe cifar-dcgan/quick needs …", unless something is ``good``."""
        if not good:
            names = (getattr(self, name, None) for name in ("key", "name", "profile"))
            raise LabkitError(f"The recipe {'/'.join(filter(None, names))} needs {words}.")

    def changed(self, /, **values):
        """Return the recipe with other values (or their text), names, types and ranges checked; a value that is itself
        a table is added to. Raises LabkitError."""
        there = {name: value for name, value in vars(self).items() if name not in FIXED}
        for name, value in values.items():
            now = lookup(name, there, "value of a recipe")
            values[name] = now | value if isinstance(now, dict) else converted(type(now), value, name)
        return type(self)(**vars(self) | values | {"why": self.why | dict.fromkeys(values, "set by the caller")})


class GanRecipe(Recipe):
    """The recipe of a GAN: either ``epochs`` (passes over the set) or ``steps`` (minibatches), the other one is 0.

    ``ema``: momentum of the averaged generator weights, 0 for none. ``flip``, ``shift``, ``augment``: see
    ``GAN.compile``. ``schedule``: "constant", or "cosine", which falls to 0 within the recipe's steps.
    ``weight_decay``: decoupled, for both networks. ``channels``, ``discriminator_slope``: for builders that have these
    options; 0: the builder's own. ``lesson_steps``: how many of the steps a notebook takes; 0: all of them.
    """

    def __init__(self, **values):
        super().__init__(**values)
        self.need(bool(self.epochs) != bool(self.steps),
                  f"either epochs or steps, not {self.epochs:g} and {self.steps}")
        for name, choices in (("schedule", ("constant", "cosine")), ("augment", ("real", "both")),
                              ("precision", ("float32", "bfloat16", "auto"))):
            self.need(values[name] in choices, f"{name}={' or '.join(choices)}, not {values[name]}")
        self.need(self.checkpoint_every % self.steps_per_execution == 0,
                  "checkpoint_every as a multiple of steps_per_execution")

    def changed(self, /, **values):
        """Return the recipe with other values; ``steps`` take the place of epochs and the other way round."""
        if "steps" in values or "epochs" in values:  # a lesson, too, takes what was asked for
            values = {"epochs" if "steps" in values else "steps": 0, "lesson_steps": 0} | values
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
    if kind is bool and isinstance(value, str):
        value = {"true": True, "false": False}.get(value.lower(), value)
    try:
        made = kind(value)
        good = not (kind is bool and made is not value) and not (kind is int and made != float(value))
    except (TypeError, ValueError):
        good = False
    if not good:
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
    """Return the recipe of a GAN for a profile, with ``changes`` applied (``Recipe.changed``). ``full`` is the report's
    own: its batch size, epochs, learning rates and data (for a paper's system: the paper's). Raises LabkitError for a
    key without recipes or a profile that does not exist."""
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
    values["epochs"] = 0.0 if values["steps"] else float(values["epochs"])
    recipe = GanRecipe(key=key, profile=profile, dataset=spec.data, image_shape=spec.image_shape, **values, why=why)
    return recipe.changed(**changes)


def report_settings(key: str, fields: dict) -> tuple[dict, dict]:
    """Return (values, where they stand) of the report's numbers; ``fields``: its name of a setting -> ours, a list."""
    system = reports.system(key)
    stated = {ours: setting for setting in system.settings if isinstance(setting.value, int | float)
              for ours in fields.get(setting.name, ())}
    return ({name: setting.value for name, setting in stated.items()},
            {name: f"report {system.report}, {setting.place}" for name, setting in stated.items()})
