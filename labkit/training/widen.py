"""A trained network made wider without changing what it computes: a cheap start for an expensive training.

Each channel is copied as often as the wider network has room for, and what reads the copies divides its weights by
their number (Chen, Goodfellow and Shlens 2016, "Net2Net: accelerating learning via knowledge transfer").
"""

import keras
import numpy as np

from labkit import models
from labkit.errors import LabkitError
from labkit.training import checkpoints


def widen(narrow, wide, noise: float = 0.0) -> None:
    """Set the weights of ``wide`` so that it computes what ``narrow`` computes. Both are Sequential networks of the
    same layers (Dense, Conv2D and layers without weights); the wide one has a multiple of the narrow one's channels.
    noise: relative standard deviation of what is added to kernels that read copies: equal channels would get equal
    gradients and stay equal. Raises LabkitError for networks that do not fit together."""
    random = np.random.default_rng(0)
    if [type(layer) for layer in narrow.layers] != [type(layer) for layer in wide.layers]:
        raise LabkitError(f"{narrow.name} and {wide.name} are not made of the same layers: nothing can be copied.")
    for i, (a, b) in enumerate(zip(narrow.layers, wide.layers, strict=True)):
        if not b.weights:
            continue
        if type(b) not in (keras.layers.Dense, keras.layers.Conv2D):
            raise LabkitError(f"{b.name} is a {type(b).__name__}: only Dense and Conv2D layers can be widened.")
        into, times = _copies(*(_before(network, i) for network in (narrow, wide)), b.name)
        out, _ = _copies(*(_after(network, i) for network in (narrow, wide)), b.name)
        kernel = np.asarray(a.kernel)[..., into, :][..., out] / times
        if times > 1:
            kernel = kernel * (1 + noise * random.standard_normal(kernel.shape))
        b.kernel.assign(kernel)
        if b.use_bias:
            b.bias.assign(np.asarray(a.bias)[out])


def _before(network, i):
    # The shape that a layer reads: a picture's, where a Flatten stands between.
    layer, before = network.layers[i], network.layers[max(i - 1, 0)]
    if isinstance(layer, keras.layers.Conv2D):
        return layer.input.shape[-1:]
    return (before if isinstance(before, keras.layers.Flatten) else layer).input.shape[1:]


def _after(network, i):
    # The shape that a layer writes: a picture's, where a Reshape follows before the next weights.
    for later in network.layers[i + 1:]:
        if isinstance(later, keras.layers.Reshape):
            return later.output.shape[1:]
        if later.weights:
            break
    return network.layers[i].output.shape[-1:]


def _copies(narrow, wide, name):
    """Return (for each value of the wide shape the narrow one's index, flat; how often each is copied)."""
    times, over = divmod(wide[-1], narrow[-1])
    if over or narrow[:-1] != wide[:-1]:
        raise LabkitError(f"{name}: {narrow} cannot be copied into {wide}; the last number must be a multiple.")
    places = np.arange(int(np.prod(narrow[:-1], dtype=int)))[:, None] * narrow[-1]
    return (places + np.arange(wide[-1]) % narrow[-1]).ravel(), times


def start(gan, folder, noise: float = 0.02) -> str:
    """Give a GAN the weights of the newest checkpoint in ``folder`` (the generator's averages, if any), widened if need
    be; return what was done. Raises LabkitError for a folder without checkpoints, or networks that do not fit."""
    found = checkpoints.found(folder)
    if not found:
        raise LabkitError(f"{folder} holds no checkpoint to start from. Train one with labkit train KEY --out {folder}")
    arrays, meta = checkpoints.load(found[-1])
    made = meta["fingerprint"]
    pair = models.build(made["key"], **({"channels": made["channels"]} if made.get("channels") else {}))
    for part, network in zip(("generator", "discriminator"), pair, strict=True):
        checkpoints.assign(network.variables, arrays, part)
    if made.get("ema"):
        # Behind the step count and the learning rate Keras keeps the averages, then Adam's moments.
        values = [arrays[name] for name in sorted(arrays) if name.startswith("g_optimizer/") and arrays[name].ndim]
        for variable, value in zip(pair.generator.trainable_variables, values, strict=False):
            variable.assign(value)
    for narrow, wide in zip(pair, (gan.generator, gan.discriminator), strict=True):
        widen(narrow, wide, noise if narrow.count_params() != wide.count_params() else 0.0)
    seen = meta["steps_done"] * made["batch_size"]
    width = f" with {made['channels']} channels" if made.get("channels") else ""
    minutes = f" and {meta['seconds'] / 60:.0f} minutes" if meta.get("seconds") else ""
    return f"Began with the weights of {made['key']}{width} after {seen:,} pictures of {made['data']}{minutes}."
