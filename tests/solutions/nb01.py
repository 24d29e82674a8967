"""Solutions of 01_an_image_as_one_step."""


def parameters(inputs, units):
    return 4 * units * (inputs + units + 1)


def idle(inputs, units):
    recurrent_kernel = 4 * units * units
    forget_gate = units * (inputs + 1)  # its recurrent part is counted already
    return recurrent_kernel + forget_gate


def baseline(images):
    values = images / 255
    return ((values - values.mean(axis=0)) ** 2).mean()


ANSWERS = {"01.1": (parameters,), "01.2": (idle,), "01.3": (baseline,)}
