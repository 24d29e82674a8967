"""Report 1: four networks that read a whole image as one step of a sequence.

None of them takes noise: they map an image to an image. The report names neither data, target nor loss. A picture of
256x256x3 is a vector of 196,608 values in [0, 1] (a sigmoid ends each network), row by row, channels last; so
``images.reshape(len(images), 1, -1)`` feeds model 1, and ``output.reshape(-1, 256, 256, 3)`` shows any answer.
"""

import keras
from keras import layers, regularizers

from labkit.errors import LabkitError
from labkit.models.registry import numbered


def plain_lstm(image_size: int = 256, units: int = 256, dense: int = 256) -> keras.Model:
    """Report 1, model 1: one LSTM and two dense layers; 252,183,808 parameters, 1 GB of float32.

    (batch, time, image_size² * 3) float32 in [0, 1] -> (batch, image_size² * 3) in [0, 1].

    The sizes follow from the report's table: 201,589,760 = 4 * 256 * (196,608 + 256 + 1), so each step of the
    sequence is a whole image. Its Reshape only works for ``time == 1``. Training at full size takes about 7 GB;
    ``plain_lstm(32, 32, 32)`` is a twin of 0.5 million parameters.
    """
    size = image_size * image_size * 3                                               # 196608
    return keras.Sequential([
        keras.Input((None, size)),                                                   # (batch, time, 196608)
        layers.LSTM(units, return_sequences=True, name="lstm"),                      # (batch, time, 256)
        layers.Dense(dense, activation="relu", name="dense"),                        # (batch, time, 256)
        layers.Dense(size, activation="sigmoid", dtype="float32", name="dense_1"),   # (batch, time, 196608)
        layers.Reshape((size,), dtype="float32", name="reshape"),                    # (batch, 196608)
    ], name="sequential")


def cnn_lstm(image_size: int = 256, filters: tuple[int, ...] = (64, 128, 32, 64), steps: int = 1,
             lstm: tuple[int, ...] = (256, 256), dense: tuple[int, ...] = (512, 256)) -> keras.Model:
    """Report 1, model 2: four convolutions, two LSTMs, three dense layers; 68,487,904 parameters, 274 MB of float32.

    (batch, image_size, image_size, 3) float32 in [0, 1] -> (batch, image_size² * 3) in [0, 1].

    The report's table stops after Flatten. ``steps``, ``lstm`` and ``dense`` (without the last dense layer, which
    has one unit per value of the image) are what notebook 02 finds;
    ``lstm=(256,), dense=(512, 512, 512, 256)`` is a rival with one LSTM. The ReLU of the convolutions and hidden dense
    layers is model 1's. Raises LabkitError where ``image_size`` is no multiple of 16.
    """
    return keras.Sequential([keras.Input((image_size, image_size, 3)),
                             *_layers(image_size, filters, steps, lstm, dense)], name="sequential")


def cnn_lstm_tuned(image_size: int = 256, filters: tuple[int, ...] = (64, 128, 32, 64), steps: int = 1,
                   lstm: tuple[int, ...] = (256, 512), dense: tuple[int, ...] = (512, 256),
                   dropout: float = 0.4) -> keras.Model:
    """Report 1, model 3: as ``cnn_lstm`` with a wider second LSTM and dropout; 69,668,576 parameters. ``steps=2,
    lstm=(512,), dense=(1024, 512, 256)`` is a rival with one LSTM over two steps. The report gives the rate 0.4, not
    the place: a Dropout layer after each LSTM is our choice."""
    return keras.Sequential([keras.Input((image_size, image_size, 3)),
                             *_layers(image_size, filters, steps, lstm, dense, dropout, first=(4, 1, 2))],
                            name="sequential_1")


def cnn_lstm_l2(image_size: int = 256, filters: tuple[int, ...] = (64, 128, 32, 64), steps: int = 1,
                lstm: tuple[int, ...] = (256, 512), dense: tuple[int, ...] = (512, 256),
                dropout: float = 0.3, l2: float = 1e-4) -> keras.Model:
    """Report 1, model 4: as ``cnn_lstm_tuned``, functional, with L2 and dropout 0.3; 69,668,576 parameters. The report
    gives neither the factor of the L2 penalty nor the layers that bear it: ``l2`` on every kernel is our choice.
    ``model.losses`` holds the penalties; Keras adds them to the loss that ``fit`` reports."""
    image = x = keras.Input((image_size, image_size, 3), name="input_1")
    for layer in _layers(image_size, filters, steps, lstm, dense, dropout, l2):
        x = layer(x)
    return keras.Model(image, x, name="model")


def _layers(image_size, filters, steps, lstm, dense, dropout=0.0, l2=0.0, first=(0, 0, 0)):
    """Return the layers that models 2 to 4 share, in order. ``first`` numbers their names as the tables do."""
    multiple = 2 ** len(filters)
    values = (image_size // multiple) ** 2 * filters[-1]               # 16384 with the report's sizes
    if image_size < multiple or image_size % multiple or steps < 1 or values % steps or not lstm:
        raise LabkitError(f"image_size is a multiple of {multiple}, and the {values} values that are left of it are "
                          f"cut into equal steps for one LSTM or more; here image_size is {image_size!r}, steps is "
                          f"{steps} and lstm is {lstm!r}.")
    conv, single, recurrent = first
    penalty = regularizers.L2(l2) if l2 else None
    stack = []
    for i, width in enumerate(filters, start=conv):                    # 256 -> 128 -> 64 -> 32 -> 16
        stack.append(layers.Conv2D(width, 3, padding="same", activation="relu", kernel_regularizer=penalty,
                                   name=numbered("conv2d", i)))
        stack.append(layers.MaxPooling2D(name=numbered("max_pooling2d", i)))
    stack.append(layers.Flatten(name=numbered("flatten", single)))                               # (batch, 16384)
    stack.append(layers.Reshape((steps, values // steps), name=numbered("reshape", single)))     # (batch, 1, 16384)
    for i, width in enumerate(lstm):
        more = i + 1 < len(lstm)                                       # the last LSTM gives its last state alone
        # Without a loop for the one step, TensorFlow traces and trains a third faster, to the same last bit.
        stack.append(layers.LSTM(width, return_sequences=more, kernel_regularizer=penalty, unroll=steps == 1,
                                 name=numbered("lstm", recurrent + i)))
        if dropout:
            stack.append(layers.Dropout(dropout, name=numbered("dropout", i)))
    count = len(dense) + 1 if single else 0                            # model 3 went on counting after model 2
    for i, width in enumerate(dense, start=count):
        stack.append(layers.Dense(width, activation="relu", kernel_regularizer=penalty, name=numbered("dense", i)))
    stack.append(layers.Dense(image_size * image_size * 3, activation="sigmoid", kernel_regularizer=penalty,
                              dtype="float32", name=numbered("dense", count + len(dense))))      # (batch, 196608)
    return stack
