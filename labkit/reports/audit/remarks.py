"""What the numbers of a report say beyond themselves: contradictions, consequences, and what it leaves open.

Each finding is computed from ``labkit.reports`` (and, for our own choices, from the builders' defaults): were the
facts others, it would not be made.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, prod

from labkit import models, reports
from labkit.models.registry import options
from labkit.reports.audit.tables import kernel, problems
from labkit.reports.recovery import recover, recover_fashion_generator

KINDS = {
    "contradiction": "the report disagrees with itself",
    "derived": "the report does not say it, its numbers do",
    "open": "the report leaves it open; what labkit does",
}
# An option of a builder -> (the setting that would answer it, what to say when the report has none).
OPEN = {
    "slope": ("leaky_relu_slope", "The slope of LeakyReLU is not stated; labkit takes {}."),
    "dropout": ("dropout", "A dropout rate is not stated; labkit takes {}."),
    "l2": ("l2", "The factor of the L2 penalty and the layers that bear it are not stated; labkit puts {} on every "
                 "kernel."),
    "base": ("reshape", "The shape after the dense layer is not stated: 16384 = 4·4·1024 = 8·8·256 = 16·16·64; labkit "
                        "starts from a side of {}."),
    "discriminator": ("discriminator_filters", "Nothing is said of the discriminator's layers; labkit builds a "
                                               "{} one (option discriminator)."),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One remark on a system; ``kind`` is one of KINDS."""

    key: str
    kind: str
    text: str


def findings(key: str) -> tuple[Finding, ...]:
    """Return the findings on the system ``key``, contradictions first. Raises LabkitError for an unknown key."""
    models.spec(key)
    system = reports.system(key)
    made = [("contradiction", text + ".") for network in system.networks
            for text in problems(network, _entry(system, network))]
    made += _sums(system)
    made += SPECIAL[key](system) if key in SPECIAL else ()
    made += _open(system)
    order = list(KINDS)
    return tuple(Finding(key, kind, text) for kind, text in sorted(made, key=lambda one: order.index(one[0])))


def _entry(system, network):
    """Return the shape of an input of the network, as far as the report gives it."""
    if network.layers and network.layers[0].kind == "InputLayer":
        return network.layers[0].shape[1:]
    if network.role == "generator":
        return next(((setting.value,) for setting in system.settings if setting.name == "latent_dim"), None)
    return None if network.layers and network.layers[0].kind == "LSTM" else system.image_shape


def _sums(system) -> Iterator[tuple[str, str]]:
    for network in system.networks:
        if network.complete and network.total is None:
            total = sum(layer.params for layer in network.layers)
            yield "derived", f"The total of the {network.role} is not stated; its rows sum to {total:,}."
        elif not network.layers and network.total is None:
            yield "open", f"The report states neither a table nor a total for the {network.role}."


def _open(system) -> Iterator[tuple[str, str]]:
    known = {setting.name for setting in system.settings}
    for name, default in options(system.key).items():
        if name in OPEN and OPEN[name][0] not in known:
            yield "open", OPEN[name][1].format(default or "none")
    if "output" in options(system.key):
        stated = "discriminator_output_activation" in known
        yield "open", (f"The discriminator's last activation is {'a sigmoid' if stated else 'not stated'}; labkit's "
                       'gives logits, and the probability with output="probability".')
        if "generator_output_activation" not in known:
            yield "open", "The generator's last activation is not stated; labkit takes tanh, images in [-1, 1]."


def _plain_lstm(system) -> Iterator[tuple[str, str]]:
    lstm = system.network("network").layers[0]
    units = lstm.shape[-1]
    inputs = lstm.params // (4 * units) - units - 1
    image = prod(system.image_shape)
    if inputs == image:
        yield "derived", (f"The LSTM's {lstm.params:,} parameters ask for {inputs:,} values in each time step: a step "
                          "is a whole image.")
    for before, after in pairwise(system.network("network").layers):
        if after.kind == "Reshape" and None in before.shape[1:] and before.shape[-1] == prod(after.shape[1:]):
            yield "contradiction", (f"The table leaves the time axis open, but {after.name} turns {before.shape} into "
                                    f"{after.shape}: that holds for one time step alone.")
    idle = 4 * units * units + units * (inputs + 1)
    yield "derived", (f"With one step and a zero state, {idle:,} of the LSTM's {lstm.params:,} parameters (the "
                      "recurrent kernel and the rest of the forget gate) never get a gradient.")


def _cnn_lstm(system) -> Iterator[tuple[str, str]]:
    known = {setting.name: setting.value for setting in system.settings}
    if known["val_loss"] < known["loss"] and "dropout" not in known:
        yield "derived", (f"Its validation loss, {known['val_loss']}, is below its training loss, {known['loss']}, "
                          "although no dropout is stated.")
    found = recover(system.key)
    yield "open", (f"The layers after {system.network('network').layers[-1].name} are not printed. "
                   + (f"Labkit builds {found.found[0]}, the only chain of two or three LSTMs and up to five Dense "
                      "layers with powers of two; relaxed assumptions admit rivals (audit.recover)."
                      if found.unique else f"{len(found)} chains fit (audit.recover)."))


