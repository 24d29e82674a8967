"""What a network would look like, without the memory that it would take."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from math import prod

from labkit.models import registry


@dataclass(frozen=True, slots=True)
class Row:
    """A layer as Keras' summary prints it: ``kind`` is its class, ``shape`` its output with the batch axis as None."""

    name: str
    kind: str
    shape: tuple[int | None, ...]
    params: int


@dataclass(frozen=True, slots=True)
class Outline:
    """A network's layers and counts.

    ``role`` is "network", "generator" or "discriminator"; ``entry`` is the shape of its input.
    """

    role: str
    name: str
    entry: tuple[int | None, ...]
    layers: tuple[Row, ...]
    total: int
    trainable: int
    non_trainable: int


def outline(key: str, **options) -> tuple[Outline, ...]:
    """Return the outlines of the networks that ``models.build(key, **options)`` builds.

    The real builders run, but their weights are never allocated: ``plain-lstm`` costs 1 GB to build and nothing to
    outline. Raises what ``build`` raises.
    """
    # Keras lists, per thread, the weights that it means to fill in later; the list ends with this thread.
    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(_outline, key, options).result()


def _outline(key: str, options: dict) -> tuple[Outline, ...]:
    import keras

    with keras.StatelessScope(initialize_variables=False):  # Keras notes the shapes of the weights, no more
        built = registry.build(key, **options)
        if isinstance(built, registry.GanPair):
            return tuple(_read(role, getattr(built, role)) for role in built._fields)
        return (_read("network", built),)


def _read(role: str, model) -> Outline:
    rows = tuple(Row(layer.name, type(layer).__name__, tuple(layer.output.shape), layer.count_params())
                 for layer in model.layers)
    trainable = sum(prod(weight.shape) for weight in model.trainable_weights)
    fixed = sum(prod(weight.shape) for weight in model.non_trainable_weights)
    return Outline(role, model.name, tuple(model.inputs[0].shape), rows, trainable + fixed, trainable, fixed)
