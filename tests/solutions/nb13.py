"""Solutions of 13_style_transfer."""


def gram(features):
    flat = features.reshape(-1, features.shape[-1])
    return flat.T @ flat / len(flat)


def variation(picture):
    return ((picture[1:] - picture[:-1]) ** 2).mean() + ((picture[:, 1:] - picture[:, :-1]) ** 2).mean()


def sees(layers):
    seen, jump = 1, 1
    for kernel, stride in layers:
        seen += (kernel - 1) * jump
        jump *= stride
    return seen


ANSWERS = {"13.1": (gram,), "13.2": (variation,), "13.3": (sees,)}
