"""A Keras generator as an ONNX graph, layer by layer.

Keras keeps channels last, ONNX channels second: a picture is transposed once on its way in and once on its way out,
and so are the kernels. Dropout is left out, batch normalisation uses its moving statistics: this is inference.
"""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from labkit.errors import LabkitError

OPSET, IR = 17, 8  # of 2022: every ONNX Runtime since then reads them
_ACTIVATIONS = {"tanh": "Tanh", "sigmoid": "Sigmoid", "relu": "Relu"}


class _Graph:
    """Nodes and weights of a chain of layers; ``last`` names the tensor that the next layer reads."""

    def __init__(self, name, latent_dim):
        self.name, self.latent_dim = name, latent_dim
        self.nodes, self.weights = [], []
        self.last, self.shape = "latent", (latent_dim,)  # the shape without the batch, as Keras has it
        self.channels_second = False

    def weight(self, name, values):
        self.weights.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def node(self, kind, layer, *weights, **attributes):
        output = f"{layer}/{kind}"
        self.nodes.append(helper.make_node(kind, [self.last, *weights], [output], name=output, **attributes))
        self.last = output

    def order(self, layer, channels_second):
        """Transpose a picture unless its channels lie already where the next layer wants them."""
        if len(self.shape) == 3 and self.channels_second != channels_second:
            way = "to_nchw" if channels_second else "to_nhwc"
            self.node("Transpose", f"{layer}/{way}", perm=[0, 3, 1, 2] if channels_second else [0, 2, 3, 1])
            self.channels_second = channels_second

    def reshape(self, layer, shape):
        self.order(layer, False)
        self.node("Reshape", layer, self.weight(f"{layer}/shape", np.array([-1, *shape], np.int64)))
        self.shape, self.channels_second = tuple(shape), False


def convert(network, image_shape) -> onnx.ModelProto:
    """Return an ONNX model of a generator: latent (n, latent_dim) float32 -> images (n, H, W, C) float32 in [-1, 1].

    network: a built Keras model, a chain of layers. image_shape: (H, W, C); a network that gives flat vectors is
    followed by a reshape. Raises LabkitError for a layer or a setting that has no translation here.
    """
    graph = _Graph(network.name, network.input_shape[-1])
    for layer in network.layers:
        translate = _LAYERS.get(type(layer).__name__)
        if translate is None:
            raise LabkitError(f"{network.name} has a layer {layer.name!r} of the kind {type(layer).__name__}, which "
                              f"has no translation to ONNX here; there are {', '.join(_LAYERS)}. "
                              "Add one in labkit/serving/graph.py.")
        translate(graph, layer)
    graph.order("output", False)
    if graph.shape != tuple(image_shape):
        graph.reshape("output", image_shape)
    graph.node("Identity", "output")
    graph.nodes[-1].output[0] = "images"
    model = helper.make_model(
        helper.make_graph(
            graph.nodes, graph.name,
            [helper.make_tensor_value_info("latent", TensorProto.FLOAT, ["n", graph.latent_dim])],
            [helper.make_tensor_value_info("images", TensorProto.FLOAT, ["n", *image_shape])],
            graph.weights),
        opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR, producer_name="labkit")
    onnx.checker.check_model(model, full_check=True)
    return model


def _values(variable):
    return np.asarray(variable, np.float32)


def _activate(graph, layer):
    name = layer.activation.__name__
    if name == "leaky_relu":
        graph.node("LeakyRelu", layer.name, alpha=0.2)  # the slope of Keras' "leaky_relu"
    elif name in _ACTIVATIONS:
        graph.node(_ACTIVATIONS[name], layer.name)
    elif name != "linear":
        raise LabkitError(f"The activation {name!r} of {layer.name} has no translation to ONNX in labkit.serving.")


def _dense(graph, layer):
    weights = [graph.weight(f"{layer.name}/kernel", _values(layer.kernel))]
    if layer.use_bias:
        weights.append(graph.weight(f"{layer.name}/bias", _values(layer.bias)))
    graph.node("Gemm", layer.name, *weights)
    graph.shape = (layer.units,)
    _activate(graph, layer)