def _cnn_lstm_tuned(system) -> Iterator[tuple[str, str]]:
    earlier = reports.system("cnn-lstm")
    mine, theirs = _convolutions(system), _convolutions(earlier)
    if system.key == "cnn-lstm-tuned":
        if mine == theirs:
            yield "contradiction", ('"Added additional CNN layers" does not hold against its own table: the same '
                                    f"{len(mine)} convolutions as model 2's, shape by shape and number by number.")
        if not recover(system.key, lstm=(3, 4), dense=(1, 4)).found:
            yield "derived", ("It did not add LSTM layers to model 2's two, either: no chain of three or four LSTMs "
                              "and up to four Dense layers with powers of two has its total. The second LSTM is wider.")
        changed = [name for name in ("learning_rate", "epochs", "batch_size")
                   if system.setting(name).value != earlier.setting(name).value]
        yield "derived", ("Of the hyperparameters that it states, the tuned model shares all with model 2 but "
                          f"{', '.join(changed) or 'none'}; the dropout is new.")
    else:
        tuned = reports.system("cnn-lstm-tuned").network("network").total
        if mine == theirs and tuned == system.network("network").total:
            yield "derived", ("The same total as model 3's: L2 and dropout have no parameters, so the architecture did "
                              "not change.")
    yield from _cnn_lstm(system)


def _convolutions(system):
    return [(layer.shape, layer.params) for layer in system.network("network").layers if layer.kind == "Conv2D"]


def _svhn(system) -> Iterator[tuple[str, str]]:
    first = system.network("generator").layers[0]
    latent, over = divmod(first.params, first.shape[-1])
    if not over:
        yield "derived", (f"{first.params:,} parameters in {first.name} mean a noise vector of {latent} without bias "
                          f"(or one of {latent - 1} with); labkit takes {latent}.")
    lowest, here = {}, Counter()
    for network in system.networks:
        for layer in network.layers:
            tail = layer.name.rsplit("_", 1)[-1]
            number = int(tail) if tail.isdigit() else 0
            lowest[layer.kind] = min(number, lowest.get(layer.kind, number))
            here[layer.kind] += 1
    added = [f"{here[kind] - lowest[kind]} {kind}" for kind in lowest if here[kind] > lowest[kind]]
    yield "derived", ("Keras numbers layers as they are made. If step 1's two networks were built once before in the "
                      f"same session, these tables add to them: {', '.join(added)}.")


def _fashion(system) -> Iterator[tuple[str, str]]:
    generator = system.network("generator")
    if generator.total is None:
        yield "derived", ("\"The same architecture\" can only mean grey pictures of "
                          f"{system.image_shape[0]}x{system.image_shape[1]}.")
        return
    default, wide = recover_fashion_generator(generator.total), recover_fashion_generator(
        generator.total, kernels=range(1, 10), channels=(64, 128, 256))
    yield "derived", (f"{generator.total:,} parameters do not fix the generator. Networks that fit: with kernels of 3 "
                      f"to 7 and 128 channels {len(default)} ({'; '.join(map(str, default))}), with kernels of 1 to 9 "
                      f"and 64, 128 or 256 channels {len(wide)} (audit.recover_fashion_generator).")
    stated, weights = system.setting("generator_size").value, 4 * generator.total
    if round(weights / 2**20, 2) == stated != round(weights / 1e6, 2):
        yield "derived", (f"{stated} \"megabytes\" are MiB, float32 weights divided by 2**20; in units of a million "
                          f"bytes they are {weights / 1e6:.2f}.")
    if "generator_output_activation" not in {each.name for each in system.settings}:
        yield "contradiction", (f"{system.setting('activation').value} is said to follow each convolution; after the "
                                "last one, which outputs the image, nothing would bound the pixels.")


def _cifar_dense(system) -> Iterator[tuple[str, str]]:
    slope, alpha = system.setting("leaky_relu_slope").value, system.setting("alpha").value
    if slope != alpha:
        yield "contradiction", (f"Two alphas: LeakyReLU has {slope} in the explanation of the code, the list of "
                                f"hyperparameters says {alpha} (probably Adam's beta_1).")
    yield from _cifar(system)


def _cifar(system) -> Iterator[tuple[str, str]]:
    images = 50_000  # CIFAR-10's training set, and the number that the report gives
    epochs, batch = system.setting("epochs").value, system.setting("batch_size").value
    seconds = 60 * system.setting("training_time").value
    rate = ceil(images / batch) * epochs / seconds
    if rate > 1000:  # a training loop in Python starts some hundred steps a second at best
        yield "contradiction", (f"{epochs:,} epochs in {seconds // 60} minutes would be {rate:,.0f} steps of {batch} "
                                f"images a second. As steps they are {epochs * batch / images:.1f} epochs, at "
                                f"{epochs / seconds:.1f} steps a second.")
    if "latent" in str(system.setting("weight_initialization").value).lower():
        yield "contradiction", ('"Weight initialization" names the shape of the noise, (batch size, latent dimension), '
                                "not of any weight.")


def _cifar_dcgan(system) -> Iterator[tuple[str, str]]:
    layers = system.network("generator").layers
    sides = {kernel(layer, before.shape[-1]) for before, layer in pairwise(layers)
             if layer.kind == "Conv2DTranspose"}
    if sides == {(5, False)}:
        yield "derived", "The counts confirm the text: every transposed convolution is 5x5 and has no bias."
    yield from _cifar(system)


SPECIAL = {"plain-lstm": _plain_lstm, "cnn-lstm": _cnn_lstm, "cnn-lstm-tuned": _cnn_lstm_tuned,
           "cnn-lstm-l2": _cnn_lstm_tuned, "svhn-gan": _svhn, "fashion-gan": _fashion, "face-gan": _fashion,
           "cifar-dense-gan": _cifar_dense, "cifar-dcgan": _cifar_dcgan}
