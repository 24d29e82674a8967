"""Pretrained generators as ONNX files, build/onnx/KEY-HASH.onnx, each checked against Keras when it is made.

TensorFlow does that in a process of its own (``main``), so that the one that serves stays small.
"""

import os
import subprocess
import sys
import tempfile
import warnings
from collections import namedtuple

import numpy as np

from labkit import files, models
from labkit.errors import LabkitError
from labkit.models import weights as shipped
from labkit.plotting.images import latent

#: The largest difference to Keras that a pixel may have, on the scale from -1 to 1, where a shade of grey is 0.0078.
#: Sums of thousands of products in another order differ by up to 3e-5 (fashion-gan).
TOLERANCE = 1e-4
FORMAT = 2  # of the graphs; raise it when ``convert`` changes, so that older files are not used

#: A generator and what its card says. image_shape: (H, W, C); latent_dim: numbers of noise; weights: their SHA-256.
Model = namedtuple("Model", "key path report summary image_shape latent_dim trained_on is_stand_in images_seen weights")


def convert(network, image_shape):
    """Return a built Keras generator as an onnx.ModelProto: latent (n, latent_dim) float32 -> images (n, H, W, C).
    Keras' own export, with names that say what goes in and out; a flat output is shaped to ``image_shape``, (H, W, C).
    Raises LabkitError for a network that cannot be exported."""
    import keras
    import onnx

    whole = network
    if network.output_shape[1:] != tuple(image_shape):
        whole = keras.Sequential([network, keras.layers.Reshape(image_shape)])
    whole(latent(1, network.input_shape[-1], 0))  # Keras exports what was called
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        # Keras asks for a name that NumPy has in mind.
        warnings.filterwarnings("ignore", "In the future `np.object`", FutureWarning)
        try:
            whole.export(f"{folder}/generator.onnx", format="onnx", verbose=False)
            model = onnx.load(f"{folder}/generator.onnx")
            ends = {model.graph.input[0].name: "latent", model.graph.output[0].name: "images"}
            for slots in (slots for node in model.graph.node for slots in (node.input, node.output)):
                slots[:] = [ends.get(slot, slot) for slot in slots]
            for end, name, shape in ((model.graph.input[0], "latent", network.input_shape[1:]),
                                     (model.graph.output[0], "images", image_shape)):
                end.CopyFrom(onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, ["n", *shape]))
            onnx.checker.check_model(model, full_check=True)  # what has no translation is only logged before
        except (ValueError, RuntimeError, onnx.checker.ValidationError, onnx.shape_inference.InferenceError) as error:
            raise LabkitError(f"{network.name} cannot be exported to ONNX: {str(error).strip()}") from error
    return model


def check(content: bytes, network, image_shape, count: int = 64) -> float:
    """Return the largest difference of a pixel between ``count`` pictures of an ONNX model, as bytes, and those of its
    Keras network, both in [-1, 1]. Raises LabkitError above TOLERANCE."""
    import onnxruntime

    noise = latent(count, network.input_shape[-1])
    ours = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"]).run(None, {"latent": noise})[0]
    theirs = np.asarray(network(noise, training=False)).reshape(count, *image_shape)
    difference = float(np.abs(ours - theirs).max())
    if not difference <= TOLERANCE:  # NaN is refused, too
        raise LabkitError(f"The ONNX graph of {network.name} draws other pictures than Keras: a pixel differs by "
                          f"{difference:.1e}, {TOLERANCE:.0e} is allowed. Nothing was written.")
    return difference


def main(arguments) -> None:
    """Export each KEY to its FILE, and print a line for each, whether it succeeded or not."""
    for key, path in zip(arguments[::2], arguments[1::2], strict=True):
        try:
            network, shape = shipped.load(key), models.spec(key).image_shape
            content = convert(network, shape).SerializeToString()
            difference = check(content, network, shape)
            with files.atomic(path) as file:
                file.write(content)
            print(f"{key}: exported, within {difference:.0e} of Keras", flush=True)
        except LabkitError as error:
            print(f"{key}: {error}", flush=True)


def offered(say=lambda text: None) -> dict[str, Model]:
    """Return the pretrained generators that can be served, exported or not: noise goes in, a picture comes out. say:
    takes a line on each whose card is damaged."""
    found = {}
    for spec in map(models.spec, shipped.available()):
        if spec.kind == "gan" and spec.latent_dim:
            try:
                found[spec.key] = described(spec)
            except LabkitError as error:
                say(f"{spec.key}: {error}")
    return found


def described(spec) -> Model:
    """Return a pretrained generator, exported or not. Raises LabkitError for one whose card is missing or damaged."""
    card = shipped.card(spec.key)
    path = files.home() / "build" / "onnx" / f"{spec.key}-{card['sha256'][:12]}-{FORMAT}.onnx"
    return Model(spec.key, path, spec.report, spec.summary, spec.image_shape, spec.latent_dim,
                 *map(card.get, ("dataset", "is_stand_in", "images_seen", "sha256")))


def write(models) -> list[str]:
    """Export generators in a process of its own; return a line for each, and what went wrong."""
    code = "import sys; from labkit.serving import export; export.main(sys.argv[1:])"
    pairs = [str(part) for each in models for part in (each.key, each.path)]
    done = subprocess.run([sys.executable, "-c", code, *pairs], text=True, capture_output=True,
                          stdin=subprocess.DEVNULL,
                          env={**os.environ, "CUDA_VISIBLE_DEVICES": "-1", "TF_CPP_MIN_LOG_LEVEL": "3"})
    return done.stdout.splitlines() + (done.stderr.splitlines()[-3:] if done.returncode else [])


def prepare(first: str | None = None, say=lambda text: None, only: bool = False, every: bool = False):
    """Export what is missing (some 10 s), and return the generators that can be served, key -> Model: ``first`` first,
    with ``only`` alone. say: prints a line. Raises LabkitError when ``first``, or none, or (``every``) one cannot."""
    lines = []
    found = offered(lines.append)
    if first is not None and first not in found:
        shipped.card(models.spec(first).key)  # these say what is wrong with a key that is none, or has no weights
        raise LabkitError(f"{first} makes no pictures from noise, so there is nothing to serve. "
                          f"There are {', '.join(found) or 'none yet'}.")
    found = [found[key] for key in sorted(found, key=lambda key: (key != first, key)) if not only or key == first]
    lines, missing = lines * (not only), [each for each in found if not each.path.is_file()]
    if missing:
        say(f"Exporting {', '.join(each.key for each in missing)} to ONNX, once …")
        lines += write(missing)
    for line in lines:
        say(line)
    there = {each.key: each for each in found if each.path.is_file()}
    wrong = [line for line in lines if ": exported, " not in line]
    if not there or first not in (None, *there) or (every and wrong):
        raise LabkitError(f"Not to be served: {' '.join(wrong)}" if wrong else
                          f"There are no pretrained generators in {files.pretrained()}. Restore them with "
                          "git checkout -- data/pretrained, or train one: labkit train cifar-dcgan --ship")
    return there
