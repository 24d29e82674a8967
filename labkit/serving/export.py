"""Export: a pretrained generator, checked against Keras, as an ONNX file. The only module here that needs TensorFlow.

    python -m labkit.serving.export KEY FILE [KEY FILE …]

``labkit.serving.store`` runs it in a process of its own, so that the one that serves stays small.
"""

import sys
import tempfile
import warnings

import numpy as np

from labkit import files, models
from labkit.errors import LabkitError
from labkit.models import weights
from labkit.serving.pictures import latent

#: The largest difference to Keras that a pixel may have, on the scale from -1 to 1. A shade of grey is 0.0078.
TOLERANCE = 1e-5


def write(key: str, path) -> float:
    """Export the pretrained generator ``key`` to ``path``; return the largest difference of a pixel to Keras'.

    Raises LabkitError when there are no weights, ONNX has no words for a layer, or the pictures differ by more than
    TOLERANCE; nothing is written then.
    """
    import onnx

    network = weights.load(key)
    shape = models.spec(key).image_shape
    model = convert(network, shape)
    difference = check(model.SerializeToString(), network, shape)
    onnx.helper.set_model_props(model, {"key": key, "weights": weights.card(key)["sha256"],
                                        "difference": f"{difference:.1e}"})
    with files.atomic(path) as file:
        file.write(model.SerializeToString())
    return difference


def convert(network, image_shape):
    """Return a generator as an onnx.ModelProto: latent (n, latent_dim) float32 -> images (n, H, W, C) in [-1, 1].

    Keras' own export, with names that say what goes in and out. network: a built Keras model; a flat output is shaped
    to ``image_shape``, (H, W, C). Raises LabkitError for a network that cannot be exported.
    """
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
            model = _named(onnx.load(f"{folder}/generator.onnx"), network.input_shape[1:], image_shape)
            onnx.checker.check_model(model, full_check=True)  # what has no translation is only logged before
        except (ValueError, RuntimeError, NotImplementedError, onnx.checker.ValidationError,
                onnx.shape_inference.InferenceError) as error:
            raise LabkitError(f"{network.name} cannot be exported to ONNX: {str(error).strip()}") from error
    return model


def _named(model, latent_shape, image_shape):
    """Return the model with "latent" as the name of its input and "images" as that of its output, n rows each."""
    import onnx

    ends = {model.graph.input[0].name: "latent", model.graph.output[0].name: "images"}
    for node in model.graph.node:
        for slots in (node.input, node.output):
            slots[:] = [ends.get(slot, slot) for slot in slots]
    for value, name, shape in ((model.graph.input[0], "latent", latent_shape),
                               (model.graph.output[0], "images", image_shape)):
        value.CopyFrom(onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, ["n", *shape]))
    return model


def check(content: bytes, network, image_shape, count: int = 64, seed: int = 0) -> float:
    """Compare an ONNX model with the Keras network it was made from; return the largest difference of a pixel.

    content: the model's bytes. count, seed: of the noise that goes through both. Raises LabkitError above TOLERANCE.
    """
    import onnxruntime

    noise = latent(count, network.input_shape[-1], seed)
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    ours = session.run(None, {"latent": noise})[0]
    theirs = np.asarray(network(noise, training=False)).reshape(count, *image_shape)
    difference = float(np.abs(ours - theirs).max())
    if not difference <= TOLERANCE:  # NaN is refused, too
        raise LabkitError(f"The ONNX graph of {network.name} draws other pictures than Keras: a pixel differs by "
                          f"{difference:.1e}, {TOLERANCE:.0e} is allowed. Nothing was written.")
    return difference


def main(arguments) -> int:
    """Export each KEY to its FILE; print a line for each. Return 1 when one of them failed, after trying all."""
    failed = 0
    for key, path in zip(arguments[::2], arguments[1::2], strict=True):
        try:
            print(f"{key}: exported, within {write(key, path):.0e} of Keras", flush=True)
        except LabkitError as error:
            print(f"{key}: {error}", file=sys.stderr, flush=True)
            failed = 1
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
