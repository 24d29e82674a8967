"""What a network would look like, without the memory that it would take."""

from collections import namedtuple
from concurrent.futures import ThreadPoolExecutor
from math import prod

from labkit.models import registry

#: A layer as Keras' summary prints it: ``kind`` is its class, ``shape`` its output with the batch axis as None.
Row = namedtuple("Row", "name kind shape params")
#: A network's layers (Rows) and numbers of weights. role: "network" or the GAN's part; entry: the shape of its input.
Outline = namedtuple("Outline", "role entry layers total trainable non_trainable")


def outline(key: str, **options) -> tuple[Outline, ...]:
    """Return the outlines of the networks that ``models.build(key, **options)`` builds, and raise what it raises. Their
    weights are never allocated: ``plain-lstm`` costs 1 GB to build and nothing to outline."""
    # Keras lists, per thread, the weights that it means to fill in later; the list ends with this thread.
    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(_outline, key, options).result()


def _outline(key, options):
    import keras

    with keras.StatelessScope(initialize_variables=False):  # Keras notes the shapes of the weights, no more
        built = registry.build(key, **options)
    found = []
    for role, model in built._asdict().items() if isinstance(built, tuple) else (("network", built),):
        rows = tuple(Row(layer.name, type(layer).__name__, tuple(layer.output.shape), layer.count_params())
                     for layer in model.layers)
        trainable, fixed = (sum(prod(weight.shape) for weight in weights)
                            for weights in (model.trainable_weights, model.non_trainable_weights))
        found.append(Outline(role, tuple(model.inputs[0].shape), rows, trainable + fixed, trainable, fixed))
    return tuple(found)
