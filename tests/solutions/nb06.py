"""Solutions of 06_cifar_dcgan."""

import numpy as np


def cost(shape, filters, kernel, stride, use_bias):
    height, width, channels = shape
    parameters = kernel * kernel * channels * filters + (filters if use_bias else 0)
    return (height * stride, width * stride, filters), parameters


def loss(logits):
    return np.logaddexp(0, -logits).mean()


def bill(images, batch, epochs):
    steps_per_epoch = images // batch
    steps = steps_per_epoch * epochs
    return steps_per_epoch, steps, steps * batch


ANSWERS = {"06.1": (cost,), "06.2": (loss,), "06.3": (bill,)}