def _batch_norm(graph, layer):
    size = layer.moving_mean.shape[0]
    gamma = _values(layer.gamma) if layer.scale else np.ones(size, np.float32)
    beta = _values(layer.beta) if layer.center else np.zeros(size, np.float32)
    graph.order(layer.name, True)
    parts = {"gamma": gamma, "beta": beta, "mean": _values(layer.moving_mean),
             "variance": _values(layer.moving_variance)}
    graph.node("BatchNormalization", layer.name,
               *(graph.weight(f"{layer.name}/{part}", values) for part, values in parts.items()),
               epsilon=float(layer.epsilon))


def _leaky_relu(graph, layer):
    graph.node("LeakyRelu", layer.name, alpha=float(layer.negative_slope))


def _relu(graph, layer):
    if layer.max_value is not None or layer.threshold:
        raise LabkitError(f"{layer.name}: ReLU is translated without max_value and threshold.")
    graph.node("LeakyRelu", layer.name, alpha=float(layer.negative_slope))


def _convolution(graph, layer, kind, kernel_order, **attributes):
    graph.order(layer.name, True)
    weights = [graph.weight(f"{layer.name}/kernel", _values(layer.kernel).transpose(kernel_order))]
    if layer.use_bias:
        weights.append(graph.weight(f"{layer.name}/bias", _values(layer.bias)))
    graph.node(kind, layer.name, *weights, kernel_shape=list(layer.kernel_size), strides=list(layer.strides),
               dilations=list(layer.dilation_rate), **attributes)
    graph.shape = tuple(layer.compute_output_shape((None, *graph.shape))[1:])
    _activate(graph, layer)


def _conv2d(graph, layer):
    padding = {"same": "SAME_UPPER", "valid": "VALID"}[layer.padding]
    _convolution(graph, layer, "Conv", (3, 2, 0, 1), auto_pad=padding)


def _conv2d_transpose(graph, layer):
    """Keras' "same" makes the output stride times the input and cuts the smaller half off the first edge."""
    if layer.padding != "same" or layer.output_padding is not None or set(layer.dilation_rate) != {1}:
        raise LabkitError(f"{layer.name}: transposed convolutions are translated with padding=\"same\", without "
                          "output_padding and dilation.")
    spare = [max(size - stride, 0) for size, stride in zip(layer.kernel_size, layer.strides, strict=True)]
    missing = [max(stride - size, 0) for size, stride in zip(layer.kernel_size, layer.strides, strict=True)]
    first = [cut // 2 for cut in spare]
    _convolution(graph, layer, "ConvTranspose", (3, 2, 0, 1), output_padding=missing,
                 pads=[*first, *(cut - begin for cut, begin in zip(spare, first, strict=True))])


def _upsampling(graph, layer):
    if layer.interpolation != "nearest":
        raise LabkitError(f"{layer.name}: UpSampling2D is translated with interpolation=\"nearest\" only.")
    graph.order(layer.name, True)
    scales = graph.weight(f"{layer.name}/scales", np.array([1, 1, *layer.size], np.float32))
    graph.node("Resize", layer.name, "", scales, mode="nearest", nearest_mode="floor",
               coordinate_transformation_mode="asymmetric")
    graph.shape = (graph.shape[0] * layer.size[0], graph.shape[1] * layer.size[1], graph.shape[2])


def _nothing(graph, layer):
    """Input layers and dropout do nothing at inference."""


_LAYERS = {
    "InputLayer": _nothing,
    "Dropout": _nothing,
    "Dense": _dense,
    "BatchNormalization": _batch_norm,
    "LeakyReLU": _leaky_relu,
    "ReLU": _relu,
    "Activation": _activate,
    "Conv2D": _conv2d,
    "Conv2DTranspose": _conv2d_transpose,
    "UpSampling2D": _upsampling,
    "Reshape": lambda graph, layer: graph.reshape(layer.name, layer.target_shape),
    "Flatten": lambda graph, layer: graph.reshape(layer.name, (int(np.prod(graph.shape)),)),
}
